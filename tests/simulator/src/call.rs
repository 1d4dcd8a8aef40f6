//! A request as the simulator understands it.

use bytes::Bytes;
use hyper::header::AUTHORIZATION;
use hyper::http::request::Parts;
use serde_json::Value;

use crate::aws_error::AwsError;
use crate::caller::Caller;
use crate::operation::Operation;
use crate::page::{self, Ask};
use crate::percent;
use crate::resource;
use crate::route::Route;
use crate::scope::Scope;
use crate::target::Target;

/// Who asks for what, of which function.
pub(crate) struct Call {
    pub(crate) operation: Operation,
    /// `None` for a request that is not signed.
    pub(crate) caller: Option<Caller>,
    /// The function, for the operations that are about one; or why AWS refuses its name.
    pub(crate) target: Option<Result<Target, AwsError>>,
    /// The ARN of the queue, topic, event bus or bucket, for the operations that are about one.
    pub(crate) resource: Option<String>,
    /// The account that a bucket must belong to.
    pub(crate) expected_owner: Option<String>,
    /// The alias in the path.
    pub(crate) alias: Option<String>,
    /// When it says that it was signed, in the form of a signature.
    pub(crate) signed_at: Option<String>,
    /// The query's parameters, or the form's for STS and SNS.
    parameters: Vec<(String, String)>,
    body: Bytes,
}

impl Call {
    pub(crate) fn read(head: &Parts, body: Bytes) -> Self {
        let header = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok());
        let caller = header(AUTHORIZATION.as_str()).and_then(Caller::read);
        let mut parameters = percent::pairs(head.uri.query().unwrap_or_default());
        let path: Vec<String> = head.uri.path().split('/').map(percent::decode).collect();
        let segments: Vec<&str> = path
            .iter()
            .map(String::as_str)
            .filter(|s| !s.is_empty())
            .collect();
        let route = match (segments.as_slice(), header("x-amz-target")) {
            ([], Some(target)) => Route::target(target),
            ([], None) => {
                parameters.extend(percent::pairs(&String::from_utf8_lossy(&body)));
                Route::action(find(&parameters, "Action").unwrap_or_default())
            }
            (segments, _) => Route::rest(head.method.as_str(), segments),
        };
        let scope = caller
            .as_ref()
            .map_or_else(|| Scope::new("", ""), |caller| caller.scope.clone());
        let qualifier = find(&parameters, "Qualifier");
        let target = route
            .function
            .map(|name| Target::read(&name, qualifier, &scope));
        let json = serde_json::from_slice(&body).unwrap_or_default();
        let resource = resource::read(
            route.operation,
            &json,
            |name| find(&parameters, name),
            route.bucket.as_deref(),
            &scope,
        );
        Self {
            operation: route.operation,
            caller,
            target,
            resource,
            expected_owner: header("x-amz-expected-bucket-owner").map(str::to_owned),
            alias: route.alias,
            signed_at: header("x-amz-date").map(str::to_owned),
            parameters,
            body,
        }
    }

    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        find(&self.parameters, name)
    }

    /// The body; no body is an empty object.
    pub(crate) fn json(&self) -> Result<Value, AwsError> {
        if self.body.is_empty() {
            return Ok(Value::Object(serde_json::Map::new()));
        }
        serde_json::from_slice(&self.body)
            .map_err(|_| AwsError::invalid_parameter("Could not parse request body into json"))
    }

    /// The body of a call to a service that speaks CBOR.
    pub(crate) fn cbor(&self) -> Result<Value, AwsError> {
        ciborium::from_reader(&*self.body)
            .map_err(|_| AwsError::invalid_parameter("The request body is not CBOR."))
    }

    /// The function of an operation that is about one.
    pub(crate) fn target(&self) -> Result<&Target, AwsError> {
        match &self.target {
            Some(Ok(target)) => Ok(target),
            Some(Err(error)) => Err(error.clone()),
            None => Err(AwsError::service()),
        }
    }

    /// The page that `Marker` and `MaxItems`, which may be `most`, ask for: `per_page` items unless fewer are asked
    /// for, and never more.
    pub(crate) fn page(&self, most: usize, per_page: usize) -> Result<Ask, AwsError> {
        let size = match self.parameter("MaxItems") {
            None => per_page,
            Some(text) => page::size(text, "maxItems", most)?.min(per_page),
        };
        let after = self.parameter("Marker").filter(|marker| !marker.is_empty());
        Ok(Ask {
            size,
            after: after.map(page::decode).transpose()?,
        })
    }

    /// The account of the role to assume: a fault may name it.
    pub(crate) fn role_account(&self) -> Option<&str> {
        self.parameter("RoleArn")
            .and_then(|arn| arn.split(':').nth(4))
    }
}

fn find<'a>(parameters: &'a [(String, String)], name: &str) -> Option<&'a str> {
    parameters
        .iter()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.as_str())
}
