//! Pages: a marker names the last item that was sent, so that pages stay right while items come and go.

use std::ops::Bound;

use serde_json::Value;

use crate::aws_error::AwsError;

/// What `MaxItems` and `Marker`, or `MaxResults` and `NextToken`, ask for.
pub(crate) struct Ask {
    /// How many items the page has at most.
    pub(crate) size: usize,
    /// The key that the page begins after.
    pub(crate) after: Option<String>,
}

impl Ask {
    /// The page that `MaxResults` and `NextToken` of a body ask for: `most` items unless fewer are asked for.
    pub(crate) fn of_json(input: &Value, most: usize) -> Result<Self, AwsError> {
        let size = match &input["MaxResults"] {
            Value::Null => most,
            value => size(&value.to_string(), "maxResults", most)?,
        };
        let after = input["NextToken"].as_str().map(decode).transpose()?;
        Ok(Self { size, after })
    }

    /// Where the page begins in a map.
    pub(crate) fn start(&self) -> Bound<&str> {
        self.after
            .as_deref()
            .map_or(Bound::Unbounded, Bound::Excluded)
    }
}

/// Reads how many items are asked for.
pub(crate) fn size(text: &str, member: &str, most: usize) -> Result<usize, AwsError> {
    let refuse = |constraint: &str| AwsError::validation(text, member, constraint);
    match text.parse::<usize>() {
        Ok(0) => Err(refuse("Member must have value greater than or equal to 1")),
        Ok(items) if items > most => Err(refuse(&format!(
            "Member must have value less than or equal to {most}"
        ))),
        Ok(items) => Ok(items),
        Err(_) => Err(refuse("Member must be an integer")),
    }
}

/// A page of items and the marker of the next one.
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    pub(crate) next: Option<String>,
}

impl<T> Page<T> {
    /// Takes a page from what comes after the marker; `key` is what the next marker names.
    pub(crate) fn take(
        rest: impl Iterator<Item = T>,
        size: usize,
        key: impl Fn(&T) -> String,
    ) -> Self {
        let mut rest = rest.peekable();
        let items: Vec<T> = rest.by_ref().take(size).collect();
        let more = rest.peek().is_some();
        let next = items.last().filter(|_| more).map(|last| encode(&key(last)));
        Self { items, next }
    }
}

/// Markers are opaque: hexadecimal, so that nobody takes one for a name.
fn encode(key: &str) -> String {
    use std::fmt::Write as _;
    key.bytes().fold(String::new(), |mut marker, byte| {
        // Writing to a string cannot fail.
        let _ = write!(marker, "{byte:02x}");
        marker
    })
}

/// The key that a marker names. AWS's text for a marker that it did not make is not recorded.
pub(crate) fn decode(marker: &str) -> Result<String, AwsError> {
    let byte = |at: usize| {
        marker
            .get(at..at + 2)
            .and_then(|hex| u8::from_str_radix(hex, 16).ok())
    };
    let bytes: Option<Vec<u8>> = (0..marker.len()).step_by(2).map(byte).collect();
    bytes
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(|| AwsError::invalid_parameter("The provided marker is invalid."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_comes_only_with_more_to_come() {
        let page = |size| Page::take(["a", "b"].into_iter(), size, |name| (*name).to_owned());
        assert_eq!(page(2).next, None);
        assert_eq!(
            page(1)
                .next
                .as_deref()
                .map(decode)
                .and_then(Result::ok)
                .as_deref(),
            Some("a")
        );
        assert!(decode("xyz").is_err());
    }
}
