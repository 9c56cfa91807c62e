//! A browser without images and scripts.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use cognito::Cognito;
use cognito_emulator::{Emulator, EmulatorBuilder};
use cognito_testkit::FixedClock;
use http::header::{CONTENT_TYPE, COOKIE, HOST, LOCATION, ORIGIN, SET_COOKIE};
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode};
use http_body_util::BodyExt;
use tower::ServiceExt;

use crate::site::stage::on;
use crate::site::{App, Failure, Settings, emulated, router};

const HOST_NAME: &str = "localhost:3000";
pub(crate) const EMAIL: &str = "user@example.com";
pub(crate) const PASSWORD: &str = "SecurePass123!";

/// A browser without images and scripts. It stores cookies and sends forms.
pub(crate) struct Browser {
    pub(crate) site: Router,
    pub(crate) emulator: Arc<Emulator>,
    pub(crate) cognito: Cognito,
    pub(crate) clock: FixedClock,
    pub(crate) cookies: BTreeMap<String, String>,
    /// The browser's address.
    pub(crate) address: IpAddr,
}

/// Creates one instance of the site, on a separate user pool.
pub(crate) async fn alone(settings: &Settings, clock: &FixedClock) -> Result<App, Failure> {
    let mut apps = emulated(settings, Arc::new(clock.clone()), 1).await?;
    apps.pop().ok_or_else(|| "there is no instance".into())
}

/// The response of a page.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn location(&self) -> &str {
        let header = self.headers.get(LOCATION);
        header.map_or("", |value| value.to_str().expect("an address"))
    }
}

impl Browser {
    pub(crate) async fn start() -> Self {
        let clock = FixedClock::at_unix(1_700_000_000);
        let app = alone(&Settings::default(), &clock).await;
        Self::at(app.expect("the emulator starts"), clock)
    }

    /// Creates a browser whose user has an account, on another pool.
    pub(crate) async fn on(pool: EmulatorBuilder) -> Self {
        let clock = FixedClock::at_unix(1_700_000_000);
        let pool = pool.clock(Arc::new(clock.clone())).start().await;
        let pool = pool.expect("the emulator starts");
        pool.create_user(EMAIL, PASSWORD, &[]).expect("a person");
        let settings = Settings::default();
        let app = on(&settings, pool, Arc::new(clock.clone())).await;
        Self::at(app.expect("the site starts"), clock)
    }

    pub(crate) fn at(app: App, clock: FixedClock) -> Self {
        Self {
            cognito: app.cognito.clone(),
            emulator: Arc::clone(app.emulator.as_ref().expect("an emulator")),
            site: router(app),
            clock,
            cookies: BTreeMap::new(),
            address: IpAddr::V4(Ipv4Addr::LOCALHOST),
        }
    }

    /// Creates a browser whose user has an account.
    pub(crate) async fn with_person() -> Self {
        let browser = Self::start().await;
        browser
            .emulator
            .create_user(EMAIL, PASSWORD, &[("name", "John Doe")])
            .expect("a person");
        browser
    }

    /// Creates a browser whose user is signed in.
    pub(crate) async fn signed_in() -> Self {
        let mut browser = Self::with_person().await;
        let answer = browser.sign_in(PASSWORD).await;
        assert_eq!(answer.location(), "/?done=signed-in", "{}", answer.text);
        browser
    }

    pub(crate) async fn sign_in(&mut self, password: &str) -> Answer {
        let form = [
            ("email", EMAIL),
            ("password", password),
            ("way", "password"),
        ];
        self.post("/login", &form).await
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        let request = self.request(Method::GET, path);
        self.send(request.body(Body::empty()).expect("a request"))
            .await
    }

    /// Requests a part of a page, like htmx.
    pub(crate) async fn get_in_place(&mut self, path: &str) -> Answer {
        let request = self.request(Method::GET, path).header("hx-request", "true");
        self.send(request.body(Body::empty()).expect("a request"))
            .await
    }

    /// Sends a form of this site.
    pub(crate) async fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Answer {
        self.post_from(&format!("http://{HOST_NAME}"), path, form)
            .await
    }

    /// Sends a form from a page of this origin.
    pub(crate) async fn post_from(
        &mut self,
        origin: &str,
        path: &str,
        form: &[(&str, &str)],
    ) -> Answer {
        let request = self.request(Method::POST, path).header(ORIGIN, origin);
        let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(encoded(form))).expect("a request"))
            .await
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> http::request::Builder {
        let cookies = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"));
        let peer = SocketAddr::new(self.address, 50_000);
        Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, HOST_NAME)
            .header(COOKIE, cookies.collect::<Vec<_>>().join("; "))
            .extension(ConnectInfo(peer))
    }

    pub(crate) async fn send(&mut self, request: Request<Body>) -> Answer {
        let response = self.site.clone().oneshot(request).await.expect("an answer");
        let (parts, body) = response.into_parts();
        for cookie in parts.headers.get_all(SET_COOKIE) {
            self.keep(cookie);
        }
        let bytes = body.collect().await.expect("a whole body").to_bytes();
        Answer {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }

    /// Stores a cookie, or deletes it if it is empty.
    pub(crate) fn keep(&mut self, cookie: &HeaderValue) {
        let cookie = cookie.to_str().expect("text");
        let (name, rest) = cookie.split_once('=').expect("a pair");
        match rest.split(';').next().unwrap_or_default() {
            "" => self.cookies.remove(name),
            value => self.cookies.insert(name.to_owned(), value.to_owned()),
        };
    }

    pub(crate) fn cookie(&self, name: &str) -> String {
        self.cookies.get(name).cloned().unwrap_or_default()
    }
}

pub(crate) fn encoded(form: &[(&str, &str)]) -> String {
    let escape = |text: &str| -> String {
        let bytes = text.bytes().map(|byte| format!("%{byte:02X}"));
        bytes.collect()
    };
    let pairs = form
        .iter()
        .map(|(name, value)| format!("{}={}", escape(name), escape(value)));
    pairs.collect::<Vec<_>>().join("&")
}
