//! Signing in with a passkey, and the sign-ins that are rejected.

use std::time::Duration;

use cognito_emulator::{EmulatorBuilder, MfaMode};
use serde_json::{Value, json};

use crate::authenticator::{Authenticator, VERIFIED};
use crate::passkeys::{ORIGIN, base64url, passkey_pool};
use crate::support::{CLIENT, EMAIL, PASSWORD, Pool, Reply, Tokens, pool_with};

/// A pool, the `sub` of its user, and a passkey of the user.
struct Fixture {
    pool: Pool,
    sub: String,
    passkey: Authenticator,
}

async fn fixture() -> Fixture {
    fixture_with(|builder| builder).await
}

async fn fixture_with(more: impl FnOnce(EmulatorBuilder) -> EmulatorBuilder) -> Fixture {
    let pool = pool_with(|builder| more(builder.passkeys("example.com"))).await;
    let sub = pool.person();
    let passkey = Authenticator::es256(b"one");
    let access = pool.tokens().await.access;
    pool.register(&access, &passkey).await;
    Fixture { pool, sub, passkey }
}

/// The challenge of a sign-in with a passkey: the session and the options.
struct Asked {
    session: Value,
    options: Value,
}

impl Fixture {
    async fn begin(&self, preferred: Option<&str>) -> Value {
        let mut parameters = json!({ "USERNAME": EMAIL });
        if let Some(preferred) = preferred {
            parameters["PREFERRED_CHALLENGE"] = json!(preferred);
        }
        let fields = json!({
            "AuthFlow": "USER_AUTH",
            "ClientId": CLIENT,
            "AuthParameters": parameters,
        });
        self.pool.call("InitiateAuth", fields).await.ok()
    }

    async fn ask(&self) -> Asked {
        Asked::read(&self.begin(Some("WEB_AUTHN")).await)
    }

    async fn respond(&self, name: &str, session: &Value, key: &str, value: &str) -> Reply {
        let fields = json!({
            "ChallengeName": name,
            "ClientId": CLIENT,
            "Session": session,
            "ChallengeResponses": { "USERNAME": EMAIL, key: value },
        });
        self.pool.call("RespondToAuthChallenge", fields).await
    }

    async fn prove(&self, asked: &Asked, credential: &Value) -> Reply {
        let credential = credential.to_string();
        self.respond("WEB_AUTHN", &asked.session, "CREDENTIAL", &credential)
            .await
    }

    /// Returns a valid response to a challenge.
    fn proof(&mut self, asked: &Asked) -> Value {
        self.passkey.get(&asked.options, ORIGIN, &self.sub).json()
    }
}

impl Asked {
    #[track_caller]
    fn read(answer: &Value) -> Self {
        assert_eq!(answer["ChallengeName"], "WEB_AUTHN", "{answer}");
        let options = &answer["ChallengeParameters"]["CREDENTIAL_REQUEST_OPTIONS"];
        let options = options.as_str().expect("text");
        Self {
            session: answer["Session"].clone(),
            options: serde_json::from_str(options).expect("JSON"),
        }
    }
}

const INCORRECT: &str = "Incorrect username or password.";

#[tokio::test]
async fn a_passkey_signs_in() {
    let mut fixture = fixture().await;
    let mut asked = fixture.ask().await;
    let proof = fixture.proof(&asked);
    let tokens = Tokens::read(&fixture.prove(&asked, &proof).await.ok());
    fixture.pool.get_user(&tokens.access).await.ok();
    assert_eq!(asked.options["challenge"].as_str().map(str::len), Some(43));
    asked.options["challenge"].take();
    assert_eq!(
        asked.options,
        json!({
            "challenge": null,
            "timeout": 180_000,
            "rpId": "example.com",
            "allowCredentials": [{
                "type": "public-key",
                "id": base64url(b"one"),
                "transports": ["internal", "hybrid"],
            }],
            "userVerification": "preferred",
        })
    );
}

#[tokio::test]
async fn a_passkey_can_be_chosen() {
    let mut fixture = fixture().await;
    let offered = fixture.begin(None).await;
    assert_eq!(offered["ChallengeName"], "SELECT_CHALLENGE");
    assert_eq!(
        offered["AvailableChallenges"],
        json!(["PASSWORD", "PASSWORD_SRP", "WEB_AUTHN"])
    );
    let session = &offered["Session"];
    let chosen = fixture.respond("SELECT_CHALLENGE", session, "ANSWER", "WEB_AUTHN");
    let asked = Asked::read(&chosen.await.ok());
    let proof = fixture.proof(&asked);
    Tokens::read(&fixture.prove(&asked, &proof).await.ok());
}

#[tokio::test]
async fn an_operator_s_api_asks_for_it_too() {
    let mut fixture = fixture().await;
    let parameters = json!({ "USERNAME": EMAIL, "PREFERRED_CHALLENGE": "WEB_AUTHN" });
    let fields = json!({
        "AuthFlow": "USER_AUTH", "ClientId": CLIENT, "AuthParameters": parameters,
    });
    let asked = Asked::read(&fixture.pool.admin("AdminInitiateAuth", fields).await.ok());
    let credential = fixture.proof(&asked).to_string();
    let fields = json!({
        "ChallengeName": "WEB_AUTHN",
        "ClientId": CLIENT,
        "Session": asked.session,
        "ChallengeResponses": { "USERNAME": EMAIL, "CREDENTIAL": credential },
    });
    let reply = fixture
        .pool
        .admin("AdminRespondToAuthChallenge", fields)
        .await;
    Tokens::read(&reply.ok());
}

#[tokio::test]
async fn foreign_origin_proof_uses_up_session() {
    let mut fixture = fixture().await;
    let asked = fixture.ask().await;
    let sub = fixture.sub.clone();
    let elsewhere = fixture
        .passkey
        .get(&asked.options, "https://example.org", &sub);
    let elsewhere = elsewhere.json();
    fixture
        .prove(&asked, &elsewhere)
        .await
        .not_authorized(INCORRECT);
    let proof = fixture.proof(&asked);
    fixture
        .prove(&asked, &proof)
        .await
        .not_authorized("Invalid session for the user, session can only be used once.");
}

#[tokio::test]
async fn proof_is_valid_for_its_challenge_only() {
    let mut fixture = fixture().await;
    let asked = fixture.ask().await;
    let proof = fixture.proof(&asked);
    fixture.prove(&asked, &proof).await.ok();
    // Sends the same proof again, in the same session and in another one.
    fixture
        .prove(&asked, &proof)
        .await
        .not_authorized("Invalid session for the user, session can only be used once.");
    let other = fixture.ask().await;
    fixture
        .prove(&other, &proof)
        .await
        .not_authorized(INCORRECT);
}

#[tokio::test]
async fn a_challenge_waits_no_longer_than_its_session() {
    let mut fixture = fixture().await;
    let asked = fixture.ask().await;
    let proof = fixture.proof(&asked);
    fixture.pool.advance(Duration::from_secs(180));
    fixture
        .prove(&asked, &proof)
        .await
        .not_authorized("Invalid session for the user, session is expired.");
}

#[tokio::test]
async fn a_copied_authenticator_is_found_by_its_counter() {
    let mut fixture = fixture().await;
    for (counter, is_right) in [(7, true), (7, false), (6, false), (0, false), (8, true)] {
        let asked = fixture.ask().await;
        let sub = fixture.sub.clone();
        let mut proof = fixture.passkey.get(&asked.options, ORIGIN, &sub);
        proof.counter = counter;
        let proof = proof.json();
        let reply = fixture.prove(&asked, &proof).await;
        if is_right {
            reply.ok();
        } else {
            reply.not_authorized(INCORRECT);
        }
    }
}

#[tokio::test]
async fn passkey_signs_in_only_its_user() {
    let mut fixture = fixture().await;
    let other = "other@example.com";
    let sub = fixture.pool.emulator.create_user(other, PASSWORD, &[]);
    let sub = sub.expect("a person");
    let theirs = Tokens::read(&fixture.pool.sign_in(other, PASSWORD).await.ok()).access;
    let mut passkey = Authenticator::es256(b"theirs");
    fixture.pool.register(&theirs, &passkey).await;
    // Tests the other user's passkey with the handle of either user, and this user's passkey with
    // the other user's handle.
    for handle in [&sub, &fixture.sub.clone()] {
        let asked = fixture.ask().await;
        let proof = passkey.get(&asked.options, ORIGIN, handle).json();
        fixture
            .prove(&asked, &proof)
            .await
            .not_authorized(INCORRECT);
    }
    let asked = fixture.ask().await;
    let proof = fixture.passkey.get(&asked.options, ORIGIN, &sub).json();
    fixture
        .prove(&asked, &proof)
        .await
        .not_authorized(INCORRECT);
}

#[tokio::test]
async fn a_deleted_passkey_opens_nothing() {
    let mut fixture = fixture().await;
    let asked = fixture.ask().await;
    let proof = fixture.proof(&asked);
    let access = fixture.pool.tokens().await.access;
    let fields = json!({ "AccessToken": access, "CredentialId": base64url(b"one") });
    fixture
        .pool
        .call("DeleteWebAuthnCredential", fields)
        .await
        .ok();
    fixture
        .prove(&asked, &proof)
        .await
        .not_authorized(INCORRECT);
    let offered = fixture.begin(Some("WEB_AUTHN")).await;
    assert_eq!(offered["ChallengeName"], "SELECT_CHALLENGE");
    assert_eq!(
        offered["AvailableChallenges"],
        json!(["PASSWORD", "PASSWORD_SRP"])
    );
}

#[tokio::test]
async fn unreadable_response_keeps_session() {
    let mut fixture = fixture().await;
    let asked = fixture.ask().await;
    fixture
        .respond("WEB_AUTHN", &asked.session, "CREDENTIAL", "{")
        .await
        .invalid_parameter("The credential is not valid JSON");
    let reply = fixture
        .respond("WEB_AUTHN", &asked.session, "ANSWER", "x")
        .await;
    assert_eq!(reply.body["__type"], "InvalidParameterException");
    let proof = fixture.proof(&asked);
    fixture.prove(&asked, &proof).await.ok();
}

#[tokio::test]
async fn the_domain_that_passkeys_were_made_for_decides() {
    let mut fixture = fixture().await;
    let asked = fixture.ask().await;
    let moved = json!({ "WebAuthnConfiguration": { "RelyingPartyId": "login.example.com" } });
    fixture.pool.admin("SetUserPoolMfaConfig", moved).await.ok();
    let proof = fixture.proof(&asked);
    fixture
        .prove(&asked, &proof)
        .await
        .not_authorized(INCORRECT);
    let offered = fixture.begin(Some("WEB_AUTHN")).await;
    assert_eq!(offered["ChallengeName"], "SELECT_CHALLENGE");
    // The challenge lists the passkey for the new domain, and not the old passkey.
    let access = fixture.pool.tokens().await.access;
    let newer = Authenticator::es256(b"newer");
    fixture.pool.register(&access, &newer).await;
    let asked = fixture.ask().await;
    let allowed = asked.options["allowCredentials"]
        .as_array()
        .expect("a list");
    assert_eq!(allowed.len(), 1);
    assert_eq!(allowed[0]["id"], base64url(b"newer"));
}

#[tokio::test]
async fn passkeys_that_are_turned_off_open_nothing() {
    let mut fixture = fixture().await;
    let asked = fixture.ask().await;
    let proof = fixture.proof(&asked);
    let mut settings = fixture.pool.admin("DescribeUserPool", json!({})).await.ok();
    let mut fields = json!({ "Policies": settings["UserPool"]["Policies"].take() });
    fields["Policies"]["SignInPolicy"] = json!({ "AllowedFirstAuthFactors": ["PASSWORD"] });
    fixture.pool.admin("UpdateUserPool", fields).await.ok();
    fixture
        .prove(&asked, &proof)
        .await
        .not_authorized(INCORRECT);
    let offered = fixture.begin(Some("WEB_AUTHN")).await;
    assert_eq!(offered["ChallengeName"], "SELECT_CHALLENGE");
}

#[tokio::test]
async fn passkey_counts_as_two_factors_if_configured() {
    let mut fixture = fixture_with(|builder| builder.mfa(MfaMode::Optional)).await;
    fixture.pool.with_software_token().await;
    // The user needs two factors, so a passkey is not offered.
    let offered = fixture.begin(Some("WEB_AUTHN")).await;
    assert_eq!(
        offered["AvailableChallenges"],
        json!(["PASSWORD", "PASSWORD_SRP"])
    );
    let configuration = json!({
        "RelyingPartyId": "example.com",
        "FactorConfiguration": "MULTI_FACTOR_WITH_USER_VERIFICATION",
    });
    let fields = json!({ "WebAuthnConfiguration": configuration });
    fixture
        .pool
        .admin("SetUserPoolMfaConfig", fields)
        .await
        .ok();
    let asked = fixture.ask().await;
    assert_eq!(asked.options["userVerification"], "required");
    let sub = fixture.sub.clone();
    let mut proof = fixture.passkey.get(&asked.options, ORIGIN, &sub);
    proof.flags &= !VERIFIED;
    let proof = proof.json();
    fixture
        .prove(&asked, &proof)
        .await
        .not_authorized(INCORRECT);
    let asked = fixture.ask().await;
    let proof = fixture.proof(&asked);
    Tokens::read(&fixture.prove(&asked, &proof).await.ok());
}

#[tokio::test]
async fn builder_configures_passkey_as_two_factors() {
    let builder = |builder: EmulatorBuilder| builder.mfa(MfaMode::Optional).multi_factor_passkeys();
    let mut fixture = fixture_with(builder).await;
    fixture.pool.with_software_token().await;
    let asked = fixture.ask().await;
    let proof = fixture.proof(&asked);
    Tokens::read(&fixture.prove(&asked, &proof).await.ok());
}

#[tokio::test]
async fn passkey_alone_fails_with_second_factor() {
    for factors in [
        "SINGLE_FACTOR",
        // Its authenticator was not required to verify the user.
        "MULTI_FACTOR_WITH_USER_VERIFICATION",
    ] {
        let mut fixture = fixture_with(|builder| builder.mfa(MfaMode::Optional)).await;
        let configuration = json!({
            "RelyingPartyId": "example.com",
            "FactorConfiguration": factors,
        });
        let fields = json!({ "WebAuthnConfiguration": configuration });
        fixture
            .pool
            .admin("SetUserPoolMfaConfig", fields)
            .await
            .ok();
        let asked = fixture.ask().await;
        let proof = fixture.proof(&asked);
        fixture.pool.with_software_token().await;
        fixture
            .prove(&asked, &proof)
            .await
            .not_authorized("Invalid session for the user.");
    }
}

#[tokio::test]
async fn user_without_passkey_is_offered_password() {
    let pool = passkey_pool().await;
    let fields = json!({
        "AuthFlow": "USER_AUTH",
        "ClientId": CLIENT,
        "AuthParameters": { "USERNAME": EMAIL, "PREFERRED_CHALLENGE": "WEB_AUTHN" },
    });
    let offered = pool.call("InitiateAuth", fields).await.ok();
    assert_eq!(
        offered["AvailableChallenges"],
        json!(["PASSWORD", "PASSWORD_SRP"])
    );
}
