//! The lines that a test's own thread logs. The subscriber is everybody's: whether a line is wanted is decided once for
//! all threads.

use std::{
    cell::RefCell,
    io::{self, Write},
    marker::PhantomData,
    sync::Once,
};

thread_local! {
    static WRITTEN: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
}

/// What is logged on this thread while it lives.
pub(crate) struct Log(PhantomData<*const ()>);

struct Written;

impl Log {
    pub(crate) fn capture() -> Self {
        static SUBSCRIBER: Once = Once::new();
        SUBSCRIBER.call_once(|| {
            tracing_subscriber::fmt()
                .with_ansi(false)
                .with_writer(|| Written)
                .init();
        });
        WRITTEN.set(Some(Vec::new()));
        Self(PhantomData)
    }

    /// The lines with this text.
    #[allow(clippy::unused_self, reason = "there are none without it")]
    pub(crate) fn lines(&self, text: &str) -> Vec<String> {
        WRITTEN.with_borrow(|written| {
            let written = str::from_utf8(written.as_deref().unwrap_or_default()).unwrap();
            let lines = written.lines().filter(|line| line.contains(text));
            lines.map(str::to_owned).collect()
        })
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        WRITTEN.set(None);
    }
}

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        WRITTEN.with_borrow_mut(|written| {
            if let Some(written) = written {
                written.extend_from_slice(bytes);
            }
        });
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
