//! What a scraper makes of the exposition text: it must parse, with every series once and every family in one piece.

use std::{
    borrow::Cow,
    collections::{BTreeSet, HashSet},
    fmt,
    ops::Deref,
};

/// The text that a scrape showed, which is good.
pub struct Page(String);

/// A series and its value.
#[derive(Debug)]
pub struct Sample<'a> {
    /// With the suffix that a histogram's samples have.
    pub name: &'a str,
    /// Sorted by name.
    pub labels: Labels<'a>,
    /// Its value.
    pub value: f64,
}

/// Names and values of labels.
pub type Labels<'a> = Vec<(&'a str, Cow<'a, str>)>;

impl Page {
    /// Of exposition text, which must be good.
    #[must_use]
    pub fn new(text: String) -> Self {
        if let Err(problem) = parse(&text) {
            panic!("{problem}\n{text}");
        }
        Self(text)
    }

    /// The samples of this name.
    #[must_use]
    pub fn samples(&self, name: &str) -> Vec<Sample<'_>> {
        let lines = self.0.lines().filter(|line| line.starts_with(name));
        let samples = lines.filter_map(sample);
        samples.filter(|sample| sample.name == name).collect()
    }

    /// The value of a metric's only series.
    #[must_use]
    pub fn value(&self, name: &str) -> f64 {
        match &self.samples(name)[..] {
            [only] => only.value,
            samples => panic!("{name} has not one series but {samples:?}"),
        }
    }

    /// How many series it has.
    #[must_use]
    pub fn series(&self) -> usize {
        self.0.lines().filter(|line| !line.starts_with('#')).count()
    }

    /// The lines about functions and what becomes of their events, without what the exporter tells of itself.
    #[must_use]
    pub fn fleet(&self) -> String {
        let lines = self.0.lines().filter(|line| line.contains("aws_lambda_"));
        lines.flat_map(|line| [line, "\n"]).collect()
    }
}

impl Deref for Page {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Sample<'_> {
    /// The value of a label.
    #[must_use]
    pub fn label(&self, name: &str) -> Option<&str> {
        let mut labels = self.labels.iter();
        labels.find_map(|(found, value)| (*found == name).then_some(&**value))
    }
}

/// Every sample of a text.
///
/// # Errors
/// What is wrong with the text.
pub fn parse(text: &str) -> Result<Vec<Sample<'_>>, String> {
    let mut samples: Vec<Sample<'_>> = Vec::new();
    let mut families = BTreeSet::new();
    let mut series = HashSet::new();
    let mut family = "";
    for line in text.lines() {
        if let Some(comment) = line.strip_prefix("# ") {
            let mut words = comment.splitn(3, ' ');
            let (kind, name) = (words.next(), words.next().unwrap_or_default());
            if kind == Some("HELP") {
                family = name;
                if !families.insert(family) {
                    return Err(format!("family {family} comes twice"));
                }
            }
            if name != family {
                return Err(format!("`{line}` in the middle of {family}"));
            }
            continue;
        }
        let sample = sample(line).ok_or_else(|| format!("`{line}` is no sample"))?;
        if !belongs(sample.name, family) {
            return Err(format!("`{line}` in the middle of {family}"));
        }
        // The labels of a family always come in the same order.
        let (key, _) = line.rsplit_once(' ').unwrap_or_default();
        if !series.insert(key) {
            return Err(format!("{key} comes twice"));
        }
        samples.push(sample);
    }
    Ok(samples)
}

/// A histogram's samples have suffixes.
fn belongs(name: &str, family: &str) -> bool {
    name.strip_prefix(family)
        .is_some_and(|suffix| ["", "_bucket", "_sum", "_count"].contains(&suffix))
}
fn sample(line: &str) -> Option<Sample<'_>> {
    let mut labels = Labels::new();
    let (name, value) = match line.split_once('{') {
        None => line.split_once(' ')?,
        Some((name, mut rest)) => loop {
            let (label, after) = rest.split_once("=\"")?;
            let (text, after) = quoted(after)?;
            labels.push((label, text));
            match after.strip_prefix(',') {
                Some(next) => rest = next,
                None => break (name, after.strip_prefix("} ")?),
            }
        },
    };
    labels.sort_unstable();
    let is_set_once = labels.windows(2).all(|pair| pair[0].0 != pair[1].0);
    Some(Sample {
        name,
        labels,
        value: value.parse().ok().filter(|_| is_set_once)?,
    })
}

/// The text up to the closing quote, and what is behind that.
fn quoted(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let (plain, rest) = text.split_once('"')?;
    if !plain.contains('\\') {
        return Some((Cow::Borrowed(plain), rest));
    }
    let mut value = String::new();
    let mut characters = text.char_indices();
    loop {
        match characters.next()? {
            (at, '"') => return Some((Cow::Owned(value), &text[at + 1..])),
            (_, '\\') => value.push(match characters.next()?.1 {
                'n' => '\n',
                escaped @ ('\\' | '"') => escaped,
                _ => return None,
            }),
            (_, other) => value.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Page, parse};

    const GOOD: &str = "# HELP up Whether it is up.\n# TYPE up gauge\nup{name=\"a\\\"b\\\\\\n\",other=\"c\"} 1\nup 0.5\n\
        # HELP took How long it took.\n# TYPE took histogram\ntook_bucket{le=\"+Inf\"} 2\ntook_sum 3\ntook_count 2\n";

    #[test]
    fn samples_have_their_labels_and_values() {
        let page = Page::new(GOOD.to_owned());
        let ups = page.samples("up");
        assert_eq!(ups[0].label("name"), Some("a\"b\\\n"));
        assert_eq!(
            (ups[0].label("other"), ups[0].label("up")),
            (Some("c"), None)
        );
        assert_eq!((ups.len(), page.series()), (2, 5));
        assert!((page.value("took_sum") - 3.0).abs() < 1e-9);
    }

    #[test]
    fn what_a_scraper_would_refuse_is_refused() {
        for (wrong, why) in [
            ("up 1\n", "`up 1` in the middle of took"),
            ("took_count 3\n", "took_count comes twice"),
            ("# HELP up Again.\n", "family up comes twice"),
            (
                "# TYPE up gauge\n",
                "`# TYPE up gauge` in the middle of took",
            ),
            ("took_sum{a=\"1\",a=\"2\"} 3\n", "is no sample"),
            ("took_sum{a=\"1} 3\n", "is no sample"),
            ("took_sum three\n", "is no sample"),
        ] {
            let refused = parse(&format!("{GOOD}{wrong}")).unwrap_err();
            assert!(refused.contains(why), "{refused}");
        }
    }
}
