//! Applies injected faults to responses.

use http::StatusCode;
use serde_json::json;

use crate::http::fault::FaultKind;
use crate::http::page::{Page, public};
use crate::http::wire::document;
use crate::model::error::ConnectionClosed;

/// Applies a fault to a call and returns the response. `answer` runs the call; a fault may skip it.
/// If the fault is an exception, `error` creates the response from its code and message. If the
/// fault replaces the response of the call, web pages of any origin can read the new response.
/// Fails if the fault closes the connection.
pub(super) async fn with_fault(
    fault: Option<FaultKind>,
    answer: impl Future<Output = Page>,
    error: impl FnOnce(&str, &str) -> Page,
) -> Result<Page, ConnectionClosed> {
    match fault {
        None => Ok(answer.await),
        Some(FaultKind::Cut) => {
            drop(answer.await);
            Err(ConnectionClosed)
        }
        Some(FaultKind::Refuse) => Err(ConnectionClosed),
        Some(FaultKind::Delay(delay)) => {
            tokio::time::sleep(delay).await;
            Ok(answer.await)
        }
        Some(FaultKind::Error { code, message }) => Ok(public(error(&code, &message))),
        Some(FaultKind::Status(status)) => {
            let body = json!({ "message": status.as_str() });
            Ok(public(document(status, &body)))
        }
    }
}

/// Returns an injected exception in the format of an OAuth 2.0 error, with status 400.
pub(super) fn oauth_error(code: &str, message: &str) -> Page {
    let body = json!({ "error": code, "error_description": message });
    document(StatusCode::BAD_REQUEST, &body)
}
