//! What a function itself tells: its ARN, runtime, package type and dead-letter queue.

use std::sync::Arc;

use super::Destination;

/// A function as its configuration describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// `FunctionArn` without a qualifier.
    pub arn: Arc<str>,
    /// `Runtime`; container images have none.
    pub runtime: Option<Arc<str>>,
    /// `PackageType`, `Zip` or `Image`.
    pub package_type: Arc<str>,
    /// `DeadLetterConfig.TargetArn`.
    pub dead_letter_queue: Option<Destination>,
}
