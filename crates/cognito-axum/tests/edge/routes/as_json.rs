//! Tokens in JSON: login, refresh, me, logout.

use std::time::Duration;

use axum::body::Body;
use cognito_axum::TokenGuard;
use cognito_emulator::{AuthFlow, Client};
use http::Request;
use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use serde_json::json;

use super::{EMAIL, Fixture};

#[tokio::test]
async fn login_returns_tokens_as_documented() {
    let fixture = Fixture::json().await;
    fixture.person();
    let reply = fixture.login().await;
    assert!(reply.set_cookies().is_empty());
    assert_eq!(reply.headers["cache-control"], "no-store");
    let body = reply.ok();
    let mut names: Vec<_> = body.as_object().unwrap().keys().collect();
    names.sort();
    assert_eq!(
        names,
        [
            "accessToken",
            "expiresIn",
            "idToken",
            "refreshToken",
            "tokenType"
        ]
    );
    assert_eq!(body["expiresIn"], 3600);
    assert_eq!(body["tokenType"], "Bearer");
    let wrong = json!({"email": EMAIL, "password": "WrongPass123!"});
    let refused = fixture.post("/auth/login", wrong).await;
    let refused = refused.refused(401, "Invalid credentials or unauthorized access");
    assert_eq!(refused.headers[WWW_AUTHENTICATE], "Bearer realm=\"api\"");
}

#[tokio::test]
async fn a_refresh_token_buys_new_tokens() {
    let fixture = Fixture::json().await;
    fixture.person();
    let (_, refresh) = fixture.tokens().await;
    fixture.clock.advance(Duration::from_secs(4000));
    let body = json!({"refreshToken": refresh});
    let tokens = fixture.post("/auth/refresh", body).await.ok();
    let access = tokens["accessToken"].as_str().unwrap();
    fixture.get("/auth/me", access).await.ok();
}

#[tokio::test]
async fn rejects_invalid_refresh_token() {
    let fixture = Fixture::json().await;
    let refused = fixture
        .post("/auth/refresh", json!({"refreshToken": "a.b.c"}))
        .await;
    refused.refused(401, "Please sign in again");
    for body in [json!({}), json!({"refreshToken": "a b"})] {
        let refused = fixture.post("/auth/refresh", body).await;
        refused.refused(400, "The request is not valid");
    }
    let request = Request::post("/auth/refresh").body(Body::empty()).unwrap();
    let refused = fixture.send(request).await;
    refused.refused(400, "The request is not valid");
}

#[tokio::test]
async fn me_returns_user_of_token() {
    let fixture = Fixture::json().await;
    fixture.person();
    let (access, _) = fixture.tokens().await;
    let me = fixture.get("/auth/me", &access).await.ok();
    assert_eq!(me["attributes"]["email"], EMAIL);
    assert_eq!(me["username"].as_str().unwrap().len(), 36);
    assert_eq!(me["mfa"], json!([]));
}

#[tokio::test]
async fn me_rejects_invalid_token() {
    let fixture = Fixture::json().await;
    fixture.person();
    let request = Request::get("/auth/me").body(Body::empty()).unwrap();
    let refused = fixture.send(request).await.refused(401, "Please sign in");
    assert_eq!(refused.headers[WWW_AUTHENTICATE], "Bearer realm=\"api\"");
    let login = fixture.login().await.ok();
    let id = login["idToken"].as_str().unwrap();
    for token in ["aaa.bbb.ccc", "", id] {
        let refused = fixture.get("/auth/me", token).await;
        refused.refused(401, "The token is not valid");
    }
    let access = login["accessToken"].as_str().unwrap();
    let twice = Request::get("/auth/me")
        .header(AUTHORIZATION, format!("Bearer {access}"))
        .header(AUTHORIZATION, format!("Bearer {access}"));
    let refused = fixture.send(twice.body(Body::empty()).unwrap()).await;
    refused.refused(400, "The request has more than one token");
    assert_eq!(fixture.emulator.calls("GetUser"), 0);
    fixture.clock.advance(Duration::from_secs(3601));
    let expired = fixture.get("/auth/me", access).await;
    assert_eq!(expired.status, 401);
    assert_eq!(expired.body()["message"], "The token has expired");
}

#[tokio::test]
async fn deleted_user_must_sign_in_again() {
    let fixture = Fixture::json().await;
    fixture.person();
    let (access, _) = fixture.tokens().await;
    fixture.cognito.admin().user(EMAIL).delete().await.unwrap();
    let refused = fixture.get("/auth/me", &access).await;
    assert_eq!(refused.status, 401, "{}", refused.text);
}

#[tokio::test]
async fn sign_out_ends_every_session() {
    // A second sign-out is no error.
    let fixture = Fixture::json().await;
    fixture.person();
    let (access, refresh) = fixture.tokens().await;
    let (other, other_refresh) = fixture.tokens().await;
    let body = json!({"refreshToken": refresh});
    let done = fixture.logout(&access, &body).await.ok();
    assert_eq!(
        done,
        json!({"success": true, "message": "Signed out successfully"})
    );
    fixture.logout(&access, &body).await.ok();
    fixture.logout(&access, &json!({})).await.ok();
    for token in [&access, &other] {
        let refused = fixture.get("/auth/me", token).await;
        refused.refused(401, "The token has been revoked");
    }
    for token in [&refresh, &other_refresh] {
        let refused = fixture
            .post("/auth/refresh", json!({"refreshToken": token}))
            .await;
        refused.refused(401, "Please sign in again");
    }
    // Custom guards see the revocation, too.
    let guard = TokenGuard::new(fixture.cognito.clone());
    let app = axum::Router::new()
        .route(
            "/",
            axum::routing::get(async |_: cognito_axum::AccessClaims| "in"),
        )
        .with_state(guard);
    let request = Request::get("/").header(AUTHORIZATION, format!("Bearer {access}"));
    let request = request.body(Body::empty()).unwrap();
    let response = tower::ServiceExt::oneshot(app, request).await.unwrap();
    assert_eq!(response.status(), 401);
}

#[tokio::test]
async fn a_refresh_token_alone_ends_every_session() {
    let fixture = Fixture::json().await;
    fixture.person();
    let (_, refresh) = fixture.tokens().await;
    let (_, other) = fixture.tokens().await;
    let body = json!({"refreshToken": refresh});
    fixture.post("/auth/logout", body.clone()).await.ok();
    for body in [body, json!({"refreshToken": other})] {
        let refused = fixture.post("/auth/refresh", body).await;
        refused.refused(401, "Please sign in again");
    }
}

#[tokio::test]
async fn signing_out_needs_something_to_end() {
    let fixture = Fixture::json().await;
    let refused = fixture.post("/auth/logout", json!({})).await;
    refused.refused(401, "Please sign in");
    let refused = fixture.logout("aaa.bbb.ccc", &json!({})).await;
    refused.refused(401, "The token is not valid");
    // A forged token signs no other user out.
    fixture.person();
    let (access, _) = fixture.tokens().await;
    let forged = format!("{}.AAAA", access.rsplit_once('.').unwrap().0);
    let refused = fixture.logout(&forged, &json!({})).await;
    assert_eq!(refused.status, 401);
    fixture.get("/auth/me", &access).await.ok();
}

#[tokio::test]
async fn where_revocation_is_off_signing_out_still_works() {
    let client = Client::new("plain")
        .flow(AuthFlow::UserSrp)
        .token_revocation(false);
    let fixture = Fixture::with(|emulator| emulator.client(client), |routes| routes).await;
    fixture.person();
    let (access, refresh) = fixture.tokens().await;
    let done = fixture
        .logout(&access, &json!({"refreshToken": refresh}))
        .await;
    done.ok();
}

#[tokio::test]
async fn token_without_scope_needs_refresh_token() {
    // Such a token cannot sign out everywhere.
    let fixture = Fixture::json().await;
    fixture.person();
    let (access, refresh) = fixture.tokens().await;
    fixture
        .emulator
        .inject(cognito_emulator::Fault::error(
            "GlobalSignOut",
            "NotAuthorizedException",
            "Access Token does not have required scopes",
        ))
        .unwrap();
    let refused = fixture.logout(&access, &json!({})).await;
    refused.refused(403, "This access token does not allow that");
    let body = json!({"refreshToken": refresh});
    fixture.logout(&access, &body).await.ok();
    let refused = fixture.post("/auth/refresh", body).await;
    refused.refused(401, "Please sign in again");
    // Revoked together with the session that it came from.
    let refused = fixture.get("/auth/me", &access).await;
    refused.refused(401, "The token has been revoked");
}

#[tokio::test]
async fn outage_is_not_reported_as_sign_out() {
    let fixture = Fixture::json().await;
    fixture.person();
    let (access, _) = fixture.tokens().await;
    fixture
        .emulator
        .inject(cognito_emulator::Fault::error(
            "GlobalSignOut",
            "TooManyRequestsException",
            "Rate exceeded",
        ))
        .unwrap();
    let refused = fixture.logout(&access, &json!({})).await;
    assert_eq!(refused.status, 429, "{}", refused.text);
}
