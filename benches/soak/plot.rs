//! The picture: memory over simulated days, as SVG that can be read on light and on dark ground.

use std::fmt::Write as _;

use crate::sample::Sample;

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 320.0;
/// Around the area with the lines, for what is written.
const LEFT: f64 = 56.0;
const RIGHT: f64 = 96.0;
const TOP: f64 = 20.0;
const BOTTOM: f64 = 48.0;
/// More points than this cannot be told apart.
const MOST_POINTS: usize = 400;

const STYLE: &str = "text{font:13px system-ui,sans-serif;fill:#57606a}\
.grid{stroke:#8c959f;stroke-opacity:.35}\
.line{fill:none;stroke-width:2;stroke-linejoin:round}\
.peak{stroke:#bc4c00}.resident{stroke:#0969da}.anonymous{stroke:#1a7f37}\
@media(prefers-color-scheme:dark){text{fill:#9198a1}\
.peak{stroke:#f0883e}.resident{stroke:#58a6ff}.anonymous{stroke:#3fb950}}";

/// A line: what it is called, its class, and its value.
type Line = (&'static str, &'static str, fn(&Sample) -> f64);

const LINES: [Line; 3] = [
    ("peak so far", "peak", |sample| sample.peak),
    ("resident", "resident", |sample| sample.resident),
    ("without files", "anonymous", |sample| sample.anonymous),
];

/// From values to places.
struct Scale {
    days: f64,
    megabytes: f64,
}

/// Draws the samples.
pub(crate) fn svg(samples: &[Sample]) -> String {
    let last = samples.last().unwrap();
    let scale = Scale {
        days: last.day(),
        megabytes: last.peak * 1.1,
    };
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\">\n\
         <title>Memory of the exporter in MB over {:.1} simulated days</title>\n\
         <style>{STYLE}</style>\n",
        scale.days
    );
    draw_axes(&mut svg, &scale);
    for (_, class, value) in LINES {
        draw_line(&mut svg, &scale, samples, class, value);
    }
    let heights = LINES.map(|(_, _, value)| scale.y(value(last)));
    for ((name, _, _), y) in LINES.iter().zip(apart(heights)) {
        let x = WIDTH - RIGHT + 6.0;
        writeln!(svg, "<text x=\"{x}\" y=\"{:.1}\">{name}</text>", y + 4.0).unwrap();
    }
    svg.push_str("</svg>\n");
    svg
}

impl Scale {
    fn x(&self, days: f64) -> f64 {
        LEFT + days / self.days * (WIDTH - LEFT - RIGHT)
    }

    fn y(&self, megabytes: f64) -> f64 {
        HEIGHT - BOTTOM - megabytes / self.megabytes * (HEIGHT - TOP - BOTTOM)
    }
}

fn draw_axes(svg: &mut String, scale: &Scale) {
    let (right, bottom) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
    for megabytes in ticks(scale.megabytes) {
        let y = scale.y(megabytes);
        writeln!(
            svg,
            "<path class=\"grid\" d=\"M{LEFT} {y:.1}H{right}\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{megabytes} MB</text>",
            LEFT - 6.0,
            y + 4.0
        )
        .unwrap();
    }
    for days in ticks(scale.days) {
        let x = scale.x(days);
        writeln!(
            svg,
            "<path class=\"grid\" d=\"M{x:.1} {bottom}v5\"/>\
             <text x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\">{days}</text>",
            bottom + 20.0
        )
        .unwrap();
    }
    writeln!(
        svg,
        "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">simulated days</text>",
        f64::midpoint(LEFT, right),
        HEIGHT - 8.0
    )
    .unwrap();
}

/// From 0 to a value, in at most eight round steps.
fn ticks(to: f64) -> impl Iterator<Item = f64> {
    let steps = (-2..4).flat_map(|power| [1.0, 2.0, 5.0].map(|step| step * 10_f64.powi(power)));
    let step = steps.into_iter().find(|step| to / step <= 8.0).unwrap();
    (0..=8_u8)
        // Without what adding and multiplying fractions leaves behind.
        .map(move |number| (f64::from(number) * step * 100.0).round() / 100.0)
        .take_while(move |tick| *tick <= to)
}

fn draw_line(
    svg: &mut String,
    scale: &Scale,
    samples: &[Sample],
    class: &str,
    value: fn(&Sample) -> f64,
) {
    write!(svg, "<path class=\"line {class}\" d=\"").unwrap();
    let every = samples.len().div_ceil(MOST_POINTS);
    for (number, sample) in samples.iter().step_by(every).enumerate() {
        let letter = if number == 0 { 'M' } else { 'L' };
        let (x, y) = (scale.x(sample.day()), scale.y(value(sample)));
        write!(svg, "{letter}{x:.1} {y:.1}").unwrap();
    }
    svg.push_str("\"/>\n");
}

/// Names at the ends of lines, from top to bottom, each below the one before.
fn apart(heights: [f64; LINES.len()]) -> [f64; LINES.len()] {
    const DISTANCE: f64 = 15.0;
    let mut above = f64::NEG_INFINITY;
    heights.map(|y| {
        above = y.max(above + DISTANCE);
        above
    })
}
