//! Pages: a marker names the last item that was sent, so that pages stay right while items come and go.

use crate::aws_error::AwsError;

/// What `MaxItems` and `Marker` ask for.
pub(crate) struct Ask {
    /// How many items the page has at most.
    pub(crate) size: usize,
    /// The key that the page begins after.
    pub(crate) after: Option<String>,
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
