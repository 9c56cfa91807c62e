//! A capture of tracing spans, with which a test checks the trace of its code ([`TraceCapture`]).

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;

use parking_lot::Mutex;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::DefaultGuard;
use tracing::{Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::LookupSpan;

use crate::log::capture;

/// A capture of the spans of the current thread, with their fields, parents and links. It contains
/// the spans of all levels of `tracing`. The capture ends when this value is dropped.
///
/// ```
/// use cognito_testkit::TraceCapture;
///
/// let trace = TraceCapture::start();
/// tracing::info_span!("outer").in_scope(|| {
///     tracing::info_span!("inner", status = 200);
/// });
/// let spans = trace.spans();
/// assert_eq!(spans[1].name, "inner");
/// assert_eq!(spans[1].parent.as_deref(), Some("outer"));
/// assert_eq!(spans[1].field("status"), Some("200"));
/// ```
///
/// Spans of other threads are not captured. Therefore use a current-thread runtime in the test, or
/// add the [`layer`](Self::layer) of the capture to a subscriber of the other threads.
pub struct TraceCapture {
    spans: Spans,
    _guard: DefaultGuard,
}

/// A captured span.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CapturedSpan {
    /// The name of the span. If the span has the field `otel.name`, its value is the name, as for
    /// an OpenTelemetry exporter.
    pub name: String,
    /// The values of the fields, by the name of the field. Fields without a value and `otel.name`
    /// are omitted.
    pub fields: BTreeMap<&'static str, String>,
    /// The name of the parent span, or `None` if the span has no parent.
    pub parent: Option<String>,
    /// The names of the spans to which this span has a link (`follows_from`), in the order of the
    /// links.
    pub links: Vec<String>,
    /// `true` if the span has ended.
    pub is_closed: bool,
}

impl CapturedSpan {
    /// Returns the value of a field, or `None` if the field has no value.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(String::as_str)
    }
}

/// The captured spans. A capture and its layers share them.
#[derive(Clone, Default)]
struct Spans(Arc<Mutex<Captured>>);

#[derive(Default)]
struct Captured {
    /// The spans, in the order of their creation.
    all: Vec<CapturedSpan>,
    /// The index in `all` of each open span. A subscriber can reuse the id of a closed span.
    open: HashMap<Id, usize>,
}

impl TraceCapture {
    /// Starts to capture the spans of the current thread.
    #[must_use]
    pub fn start() -> Self {
        let spans = Spans::default();
        let _guard = capture(spans.clone());
        Self { spans, _guard }
    }

    /// Returns a layer that adds spans to this capture. Use it in a subscriber for several threads.
    pub fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        self.spans.clone()
    }

    /// Returns the captured spans in the order of their creation.
    pub fn spans(&self) -> Vec<CapturedSpan> {
        self.spans.0.lock().all.clone()
    }

    /// Removes all captured spans that have ended.
    pub fn clear(&self) {
        let mut captured = self.spans.0.lock();
        let open = std::mem::take(&mut captured.open);
        let all = std::mem::take(&mut captured.all);
        for (id, index) in open {
            if let Some(span) = all.get(index) {
                let index = captured.all.len();
                captured.all.push(span.clone());
                captured.open.insert(id, index);
            }
        }
    }
}

impl fmt::Debug for TraceCapture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TraceCapture")
            .field("spans", &self.spans.0.lock().all.len())
            .finish_non_exhaustive()
    }
}

impl Captured {
    fn span(&mut self, id: &Id) -> Option<&mut CapturedSpan> {
        let index = *self.open.get(id)?;
        self.all.get_mut(index)
    }

    fn name(&self, id: &Id) -> Option<String> {
        let span = self.all.get(*self.open.get(id)?)?;
        Some(span.name.clone())
    }
}

impl CapturedSpan {
    fn new(metadata: &Metadata<'_>, parent: Option<String>) -> Self {
        Self {
            name: metadata.name().to_owned(),
            fields: BTreeMap::new(),
            parent,
            links: Vec::new(),
            is_closed: false,
        }
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Spans {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let parent = context.span(id).and_then(|span| span.parent());
        let mut captured = self.0.lock();
        let parent = parent.and_then(|parent| captured.name(&parent.id()));
        let mut span = CapturedSpan::new(attributes.metadata(), parent);
        attributes.record(&mut span);
        let index = captured.all.len();
        captured.all.push(span);
        captured.open.insert(id.clone(), index);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, _: Context<'_, S>) {
        if let Some(span) = self.0.lock().span(id) {
            values.record(span);
        }
    }

    fn on_follows_from(&self, id: &Id, follows: &Id, _: Context<'_, S>) {
        let mut captured = self.0.lock();
        let name = captured.name(follows);
        if let (Some(span), Some(name)) = (captured.span(id), name) {
            span.links.push(name);
        }
    }

    fn on_close(&self, id: Id, _: Context<'_, S>) {
        let mut captured = self.0.lock();
        if let Some(span) = captured.span(&id) {
            span.is_closed = true;
        }
        captured.open.remove(&id);
    }
}

impl Visit for CapturedSpan {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.record_str(field, &format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "otel.name" => value.clone_into(&mut self.name),
            name => {
                self.fields.insert(name, value.to_owned());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tracing::field::Empty;

    use super::*;

    #[test]
    fn captures_names_fields_parents_and_links() {
        let trace = TraceCapture::start();
        let first = tracing::info_span!("first", otel.name = "GET", later = Empty);
        first.record("later", 5);
        let second = tracing::debug_span!(parent: &first, "second");
        second.follows_from(&first);
        drop(first);
        let spans = trace.spans();
        assert_eq!(spans.len(), 2);
        assert_eq!(
            (spans[0].name.as_str(), spans[0].field("later")),
            ("GET", Some("5"))
        );
        // A span stays open until its children have ended.
        assert!(!spans[0].is_closed);
        assert_eq!(spans[1].parent.as_deref(), Some("GET"));
        assert_eq!(spans[1].links, ["GET"]);
        trace.clear();
        assert_eq!(trace.spans().len(), 2);
        drop(second);
        trace.clear();
        assert_eq!(trace.spans(), []);
    }
}
