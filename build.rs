//! Tells the program which revision it is built from, for `lambda_async_exporter_build_info`.

use std::{env, process::Command};

const VARIABLE: &str = "LAMBDA_ASYNC_EXPORTER_REVISION";

fn main() {
    println!("cargo::rerun-if-env-changed={VARIABLE}");
    println!("cargo::rerun-if-changed=.git/HEAD");
    println!("cargo::rerun-if-changed=.git/refs/heads");
    let revision = env::var(VARIABLE).ok().or_else(git_revision);
    let revision = revision.as_deref().unwrap_or("unknown");
    println!("cargo::rustc-env={VARIABLE}={revision}");
}

/// `None` outside a checkout, as in a source archive.
fn git_revision() -> Option<String> {
    let output = Command::new("git")
        .args(["rev-parse", "--short=12", "HEAD"])
        .output()
        .ok()?;
    let revision = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| revision.trim().to_owned())
}
