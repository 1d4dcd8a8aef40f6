//! Logs go to standard error, as text or as JSON lines.
//!
//! The level asked for is the exporter's own. Libraries are held at `error`: below it the AWS SDK quotes whole requests
//! with their security tokens, and its lines are not one line each. What matters of a failed call is in our own.

use std::io;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::{
    Layer, filter::Targets, fmt, layer::SubscriberExt, util::SubscriberInitExt,
};

use crate::{
    config::{LogFormat, LogLevel},
    tasks::message,
};

/// Sets up logging for the whole process. Called once, before anything is logged.
pub fn init(level: LogLevel, format: LogFormat) {
    let level = filter(level);
    let targets = Targets::new()
        .with_default(level.min(LevelFilter::ERROR))
        .with_target(env!("CARGO_CRATE_NAME"), level);
    let layer = fmt::layer().with_writer(io::stderr).with_target(false);
    let layer = match format {
        LogFormat::Text => layer.with_ansi(false).boxed(),
        LogFormat::Json => layer.json().flatten_event(true).boxed(),
    };
    tracing_subscriber::registry()
        .with(layer.with_filter(targets))
        .init();
}

/// Panics become log lines, in the format of all others: one is the failure of what it was about, and the process
/// lives on.
pub fn log_panics() {
    std::panic::set_hook(Box::new(|info| {
        let location = info.location().map(ToString::to_string);
        let message = message(info.payload());
        tracing::error!(
            error = message,
            location,
            "panicked: this is a bug, please report it"
        );
    }));
}

fn filter(level: LogLevel) -> LevelFilter {
    match level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    }
}
