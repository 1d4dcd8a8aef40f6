//! Which part of the work is this exporter's: by flags, or by the name of a `StatefulSet`'s pod.

use super::{
    Arguments,
    problem::{Problem, keep},
};
use crate::domain::Shard;

/// The variable that holds the pod's name where the manifest says so (`fieldRef: metadata.name`).
pub(super) const POD_NAME: &str = "POD_NAME";

const SHARD: &str = "--shard";
const TOTAL_SHARDS: &str = "--total-shards";

/// Whether nothing tells which of several shards this is, so that the first is assumed.
pub(super) fn is_assumed(arguments: &Arguments, pod_name: Option<&str>, shard: Shard) -> bool {
    shard.total() > 1 && arguments.shard.is_none() && pod_name.is_none_or(str::is_empty)
}

/// Reads the flags, and the pod's name where they leave the number open.
pub(super) fn read(
    arguments: &Arguments,
    pod_name: Option<&str>,
    problems: &mut Vec<Problem>,
) -> Shard {
    let total = match &arguments.total_shards {
        Some(text) => keep(number(TOTAL_SHARDS, text, 1), problems),
        None => Some(1),
    };
    let shard = match &arguments.shard {
        Some(text) => {
            let index = keep(number(SHARD, text, 0), problems);
            index
                .zip(total)
                .map(|(index, total)| from_flags(index, total, arguments.total_shards.is_none()))
        }
        None => total.map(|total| from_pod(pod_name, total)),
    };
    shard
        .and_then(|shard| keep(shard, problems))
        .unwrap_or_default()
}

fn number(flag: &str, text: &str, least: u32) -> Result<u32, Problem> {
    let number = text.parse().ok().filter(|number| *number >= least);
    number.ok_or_else(|| {
        let message = format!(
            "`{text}` is not a whole number from {least} to {}",
            u32::MAX
        );
        Problem::new("", flag, message)
    })
}

fn from_flags(index: u32, total: u32, is_default: bool) -> Result<Shard, Problem> {
    Shard::new(index, total).map_err(|_| {
        let default = if is_default { ", the default" } else { "" };
        Problem::new(
            "",
            SHARD,
            format!("{index} is not below {TOTAL_SHARDS} ({total}{default}); shards count from 0"),
        )
    })
}

/// The pods of a `StatefulSet` are called by its name and their ordinals, which start at 0.
fn from_pod(name: Option<&str>, total: u32) -> Result<Shard, Problem> {
    let name = match name {
        Some(name) if total > 1 && !name.is_empty() => name,
        _ => return Ok(Shard::new(0, total).unwrap_or_default()),
    };
    let problem = |message| Problem::new("", POD_NAME, message);
    let ordinal = name.rsplit_once('-').map(|(_, ordinal)| ordinal);
    let ordinal = ordinal
        .filter(|ordinal| !ordinal.is_empty() && ordinal.chars().all(|c| c.is_ascii_digit()))
        .ok_or_else(|| {
            problem(format!(
                "`{name}` has no number after a last `-`, as the pods of a StatefulSet have: \
                 run as a StatefulSet, or give {SHARD}"
            ))
        })?;
    // Digits that are no number are too many for any total.
    let shard = ordinal.parse().map(|index| Shard::new(index, total));
    shard.ok().and_then(Result::ok).ok_or_else(|| {
        problem(format!(
            "`{name}` would be shard {ordinal}, but {TOTAL_SHARDS} is {total} and shards count from 0: \
             the StatefulSet has more replicas than {TOTAL_SHARDS}; make them equal"
        ))
    })
}
