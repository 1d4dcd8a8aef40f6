//! What is wrong with a configuration, and where.

use std::{
    error::Error,
    fmt::{self, Write},
};

/// One mistake: where it stands, where that came from, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    key: String,
    source: String,
    message: String,
}

/// Every mistake that was found, at least one; printed one a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems(Vec<Problem>);

impl Problem {
    pub(super) fn new(
        key: impl Into<String>,
        source: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            key: key.into(),
            source: source.into(),
            message: message.into(),
        }
    }

    /// The path of the key, such as `accounts[0].functions[2]`; empty where the mistake has none.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The environment variable or flag that the value came from, or the file with the value's line
    /// and column, as in `config.yaml:3:15`; empty where nothing was given.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// What is wrong, and what would be right.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl Problems {
    /// The value if there are no problems, else the problems.
    pub(super) fn none_or<T>(problems: Vec<Problem>, value: T) -> Result<T, Self> {
        if problems.is_empty() {
            Ok(value)
        } else {
            Err(Self(problems))
        }
    }

    /// The problems, section by section.
    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.0.iter()
    }
}

impl<'a> IntoIterator for &'a Problems {
    type Item = &'a Problem;
    type IntoIter = std::slice::Iter<'a, Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// Keeps the value, or adds the problem to the others.
pub(super) fn keep<T>(result: Result<T, Problem>, problems: &mut Vec<Problem>) -> Option<T> {
    result.map_err(|problem| problems.push(problem)).ok()
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [&self.source, &self.key, &self.message];
        let parts = parts.into_iter().filter(|part| !part.is_empty());
        let parts: Vec<String> = parts.map(|part| one_line(part)).collect();
        // Written at once: the standard error has no buffer.
        f.write_str(&parts.join(": "))
    }
}

/// Values are quoted in messages, and a value may hold line breaks.
fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() {
            line.extend(character.escape_default());
        } else {
            line.push(character);
        }
    }
    line
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_char('\n')?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

impl Error for Problems {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_problem_one_line_whatever_the_value_holds() {
        let problems = Problems(vec![
            Problem::new("web.telemetry_path", "config.yaml:3:15", "`/a\nb` is wrong"),
            Problem::new("", "--aws.region", "no region"),
            Problem::new("", "", "nothing to do"),
        ]);
        assert_eq!(
            problems.to_string(),
            "config.yaml:3:15: web.telemetry_path: `/a\\nb` is wrong\n\
             --aws.region: no region\n\
             nothing to do"
        );
    }

    #[test]
    fn no_problems_no_error() {
        assert_eq!(Problems::none_or(Vec::new(), 1), Ok(1));
    }
}
