//! What goes wrong at AWS: one random fault after another.

use std::time::Duration;

use lambda_async_exporter::domain::{FailureKind, Operation, ScopeId};

use super::{
    fault::{Fault, Manner, Place, Refusal},
    rng::Rng,
    scenario::{Faults, NAMES},
    truth::Time,
    windows::Windows,
    world::World,
};

/// How long credentials take at most, when they come at all.
pub(super) const SLOWEST_CREDENTIALS: Duration = Duration::from_secs(3);

/// How many things are out of order at once, at most.
const AT_ONCE: usize = 3;

/// Those that part of a read may go without are hit more often.
const READING: [Operation; 6] = [
    Operation::ListAliases,
    Operation::GetFunctionConfiguration,
    Operation::GetFunctionEventInvokeConfig,
    Operation::ListFunctionEventInvokeConfigs,
    Operation::GetFunctionConfiguration,
    Operation::ListAliases,
];

const LISTING: [Operation; 2] = [Operation::ListFunctions, Operation::GetResources];

/// Lets something go wrong from now on, for a while.
pub(super) fn happen(world: &mut World, rng: &mut Rng, windows: &Windows) {
    let now = world.now();
    let on = world.faults.iter().filter(|fault| fault.is_on(now)).count();
    let Some(scope) = rng.any(world.scope_ids()).filter(|_| on < AT_ONCE) else {
        return;
    };
    let faults = world.scenario.faults;
    let Some(place) = place(rng, faults) else {
        return;
    };
    let manner = manner(rng, faults, &place);
    let lasts = duration(rng, windows);
    add(world, Some(scope), place, manner, now + lasts);
}

/// What is out of order when the exporter starts.
pub(super) fn begin(world: &mut World, rng: &mut Rng, windows: &Windows) {
    for _ in 0..rng.below(3) {
        happen(world, rng, windows);
    }
    if world.scenario.faults.slow_credentials {
        let scope = rng.any(world.scope_ids());
        let slowest = u64::try_from(SLOWEST_CREDENTIALS.as_millis()).unwrap();
        let delay = Duration::from_millis(rng.between(100, slowest));
        let lasts = duration(rng, windows);
        add(
            world,
            scope,
            Place::Credentials,
            Manner::Delays(delay),
            lasts,
        );
    }
    if !world.scenario.faults.identity {
        return;
    }
    let manner = if rng.chance(30) {
        Manner::Hangs
    } else {
        Manner::Refuses(Refusal {
            kind: kind(rng, world.scenario.faults),
            percent: 100,
            after_pages: 0,
            retry_after: None,
            expired: rng.chance(50),
        })
    };
    let lasts = Duration::from_secs(rng.between(1, 200));
    add(world, None, Place::Identity, manner, lasts);
}

/// From now on all is well.
pub(super) fn end(world: &mut World) {
    let now = world.now();
    for fault in &mut world.faults {
        fault.to = fault.to.min(now);
    }
    world.note("all is well".to_owned());
}

fn add(world: &mut World, scope: Option<ScopeId>, place: Place, manner: Manner, to: Time) {
    let from = world.now();
    let fault = Fault {
        scope,
        place,
        manner,
        from,
        to,
    };
    world.note(fault.to_string());
    world.faults.push(fault);
}

fn place(rng: &mut Rng, faults: Faults) -> Option<Place> {
    let mut places = Vec::new();
    if faults.reads {
        let name = rng.pick(&NAMES).to_owned();
        places.push(Place::Function(name.clone()));
        places.push(Place::Call(rng.pick(&READING), name));
        places.push(Place::Operation(rng.pick(&READING)));
    }
    if faults.listings {
        places.push(Place::Operation(rng.pick(&LISTING)));
    }
    if faults.credentials {
        places.push(Place::Credentials);
        places.push(Place::Everything);
    }
    rng.any(places)
}

fn manner(rng: &mut Rng, faults: Faults, place: &Place) -> Manner {
    if faults.hanging && rng.chance(35) {
        return Manner::Hangs;
    }
    let kind = kind(rng, faults);
    // Throttled calls about one function would each silence the whole scope for a minute.
    let widely = matches!(place, Place::Everything | Place::Operation(_));
    let pauses = faults.retry_after && widely && kind == FailureKind::Throttled;
    let retry_after = pauses.then(|| Duration::from_secs(rng.pick(&[1, 7, 30, 86_400])));
    let always = *place == Place::Credentials || rng.chance(60);
    Manner::Refuses(Refusal {
        kind,
        percent: if always { 100 } else { rng.between(10, 90) },
        after_pages: usize::try_from(rng.pick(&[0, 0, 1, 2])).unwrap(),
        retry_after,
        expired: kind == FailureKind::Denied && rng.chance(30),
    })
}

fn kind(rng: &mut Rng, faults: Faults) -> FailureKind {
    let all = [
        FailureKind::Denied,
        FailureKind::Error,
        FailureKind::Error,
        FailureKind::TimedOut,
        FailureKind::Throttled,
    ];
    rng.pick(&all[..if faults.throttling { 5 } else { 4 }])
}

/// Often short, sometimes long enough for everything to become stale.
fn duration(rng: &mut Rng, windows: &Windows) -> Duration {
    if rng.chance(60) {
        return Duration::from_secs(rng.between(3, 90));
    }
    let longest = u64::try_from(windows.stale_listing.as_millis()).unwrap();
    Duration::from_millis(rng.between(60_000, 90_000 + longest))
}
