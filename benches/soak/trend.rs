//! Whether something grows.
//!
//! A straight line is laid through the samples (least squares). What it rises from the first to the
//! last is the growth; how far the samples lie beside it (standard deviation) is the noise. Growth
//! that is less than twice the noise could be where in its ups and downs the memory was; growth below
//! a hundredth in six days would take years to matter. Either is no growth.

/// How much of the value is too little to matter.
const SHARE: f64 = 0.01;

/// A straight line through points.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Trend {
    /// How much it rises for one more in x.
    pub(crate) slope: f64,
    /// The standard deviation of the points from the line.
    pub(crate) noise: f64,
    /// How much it rises in all.
    pub(crate) growth: f64,
    mean: f64,
}

impl Trend {
    /// Of at least three points, in the order of their x.
    #[expect(clippy::cast_precision_loss, reason = "a few hundred points")]
    pub(crate) fn of(points: &[(f64, f64)]) -> Self {
        assert!(points.len() > 2, "a line through {} points", points.len());
        let count = points.len() as f64;
        let mean_x = points.iter().map(|(x, _)| x).sum::<f64>() / count;
        let mean = points.iter().map(|(_, y)| y).sum::<f64>() / count;
        let square: f64 = points.iter().map(|(x, _)| (x - mean_x).powi(2)).sum();
        let product = |(x, y): &(f64, f64)| (x - mean_x) * (y - mean);
        let slope = points.iter().map(product).sum::<f64>() / square;
        let beside = |(x, y): &(f64, f64)| y - mean - slope * (x - mean_x);
        let squares: f64 = points.iter().map(|point| beside(point).powi(2)).sum();
        let span = points[points.len() - 1].0 - points[0].0;
        Self {
            slope,
            noise: (squares / (count - 2.0)).sqrt(),
            growth: slope * span,
            mean,
        }
    }

    /// The least growth that counts.
    pub(crate) fn bound(&self) -> f64 {
        (self.noise * 2.0).max(self.mean * SHARE)
    }

    /// Whether it grows.
    pub(crate) fn grows(&self) -> bool {
        self.growth >= self.bound()
    }
}
