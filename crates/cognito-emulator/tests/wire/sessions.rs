//! The sessions of a sign-in: which user they belong to, and how often they are valid.

use cognito_emulator::{MfaMode, Usernames};
use serde_json::{Value, json};

use crate::support::{CLIENT, EMAIL, PASSWORD, PHONE, Pool, Reply, Tokens, attribute, pool_with};

const NAME: &str = "someone";
const NEW_PASSWORD: &str = "EvenBetter456!";
const NEW: &str = "new@example.com";
const USED: &str = "Invalid session for the user, session can only be used once.";
const UNKNOWN: &str = "Invalid session for the user.";

impl Pool {
    async fn invite(&self, name: &str, password: &str, attributes: Value) {
        let fields = json!({
            "Username": name,
            "TemporaryPassword": password,
            "MessageAction": "SUPPRESS",
            "UserAttributes": attributes,
        });
        self.admin("AdminCreateUser", fields).await.ok();
    }

    async fn renew(&self, name: &str, session: &Value, attributes: &[(&str, &str)]) -> Reply {
        let mut responses = json!({ "USERNAME": name, "NEW_PASSWORD": NEW_PASSWORD });
        for (attribute, value) in attributes {
            responses[format!("userAttributes.{attribute}")] = json!(value);
        }
        let fields = json!({
            "ChallengeName": "NEW_PASSWORD_REQUIRED",
            "ClientId": CLIENT,
            "Session": session,
            "ChallengeResponses": responses,
        });
        self.call("RespondToAuthChallenge", fields).await
    }

    /// Returns the session of a sign-in that waits for the named challenge.
    async fn waits(&self, name: &str, challenge: &str) -> Value {
        let asked = self.sign_in(name, PASSWORD).await.ok();
        assert_eq!(asked["ChallengeName"], challenge);
        asked["Session"].clone()
    }

    async fn associate(&self, session: &Value) -> Reply {
        self.call("AssociateSoftwareToken", json!({ "Session": session }))
            .await
    }

    async fn prove(&self, session: &Value, code: &str) -> Reply {
        let fields = json!({ "Session": session, "UserCode": code });
        self.call("VerifySoftwareToken", fields).await
    }

    /// Sets up a software token in a session and returns the next session.
    async fn set_up(&self, session: &Value) -> Value {
        let associated = self.associate(session).await.ok();
        let code = self.totp(associated["SecretCode"].as_str().expect("a secret"));
        let proved = self.prove(&associated["Session"], &code).await.ok();
        proved["Session"].clone()
    }
}

async fn plain() -> Pool {
    pool_with(|builder| builder.usernames(Usernames::Plain)).await
}

async fn insisting() -> Pool {
    pool_with(|builder| builder.mfa(MfaMode::On).email_mfa(true)).await
}

#[tokio::test]
async fn session_is_invalid_for_recreated_user() {
    let pool = plain().await;
    pool.invite(NAME, PASSWORD, json!([])).await;
    let session = pool.waits(NAME, "NEW_PASSWORD_REQUIRED").await;
    pool.admin("AdminDeleteUser", json!({ "Username": NAME }))
        .await
        .ok();
    pool.invite(NAME, "Another789!", json!([])).await;
    let reply = pool.renew(NAME, &session, &[]).await;
    reply.not_authorized(UNKNOWN);
}

#[tokio::test]
async fn setup_is_invalid_for_recreated_user() {
    let settings = |builder: cognito_emulator::EmulatorBuilder| {
        builder.usernames(Usernames::Plain).mfa(MfaMode::On)
    };
    let pool = pool_with(settings).await;
    let create = || pool.emulator.create_user(NAME, PASSWORD, &[]);
    create().expect("a person");
    let session = pool.waits(NAME, "MFA_SETUP").await;
    pool.admin("AdminDeleteUser", json!({ "Username": NAME }))
        .await
        .ok();
    create().expect("a person");
    pool.associate(&session).await.not_authorized(UNKNOWN);
}

#[tokio::test]
async fn new_password_needs_its_challenge() {
    let pool = plain().await;
    pool.invite(NAME, PASSWORD, json!([])).await;
    let session = pool.waits(NAME, "NEW_PASSWORD_REQUIRED").await;
    let set = json!({ "Username": NAME, "Password": "Another789!", "Permanent": true });
    pool.admin("AdminSetUserPassword", set).await.ok();
    let reply = pool.renew(NAME, &session, &[]).await;
    reply.not_authorized(UNKNOWN);
    Tokens::read(&pool.sign_in(NAME, "Another789!").await.ok());
}

#[tokio::test]
async fn factor_is_only_set_up_while_none_exists() {
    let pool = insisting().await;
    pool.person();
    let unverified = json!([{ "Name": "email_verified", "Value": "false" }]);
    let fields = json!({ "Username": EMAIL, "UserAttributes": unverified });
    pool.admin("AdminUpdateUserAttributes", fields).await.ok();
    let first = pool.waits(EMAIL, "MFA_SETUP").await;
    let second = pool.waits(EMAIL, "MFA_SETUP").await;
    let third = pool.waits(EMAIL, "MFA_SETUP").await;
    let asked = pool.respond("MFA_SETUP", &third, ("EMAIL", NEW)).await.ok();
    let associated = pool.associate(&second).await.ok();
    let code = pool.totp(associated["SecretCode"].as_str().expect("a secret"));
    let first = pool.set_up(&first).await;
    let answer = pool.respond("MFA_SETUP", &first, ("X", "x")).await.ok();
    Tokens::read(&answer);
    pool.prove(&associated["Session"], &code)
        .await
        .not_authorized(UNKNOWN);
    pool.respond("MFA_SETUP", &associated["Session"], ("X", "x"))
        .await
        .not_authorized(UNKNOWN);
    let code = pool.code(NEW);
    pool.respond("EMAIL_OTP", &asked["Session"], ("EMAIL_OTP_CODE", &code))
        .await
        .not_authorized(UNKNOWN);
}

#[tokio::test]
async fn each_setup_step_uses_its_session() {
    let pool = insisting().await;
    pool.invite(PHONE, PASSWORD, json!([])).await;
    let set = json!({ "Username": PHONE, "Password": PASSWORD, "Permanent": true });
    pool.admin("AdminSetUserPassword", set).await.ok();
    let asked = pool.waits(PHONE, "MFA_SETUP").await;
    let associated = pool.associate(&asked).await.ok();
    let session = &associated["Session"];
    assert_ne!(*session, asked);
    pool.associate(&asked).await.not_authorized(USED);
    let code = pool.totp(associated["SecretCode"].as_str().expect("a secret"));
    pool.prove(&asked, &code).await.not_authorized(USED);

    let wrong = if code == "000000" { "000001" } else { "000000" };
    pool.prove(session, wrong).await.fails(
        "EnableSoftwareTokenMFAException",
        "Code mismatch and fail enable Software Token MFA",
    );
    let proved = pool.prove(session, &code).await.ok();
    assert_ne!(proved["Session"], *session);
    pool.prove(session, &code).await.not_authorized(USED);
    let respond = |session: &Value| {
        let fields = json!({
            "ChallengeName": "MFA_SETUP",
            "ClientId": CLIENT,
            "Session": session,
            "ChallengeResponses": { "USERNAME": PHONE },
        });
        pool.call("RespondToAuthChallenge", fields)
    };
    respond(session).await.not_authorized(USED);
    Tokens::read(&respond(&proved["Session"]).await.ok());
}

#[tokio::test]
async fn setup_rejects_address_of_another_alias() {
    let settings = |builder: cognito_emulator::EmulatorBuilder| {
        builder
            .usernames(Usernames::Plain)
            .mfa(MfaMode::On)
            .email_mfa(true)
    };
    let pool = pool_with(settings).await;
    for (name, email) in [("first", EMAIL), ("second", "other@example.com")] {
        pool.invite(name, PASSWORD, json!([{ "Name": "email", "Value": email }]))
            .await;
        let set = json!({ "Username": name, "Password": PASSWORD, "Permanent": true });
        pool.admin("AdminSetUserPassword", set).await.ok();
    }
    let verify = |name: &str, email: &str| {
        let verified = json!([
            { "Name": "email", "Value": email },
            { "Name": "email_verified", "Value": "true" },
        ]);
        let fields = json!({ "Username": name, "UserAttributes": verified });
        pool.admin("AdminUpdateUserAttributes", fields)
    };
    let respond = |challenge: &str, session: &Value, answer: (&str, &str)| {
        let mut responses = json!({ "USERNAME": "second" });
        responses[answer.0] = json!(answer.1);
        let fields = json!({
            "ChallengeName": challenge,
            "ClientId": CLIENT,
            "Session": session,
            "ChallengeResponses": responses,
        });
        pool.call("RespondToAuthChallenge", fields)
    };
    let taken = "An account with the email already exists.";
    verify("first", EMAIL).await.ok();
    let session = pool.waits("second", "MFA_SETUP").await;
    respond("MFA_SETUP", &session, ("EMAIL", EMAIL))
        .await
        .fails("AliasExistsException", taken);
    let asked = respond("MFA_SETUP", &session, ("EMAIL", NEW)).await.ok();
    verify("first", NEW).await.ok();
    let code = pool.code(NEW);
    respond("EMAIL_OTP", &asked["Session"], ("EMAIL_OTP_CODE", &code))
        .await
        .fails("AliasExistsException", taken);
    let named = json!({ "Username": NEW });
    let owner = pool.admin("AdminGetUser", named).await.ok();
    assert_eq!(owner["Username"], "first");
}

#[tokio::test]
async fn new_password_address_is_free_and_unverified() {
    let pool = pool_with(|builder| builder).await;
    pool.person();
    let lie = json!([{ "Name": "email_verified", "Value": "true" }]);
    pool.invite(PHONE, PASSWORD, lie).await;
    let session = pool.waits(PHONE, "NEW_PASSWORD_REQUIRED").await;
    pool.renew(PHONE, &session, &[("email", EMAIL)])
        .await
        .fails(
            "AliasExistsException",
            "An account with the given email already exists.",
        );
    let answer = pool.renew(PHONE, &session, &[("email", NEW)]).await.ok();
    let user = pool.get_user(&Tokens::read(&answer).access).await.ok();
    let attributes = &user["UserAttributes"];
    assert_eq!(attribute(attributes, "email"), Some(NEW));
    assert_eq!(attribute(attributes, "email_verified"), Some("false"));
}

#[tokio::test]
async fn rejects_taken_preferred_username() {
    let pool = plain().await;
    pool.emulator
        .create_user("first", PASSWORD, &[("preferred_username", "captain")])
        .expect("a person");
    pool.invite("second", PASSWORD, json!([])).await;
    let session = pool.waits("second", "NEW_PASSWORD_REQUIRED").await;
    let taken = "An account with the preferred_username already exists.";
    let reply = pool.renew("second", &session, &[("preferred_username", "Captain")]);
    reply.await.fails("AliasExistsException", taken);
    let fields = json!({
        "Username": "second",
        "UserAttributes": [{ "Name": "preferred_username", "Value": "captain" }],
    });
    pool.admin("AdminUpdateUserAttributes", fields)
        .await
        .fails("AliasExistsException", taken);
    let mut fields = json!({
        "Username": "third",
        "UserAttributes": [{ "Name": "preferred_username", "Value": "captain" }],
    });
    let reply = pool.admin("AdminCreateUser", fields.clone()).await;
    reply.fails("UsernameExistsException", taken);
    fields["ClientId"] = json!(CLIENT);
    fields["Password"] = json!(PASSWORD);
    let reply = pool.call("SignUp", fields).await;
    reply.fails("UsernameExistsException", taken);
    let named = json!({ "Username": "captain" });
    let owner = pool.admin("AdminGetUser", named).await.ok();
    assert_eq!(owner["Username"], "first");
}
