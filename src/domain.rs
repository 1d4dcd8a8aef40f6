//! What the exporter knows about Lambda's asynchronous invocation, as plain data.
//!
//! Nothing here knows AWS's SDK, HTTP, Prometheus or serde, and nothing here waits: every decision
//! that can be wrong (what a 404 means, when a value is stale, which target is which) is a function
//! of plain values with its tests beside it.

mod account_entry;
mod account_id;
mod answers;
mod call;
mod destination;
mod discovery;
mod event_invoke_config;
mod fleet;
mod function;
mod function_name;
mod function_reference;
mod operation;
mod organization;
mod partition;
mod pattern;
mod qualifier;
mod reading;
mod region;
mod role;
mod scope;
mod selection;
mod settings;
mod shard;
mod tag_label;
mod target_state;
mod timestamp;

pub use account_entry::{AccountEntry, Members, Organization, Regions};
pub use account_id::{AccountId, InvalidAccountId};
pub use answers::{Answer, Answers, NotListed, TargetAnswer};
pub use call::{CallError, CallFailure, FailureKind, Outcome};
pub use destination::{Destination, DestinationType};
pub use discovery::{Discovery, Tags, TagsByFunction, Verdict};
pub use event_invoke_config::{
    Condition, DEFAULT_EVENT_AGE_SECONDS, DEFAULT_RETRY_ATTEMPTS, EventInvokeConfig, Settings,
};
pub use fleet::{Fleet, ScopeReadings, ScopeStatus};
pub use function::Function;
pub use function_name::{FunctionName, InvalidFunctionName};
pub use function_reference::{FunctionReference, InvalidFunctionReference, Selector};
pub use operation::Operation;
pub use organization::{AccountFilter, MemberAccount};
pub use partition::Partition;
pub use pattern::{InvalidPattern, Pattern};
pub use qualifier::{InvalidQualifier, Qualifier};
pub use reading::{LastGood, Reading, TargetReading};
pub use region::{InvalidRegion, Region};
pub use role::{Credentials, InvalidRoleArn, InvalidRoleName, Role, RoleArn, RoleName};
pub use scope::ScopeId;
pub use selection::{Qualifiers, Selection};
pub use settings::PollSettings;
pub use shard::{InvalidShard, Shard, stable_hash};
pub use tag_label::{InvalidTagKey, TagLabel};
pub use target_state::TargetState;
pub use timestamp::Timestamp;
