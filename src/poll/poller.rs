//! The poller of one scope: a thin loop around [`ScopeState`].

use std::{
    collections::BTreeSet,
    future::pending,
    sync::Arc,
    time::{Duration, Instant as StdInstant},
};

use tokio::time::{Instant, sleep_until};

use super::{
    Limited, Limiters,
    collectors::{Answer, Question, operation_of},
    listing::PageRequest,
    now,
    read::{ReadReport, read},
    schedule::Turn,
    state::{ScopeState, Work},
};
use crate::{
    domain::{
        CallError, CallFailure, FunctionName, Operation, PollSettings, ScopeId, ScopeReadings,
        Selection, Tags,
    },
    fleet::Cell,
    port::{Lambda, ListedFunction, Page},
    tasks::{Panicked, Tasks},
};

/// The shortest time between two publications. To publish is to copy a map of the scope's size, and
/// a first sweep through a large scope has thousands of readings to publish.
const PUBLISH_GAP: Duration = Duration::from_millis(500);

/// Reads the functions of one scope, each in its turn, until it is dropped.
pub(crate) struct Poller<L> {
    state: ScopeState,
    lambda: Arc<Limited<L>>,
    max_in_flight: usize,
    cell: Arc<Cell>,
    published_at: Option<StdInstant>,
    publish_due: Option<StdInstant>,
}

/// What a piece of work gave.
enum Done {
    Tags(Result<Page<(FunctionName, Tags)>, CallError>),
    Functions(Result<Page<ListedFunction>, CallError>),
    Read(FunctionName, Turn, Box<ReadReport>),
}

impl<L: Lambda> Poller<L> {
    /// Resumes from the readings in its cell, as far as they are still wanted. The tags with these keys are
    /// published. The limiters are given, since they outlive a poller that is restarted.
    pub(crate) fn new(
        scope: ScopeId,
        selection: Selection,
        tag_keys: &BTreeSet<String>,
        lambda: L,
        limiters: Arc<Limiters>,
        settings: PollSettings,
        cell: Arc<Cell>,
    ) -> Self {
        let before = ScopeReadings::clone(&cell.load());
        let max_in_flight = settings.max_in_flight;
        Self {
            state: ScopeState::new(scope, selection, tag_keys, settings, before, now()),
            lambda: Arc::new(Limited::new(lambda, limiters)),
            max_in_flight,
            cell,
            published_at: None,
            publish_due: None,
        }
    }

    /// Never returns; ends when it is dropped, with its reads. A read that panics is one that failed.
    pub(crate) async fn run(mut self) {
        let mut in_progress: Tasks<Work, Done> = Tasks::new();
        let mut questions: Tasks<Question, Answer> = Tasks::new();
        // The scope shows at once, though nothing is read yet; the first reading shows at once, too.
        self.publish();
        self.published_at = None;
        loop {
            let page_due = self.state.next_page_due();
            // A page of a listing has a place of its own.
            let reads = in_progress.len() - usize::from(self.state.asks_for_page());
            let read_due = self.state.next_read_due();
            let read_due = read_due.filter(|_| reads < self.max_in_flight);
            let begins = tokio::select! {
                Some((work, done)) = in_progress.next() => {
                    self.accept(done.unwrap_or_else(|panicked| failed(work, &panicked)));
                    None
                }
                () = wait_until(page_due) => self.state.next_page(now().instant),
                () = self.may_read(read_due) => {
                    self.lambda.limiters().of_reads().begin_read();
                    self.state.next_read(now().instant)
                }
                Some((question, answer)) = questions.next() => {
                    let answer = answer.unwrap_or_else(|panicked| question.failed(&panicked));
                    self.state.accept_answer(answer, now());
                    self.publish_soon(now().instant);
                    None
                }
                () = wait_until(self.state.next_question_due()) => {
                    while let Some(question) = self.state.next_question(now()) {
                        let asked = ask(Arc::clone(&self.lambda), question.clone());
                        questions.spawn(question, asked);
                    }
                    None
                }
                () = wait_until(self.publish_due) => {
                    self.publish();
                    None
                }
            };
            if let Some(work) = begins {
                in_progress.spawn(work.clone(), perform(Arc::clone(&self.lambda), work));
            }
        }
    }

    /// Waits until a read is due and the limiter's next slot is free. What is read is decided only then: whatever is
    /// more urgent may have come meanwhile.
    async fn may_read(&self, due: Option<StdInstant>) {
        wait_until(due).await;
        self.lambda.limiters().of_reads().free_for_read().await;
    }

    fn accept(&mut self, done: Done) {
        let now = now();
        match done {
            Done::Tags(page) => self.state.accept_tags(page, now),
            Done::Functions(page) => self.state.accept_functions(page, now),
            Done::Read(name, turn, report) => self.state.accept_read(&name, turn, *report, now),
        }
        self.publish_soon(now.instant);
    }

    fn publish_soon(&mut self, now: StdInstant) {
        let due = self.published_at.map_or(now, |at| at + PUBLISH_GAP);
        self.publish_due = Some(due);
    }

    fn publish(&mut self) {
        self.published_at = Some(now().instant);
        self.publish_due = None;
        let readings = self
            .state
            .readings(self.lambda.limiters().lambda_per_second());
        self.cell.store(readings);
    }
}

/// One piece of work, as a task of its own.
async fn perform<L: Lambda>(lambda: Arc<Limited<L>>, work: Work) -> Done {
    match work {
        Work::Page(PageRequest::Tags(token)) => {
            let token = token.as_deref();
            Done::Tags(
                lambda
                    .call(Operation::GetResources, |lambda| lambda.list_tags(token))
                    .await,
            )
        }
        Work::Page(PageRequest::Functions(marker)) => {
            let marker = marker.as_deref();
            Done::Functions(
                lambda
                    .call(Operation::ListFunctions, |lambda| {
                        lambda.list_functions(marker)
                    })
                    .await,
            )
        }
        Work::Read(request) => {
            let (name, turn) = (request.name.clone(), request.turn);
            let report = read(&lambda, *request).await;
            Done::Read(name, turn, Box::new(report))
        }
    }
}

/// One question about the scope as a whole, as a task of its own.
async fn ask<L: Lambda>(lambda: Arc<Limited<L>>, question: Question) -> Answer {
    match question {
        Question::AsyncEvents(token) => {
            let token = token.as_deref();
            let page = lambda.call(Operation::ListMetrics, |lambda| {
                lambda.list_async_events(token)
            });
            Answer::AsyncEvents(page.await)
        }
        Question::Mappings(marker) => {
            let marker = marker.as_deref();
            let page = lambda.call(Operation::ListEventSourceMappings, |lambda| {
                lambda.list_event_source_mappings(marker)
            });
            Answer::Mappings(page.await)
        }
        Question::Destination(destination) => {
            let answer = lambda.call(operation_of(&destination), |lambda| {
                lambda.get_destination(&destination)
            });
            let answer = answer.await;
            Answer::Destination(destination, answer)
        }
    }
}

/// What a piece of work gave that panicked.
fn failed(work: Work, panicked: &Panicked) -> Done {
    let failure = |operation| CallFailure::error(operation, panicked.to_string());
    match work {
        Work::Page(PageRequest::Tags(_)) => {
            Done::Tags(Err(CallError::Failed(failure(Operation::GetResources))))
        }
        Work::Page(PageRequest::Functions(_)) => {
            Done::Functions(Err(CallError::Failed(failure(Operation::ListFunctions))))
        }
        Work::Read(request) => {
            let failure = failure(request.spec.first_operation());
            let report = ReadReport::failed(&request.spec, failure);
            Done::Read(request.name, request.turn, Box::new(report))
        }
    }
}

/// Never, if there is no such time.
async fn wait_until(time: Option<StdInstant>) {
    match time {
        Some(time) => sleep_until(Instant::from_std(time)).await,
        None => pending().await,
    }
}
