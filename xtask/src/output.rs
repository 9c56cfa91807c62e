//! The output of a thread: printed immediately, or kept until the thread has finished its work.
//!
//! Test groups run at the same time. So that their output stays readable, the output of each group
//! is kept and then printed as a whole.

use std::cell::RefCell;
use std::fmt::Display;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

thread_local! {
    static KEPT: RefCell<Option<Kept>> = const { RefCell::new(None) };
}

/// The bytes that a thread and its commands printed inside [`keep()`]. Clones share the bytes,
/// because two threads read the two output streams of a command.
#[derive(Clone, Debug, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Kept {
    fn push(&self, bytes: &[u8]) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend_from_slice(bytes);
    }

    fn take(&self) -> String {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&kept).into_owned()
    }
}

/// Runs a function and keeps its output: the lines that it prints with [`line()`], and the output
/// of its commands. Returns the result and the output. Nothing is printed on the terminal.
pub(crate) fn keep<T>(run: impl FnOnce() -> T) -> (T, String) {
    let kept = Kept::default();
    let before = KEPT.replace(Some(kept.clone()));
    let result = run();
    KEPT.replace(before);
    (result, kept.take())
}

/// Prints a line. Inside [`keep()`], adds the line to the kept output and does not print it.
pub(crate) fn line(text: impl Display) {
    let bytes = format!("{text}\n");
    Stream::out().write(bytes.as_bytes());
}

/// The destination of one output stream of a command.
#[derive(Debug)]
pub(crate) struct Stream {
    kept: Option<Kept>,
    is_error: bool,
}

impl Stream {
    /// Returns the destination of the standard output of the commands that this thread runs.
    pub(crate) fn out() -> Self {
        Self::new(false)
    }

    /// Returns the destination of the standard error of the commands that this thread runs.
    pub(crate) fn err() -> Self {
        Self::new(true)
    }

    fn new(is_error: bool) -> Self {
        Self {
            kept: KEPT.with_borrow(Clone::clone),
            is_error,
        }
    }

    /// Writes bytes to the terminal. If the output of this thread is kept for later, adds the bytes
    /// to the kept output instead.
    pub(crate) fn write(&self, bytes: &[u8]) {
        if let Some(kept) = &self.kept {
            return kept.push(bytes);
        }
        // A closed terminal is no reason to stop the tests.
        drop(if self.is_error {
            let mut err = std::io::stderr();
            err.write_all(bytes).and_then(|()| err.flush())
        } else {
            let mut out = std::io::stdout();
            out.write_all(bytes).and_then(|()| out.flush())
        });
    }

    /// Returns `true` if the output of this thread is kept for later instead of printed.
    pub(crate) const fn is_kept(&self) -> bool {
        self.kept.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_output_of_own_thread_only() {
        let ((), text) = keep(|| {
            line("one");
            let stream = Stream::err();
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    assert!(!Stream::out().is_kept());
                    stream.write(b"two\n");
                });
            });
        });
        assert_eq!(text, "one\ntwo\n");
        assert!(!Stream::out().is_kept());
    }
}
