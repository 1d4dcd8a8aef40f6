//! The settings of a function: what publishing a version freezes.

use std::collections::BTreeMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};

use serde_json::{Value, json};

use crate::identifier;
use crate::scope::Scope;

#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// `None` for a container image.
    pub(crate) runtime: Option<String>,
    pub(crate) dead_letter: Option<String>,
    pub(crate) variables: BTreeMap<String, String>,
    pub(crate) handler: String,
    pub(crate) timeout_seconds: u32,
    pub(crate) last_modified: String,
    pub(crate) revision_id: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            runtime: Some("python3.12".to_owned()),
            dead_letter: None,
            variables: BTreeMap::new(),
            handler: "index.handler".to_owned(),
            timeout_seconds: 3,
            last_modified: "2026-01-01T00:00:00.000+0000".to_owned(),
            revision_id: identifier::uuid(),
        }
    }
}

impl Settings {
    /// The settings under another revision, as publishing and updating give them.
    pub(crate) fn revised(&self) -> Self {
        Self {
            revision_id: identifier::uuid(),
            ..self.clone()
        }
    }

    /// A function as `ListFunctions` shows it. Null values are left out, as in the recording.
    pub(crate) fn summary(&self, scope: &Scope, name: &str, version: &str, arn: &str) -> Value {
        let mut function = json!({
            "Architectures": ["x86_64"],
            "CodeSha256": code_sha256(name),
            "CodeSize": 1024,
            "Description": "",
            "Environment": { "Variables": self.variables },
            "EphemeralStorage": { "Size": 512 },
            "FunctionArn": arn,
            "FunctionName": name,
            "LastModified": self.last_modified,
            "LoggingConfig": { "LogFormat": "Text", "LogGroup": format!("/aws/lambda/{name}") },
            "MemorySize": 128,
            "RevisionId": self.revision_id,
            "Role": format!("arn:{}:iam::{}:role/lambda-execution", scope.partition(), scope.account),
            "SnapStart": { "ApplyOn": "None", "OptimizationStatus": "Off" },
            "Timeout": self.timeout_seconds,
            "TracingConfig": { "Mode": "PassThrough" },
            "Version": version,
        });
        if let Some(runtime) = &self.runtime {
            function["PackageType"] = "Zip".into();
            function["Runtime"] = runtime.as_str().into();
            function["Handler"] = self.handler.as_str().into();
        } else {
            function["PackageType"] = "Image".into();
        }
        if let Some(target) = &self.dead_letter {
            function["DeadLetterConfig"] = json!({ "TargetArn": target });
        }
        function
    }

    /// A function as `GetFunctionConfiguration` shows it: the summary and its state.
    pub(crate) fn configuration(
        &self,
        scope: &Scope,
        name: &str,
        version: &str,
        arn: &str,
    ) -> Value {
        let mut function = self.summary(scope, name, version, arn);
        function["State"] = "Active".into();
        function["LastUpdateStatus"] = "Successful".into();
        if self.runtime.is_some() {
            let runtime_arn = format!(
                "arn:{}:lambda:{}::runtime:0",
                scope.partition(),
                scope.region
            );
            function["RuntimeVersionConfig"] = json!({ "RuntimeVersionArn": runtime_arn });
        }
        function
    }
}

/// Something of the right form that is the same for every version of a function: 44 characters of base64.
fn code_sha256(name: &str) -> String {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    let digest = hasher.finish();
    format!("{digest:016x}{digest:016x}{:011x}=", digest >> 20)
}
