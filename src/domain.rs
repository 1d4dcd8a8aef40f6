//! What the exporter knows about Lambda's asynchronous invocation, as plain data.
//!
//! Nothing here knows AWS's SDK, HTTP, Prometheus or serde, and nothing here waits: every decision
//! that can be wrong (what a 404 means, when a value is stale, which target is which) is a function
//! of plain values with its tests beside it.

mod account_entry;
mod alias;
mod answers;
mod async_events;
mod backoff;
mod call;
mod collector;
mod destination;
mod destinations;
mod event_source_mapping;
mod fleet;
mod function;
mod function_reference;
mod last_good;
mod names;
mod partition;
mod reading;
mod retained;
mod role;
mod scope;
mod selection;
mod settings;
mod tag_label;
mod target_state;
mod timestamp;

pub use account_entry::{
    AccountEntry, AccountFilter, MemberAccount, Members, Organization, Regions,
};
pub use alias::Alias;
pub use answers::{Answers, NotListed, TargetAnswer};
pub use async_events::AsyncEvents;
pub use backoff::Backoff;
pub use call::{CallError, CallFailure, FailureKind, Operation, Outcome};
pub use collector::{Collector, CollectorSettings, CollectorStatus, CollectorsSettings};
pub use destination::{Destination, DestinationType};
pub use destinations::{Destinations, Existence};
pub use event_source_mapping::{
    EventSourceMapping, EventSourceMappings, EventSourceType, OnFailure,
};
pub use fleet::{Fleet, ScopeFacts, ScopeOutcomes, ScopeReadings, ScopeStatus};
pub use function::{
    Condition, DEFAULT_EVENT_AGE_SECONDS, DEFAULT_RETRY_ATTEMPTS, EventInvokeConfig, Function,
    Settings,
};
pub use function_reference::{FunctionReference, InvalidFunctionReference, Selector};
pub use last_good::LastGood;
pub use names::{
    AccountId, FunctionName, InvalidAccountId, InvalidFunctionName, InvalidQualifier,
    InvalidRegion, Qualifier, Region,
};
pub use partition::Partition;
pub use reading::{
    FunctionFacts, FunctionOutcomes, Reading, TargetFacts, TargetOutcomes, TargetReading,
};
pub use retained::{AsOf, DeadLetterQueues};
pub use role::{Credentials, InvalidRoleArn, InvalidRoleName, Role, RoleArn, RoleName};
pub use scope::{InvalidShard, ScopeId, Shard, stable_hash};
pub use selection::{
    Discovery, InvalidPattern, Pattern, Qualifiers, Selection, Tags, TagsByFunction, Verdict,
};
pub use settings::{PollSettings, Workload};
pub use tag_label::{InvalidTagKey, TagLabel};
pub use target_state::TargetState;
pub use timestamp::Timestamp;
