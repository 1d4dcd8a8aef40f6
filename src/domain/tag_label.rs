//! A function's tag as a label.

use std::str::FromStr;

/// AWS's longest tag key, in characters (`Tagging AWS resources`, limits).
const MAX_KEY_CHARACTERS: usize = 128;

/// A tag whose value becomes a label's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagLabel {
    /// The key of the tag, 1 to 128 characters, as AWS has it.
    pub key: String,
    /// The name of the label: `tag_` and the key, every character that Prometheus does not accept
    /// replaced by `_`. Different keys can have the same one.
    pub label: String,
}

/// A text that cannot be the key of a tag.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "tag key `{0}` has {length} characters; AWS accepts 1 to {MAX_KEY_CHARACTERS}",
    length = .0.chars().count()
)]
pub struct InvalidTagKey(pub String);

impl FromStr for TagLabel {
    type Err = InvalidTagKey;

    fn from_str(key: &str) -> Result<Self, Self::Err> {
        if !(1..=MAX_KEY_CHARACTERS).contains(&key.chars().count()) {
            return Err(InvalidTagKey(key.to_owned()));
        }
        let accepted = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
        Ok(Self {
            key: key.to_owned(),
            label: "tag_".chars().chain(key.chars().map(accepted)).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_prometheus_does_not_accept_becomes_an_underscore() {
        for (key, label) in [
            ("team", "tag_team"),
            ("CostCenter", "tag_CostCenter"),
            ("cost-center", "tag_cost_center"),
            ("cost_center", "tag_cost_center"),
            (
                "aws:cloudformation:stack-name",
                "tag_aws_cloudformation_stack_name",
            ),
            ("2fast", "tag_2fast"),
            ("Größe in m²", "tag_Gr__e_in_m_"),
            (" ", "tag__"),
        ] {
            let parsed: TagLabel = key.parse().unwrap();
            assert_eq!((&*parsed.key, &*parsed.label), (key, label));
        }
    }

    #[test]
    fn a_key_is_as_long_as_aws_accepts() {
        // Characters, not bytes.
        assert!("ß".repeat(128).parse::<TagLabel>().is_ok());
        for wrong in ["", &"k".repeat(129)] {
            let error = wrong.parse::<TagLabel>().unwrap_err();
            let length = wrong.len();
            assert_eq!(
                error.to_string(),
                format!("tag key `{wrong}` has {length} characters; AWS accepts 1 to 128")
            );
        }
    }
}
