//! The auth server without a browser: what each page answers, and what it never does.
//!
//! What people see and do there is walked by Chromium (`cargo xtask test Chromium`).

#![allow(clippy::expect_used, reason = "tests may, in their helpers, too")]

#[path = "../examples/auth_server/site.rs"]
#[allow(dead_code, unused_imports, reason = "the tests have no real pool")]
mod site;

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use cognito::Clock;
use cognito_emulator::{Client, Emulator, EmulatorBuilder, Fault, MfaMode, totp_code};
use cognito_testkit::{FixedClock, LogCapture};
use http::header::{
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, COOKIE, HOST, LOCATION, ORIGIN, SET_COOKIE,
};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tower::ServiceExt;

use site::stage::on;
use site::{App, Settings, emulated, router, serve};

const HOST_NAME: &str = "localhost:3000";
const EMAIL: &str = "user@example.com";
const PASSWORD: &str = "SecurePass123!";

/// A browser without pictures and scripts: it keeps cookies and fills in forms.
struct Browser {
    site: Router,
    emulator: Arc<Emulator>,
    clock: FixedClock,
    cookies: BTreeMap<String, String>,
    /// Where it stands.
    address: IpAddr,
}

/// What a page answered.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Answer {
    fn location(&self) -> &str {
        let header = self.headers.get(LOCATION);
        header.map_or("", |value| value.to_str().expect("an address"))
    }
}

impl Browser {
    async fn start() -> Self {
        let clock = FixedClock::at_unix(1_700_000_000);
        let app = emulated(&Settings::default(), Arc::new(clock.clone()))
            .await
            .expect("the emulator starts");
        Self::at(app, clock)
    }

    /// With somebody who has an account, on another pool.
    async fn on(pool: EmulatorBuilder) -> Self {
        let clock = FixedClock::at_unix(1_700_000_000);
        let pool = pool.clock(Arc::new(clock.clone())).start().await;
        let pool = pool.expect("the emulator starts");
        pool.create_user(EMAIL, PASSWORD, &[]).expect("a person");
        let settings = Settings::default();
        let app = on(&settings, pool, Arc::new(clock.clone())).await;
        Self::at(app.expect("the site starts"), clock)
    }

    fn at(app: App, clock: FixedClock) -> Self {
        Self {
            emulator: Arc::clone(app.emulator.as_ref().expect("an emulator")),
            site: router(app),
            clock,
            cookies: BTreeMap::new(),
            address: IpAddr::V4(Ipv4Addr::LOCALHOST),
        }
    }

    /// With somebody who has an account.
    async fn with_person() -> Self {
        let browser = Self::start().await;
        browser
            .emulator
            .create_user(EMAIL, PASSWORD, &[("name", "John Doe")])
            .expect("a person");
        browser
    }

    /// With somebody who is signed in.
    async fn signed_in() -> Self {
        let mut browser = Self::with_person().await;
        let answer = browser.sign_in(PASSWORD).await;
        assert_eq!(answer.location(), "/?done=signed-in", "{}", answer.text);
        browser
    }

    async fn sign_in(&mut self, password: &str) -> Answer {
        let form = [
            ("email", EMAIL),
            ("password", password),
            ("way", "password"),
        ];
        self.post("/login", &form).await
    }

    async fn get(&mut self, path: &str) -> Answer {
        let request = self.request(Method::GET, path);
        self.send(request.body(Body::empty()).expect("a request"))
            .await
    }

    /// Asks for a part of a page, as htmx does.
    async fn get_in_place(&mut self, path: &str) -> Answer {
        let request = self.request(Method::GET, path).header("hx-request", "true");
        self.send(request.body(Body::empty()).expect("a request"))
            .await
    }

    /// Sends a form of this site's own.
    async fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Answer {
        self.post_from(&format!("http://{HOST_NAME}"), path, form)
            .await
    }

    /// Sends a form that stands on a page of this origin.
    async fn post_from(&mut self, origin: &str, path: &str, form: &[(&str, &str)]) -> Answer {
        let request = self.request(Method::POST, path).header(ORIGIN, origin);
        let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(encoded(form))).expect("a request"))
            .await
    }

    fn request(&self, method: Method, path: &str) -> http::request::Builder {
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

    async fn send(&mut self, request: Request<Body>) -> Answer {
        let response = self.site.clone().oneshot(request).await.expect("an answer");
        let (parts, body) = response.into_parts();
        for cookie in parts.headers.get_all(SET_COOKIE) {
            let (name, rest) = cookie
                .to_str()
                .expect("text")
                .split_once('=')
                .expect("a pair");
            let value = rest.split(';').next().unwrap_or_default();
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let bytes = body.collect().await.expect("a whole body").to_bytes();
        Answer {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }

    fn cookie(&self, name: &str) -> String {
        self.cookies.get(name).cloned().unwrap_or_default()
    }
}

fn encoded(form: &[(&str, &str)]) -> String {
    let escape = |text: &str| -> String {
        let bytes = text.bytes().map(|byte| format!("%{byte:02X}"));
        bytes.collect()
    };
    let pairs = form
        .iter()
        .map(|(name, value)| format!("{}={}", escape(name), escape(value)));
    pairs.collect::<Vec<_>>().join("&")
}

const ANYBODY: [&str; 11] = [
    "/",
    "/sign-up",
    "/confirm",
    "/login",
    "/forgot-password",
    "/reset-password",
    "/inspector",
    "/metrics",
    "/metrics/now",
    "/inbox",
    "/inbox/messages",
];
const SIGNED_IN: [&str; 6] = [
    "/profile",
    "/security",
    "/security/totp",
    "/security/passkeys",
    "/sessions",
    "/account/delete",
];

#[tokio::test]
async fn every_page_answers_and_is_guarded_by_the_same_policy() {
    let mut browser = Browser::signed_in().await;
    for path in ANYBODY.into_iter().chain(SIGNED_IN) {
        let answer = browser.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text);
        assert_eq!(
            answer.headers[CONTENT_SECURITY_POLICY],
            site::CONTENT_SECURITY_POLICY,
            "{path}"
        );
        assert_eq!(
            answer.headers["x-content-type-options"], "nosniff",
            "{path}"
        );
        assert_eq!(answer.headers["cache-control"], "no-store", "{path}");
    }
}

#[tokio::test]
async fn no_page_has_a_script_or_a_style_of_its_own_or_shows_a_token() {
    let mut browser = Browser::signed_in().await;
    let tokens = ["access_token", "id_token", "refresh_token"].map(|name| browser.cookie(name));
    for path in ANYBODY.into_iter().chain(SIGNED_IN) {
        let text = browser.get(path).await.text;
        assert!(
            !text.contains("<style") && !text.contains(" style="),
            "{path}"
        );
        assert!(
            !text.contains("javascript:") && !text.contains(" onclick="),
            "{path}"
        );
        let scripts = text.matches("<script").count();
        assert_eq!(
            scripts,
            text.matches("<script src=\"/assets/").count(),
            "{path}"
        );
        for token in &tokens {
            assert!(
                token.len() > 100 && !text.contains(token.as_str()),
                "{path}"
            );
        }
    }
}

#[tokio::test]
async fn every_page_says_that_it_is_the_emulator() {
    let mut browser = Browser::signed_in().await;
    for path in ["/", "/login", "/profile", "/nowhere"] {
        let text = browser.get(path).await.text;
        assert!(text.contains("nothing leaves this machine"), "{path}");
    }
}

#[tokio::test]
async fn whoever_is_not_signed_in_is_sent_to_the_login_and_back() {
    let mut browser = Browser::with_person().await;
    for path in SIGNED_IN {
        let answer = browser.get(path).await;
        assert_eq!(
            (answer.status, answer.location()),
            (StatusCode::SEE_OTHER, "/login"),
            "{path}"
        );
    }
    browser.get("/sessions").await;
    assert_eq!(browser.sign_in(PASSWORD).await.location(), "/sessions");
}

#[tokio::test]
async fn nobody_is_led_to_another_site_after_the_login() {
    for elsewhere in ["//example.com", "/\\example.com", "https://example.com"] {
        let mut browser = Browser::with_person().await;
        browser
            .cookies
            .insert("site_next".to_owned(), elsewhere.to_owned());
        assert_eq!(
            browser.sign_in(PASSWORD).await.location(),
            "/?done=signed-in",
            "{elsewhere}"
        );
    }
}

#[tokio::test]
async fn forms_of_other_sites_are_refused() {
    let mut browser = Browser::signed_in().await;
    for path in [
        "/profile",
        "/sessions/end-all",
        "/login",
        "/admins/join",
        "/account/delete",
    ] {
        let answer = browser
            .post_from("https://evil.example", path, &[("sure", "yes")])
            .await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
    }
    assert_eq!(browser.get("/profile").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_login_does_not_tell_who_has_an_account() {
    let mut browser = Browser::with_person().await;
    let sign_up = [("email", "unconfirmed@example.com"), ("password", PASSWORD)];
    browser.post("/sign-up", &sign_up).await;
    let mut answers = Vec::new();
    for (email, password) in [
        (EMAIL, "WrongPass123!"),
        ("nobody@example.com", "WrongPass123!"),
        ("unconfirmed@example.com", PASSWORD),
    ] {
        let form = [
            ("email", email),
            ("password", password),
            ("way", "password"),
        ];
        let answer = browser.post("/login", &form).await;
        answers.push((answer.status, answer.text.replace(email, "somebody")));
    }
    assert_eq!(answers[0].0, StatusCode::UNAUTHORIZED);
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0], answers[2]);
}

#[tokio::test]
async fn asking_for_a_code_does_not_tell_who_has_an_account() {
    // This client's pool tells.
    let mut browser = Browser::on(Emulator::builder().client(Client::new("legacy"))).await;
    for path in ["/forgot-password", "/confirm/resend"] {
        let known = browser.post(path, &[("email", EMAIL)]).await;
        let unknown = browser.post(path, &[("email", "nobody@example.com")]).await;
        assert_eq!(known.status, StatusCode::SEE_OTHER, "{path}");
        assert_eq!(known.location(), unknown.location(), "{path}");
    }
}

/// Somebody who has signed up, and has not confirmed it.
const NEWCOMER: &str = "newcomer@example.com";
const STRANGER: &str = "stranger@example.com";

/// A site on a pool that tells who has an account, with somebody who has one and a newcomer.
async fn with_a_pool_that_tells() -> Browser {
    let mut browser = Browser::on(Emulator::builder().client(Client::new("legacy"))).await;
    let form = [("email", NEWCOMER), ("password", PASSWORD)];
    let answer = browser.post("/sign-up", &form).await;
    assert_eq!(answer.location(), "/confirm", "{}", answer.text);
    browser
}

/// What is answered to a form with a code, for each of these people.
async fn answers(browser: &mut Browser, path: &str, people: &[&str]) -> Vec<(StatusCode, String)> {
    let mut answers = Vec::new();
    for email in people {
        let form = [
            ("email", *email),
            ("code", "000000"),
            ("new_password", PASSWORD),
        ];
        let answer = browser.post(path, &form).await;
        answers.push((answer.status, answer.text.replace(email, "somebody")));
    }
    answers
}

#[tokio::test]
async fn a_wrong_code_does_not_tell_who_has_an_account() {
    let mut browser = with_a_pool_that_tells().await;
    let people = [STRANGER, NEWCOMER, EMAIL];
    for path in ["/confirm", "/reset-password"] {
        browser.post("/forgot-password", &[("email", EMAIL)]).await;
        let mut all = answers(&mut browser, path, &people).await;
        browser.clock.advance(Duration::from_secs(48 * 3600));
        all.extend(answers(&mut browser, path, &people).await);
        assert_eq!(all[0].0, StatusCode::BAD_REQUEST, "{path}");
        for answer in &all {
            assert_eq!(*answer, all[0], "{path}");
        }
    }
}

#[tokio::test]
async fn a_limit_of_the_pool_at_a_code_does_not_tell_who_has_an_account() {
    let mut browser = with_a_pool_that_tells().await;
    for (path, operation) in [
        ("/confirm", "ConfirmSignUp"),
        ("/reset-password", "ConfirmForgotPassword"),
    ] {
        let before = answers(&mut browser, path, &[STRANGER]).await;
        for code in ["LimitExceededException", "UserNotConfirmedException"] {
            let fault = Fault::error(operation, code, "failure");
            browser.emulator.inject(fault.times(1));
            let limited = answers(&mut browser, path, &[NEWCOMER]).await;
            assert_eq!(before, limited, "{path} {code}");
        }
    }
}

#[tokio::test]
async fn asking_for_a_code_too_often_does_not_tell_who_has_an_account() {
    let mut browser = with_a_pool_that_tells().await;
    for (path, known) in [("/forgot-password", EMAIL), ("/confirm/resend", NEWCOMER)] {
        for request in 1..=11 {
            let known = browser.post(path, &[("email", known)]).await;
            let unknown = browser.post(path, &[("email", STRANGER)]).await;
            assert_eq!(known.status, StatusCode::SEE_OTHER, "{path} {request}");
            assert_eq!(known.location(), unknown.location(), "{path} {request}");
        }
    }
}

#[tokio::test]
async fn a_code_that_cannot_be_sent_does_not_tell_who_has_an_account() {
    let mut browser = with_a_pool_that_tells().await;
    for (path, operation) in [
        ("/forgot-password", "ForgotPassword"),
        ("/confirm/resend", "ResendConfirmationCode"),
    ] {
        let unknown = browser.post(path, &[("email", STRANGER)]).await;
        for code in [
            "CodeDeliveryFailureException",
            "InvalidEmailRoleAccessPolicyException",
            "InvalidSmsRoleAccessPolicyException",
            "InvalidSmsRoleTrustRelationshipException",
            "PasswordResetRequiredException",
            "UnexpectedLambdaException",
            "UserLambdaValidationException",
        ] {
            let fault = Fault::error(operation, code, "failure");
            browser.emulator.inject(fault.times(1));
            let known = browser.post(path, &[("email", NEWCOMER)]).await;
            assert_eq!(known.location(), unknown.location(), "{path} {code}");
        }
        // What is the same for everybody is said.
        browser
            .emulator
            .inject(Fault::error(operation, "InternalErrorException", "failure"));
        let failed = browser.post(path, &[("email", NEWCOMER)]).await;
        assert!(failed.status.is_server_error(), "{path} {}", failed.status);
    }
}

#[tokio::test]
async fn who_guesses_codes_is_locked_out_and_not_the_account() {
    let mut browser = with_a_pool_that_tells().await;
    let code = browser.emulator.inbox().latest_code(NEWCOMER);
    let code = code.expect("a code");
    let mut last = StatusCode::OK;
    for _ in 0..15 {
        last = answers(&mut browser, "/confirm", &[NEWCOMER]).await[0].0;
        if last == StatusCode::TOO_MANY_REQUESTS {
            break;
        }
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
    browser.address = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7));
    let form = [("email", NEWCOMER), ("code", code.as_str())];
    let right = browser.post("/confirm", &form).await;
    assert_eq!(right.location(), "/login?done=confirmed", "{}", right.text);

    let mut last = StatusCode::OK;
    for _ in 0..15 {
        last = answers(&mut browser, "/reset-password", &[EMAIL]).await[0].0;
        if last == StatusCode::TOO_MANY_REQUESTS {
            break;
        }
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
    browser.address = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let elsewhere = answers(&mut browser, "/reset-password", &[EMAIL]).await;
    assert_eq!(elsewhere[0].0, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn an_expired_access_token_is_bought_anew_without_the_person() {
    let mut browser = Browser::signed_in().await;
    let before = browser.cookie("access_token");
    browser.clock.advance(Duration::from_secs(2 * 3600));
    assert_eq!(browser.get("/profile").await.status, StatusCode::OK);
    assert_ne!(browser.cookie("access_token"), before);
    // A browser that has dropped the old one itself is no different.
    browser.cookies.remove("access_token");
    assert_eq!(browser.get("/profile").await.status, StatusCode::OK);
    assert!(!browser.cookie("access_token").is_empty());
}

#[tokio::test]
async fn an_outage_at_the_renewal_signs_nobody_out() {
    let mut browser = Browser::signed_in().await;
    browser.clock.advance(Duration::from_secs(2 * 3600));
    browser.emulator.inject(Fault::error(
        "GetTokensFromRefreshToken",
        "InternalErrorException",
        "failure",
    ));
    let answer = browser.get("/profile").await;
    assert!(answer.status.is_server_error(), "{}", answer.status);
    assert!(!browser.cookie("refresh_token").is_empty());
    browser.emulator.clear_faults();
    assert_eq!(browser.get("/profile").await.status, StatusCode::OK);
}

#[tokio::test]
async fn after_a_sign_out_everywhere_the_kept_cookies_are_of_no_use() {
    let mut browser = Browser::signed_in().await;
    let kept = browser.cookies.clone();
    let answer = browser.post("/sessions/end-all", &[]).await;
    assert_eq!(
        answer.text.matches(">refused<").count(),
        2,
        "{}",
        answer.text
    );
    assert!(browser.cookie("access_token").is_empty());
    browser.cookies = kept;
    let answer = browser.get("/profile").await;
    assert_eq!(answer.location(), "/login?over=1");
    assert!(
        browser.cookie("refresh_token").is_empty(),
        "they are kept on"
    );
}

#[tokio::test]
async fn a_sign_out_that_cognito_cannot_be_told_clears_the_cookies_and_says_so() {
    for (path, operation) in [
        ("/sessions/end", "RevokeToken"),
        ("/sessions/end-all", "GlobalSignOut"),
    ] {
        let mut browser = Browser::signed_in().await;
        let fault = Fault::error(operation, "InternalErrorException", "failure");
        browser.emulator.inject(fault);
        let answer = browser.post(path, &[]).await;
        assert!(answer.status.is_server_error(), "{path} {}", answer.status);
        assert!(
            answer.text.contains("Only this browser is signed out"),
            "{path}: {}",
            answer.text
        );
        for name in ["access_token", "id_token", "refresh_token"] {
            assert!(browser.cookie(name).is_empty(), "{path}: {name} is kept");
        }
    }
}

#[tokio::test]
async fn whoever_cannot_be_checked_can_sign_out() {
    for path in ["/sessions/end", "/sessions/end-all"] {
        let mut browser = Browser::signed_in().await;
        browser.clock.advance(Duration::from_secs(2 * 3600));
        browser.emulator.inject(Fault::error(
            "GetTokensFromRefreshToken",
            "InternalErrorException",
            "failure",
        ));
        let kept = browser.cookies.clone();
        let answer = browser.post(path, &[]).await;
        for name in ["access_token", "id_token", "refresh_token"] {
            assert!(browser.cookie(name).is_empty(), "{path}: {name} is kept");
        }
        browser.emulator.clear_faults();
        browser.cookies = kept;
        let again = browser.get("/profile").await;
        // The refresh token is revoked, or the page has said that nothing is.
        let is_ended = again.location() == "/login?over=1";
        let is_told = answer.text.contains("Only this browser is signed out");
        assert_eq!(is_ended, path == "/sessions/end", "{path}: {}", answer.text);
        assert_ne!(is_ended, is_told, "{path}: {}", answer.text);
    }
}

#[tokio::test]
async fn an_outage_is_no_refusal_of_the_old_token() {
    let mut browser = Browser::signed_in().await;
    let fault = Fault::error("GetUser", "InternalErrorException", "failure");
    browser.emulator.inject(fault);
    let answer = browser.post("/sessions/end", &[]).await;
    assert_eq!(answer.status, StatusCode::OK);
    for verdict in [">refused<", ">no verdict<"] {
        let count = answer.text.matches(verdict).count();
        assert_eq!(count, 1, "{verdict}: {}", answer.text);
    }
}

#[tokio::test]
async fn whose_session_is_over_at_cognito_is_signed_out() {
    for (method, path, operation) in [
        (Method::GET, "/profile", "GetUser"),
        (Method::GET, "/security", "GetUserAuthFactors"),
        (Method::GET, "/security/passkeys", "ListWebAuthnCredentials"),
        (Method::POST, "/security/totp", "AssociateSoftwareToken"),
        (Method::POST, "/account/delete", "DeleteUser"),
        (Method::POST, "/sessions/end-all", "GlobalSignOut"),
    ] {
        for (code, message) in [
            ("NotAuthorizedException", "Access Token has been revoked"),
            ("UserNotFoundException", "User does not exist."),
        ] {
            let mut browser = Browser::signed_in().await;
            let fault = Fault::error(operation, code, message);
            browser.emulator.inject(fault);
            let answer = match method {
                Method::GET => browser.get(path).await,
                _ => browser.post(path, &[("sure", "yes")]).await,
            };
            assert_eq!(answer.location(), "/login?over=1", "{path} {code}");
            for name in ["access_token", "id_token", "refresh_token"] {
                assert!(browser.cookie(name).is_empty(), "{path} {code}: {name}");
            }
        }
    }
}

/// The addresses that only take forms.
const FORMS_ONLY: [&str; 15] = [
    "/admins/join",
    "/admins/leave",
    "/confirm/resend",
    "/inbox/invite",
    "/login/cancel",
    "/login/step/enroll",
    "/profile/verify",
    "/profile/verify/send",
    "/security/passkeys/complete",
    "/security/passkeys/delete",
    "/security/password",
    "/security/preference",
    "/security/totp/confirm",
    "/sessions/end",
    "/sessions/end-all",
];

/// Where the link with this text leads.
fn link(text: &str, label: &str) -> String {
    let before = text.split(&format!("\">{label}</a>")).next();
    let path = before.and_then(|before| before.rsplit("href=\"").next());
    path.expect("a link").to_owned()
}

#[tokio::test]
async fn an_address_for_forms_says_so_and_leads_to_the_form() {
    let mut browser = Browser::signed_in().await;
    for path in FORMS_ONLY {
        let answer = browser.get(path).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
        assert_eq!(answer.headers["allow"], "POST", "{path}");
        let page = link(&answer.text, "To the form");
        let status = browser.get(&page).await.status;
        assert!(
            !status.is_server_error()
                && status != StatusCode::METHOD_NOT_ALLOWED
                && status != StatusCode::NOT_FOUND,
            "{path}: {page} answers {status}"
        );
    }
}

#[tokio::test]
async fn try_again_leads_to_a_page() {
    for path in ["/admins/join", "/profile/verify/send", "/security/password"] {
        let mut browser = Browser::signed_in().await;
        browser.clock.advance(Duration::from_secs(2 * 3600));
        let fault = Fault::error(
            "GetTokensFromRefreshToken",
            "InternalErrorException",
            "failure",
        );
        browser.emulator.inject(fault);
        let failed = browser.post(path, &[]).await;
        assert!(failed.status.is_server_error(), "{path} {}", failed.status);
        browser.emulator.clear_faults();
        let again = browser.get(&link(&failed.text, "Try again")).await.status;
        assert_ne!(again, StatusCode::METHOD_NOT_ALLOWED, "{path}");
        assert_ne!(again, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn under_https_every_cookie_is_for_tls_alone() {
    let clock = FixedClock::at_unix(1_700_000_000);
    let settings = Settings {
        public_url: Some("HTTPS://auth.example.com".to_owned()),
        ..Settings::default()
    };
    let app = emulated(&settings, Arc::new(clock.clone())).await;
    let mut browser = Browser::at(app.expect("the site starts"), clock);
    browser
        .emulator
        .create_user(EMAIL, PASSWORD, &[])
        .expect("a person");
    let wanted = browser.get("/profile").await;
    let forgotten = browser.post("/forgot-password", &[("email", EMAIL)]).await;
    let signed_in = browser.sign_in(PASSWORD).await;
    for answer in [wanted, forgotten, signed_in] {
        let cookies: Vec<_> = answer.headers.get_all(SET_COOKIE).iter().collect();
        assert!(!cookies.is_empty(), "nothing is kept");
        for cookie in cookies {
            let cookie = cookie.to_str().expect("text");
            assert!(cookie.contains("; Secure"), "{cookie}");
        }
    }
}

#[tokio::test]
async fn without_tls_the_site_is_for_this_machine_only() {
    for (url, is_taken) in [
        ("https://auth.example.com", true),
        ("HTTP://LOCALHOST:3000", true),
        ("http://127.0.0.1:3000", true),
        ("http://auth.example.com", false),
        ("http://localhost.example.com", false),
        ("http://192.0.2.7", false),
        ("ftp://localhost", false),
        ("auth.example.com", false),
    ] {
        let clock = FixedClock::at_unix(1_700_000_000);
        let settings = Settings {
            public_url: Some(url.to_owned()),
            ..Settings::default()
        };
        let app = emulated(&settings, Arc::new(clock)).await;
        assert_eq!(app.is_ok(), is_taken, "{url}");
    }
}

#[tokio::test]
async fn requests_under_way_are_answered_before_the_end() {
    let clock = FixedClock::at_unix(1_700_000_000);
    let app = emulated(&Settings::default(), Arc::new(clock)).await;
    let app = app.expect("the emulator starts");
    let emulator = app.emulator.as_ref().expect("an emulator");
    emulator
        .create_user(EMAIL, PASSWORD, &[])
        .expect("a person");
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
    let listener = listener.expect("a port");
    let address = listener.local_addr().expect("an address");
    let (stop, stopped) = oneshot::channel::<()>();
    let server = tokio::spawn(serve(listener, app, async { drop(stopped.await) }));

    let body = encoded(&[("email", EMAIL), ("password", PASSWORD)]);
    let mut browser = TcpStream::connect(address).await.expect("a connection");
    let head = format!(
        "POST /login HTTP/1.1\r\nhost: {address}\r\norigin: http://{address}\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\
         expect: 100-continue\r\n\r\n",
        body.len()
    );
    browser.write_all(head.as_bytes()).await.expect("a head");
    let mut go_on = [0; 25];
    browser.read_exact(&mut go_on).await.expect("an answer");
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");

    // It is under way now, and the rest of it comes after nobody else is let in any more.
    drop(stop);
    while TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    browser.write_all(body.as_bytes()).await.expect("a body");
    let mut answer = String::new();
    browser
        .read_to_string(&mut answer)
        .await
        .expect("an answer");
    assert!(answer.contains("location: /?done=signed-in"), "{answer}");
    server.await.expect("no panic").expect("a good end");
}

#[tokio::test]
async fn the_page_for_admins_is_for_admins() {
    let mut browser = Browser::signed_in().await;
    let refused = browser.get("/admins").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(refused.text.contains("Join the group"));
    assert_eq!(
        browser.post("/admins/join", &[]).await.location(),
        "/admins?done=joined"
    );
    assert_eq!(browser.get("/admins").await.status, StatusCode::OK);
    assert_eq!(
        browser.post("/admins/leave", &[]).await.location(),
        "/admins?done=left"
    );
    assert_eq!(browser.get("/admins").await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_second_factor_that_the_pool_requires_is_set_up_in_the_middle_of_the_sign_in() {
    let pool = Emulator::builder().mfa(MfaMode::On);
    let mut browser = Browser::on(pool).await;
    assert_eq!(browser.sign_in(PASSWORD).await.location(), "/login/step");
    assert!(browser.get("/login/step").await.text.contains("MFA_SETUP"));
    let page = browser.post("/login/step/enroll", &[]).await.text;
    let secret = page.split("id=\"secret\">").nth(1).expect("a secret");
    let secret = secret.split('<').next().expect("an end").replace(' ', "");

    let wrong = browser.post("/login/step", &[("code", "000000")]).await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST, "{}", wrong.text);
    assert!(wrong.text.contains("name=\"code\""), "{}", wrong.text);
    let code = totp_code(&secret, browser.clock.now());
    let right = browser.post("/login/step", &[("code", &code)]).await;
    assert_eq!(right.location(), "/?done=signed-in", "{}", right.text);
}

#[tokio::test]
async fn a_second_factor_without_an_address_is_asked_for_again() {
    let clock = FixedClock::at_unix(1_700_000_000);
    let pool = Emulator::builder().mfa(MfaMode::On).email_mfa(true);
    let pool = pool.clock(Arc::new(clock.clone())).start().await;
    let pool = pool.expect("the emulator starts");
    let app = on(&Settings::default(), pool, Arc::new(clock.clone())).await;
    let app = app.expect("the site starts");
    let admin = app.cognito.admin();
    let created = admin.create_user(EMAIL).without_invitation().await;
    created.expect("a person without an address");
    let user = admin.user(EMAIL);
    user.set_permanent_password(PASSWORD)
        .await
        .expect("a password");
    let mut browser = Browser::at(app.clone(), clock);
    browser.sign_in(PASSWORD).await;
    assert!(browser.get("/login/step").await.text.contains("MFA_SETUP"));
    let empty = browser.post("/login/step", &[("email", "")]).await;
    assert_eq!(empty.status, StatusCode::BAD_REQUEST, "{}", empty.text);
    assert!(
        empty.text.contains("id=\"email-error\"") && !empty.text.contains("name=\"code\""),
        "{}",
        empty.text
    );
    let wrong = browser.post("/login/step", &[("email", "nowhere")]).await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST, "{}", wrong.text);
    assert!(wrong.text.contains("id=\"email-error\""), "{}", wrong.text);
    let sent = browser.post("/login/step", &[("email", EMAIL)]).await;
    assert_eq!(sent.location(), "/login/step", "{}", sent.text);
    let page = browser.get("/login/step").await.text;
    assert!(page.contains("name=\"code\""), "{page}");
}

#[tokio::test]
async fn numbers_do_not_look_live_when_nobody_may_see_them() {
    let clock = FixedClock::at_unix(1_700_000_000);
    let app = emulated(&Settings::default(), Arc::new(clock.clone())).await;
    let mut app = app.expect("the emulator starts");
    let mut browser = Browser::at(app.clone(), clock);
    app.emulator = None;
    browser.site = router(app);
    let nobody = browser.get_in_place("/metrics/now").await;
    assert_eq!(nobody.headers["hx-redirect"], "/login");
    browser
        .cookies
        .insert("access_token".to_owned(), "no token any more".to_owned());
    let ended = browser.get_in_place("/metrics/now").await;
    assert_eq!(ended.headers["hx-redirect"], "/login?over=1");
    browser
        .emulator
        .create_user(EMAIL, PASSWORD, &[])
        .expect("a person");
    browser.sign_in(PASSWORD).await;
    let no_operator = browser.get_in_place("/metrics/now").await;
    assert_eq!(no_operator.status, StatusCode::FORBIDDEN);
    assert_eq!(no_operator.headers["hx-redirect"], "/metrics");
}

#[tokio::test]
async fn on_a_real_pool_there_is_no_inbox_and_nobody_joins_a_group_by_themselves() {
    let clock = FixedClock::at_unix(1_700_000_000);
    let app = emulated(&Settings::default(), Arc::new(clock.clone())).await;
    let mut app = app.expect("the emulator starts");
    let mut browser = Browser::at(app.clone(), clock);
    app.emulator = None;
    browser.site = router(app);
    browser
        .emulator
        .create_user(EMAIL, PASSWORD, &[])
        .expect("a person");
    browser.sign_in(PASSWORD).await;
    assert_eq!(browser.get("/inbox").await.status, StatusCode::NOT_FOUND);
    let joined = browser.post("/admins/join", &[]).await;
    assert_eq!(joined.status, StatusCode::NOT_FOUND);
    assert_eq!(browser.get("/metrics").await.status, StatusCode::FORBIDDEN);
    assert_eq!(
        browser.get("/metrics/now").await.status,
        StatusCode::FORBIDDEN
    );
    let home = browser.get("/").await.text;
    assert!(
        !home.contains("emulator") && !home.contains("/inbox"),
        "{home}"
    );
}

#[tokio::test]
async fn the_inspector_names_the_check_that_refuses() {
    let mut browser = Browser::signed_in().await;
    let (access, id) = (browser.cookie("access_token"), browser.cookie("id_token"));
    let good = browser.post("/inspector", &[("which", "own-access")]).await;
    assert!(
        good.text.contains(">Good<") && good.text.contains("60 min left"),
        "{}",
        good.text
    );
    let (before, after) = access.split_at(access.len() - 10);
    let letter = if after.starts_with('A') { 'B' } else { 'A' };
    let changed = format!("{before}{letter}{}", &after[1..]);
    for (token, reason) in [
        ("no token at all", "Malformed"),
        (id.as_str(), "WrongTokenUse"),
        (changed.as_str(), "InvalidSignature"),
    ] {
        let answer = browser
            .post("/inspector", &[("token", token), ("as", "access")])
            .await;
        assert!(
            answer.text.contains(&format!("id=\"reason\">{reason}<")),
            "{reason}: {}",
            answer.text
        );
    }
    browser.clock.advance(Duration::from_secs(3601));
    let answer = browser
        .post("/inspector", &[("token", &access), ("as", "access")])
        .await;
    assert!(
        answer.text.contains("id=\"reason\">Expired<"),
        "{}",
        answer.text
    );
}

#[tokio::test]
async fn the_clock_cannot_be_moved_unless_it_is_asked_for() {
    let mut browser = Browser::start().await;
    let answer = browser.post("/walk/clock", &[("seconds", "60")]).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn probes_say_how_the_service_is() {
    let mut browser = Browser::signed_in().await;
    assert_eq!(browser.get("/livez").await.text, "ok\n");
    let ready = browser.get("/readyz").await;
    assert_eq!(ready.status, StatusCode::OK);
    let health: serde_json::Value = serde_json::from_str(&ready.text).expect("JSON");
    assert_eq!(health["status"], "healthy");
}

#[tokio::test]
async fn files_are_asked_for_again_and_not_sent_again() {
    let mut browser = Browser::start().await;
    let style = browser.get("/assets/style.css").await;
    assert_eq!(style.headers[CONTENT_TYPE], "text/css; charset=utf-8");
    let request = browser.request(Method::GET, "/assets/style.css");
    let request = request.header("if-none-match", &style.headers["etag"]);
    let again = browser
        .send(request.body(Body::empty()).expect("a request"))
        .await;
    assert_eq!(
        (again.status, again.text.len()),
        (StatusCode::NOT_MODIFIED, 0)
    );
    assert_eq!(
        browser.get("/assets/../main.rs").await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn what_people_type_is_shown_as_text() {
    let mut browser = Browser::start().await;
    let form = [("email", "\"><script>alert(1)</script>"), ("password", "")];
    let answer = browser.post("/sign-up", &form).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(!answer.text.contains("<script>alert"), "{}", answer.text);
}

#[tokio::test(flavor = "current_thread")]
async fn no_secret_and_no_address_is_logged() {
    let logs = LogCapture::start();
    let mut browser = Browser::start().await;
    browser
        .post("/sign-up", &[("email", EMAIL), ("password", PASSWORD)])
        .await;
    let code = browser.emulator.inbox().latest_code(EMAIL).expect("a code");
    let confirmed = browser
        .post("/confirm", &[("email", EMAIL), ("code", &code)])
        .await;
    assert_eq!(confirmed.location(), "/login?done=confirmed");
    browser.sign_in("WrongPass123!").await;
    browser.sign_in(PASSWORD).await;
    let tokens = ["access_token", "id_token", "refresh_token"].map(|name| browser.cookie(name));
    browser.get("/profile").await;
    browser.post("/sessions/end", &[]).await;
    assert!(logs.text().contains("SignUp"), "nothing was heard");
    let [access, id, refresh] = &tokens;
    logs.assert_free_of(&[EMAIL, PASSWORD, "WrongPass123!", &code, access, id, refresh]);
}
