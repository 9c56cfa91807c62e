//! A trigger behind an address on this machine.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
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

use crate::triggers::TriggerError;

/// AWS allows a function six megabytes; no event of Cognito's comes near.
const MOST_BODY: usize = 1024 * 1024;

/// Returns `true` for an `http` URL of this host. The emulator sends nothing anywhere else.
pub(super) fn is_local(text: &str) -> bool {
    text.parse().is_ok_and(|uri| addresses(&uri).is_some())
}

/// Returns the addresses of a URL of this host.
///
/// Security: no resolver is asked for `localhost`, because it could return an address of another host.
/// It would also need a thread, while the waiting requests may have taken all threads.
fn addresses(uri: &Uri) -> Option<Vec<SocketAddr>> {
    const V4: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
    const V6: IpAddr = IpAddr::V6(Ipv6Addr::LOCALHOST);
    let host = uri.host()?.to_ascii_lowercase();
    let addresses: &[IpAddr] = match host.as_str() {
        "127.0.0.1" => &[V4],
        "[::1]" => &[V6],
        "localhost" => &[V4, V6],
        _ => return None,
    };
    let port = uri.port_u16().unwrap_or(80);
    let addresses = addresses.iter().map(|address| (*address, port).into());
    (uri.scheme_str() == Some("http")).then(|| addresses.collect())
}

/// Posts an event and waits for what comes back. To be called on a thread that may wait.
pub(super) fn post(url: &str, event: &Value, patience: Duration) -> Result<Value, TriggerError> {
    let failed = |why: &str| TriggerError::Failed(why.to_owned());
    let body = serde_json::to_vec(event).map_err(|_| failed("the event cannot be written"))?;
    let asked = async { tokio::time::timeout(patience, exchange(url, body)).await };
    match Handle::current().block_on(asked) {
        Ok(Ok((true, body))) => {
            serde_json::from_slice(&body).map_err(|_| failed("the answer is not JSON"))
        }
        Ok(Ok((false, body))) => Err(TriggerError::Refused(error_message(&body))),
        Ok(Err(_)) => Err(failed("the address does not answer")),
        Err(_) => Err(failed("the time-out")),
    }
}

/// `errorMessage`, as Lambda answers for a function that failed.
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
    // It ends when the sender is dropped.
    tokio::spawn(connection);
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let request = Request::post(path)
        .header(HOST, authority.as_str())
        .header(CONTENT_TYPE, "application/json")
        .body(Full::new(Bytes::from(body)))?;
    let answer = sender.send_request(request).await?;
    let is_success = answer.status().is_success();
    let body = Limited::new(answer.into_body(), MOST_BODY).collect().await;
    let body = body.map_err(|_| "the answer is too long or was cut")?;
    Ok((is_success, body.to_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_on_this_machine_are_asked() {
        for (text, local) in [
            ("http://127.0.0.1:3000/pre-sign-up", true),
            ("http://localhost", true),
            ("http://LOCALHOST:1", true),
            ("http://127.0.0.1@example.com/", false),
            ("http://0.0.0.0/", false),
            ("http://[::1]:8080/", true),
            ("https://127.0.0.1/", false),
            ("http://example.com/", false),
            ("http://127.0.0.1.example.com/", false),
            ("arn:aws:lambda:us-east-1:123456789012:function:f", false),
            ("", false),
        ] {
            assert_eq!(is_local(text), local, "{text}");
        }
    }
}
