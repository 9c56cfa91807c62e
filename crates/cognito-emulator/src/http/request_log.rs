//! The log of requests that the emulator's window (its web interface) shows ([`RequestLog`]).
//!
//! Security: the log shows no data of users. It shows the id of an app client only if the client
//! exists. It shows only the fixed parts of an error message ([`safe_message`]).

use std::collections::VecDeque;
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use cognito_core::Clock;
use http_body_util::{BodyExt, Collected};
use parking_lot::Mutex;
use serde_json::Value;

use crate::http::fault::FaultKind;
use crate::http::page::{Page, public};
use crate::http::safe_message::safe_message;
use crate::model::error::ConnectionClosed;
use crate::model::failure::Failure;
use crate::state::pools::Pools;

/// The maximum number of entries in the request log. If it is reached, the oldest entry is removed.
const MOST_ENTRIES: usize = 1000;

/// The maximum size of the request log, in bytes. If it is exceeded, the oldest entries are
/// removed.
const MOST_BYTES: usize = 256 * 1024;

/// The maximum length of the id of an app client in AWS's model.
const LONGEST_CLIENT_ID: usize = 128;

/// The error of a request, as the log shows it.
#[derive(Clone)]
pub(crate) struct LoggedError {
    /// The name of the error. Empty if the response has no name.
    pub(crate) code: String,
    /// The error message without the values of the request. Empty if the format of the message is
    /// not known.
    pub(crate) message: String,
}

impl LoggedError {
    /// Returns the error of a failed operation. Its message contains no values of the request
    /// ([`safe_message`]).
    pub(super) fn of_operation(failure: &Failure) -> Self {
        Self {
            code: failure.code().to_owned(),
            message: safe_message(failure),
        }
    }

    /// Returns the error of a response of a hosted page or endpoint: the member `error` of a JSON
    /// body. It does not contain the description of the error, which can contain data of users.
    /// Returns `None` if the response is a success or a redirect.
    pub(super) async fn of_hosted(page: &Page) -> Option<Self> {
        if page.status().is_success() || page.status().is_redirection() {
            return None;
        }
        let body = page.body().clone().collect().await;
        let body = body.map(Collected::to_bytes).unwrap_or_default();
        let body: Value = serde_json::from_slice(&body).unwrap_or_default();
        let code = body["error"].as_str().filter(|code| is_code(code));
        Some(Self {
            code: code.unwrap_or_default().to_owned(),
            message: String::new(),
        })
    }

    /// Returns the error of a request that an injected fault ends. Returns `None` for a fault that
    /// only delays the request.
    fn of_fault(fault: &FaultKind) -> Option<Self> {
        let (code, message) = match fault {
            FaultKind::Cut | FaultKind::Refuse => ("", "an injected fault closed the connection"),
            FaultKind::Delay(_) => return None,
            FaultKind::Error { code, .. } => {
                (code.as_str(), "an injected fault returned this exception")
            }
            FaultKind::Status(_) => ("", "an injected fault returned this status"),
        };
        Some(Self {
            code: code.to_owned(),
            message: message.to_owned(),
        })
    }
}

/// An entry of the log: a request and its result.
///
/// Security: this type does not implement `Debug`, because `unchecked_client` is from the request.
/// A caller may have sent a secret instead of a client id by mistake.
#[derive(Clone)]
pub(crate) struct Entry {
    /// The time of the response, by the emulator's clock.
    pub(crate) at: SystemTime,
    /// The name of the operation, or the path of a hosted page or endpoint.
    pub(crate) operation: &'static str,
    /// The HTTP status. 0 if a fault closed the connection.
    pub(crate) status: u16,
    /// The error in the response. `None` if the request succeeded.
    pub(crate) error: Option<LoggedError>,
    /// The time from the request to the response, in microseconds.
    pub(crate) duration_micros: u64,
    /// The id of the app client in the request. `None` if the request has no client id.
    ///
    /// Security: the caller chose this string. Before you show it, check that an app client with
    /// this id exists. The log does not check it, because most entries are never shown.
    pub(crate) unchecked_client: Option<String>,
    pub(crate) region: Option<String>,
}

impl Entry {
    fn size(&self) -> usize {
        let error = self.error.as_ref();
        let error = error.map_or(0, |error| error.code.len() + error.message.len());
        let length = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        size_of::<Self>() + error + length(&self.unchecked_client) + length(&self.region)
    }
}

/// A log of the newest requests to the emulator: at most 1000, and at most 256 KiB. Older entries
/// are removed, so a caller with many requests can displace the entries of other callers.
#[derive(Default)]
pub(crate) struct RequestLog(Mutex<Entries>);

#[derive(Default)]
struct Entries {
    kept: VecDeque<Entry>,
    /// The total size of the entries in `kept`, in bytes.
    bytes: usize,
    /// The number of requests that were logged since the start, including removed entries.
    recorded: u64,
}

impl RequestLog {
    pub(crate) fn record(&self, entry: Entry) {
        let mut entries = self.0.lock();
        entries.recorded += 1;
        entries.bytes += entry.size();
        entries.kept.push_back(entry);
        while entries.kept.len() > MOST_ENTRIES || entries.bytes > MOST_BYTES {
            let Some(oldest) = entries.kept.pop_front() else {
                break;
            };
            entries.bytes -= oldest.size();
        }
    }

    /// Removes all entries from the request log. The numbers of the entries do not begin at 1
    /// again: the next entry continues the numbering.
    pub(crate) fn clear(&self) {
        let mut entries = self.0.lock();
        entries.kept.clear();
        entries.bytes = 0;
    }

    /// Returns the number of the newest entry. Also returns the entries whose number is greater
    /// than `after`, from the newest to the oldest. If there are more than `most`, returns only the
    /// newest. The entries are numbered from 1, in the order in which the requests ended.
    pub(crate) fn newest(&self, after: u64, most: usize) -> (u64, Vec<Entry>) {
        let entries = self.0.lock();
        let new = entries.recorded.saturating_sub(after);
        let new = usize::try_from(new).unwrap_or(usize::MAX).min(most);
        let newest = entries.kept.iter().rev().take(new);
        (entries.recorded, newest.cloned().collect())
    }
}

/// A request in progress. When it ends, it becomes an entry of the log.
pub(super) struct PendingRequest<'a> {
    log: &'a RequestLog,
    pools: &'a Pools,
    operation: &'static str,
    region: Option<String>,
    client: OnceLock<String>,
    /// The error of the fault that ends the request. `None` if no fault ends it.
    fault_error: Option<LoggedError>,
    /// The monotonic time at which the request began.
    started: Duration,
}

impl<'a> PendingRequest<'a> {
    /// Begins to record a request.
    pub(super) fn begin(
        log: &'a RequestLog,
        pools: &'a Pools,
        operation: &'static str,
        region: Option<&str>,
    ) -> Self {
        Self {
            log,
            pools,
            operation,
            region: region.map(ToOwned::to_owned),
            client: OnceLock::new(),
            fault_error: None,
            started: pools.steered_clock.base().monotonic(),
        }
    }

    /// Sets the fault that applies to the request.
    pub(super) fn set_fault(&mut self, fault: Option<&FaultKind>) {
        self.fault_error = fault.and_then(LoggedError::of_fault);
    }

    /// Sets the id of the app client in the request. Does nothing if the string is longer than the
    /// id of a client can be.
    pub(super) fn set_client(&self, id: &str) {
        if id.len() <= LONGEST_CLIENT_ID {
            let _ = self.client.set(id.to_owned());
        }
    }

    /// Adds the entry of this request to the log. Call this if the body of the request could not be
    /// read. Returns the response `page` with headers that allow web pages of any origin to read
    /// it.
    pub(super) fn end_unread(self, page: Page) -> Result<Page, ConnectionClosed> {
        let response = Ok(public(page));
        let message = "the body of the request was too large, too slow or incomplete";
        let error = LoggedError {
            code: String::new(),
            message: message.to_owned(),
        };
        self.end(&response, Some(error));
        response
    }

    /// Adds the entry of this request to the log. `response` is an error if a fault closed the
    /// connection. If a fault ended the request, the entry has the error of the fault instead of
    /// `error`.
    pub(super) fn end(self, response: &Result<Page, ConnectionClosed>, error: Option<LoggedError>) {
        // The real duration, also if the clock is frozen.
        let ended = self.pools.steered_clock.base().monotonic();
        let duration = ended.saturating_sub(self.started);
        self.log.record(Entry {
            at: self.pools.clock.now(),
            operation: self.operation,
            status: response.as_ref().map_or(0, |page| page.status().as_u16()),
            error: self.fault_error.or(error),
            duration_micros: u64::try_from(duration.as_micros()).unwrap_or(u64::MAX),
            unchecked_client: self.client.into_inner(),
            region: self.region,
        });
    }
}

/// Returns `true` if a string can be an error code of OAuth 2.0.
fn is_code(code: &str) -> bool {
    code.len() <= 64
        && code
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    fn entry(message: &str) -> Entry {
        Entry {
            at: UNIX_EPOCH,
            operation: "SignUp",
            status: 400,
            error: Some(LoggedError {
                code: "InvalidParameterException".to_owned(),
                message: message.to_owned(),
            }),
            duration_micros: 1,
            unchecked_client: None,
            region: None,
        }
    }

    #[test]
    fn log_is_bounded_by_count_and_bytes() {
        let log = RequestLog::default();
        for _ in 0..MOST_ENTRIES + 5 {
            log.record(entry(""));
        }
        let (recorded, entries) = log.newest(0, usize::MAX);
        assert_eq!((recorded, entries.len()), (1005, MOST_ENTRIES));
        assert_eq!(log.newest(1003, 10).1.len(), 2);
        assert_eq!(log.newest(9999, 10).1.len(), 0);
        for _ in 0..MOST_ENTRIES {
            log.record(entry(&"m".repeat(300)));
        }
        let entries = log.0.lock();
        assert!(entries.kept.len() < MOST_ENTRIES && entries.bytes <= MOST_BYTES);
        let sum: usize = entries.kept.iter().map(Entry::size).sum();
        assert_eq!(entries.bytes, sum);
    }
}
