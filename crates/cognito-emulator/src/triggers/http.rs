//! Sends events to trigger URLs, which are URLs of this host.

use std::time::Duration;

use http::Uri;
use http::response::Parts;
use serde_json::Value;

use crate::model::trigger::TriggerError;
use crate::model::trigger::function::is_invoke;
use crate::outgoing::{NoResponse, Outgoing, Reach, send};

/// The header with which Lambda reports that a function failed.
const FUNCTION_ERROR: &str = "x-amz-function-error";
/// The header in which AWS reports the name of an exception. Here it is an exception of Lambda's
/// operation `Invoke`.
const ERROR_TYPE: &str = "x-amzn-errortype";

/// Sends an event to a URL and returns the JSON of the response. Blocks the thread until the
/// response arrives. If a call takes longer than `timeout`, it is repeated, up to `most_calls`
/// calls in all. Cognito makes three calls (developer guide, "Important considerations": "After
/// three unsuccessful attempts, the function times out").
///
/// If the response reports an error of the function, the error is [`TriggerError::Refused`]. All
/// other errors are [`TriggerError::Failed`].
pub(super) fn post(
    url: &str,
    event: &Value,
    timeout: Duration,
    most_calls: u32,
) -> Result<Value, TriggerError> {
    let body = serde_json::to_vec(event).map_err(|_| failed("the event cannot be written"))?;
    let call = || {
        let request = Outgoing::json(url, body.clone());
        match send(request, Reach::ThisHost, timeout) {
            Err(NoResponse::TimedOut) => None,
            response => Some(response),
        }
    };
    let response = (0..most_calls).find_map(|_| call());
    // Cognito's words: github.com/furaiev/amazon-cognito-identity-dart-2/issues/204.
    let timed_out = || failed("Socket timeout while invoking Lambda function");
    let response = response.ok_or_else(timed_out)?;
    let (head, body) = response.map_err(|_| failed("the URL is unreachable"))?;
    let is_lambda = url.parse::<Uri>().is_ok_and(|url| is_invoke(url.path()));
    read(&head, &body, is_lambda)
}

fn failed(why: &str) -> TriggerError {
    TriggerError::Failed(why.to_owned())
}

/// Returns the JSON of a response. Fails if the function or Lambda's operation `Invoke` failed.
///
/// If a function fails, Lambda responds with status 200 and the header `X-Amz-Function-Error`, and
/// cargo-lambda responds with status 500. Both send the error in `errorMessage`. An error of
/// `Invoke` itself has no `errorMessage`.
fn read(head: &Parts, body: &[u8], is_lambda: bool) -> Result<Value, TriggerError> {
    let is_success = head.status.is_success();
    let answer = serde_json::from_slice::<Value>(body);
    let message = answer.as_ref().ok().map(|answer| &answer["errorMessage"]);
    let message = message.and_then(Value::as_str);
    if head.headers.contains_key(FUNCTION_ERROR) || (!is_success && !is_lambda) {
        let message = message.unwrap_or("an error without a message");
        return Err(TriggerError::Refused(message.to_owned()));
    }
    match message {
        Some(message) if !is_success => Err(TriggerError::Refused(message.to_owned())),
        _ if !is_success => Err(failed(&exception(head))),
        _ => answer.map_err(|_| failed("the response is not JSON")),
    }
}

/// Returns the name of the exception of Lambda's operation `Invoke`, such as
/// `ResourceNotFoundException`. If the response has none, returns the HTTP status.
fn exception(head: &Parts) -> String {
    let name = head
        .headers
        .get(ERROR_TYPE)
        .and_then(|name| name.to_str().ok());
    let name = name.map(|name| name.split(':').next().unwrap_or_default());
    let is_name = |name: &&str| name.chars().all(|char| char.is_ascii_alphanumeric());
    match name.filter(is_name) {
        Some(name) => name.to_owned(),
        None => format!("HTTP status {}", head.status.as_u16()),
    }
}
