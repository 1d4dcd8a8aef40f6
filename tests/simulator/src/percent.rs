//! Percent-decoding of paths, queries and forms.

/// Decodes `%XX`; what is not valid stays as it is.
pub(crate) fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escaped = (bytes[at] == b'%')
            .then(|| text.get(at + 1..at + 3))
            .flatten();
        if let Some(byte) = escaped.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            decoded.push(byte);
            at += 3;
        } else {
            decoded.push(bytes[at]);
            at += 1;
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

/// The pairs of a query string or a form; a `+` is a space there.
pub(crate) fn pairs(text: &str) -> Vec<(String, String)> {
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (
                decode(&key.replace('+', " ")),
                decode(&value.replace('+', " ")),
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_arns_and_leaves_the_rest() {
        assert_eq!(
            decode("111122223333%3Afunction%3af%3A%24LATEST"),
            "111122223333:function:f:$LATEST"
        );
        assert_eq!(decode("100%"), "100%");
        assert_eq!(decode("%zz%+é"), "%zz%+é");
    }

    #[test]
    fn reads_pairs() {
        let expected = [("Qualifier", "$LATEST"), ("a b", "c d"), ("flag", "")];
        let read = pairs("Qualifier=%24LATEST&a+b=c%20d&&flag");
        assert_eq!(
            read,
            expected.map(|(key, value)| (key.to_owned(), value.to_owned()))
        );
    }
}
