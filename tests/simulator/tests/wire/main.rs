//! The simulator as its clients see it: over HTTP.

mod changes;
mod client;
mod cloudwatch;
mod connections;
mod counters;
mod credentials;
mod destinations;
mod event_source_mappings;
mod faults;
mod organizations;
mod pagination;
mod quota;
mod recording;
mod regions;
mod replay;
mod revocation;
mod scale;
mod tagging;
mod versions;
