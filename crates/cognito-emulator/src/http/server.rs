//! The HTTP server: connections, routes, faults.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use bytes::Bytes;
use http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderMap, HeaderName, HeaderValue,
    X_CONTENT_TYPE_OPTIONS,
};
use http::request::Parts;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::http::fault::FaultKind;
use crate::http::hosted::{self, Endpoint};
use crate::http::signature;
use crate::model::aws;
use crate::model::wire::{Answer, Failure, document, response};
use crate::operations::administration::auth_events;
use crate::operations::{self, OPERATIONS, Operation};
use crate::state::pools::{KEYS, KEYS_NAME, Pools};
use crate::state::service::{Call, Service};
use crate::state::tokens::seconds;

/// The largest request body. Cognito's largest request is far below it.
const MOST_BODY: usize = 1024 * 1024;
/// How long a client may take to send the head of a request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a client may take to send the body of a request.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);
/// How long open requests may go on after a shutdown.
const DRAIN: Duration = Duration::from_secs(2);

const TARGET: HeaderName = HeaderName::from_static("x-amz-target");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// Accepts connections until `stop` changes, then lets open requests finish.
pub(crate) async fn serve(
    listener: TcpListener,
    pools: Arc<Pools>,
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
                    let connection = connection(stream, Arc::clone(&pools), stop.clone());
                    connections.spawn(connection);
                }
                Err(error) => pause_after(&error).await,
            },
        }
    }
    drop(listener);
    let drained = async { while connections.join_next().await.is_some() {} };
    // What is still open after that is cut when the set is dropped.
    let _ = tokio::time::timeout(DRAIN, drained).await;
}

/// Running out of file descriptors is no reason to spin, nor to stop.
async fn pause_after(error: &io::Error) {
    tracing::debug!(kind = ?error.kind(), "a connection was not accepted");
    tokio::time::sleep(Duration::from_millis(10)).await;
}

async fn connection(stream: TcpStream, pools: Arc<Pools>, mut stop: watch::Receiver<bool>) {
    // Small answers on a kept-alive connection must not wait for a delayed acknowledgement.
    let _ = stream.set_nodelay(true);
    let handler = service_fn(move |request| {
        let pools = Arc::clone(&pools);
        async move { handle(&pools, request).await }
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .serve_connection(TokioIo::new(stream), handler);
    let mut served = std::pin::pin!(served);
    tokio::select! {
        // A connection ends with an error when a fault cuts it or the client leaves.
        _ = served.as_mut() => {}
        _ = stop.changed() => {
            served.as_mut().graceful_shutdown();
            let _ = served.await;
        }
    }
}

/// A connection that is closed without an answer, because a test wants it so.
#[derive(Debug, thiserror::Error)]
#[error("the connection is cut by an injected fault")]
struct Cut;

type Page = Response<Full<Bytes>>;

/// Answers, with the time of the emulator's clock and not the machine's: clients put their own
/// clock right by it.
async fn handle(pools: &Arc<Pools>, request: Request<Incoming>) -> Result<Page, Cut> {
    let mut page = answer_to(pools, request).await?;
    let since = seconds(pools.clock.now()).min(LAST_DATE);
    let date = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(since));
    if let Ok(date) = HeaderValue::from_str(&date) {
        page.headers_mut().insert(http::header::DATE, date);
    }
    Ok(page)
}

/// The last second that an HTTP date can name, in 9999.
const LAST_DATE: u64 = 253_402_300_799;

async fn answer_to(pools: &Arc<Pools>, request: Request<Incoming>) -> Result<Page, Cut> {
    if !pools.hosts.is_addressed(request.uri(), request.headers()) {
        return Ok(forbidden(
            "this host name is not allowed; see EmulatorBuilder::allow_host and --allow-host",
        ));
    }
    if request.uri().path() == "/" {
        return match *request.method() {
            Method::POST => call(pools, request).await,
            Method::OPTIONS => Ok(preflight()),
            _ => Ok(not_allowed("POST, OPTIONS")),
        };
    }
    match hosted::find(request.uri().path()) {
        Some((place, endpoint)) => hosted(pools, request, place, endpoint).await,
        None => {
            let fault = asks_for_keys(pools, &request).then(|| pools.faults.take(KEYS_NAME));
            with_fault(fault.flatten(), async { page(pools, &request) }).await
        }
    }
}

/// Returns `true` for a request for the public keys of a pool.
fn asks_for_keys(pools: &Pools, request: &Request<Incoming>) -> bool {
    let path = request.uri().path();
    let is_get = matches!(*request.method(), Method::GET | Method::HEAD);
    is_get && path.ends_with(KEYS_NAME) && well_known(pools, path).is_some()
}

/// Returns the response of an endpoint with a fault.
async fn with_fault(
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

fn forbidden(message: &str) -> Page {
    document(StatusCode::FORBIDDEN, &json!({ "message": message }))
}

/// Serves the pages beside the operations.
fn page(pools: &Pools, request: &Request<Incoming>) -> Page {
    if !request.uri().path().starts_with("/_emulator/") {
        return content(pools, request);
    }
    if pools.hosts.is_foreign(request.method(), request.headers()) {
        return forbidden("pages of this origin are not allowed");
    }
    unembeddable(content(pools, request))
}

/// Prevents pages of other sites from embedding the response, and browsers from storing it.
fn unembeddable(mut page: Page) -> Page {
    for (name, value) in [
        (CACHE_CONTROL, "no-store"),
        (
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; frame-ancestors 'none'",
        ),
        (RESOURCE_POLICY, "same-origin"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        let value = HeaderValue::from_static(value);
        page.headers_mut().insert(name, value);
    }
    page
}

fn content(pools: &Pools, request: &Request<Incoming>) -> Page {
    let (path, method) = (request.uri().path(), request.method());
    let is_get = matches!(*method, Method::GET | Method::HEAD);
    match path {
        "/_emulator/reset" if method == Method::POST => {
            pools.reset();
            document(StatusCode::OK, &json!({ "status": "ok" }))
        }
        "/_emulator/reset" => not_allowed("POST"),
        "/_emulator/health" if is_get => document(StatusCode::OK, &json!({ "status": "ok" })),
        "/_emulator/inbox" if is_get => {
            let to = parameter(request.uri().query(), "to");
            document(StatusCode::OK, &pools.inbox.page(to.as_deref()))
        }
        "/_emulator/health" | "/_emulator/inbox" => not_allowed("GET"),
        path => match well_known(pools, path) {
            Some(found) if is_get => {
                if path.ends_with("/jwks.json") {
                    pools.count(KEYS);
                }
                public(document(StatusCode::OK, &found))
            }
            Some(_) => not_allowed("GET"),
            None => document(StatusCode::NOT_FOUND, &json!({ "message": "Not Found" })),
        },
    }
}

/// What a pool publishes below its id.
fn well_known(pools: &Pools, path: &str) -> Option<Value> {
    let (id, name) = path.strip_prefix('/')?.split_once("/.well-known/")?;
    let Service {
        settings, tokens, ..
    } = &*pools.get(id).ok()?;
    match name {
        "jwks.json" => Some(json!({ "keys": [tokens.access.jwk(), tokens.id.jwk()] })),
        "openid-configuration" => Some(json!({
            "authorization_endpoint": format!("{}/oauth2/authorize", settings.endpoint),
            "end_session_endpoint": format!("{}/logout", settings.endpoint),
            "id_token_signing_alg_values_supported": ["RS256"],
            "issuer": settings.issuer,
            "jwks_uri": settings.jwks_uri(),
            "response_types_supported": ["code", "token"],
            "revocation_endpoint": format!("{}/oauth2/revoke", settings.endpoint),
            "scopes_supported": ["openid", "email", "phone", "profile"],
            "subject_types_supported": ["public"],
            "token_endpoint": format!("{}/oauth2/token", settings.endpoint),
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "userinfo_endpoint": format!("{}/oauth2/userInfo", settings.endpoint),
        })),
        _ => None,
    }
}

/// A hosted page or an endpoint of OAuth 2.0, with the fault that it meets under its path.
async fn hosted(
    pools: &Arc<Pools>,
    request: Request<Incoming>,
    place: usize,
    endpoint: &'static Endpoint,
) -> Result<Page, Cut> {
    let (head, body) = request.into_parts();
    if head.method == Method::OPTIONS {
        return Ok(preflight());
    }
    pools.count(OPERATIONS.len() + place);
    let fault = pools.faults.take(endpoint.path);
    let body = match read(body).await {
        Ok(body) => body,
        Err(page) => return Ok(page),
    };
    let answer = hosted_answer(pools, endpoint, head, body);
    with_fault(fault, answer).await
}

async fn hosted_answer(
    pools: &Arc<Pools>,
    endpoint: &'static Endpoint,
    head: Parts,
    body: Bytes,
) -> Page {
    let answer = move |pools: &Pools| {
        let (method, query) = (&head.method, head.uri.query());
        public(endpoint.answer(pools, method, query, &head.headers, &body))
    };
    if !pools.have_triggers() {
        return answer(pools);
    }
    let page = on_thread(pools, move |pools| answer(pools)).await;
    page.unwrap_or_else(|failure| {
        let (status, code) = if failure.code() == TOO_MANY {
            (StatusCode::TOO_MANY_REQUESTS, "temporarily_unavailable")
        } else {
            (StatusCode::INTERNAL_SERVER_ERROR, "server_error")
        };
        document(status, &json!({ "error": code }))
    })
}

/// Runs work that may wait for triggers on a separate thread, so that other requests do not wait.
///
/// The number of these threads is bounded. A trigger may call the emulator, which then needs another
/// thread: an unbounded number would use up the runtime's threads, and all of them would wait for each
/// other.
async fn on_thread<T: Send + 'static>(
    pools: &Arc<Pools>,
    work: impl FnOnce(&Pools) -> T + Send + 'static,
) -> Result<T, Failure> {
    let permit = Arc::clone(&pools.waiting).try_acquire_owned();
    let permit = permit.map_err(|_| Failure::new(TOO_MANY, "Rate exceeded"))?;
    let pools = Arc::clone(pools);
    let done = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        work(&pools)
    });
    let panicked = |_| Failure::new("InternalErrorException", "A trigger panicked");
    done.await.map_err(panicked)
}

const TOO_MANY: &str = "TooManyRequestsException";

/// One operation, with the fault that it meets.
async fn call(pools: &Arc<Pools>, request: Request<Incoming>) -> Result<Page, Cut> {
    let (head, body) = request.into_parts();
    let target = head.headers.get(TARGET).and_then(|text| text.to_str().ok());
    let target = target.unwrap_or_default();
    let found = operations::find(target);
    if let Some((place, _)) = found {
        pools.count(place);
    }
    let name = target.rsplit_once('.').map_or(target, |(_, name)| name);
    let fault = pools.faults.take(name);
    let body = match read(body).await {
        Ok(body) => body,
        Err(page) => return Ok(page),
    };
    let found_operation = found.map(|(_, operation)| operation);
    let answer = || answer(pools, found_operation, &head.headers, &body);
    let request_id = pools.random.uuid();
    let answer = match fault {
        None => answer().await,
        Some(FaultKind::Cut) => {
            drop(answer().await);
            return Err(Cut);
        }
        Some(FaultKind::Refuse) => return Err(Cut),
        Some(FaultKind::Delay(delay)) => {
            tokio::time::sleep(delay).await;
            answer().await
        }
        Some(FaultKind::Error { code, message }) => Err(Failure::new(code, message)),
        Some(FaultKind::Status(status)) => {
            return Ok(document(status, &json!({ "message": status.as_str() })));
        }
    };
    let code = answer.as_ref().err().map(Failure::code);
    tracing::debug!(operation = name_for_log(found), code, "answered");
    Ok(public(response(&answer, &request_id)))
}

/// Security: a name that a client made up is not repeated.
fn name_for_log(found: Option<(usize, &'static Operation)>) -> &'static str {
    found.map_or("unknown", |(_, operation)| operation.name)
}

async fn answer(
    pools: &Arc<Pools>,
    operation: Option<&'static Operation>,
    headers: &HeaderMap,
    body: &[u8],
) -> Answer {
    let operation =
        operation.ok_or_else(|| Failure::new("UnknownOperationException", "Unknown Operation"))?;
    if operation.signed {
        signature::check(headers)?;
        // A page of another site has no credentials, so AWS would reject its signature.
        if pools.hosts.is_foreign(&Method::POST, headers) {
            let message = "pages of this origin cannot call signed operations";
            return Err(Failure::new("AccessDeniedException", message));
        }
    }
    let fields = match serde_json::from_slice(body) {
        Ok(Value::Object(fields)) => fields,
        Ok(_) => return Err(Failure::serialization("Start of structure expected")),
        Err(_) if body.is_empty() => Map::new(),
        Err(_) => return Err(Failure::serialization("The request is not valid JSON")),
    };
    aws::validate(operation.name, &fields)?;
    let service = pools.addressed(&fields);
    let region = signature::region(headers).map(ToOwned::to_owned);
    if service.settings.triggers.is_empty() {
        return perform(pools, &service, operation, &fields, region.as_deref());
    }
    let work = move |pools: &Pools| perform(pools, &service, operation, &fields, region.as_deref());
    on_thread(pools, work).await?
}

fn perform(
    pools: &Pools,
    service: &Service,
    operation: &'static Operation,
    fields: &Map<String, Value>,
    region: Option<&str>,
) -> Answer {
    let call = Call {
        region,
        ..Call::new(pools, service, fields, operation.name)
    };
    let answer = operation.perform(&call);
    auth_events::observe(&call, operation.name, &answer);
    answer
}

/// The whole body, or the page that says why not.
async fn read(body: Incoming) -> Result<Bytes, Page> {
    let refused = |status, code| {
        let mut page = response(&Err(Failure::new(code, "")), "");
        *page.status_mut() = status;
        page
    };
    let too_large = || {
        let code = "RequestEntityTooLargeException";
        refused(StatusCode::PAYLOAD_TOO_LARGE, code)
    };
    if body.size_hint().lower() > MOST_BODY as u64 {
        return Err(too_large());
    }
    let body = Limited::new(body, MOST_BODY).collect();
    let Ok(body) = tokio::time::timeout(BODY_TIMEOUT, body).await else {
        return Err(refused(StatusCode::REQUEST_TIMEOUT, "RequestTimeout"));
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

/// Lets browsers read an answer from another origin, as Cognito's endpoint does.
fn public(mut page: Page) -> Page {
    let headers = page.headers_mut();
    headers.insert(
        http::header::ACCESS_CONTROL_ALLOW_ORIGIN,
        HeaderValue::from_static("*"),
    );
    headers.insert(
        http::header::ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static("x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date"),
    );
    page
}

fn preflight() -> Page {
    let mut page = public(Response::new(Full::default()));
    let headers = page.headers_mut();
    headers.insert(
        http::header::ACCESS_CONTROL_ALLOW_METHODS,
        HeaderValue::from_static("POST"),
    );
    headers.insert(
        http::header::ACCESS_CONTROL_ALLOW_HEADERS,
        HeaderValue::from_static(
            "amz-sdk-invocation-id,amz-sdk-request,authorization,cache-control,content-type,\
             x-amz-date,x-amz-security-token,x-amz-target,x-amz-user-agent",
        ),
    );
    page
}

fn not_allowed(methods: &'static str) -> Page {
    let body = json!({ "message": "Method Not Allowed" });
    let mut page = document(StatusCode::METHOD_NOT_ALLOWED, &body);
    page.headers_mut()
        .insert(ALLOW, HeaderValue::from_static(methods));
    page
}

/// A parameter of a query. A plus sign stands for itself: addresses have them.
fn parameter(query: Option<&str>, name: &str) -> Option<String> {
    let value = query?
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))?;
    let value = percent_decode_str(value).decode_utf8().ok()?;
    (!value.is_empty()).then(|| value.into_owned())
}

/// Listens on the loopback interface.
pub(crate) async fn listen(port: u16) -> io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn query_parameters() {
        for (query, expected) in [
            (None, None),
            (Some("to="), None),
            (Some("x=1"), None),
            (Some("to=a%40b.co"), Some("a@b.co")),
            (Some("x=1&to=a+b@c.de"), Some("a+b@c.de")),
            (Some("to=%2B1555"), Some("+1555")),
            (Some("to=%ff"), None),
        ] {
            assert_eq!(parameter(query, "to").as_deref(), expected, "{query:?}");
        }
    }
}
