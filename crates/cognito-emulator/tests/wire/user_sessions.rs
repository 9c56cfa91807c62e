//! Sessions of users: lists, limit and revocation.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{EMAIL, PASSWORD, Pool, Tokens, pool};

/// Creates a pool that tracks at most `most` sessions of a user, with one user.
async fn tracking_pool(most: u64) -> Pool {
    let pool = pool().await;
    let settings = json!({
        "UserSessionTracking": "ENABLED", "TokenSession": { "MaxPerUser": most },
    });
    pool.admin("SetUserPoolSessionConfiguration", settings)
        .await
        .ok();
    pool.person();
    pool
}

impl Pool {
    async fn sessions(&self, access: &str) -> Vec<Value> {
        let fields = json!({ "AccessToken": access });
        let answer = self.call("ListUserSessions", fields).await.ok();
        answer["Sessions"].as_array().expect("a list").clone()
    }

    async fn refreshed(&self, refresh: &str) -> crate::support::Reply {
        let fields = json!({
            "ClientId": crate::support::CLIENT,
            "AuthFlow": "REFRESH_TOKEN_AUTH",
            "AuthParameters": { "REFRESH_TOKEN": refresh },
        });
        self.call("InitiateAuth", fields).await
    }
}

#[tokio::test]
async fn sign_ins_are_listed_newest_first() {
    let pool = tracking_pool(20).await;
    let old = pool.tokens().await;
    pool.advance(Duration::from_secs(60));
    let new = Tokens::read(&pool.sign_in_from("192.0.2.7").await.ok());

    let sessions = pool.sessions(&new.access).await;

    assert_eq!(sessions.len(), 2);
    assert_eq!(sessions[0]["IsCurrentSession"], true);
    assert_eq!(sessions[0]["LastIPAddress"], "192.0.2.7");
    assert_eq!(sessions[0]["SessionType"], "TOKEN");
    let id = sessions[0]["SessionId"].as_str().expect("an id");
    assert!(id.starts_with("tkn") && id.len() == 28, "{id}");
    assert_eq!(sessions[1]["IsCurrentSession"], false);
    let listed = pool
        .admin("AdminListUserSessions", json!({ "Username": EMAIL }))
        .await
        .ok();
    assert_eq!(listed["Sessions"][0]["IsCurrentSession"], false);
    // A refresh changes the time of the last activity.
    pool.advance(Duration::from_secs(60));
    pool.refreshed(&old.refresh).await.ok();
    let sessions = pool.sessions(&new.access).await;
    let time = |name: &str| sessions[1][name].as_f64().expect("a time");
    assert!((time("LastActiveDate") - time("CreateDate") - 120.0).abs() < 1.0);
}

#[tokio::test]
async fn a_revoked_session_has_no_valid_tokens() {
    let pool = tracking_pool(20).await;
    let (mine, other) = (pool.tokens().await, pool.tokens().await);
    let sessions = pool.sessions(&mine.access).await;
    let current = json!({ "AccessToken": mine.access, "SessionId": sessions[1]["SessionId"] });
    let reply = pool.call("RevokeUserSession", current).await;
    reply.invalid_parameter("The current session cannot be revoked.");

    let fields = json!({ "AccessToken": mine.access, "SessionId": sessions[0]["SessionId"] });
    pool.call("RevokeUserSession", fields.clone()).await.ok();

    let reply = pool.get_user(&other.access).await;
    reply.not_authorized("Access Token has been revoked");
    let reply = pool.refreshed(&other.refresh).await;
    reply.not_authorized("Refresh Token has been revoked");
    pool.get_user(&mine.access).await.ok();
    assert_eq!(pool.sessions(&mine.access).await.len(), 1);
    let again = pool.call("RevokeUserSession", fields).await;
    again.fails("ResourceNotFoundException", "Session does not exist.");
    // Operators can revoke every session.
    let fields = json!({ "Username": EMAIL, "SessionId": sessions[1]["SessionId"] });
    pool.admin("AdminRevokeUserSession", fields).await.ok();
    let reply = pool.get_user(&mine.access).await;
    reply.not_authorized("Access Token has been revoked");
}

#[tokio::test]
async fn a_user_cannot_revoke_sessions_of_others() {
    let pool = tracking_pool(20).await;
    let other = "other@example.com";
    pool.emulator
        .create_user(other, PASSWORD, &[])
        .expect("a user");
    let theirs = Tokens::read(&pool.sign_in(other, PASSWORD).await.ok());
    let id = pool.sessions(&theirs.access).await[0]["SessionId"].clone();
    let mine = pool.tokens().await;

    let fields = json!({ "AccessToken": mine.access, "SessionId": id });
    let reply = pool.call("RevokeUserSession", fields).await;

    reply.fails("ResourceNotFoundException", "Session does not exist.");
    let fields = json!({ "Username": EMAIL, "SessionId": id });
    let reply = pool.admin("AdminRevokeUserSession", fields).await;
    reply.fails("ResourceNotFoundException", "Session does not exist.");
    pool.get_user(&theirs.access).await.ok();
}

#[tokio::test]
async fn the_oldest_session_ends_above_the_limit() {
    let pool = tracking_pool(2).await;
    let first = pool.tokens().await;
    pool.advance(Duration::from_secs(1));
    pool.tokens().await;
    pool.advance(Duration::from_secs(1));

    let last = pool.tokens().await;

    let reply = pool.get_user(&first.access).await;
    reply.not_authorized("Access Token has been revoked");
    assert_eq!(pool.sessions(&last.access).await.len(), 2);
}

#[tokio::test]
async fn sessions_end_with_sign_out_and_expiry() {
    let pool = tracking_pool(20).await;
    let fields = json!({ "Username": EMAIL });
    let listed = async || {
        let listed = pool
            .admin("AdminListUserSessions", fields.clone())
            .await
            .ok();
        listed["Sessions"].as_array().expect("a list").len()
    };
    let first = pool.tokens().await;
    pool.tokens().await;
    assert_eq!(listed().await, 2);
    let revoke = json!({ "ClientId": crate::support::CLIENT, "Token": first.refresh });
    pool.call("RevokeToken", revoke).await.ok();
    assert_eq!(listed().await, 1);
    pool.admin("AdminUserGlobalSignOut", fields.clone())
        .await
        .ok();
    assert_eq!(listed().await, 0);
    pool.tokens().await;
    assert_eq!(listed().await, 1);
    pool.advance(Duration::from_secs(31 * 24 * 3600));
    assert_eq!(listed().await, 0);
}

#[tokio::test]
async fn without_tracking_there_are_no_sessions() {
    let pool = pool().await;
    pool.person();
    let tokens = pool.tokens().await;
    assert!(pool.sessions(&tokens.access).await.is_empty());
}

#[tokio::test]
async fn ended_sessions_do_not_count() {
    let pool = tracking_pool(2).await;
    let kept = pool.tokens().await;
    pool.advance(Duration::from_secs(1));
    let ended = pool.tokens().await;
    let revoke = json!({ "ClientId": crate::support::CLIENT, "Token": ended.refresh });
    pool.call("RevokeToken", revoke).await.ok();

    pool.tokens().await;

    pool.get_user(&kept.access).await.ok();
}

#[tokio::test]
async fn a_session_ends_with_its_newest_token() {
    let pool = tracking_pool(2).await;
    let old = pool.tokens().await;
    pool.advance(Duration::from_secs(30 * 24 * 3600 - 60));
    let renewed = pool.refreshed(&old.refresh).await.ok();
    let renewed = renewed["AuthenticationResult"]["AccessToken"].clone();
    let renewed = renewed.as_str().expect("a token");
    // The refresh token has expired, but the access token has not.
    pool.advance(Duration::from_secs(120));
    let username = json!({ "Username": EMAIL });
    let listed = pool.admin("AdminListUserSessions", username).await.ok();
    let id = listed["Sessions"][0]["SessionId"].clone();

    let revoke = json!({ "Username": EMAIL, "SessionId": id });
    pool.admin("AdminRevokeUserSession", revoke).await.ok();

    let reply = pool.get_user(renewed).await;
    reply.not_authorized("Access Token has been revoked");
}
