//! Tasks that say what they are about, so that a panic of one is a failure of that one and of nothing else.

use std::{any::Any, collections::HashMap};

use tokio::task::{Id, JoinError, JoinSet};

/// Tasks in progress. They end with this value.
pub(crate) struct Tasks<A, T> {
    set: JoinSet<T>,
    about: HashMap<Id, A>,
}

/// What a task that panicked said.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("panicked: {0}")]
pub(crate) struct Panicked(String);

impl<A, T: Send + 'static> Tasks<A, T> {
    /// None yet.
    pub(crate) fn new() -> Self {
        Self {
            set: JoinSet::new(),
            about: HashMap::new(),
        }
    }

    /// How many are in progress.
    pub(crate) fn len(&self) -> usize {
        self.set.len()
    }

    /// Starts one.
    pub(crate) fn spawn(&mut self, about: A, task: impl Future<Output = T> + Send + 'static) {
        let handle = self.set.spawn(task);
        self.about.insert(handle.id(), about);
    }

    /// Waits for the next one to end; `None` if there is none. Gives what it was about, and its result.
    pub(crate) async fn next(&mut self) -> Option<(A, Result<T, Panicked>)> {
        let ended = self.set.join_next_with_id().await?;
        self.take(ended)
    }

    /// One that has ended already.
    pub(crate) fn try_next(&mut self) -> Option<(A, Result<T, Panicked>)> {
        let ended = self.set.try_join_next_with_id()?;
        self.take(ended)
    }

    fn take(&mut self, ended: Result<(Id, T), JoinError>) -> Option<(A, Result<T, Panicked>)> {
        let (id, result) = match ended {
            Ok((id, value)) => (id, Ok(value)),
            Err(error) => (error.id(), Err(Panicked::of(error))),
        };
        Some((self.about.remove(&id)?, result))
    }
}

impl Panicked {
    fn of(error: JoinError) -> Self {
        // Nothing aborts a task but the end of all.
        let payload = error.try_into_panic().ok();
        Self(payload.map_or_else(|| "aborted".to_owned(), |payload| message(&*payload)))
    }
}

/// What a panic says, on one line and bounded: it may quote anything.
pub(crate) fn message(payload: &(dyn Any + Send)) -> String {
    const LONGEST: usize = 300;
    let text = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without a message");
    let one_line = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    one_line.take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_the_failure_of_one_task() {
        let mut tasks: Tasks<&str, u8> = Tasks::new();
        tasks.spawn("good", async { 1 });
        tasks.spawn("bad", async { panic!("no\nway: {}", "x".repeat(1000)) });
        let mut ended = vec![tasks.next().await.unwrap(), tasks.next().await.unwrap()];
        ended.sort_by_key(|(about, _)| *about);
        let (about, result) = ended.remove(0);
        let said = result.unwrap_err().to_string();
        assert_eq!(about, "bad");
        assert!(
            said.starts_with("panicked: no way: xxx") && said.len() < 320,
            "{said}"
        );
        assert_eq!(ended, [("good", Ok(1))]);
        assert!(tasks.next().await.is_none());
        assert_eq!(tasks.len(), 0);
    }
}
