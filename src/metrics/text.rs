//! The text exposition format, version 0.0.4.

use std::{
    fmt::Write,
    iter::{self, zip},
    mem,
};

/// Appends the samples that one family has of one subject.
pub(super) struct Samples<'a> {
    out: &'a mut String,
    name: &'static str,
    /// Names and values.
    subject_labels: (&'static [&'static str], &'a [&'a str]),
    own_labels: &'static [&'static str],
}

impl<'a> Samples<'a> {
    pub(super) fn new(
        out: &'a mut String,
        name: &'static str,
        subject_labels: (&'static [&'static str], &'a [&'a str]),
        own_labels: &'static [&'static str],
    ) -> Self {
        debug_assert_eq!(subject_labels.0.len(), subject_labels.1.len(), "{name}");
        Self {
            out,
            name,
            subject_labels,
            own_labels,
        }
    }

    /// Adds a sample. `own` holds a value for each of the family's own labels.
    pub(super) fn push(&mut self, own: &[&str], value: f64) {
        self.push_with(own, iter::empty(), value);
    }

    /// Adds a sample that has more labels than its family declares.
    pub(super) fn push_with<'b>(
        &mut self,
        own: &[&str],
        more: impl Iterator<Item = (&'b str, &'b str)>,
        value: f64,
    ) {
        debug_assert_eq!(own.len(), self.own_labels.len(), "{}", self.name);
        self.out.push_str(self.name);
        let (names, values) = self.subject_labels;
        let labels = zip(names, values).chain(zip(self.own_labels, own));
        let mut separator = '{';
        let mut push_label = |name, value| {
            self.out.push(mem::replace(&mut separator, ','));
            self.out.push_str(name);
            self.out.push_str("=\"");
            escape_label_value(value, self.out);
            self.out.push('"');
        };
        for (name, value) in labels {
            push_label(name, value);
        }
        for (name, value) in more {
            push_label(name, value);
        }
        if separator == ',' {
            self.out.push('}');
        }
        // Writing to a `String` cannot fail; Rust writes `inf`.
        let _ = if value == f64::INFINITY {
            writeln!(self.out, " +Inf")
        } else {
            writeln!(self.out, " {value}")
        };
    }
}

/// Appends a label's value with backslashes, quotes and line feeds escaped.
fn escape_label_value(value: &str, out: &mut String) {
    let mut rest = value;
    while let Some(at) = rest.find(['\\', '"', '\n']) {
        out.push_str(&rest[..at]);
        out.push_str(match rest.as_bytes()[at] {
            b'\\' => "\\\\",
            b'"' => "\\\"",
            _ => "\\n",
        });
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What Prometheus's parser makes of an escaped value.
    fn unescape(text: &str) -> String {
        let mut out = String::new();
        let mut characters = text.chars();
        while let Some(c) = characters.next() {
            out.push(match c {
                '\\' => match characters.next().unwrap() {
                    'n' => '\n',
                    escaped @ ('\\' | '"') => escaped,
                    other => panic!("\\{other} is no escape"),
                },
                '"' | '\n' => panic!("{c:?} must be escaped"),
                other => other,
            });
        }
        out
    }

    proptest! {
        #[test]
        fn escaping_is_undone_by_the_parser(value in "([\\\\\"\n]|\\PC|.){0,40}") {
            let mut escaped = String::new();
            escape_label_value(&value, &mut escaped);
            prop_assert_eq!(unescape(&escaped), value);
        }
    }

    #[test]
    fn a_sample_has_the_labels_of_its_subject_then_its_own_then_more() {
        let mut out = String::new();
        Samples::new(&mut out, "a", (&[], &[]), &[]).push(&[], 0.5);
        let mut samples = Samples::new(&mut out, "a_b", (&["x"], &["1"]), &["y"]);
        samples.push(&["a\"b"], 2.0);
        samples.push_with(&["3"], [("z", "4")].into_iter(), 1.0);
        assert_eq!(
            out,
            "a 0.5\na_b{x=\"1\",y=\"a\\\"b\"} 2\na_b{x=\"1\",y=\"3\",z=\"4\"} 1\n"
        );
    }
}
