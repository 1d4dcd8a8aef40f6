//! Who calls, and where: from the `SigV4` credential scope. The signature itself is not verified.

use crate::scope::Scope;

/// The account of an access key id that names none.
pub const DEFAULT_ACCOUNT: &str = "111122223333";

/// Whose credentials signed the request, and for which region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Caller {
    pub(crate) access_key_id: String,
    pub(crate) scope: Scope,
}

impl Caller {
    /// Reads `… Credential=AKID/date/region/service/aws4_request, …`.
    pub(crate) fn read(authorization: &str) -> Option<Self> {
        let (_, credential) = authorization.split_once("Credential=")?;
        let mut parts = credential.split([',', ' ']).next()?.split('/');
        let (access_key_id, _date, region) = (parts.next()?, parts.next()?, parts.next()?);
        Some(Self {
            access_key_id: access_key_id.to_owned(),
            scope: Scope::new(account_of(access_key_id), region),
        })
    }
}

/// The account that an access key id belongs to: its last 12 characters, if they are digits.
pub(crate) fn account_of(access_key_id: &str) -> &str {
    let tail = access_key_id
        .len()
        .checked_sub(12)
        .and_then(|at| access_key_id.get(at..));
    tail.filter(|tail| is_account(tail))
        .unwrap_or(DEFAULT_ACCOUNT)
}

pub(crate) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_credential_scope() {
        let header = "AWS4-HMAC-SHA256 Credential=AKIA0000444455556666/20260101/eu-west-1/lambda/aws4_request, SignedHeaders=host, Signature=0";
        let caller = Caller::read(header).expect("a credential scope");
        assert_eq!(caller.scope, Scope::new("444455556666", "eu-west-1"));
        assert_eq!(Caller::read("Basic eDp5"), None);
    }

    #[test]
    fn other_keys_belong_to_the_default_account() {
        assert_eq!(account_of("AKIAIOSFODNN7EXAMPLE"), DEFAULT_ACCOUNT);
        assert_eq!(account_of("test"), DEFAULT_ACCOUNT);
        assert_eq!(account_of("ASIA0001000000000001"), "000000000001");
    }
}
