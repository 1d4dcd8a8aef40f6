//! The profile files, `~/.aws/config` and `~/.aws/credentials`, as the SDK is shown them.
//!
//! The SDK would read them whole whatever their length, and treats one that it cannot read as empty. So they are read
//! here, and it is given their text. It also keeps all that a credential process writes, and no setting bounds that:
//! its provider runs the command with `tokio::process::Command::output`. So the command in the text is changed to one
//! that ends a process which writes too much.

use std::{io, path::PathBuf};

use aws_config::profile::{Profile, ProfileSet};
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_types::os_shim_internal::Fs;

use super::{bounded_file, environment::Environment};

/// The setting whose value is a command.
const CREDENTIAL_PROCESS: &str = "credential_process";

/// The texts of both files.
#[derive(Clone)]
pub(super) struct ProfileFiles {
    config: ProfileFile,
    credentials: ProfileFile,
}

#[derive(Clone)]
struct ProfileFile {
    path: PathBuf,
    text: String,
}

impl ProfileFiles {
    /// Reads both. One that is not there is empty; so is one at its usual place that must not be read, as another
    /// user's.
    pub(super) fn read(environment: &Environment) -> Result<Self, String> {
        Ok(Self {
            config: ProfileFile::read(environment, "AWS_CONFIG_FILE", "~/.aws/config")?,
            credentials: ProfileFile::read(
                environment,
                "AWS_SHARED_CREDENTIALS_FILE",
                "~/.aws/credentials",
            )?,
        })
    }

    /// For the SDK's loaders.
    pub(super) fn for_sdk(&self) -> EnvConfigFiles {
        let text = |file: &ProfileFile| bounded_commands(&file.text);
        EnvConfigFiles::builder()
            .with_contents(EnvConfigFileKind::Config, text(&self.config))
            .with_contents(EnvConfigFileKind::Credentials, text(&self.credentials))
            .build()
    }

    /// The profiles in both.
    pub(super) async fn parse(&self, environment: &Environment) -> Result<ProfileSet, String> {
        let (fs, env) = (Fs::real(), environment.for_sdk());
        aws_config::profile::load(&fs, &env, &self.for_sdk(), None)
            .await
            .map_err(|error| {
                let config = self.config.path.display();
                let credentials = self.credentials.path.display();
                let error = super::classify::chain(&error);
                format!("the profile files `{config}` and `{credentials}`: {error}")
            })
    }

    /// What the selected profile names and neither file has.
    pub(super) fn missing(&self, profiles: &ProfileSet, named_by: &str) -> Option<String> {
        let what = missing(profiles, named_by)?;
        let config = self.config.path.display();
        let credentials = self.credentials.path.display();
        Some(format!(
            "{what}, which is neither in `{config}` nor in `{credentials}`"
        ))
    }
}

impl ProfileFile {
    fn read(environment: &Environment, variable: &str, usual: &str) -> Result<Self, String> {
        let named = environment.get(variable);
        let path = environment.expand_home(named.unwrap_or(usual));
        let content = match bounded_file::read(&path) {
            Ok(content) => content,
            Err(error) if is_absent(&error, named.is_some()) => Vec::new(),
            Err(error) => {
                let name = named.map_or("a profile file", |_| variable);
                return Err(format!("{name}: cannot read `{}`: {error}", path.display()));
            }
        };
        match String::from_utf8(content) {
            Ok(text) => Ok(Self { path, text }),
            Err(_) => Err(format!(
                "the profile file `{}` is not UTF-8",
                path.display()
            )),
        }
    }
}

fn is_absent(error: &io::Error, is_named: bool) -> bool {
    match error.kind() {
        io::ErrorKind::NotFound => true,
        io::ErrorKind::PermissionDenied | io::ErrorKind::NotADirectory => !is_named,
        _ => false,
    }
}

/// Follows the selected profile as the SDK does: a role is assumed with the profile that `source_profile` names.
fn missing(profiles: &ProfileSet, named_by: &str) -> Option<String> {
    let mut name = profiles.selected_profile();
    let mut reference = format!("{named_by} names the profile `{name}`");
    let mut visited = Vec::new();
    loop {
        let Some(profile) = profiles.get_profile(name) else {
            // Nobody asked for the default one.
            let is_default = visited.is_empty() && name == "default";
            return (!is_default).then_some(reference);
        };
        if let Some(session) = profile.get("sso_session")
            && profiles.sso_session(session).is_none()
        {
            return Some(format!(
                "the profile `{name}` names the sso-session `{session}`"
            ));
        }
        let source = source_profile(profile)?;
        if visited.contains(&name) {
            return None;
        }
        visited.push(name);
        reference = format!("the source_profile of the profile `{name}` is `{source}`");
        name = source;
    }
}

fn source_profile(profile: &Profile) -> Option<&str> {
    if profile.get("role_arn").is_none() || profile.get("web_identity_token_file").is_some() {
        return None;
    }
    profile.get("source_profile")
}

/// The same text, with commands of which no more than 8 MB are read.
fn bounded_commands(text: &str) -> String {
    let mut lines = text.lines().peekable();
    let mut bounded = String::with_capacity(text.len());
    while let Some(line) = lines.next() {
        let goes_on = lines
            .peek()
            .is_some_and(|next| next.starts_with([' ', '\t']) && !next.trim().is_empty());
        match command(line) {
            Some(command) if !goes_on => {
                bounded.extend([CREDENTIAL_PROCESS, " = ", &bounded_command(command)]);
            }
            _ => bounded.push_str(line),
        }
        bounded.push('\n');
    }
    bounded
}

/// The command on a line, if there is one.
fn command(line: &str) -> Option<&str> {
    if line.starts_with([' ', '\t', '#', ';']) {
        return None;
    }
    let (key, value) = line.split_once('=')?;
    let comment = [" #", "\t#", " ;", "\t;"]
        .iter()
        .filter_map(|mark| value.find(mark))
        .min();
    let value = comment.map_or(value, |at| &value[..at]).trim();
    (key.trim().eq_ignore_ascii_case(CREDENTIAL_PROCESS) && !value.is_empty()).then_some(value)
}

/// `head` takes what is written to standard output (3) and standard error (4) and leaves after 8 MB; whoever goes on
/// writing ends, by SIGPIPE (128 + 13). The exit code (5) is the command's. No ` ;` and no ` #`: a comment would begin there.
fn bounded_command(command: &str) -> String {
    let quoted = command.replace('\'', r"'\''");
    format!(
        "exec 3>&1 4>&2;s=$({{ {{ {{ sh -c '{quoted}' 3>&- 4>&- 5>&- 6>&-;echo $? >&5;}} 2>&1 1>&6|head -c 8388608 >&4;}} \
         6>&1|head -c 8388608 >&3;}} 5>&1);[ \"$s\" != 141 ]||echo 'it wrote more than 8 MB' >&2;exit ${{s:-1}}"
    )
}

#[cfg(test)]
mod tests;
