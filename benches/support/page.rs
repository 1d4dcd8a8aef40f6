//! The exposition text, read.

/// What a scrape showed.
pub(crate) struct Page(String);

/// One line of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample<'a> {
    labels: &'a str,
    /// Its value.
    pub(crate) value: f64,
}

impl Page {
    /// Of exposition text.
    pub(crate) fn new(text: String) -> Self {
        Self(text)
    }

    /// All of it.
    pub(crate) fn text(&self) -> &str {
        &self.0
    }

    /// The lines about functions and what becomes of their events.
    pub(crate) fn fleet(&self) -> String {
        let lines = self.0.lines().filter(|line| line.contains("aws_lambda_"));
        lines.flat_map(|line| [line, "\n"]).collect()
    }

    /// Its length.
    pub(crate) fn bytes(&self) -> usize {
        self.0.len()
    }

    /// How many series it has.
    pub(crate) fn series(&self) -> usize {
        self.0.lines().filter(|line| !line.starts_with('#')).count()
    }

    /// The series of one metric.
    pub(crate) fn samples<'a>(&'a self, metric: &'a str) -> impl Iterator<Item = Sample<'a>> + 'a {
        self.0.lines().filter_map(move |line| {
            let rest = line.strip_prefix(metric)?.strip_prefix('{')?;
            let (labels, value) = rest.rsplit_once("} ")?;
            let value = value.parse().ok()?;
            Some(Sample { labels, value })
        })
    }

    /// How many functions and qualifiers show what becomes of their events.
    pub(crate) fn published(&self) -> usize {
        self.samples("aws_lambda_event_invoke_config_destination_present")
            .count()
            / 2
    }

    /// The value of a metric that has one series.
    pub(crate) fn value(&self, metric: &str) -> f64 {
        self.samples(metric)
            .next()
            .unwrap_or_else(|| panic!("no {metric}"))
            .value
    }
}

impl Sample<'_> {
    /// Whether a label has this value.
    pub(crate) fn has(&self, label: &str, value: &str) -> bool {
        self.labels.contains(&format!("{label}=\"{value}\""))
    }
}
