//! The limit of codes for step-ups with an access token.

use std::time::Duration;

use cognito_emulator::FirstFactor;
use serde_json::json;

use super::{LEVEL_1, LEVEL_2, choice, fixture_with, password_at};
use crate::support::{CLIENT, EMAIL, PASSWORD, Pool, Reply, Tokens};

const OTHER: &str = "other@example.com";

impl Pool {
    /// Requests a code for a step-up of a user.
    async fn step_up(&self, username: &str, token: &str) -> Reply {
        let mut fields = choice(&[("TARGET_ACR_VALUES", LEVEL_2), ("ACCESS_TOKEN", token)]);
        fields["AuthParameters"]["USERNAME"] = json!(username);
        self.call("InitiateAuth", fields).await
    }

    async fn token_of(&self, username: &str) -> String {
        let mut fields = choice(&password_at(LEVEL_1));
        fields["AuthParameters"]["USERNAME"] = json!(username);
        Tokens::read(&self.call("InitiateAuth", fields).await.ok()).access
    }
}

/// A stolen access token must not send any number of codes to the user.
#[tokio::test]
async fn codes_for_step_up_are_limited_by_user() {
    let (pool, _) = fixture_with(|builder| builder.first_factor(FirstFactor::EmailOtp)).await;
    let created = pool.emulator.create_user(OTHER, PASSWORD, &[]);
    created.expect("a user");
    let token = pool.token_of(EMAIL).await;
    for _ in 0..5 {
        let answer = pool.step_up(EMAIL, &token).await.ok();
        assert_eq!(answer["ChallengeName"], "EMAIL_OTP");
    }
    let sent = pool.emulator.inbox().len();
    let reply = pool.step_up(EMAIL, &token).await;
    reply.not_authorized("Password attempts exceeded");
    assert_eq!(pool.emulator.inbox().len(), sent);
    // A new sign-in and another user have other limits.
    let other = pool.token_of(OTHER).await;
    pool.step_up(OTHER, &other).await.ok();
    let fields = json!({
        "AuthFlow": "USER_AUTH",
        "ClientId": CLIENT,
        "AuthParameters": { "USERNAME": EMAIL, "PREFERRED_CHALLENGE": "EMAIL_OTP" },
    });
    pool.call("InitiateAuth", fields).await.ok();
    pool.advance(Duration::from_secs(3600));
    let token = pool.token_of(EMAIL).await;
    pool.step_up(EMAIL, &token).await.ok();
}
