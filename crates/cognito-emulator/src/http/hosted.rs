//! The hosted pages and the endpoints of OAuth 2.0: what AWS serves at a pool's domain.

mod authorize;
mod error;
mod html;
pub(crate) mod login;
mod logout;
mod parameters;
mod revoke;
mod token;
mod user_info;

use std::time::SystemTime;

use http::header::{
    ALLOW, AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, COOKIE, HeaderMap, HeaderValue, LOCATION,
    PRAGMA,
};
use http::{Method, Response, StatusCode};
use http_body_util::Full;
use serde_json::{Map, Value, json};

use crate::http::page::Page;
use crate::http::wire::document;
use crate::state::call::Call;
use crate::state::pools::Pools;
use crate::state::service::Service;
use parameters::Parameters;

/// One endpoint.
pub(crate) struct Endpoint {
    pub(crate) path: &'static str,
    methods: &'static [Method],
    answer: fn(&Asked<'_>) -> Page,
}

const GET: &[Method] = &[Method::GET, Method::HEAD];
const POST: &[Method] = &[Method::POST];
const BOTH: &[Method] = &[Method::GET, Method::HEAD, Method::POST];

/// All endpoints. Faults can be injected into them and their calls are counted, by their paths.
pub(crate) static ENDPOINTS: [Endpoint; 7] = [
    endpoint("/error", GET, error::answer),
    endpoint("/login", BOTH, login::answer),
    endpoint("/logout", GET, logout::answer),
    endpoint("/oauth2/authorize", GET, authorize::answer),
    endpoint("/oauth2/revoke", POST, revoke::answer),
    endpoint("/oauth2/token", POST, token::answer),
    endpoint("/oauth2/userInfo", BOTH, user_info::answer),
];

const fn endpoint(
    path: &'static str,
    methods: &'static [Method],
    answer: fn(&Asked<'_>) -> Page,
) -> Endpoint {
    Endpoint {
        path,
        methods,
        answer,
    }
}

impl Endpoint {
    /// Handles a request whose body was read.
    pub(crate) fn answer(
        &self,
        pools: &Pools,
        method: &Method,
        query: Option<&str>,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Page {
        if !self.methods.contains(method) {
            let body = json!({ "message": "Method Not Allowed" });
            let mut page = document(StatusCode::METHOD_NOT_ALLOWED, &body);
            let methods = if self.methods.len() == 1 {
                "POST"
            } else {
                "GET"
            };
            page.headers_mut()
                .insert(ALLOW, HeaderValue::from_static(methods));
            return page;
        }
        let is_form = headers.get(CONTENT_TYPE).is_some_and(|kind| {
            let kind = kind.as_bytes().split(|b| *b == b';').next();
            kind.is_some_and(|kind| kind.trim_ascii().eq_ignore_ascii_case(FORM))
        });
        (self.answer)(&Asked {
            pools,
            is_post: method == Method::POST,
            query: Parameters::read(query.unwrap_or_default()),
            raw_query: query.unwrap_or_default(),
            form: is_form.then(|| Parameters::read(&String::from_utf8_lossy(body))),
            headers,
            now: pools.clock.now(),
        })
    }
}

const FORM: &[u8] = b"application/x-www-form-urlencoded";

/// Returns the endpoint at a path.
pub(crate) fn find(path: &str) -> Option<(usize, &'static Endpoint)> {
    let mut endpoints = ENDPOINTS.iter().enumerate();
    endpoints.find(|(_, endpoint)| endpoint.path == path)
}

/// One request.
struct Asked<'a> {
    pools: &'a Pools,
    is_post: bool,
    query: Parameters,
    raw_query: &'a str,
    /// `None` if the body is not a form.
    form: Option<Parameters>,
    headers: &'a HeaderMap,
    now: SystemTime,
}

impl Asked<'_> {
    /// Returns the value of a cookie.
    fn cookie(&self, name: &str) -> Option<&str> {
        self.headers
            .get_all(COOKIE)
            .iter()
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.split(';'))
            .find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
    }

    fn authorization(&self) -> Option<&str> {
        self.headers.get(AUTHORIZATION)?.to_str().ok()
    }

    /// Returns the request in the form that operations of a pool use, under the path of an
    /// endpoint.
    fn call<'c>(
        &'c self,
        service: &'c Service,
        fields: &'c Map<String, Value>,
        path: &'static str,
    ) -> Call<'c> {
        Call {
            now: self.now,
            ..Call::new(self.pools, service, fields, path)
        }
    }
}

/// An error of OAuth 2.0 (RFC 6749 section 5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Refusal {
    code: &'static str,
    description: &'static str,
}

impl Refusal {
    const fn new(code: &'static str, description: &'static str) -> Self {
        Self { code, description }
    }

    fn page(self, status: StatusCode) -> Page {
        let mut body = json!({ "error": self.code });
        if !self.description.is_empty() {
            body["error_description"] = json!(self.description);
        }
        unstored(document(status, &body))
    }
}

/// Adds headers that forbid caching, because the page contains tokens (RFC 6749 section 5.1).
fn unstored(mut page: Page) -> Page {
    let headers = page.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
    page
}

/// Redirects the browser.
fn redirect(to: &str) -> Page {
    let mut page = unstored(Response::new(Full::default()));
    *page.status_mut() = StatusCode::FOUND;
    // What does not fit into a header was refused when it was registered or was escaped here.
    if let Ok(to) = HeaderValue::from_str(to) {
        page.headers_mut().insert(LOCATION, to);
    }
    page
}
