//! Whether anything at all is read. Each failure is warned of where it happens; that nothing works has to be said, too,
//! since from outside it looks like success: alive, ready, and a page without a single function.

use std::{convert::Infallible, time::Duration};

use tokio::time::{Instant, MissedTickBehavior, interval};
use tracing::{error, info};

use crate::{
    domain::{Fleet, ScopeReadings, Shard},
    fleet::SharedFleet,
};

/// How often the fleet is looked at.
const CHECK: Duration = Duration::from_secs(1);

/// How often silence is told again.
const REMINDER: Duration = Duration::from_hours(1);

/// How long the start may take before nothing read counts as silence, though not everything was tried once: the
/// listing of 5,000 accounts takes a minute, the first sweep of 1,470 named functions that are all refused ten.
const LONGEST_START: Duration = Duration::from_mins(10);

/// How reading goes in all scopes together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Overall {
    /// Nothing was read yet, and not everything was tried.
    Starting,
    /// Something is read, or there is nothing to read.
    Reading,
    /// Nothing is read.
    Silent(Cause),
}

/// Why nothing is read, as far as it decides what helps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cause {
    /// No account is known that could be read.
    AccountsUnknown,
    /// Whose the credentials are is not known.
    IdentityUnknown,
    /// AWS was asked about scopes, and answers for none.
    Unanswered,
}

/// What is to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum News {
    Silent(Cause),
    ReadingBegins,
}

/// What was told, and when.
#[derive(Debug)]
struct Reporter {
    started: Instant,
    /// When silence was told of last, until its end.
    told_at: Option<Instant>,
    last_reading: Option<Instant>,
    /// How long nothing is read before that is no passing trouble.
    patience: Duration,
}

impl Overall {
    fn of(fleet: &Fleet, shard: Shard) -> Self {
        let scopes = &fleet.scopes;
        // With more shards than scopes some have none.
        let may_be_idle = shard.total() > 1 && fleet.organizations.values().all(|listed| *listed);
        if scopes.values().any(|scope| is_read(scope))
            || (fleet.scopes_known && scopes.is_empty() && may_be_idle)
        {
            Self::Reading
        } else if !fleet.is_ready() {
            Self::Starting
        } else {
            Self::Silent(Cause::of(fleet))
        }
    }
}

impl Cause {
    fn of(fleet: &Fleet) -> Self {
        if fleet.scopes.is_empty() {
            Self::AccountsUnknown
        } else if fleet.scopes.keys().all(|scope| scope.account.is_none()) {
            Self::IdentityUnknown
        } else {
            Self::Unanswered
        }
    }

    /// What is wrong, and what helps.
    fn meaning(self) -> &'static str {
        match self {
            Self::AccountsUnknown => {
                "nothing can be read: no account is known; the warnings before this line say why; check \
                 accounts[].organization and the credentials that list its accounts"
            }
            Self::IdentityUnknown => {
                "nothing can be read: AWS does not tell whose the credentials are; check the credentials of the \
                 exporter (AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE, or the role of the pod, task or \
                 instance) and the way to AWS (network, proxy, AWS_ENDPOINT_URL)"
            }
            Self::Unanswered => {
                "nothing can be read: AWS answers for no account and region; the warnings before this line say why; \
                 check the credentials, the roles and their permissions, and the way to AWS (network, proxy, \
                 AWS_ENDPOINT_URL)"
            }
        }
    }
}

/// Whether AWS answers for this scope: its functions were listed, or one of them read.
fn is_read(scope: &ScopeReadings) -> bool {
    let targets = scope.functions.values();
    scope.status.discovered == Some(true)
        || targets
            .flat_map(|reading| reading.targets.values())
            .any(|target| target.state.is_answered())
}

impl Reporter {
    fn new(started: Instant, patience: Duration) -> Self {
        Self {
            started,
            told_at: None,
            last_reading: None,
            patience,
        }
    }

    /// What is to be told now.
    fn observe(&mut self, fleet: &Fleet, shard: Shard, now: Instant) -> Option<News> {
        let cause = match Overall::of(fleet, shard) {
            Overall::Reading => {
                self.last_reading = Some(now);
                return self.told_at.take().map(|_| News::ReadingBegins);
            }
            Overall::Starting if now.duration_since(self.started) < LONGEST_START => return None,
            Overall::Starting => Cause::of(fleet),
            Overall::Silent(cause) => cause,
        };
        let is_passing = self
            .last_reading
            .is_some_and(|at| now.duration_since(at) < self.patience);
        let is_told = self
            .told_at
            .is_some_and(|at| now.duration_since(at) < REMINDER);
        if is_passing || is_told {
            return None;
        }
        self.told_at = Some(now);
        Some(News::Silent(cause))
    }
}

/// Says when nothing can be read, again each hour, and when reading begins to work. Once it has worked, only what
/// lasts for an interval is more than passing trouble.
pub(super) async fn report(
    fleet: &SharedFleet,
    shard: Shard,
    poll_interval: Duration,
) -> Infallible {
    let mut reporter = Reporter::new(Instant::now(), poll_interval);
    let mut ticks = interval(CHECK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let fleet = fleet.load();
        match reporter.observe(&fleet, shard, Instant::now()) {
            Some(News::Silent(cause)) => error!(scopes = fleet.scopes.len(), "{}", cause.meaning()),
            Some(News::ReadingBegins) => info!("AWS answers now: reading has begun"),
            None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, sync::Arc};

    use super::*;
    use crate::domain::{AccountId, Answers, FailureKind, Qualifier, Reading, ScopeId};

    const ACCOUNT: &str = "111122223333";

    fn scope(account: Option<&str>, readings: ScopeReadings) -> (ScopeId, Arc<ScopeReadings>) {
        let id = ScopeId {
            account: account.map(|id| id.parse::<AccountId>().unwrap()),
            region: "us-east-1".parse().unwrap(),
        };
        (id, Arc::new(readings))
    }

    fn swept(discovered: Option<bool>) -> ScopeReadings {
        let mut readings = ScopeReadings::default();
        readings.status.swept = true;
        readings.status.discovered = discovered;
        readings
    }

    fn failing() -> ScopeReadings {
        let mut readings = swept(Some(false));
        let answers = Answers::failed(FailureKind::Denied, [Qualifier::latest()]);
        let reading = Reading::default().updated_with(answers, crate::poll::now(), Duration::ZERO);
        let functions = &mut readings.functions;
        functions.insert("f".parse().unwrap(), Arc::new(reading));
        readings
    }

    fn fleet(scopes: impl IntoIterator<Item = (ScopeId, Arc<ScopeReadings>)>) -> Fleet {
        Fleet {
            account_names: BTreeMap::new(),
            scopes: scopes.into_iter().collect(),
            scopes_known: true,
            organizations: BTreeMap::new(),
        }
    }

    fn overall(fleet: &Fleet) -> Overall {
        Overall::of(fleet, Shard::default())
    }

    #[test]
    fn silence_is_no_scope_no_identity_or_no_answer() {
        assert_eq!(overall(&fleet([])), Overall::Silent(Cause::AccountsUnknown));
        let unknown = fleet([scope(None, failing())]);
        assert_eq!(overall(&unknown), Overall::Silent(Cause::IdentityUnknown));
        let refused = fleet([scope(None, failing()), scope(Some(ACCOUNT), failing())]);
        assert_eq!(overall(&refused), Overall::Silent(Cause::Unanswered));
    }

    #[test]
    fn one_scope_that_is_read_is_enough() {
        let empty_account = swept(Some(true));
        let one = fleet([scope(None, failing()), scope(Some(ACCOUNT), empty_account)]);
        assert_eq!(overall(&one), Overall::Reading);
    }

    #[test]
    fn before_all_was_tried_nothing_is_said() {
        let unswept = ScopeReadings::default();
        let begun = fleet([scope(None, failing()), scope(Some(ACCOUNT), unswept)]);
        assert_eq!(overall(&begun), Overall::Starting);
        assert_eq!(overall(&Fleet::default()), Overall::Starting);
        let started = Instant::now();
        let mut reporter = Reporter::new(started, Duration::ZERO);
        let mut news = |elapsed| reporter.observe(&begun, Shard::default(), started + elapsed);
        assert_eq!(news(Duration::ZERO), None);
        assert_eq!(news(LONGEST_START / 2), None);
        assert_eq!(news(LONGEST_START), Some(News::Silent(Cause::Unanswered)));
    }

    #[test]
    fn a_shard_without_scopes_is_idle_unless_the_accounts_are_not_known() {
        let shard = Shard::new(1, 2).unwrap();
        let mut idle = fleet([]);
        idle.organizations = BTreeMap::from([(None, true)]);
        assert_eq!(Overall::of(&idle, shard), Overall::Reading);
        idle.organizations = BTreeMap::from([(None, false)]);
        assert_eq!(
            Overall::of(&idle, shard),
            Overall::Silent(Cause::AccountsUnknown)
        );
    }

    #[test]
    fn trouble_after_reading_worked_is_told_once_it_lasts() {
        let started = Instant::now();
        let minutes = |n| started + Duration::from_mins(n);
        let mut reporter = Reporter::new(started, Duration::from_mins(5));
        let good = fleet([scope(Some(ACCOUNT), swept(Some(true)))]);
        let bad = fleet([scope(Some(ACCOUNT), failing())]);
        let shard = Shard::default();
        let silent = Some(News::Silent(Cause::Unanswered));
        assert_eq!(reporter.observe(&good, shard, minutes(0)), None);
        assert_eq!(reporter.observe(&bad, shard, minutes(4)), None);
        assert_eq!(reporter.observe(&good, shard, minutes(6)), None);
        assert_eq!(reporter.observe(&bad, shard, minutes(10)), None);
        assert_eq!(reporter.observe(&bad, shard, minutes(11)), silent);
        assert_eq!(reporter.observe(&bad, shard, minutes(70)), None);
        assert_eq!(reporter.observe(&bad, shard, minutes(71)), silent);
        let begins = Some(News::ReadingBegins);
        assert_eq!(reporter.observe(&good, shard, minutes(72)), begins);
        assert_eq!(reporter.observe(&good, shard, minutes(73)), None);
    }
}
