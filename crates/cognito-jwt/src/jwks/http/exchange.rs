//! Sends one request over a connection, and reads the response.

use std::future::poll_fn;
use std::pin::pin;
use std::time::Duration;

use futures_util::FutureExt;
use http::header::{ACCEPT, CONTENT_ENCODING, CONTENT_LENGTH, HOST, HeaderMap, USER_AGENT};
use http::{Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::rt::{Read, Write};

use super::within;
use crate::jwks::source::{SourceError, SourceErrorKind};

/// The maximum length of the head of a response, in bytes.
const MAX_HEAD_LENGTH: usize = 16 * 1024;

/// Fetches a JWKS over an open connection to its server. `idle` is the timeout for the head of the
/// response and for each further part. `max` is the maximum size of the JWKS in bytes.
pub(super) async fn get<S>(
    stream: S,
    uri: &Uri,
    idle: Duration,
    max: usize,
) -> Result<Vec<u8>, SourceError>
where
    S: Read + Write + Send + Unpin,
{
    let request = request(uri)?;
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(MAX_HEAD_LENGTH)
        .handshake(stream)
        .await
        .map_err(broken)?;
    let document = async {
        let answer = within(idle, sender.send_request(request)).await?;
        let answer = answer.map_err(broken)?;
        check_head(&answer, max)?;
        read(answer.into_body(), idle, max).await
    };
    let mut document = pin!(document);
    // The connection must be polled together with the request. The request also reports errors of
    // the connection.
    let mut connection = pin!(connection.map(drop).fuse());
    poll_fn(|cx| {
        let _ = connection.as_mut().poll(cx);
        document.as_mut().poll(cx)
    })
    .await
}

fn request(uri: &Uri) -> Result<Request<Empty<Bytes>>, SourceError> {
    let host = uri.authority().map_or("", |authority| authority.as_str());
    Request::get(uri.path())
        .header(HOST, host)
        .header(ACCEPT, "application/json")
        .header(
            USER_AGENT,
            concat!("cognito-jwt/", env!("CARGO_PKG_VERSION")),
        )
        .body(Empty::new())
        .map_err(|error| {
            SourceError::new(
                SourceErrorKind::Other,
                "the request is invalid: check the JWKS URI",
            )
            .with_source(error)
        })
}

/// Checks the status, the encoding and the length in the head of a response. If one of them is not
/// acceptable, the body is not read.
fn check_head(answer: &Response<Incoming>, max: usize) -> Result<(), SourceError> {
    let status = answer.status();
    if status != StatusCode::OK {
        let kind = match status {
            StatusCode::FORBIDDEN => SourceErrorKind::Forbidden,
            _ => SourceErrorKind::Status,
        };
        let what = format!(
            "the server returned status {}: check the user pool id and the region",
            status.as_u16()
        );
        return Err(SourceError::new(kind, what));
    }
    if is_encoded(answer.headers()) {
        return Err(SourceError::new(
            SourceErrorKind::Document,
            "the document is compressed: turn off compression for the JWKS URI",
        ));
    }
    let length = answer.headers().get(CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > max as u64) {
        return Err(too_large());
    }
    Ok(())
}

fn is_encoded(headers: &HeaderMap) -> bool {
    headers
        .get_all(CONTENT_ENCODING)
        .iter()
        .any(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity"))
}

async fn read(mut body: Incoming, idle: Duration, max: usize) -> Result<Vec<u8>, SourceError> {
    let mut document = Vec::new();
    while let Some(frame) = within(idle, body.frame()).await? {
        // Trailers are ignored.
        if let Ok(piece) = frame.map_err(broken)?.into_data() {
            if document.len() + piece.len() > max {
                return Err(too_large());
            }
            document.extend_from_slice(&piece);
        }
    }
    Ok(document)
}

fn broken(error: hyper::Error) -> SourceError {
    let (kind, what) = if error.is_parse() {
        (
            SourceErrorKind::Document,
            "the response is not HTTP: check the JWKS URI and the proxies",
        )
    } else {
        (
            SourceErrorKind::Connection,
            "the connection broke: check the network to the JWKS URI",
        )
    };
    SourceError::new(kind, what).with_source(error)
}

fn too_large() -> SourceError {
    SourceError::new(
        SourceErrorKind::TooLarge,
        "the response is too large: check the JWKS URI, or raise `max_document_length`",
    )
}
