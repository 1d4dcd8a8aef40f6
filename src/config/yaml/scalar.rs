//! What a scalar means: the core schema of YAML 1.2.
//!
//! One exception, which keeps account ids whole: digits that start with a zero are a string.

use figment::value::{Empty, Num, Tag as Source, Value};
use saphyr_parser::{ScalarStyle, Tag};

/// What the tags of the core schema start with; a document writes it as `!!`.
const CORE: &str = "tag:yaml.org,2002:";

/// The type of a scalar.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Scalar {
    Null,
    Boolean(bool),
    Number(Num),
    String,
    /// The key `<<`; a string where it is no key.
    Merge,
}

impl Scalar {
    /// The type of a text as written, or what is wrong with its tag.
    pub(super) fn resolve(
        text: &str,
        style: ScalarStyle,
        tag: Option<&Tag>,
    ) -> Result<Self, String> {
        let Some(tag) = tag else {
            return Ok(Self::untagged(text, style));
        };
        let plain = plain(text);
        let fits = match core_name(tag).as_deref() {
            Some("str") => return Ok(Self::String),
            Some("null") => plain == Self::Null,
            Some("bool") => matches!(plain, Self::Boolean(_)),
            Some("int") => matches!(plain, Self::Number(num) if num.to_f64().is_none()),
            Some("float") => matches!(plain, Self::Number(_)),
            // A single `!`: whatever it looks like, take it as written.
            None if tag.suffix == "!" && tag.handle.is_empty() => return Ok(Self::String),
            _ => return Err(unknown(tag)),
        };
        if fits {
            Ok(plain)
        } else {
            Err(format!("`{text}` does not fit its tag `{}`", written(tag)))
        }
    }

    /// The type of a text as written, without a tag.
    pub(super) fn untagged(text: &str, style: ScalarStyle) -> Self {
        match style {
            ScalarStyle::Plain => plain(text),
            _ => Self::String,
        }
    }

    /// The value for figment.
    pub(super) fn value(self, text: &str) -> Value {
        match self {
            Self::Null => Value::Empty(Source::Default, Empty::None),
            Self::Boolean(boolean) => Value::from(boolean),
            Self::Number(num) => Value::Num(Source::Default, num),
            Self::String | Self::Merge => Value::from(text),
        }
    }
}

/// What is wrong with the tag of a list or a mapping, whose tag in the core schema is `wanted`.
pub(super) fn refuse_tag(tag: &Tag, wanted: &str) -> Option<String> {
    let is_unspecific = tag.handle.is_empty() && tag.suffix == "!";
    let fits = is_unspecific || core_name(tag).is_some_and(|name| name == wanted);
    (!fits).then(|| unknown(tag))
}

fn unknown(tag: &Tag) -> String {
    format!(
        "the tag `{}` means nothing here: leave it out",
        written(tag)
    )
}

fn core_name(tag: &Tag) -> Option<String> {
    let whole = format!("{}{}", tag.handle, tag.suffix);
    whole.strip_prefix(CORE).map(str::to_owned)
}

fn written(tag: &Tag) -> String {
    let whole = format!("{}{}", tag.handle, tag.suffix);
    match whole.strip_prefix(CORE) {
        Some(name) => format!("!!{name}"),
        None if whole.starts_with('!') => whole,
        None => format!("!<{whole}>"),
    }
}

fn plain(text: &str) -> Scalar {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Scalar::Null,
        "true" | "True" | "TRUE" => Scalar::Boolean(true),
        "false" | "False" | "FALSE" => Scalar::Boolean(false),
        "<<" => Scalar::Merge,
        _ => number(text).map_or(Scalar::String, Scalar::Number),
    }
}

fn number(text: &str) -> Option<Num> {
    let (is_negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    match digits {
        ".inf" | ".Inf" | ".INF" if is_negative => return Some(f64::NEG_INFINITY.into()),
        ".inf" | ".Inf" | ".INF" => return Some(f64::INFINITY.into()),
        ".nan" | ".NaN" | ".NAN" if digits.len() == text.len() => return Some(f64::NAN.into()),
        _ => {}
    }
    if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    let radix = |prefix: &str, radix| {
        let digits = digits.strip_prefix(prefix)?;
        let is_number = digits.len() == text.len() - prefix.len() && !digits.starts_with('+');
        is_number.then(|| u128::from_str_radix(digits, radix).ok())?
    };
    if let Some(number) = radix("0x", 16).or_else(|| radix("0o", 8)) {
        return Some(number.into());
    }
    if digits.bytes().all(|byte| byte.is_ascii_digit()) {
        if digits.len() > 1 && digits.starts_with('0') {
            return None;
        }
        let whole = if is_negative {
            text.parse::<i128>().ok().map(Num::from)
        } else {
            digits.parse::<u128>().ok().map(Num::from)
        };
        if whole.is_some() {
            return whole;
        }
    }
    let float = text.parse::<f64>().ok()?;
    float.is_finite().then(|| float.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Value {
        plain(text).value(text)
    }

    #[test]
    fn the_core_schema() {
        for text in ["", "~", "null", "Null", "NULL"] {
            assert_eq!(plain(text), Scalar::Null, "{text}");
        }
        for (text, number) in [
            ("0", 0),
            ("5", 5),
            ("+5", 5),
            ("0x1F", 31),
            ("0o17", 15),
            ("340282366920938463463374607431768211455", u128::MAX),
        ] {
            assert_eq!(value(text).to_u128(), Some(number), "{text}");
        }
        assert_eq!(value("-5").to_i128(), Some(-5));
        for (text, number) in [
            ("1.5", 1.5),
            (".5", 0.5),
            ("5.", 5.0),
            ("-1.5e3", -1500.0),
            ("+1E-1", 0.1),
            (".inf", f64::INFINITY),
            ("+.INF", f64::INFINITY),
            ("-.Inf", f64::NEG_INFINITY),
            ("1000000000000000000000000000000000000000", 1e39),
        ] {
            let Value::Num(_, num) = value(text) else {
                panic!("{text}")
            };
            assert_eq!(num.to_f64(), Some(number), "{text}");
        }
        assert!(matches!(plain(".nan"), Scalar::Number(num) if num.to_f64().unwrap().is_nan()));
    }

    #[test]
    fn what_looks_like_something_else_is_a_string() {
        for text in [
            "yes",
            "no",
            "on",
            "off",
            "y",
            "N",
            "tRUE",
            "nULL",
            "5m",
            "1_000",
            "011122223333",
            "-01",
            "00",
            "0x",
            "0xg",
            "-0x1",
            "+0x1",
            "0x+1",
            "0o8",
            "0b1",
            "+-5",
            "--5",
            "1e",
            "e1",
            ".",
            "-",
            "+",
            "+.nan",
            "nan",
            "inf",
            "-inf",
            "infinity",
            "1e999",
            "1:30",
            "2026-01-01",
            "=",
        ] {
            assert_eq!(plain(text), Scalar::String, "{text}");
        }
    }
}
