use std::{collections::VecDeque, time::Duration};

use tokio::{
    sync::Notify,
    time::{advance, sleep},
};

use super::*;
use crate::domain::{FailureKind, Operation};

/// Gives what it was told to, then credentials for an hour; counts.
#[derive(Default)]
struct Script {
    answers: Mutex<VecDeque<Result<Duration, FetchError>>>,
    fetches: Mutex<u64>,
    takes: Mutex<Duration>,
    asked: Notify,
}

impl Source for Arc<Script> {
    fn fetch(&self) -> Fetching<'_> {
        Box::pin(async {
            *locked(&self.fetches) += 1;
            self.asked.notify_one();
            let takes = *locked(&self.takes);
            sleep(takes).await;
            let answer = locked(&self.answers).pop_front();
            let life = answer.unwrap_or(Ok(Duration::from_hours(1)))?;
            let end = SystemTime::now() + life;
            Ok(Credentials::new("key", "secret", None, Some(end), "test"))
        })
    }
}

fn cache() -> (Cache, Arc<Script>) {
    let script = Arc::new(Script::default());
    (Cache::new(Box::new(Arc::clone(&script))), script)
}

impl Script {
    fn fetches(&self) -> u64 {
        *locked(&self.fetches)
    }

    fn then(&self, answer: Result<Duration, FetchError>) {
        locked(&self.answers).push_back(answer);
    }

    fn takes(&self, seconds: u64) {
        *locked(&self.takes) = Duration::from_secs(seconds);
    }
}

fn refused() -> FetchError {
    FetchError::Refused(CallFailure {
        kind: FailureKind::Denied,
        code: Some("AccessDenied".to_owned()),
        ..CallFailure::error(Operation::AssumeRole, "no")
    })
}

#[tokio::test(start_paused = true)]
async fn many_callers_wait_for_one_fetch() {
    let (cache, script) = cache();
    script.takes(1);
    let (a, b, c) = tokio::join!(cache.get(), cache.get(), cache.get());
    for held in [a, b, c] {
        assert_eq!(held.unwrap().generation, Generation(1));
    }
    assert_eq!(script.fetches(), 1);
}

#[tokio::test(start_paused = true)]
async fn one_fetch_an_hour() {
    let (cache, script) = cache();
    for _ in 0..6 * 60 {
        cache.get().await.unwrap();
        advance(Duration::from_mins(1)).await;
    }
    // Every 55 minutes.
    assert_eq!(script.fetches(), 7);
}

#[tokio::test(start_paused = true)]
async fn while_one_refreshes_the_others_go_on() {
    let (cache, script) = cache();
    cache.get().await.unwrap();
    script.asked.notified().await;
    advance(Duration::from_mins(56)).await;
    script.takes(10);
    let refresh = cache.get();
    let other = async {
        script.asked.notified().await;
        let started = Instant::now();
        let held = cache.get().await.unwrap();
        (held.generation, started.elapsed())
    };
    let (refreshed, (generation, waited)) = tokio::join!(refresh, other);
    assert_eq!(refreshed.unwrap().generation, Generation(2));
    assert_eq!((generation, waited), (Generation(1), Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn a_refresh_that_fails_leaves_the_old_ones_until_they_end() {
    let (cache, script) = cache();
    cache.get().await.unwrap();
    (0..20).for_each(|_| script.then(Err(refused())));
    advance(Duration::from_mins(56)).await;
    for _ in 0..3 {
        assert_eq!(cache.get().await.unwrap().generation, Generation(1));
        advance(Duration::from_mins(1)).await;
    }
    advance(Duration::from_mins(1)).await;
    assert!(cache.get().await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_failure_is_remembered_for_a_pause_that_doubles() {
    let (cache, script) = cache();
    (0..9).for_each(|_| script.then(Err(refused())));
    let mut attempts_at = Vec::new();
    for second in 0..1300 {
        let before = script.fetches();
        let failure = cache.get().await.err();
        if second < 1200 {
            assert_eq!(failure.unwrap().message, "no");
        }
        if script.fetches() > before {
            attempts_at.push(second);
        }
        advance(Duration::from_secs(1)).await;
    }
    assert_eq!(attempts_at, [0, 5, 15, 35, 75, 155, 315, 615, 915, 1215]);
    assert!(cache.get().await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_role_that_is_refused_for_the_keys_it_is_asked_with_is_asked_for_each_minute() {
    let (cache, script) = cache();
    let refused = || {
        FetchError::Refused(CallFailure {
            kind: FailureKind::Denied,
            code: Some("ExpiredToken".to_owned()),
            ..CallFailure::error(Operation::AssumeRole, "expired")
        })
    };
    (0..20).for_each(|_| script.then(Err(refused())));
    for _ in 0..15 {
        assert!(cache.get().await.is_err());
        advance(Duration::from_mins(1)).await;
    }
    assert_eq!(script.fetches(), 15);
}

#[tokio::test(start_paused = true)]
async fn what_failed_below_is_not_remembered_here() {
    let (cache, script) = cache();
    let below = CallFailure::error(Operation::AssumeRole, "below");
    script.then(Err(FetchError::NoBase(below)));
    assert_eq!(cache.get().await.err().unwrap().message, "below");
    assert!(cache.get().await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn refused_calls_in_flight_cause_one_replacement() {
    for refusal in [Refusal::Expired, Refusal::Suspect] {
        let (cache, script) = cache();
        let first = cache.get().await.unwrap().generation;
        assert!(cache.refuse(first, refusal, &Refusals::default()));
        assert!(!cache.refuse(first, refusal, &Refusals::default()));
        let second = cache.get().await.unwrap().generation;
        assert_ne!(second, first);
        assert!(!cache.refuse(first, refusal, &Refusals::default()));
        assert_eq!(script.fetches(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn suspect_credentials_serve_until_there_are_others_but_ended_ones_do_not() {
    let (cache, script) = cache();
    let first = cache.get().await.unwrap().generation;
    script.then(Err(refused()));
    cache.refuse(first, Refusal::Suspect, &Refusals::default());
    assert_eq!(cache.get().await.unwrap().generation, first);
    cache.refuse(first, Refusal::Expired, &Refusals::default());
    assert!(cache.get().await.is_err());
    advance(Duration::from_secs(5)).await;
    assert_ne!(cache.get().await.unwrap().generation, first);
}

#[tokio::test(start_paused = true)]
async fn credentials_that_look_expired_on_arrival_are_used() {
    let (cache, script) = cache();
    script.then(Ok(Duration::ZERO));
    for _ in 0..14 {
        assert_eq!(cache.get().await.unwrap().generation, Generation(1));
        advance(Duration::from_mins(1)).await;
    }
    assert_eq!(script.fetches(), 1);
}

#[tokio::test(start_paused = true)]
async fn one_who_gives_up_leaves_the_fetch_to_another() {
    let (cache, script) = cache();
    script.takes(10);
    let impatient = tokio::time::timeout(Duration::from_secs(1), cache.get());
    let (gave_up, patient) = tokio::join!(impatient, cache.get());
    assert!(gave_up.is_err());
    assert!(patient.is_ok());
    assert_eq!(script.fetches(), 2);
}

#[test]
fn debug_shows_nothing() {
    let (cache, _) = cache();
    assert_eq!(format!("{cache:?}"), "Cache { .. }");
}
