//! The HTTP server: connections and routes.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::HeaderValue;
use http::request::Parts;
use http::{Method, Request, StatusCode};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::json;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::http::admin;
use crate::http::admin::is_jwks_request;
use crate::http::body::{RequestBody, Started, read};
use crate::http::hosted;
use crate::http::hosted::Encrypted;
use crate::http::hosted::Endpoint;
use crate::http::import;
use crate::http::injected::{oauth_error, with_fault};
use crate::http::instance::Instance;
use crate::http::message::Peer;
use crate::http::operation;
use crate::http::origin;
use crate::http::page::{
    Page, forbidden, no_icon, not_allowed, preflight, public, unembeddable, unsaved_instead_of,
};
use crate::http::request_log::{LoggedError, PendingRequest};
use crate::http::snapshot_page;
use crate::http::tls::{Opened, Tls};
use crate::http::traffic::{KEYS, KEYS_NAME};
use crate::http::waiting::{TOO_MANY, on_thread};
use crate::http::window;
use crate::http::wire::document;
use crate::model::error::ConnectionClosed;
use crate::model::time::http_date;
use crate::operations;
use crate::state::pools::Pools;

const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

/// The maximum time that a shutdown waits for open requests. Then the connections are closed.
pub(crate) const DRAIN: Duration = Duration::from_secs(2);

/// Accepts connections until `stop` changes, then waits for open requests.
pub(crate) async fn serve(
    listener: TcpListener,
    tls: Option<Tls>,
    instance: Arc<Instance>,
    mut stop: watch::Receiver<bool>,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            biased;
            _ = stop.changed() => break,
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    let (tls, instance) = (tls.clone(), Arc::clone(&instance));
                    connections.spawn(connection(stream, tls, instance, stop.clone()));
                }
                Err(error) => pause_after(&error).await,
            },
        }
    }
    drop(listener);
    let drained = async { while connections.join_next().await.is_some() {} };
    // Connections that are still open are closed when the set is dropped.
    let _ = tokio::time::timeout(DRAIN, drained).await;
}

/// Waits 10 ms after a connection could not be accepted. Without this pause, the loop would use a
/// whole CPU while the process has no free file descriptors.
async fn pause_after(error: &io::Error) {
    tracing::debug!(kind = ?error.kind(), "a connection was not accepted");
    tokio::time::sleep(Duration::from_millis(10)).await;
}

/// Serves a connection: HTTPS if TLS is configured and the client begins a TLS handshake, otherwise
/// plain HTTP.
async fn connection(
    stream: TcpStream,
    tls: Option<Tls>,
    instance: Arc<Instance>,
    mut stop: watch::Receiver<bool>,
) {
    // Small responses on a keep-alive connection must not wait for a delayed acknowledgement.
    let _ = stream.set_nodelay(true);
    let peer = stream.peer_addr().ok().map(Peer::from);
    let Some(tls) = tls else {
        return converse(stream, (peer, false), instance, stop).await;
    };
    let opened = tokio::select! {
        opened = tokio::time::timeout(HEAD_TIMEOUT, tls.open(stream)) => opened,
        _ = stop.changed() => return,
    };
    match opened {
        Ok(Ok(Opened::Plain(stream))) => converse(stream, (peer, false), instance, stop).await,
        #[cfg(feature = "https")]
        Ok(Ok(Opened::Encrypted(stream))) => converse(stream, (peer, true), instance, stop).await,
        // A client that does not trust the certificate ends the handshake.
        Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
        Err(_) => tracing::debug!("a TLS handshake took too long"),
    }
}

async fn converse(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    (peer, is_encrypted): (Option<Peer>, bool),
    instance: Arc<Instance>,
    mut stop: watch::Receiver<bool>,
) {
    let handler = service_fn(move |mut request: Request<Incoming>| {
        let instance = Arc::clone(&instance);
        if let Some(peer) = peer {
            request.extensions_mut().insert(peer);
        }
        if is_encrypted {
            request.extensions_mut().insert(Encrypted);
        }
        async move { handle(&instance, request).await }
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .serve_connection(TokioIo::new(stream), handler);
    let mut served = std::pin::pin!(served);
    tokio::select! {
        // A connection ends with an error if a fault or the client closes it.
        _ = served.as_mut() => {}
        _ = stop.changed() => {
            served.as_mut().graceful_shutdown();
            let _ = served.await;
        }
    }
}

/// Handles a request. The header `Date` of the response is the time of the emulator's clock,
/// because AWS SDKs correct their clocks with it. If the path begins with `/_emulator/`, pages of
/// other sites cannot embed the response. Fails if a fault closes the connection.
///
/// The changes of the request are written to the state file before the response is returned. If they
/// cannot be written, the response is an error with status 500.
pub(crate) async fn handle(
    instance: &Arc<Instance>,
    request: Request<impl RequestBody>,
) -> Result<Page, ConnectionClosed> {
    let is_own = request.uri().path().starts_with("/_emulator/");
    let mut page = if snapshot_page::has(request.uri().path()) && instance.is_addressed(&request) {
        snapshot_page::page(instance, &request).await
    } else {
        // A body that arrives slowly does not delay a snapshot.
        let request = read_first(request, instance).await;
        let _entered = instance.gate.enter().await;
        let answer = answer_to(instance, request).await;
        // A fault may close the connection after the request has changed something.
        match instance.journal.commit(&instance.pools).await {
            Ok(()) => answer?,
            Err(error) => unsaved_instead_of(&answer?, &error.to_string()),
        }
    };
    if is_own {
        page = unembeddable(page);
    }
    let date = http_date(instance.pools.clock.now());
    if let Ok(date) = HeaderValue::from_str(&date) {
        page.headers_mut().insert(http::header::DATE, date);
    }
    Ok(page)
}

/// Reads the body of a request. Leaves the body unread in two cases: it is the file of an import
/// job, which can be large, or the request will be rejected because of its host name.
async fn read_first<B: RequestBody>(
    request: Request<B>,
    instance: &Instance,
) -> Request<Started<B>> {
    let is_read = instance.is_addressed(&request) && import::job_id(request.uri().path()).is_none();
    let (head, body) = request.into_parts();
    let body = if is_read {
        Started::read(body).await
    } else {
        Started::Unread(body)
    };
    Request::from_parts(head, body)
}

async fn answer_to(
    instance: &Arc<Instance>,
    request: Request<impl RequestBody>,
) -> Result<Page, ConnectionClosed> {
    if !instance.is_addressed(&request) {
        return Ok(forbidden(
            "this host name is not allowed: add it with --allow-host or EmulatorBuilder::allow_host",
        ));
    }
    if request.uri().path() == "/" {
        return match *request.method() {
            Method::POST => operation::call(instance, request).await,
            Method::OPTIONS => Ok(preflight()),
            Method::GET | Method::HEAD => Ok(unembeddable(window::redirect(window::PATH))),
            _ => Ok(not_allowed("GET, HEAD, OPTIONS, POST")),
        };
    }
    if request.uri().path() == "/favicon.ico" {
        return Ok(no_icon(request.method()));
    }
    if window::has_path(request.uri().path()) {
        return Ok(window::page(instance, request).await);
    }
    if import::job_id(request.uri().path()).is_some() {
        return Ok(import::page(instance, request).await);
    }
    match hosted::find(request.uri().path()) {
        Some((place, endpoint)) => hosted(instance, request, place, endpoint).await,
        None => {
            let fault = is_jwks_request(instance, &request).then(|| {
                instance.traffic.count(KEYS);
                instance.traffic.faults.take(KEYS_NAME)
            });
            let page = async { admin::page(instance, &request) };
            with_fault(fault.flatten(), page, oauth_error).await
        }
    }
}

/// Handles a request to a hosted page or an OAuth 2.0 endpoint. Counts the call and applies its
/// injected fault. `place` is the index in the list of endpoints.
async fn hosted(
    instance: &Arc<Instance>,
    request: Request<impl RequestBody>,
    place: usize,
    endpoint: &'static Endpoint,
) -> Result<Page, ConnectionClosed> {
    let (head, body) = request.into_parts();
    // Security: without this check, a web page of any site could register a client of the emulator
    // on the developer's computer, and read its secret.
    let is_local_only =
        endpoint.path.starts_with("/_emulator/") || endpoint.path == hosted::register::PATH;
    if is_local_only && instance.hosts.is_foreign(&head.method, &head.headers) {
        return Ok(admin::foreign());
    }
    if head.method == Method::OPTIONS {
        return Ok(preflight());
    }
    instance.traffic.count(operations::COUNT + place);
    let (log, pools) = (&instance.traffic.log, &instance.pools);
    let region = origin::region(&head);
    let mut pending = PendingRequest::begin(log, pools, endpoint.path, region);
    let body = match read(body).await {
        Ok(body) => body,
        Err(page) => return pending.end_unread(page),
    };
    let fault = instance.traffic.faults.take(endpoint.path);
    pending.set_fault(fault.as_ref());
    let query = head.uri.query().unwrap_or_default().as_bytes();
    let mut parameters = form_urlencoded::parse(query).chain(form_urlencoded::parse(&body));
    if let Some((_, id)) = parameters.find(|(name, _)| name == "client_id") {
        pending.set_client(&id);
    }
    let answer = hosted_answer(instance, endpoint, head, body);
    let done = with_fault(fault, answer, oauth_error).await;
    let error = match &done {
        Ok(page) => LoggedError::of_hosted(page).await,
        Err(_) => None,
    };
    pending.end(&done, error);
    done
}

async fn hosted_answer(
    instance: &Arc<Instance>,
    endpoint: &'static Endpoint,
    head: Parts,
    body: Bytes,
) -> Page {
    let answer =
        move |pools: &Pools, may_wait| public(endpoint.answer(pools, &head, &body, may_wait));
    // A trigger or a provider can be added now. The request then fails instead of waiting.
    if !instance.pools.may_block() {
        return answer(&instance.pools, false);
    }
    let page = on_thread(instance, move |pools| answer(pools, true)).await;
    page.unwrap_or_else(|failure| {
        let (status, code) = if failure.code() == TOO_MANY {
            (StatusCode::TOO_MANY_REQUESTS, "temporarily_unavailable")
        } else {
            (StatusCode::INTERNAL_SERVER_ERROR, "server_error")
        };
        public(document(status, &json!({ "error": code })))
    })
}

pub(crate) async fn listen(address: SocketAddr) -> io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}
