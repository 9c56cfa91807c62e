//! The spans of a trace: which operations and calls to AWS it shows, and what they contain.

use std::time::Duration;

use async_trait::async_trait;
use cognito::verifier::JwksSource;
use cognito::{Challenge, ErrorKind};
use cognito_emulator::Fault;
use cognito_jwt::SourceError;
use cognito_testkit::{CapturedSpan, LogCapture, Recorded, RecordingSink, TraceCapture};
use cognito_tower::Guard;
use futures_util::FutureExt;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};
use tracing_subscriber::layer::SubscriberExt;

use crate::fixture::{EMAIL, Fixture, PASSWORD, challenge, complete, refused};
use crate::refreshing::concurrent;
use crate::scenarios::mfa::{next_code, with_totp};

/// Returns one line for each span: its parent, its name, and the spans that it is linked to.
fn lines(spans: &[CapturedSpan]) -> Vec<String> {
    let line = |span: &CapturedSpan| {
        let parent = span.parent.as_deref().map(|parent| format!("{parent} > "));
        let links = span.links.iter().map(|link| format!(" ~ {link}"));
        let links: String = links.collect();
        format!("{}{}{links}", parent.unwrap_or_default(), span.name)
    };
    spans.iter().map(line).collect()
}

fn calls_to_aws(spans: &[CapturedSpan]) -> Vec<&CapturedSpan> {
    let is_call = |span: &&CapturedSpan| span.name.starts_with("CognitoIdentityProvider.");
    spans.iter().filter(is_call).collect()
}

#[tokio::test]
async fn login_with_mfa_is_two_operations() {
    let fixture = Fixture::ours().await;
    let secret = with_totp(&fixture).await;
    let trace = TraceCapture::start();
    let login = fixture.cognito.login(EMAIL, PASSWORD).await.unwrap();
    let Challenge::SoftwareTokenMfa(mfa) = challenge(login) else {
        panic!("a TOTP challenge was expected");
    };
    let code = next_code(&fixture, &secret);
    let tokens = complete(fixture.cognito.respond(mfa.code(&code)).await.unwrap());
    let spans = trace.spans();
    assert_eq!(
        lines(&spans),
        [
            "cognito InitiateAuth",
            "cognito InitiateAuth > CognitoIdentityProvider.InitiateAuth",
            "cognito InitiateAuth > CognitoIdentityProvider.RespondToAuthChallenge",
            "cognito RespondToAuthChallenge",
            "cognito RespondToAuthChallenge > CognitoIdentityProvider.RespondToAuthChallenge",
        ]
    );
    for call in calls_to_aws(&spans) {
        assert!(call.is_closed);
        for (field, value) in [
            ("otel.kind", "client"),
            ("rpc.system", "aws-api"),
            ("rpc.service", "CognitoIdentityProvider"),
            ("cloud.region", "us-east-1"),
            ("http.response.status_code", "200"),
        ] {
            assert_eq!(call.field(field), Some(value), "{} {field}", call.name);
        }
        let id = call.field("aws.request_id").unwrap();
        assert!(id.len() > 30, "{id}");
        assert!(
            call.field("cognito.attempts")
                .unwrap()
                .starts_with("200 after ")
        );
        assert_eq!(call.field("error.type"), None);
    }
    let shown = format!("{spans:?}");
    for hidden in [
        EMAIL,
        "example.com",
        PASSWORD,
        code.as_str(),
        secret.expose(),
        tokens.access_token.expose(),
        tokens.refresh_token.expose(),
    ] {
        assert!(!shown.contains(hidden), "{hidden}");
    }
}

#[tokio::test]
async fn shared_refresh_is_one_call_with_links() {
    let fixture = Fixture::ours().await;
    let old = fixture.signed_in().await;
    let trace = TraceCapture::start();
    let all = (0..10).map(|_| async { fixture.cognito.refresh(&old.refresh_token).await });
    let all = concurrent(&fixture, "GetTokensFromRefreshToken", all).await;
    assert!(all.iter().all(Result::is_ok));
    let operation = "cognito GetTokensFromRefreshToken";
    let call = format!("{operation} > CognitoIdentityProvider.GetTokensFromRefreshToken");
    let mut expected = vec![operation.to_owned(), call];
    expected.resize(11, format!("{operation} ~ {operation}"));
    assert_eq!(lines(&trace.spans()), expected);
}

fn bearer(token: &str) -> HeaderMap {
    let value = HeaderValue::try_from(format!("Bearer {token}")).unwrap();
    HeaderMap::from_iter([(AUTHORIZATION, value)])
}

#[tokio::test]
async fn guarded_request_shows_verification_and_fetch() {
    let fixture = Fixture::ours_with(|emulator| emulator, |cognito| cognito.token_cache(100)).await;
    let tokens = fixture.signed_in().await;
    let guard = Guard::access(fixture.cognito.clone());
    let request = bearer(tokens.access_token.expose());
    let trace = TraceCapture::start();
    guard.authenticate(&request).await.unwrap();
    let spans = trace.spans();
    assert_eq!(
        lines(&spans),
        ["verify token ~ fetch signing keys", "fetch signing keys"]
    );
    assert_eq!(spans[0].field("cognito.token_use"), Some("access"));
    let url = spans[1].field("url.full").unwrap();
    assert!(url.ends_with("/.well-known/jwks.json"), "{url}");
    // The token is now in the token cache, so nothing is verified.
    guard.authenticate(&request).await.unwrap();
    assert_eq!(trace.spans().len(), 2);
    // A forged token is verified with the cached keys.
    let token = tokens.access_token.expose();
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let other = if signature.starts_with('A') { "B" } else { "A" };
    let forged = format!("{signed}.{other}{}", &signature[1..]);
    guard.authenticate(&bearer(&forged)).await.unwrap_err();
    let spans = trace.spans();
    assert_eq!(lines(&spans[2..]), ["verify token"]);
    assert_eq!(spans[2].field("error.type"), Some("InvalidSignature"));
}

/// A source that never responds and has no deadline.
#[derive(Debug)]
struct HangingSource;

#[async_trait]
impl JwksSource for HangingSource {
    async fn fetch(&self, _jwks_uri: &str) -> Result<Vec<u8>, SourceError> {
        std::future::pending().await
    }
}

#[tokio::test]
async fn aborted_fetch_has_error_status() {
    let fixture = Fixture::ours_with(
        |emulator| emulator,
        |cognito| cognito.jwks_source(HangingSource),
    )
    .await;
    let tokens = fixture.signed_in().await;
    let verify = || {
        let access = tokens.access_token.expose();
        fixture.cognito.verify_access_token(access)
    };
    let trace = TraceCapture::start();
    let fetches = || {
        let spans = trace.spans().into_iter();
        let fetches = spans.filter(|span| span.name == "fetch signing keys");
        fetches.collect::<Vec<_>>()
    };
    assert!(verify().now_or_never().is_none());
    tokio::task::yield_now().await;
    let [open] = &fetches()[..] else {
        panic!("one fetch was expected");
    };
    assert_eq!(open.field("otel.status_code"), None);
    // The next caller aborts the fetch, and starts another one.
    fixture.pass(Duration::from_secs(30));
    assert!(verify().now_or_never().is_none());
    while !fetches()[0].is_closed {
        tokio::task::yield_now().await;
    }
    let aborted = &fetches()[0];
    assert_eq!(aborted.field("error.type"), Some("canceled"));
    assert_eq!(aborted.field("otel.status_code"), Some("ERROR"));
}

#[tokio::test]
async fn retries_are_in_span_error_and_log() {
    let fixture = Fixture::ours().await;
    let tokens = fixture.signed_in().await;
    let account = fixture.cognito.account(&tokens.access_token);
    let fault = Fault::error("GetUser", "TooManyRequestsException", "Rate exceeded");
    fixture.emulator().inject(fault.times(3)).unwrap();
    let (trace, logs) = (TraceCapture::start(), LogCapture::start());
    let both = tracing_subscriber::registry()
        .with(trace.layer())
        .with(logs.layer());
    let _both = tracing::subscriber::set_default(both);
    let error = account.details().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Throttled);
    assert_eq!(error.attempts().len(), 3);
    assert!(error.attempts().iter().all(|it| it.status == Some(400)));
    let spans = trace.spans();
    let call = calls_to_aws(&spans)[0];
    for (field, value) in [
        ("http.request.resend_count", "2"),
        ("http.response.status_code", "400"),
        ("error.type", "TooManyRequestsException"),
        ("otel.status_code", "ERROR"),
    ] {
        assert_eq!(call.field(field), Some(value), "{field}");
    }
    assert_eq!(
        spans[0].field("error.type"),
        Some("TooManyRequestsException")
    );
    assert_eq!(spans[0].field("aws.request_id"), error.request_id());
    let text = logs.text();
    let line = text.lines().find(|line| line.contains("=failed")).unwrap();
    assert!(line.starts_with("WARN cognito::operation"), "{line}");
    for shown in [
        "operation=GetUser",
        "attempts=3",
        "400 (throttled) after ",
        ", waited ",
    ] {
        assert!(line.contains(shown), "{shown}: {line}");
    }
}

#[tokio::test]
async fn user_is_traced_only_on_request() {
    for is_traced in [false, true] {
        let fixture = Fixture::ours_with(
            |emulator| emulator,
            |cognito| cognito.trace_users(is_traced),
        )
        .await;
        let trace = TraceCapture::start();
        for name in ["ann@example.com", "amy@example.com", "ann@example.com"] {
            refused(fixture.cognito.login(name, PASSWORD).await);
        }
        let spans = trace.spans();
        let operations = spans
            .iter()
            .filter(|span| span.name == "cognito InitiateAuth");
        let hashes: Vec<_> = operations.map(|span| span.field("user.hash")).collect();
        match is_traced {
            false => assert_eq!(hashes, [None; 3]),
            true => {
                assert!(hashes[0].is_some() && hashes[0] == hashes[2], "{hashes:?}");
                assert_ne!(hashes[0], hashes[1]);
            }
        }
        assert!(!format!("{spans:?}").contains("example.com"));
    }
}

#[tokio::test]
async fn log_tells_users_with_same_mask_apart() {
    let fixture = Fixture::ours().await;
    let logs = LogCapture::start();
    for name in ["ann@example.com", "amy@example.com", "ann@example.com"] {
        refused(fixture.cognito.login(name, PASSWORD).await);
    }
    let text = logs.text();
    let user = |line: &str| {
        let (_, rest) = line.split_once("user=a***@*** #").unwrap();
        rest[..8].to_owned()
    };
    let lines = text.lines().filter(|line| line.contains("=rejected"));
    let users: Vec<_> = lines.map(user).collect();
    assert!(users[0] == users[2] && users[0] != users[1], "{users:?}");
}

#[tokio::test]
async fn rejected_request_is_event_and_log_line() {
    let sink = RecordingSink::new();
    let ours = sink.clone();
    let fixture = Fixture::ours_with(|emulator| emulator, |cognito| cognito.event_sink(ours)).await;
    let tokens = fixture.signed_in().await;
    let guard = Guard::access(fixture.cognito.clone());
    let logs = LogCapture::start();
    guard.authenticate(&HeaderMap::new()).await.unwrap_err();
    let wrong = bearer(tokens.id_token.expose());
    guard.authenticate(&wrong).await.unwrap_err();
    // A request without a token is not rejected here.
    let no_token = HeaderMap::new();
    let optional = guard.authenticate_optional(&no_token).await;
    assert!(optional.unwrap().is_none());
    let rejected: Vec<_> = sink
        .events()
        .into_iter()
        .filter(|event| matches!(event, Recorded::TokenRejected { .. }))
        .collect();
    let expected = [
        ("MissingToken", None),
        ("InvalidToken", Some(ErrorKind::TokenInvalid)),
    ];
    let expected = expected.map(|(reason, error)| Recorded::TokenRejected {
        reason,
        status: 401,
        error,
    });
    assert_eq!(rejected, expected);
    assert_eq!(fixture.cognito.metrics().security.rejected_requests, 2);
    let text = logs.text();
    let lines = text.lines().filter(|line| line.contains("cognito_tower"));
    let lines: Vec<_> = lines.collect();
    assert_eq!(lines.len(), 2, "{text}");
    for (line, reason) in lines.iter().zip(["MissingToken", "InvalidToken"]) {
        assert!(line.starts_with("INFO cognito_tower::guard"), "{line}");
        assert!(line.contains(&format!("reason={reason}")), "{line}");
        assert!(line.contains("status=401"), "{line}");
    }
    assert!(
        lines[1].contains("token"),
        "the cause is shown: {}",
        lines[1]
    );
}

#[tokio::test]
async fn unreachable_pool_error_names_the_cause() {
    let fixture = Fixture::ours_with(
        |emulator| emulator,
        // Nothing listens on port 9 of the loopback interface.
        |cognito| cognito.endpoint_url("http://127.0.0.1:9"),
    )
    .await;
    let error = fixture.cognito.login(EMAIL, PASSWORD).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Network);
    let shown = error.to_string();
    assert!(shown.contains("the connection was refused"), "{shown}");
    assert!(
        error
            .attempts()
            .iter()
            .all(|attempt| attempt.status.is_none())
    );
}
