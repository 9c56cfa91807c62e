//! Sends events to trigger URLs, which are URLs of this host.

use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST};
use http::{Request, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::runtime::Handle;

use crate::model::trigger::TriggerError;
use crate::model::trigger::address::addresses;

/// The maximum size of the response of a trigger, in bytes. AWS allows 6 MB, but the responses to
/// Cognito's events are much smaller.
const MOST_BODY: usize = 1024 * 1024;

/// Sends an event to a URL and returns the JSON of the response. Blocks the thread until the
/// response arrives, for at most `timeout`.
///
/// If the status of the response is not 2xx, the error is [`TriggerError::Refused`]. All other
/// errors are [`TriggerError::Failed`].
pub(super) fn post(url: &str, event: &Value, timeout: Duration) -> Result<Value, TriggerError> {
    let failed = |why: &str| TriggerError::Failed(why.to_owned());
    let body = serde_json::to_vec(event).map_err(|_| failed("the event cannot be written"))?;
    let response = async { tokio::time::timeout(timeout, exchange(url, body)).await };
    match Handle::current().block_on(response) {
        Ok(Ok((true, body))) => {
            serde_json::from_slice(&body).map_err(|_| failed("the response is not JSON"))
        }
        Ok(Ok((false, body))) => Err(TriggerError::Refused(error_message(&body))),
        Ok(Err(_)) => Err(failed("the URL is unreachable")),
        Err(_) => Err(failed("the trigger timed out")),
    }
}

/// Returns `errorMessage` of a response. In this member, Lambda reports why a function failed.
fn error_message(body: &[u8]) -> String {
    let answer: Value = serde_json::from_slice(body).unwrap_or_default();
    let message = answer["errorMessage"].as_str();
    message.unwrap_or("an error without a message").to_owned()
}

async fn exchange(url: &str, body: Vec<u8>) -> Result<(bool, Bytes), Box<dyn std::error::Error>> {
    let uri: Uri = url.parse()?;
    let authority = uri.authority().ok_or("no host")?;
    let addresses = addresses(&uri).ok_or("not an address of this host")?;
    let stream = TcpStream::connect(addresses.as_slice()).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    // The task ends when the sender is dropped.
    tokio::spawn(connection);
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let request = Request::post(path)
        .header(HOST, authority.as_str())
        .header(CONTENT_TYPE, "application/json")
        .body(Full::new(Bytes::from(body)))?;
    let answer = sender.send_request(request).await?;
    let is_success = answer.status().is_success();
    let body = Limited::new(answer.into_body(), MOST_BODY).collect().await;
    let body = body.map_err(|_| "the response is too long or incomplete")?;
    Ok((is_success, body.to_bytes()))
}
