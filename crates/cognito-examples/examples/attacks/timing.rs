//! Simulates attackers who measure response times to find out which accounts exist.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, State};
use axum::response::{IntoResponse, Response};
use cognito::attempt::{AttemptGuard, AttemptPolicy, Purpose};
use cognito::clock::SystemClock;
use cognito::config::PoolConfig;
use cognito::store::MemoryStore;
use cognito::{Cognito, CognitoBuilder, SignInFlow};
use cognito_axum::AuthRoutes;
use cognito_emulator::{Client, Emulator};
use http::header::{CONTENT_TYPE, HOST, ORIGIN};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tower::ServiceExt;

use super::distribution::{distance, median, noise};
use super::{Figure, Size};
use crate::site;

const EXISTS: &str = "u-exists@example.com";
const NOBODY: &str = "u-nobody@example.com";
const PASSWORD: &str = "SecurePass123!";
const WRONG: &str = "WrongPass123!";

/// The number of request pairs that are sent before the measurement starts.
const WARM_UP: u32 = 16;

/// The additional response time of the simulated Cognito server for an unknown user.
///
/// If the library does not round up response times, the measurement must detect this difference. If
/// the library rounds them up, the measurement must not detect it.
const SLOWER: Duration = Duration::from_micros(250);

/// The application that the attacker calls: the routes of `cognito-axum`, or the site of the
/// example `auth_server`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Edge {
    Routes,
    Site,
}

/// The settings of one measurement of response times.
pub(crate) struct Trial {
    edge: Edge,
    path: &'static str,
    flow: SignInFlow,
    /// `true` if Cognito hides that a user does not exist (`PreventUserExistenceErrors`).
    hides: bool,
    /// `true` if the library rounds up the duration of requests that must not reveal whether a user
    /// exists. By default, the library does this. `false` if the trial measures the library's own
    /// time, because rounding would hide a difference.
    is_rounded: bool,
    /// How much longer the simulated Cognito server takes to respond for an unknown user.
    slower: Duration,
}

impl Trial {
    const fn routes(path: &'static str, hides: bool) -> Self {
        let (edge, flow) = (Edge::Routes, SignInFlow::UserSrp);
        Self {
            edge,
            path,
            flow,
            hides,
            is_rounded: false,
            slower: Duration::ZERO,
        }
    }

    const fn site(path: &'static str, hides: bool) -> Self {
        let mut trial = Self::routes(path, hides);
        trial.edge = Edge::Site;
        trial
    }

    const fn rounded(mut self) -> Self {
        self.is_rounded = true;
        self
    }

    const fn slower(mut self, slower: Duration) -> Self {
        self.slower = slower;
        self
    }

    const fn flow(mut self, flow: SignInFlow) -> Self {
        self.flow = flow;
        self
    }
}

/// The trials in which the attacker signs in with a wrong password.
pub(crate) const SIGN_IN: &[Trial] = &[
    Trial::routes("login", true),
    Trial::routes("login", false),
    Trial::routes("login", true).flow(SignInFlow::UserPassword),
    Trial::routes("login", false).flow(SignInFlow::UserPassword),
    Trial::site("login", true),
    Trial::site("login", false),
];

/// The trials in which the attacker requests a code or enters a wrong code. In the first trial, the
/// simulated Cognito server sends the same response for both users. In all other trials, its
/// responses differ, so the AWS SDK and the library run different code. In the last trial, the
/// server also takes longer for an unknown user. Rounding must hide the difference in time.
pub(crate) const CODES: &[Trial] = &[
    Trial::routes("forgot-password", true),
    Trial::routes("forgot-password", false).rounded(),
    Trial::routes("resend-code", false).rounded(),
    Trial::routes("confirm", false),
    Trial::routes("reset-password", false),
    Trial::site("forgot-password", false).rounded(),
    Trial::routes("forgot-password", false)
        .rounded()
        .slower(SLOWER),
];

/// The trials in which the measurement must detect a difference between an existing and an unknown
/// user. The simulated Cognito server takes longer for an unknown user, and the library does not
/// round up response times.
const CONTROLS: &[Trial] = &[
    Trial::routes("forgot-password", true).slower(SLOWER),
    Trial::routes("forgot-password", false).slower(SLOWER),
];

/// Simulates an attacker who compares response times for an existing and an unknown user. Instead
/// of Cognito, the library calls a simulated server with fixed responses. If `hides` of a trial is
/// `true`, this server sends the same response for both users. Returns the Kolmogorov-Smirnov
/// distance of each trial.
pub(crate) async fn of_the_library(size: Size, trials: &[Trial]) -> Vec<Figure> {
    let mut figures = Vec::new();
    for trial in trials {
        let (what, distance) = with_ready_responses(trial, size).await;
        figures.push(Figure::new(what, distance, bound(size)));
    }
    figures
}

/// Measures the [`CONTROLS`]: trials in which the response times for an existing and an unknown
/// user differ. They show that the measurement can detect such a difference. Returns the
/// Kolmogorov-Smirnov distance of each control.
///
/// With [`Size::Full`], the distance of each control must be at least the result of [`bound`],
/// which is the maximum for the trials of [`of_the_library`]. With [`Size::Reduced`], the controls
/// have no bound.
pub(crate) async fn controls(size: Size) -> Vec<Figure> {
    let mut figures = Vec::new();
    for trial in CONTROLS {
        let (what, distance) = with_ready_responses(trial, size).await;
        let least = match size {
            Size::Full => bound(size),
            Size::Reduced => 0.0,
        };
        figures.push(Figure::at_least(what, distance, least));
    }
    figures
}

async fn with_ready_responses(trial: &Trial, size: Size) -> (String, f64) {
    let endpoint = canned(trial).await;
    let pool = PoolConfig::new(
        "us-east-1_Example01".parse().expect("an id"),
        "exampleclient".parse().expect("an id"),
    );
    let target = target(trial, pool, &endpoint).await;
    measured(trial, &target, size).await
}

/// Simulates the attacker of [`of_the_library`] with the emulator in place of Cognito. Returns the
/// Kolmogorov-Smirnov distance of each trial.
///
/// A trial whose field `hides` is `false` has no maximum distance: the emulator sends messages only
/// to existing users, so its response times for an existing and an unknown user differ.
pub(crate) async fn with_the_emulator(size: Size) -> Vec<Figure> {
    let mut figures = Vec::new();
    for trial in [
        Trial::routes("login", true),
        Trial::routes("login", true).flow(SignInFlow::UserPassword),
        Trial::routes("login", false),
        Trial::routes("forgot-password", false),
        Trial::routes("resend-code", false),
    ] {
        let client = Client::new("web").prevent_user_existence_errors(trial.hides);
        let emulator = Emulator::builder().attempt_limits(false).client(client);
        let emulator = emulator.start().await.expect("the emulator starts");
        let pool = PoolConfig::new(
            emulator.user_pool_id().parse().expect("an id"),
            emulator.client_id().parse().expect("an id"),
        );
        if trial.path == "resend-code" {
            let cognito = unlimited(pool.clone(), emulator.endpoint());
            let cognito = cognito.build().await.expect("the facade is built");
            cognito.sign_up(EXISTS, PASSWORD).await.expect("a user");
        } else {
            let created = emulator.create_user(EXISTS, PASSWORD, &[]);
            created.expect("a user");
        }
        let target = target(&trial, pool, emulator.endpoint()).await;
        let (what, distance) = measured(&trial, &target, size).await;
        let bound = if trial.hides { bound(size) } else { 1.0 };
        figures.push(Figure::new(what, distance, bound));
    }
    figures
}

/// Sends the same request for an existing and an unknown user alternately, so that the load of the
/// host affects both users equally. The order within a pair alternates too. Returns a description
/// of the trial, and the Kolmogorov-Smirnov distance between the response times of the two users.
async fn measured(trial: &Trial, target: &Router, size: Size) -> (String, f64) {
    let pairs = pairs(size);
    let (mut exists, mut nobody) = (Vec::new(), Vec::new());
    for number in 0..WARM_UP + pairs {
        let first = number % 2;
        for turn in [first, 1 - first] {
            let (user, times) = match turn {
                0 => (EXISTS, &mut exists),
                _ => (NOBODY, &mut nobody),
            };
            // A new address each time, so that its budgets are unused.
            let [_, high, middle, low] = (2 * number + turn).to_be_bytes();
            let peer = [198 + (high & 1), 18, middle, low];
            let request = request(trial, user, peer);
            let start = Instant::now();
            let response = target.clone().oneshot(request).await.expect("a response");
            let (parts, body) = response.into_parts();
            drop(body.collect().await.expect("a body"));
            let elapsed = start.elapsed();
            let path = trial.path;
            assert!(
                parts.status != StatusCode::TOO_MANY_REQUESTS && parts.status.as_u16() < 500,
                "{path}: the status {} is not that of a complete attempt",
                parts.status
            );
            if number >= WARM_UP {
                times.push(elapsed);
            }
        }
    }
    let distance = distance(&mut exists, &mut nobody);
    let medians = [median(&exists), median(&nobody)].map(|time| time.as_secs_f64() * 1e6);
    let what = described(trial, medians);
    // Three digits: the rest is noise.
    (what, (distance * 1e3).round() / 1e3)
}

fn described(trial: &Trial, [exists, nobody]: [f64; 2]) -> String {
    let edge = match trial.edge {
        Edge::Routes => "routes",
        Edge::Site => "site",
    };
    let flow = match (trial.path, trial.flow) {
        ("login", SignInFlow::UserSrp) => " with SRP",
        ("login", _) => " with the password",
        _ => "",
    };
    let pool = if trial.hides { "hides" } else { "reveals" };
    let rounded = if trial.is_rounded { ", rounded up" } else { "" };
    let slower = match trial.slower.as_micros() {
        0 => String::new(),
        micros => format!(", a server {micros} µs slower for one"),
    };
    let path = trial.path;
    format!(
        "{edge}, {path}{flow}, the pool {pool} users{slower}{rounded}, medians {exists:.0} and \
         {nobody:.0} µs: Kolmogorov-Smirnov distance (of 1)"
    )
}

fn pairs(size: Size) -> u32 {
    size.of(4, 800)
}

/// Returns the upper bound for the Kolmogorov-Smirnov distance of a trial. At the reduced size, a
/// few requests prove nothing, so the bound is 1: no distance is larger.
fn bound(size: Size) -> f64 {
    match size {
        Size::Full => noise(pairs(size)),
        Size::Reduced => 1.0,
    }
}

/// Returns the application that a trial calls. The application calls `endpoint` instead of Cognito.
async fn target(trial: &Trial, pool: PoolConfig, endpoint: &str) -> Router {
    let mut cognito = unlimited(pool, endpoint).sign_in_flow(trial.flow);
    if !trial.is_rounded {
        cognito = cognito.response_step(Duration::ZERO);
    }
    match trial.edge {
        Edge::Routes => {
            let cognito = cognito.build().await.expect("the facade is built");
            AuthRoutes::new(cognito).into_router()
        }
        Edge::Site => {
            let settings = site::Settings::default();
            let clock = Arc::new(SystemClock::new());
            let app = site::stage::app(&settings, cognito, clock).await;
            site::router(app.expect("the site starts"))
        }
    }
}

/// Creates a builder for a `Cognito` client without attempt limits, so that every request is
/// processed completely.
fn unlimited(pool: PoolConfig, endpoint: &str) -> CognitoBuilder {
    let clock = Arc::new(SystemClock::new());
    let store = Arc::new(MemoryStore::new(Arc::clone(&clock) as _));
    let policy = AttemptPolicy::passwords()
        .with_per_address(1_000_000)
        .with_per_user(1_000_000)
        .with_per_user_and_address(1_000_000);
    let mut guard = AttemptGuard::builder(store, clock);
    for purpose in [
        Purpose::SignIn,
        Purpose::ConfirmSignUp,
        Purpose::ResetPassword,
    ] {
        guard = guard.policy_for(purpose, policy);
    }
    let guard = guard.build().expect("the policy is valid");
    let cognito = Cognito::builder().config(pool).emulator(endpoint);
    cognito.attempt_guard(guard)
}

fn request(trial: &Trial, user: &str, peer: [u8; 4]) -> Request<Body> {
    let peer = ConnectInfo(SocketAddr::from((peer, 50_000)));
    let request = match trial.edge {
        Edge::Routes => {
            let body = match trial.path {
                "login" => json!({"email": user, "password": WRONG}),
                "confirm" => json!({"email": user, "code": "000000"}),
                "reset-password" => {
                    json!({"email": user, "code": "000000", "newPassword": "EvenBetter456!"})
                }
                _ => json!({"email": user}),
            };
            Request::post(format!("/auth/{}", trial.path))
                .header(CONTENT_TYPE, "application/json")
                .body(Body::from(body.to_string()))
        }
        Edge::Site => {
            let user = user.replace('@', "%40");
            let form = format!("email={user}&password={WRONG}&way=password");
            Request::post(format!("/{}", trial.path))
                .header(HOST, "localhost:3000")
                .header(ORIGIN, "http://localhost:3000")
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(Body::from(form.replace('!', "%21")))
        }
    };
    let mut request = request.expect("a request");
    request.extensions_mut().insert(peer);
    request
}

/// A simulated Cognito server with fixed responses.
#[derive(Clone)]
struct Canned {
    hides: bool,
    slower: Duration,
    challenge: Bytes,
    delivery: Bytes,
    wrong_password: Bytes,
    wrong_code: Bytes,
    not_found: Bytes,
}

/// Starts a simulated Cognito server with fixed responses, and returns its URL.
async fn canned(trial: &Trial) -> String {
    let bytes = |value: Value| Bytes::from(value.to_string());
    let failure = |name: &str, message: &str| bytes(json!({"__type": name, "message": message}));
    let user_id = "11111111-2222-4333-8444-555555555555";
    let responses = Canned {
        hides: trial.hides,
        slower: trial.slower,
        challenge: bytes(json!({
            "ChallengeName": "PASSWORD_VERIFIER",
            "ChallengeParameters": {
                "SALT": "5b".repeat(16),
                "SECRET_BLOCK": "AAAA".repeat(256),
                "SRP_B": "5b".repeat(384),
                "USERNAME": user_id,
                "USER_ID_FOR_SRP": user_id,
            },
        })),
        delivery: bytes(json!({"CodeDeliveryDetails": {
            "AttributeName": "email", "DeliveryMedium": "EMAIL", "Destination": "u***@e***",
        }})),
        wrong_password: failure("NotAuthorizedException", "Incorrect username or password."),
        wrong_code: failure(
            "CodeMismatchException",
            "Invalid verification code provided, please try again.",
        ),
        not_found: failure("UserNotFoundException", "User does not exist."),
    };
    let router = Router::new().fallback(respond).with_state(responses);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

async fn respond(State(canned): State<Canned>, headers: HeaderMap, body: Bytes) -> Response {
    let target = headers.get("x-amz-target");
    let target = target.and_then(|target| target.to_str().ok());
    let operation = target.and_then(|target| target.rsplit('.').next());
    let operation = operation.unwrap_or_default();
    // Searched in both cases, so that the cost is the same.
    let names_nobody = body.windows(NOBODY.len()).any(|it| it == NOBODY.as_bytes());
    let ready_at = match names_nobody {
        true => Instant::now() + canned.slower,
        false => Instant::now(),
    };
    let is_not_found = names_nobody && !canned.hides && operation != "RespondToAuthChallenge";
    let is_proof = body.windows(5).any(|it| it == b"SRP_A");
    let (error, body) = match operation {
        _ if is_not_found => ("UserNotFoundException:", canned.not_found),
        "InitiateAuth" if is_proof => ("", canned.challenge),
        "InitiateAuth" | "RespondToAuthChallenge" => {
            ("NotAuthorizedException:", canned.wrong_password)
        }
        "ForgotPassword" | "ResendConfirmationCode" => ("", canned.delivery),
        _ => ("CodeMismatchException:", canned.wrong_code),
    };
    // A timer has a resolution of a millisecond.
    while Instant::now() < ready_at {
        std::hint::spin_loop();
    }
    let headers = [
        (CONTENT_TYPE.as_str(), "application/x-amz-json-1.1"),
        ("x-amzn-requestid", "11111111-2222-4333-8444-666666666666"),
    ];
    match error {
        "" => (headers, body).into_response(),
        // Cognito names the exception in a header, too.
        error => {
            let named = [("x-amzn-errortype", error)];
            (StatusCode::BAD_REQUEST, headers, named, body).into_response()
        }
    }
}
