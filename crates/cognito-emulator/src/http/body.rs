//! Reads request bodies, with a maximum size and a timeout.

use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Body;

use crate::http::page::Page;
use crate::http::wire::response;
use crate::model::failure::Failure;

/// The maximum size of a request body, in bytes. Requests to Cognito are much smaller.
const MOST_BODY: usize = 1024 * 1024;
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// A request body, from a connection or in memory.
pub(crate) trait RequestBody: Body<Data = Bytes, Error: Into<BoxError>> {}

impl<B: Body<Data = Bytes, Error: Into<BoxError>>> RequestBody for B {}

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Reads the whole body of a request to Cognito. The body can have at most 1 MiB. For the errors,
/// see [`read_at_most`].
pub(super) async fn read(body: impl RequestBody) -> Result<Bytes, Page> {
    read_at_most(body, MOST_BODY).await
}

/// Reads a whole body of at most `most` bytes. Returns an error page as `Err` if the body is too
/// large (413), does not arrive within 30 seconds (408) or is incomplete (400).
pub(super) async fn read_at_most(body: impl RequestBody, most: usize) -> Result<Bytes, Page> {
    let rejected = |status, code| {
        let mut page = response(&Err(Failure::new(code, "")), "");
        *page.status_mut() = status;
        page
    };
    let too_large = || {
        let code = "RequestEntityTooLargeException";
        rejected(StatusCode::PAYLOAD_TOO_LARGE, code)
    };
    if body.size_hint().lower() > most as u64 {
        return Err(too_large());
    }
    let body = Limited::new(body, most).collect();
    let Ok(body) = tokio::time::timeout(BODY_TIMEOUT, body).await else {
        return Err(rejected(StatusCode::REQUEST_TIMEOUT, "RequestTimeout"));
    };
    match body {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(too_large()),
        Err(_) => {
            let failure = Err(Failure::serialization("The request ended too early"));
            Err(response(&failure, ""))
        }
    }
}
