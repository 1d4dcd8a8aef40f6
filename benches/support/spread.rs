//! Many values, in four.

/// Values, in order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Spread(Vec<f64>);

impl FromIterator<f64> for Spread {
    fn from_iter<T: IntoIterator<Item = f64>>(values: T) -> Self {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        Self(values)
    }
}

impl Spread {
    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// The smallest.
    pub(crate) fn min(&self) -> f64 {
        self.at(0)
    }

    /// The one in the middle.
    pub(crate) fn median(&self) -> f64 {
        self.at(50)
    }

    /// The largest.
    pub(crate) fn max(&self) -> f64 {
        self.at(100)
    }

    /// The one that so many of a hundred are not above.
    pub(crate) fn at(&self, percent: usize) -> f64 {
        let last = self.0.len().checked_sub(1).expect("there are values");
        self.0[last * percent / 100]
    }

    /// `median (smallest–largest)`.
    pub(crate) fn text(&self, decimals: usize) -> String {
        let (median, min, max) = (self.median(), self.min(), self.max());
        format!("{median:.decimals$} ({min:.decimals$}–{max:.decimals$})")
    }
}
