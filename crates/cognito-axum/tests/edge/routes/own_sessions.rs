//! The routes for the sessions of the signed-in user.

use std::time::Duration;

use cognito::administration::JsonDocument;
use cognito_axum::{AuthRoutes, SessionCookies};
use cognito_core::Operation;
use serde_json::{Value, json};

use super::{Browser, Fixture};

const REVOKE: &str = "/auth/sessions/revoke";

async fn tracking(routes: impl FnOnce(AuthRoutes) -> AuthRoutes) -> Fixture {
    let fixture = Fixture::with(|emulator| emulator, |built| routes(built.sessions(true))).await;
    track(&fixture).await;
    fixture.person();
    fixture
}

/// Makes the user pool track sessions.
pub(super) async fn track(fixture: &Fixture) {
    let settings = json!({
        "UserSessionTracking": "ENABLED", "TokenSession": { "MaxPerUser": 100 },
    });
    let settings = JsonDocument::try_from(settings).unwrap();
    let operation = Operation::SetUserPoolSessionConfiguration;
    let admin = fixture.cognito.admin();
    admin.document(operation, settings).await.unwrap();
}

/// Returns the ids of the sessions: of the current one, and of the others.
fn ids(listed: &Value) -> (Vec<String>, Vec<String>) {
    let sessions = listed["sessions"].as_array().unwrap();
    let of = |is_current: bool| {
        let matching = sessions.iter().filter(|it| it["isCurrent"] == is_current);
        matching
            .map(|session| session["sessionId"].as_str().unwrap().to_owned())
            .collect()
    };
    (of(true), of(false))
}

#[tokio::test]
async fn current_session_is_marked_in_list() {
    let fixture = tracking(|routes| routes).await;
    let (old, _) = fixture.tokens().await;
    fixture.clock.advance(Duration::from_secs(60));
    let (new, _) = fixture.tokens().await;
    let of_old = ids(&fixture.get("/auth/sessions", &old).await.ok());
    let of_new = ids(&fixture.get("/auth/sessions", &new).await.ok());
    assert_eq!((of_old.0.len(), of_old.1.len()), (1, 1));
    assert_eq!((&of_old.0, &of_old.1), (&of_new.1, &of_new.0));
}

#[tokio::test]
async fn browser_revokes_another_session() {
    let fixture = tracking(|routes| routes.cookies(SessionCookies::new())).await;
    let (mut lost, mut browser) = (Browser::default(), Browser::default());
    lost.login(&fixture).await.ok();
    fixture.clock.advance(Duration::from_secs(60));
    browser.login(&fixture).await.ok();
    fixture.clock.advance(Duration::from_secs(60));
    let (current, others) = ids(&browser.get(&fixture, "/auth/sessions").await.ok());
    let body = json!({"sessionId": others[0]});
    let done = browser.post(&fixture, REVOKE, body).await;
    assert_eq!(
        done.ok(),
        json!({"success": true, "message": "Session revoked successfully"})
    );
    let refused = lost.press(&fixture, "/auth/refresh").await;
    assert_eq!(refused.status, 401);
    // The page refreshes its own session.
    let refused = browser.get(&fixture, "/auth/sessions").await;
    refused.refused(401, "The token has been revoked");
    fixture.clock.advance(Duration::from_secs(1));
    browser.press(&fixture, "/auth/refresh").await.ok();
    let left = ids(&browser.get(&fixture, "/auth/sessions").await.ok());
    assert_eq!(left, (current, Vec::new()));
}

#[tokio::test]
async fn linked_sessions_are_revoked_on_request() {
    let fixture = tracking(|routes| routes).await;
    let (_, lost) = fixture.tokens().await;
    fixture.clock.advance(Duration::from_secs(60));
    let (token, refresh) = fixture.tokens().await;
    fixture.clock.advance(Duration::from_secs(60));
    let (_, others) = ids(&fixture.get("/auth/sessions", &token).await.ok());
    let body = json!({"sessionId": others[0], "linkedSessions": true});
    fixture.post_as(&token, REVOKE, &body).await.ok();
    let refused = fixture
        .post("/auth/refresh", json!({"refreshToken": lost}))
        .await;
    assert_eq!(refused.status, 401);
    // The other session continues after the time in which Cognito ends linked sessions.
    fixture.clock.advance(Duration::from_secs(61));
    let body = json!({"refreshToken": refresh});
    let renewed = fixture.post("/auth/refresh", body).await.ok();
    let token = renewed["accessToken"].as_str().unwrap();
    fixture.get("/auth/sessions", token).await.ok();
}

#[tokio::test]
async fn current_and_unknown_sessions_are_rejected() {
    let fixture = tracking(|routes| routes).await;
    let (token, _) = fixture.tokens().await;
    let (current, _) = ids(&fixture.get("/auth/sessions", &token).await.ok());
    let refused = fixture
        .post_as(&token, REVOKE, &json!({"sessionId": current[0]}))
        .await;
    refused.refused(400, "The request is not valid");
    let refused = fixture
        .post_as(&token, REVOKE, &json!({"sessionId": "no session"}))
        .await;
    refused.refused(400, "The request is not valid");
    let unknown = json!({"sessionId": "tkn0123456789abcdefghijklmno"});
    let refused = fixture.post_as(&token, REVOKE, &unknown).await;
    refused.refused(404, "Not found");
}
