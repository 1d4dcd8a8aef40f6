//! The command line as typed.
//!
//! What the values mean is decided together with the file and the environment, so that all mistakes
//! are reported at once; only the shape of the command line is clap's.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

/// What `--version` says after the name.
const VERSION: &str = concat!(
    env!("CARGO_PKG_VERSION"),
    " (revision ",
    env!("LAMBDA_ASYNC_EXPORTER_REVISION"),
    ")"
);

/// The flags, as Prometheus exporters name them.
#[derive(Debug, Clone, Default, Parser)]
#[command(name = "lambda-async-exporter", version = VERSION, about)]
pub struct Arguments {
    /// Configuration file, in YAML; without it, environment and flags are all there is
    #[arg(long = "config.file", value_name = "PATH")]
    pub config_file: Option<PathBuf>,

    /// Check the configuration, print `ok` or every problem, and exit
    #[arg(long = "config.check")]
    pub config_check: bool,

    /// Region to look in, or `all` for every one that is enabled in the account; can be repeated,
    /// not together with `accounts` in the file [default: the AWS SDK's region]
    #[arg(long = "aws.region", value_name = "REGION")]
    pub aws_regions: Vec<String>,

    /// Function to watch: NAME, partial ARN or ARN, each with :QUALIFIER or :* where wanted; can be
    /// repeated, not together with `accounts` in the file [default: every function there is]
    #[arg(long = "lambda.function", value_name = "NAME")]
    pub lambda_functions: Vec<String>,

    /// Address to listen on, HOST:PORT, or :PORT for all interfaces; can be repeated
    /// [default: :10046]
    #[arg(long = "web.listen-address", value_name = "ADDR")]
    pub listen_addresses: Vec<String>,

    /// Path of the metrics [default: /metrics]
    #[arg(long = "web.telemetry-path", value_name = "PATH")]
    pub telemetry_path: Option<String>,

    /// Number of this exporter, from 0, among those that share the work [default: 0, or the number at
    /// the end of the variable `POD_NAME` where --total-shards is above 1]
    #[arg(long = "shard", value_name = "N")]
    pub shard: Option<String>,

    /// How many exporters share the work [default: 1]
    #[arg(long = "total-shards", value_name = "N")]
    pub total_shards: Option<String>,

    /// Least severe messages to log, on stderr
    #[arg(long = "log.level", value_name = "LEVEL", value_enum, default_value_t)]
    pub log_level: LogLevel,

    /// Format of the log
    #[arg(
        long = "log.format",
        value_name = "FORMAT",
        value_enum,
        default_value_t
    )]
    pub log_format: LogFormat,
}

/// The least severe messages that are logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum LogLevel {
    /// What failed and needs a person.
    Error,
    /// What failed and may heal.
    Warn,
    /// What happens rarely and matters to people who run the exporter.
    #[default]
    Info,
    /// What happens in each sweep.
    Debug,
    /// What happens in each call.
    Trace,
}

/// How a message is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, error::ErrorKind};

    use super::*;

    fn parse(arguments: &[&str]) -> Result<Arguments, clap::Error> {
        Arguments::try_parse_from([&["lambda-async-exporter"], arguments].concat())
    }

    #[test]
    fn the_command_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn without_flags_all_is_default() {
        let arguments = parse(&[]).unwrap();
        assert!(arguments.config_file.is_none() && !arguments.config_check);
        assert_eq!(arguments.log_level, LogLevel::Info);
        assert_eq!(arguments.log_format, LogFormat::Text);
    }

    #[test]
    fn every_flag_by_its_name() {
        let arguments = parse(&[
            "--config.file=a.yaml",
            "--config.check",
            "--aws.region=us-east-1",
            "--aws.region",
            "eu-west-1",
            "--lambda.function=f",
            "--lambda.function=g:*",
            "--web.listen-address=:1",
            "--web.listen-address=[::1]:2",
            "--web.telemetry-path=/m",
            "--shard=1",
            "--total-shards=3",
            "--log.level=trace",
            "--log.format=json",
        ])
        .unwrap();
        assert_eq!(arguments.config_file, Some("a.yaml".into()));
        assert!(arguments.config_check);
        assert_eq!(arguments.aws_regions, ["us-east-1", "eu-west-1"]);
        assert_eq!(arguments.lambda_functions, ["f", "g:*"]);
        assert_eq!(arguments.listen_addresses, [":1", "[::1]:2"]);
        assert_eq!(arguments.telemetry_path.as_deref(), Some("/m"));
        assert_eq!(arguments.shard.as_deref(), Some("1"));
        assert_eq!(arguments.total_shards.as_deref(), Some("3"));
        assert_eq!(arguments.log_level, LogLevel::Trace);
        assert_eq!(arguments.log_format, LogFormat::Json);
    }

    #[test]
    fn what_is_no_flag_of_this_version_is_wrong_usage() {
        for wrong in [
            "--web.config.file=x",
            "--web.enable-lifecycle",
            "--log.level=loud",
            "extra",
        ] {
            assert_eq!(parse(&[wrong]).unwrap_err().exit_code(), 2, "{wrong}");
        }
    }

    #[test]
    fn version_and_help_are_no_errors() {
        let version = parse(&["--version"]).unwrap_err();
        assert_eq!(version.kind(), ErrorKind::DisplayVersion);
        let expected = concat!(
            "lambda-async-exporter ",
            env!("CARGO_PKG_VERSION"),
            " (revision "
        );
        assert!(version.to_string().starts_with(expected), "{version}");
        assert_eq!(parse(&["--help"]).unwrap_err().exit_code(), 0);
    }
}
