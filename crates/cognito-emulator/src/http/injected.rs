//! Responses of endpoints with an injected fault.

use http::StatusCode;
use serde_json::json;

use crate::http::fault::FaultKind;
use crate::http::page::Page;
use crate::http::wire::document;

/// The error for a connection that is closed without a response, because of a fault.
#[derive(Debug, thiserror::Error)]
#[error("the connection is cut by an injected fault")]
pub(super) struct Cut;

/// Returns the response of an endpoint with a fault.
pub(super) async fn with_fault(
    fault: Option<FaultKind>,
    answer: impl Future<Output = Page>,
) -> Result<Page, Cut> {
    match fault {
        None => Ok(answer.await),
        Some(FaultKind::Cut) => {
            drop(answer.await);
            Err(Cut)
        }
        Some(FaultKind::Refuse) => Err(Cut),
        Some(FaultKind::Delay(delay)) => {
            tokio::time::sleep(delay).await;
            Ok(answer.await)
        }
        Some(FaultKind::Error { code, message }) => {
            let body = json!({ "error": code, "error_description": message });
            Ok(document(StatusCode::BAD_REQUEST, &body))
        }
        Some(FaultKind::Status(status)) => {
            Ok(document(status, &json!({ "message": status.as_str() })))
        }
    }
}
