//! The text exposition format, version 0.0.4.

use std::fmt::Write;

/// Writes the samples of one family.
pub struct Samples<'a> {
    out: &'a mut String,
    name: &'static str,
    /// What to write before the first sample.
    help: Option<&'static str>,
}

impl<'a> Samples<'a> {
    /// Begins a family of gauges at the end of `out`.
    ///
    /// Its `HELP` and `TYPE` lines are written with the first sample: a family without samples leaves no
    /// trace.
    pub fn gauges(out: &'a mut String, name: &'static str, help: &'static str) -> Self {
        Self {
            out,
            name,
            help: Some(help),
        }
    }

    /// Goes on with a family that was begun elsewhere.
    pub fn more(out: &'a mut String, name: &'static str) -> Self {
        Self {
            out,
            name,
            help: None,
        }
    }

    /// Adds a sample. The labels of `common` come first.
    pub fn push(&mut self, common: &[(&str, &str)], own: &[(&str, &str)], value: f64) {
        if let Some(help) = self.help.take() {
            write_header(self.out, self.name, help);
        }
        self.out.push_str(self.name);
        let mut separator = '{';
        for (label, value) in common.iter().chain(own) {
            self.out.push(separator);
            separator = ',';
            self.out.push_str(label);
            self.out.push_str("=\"");
            escape_label_value(value, self.out);
            self.out.push('"');
        }
        if separator == ',' {
            self.out.push('}');
        }
        write_infallibly(self.out, format_args!(" {value}\n"));
    }
}

/// Appends what comes before the samples of a family of gauges.
pub(super) fn write_header(out: &mut String, name: &str, help: &str) {
    write_infallibly(
        out,
        format_args!("# HELP {name} {help}\n# TYPE {name} gauge\n"),
    );
}

/// Appends a label's value: backslash, quote and line feed are escaped, all else stands as it is.
pub fn escape_label_value(value: &str, out: &mut String) {
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

/// Writing to a `String` cannot fail.
fn write_infallibly(out: &mut String, text: std::fmt::Arguments<'_>) {
    let _ = out.write_fmt(text);
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
    fn samples_follow_their_header() {
        let mut out = String::new();
        let mut samples = Samples::gauges(&mut out, "a_b", "Help.");
        samples.push(&[("x", "1")], &[("y", "a\"b")], 2.0);
        samples.push(&[], &[], 0.5);
        Samples::gauges(&mut out, "empty", "Nothing.");
        assert_eq!(
            out,
            "# HELP a_b Help.\n# TYPE a_b gauge\na_b{x=\"1\",y=\"a\\\"b\"} 2\na_b 0.5\n"
        );
    }
}
