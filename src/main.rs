//! The command: arguments, configuration, logs, run, exit code.

use std::{
    error::Error,
    fmt::Display,
    io::{self, Write},
    process::ExitCode,
};

use clap::Parser;
use lambda_async_exporter::{
    aws::{Settings, UnusableSettings},
    config::{Arguments, Config},
    logs,
    run::{RunError, run},
    shutdown,
};
use mimalloc::MiMalloc;

/// What is kept for years lies among what calls need for milliseconds. glibc's allocator takes nearly
/// twice the memory for that and more time. Huge pages would take the memory again: no feature `no_thp`,
/// no gain.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Failure while running.
const FAILED: u8 = 1;
/// Wrong usage or invalid configuration.
const INVALID: u8 = 2;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(answer) => return answered(&answer),
    };
    let config = match Config::load(&arguments) {
        Ok(config) => config,
        Err(problems) => {
            complain(problems);
            return ExitCode::from(INVALID);
        }
    };
    if arguments.config_check {
        return check(&config);
    }
    logs::init(arguments.log_level, arguments.log_format);
    logs::log_panics();
    for warning in &config.warnings {
        tracing::warn!("{warning}");
    }
    let aws = match aws_settings(&config) {
        Ok(aws) => {
            for warning in &aws.warnings {
                tracing::warn!("{warning}");
            }
            aws
        }
        Err(problems) => {
            for problem in &problems {
                tracing::error!(error = problem, "exiting");
            }
            return ExitCode::from(INVALID);
        }
    };
    match start(config, aws) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error = chain(&*error), "exiting");
            let invalid = matches!(
                error.downcast_ref(),
                Some(RunError::NoRegion | RunError::Region(_) | RunError::Settings(_))
            );
            ExitCode::from(if invalid { INVALID } else { FAILED })
        }
    }
}

/// Help, the version, or what is wrong with the flags; clap's own `exit` hides that it could not be written.
fn answered(answer: &clap::Error) -> ExitCode {
    let written = answer.print().and_then(|()| io::stdout().flush());
    match u8::try_from(answer.exit_code()) {
        Ok(0) if written.is_err() => ExitCode::from(FAILED),
        code => ExitCode::from(code.unwrap_or(INVALID)),
    }
}

/// Writes a line to the standard output, which unlike with `println!` may be gone or full.
fn say(line: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{line}")?;
    stdout.flush()
}

/// Writes a line to the standard error; if that is gone, the exit code alone has to tell.
fn complain(line: impl Display) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// What the environment and the profile files tell about AWS, or what is wrong with it.
fn aws_settings(config: &Config) -> Result<Settings, Vec<String>> {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let runtime = runtime.map_err(|error| vec![error.to_string()])?;
    runtime
        .block_on(Settings::load(config.uses_default_region()))
        .map_err(|UnusableSettings(problems)| problems)
}

/// Says whether the program would start.
fn check(config: &Config) -> ExitCode {
    for warning in &config.warnings {
        complain(format_args!("warning: {warning}"));
    }
    match aws_settings(config) {
        Ok(aws) => {
            for warning in &aws.warnings {
                complain(format_args!("warning: {warning}"));
            }
        }
        Err(problems) => {
            problems.iter().for_each(complain);
            return ExitCode::from(INVALID);
        }
    }
    match say("ok") {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(format_args!("cannot write to the standard output: {error}"));
            ExitCode::from(FAILED)
        }
    }
}

fn start(config: Config, aws: Settings) -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        // One to poll and one to serve: neither has work for more.
        .worker_threads(2)
        .enable_all()
        .build()?;
    let ended = runtime.block_on(async { Ok(run(config, aws, shutdown::requested()?).await?) });
    // A name look-up that hangs in its thread does not hold up the end.
    runtime.shutdown_background();
    ended
}

/// The error and its causes, on one line.
fn chain(error: &dyn Error) -> String {
    let mut line = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        line = format!("{line}: {cause}");
        source = cause.source();
    }
    line
}
