//! Reads request bodies, with a maximum size and a timeout.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::{Body, Frame, SizeHint};

use crate::http::page::Page;
use crate::http::wire::response;
use crate::model::failure::Failure;

/// The maximum size of a request body, in bytes. Requests to Cognito are much smaller.
const MOST_BODY: usize = 1024 * 1024;
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// A request body, from a connection or in memory.
pub(crate) trait RequestBody: Body<Data = Bytes, Error: Into<BoxError>> + Unpin {}

impl<B: Body<Data = Bytes, Error: Into<BoxError>> + Unpin> RequestBody for B {}

pub(crate) type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The body of a request when the server begins to handle it: already read, rejected, or not read
/// yet.
pub(super) enum Started<B> {
    /// The body was read. The value is the bytes, or `None` after the bytes have been taken.
    Read(Option<Bytes>),
    /// The body could not be read. The value is the error response to the client, or `None` after
    /// the response has been taken.
    Rejected(Option<Page>),
    Unread(B),
}

/// The error for a request body that could not be read. Contains the error response to the client.
#[derive(Debug, thiserror::Error)]
#[error("the body cannot be read")]
struct Rejected(Page);

impl<B: RequestBody> Started<B> {
    /// Reads the whole body of a request. Returns [`Rejected`](Self::Rejected) if the body cannot
    /// be read, for example because it is larger than 1 MiB.
    pub(super) async fn read(body: B) -> Self {
        match read(body).await {
            Ok(body) => Self::Read(Some(body)),
            Err(page) => Self::Rejected(Some(page)),
        }
    }
}

impl<B: RequestBody> Body for Started<B> {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match self.get_mut() {
            Self::Read(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Self::Rejected(page) => {
                let error = page.take().map(Rejected);
                Poll::Ready(error.map(|error| Err(error.into())))
            }
            Self::Unread(body) => {
                let frame = Pin::new(body).poll_frame(context);
                frame.map(|frame| frame.map(|frame| frame.map_err(Into::into)))
            }
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Read(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, Bytes::len) as u64),
            Self::Rejected(_) => SizeHint::default(),
            Self::Unread(body) => body.size_hint(),
        }
    }
}

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
        Err(error) => match error.downcast::<Rejected>() {
            Ok(rejected) => Err(rejected.0),
            Err(_) => {
                let failure = Err(Failure::serialization("The request ended too early"));
                Err(response(&failure, ""))
            }
        },
    }
}
