//! The twelve digits that name an AWS account.

use std::{fmt, str::FromStr};

/// An AWS account id: exactly twelve digits, leading zeros included.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId([u8; 12]);

/// A text that is not an account id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("account id `{0}` is not twelve digits")]
pub struct InvalidAccountId(pub String);

impl AccountId {
    /// The id as AWS writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // The only way in is `from_str`, which lets nothing but digits pass.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl FromStr for AccountId {
    type Err = InvalidAccountId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        <[u8; 12]>::try_from(text.as_bytes())
            .ok()
            .filter(|bytes| bytes.iter().all(u8::is_ascii_digit))
            .map(Self)
            .ok_or_else(|| InvalidAccountId(text.to_owned()))
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twelve_digits_and_nothing_else() {
        let id: AccountId = "012345678901".parse().unwrap();
        assert_eq!(id.to_string(), "012345678901");
        for wrong in [
            "",
            "12345678901",
            "1234567890123",
            "12345678901x",
            "１２３４",
        ] {
            assert!(wrong.parse::<AccountId>().is_err(), "{wrong}");
        }
    }
}
