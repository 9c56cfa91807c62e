//! Where requests come from: the attempt guard, and threat protection.

use axum::body::Body;
use cognito_axum::{AuthRoutes, TrustedProxies};
use cognito_emulator::{Client, ThreatProtection};
use cognito_testkit::LogCapture;
use http::Request;
use serde_json::json;

use super::{EMAIL, Fixture, PASSWORD, from_peer, posted};

fn login(password: &str) -> Request<Body> {
    posted(
        "/auth/login",
        &json!({"email": EMAIL, "password": password}),
    )
}

fn forwarded(password: &str, client: &str) -> Request<Body> {
    let mut request = from_peer(login(password), [10, 0, 0, 7]);
    let value = client.parse().unwrap();
    request.headers_mut().insert("x-forwarded-for", value);
    request
}

async fn behind_a_proxy() -> Fixture {
    let proxies = TrustedProxies::none().network("10.0.0.0/8").unwrap();
    let routes = |routes: AuthRoutes| routes.trusted_proxies(proxies);
    let fixture = Fixture::with(|emulator| emulator.attempt_limits(false), routes).await;
    fixture.person();
    fixture
}

#[tokio::test]
async fn guessing_locks_caller_not_account() {
    let fixture = behind_a_proxy().await;
    let mut statuses = Vec::new();
    for _ in 0..6 {
        let guess = forwarded("WrongPass123!", "203.0.113.9");
        statuses.push(fixture.send(guess).await.status.as_u16());
    }
    assert_eq!(statuses[0], 401);
    assert_eq!(statuses[5], 429);
    let guess = forwarded(PASSWORD, "203.0.113.9");
    let refused = fixture.send(guess).await;
    refused.refused(429, "Too many attempts, please try again later");
    // The user, from another address.
    fixture.send(forwarded(PASSWORD, "198.51.100.1")).await.ok();
}

#[tokio::test]
async fn forged_address_does_not_evade_lock() {
    let fixture = behind_a_proxy().await;
    let mut last = 0;
    for n in 0..6 {
        // A forged entry is to the left of the entry that the proxy appended.
        let guess = forwarded("WrongPass123!", &format!("198.51.100.{n}, 203.0.113.9"));
        last = fixture.send(guess).await.status.as_u16();
    }
    assert_eq!(last, 429);
    let mut last = 0;
    for n in 0..6 {
        let mut guess = from_peer(login("WrongPass123!"), [203, 0, 113, 10]);
        let value = format!("198.51.100.{n}").parse().unwrap();
        guess.headers_mut().insert("x-forwarded-for", value);
        last = fixture.send(guess).await.status.as_u16();
    }
    assert_eq!(last, 429, "nobody believes who is no proxy");
}

#[tokio::test]
async fn missing_address_is_logged_once() {
    let warnings = |logs: &LogCapture| logs.text().matches("no client address").count();
    let logs = LogCapture::start();
    let fixture = Fixture::json().await;
    for _ in 0..2 {
        let request = from_peer(login("WrongPass123!"), [203, 0, 113, 9]);
        fixture.send(request).await;
    }
    assert_eq!(warnings(&logs), 0, "{}", logs.text());
    for _ in 0..2 {
        fixture.send(login("WrongPass123!")).await;
    }
    assert_eq!(warnings(&logs), 1, "{}", logs.text());
}

async fn address_of_the_event(routes: impl FnOnce(AuthRoutes) -> AuthRoutes) -> String {
    // Cognito ignores the address in a request of a client without this setting or a secret.
    let client = Client::new("client1")
        .secret("SecretOfTheClient_24Letters")
        .propagate_user_context(true);
    let fixture = Fixture::built(
        |emulator| {
            let emulator = emulator.threat_protection(ThreatProtection::Audit);
            emulator.client(client)
        },
        |cognito| cognito,
        routes,
    )
    .await;
    fixture.person();
    let mut request = from_peer(login(PASSWORD), [203, 0, 113, 9]);
    let browser = "Firefox".parse().unwrap();
    request.headers_mut().insert("user-agent", browser);
    fixture.send(request).await.ok();
    let user = fixture.cognito.admin().user(EMAIL);
    let page = user.auth_events().await.unwrap();
    let context = &page.auth_events[0].event_context_data;
    context.ip_address.clone().unwrap()
}

#[tokio::test]
async fn threat_protection_receives_address_if_configured() {
    let told = address_of_the_event(AuthRoutes::threat_protection).await;
    assert_eq!(told, "203.0.113.9");
    let not_told = address_of_the_event(|routes| routes).await;
    assert_eq!(not_told, "127.0.0.1");
}

#[tokio::test]
async fn routes_that_send_messages_count_by_address() {
    let fixture = behind_a_proxy().await;
    let email = |number: u32| format!("user{number}@example.com");
    let to = async |path: &str, number: u32| {
        let body = json!({"email": email(number), "password": PASSWORD});
        let request = from_peer(posted(path, &body), [203, 0, 113, 9]);
        fixture.send(request).await
    };
    for number in 0..10 {
        to("/auth/signup", number).await.ok();
        to("/auth/resend-code", number).await.ok();
        to("/auth/forgot-password", number).await.ok();
    }
    for path in ["/auth/signup", "/auth/resend-code", "/auth/forgot-password"] {
        let reply = to(path, 99).await;
        assert_eq!(reply.status, 429, "{path}");
        assert_eq!(reply.headers["retry-after"], "900", "{path}");
    }
    let calls = ["SignUp", "ResendConfirmationCode", "ForgotPassword"];
    assert_eq!(calls.map(|call| fixture.emulator.calls(call)), [10; 3]);
}

#[tokio::test]
async fn routes_that_take_tokens_count_by_address() {
    let fixture = behind_a_proxy().await;
    let to = async |path: &str, number: u32| {
        let body = json!({"refreshToken": format!("forged{number}")});
        let request = from_peer(posted(path, &body), [203, 0, 113, 9]);
        fixture.send(request).await.status.as_u16()
    };
    for number in 0..300 {
        assert_ne!(to("/auth/refresh", number).await, 429);
    }
    assert_eq!(to("/auth/refresh", 300).await, 429);
    assert_eq!(to("/auth/logout", 300).await, 429);
    assert_eq!(fixture.emulator.calls("GetTokensFromRefreshToken"), 300);
}

#[tokio::test]
async fn passkey_sign_ins_count_by_address() {
    let fixture = Fixture::with(
        |emulator| emulator.passkeys("example.com"),
        |routes| routes.passkey_sign_in("example.com"),
    )
    .await;
    let begin = async |number: u32, peer| {
        let body = json!({"email": format!("user{number}@example.com")});
        let request = posted("/auth/passkeys/sign-in/begin", &body);
        fixture.send(from_peer(request, peer)).await
    };
    for number in 0..300 {
        begin(number, [203, 0, 113, 9]).await.ok();
    }
    let refused = begin(300, [203, 0, 113, 9]).await;
    assert_eq!(refused.headers["retry-after"], "900");
    refused.refused(429, "Too many attempts, please try again later");
    assert_eq!(fixture.emulator.calls("InitiateAuth"), 300);
    begin(300, [203, 0, 113, 10]).await.ok();
}

#[tokio::test]
async fn rejected_passkeys_count_by_address() {
    let fixture = Fixture::with(
        |emulator| emulator.passkeys("example.com"),
        |routes| routes.passkey_sign_in("example.com"),
    )
    .await;
    let body = json!({"email": EMAIL});
    let begun = fixture
        .post("/auth/passkeys/sign-in/begin", body)
        .await
        .ok();
    let body = json!({
        "session": begun["session"],
        "credential": super::passkey_sign_in::unknown(),
    });
    let complete = async || {
        let request = posted("/auth/passkeys/sign-in/complete", &body);
        fixture.send(from_peer(request, [203, 0, 113, 9])).await
    };
    for _ in 0..300 {
        assert_eq!(complete().await.status, 401);
    }
    assert_eq!(complete().await.status, 429);
    assert_eq!(fixture.emulator.calls("RespondToAuthChallenge"), 300);
}
