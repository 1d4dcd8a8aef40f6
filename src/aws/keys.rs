//! What a key can be, and where one stands in a text. The SDK panics where a key cannot stand in a header, so it must
//! not come that far.

use aws_sdk_sts::config::Credentials;

/// The longest that a key is believed to be, in bytes. Session tokens have a few kB; AWS names no limit.
const MAX_LENGTH: usize = 16 * 1024;

/// What makes these credentials unusable, in words that say nothing of their values.
pub(super) fn flaw(credentials: &Credentials) -> Option<String> {
    [
        ("access key id", Some(credentials.access_key_id())),
        ("secret access key", Some(credentials.secret_access_key())),
        ("session token", credentials.session_token()),
    ]
    .into_iter()
    .find_map(|(name, value)| Some(format!("the {name} {}", flaw_of(value?)?)))
}

fn flaw_of(value: &str) -> Option<&'static str> {
    if value.len() > MAX_LENGTH {
        return Some("is longer than 16 kB");
    }
    if value.contains(char::is_control) {
        return Some(
            "has a control character (a Secret that was made with `echo` ends with a line feed; \
             `printf %s` adds none)",
        );
    }
    if value.contains(char::is_whitespace) {
        return Some("has white space in it (was it copied with something around it?)");
    }
    if !value.is_ascii() {
        return Some("has a character that is not ASCII (was it copied from a document?)");
    }
    None
}

/// A part of a key of at least this length gives it away, in bytes; shorter ones stand in any text.
const TELLING: usize = 16;

/// What stands beside a key or a signature where a request is quoted.
const MARKS: [&str; 7] = [
    "AWS4-HMAC",
    "Signature=",
    "x-amz-security-token",
    "X-Amz-Security-Token",
    "WebIdentityToken=",
    "ExternalId=",
    // A web identity token begins so.
    "eyJ",
];

/// What no text may quote.
pub(super) struct Secrets<'a>(Vec<&'a str>);

impl<'a> Secrets<'a> {
    /// With the secret and the token of these credentials. Letters and digits alone: the rest is escaped here and there.
    pub(super) fn of(credentials: Option<&'a Credentials>) -> Self {
        let keys = credentials.into_iter().flat_map(|credentials| {
            let secret = credentials.secret_access_key();
            [Some(secret), credentials.session_token()]
        });
        let parts = keys.flatten().flat_map(|key| {
            let parts = key.split(|c: char| !c.is_ascii_alphanumeric());
            parts.chain([key]).filter(|part| part.len() >= TELLING)
        });
        Self(parts.collect())
    }

    pub(super) fn are_in(&self, text: &str) -> bool {
        let is_in = |part: &&str| text.contains(*part);
        MARKS.iter().any(is_in) || self.0.iter().any(is_in)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(id: &str, secret: &str, token: Option<&str>) -> Credentials {
        Credentials::new(id, secret, token.map(str::to_owned), None, "test")
    }

    #[test]
    fn usual_keys_have_no_flaw() {
        let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
        for token in [None, Some("IQoJb3JpZ2luX2VjEXAMPLE//8=+")] {
            assert_eq!(flaw(&keys("AKIAIOSFODNN7EXAMPLE", secret, token)), None);
        }
    }

    #[test]
    fn a_flaw_is_told_by_the_name_of_the_key_and_not_by_its_value() {
        let long = "a".repeat(MAX_LENGTH + 1);
        for (odd, expected) in [
            ("odd\n", "has a control character (a Secret"),
            ("o\r\ndd", "has a control character (a Secret"),
            ("odd\0", "has a control character (a Secret"),
            ("odd\u{7f}", "has a control character (a Secret"),
            (" odd", "has white space"),
            ("odd\u{a0}", "has white space"),
            ("odd\u{200b}", "has a character that is not ASCII"),
            (&long, "is longer than 16 kB"),
        ] {
            for (name, keys) in [
                ("access key id", keys(odd, "fine", Some("fine"))),
                ("secret access key", keys("fine", odd, None)),
                ("session token", keys("fine", "fine", Some(odd))),
            ] {
                let flaw = flaw(&keys).unwrap();
                let expected = format!("the {name} {expected}");
                assert!(flaw.starts_with(&expected), "{flaw}");
                assert!(!flaw.contains("odd"), "{flaw}");
            }
        }
    }

    #[test]
    fn a_text_that_quotes_a_key_is_known() {
        let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
        let keys = keys("AKIAEXAMPLE", secret, Some("IQoJb3JpZ2luX2VjEXAMPLE//8=+"));
        for (text, quotes) in [
            (
                "User: x is not authorized to perform: lambda:ListFunctions",
                false,
            ),
            ("the key AKIAEXAMPLE is not known", false),
            ("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", true),
            ("token=IQoJb3JpZ2luX2VjEXAMPLE%2F%2F8%3D%2B", true),
            ("AWS4-HMAC-SHA256 Credential=", true),
            ("token eyJhbGciOiJub25lIn0.e30.", true),
        ] {
            assert_eq!(Secrets::of(Some(&keys)).are_in(text), quotes, "{text}");
        }
        assert!(!Secrets::of(None).are_in(secret));
    }
}
