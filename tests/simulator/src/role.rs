//! A role that can be assumed, or not.

/// What STS says of a role. A role that was never put can be assumed by all, with or without an external id.
#[derive(Clone, Debug)]
pub struct Role {
    pub(crate) arn: String,
    pub(crate) external_id: Option<String>,
    pub(crate) denied: bool,
}

impl Role {
    /// A role that anybody may assume.
    #[must_use]
    pub fn new(arn: &str) -> Self {
        Self {
            arn: arn.to_owned(),
            external_id: None,
            denied: false,
        }
    }

    /// Only with this external id; without it STS answers 403 `AccessDenied`.
    #[must_use]
    pub fn external_id(mut self, external_id: &str) -> Self {
        self.external_id = Some(external_id.to_owned());
        self
    }

    /// Nobody may assume it: 403 `AccessDenied`.
    #[must_use]
    pub fn denied(mut self) -> Self {
        self.denied = true;
        self
    }
}
