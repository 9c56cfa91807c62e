//! One connection of the server.

use std::net::SocketAddr;
use std::pin::pin;

use axum::Router;
use axum::extract::ConnectInfo;
use http::{Method, Request, Response, StatusCode};
use http_body_util::Limited;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;
use tower_service::Service;

use super::body::{ServedBody, TimedBody};
use super::slots::Slot;
use super::stream::{Activity, TimedStream};
use super::{Limits, Stage};

pub(super) struct Connection {
    pub(super) app: Router,
    pub(super) limits: Limits,
    pub(super) peer: SocketAddr,
}

impl Connection {
    pub(super) async fn serve<I>(self, stream: I, slot: Slot, mut stage: watch::Receiver<Stage>)
    where
        I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let limits = self.limits;
        let activity = Activity::new(slot.seat());
        let evicted = activity.clone();
        let stream = Box::pin(TimedStream::new(stream, activity.clone(), limits, slot));
        let service = service_fn(move |request| self.respond(request, activity.clone()));
        let served = http1::Builder::new()
            .timer(TokioTimer::new())
            // The stream has the more precise timeouts. This one also ends a wait that the stream
            // does not see: the start of the next head arrived together with the previous request.
            .header_read_timeout(limits.idle_timeout + limits.head_timeout)
            .max_header_size(limits.head_bytes)
            .max_buf_size(limits.head_bytes)
            .serve_connection(TokioIo::new(stream), service)
            .with_upgrades();
        let mut served = pin!(served);
        // A connection ends with an error if the client was too slow or has closed it.
        tokio::select! {
            _ = served.as_mut() => return,
            () = evicted.evicted() => return,
            _ = stage.wait_for(|stage| *stage >= Stage::Drain) => {}
        }
        served.as_mut().graceful_shutdown();
        tokio::select! {
            _ = served => {}
            _ = stage.wait_for(|stage| *stage >= Stage::Cut) => {}
        }
    }

    fn respond(
        &self,
        mut request: Request<Incoming>,
        activity: Activity,
    ) -> impl Future<Output = Result<Response<ServedBody<axum::body::Body>>, Evicted>> + Send + use<>
    {
        let serving = activity.serve().ok_or(Evicted);
        let is_connect = request.method() == Method::CONNECT;
        request.extensions_mut().insert(ConnectInfo(self.peer));
        let limits = self.limits;
        let request = request.map(|body| {
            let limited = Limited::new(body, limits.body_bytes);
            TimedBody::new(limited, limits.body_timeout)
        });
        let mut app = self.app.clone();
        async move {
            let serving = serving?;
            let Ok(response) = app.call(request).await;
            let status = response.status();
            let is_upgrade = status == StatusCode::SWITCHING_PROTOCOLS;
            if is_upgrade || (is_connect && status.is_success()) {
                activity.upgrade();
            }
            Ok(response.map(|body| ServedBody::new(body, serving)))
        }
    }
}

/// The error of a request whose connection was evicted just before the request head was complete.
/// The request is not served.
#[derive(Debug, thiserror::Error)]
#[error("the connection was evicted")]
struct Evicted;
