//! The routes, through the router, with the emulator.

mod accounts;
mod answers;
mod as_cookies;
mod as_json;
mod callers;
mod challenges;
mod devices;
#[cfg(feature = "openapi")]
mod documented;
mod ending_sessions;
mod enumeration;
mod hidden_answers;
mod hooks;
mod hosted_login;
mod large_challenges;
mod logs;
mod managed_login;
mod monitoring;
mod optional;
mod own_browser;
mod own_devices;
mod own_factors;
mod own_passkeys;
mod own_profile;
mod own_sessions;
mod passkey_sign_in;
mod rejections;
mod two_tabs;
mod unreadable_cookies;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use cognito::{Cognito, CognitoBuilder};
use cognito_axum::{AuthRoutes, SessionCookies};
use cognito_emulator::{Emulator, EmulatorBuilder};
use cognito_testkit::FixedClock;
use http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, SET_COOKIE};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

const EMAIL: &str = "user@example.com";
const PASSWORD: &str = "SecurePass123!";
const OTHER_PASSWORD: &str = "EvenBetter456!";

/// A router and the pool behind it.
struct Fixture {
    emulator: Emulator,
    cognito: Cognito,
    clock: FixedClock,
    router: Router,
}

impl Fixture {
    /// Tokens in JSON.
    async fn json() -> Self {
        Self::with(|emulator| emulator, |routes| routes).await
    }

    /// Tokens in cookies.
    async fn cookies() -> Self {
        Self::with(
            |emulator| emulator,
            |routes| routes.cookies(SessionCookies::new()),
        )
        .await
    }

    async fn with(
        emulator: impl FnOnce(EmulatorBuilder) -> EmulatorBuilder,
        routes: impl FnOnce(AuthRoutes) -> AuthRoutes,
    ) -> Self {
        Self::built(emulator, |cognito| cognito, routes).await
    }

    async fn built(
        emulator: impl FnOnce(EmulatorBuilder) -> EmulatorBuilder,
        cognito: impl FnOnce(CognitoBuilder) -> CognitoBuilder,
        routes: impl FnOnce(AuthRoutes) -> AuthRoutes,
    ) -> Self {
        let clock = FixedClock::at_unix(1_800_000_000);
        let builder = Emulator::builder()
            .custom_attribute("plan")
            .clock(Arc::new(clock.clone()));
        let emulator = emulator(builder).start().await.unwrap();
        let builder = Cognito::builder()
            .config(emulator.pool_config().unwrap())
            .emulator(emulator.endpoint())
            .clock(clock.clone());
        let cognito = cognito(builder).build().await.unwrap();
        let routes = routes(AuthRoutes::new(cognito.clone()).clock(clock.clone()));
        Self {
            emulator,
            cognito,
            clock,
            router: routes.into_router(),
        }
    }

    /// Creates a user who can sign in.
    fn person(&self) {
        self.emulator.create_user(EMAIL, PASSWORD, &[]).unwrap();
    }

    fn code(&self) -> String {
        self.emulator.inbox().latest_code(EMAIL).unwrap()
    }

    async fn send(&self, request: Request<Body>) -> Reply {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let text = body.collect().await.unwrap().to_bytes();
        Reply {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8(text.to_vec()).unwrap(),
        }
    }

    async fn post(&self, path: &str, body: Value) -> Reply {
        self.send(posted(path, &body)).await
    }

    async fn get(&self, path: &str, token: &str) -> Reply {
        let request = Request::get(path).header(AUTHORIZATION, format!("Bearer {token}"));
        self.send(request.body(Body::empty()).unwrap()).await
    }

    async fn login(&self) -> Reply {
        let body = json!({"email": EMAIL, "password": PASSWORD});
        self.post("/auth/login", body).await
    }

    /// Signs in by JSON and returns access and refresh token.
    async fn tokens(&self) -> (String, String) {
        let body = self.login().await.ok();
        let text = |name: &str| body[name].as_str().unwrap().to_owned();
        (text("accessToken"), text("refreshToken"))
    }

    async fn logout(&self, token: &str, body: &Value) -> Reply {
        self.post_as(token, "/auth/logout", body).await
    }

    /// Sends a POST request with an access token.
    async fn post_as(&self, token: &str, path: &str, body: &Value) -> Reply {
        let mut request = posted(path, body);
        let value = format!("Bearer {token}").parse().unwrap();
        request.headers_mut().insert(AUTHORIZATION, value);
        self.send(request).await
    }
}

fn posted(path: &str, body: &Value) -> Request<Body> {
    Request::post(path)
        .header(CONTENT_TYPE, "application/json")
        .body(Body::from(body.to_string()))
        .unwrap()
}

/// A response.
#[derive(Debug)]
struct Reply {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Reply {
    fn body(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    #[track_caller]
    fn ok(self) -> Value {
        assert_eq!(self.status, StatusCode::OK, "{}", self.text);
        self.body()
    }

    /// Checks that it is an error in the documented format.
    #[track_caller]
    fn refused(self, status: u16, message: &str) -> Self {
        let body = self.body();
        let names: Vec<_> = body
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        assert_eq!(self.status, status, "{body}");
        assert_eq!(body["statusCode"], status);
        assert_eq!(body["message"], message);
        assert_eq!(body["error"], self.status.canonical_reason().unwrap());
        let timestamp = body["timestamp"].as_str().unwrap();
        assert!(timestamp.starts_with("2027-01-15T0"), "{timestamp}");
        assert_eq!(names.len(), 4, "{names:?}");
        assert_eq!(self.headers[CONTENT_TYPE], "application/json");
        self
    }

    fn set_cookies(&self) -> Vec<&str> {
        let lines = self.headers.get_all(SET_COOKIE).iter();
        lines.map(|line| line.to_str().unwrap()).collect()
    }
}

/// A browser on a page of the service. It stores cookies.
#[derive(Clone, Default)]
struct Browser {
    jar: BTreeMap<String, String>,
}

impl Browser {
    async fn post(&mut self, fixture: &Fixture, path: &str, body: Value) -> Reply {
        self.send(fixture, posted(path, &body)).await
    }

    async fn get(&mut self, fixture: &Fixture, path: &str) -> Reply {
        let request = Request::get(path).body(Body::empty()).unwrap();
        self.send(fixture, request).await
    }

    /// Sends a POST request without a body.
    async fn press(&mut self, fixture: &Fixture, path: &str) -> Reply {
        let request = Request::post(path).body(Body::empty()).unwrap();
        self.send(fixture, request).await
    }

    async fn login(&mut self, fixture: &Fixture) -> Reply {
        let body = json!({"email": EMAIL, "password": PASSWORD});
        self.post(fixture, "/auth/login", body).await
    }

    async fn send(&mut self, fixture: &Fixture, mut request: Request<Body>) -> Reply {
        let headers = request.headers_mut();
        headers.insert("sec-fetch-site", "same-origin".parse().unwrap());
        headers.insert(COOKIE, self.cookies().parse().unwrap());
        let reply = fixture.send(request).await;
        for line in reply.set_cookies() {
            let (name, value) = line.split(';').next().unwrap().split_once('=').unwrap();
            if line.ends_with("Max-Age=0") {
                self.jar.remove(name);
            } else {
                self.jar.insert(name.to_owned(), value.to_owned());
            }
        }
        reply
    }

    fn cookies(&self) -> String {
        let pairs = self
            .jar
            .iter()
            .map(|(name, value)| format!("{name}={value}"));
        pairs.collect::<Vec<_>>().join("; ")
    }

    fn names(&self) -> Vec<&str> {
        self.jar.keys().map(String::as_str).collect()
    }
}

/// Enables all optional routes, except those of managed login and of monitoring.
fn with_all(routes: AuthRoutes) -> AuthRoutes {
    let routes = routes.devices(true).passkeys(true).profile(true);
    let routes = routes.sessions(true);
    let routes = routes.passkey_sign_in("example.com");
    routes.mfa("Shop").unwrap()
}

/// Makes a request that came from this peer.
fn from_peer(mut request: Request<Body>, peer: [u8; 4]) -> Request<Body> {
    let peer = ConnectInfo(SocketAddr::from((peer, 50_123)));
    request.extensions_mut().insert(peer);
    request
}
