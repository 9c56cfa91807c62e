//! A capture of all log output, to check that it contains no secret.

use std::fmt;
use std::fmt::Write;
use std::sync::Arc;

use parking_lot::Mutex;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::DefaultGuard;
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::Registry;

/// A capture of all logs of this thread (`tracing`, down to `TRACE`), including the fields of
/// events and spans. The capture ends when it is dropped.
///
/// ```
/// use cognito_testkit::LogCapture;
///
/// let logs = LogCapture::start();
/// tracing::debug!(user = "a***@***", "signed in");
/// logs.assert_free_of(&["alice@example.com", "SecurePass123!"]);
/// assert!(logs.text().contains("signed in"));
/// ```
///
/// It captures only the thread that started it. Use a current-thread runtime in such tests, or add
/// [`layer`](Self::layer) to a custom subscriber.
pub struct LogCapture {
    lines: Lines,
    _guard: DefaultGuard,
}

/// Sends the spans and events of this thread to the layer, until the guard is dropped.
pub(crate) fn capture(layer: impl Layer<Registry> + Send + Sync) -> DefaultGuard {
    tracing::subscriber::set_default(Registry::default().with(layer))
}

#[derive(Clone, Debug, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

impl LogCapture {
    /// Starts a capture of the logs of this thread.
    #[must_use]
    pub fn start() -> Self {
        let lines = Lines::default();
        let _guard = capture(lines.clone());
        Self { lines, _guard }
    }

    /// Returns a layer that writes into this capture, for a subscriber that covers several threads.
    pub fn layer<S: Subscriber>(&self) -> impl Layer<S> + use<S> {
        self.lines.clone()
    }

    /// Returns the captured log. Each event, each new span, and each later record of fields of a
    /// span is one line.
    pub fn text(&self) -> String {
        self.lines.0.lock().join("\n")
    }

    /// Checks that none of the secrets was logged. Empty secrets are ignored.
    ///
    /// # Panics
    ///
    /// Panics if a secret was logged. The message contains the index of the secret, and the line
    /// with the secret masked.
    #[allow(clippy::panic, reason = "an assertion for tests")]
    #[track_caller]
    pub fn assert_free_of(&self, secrets: &[&str]) {
        let leaks = self.leaks(secrets);
        assert!(
            leaks.is_empty(),
            "secrets were logged:\n{}",
            leaks.join("\n")
        );
    }

    fn leaks(&self, secrets: &[&str]) -> Vec<String> {
        let lines = self.lines.0.lock();
        let mut leaks = Vec::new();
        for (index, secret) in secrets.iter().enumerate() {
            if secret.is_empty() {
                continue;
            }
            for line in lines.iter().filter(|line| line.contains(secret)) {
                let line = line.replace(secret, "█");
                leaks.push(format!("secret {index}: {line}"));
            }
        }
        leaks
    }
}

impl fmt::Debug for LogCapture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogCapture")
            .field("lines", &self.lines.0.lock().len())
            .finish_non_exhaustive()
    }
}

impl Lines {
    fn push(&self, what: &str, metadata: &Metadata<'_>, record: impl FnOnce(&mut Fields)) {
        let mut fields = Fields(format!(
            "{} {} {what} {}",
            metadata.level(),
            metadata.target(),
            metadata.name()
        ));
        record(&mut fields);
        self.0.lock().push(fields.0);
    }
}

impl<S: Subscriber> Layer<S> for Lines {
    fn on_new_span(&self, attributes: &Attributes<'_>, _id: &Id, _context: Context<'_, S>) {
        self.push("span", attributes.metadata(), |fields| {
            attributes.record(fields);
        });
    }

    fn on_record(&self, _span: &Id, values: &Record<'_>, _context: Context<'_, S>) {
        let mut fields = Fields("record".to_owned());
        values.record(&mut fields);
        self.0.lock().push(fields.0);
    }

    fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
        self.push("event", event.metadata(), |fields| event.record(fields));
    }
}

struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Writing into a String cannot fail.
        let _ = write!(self.0, " {}={value:?}", field.name());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        // Unescaped, so that a secret with a quote or a backslash is still found.
        let _ = write!(self.0, " {}={value}", field.name());
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        let _ = write!(self.0, " {}={value}", field.name());
        let mut source = value.source();
        while let Some(error) = source {
            let _ = write!(self.0, ": {error}");
            source = error.source();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn captures_events_spans_and_later_fields() {
        let logs = LogCapture::start();
        let span = tracing::trace_span!("outer", first = "one", second = tracing::field::Empty);
        span.record("second", "two");
        tracing::trace!(third = 3, "four");
        let text = logs.text();
        for part in ["first=one", "second=two", "third=3", "four"] {
            assert!(text.contains(part), "{text}");
        }
    }

    #[test]
    fn a_leak_is_found_and_not_repeated() {
        let logs = LogCapture::start();
        tracing::info!(password = "pa\"ss", "oh no");
        let leaks = logs.leaks(&["", "absent", "pa\"ss"]);
        assert_eq!(leaks.len(), 1);
        assert!(leaks[0].starts_with("secret 2: INFO"), "{leaks:?}");
        assert!(!leaks[0].contains("pa\"ss"), "{leaks:?}");
        logs.assert_free_of(&["absent"]);
    }

    #[test]
    fn captures_nothing_before_or_after() {
        tracing::info!("before");
        let logs = LogCapture::start();
        let lines = logs.lines.clone();
        drop(logs);
        tracing::info!("after");
        assert!(lines.0.lock().is_empty());
    }
}
