//! What a key can be. The SDK panics where a key cannot stand in a header, so that it must not come that far.

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
}
