//! Aliases: names for versions of a function.

use super::Qualifier;

/// An alias, and the version that it points to; two where it is weighted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alias {
    /// Its name.
    pub name: Qualifier,
    /// `FunctionVersion`, and what `RoutingConfig.AdditionalVersionWeights` names beside it.
    pub versions: Vec<Qualifier>,
}
