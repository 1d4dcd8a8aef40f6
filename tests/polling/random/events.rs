//! What happens to the fleet: one random change after another.

use lambda_async_exporter::domain::{Destination, EventInvokeConfig, ScopeId, Tags};

use super::{
    rng::Rng,
    scenario::{ALIASES, NAMES, TEAMS, VERSIONS},
    truth::Truth,
    wants::TAG,
    world::World,
};
use crate::aws::{Existing, LATEST};

/// Destinations of every type, and what AWS accepts as none.
pub(super) const DESTINATIONS: [(&str, &str); 8] = [
    ("sqs", "arn:aws:sqs:us-east-1:123456789012:failed"),
    ("sns", "arn:aws:sns:us-east-1:123456789012:failed"),
    (
        "lambda",
        "arn:aws:lambda:us-east-1:123456789012:function:next",
    ),
    (
        "events",
        "arn:aws:events:us-east-1:123456789012:event-bus/b",
    ),
    ("s3", "arn:aws:s3:::failed"),
    ("kafka", "kafka://failed"),
    ("other", "arn:aws:kinesis:us-east-1:123456789012:stream/s"),
    ("", ""),
];

/// Changes one thing, in a scope and about a function at random.
pub(super) fn happen(world: &mut World, rng: &mut Rng) {
    let Some(scope) = rng.any(world.scope_ids()) else {
        return;
    };
    let name = rng.pick(&NAMES);
    let exists = world.ground(&scope).functions[name]
        .last()
        .function
        .is_some();
    if !exists {
        change(world, rng, &scope, name, create);
        return;
    }
    match rng.below(100) {
        0..12 => change(world, rng, &scope, name, delete),
        12..18 => {
            change(world, rng, &scope, name, delete);
            change(world, rng, &scope, name, create);
        }
        18..58 => change(world, rng, &scope, name, change_config),
        58..73 => change(world, rng, &scope, name, change_alias),
        73..78 => change(world, rng, &scope, name, change_version),
        78..88 => change(world, rng, &scope, name, change_dead_letter_queue),
        _ => change(world, rng, &scope, name, change_tags),
    }
}

/// What becomes of a function before the exporter starts.
const BEGINNING: [Step; 8] = [
    change_config,
    change_alias,
    change_alias,
    change_version,
    change_config,
    change_config,
    change_config,
    change_config,
];

/// A fleet to begin with.
pub(super) fn populate(world: &mut World, rng: &mut Rng) {
    for scope in world.scope_ids() {
        for name in NAMES {
            if rng.chance(75) {
                change(world, rng, &scope, name, create);
                for step in BEGINNING {
                    change(world, rng, &scope, name, step);
                }
            }
        }
    }
}

/// A step changes the truth about one name, and says how.
type Step = fn(&mut Rng, &mut Truth) -> String;

fn change(world: &mut World, rng: &mut Rng, scope: &ScopeId, name: &str, step: Step) {
    let now = world.now();
    let mut what = String::new();
    let history = world.ground(scope).functions.get_mut(name).unwrap();
    history.change(now, |truth| what = step(rng, truth));
    world.note(format!("{scope} {name}: {what}"));
}

fn create(rng: &mut Rng, truth: &mut Truth) -> String {
    truth.function = Some(Existing {
        runtime: format!("python3.{}", rng.below(1000)),
        ..Existing::default()
    });
    let tags = change_tags(rng, truth);
    let queue = change_dead_letter_queue(rng, truth);
    let config = come_with_config(rng, truth.function.as_mut().unwrap(), LATEST);
    format!("created, {tags}, {queue}{config}")
}

/// What is created may come with its config: at no time is it without.
fn come_with_config(rng: &mut Rng, function: &mut Existing, qualifier: &str) -> String {
    if rng.chance(50) {
        return String::new();
    }
    let config = config(rng);
    let what = format!(", with {config:?}");
    function.configs.insert(qualifier.to_owned(), config);
    what
}

fn delete(_: &mut Rng, truth: &mut Truth) -> String {
    truth.function = None;
    truth.published.clear();
    "deleted".to_owned()
}

fn change_config(rng: &mut Rng, truth: &mut Truth) -> String {
    let function = truth.function.as_mut().unwrap();
    let own = function.qualifiers().map(str::to_owned);
    let orphans = function.configs.keys().cloned();
    let candidates: Vec<String> = own.chain(orphans).chain([LATEST.to_owned()]).collect();
    let qualifier = rng.pick(&candidates);
    let removes = !function.has(&qualifier) || rng.chance(25);
    if removes {
        let was = function.configs.remove(&qualifier);
        return format!(
            "config of {qualifier} removed ({} there)",
            u8::from(was.is_some())
        );
    }
    let config = config(rng);
    let what = format!("config of {qualifier} is {config:?}");
    function.configs.insert(qualifier, config);
    what
}

/// Each has a time of its own, and so tells which one it is.
fn config(rng: &mut Rng) -> EventInvokeConfig {
    let mut destination = || {
        let (_, arn) = rng.pick(&DESTINATIONS);
        let given = rng.chance(60).then_some(arn);
        Destination::from_wire(given)
    };
    let (on_failure, on_success) = (destination(), destination());
    let retries = [None, Some(0), Some(1), Some(2)];
    let ages = [None, Some(60), Some(3600), Some(21_600)];
    let modified = u32::try_from(rng.below(1 << 31)).unwrap();
    EventInvokeConfig {
        maximum_retry_attempts: rng.pick(&retries),
        maximum_event_age_seconds: rng.pick(&ages),
        on_failure,
        on_success,
        last_modified: Some(f64::from(modified) + 0.25),
    }
}

fn change_alias(rng: &mut Rng, truth: &mut Truth) -> String {
    let function = truth.function.as_mut().unwrap();
    let alias = rng.pick(&ALIASES).to_owned();
    let exists = function.aliases.contains_key(&alias);
    if exists && rng.chance(50) {
        function.aliases.remove(&alias);
        return format!("alias {alias} deleted");
    }
    let config = if exists {
        String::new()
    } else {
        come_with_config(rng, function, &alias)
    };
    let versions = alias_versions(rng, function);
    let what = format!("alias {alias} is {versions:?}{config}");
    function.aliases.insert(alias, versions);
    what
}

/// One version, or two published ones.
fn alias_versions(rng: &mut Rng, function: &Existing) -> Vec<String> {
    let published: Vec<String> = function.versions.keys().cloned().collect();
    if published.len() > 1 && rng.chance(30) {
        return published;
    }
    vec![rng.any(published).unwrap_or_else(|| LATEST.to_owned())]
}

/// A version is published with the queue of `$LATEST`, and cannot be deleted while an alias points to it. No number is
/// given out twice.
fn change_version(rng: &mut Rng, truth: &mut Truth) -> String {
    let function = truth.function.as_mut().unwrap();
    let version = rng.pick(&VERSIONS).to_owned();
    if function.versions.contains_key(&version) {
        let mut aliases = function.aliases.values();
        if aliases.any(|versions| versions.contains(&version)) {
            return format!("version {version} stays");
        }
        function.versions.remove(&version);
        return format!("version {version} deleted");
    }
    if !truth.published.insert(version.clone()) {
        return format!("version {version} is no more");
    }
    let config = come_with_config(rng, function, &version);
    let what = format!("version {version} published{config}");
    let queue = function.dead_letter_queue.clone();
    function.versions.insert(version, queue);
    what
}

fn change_dead_letter_queue(rng: &mut Rng, truth: &mut Truth) -> String {
    let function = truth.function.as_mut().unwrap();
    let number = rng.below(1000);
    let queue = format!("arn:aws:sqs:us-east-1:123456789012:dead-{number}");
    let queue = rng.chance(50).then_some(queue);
    let what = format!("dead-letter queue is {queue:?}");
    function.dead_letter_queue = Destination::from_wire(queue.as_deref());
    what
}

fn change_tags(rng: &mut Rng, truth: &mut Truth) -> String {
    let team = rng.pick(&[None, Some(TEAMS[0]), Some(TEAMS[1]), Some(TEAMS[2])]);
    let tags = team.map(|team| (TAG.to_owned(), team.to_owned()));
    truth.tags = tags.into_iter().collect::<Tags>();
    format!("tags are {:?}", truth.tags)
}
