//! What a function itself tells: its ARN, runtime, package type and dead-letter queue.

use super::Destination;

/// A function as its configuration describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// `FunctionArn` without a qualifier.
    pub arn: String,
    /// `Runtime`; container images have none.
    pub runtime: Option<String>,
    /// `PackageType`, `Zip` or `Image`.
    pub package_type: String,
    /// `DeadLetterConfig.TargetArn`.
    pub dead_letter_queue: Option<Destination>,
}
