//! What a scraper makes of the text: it must parse, with every series once and every family in one
//! piece.

use std::{borrow::Cow, collections::BTreeSet};

/// A series and its value.
#[derive(Debug)]
pub(super) struct Sample<'a> {
    pub(super) family: &'a str,
    /// Sorted by name.
    pub(super) labels: Labels<'a>,
    pub(super) value: f64,
}

pub(super) type Labels<'a> = Vec<(&'a str, Cow<'a, str>)>;

/// Every sample of a text.
///
/// # Errors
/// What is wrong with the text.
pub(super) fn parse(text: &str) -> Result<Vec<Sample<'_>>, String> {
    let mut samples: Vec<Sample<'_>> = Vec::new();
    let mut families = BTreeSet::new();
    let mut series = BTreeSet::new();
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
        if !belongs(sample.family, family) {
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
    let (family, value) = match line.split_once('{') {
        None => line.split_once(' ')?,
        Some((family, mut rest)) => loop {
            let (label, after) = rest.split_once("=\"")?;
            let (text, after) = quoted(after)?;
            labels.push((label, text));
            match after.strip_prefix(',') {
                Some(next) => rest = next,
                None => break (family, after.strip_prefix("} ")?),
            }
        },
    };
    labels.sort_unstable();
    let is_set_once = labels.windows(2).all(|pair| pair[0].0 != pair[1].0);
    Some(Sample {
        family,
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
