//! The lines that a process writes, as they come.

use std::{
    io::{BufRead, BufReader, Read},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
};

use crate::PATIENCE;

/// What was written so far. Clones are handles on the same.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<(Mutex<Written>, Condvar)>);

#[derive(Default)]
struct Written {
    lines: Vec<String>,
    ended: bool,
}

impl Log {
    /// Reads in the background until the end.
    pub(crate) fn of(output: impl Read + Send + 'static) -> Self {
        let log = Self::default();
        let writer = log.clone();
        thread::spawn(move || {
            let lines = BufReader::new(output).lines();
            for line in lines.map_while(Result::ok) {
                writer.change(|written| written.lines.push(line));
            }
            writer.change(|written| written.ended = true);
        });
        log
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.written().lines.clone()
    }

    /// Waits for a line with this text, and gives the first.
    pub(crate) fn wait_for(&self, text: &str) -> String {
        let mut seen = 0;
        let mut found = None;
        self.wait_until(|written| {
            let new = &written.lines[seen..];
            found = new.iter().find(|line| line.contains(text)).cloned();
            seen = written.lines.len();
            found.is_some() || written.ended
        });
        found.unwrap_or_else(|| panic!("no line with {text:?} in {:#?}", self.lines()))
    }

    /// Waits until nothing more can come; tells whether that is so.
    pub(crate) fn wait_for_end(&self) -> bool {
        self.wait_until(|written| written.ended)
    }

    fn wait_until(&self, mut is_so: impl FnMut(&Written) -> bool) -> bool {
        let (_, changed) = &*self.0;
        let waited =
            changed.wait_timeout_while(self.written(), PATIENCE, |written| !is_so(written));
        !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }

    fn change(&self, change: impl FnOnce(&mut Written)) {
        change(&mut self.written());
        self.0.1.notify_all();
    }

    fn written(&self) -> MutexGuard<'_, Written> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
