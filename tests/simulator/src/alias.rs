//! An alias of a function.

use serde_json::{Map, Value, json};

use crate::identifier;

#[derive(Clone, Debug)]
pub(crate) struct Alias {
    /// `$LATEST` or a number.
    pub(crate) version: String,
    pub(crate) description: String,
    /// `AdditionalVersionWeights`, where there are any.
    pub(crate) weights: Map<String, Value>,
    pub(crate) revision_id: String,
}

impl Alias {
    pub(crate) fn new(version: &str) -> Self {
        Self {
            version: version.to_owned(),
            description: String::new(),
            weights: Map::new(),
            revision_id: identifier::uuid(),
        }
    }

    /// The versions that it leads to: one, or two where there are weights.
    pub(crate) fn versions(&self) -> impl Iterator<Item = &str> {
        let others = self.weights.keys().map(String::as_str);
        std::iter::once(self.version.as_str()).chain(others)
    }

    pub(crate) fn to_json(&self, name: &str, alias_arn: &str) -> Value {
        let mut alias = json!({
            "AliasArn": alias_arn,
            "Description": self.description,
            "FunctionVersion": self.version,
            "Name": name,
            "RevisionId": self.revision_id,
        });
        if !self.weights.is_empty() {
            alias["RoutingConfig"] = json!({ "AdditionalVersionWeights": self.weights });
        }
        alias
    }
}
