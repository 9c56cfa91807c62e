//! `InitiateAuth`, `AdminInitiateAuth`, `NEW_PASSWORD_REQUIRED`, sessions.

use std::time::Duration;

use cognito_emulator::{AuthFlow, Client};
use serde_json::{Value, json};

use crate::support::{
    CLIENT, EMAIL, PASSWORD, Pool, Tokens, attribute, pool, pool_of, pool_with, secret_hash,
    sign_in_fields,
};

const NEW_PASSWORD: &str = "EvenBetter456!";

fn admin_fields() -> Value {
    let mut fields = sign_in_fields(EMAIL, PASSWORD);
    fields["AuthFlow"] = json!("ADMIN_USER_PASSWORD_AUTH");
    fields
}

#[tokio::test]
async fn every_name_of_user_signs_in() {
    let pool = pool().await;
    let sub = pool.person();
    for name in [EMAIL, "SOMEONE@example.com", &sub] {
        let answer = pool.sign_in(name, PASSWORD).await.ok();
        assert_eq!(answer["ChallengeParameters"], json!({}));
        assert_eq!(answer["AuthenticationResult"]["ExpiresIn"], 3600);
        Tokens::read(&answer);
    }
    let answer = pool.admin("AdminInitiateAuth", admin_fields()).await.ok();
    Tokens::read(&answer);
    let mut legacy = admin_fields();
    legacy["AuthFlow"] = json!("ADMIN_NO_SRP_AUTH");
    pool.admin("AdminInitiateAuth", legacy).await.ok();
}

#[tokio::test]
async fn wrong_passwords_lock_the_account() {
    let pool = pool().await;
    pool.person();
    for _ in 0..5 {
        pool.sign_in(EMAIL, "Wrong1234!")
            .await
            .not_authorized("Incorrect username or password.");
    }
    pool.sign_in(EMAIL, PASSWORD)
        .await
        .not_authorized("Password attempts exceeded");
    pool.advance(Duration::from_secs(1));
    pool.sign_in(EMAIL, "Wrong1234!")
        .await
        .not_authorized("Incorrect username or password.");
    pool.advance(Duration::from_secs(1));
    pool.sign_in(EMAIL, PASSWORD)
        .await
        .not_authorized("Password attempts exceeded");
    pool.advance(Duration::from_secs(1));
    pool.sign_in(EMAIL, PASSWORD).await.ok();
    pool.sign_in(EMAIL, "Wrong1234!")
        .await
        .not_authorized("Incorrect username or password.");
    pool.sign_in(EMAIL, PASSWORD).await.ok();
}

#[tokio::test]
async fn lockouts_double_up_to_fifteen_minutes() {
    let pool = pool().await;
    pool.person();
    let is_wrong = async || {
        pool.sign_in(EMAIL, "Wrong1234!")
            .await
            .not_authorized("Incorrect username or password.");
    };
    for _ in 0..4 {
        is_wrong().await;
    }
    for seconds in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900] {
        is_wrong().await;
        pool.advance(Duration::from_secs(seconds) - Duration::from_millis(1));
        pool.sign_in(EMAIL, PASSWORD)
            .await
            .not_authorized("Password attempts exceeded");
        pool.advance(Duration::from_millis(1));
    }
    pool.sign_in(EMAIL, PASSWORD).await.ok();
}

#[tokio::test]
async fn unknown_users_are_reported_or_hidden() {
    let pool = pool_with(|builder| {
        builder
            .client(Client::new(CLIENT))
            .client(Client::new("hiding").prevent_user_existence_errors(true))
    })
    .await;
    pool.sign_in(EMAIL, PASSWORD)
        .await
        .fails("UserNotFoundException", "User does not exist.");
    let mut fields = sign_in_fields(EMAIL, PASSWORD);
    fields["ClientId"] = json!("hiding");
    pool.call("InitiateAuth", fields)
        .await
        .not_authorized("Incorrect username or password.");
}

#[tokio::test]
async fn disabled_user_is_rejected_before_password_check() {
    let pool = pool().await;
    pool.person();
    pool.admin("AdminDisableUser", json!({ "Username": EMAIL }))
        .await
        .ok();
    for password in [PASSWORD, "Wrong1234!"] {
        pool.sign_in(EMAIL, password)
            .await
            .not_authorized("User is disabled.");
    }
    pool.admin("AdminEnableUser", json!({ "Username": EMAIL }))
        .await
        .ok();
    pool.tokens().await;
}

#[tokio::test]
async fn only_allowed_flows_work() {
    let pool = pool_of(|client| client.flow(AuthFlow::RefreshToken)).await;
    pool.person();
    pool.sign_in(EMAIL, PASSWORD)
        .await
        .invalid_parameter("USER_PASSWORD_AUTH flow not enabled for this client");
    pool.admin("AdminInitiateAuth", admin_fields())
        .await
        .invalid_parameter("Auth flow not enabled for this client");
    for (flow, message) in [
        (
            "USER_SRP_AUTH",
            "USER_SRP_AUTH is not enabled for the client.",
        ),
        ("USER_AUTH", "Auth flow not enabled for this client"),
        ("CUSTOM_AUTH", "Auth flow not enabled for this client"),
    ] {
        let mut fields = sign_in_fields(EMAIL, PASSWORD);
        fields["AuthFlow"] = json!(flow);
        pool.call("InitiateAuth", fields)
            .await
            .invalid_parameter(message);
    }
    let pool = pool_of(|client| client.flow(AuthFlow::UserPassword)).await;
    let fields = json!({
        "AuthFlow": "REFRESH_TOKEN_AUTH",
        "ClientId": CLIENT,
        "AuthParameters": { "REFRESH_TOKEN": "x" },
    });
    pool.call("InitiateAuth", fields)
        .await
        .invalid_parameter("Auth flow not enabled for this client");
}

#[tokio::test]
async fn each_flow_has_its_operation() {
    let pool = pool().await;
    pool.person();
    pool.call("InitiateAuth", admin_fields())
        .await
        .invalid_parameter("Initiate Auth method not supported.");
    pool.admin("AdminInitiateAuth", sign_in_fields(EMAIL, PASSWORD))
        .await
        .invalid_parameter("Initiate Auth method not supported.");
    let mut fields = sign_in_fields(EMAIL, PASSWORD);
    fields["AuthFlow"] = json!("NO_SUCH_FLOW");
    let reply = pool.call("InitiateAuth", fields).await;
    let message = reply.body["message"].as_str().expect("text").to_owned();
    assert!(
        message.starts_with(
            "1 validation error detected: Value 'NO_SUCH_FLOW' at 'authFlow' failed to satisfy \
             constraint: Member must satisfy enum value set: ["
        ),
        "{message}"
    );
    for (parameters, missing) in [
        (json!({ "PASSWORD": PASSWORD }), "USERNAME"),
        (json!({ "USERNAME": EMAIL }), "PASSWORD"),
        (json!({ "USERNAME": "", "PASSWORD": PASSWORD }), "USERNAME"),
    ] {
        let mut fields = sign_in_fields("", "");
        fields["AuthParameters"] = parameters;
        pool.call("InitiateAuth", fields)
            .await
            .invalid_parameter(&format!("Missing required parameter {missing}"));
    }
}

#[tokio::test]
async fn secret_hash_uses_the_sent_name() {
    let pool = pool_of(|client| client.secret("shh")).await;
    let sub = pool.person();
    for (name, hashed, is_right) in [
        (EMAIL, EMAIL, true),
        (sub.as_str(), sub.as_str(), true),
        (EMAIL, sub.as_str(), false),
    ] {
        let mut fields = sign_in_fields(name, PASSWORD);
        fields["AuthParameters"]["SECRET_HASH"] = json!(secret_hash("shh", hashed, CLIENT));
        let reply = pool.call("InitiateAuth", fields).await;
        if is_right {
            reply.ok();
        } else {
            reply.not_authorized("Unable to verify secret hash for client emulatorclient1");
        }
    }
    pool.sign_in(EMAIL, PASSWORD).await.not_authorized(
        "Client emulatorclient1 is configured with secret but SECRET_HASH was not received",
    );
}

async fn invited(pool: &Pool, attributes: Value) {
    pool.admin(
        "AdminCreateUser",
        json!({
            "Username": EMAIL,
            "TemporaryPassword": PASSWORD,
            "UserAttributes": attributes,
        }),
    )
    .await
    .ok();
}

fn answer_fields(session: &Value, responses: &Value) -> Value {
    json!({
        "ChallengeName": "NEW_PASSWORD_REQUIRED",
        "ClientId": CLIENT,
        "Session": session,
        "ChallengeResponses": responses,
    })
}

#[tokio::test]
async fn a_temporary_password_must_be_replaced() {
    let pool = pool_with(|builder| builder.required_attribute("name")).await;
    invited(
        &pool,
        json!([{ "Name": "email_verified", "Value": "true" }]),
    )
    .await;
    let challenge = pool.sign_in(EMAIL, PASSWORD).await.ok();
    assert_eq!(challenge["ChallengeName"], "NEW_PASSWORD_REQUIRED");
    let parameters = &challenge["ChallengeParameters"];
    assert_eq!(
        parameters["requiredAttributes"],
        "[\"userAttributes.name\"]"
    );
    let attributes = parameters["userAttributes"].as_str().expect("text");
    let attributes: Value = serde_json::from_str(attributes).expect("JSON");
    assert_eq!(
        attributes,
        json!({ "email": EMAIL, "email_verified": "true" })
    );

    let session = &challenge["Session"];
    let respond = |responses: Value| {
        let fields = answer_fields(session, &responses);
        pool.call("RespondToAuthChallenge", fields)
    };
    respond(json!({ "USERNAME": EMAIL, "NEW_PASSWORD": "short" }))
        .await
        .fails(
            "InvalidPasswordException",
            "Password did not conform with policy: Password not long enough",
        );
    respond(json!({ "USERNAME": EMAIL, "NEW_PASSWORD": NEW_PASSWORD }))
        .await
        .invalid_parameter("Invalid attributes given, name is missing");
    respond(json!({
        "USERNAME": EMAIL,
        "NEW_PASSWORD": NEW_PASSWORD,
        "userAttributes.email": EMAIL,
    }))
    .await
    .not_authorized("Cannot modify an already provided email");
    let right = json!({
        "USERNAME": EMAIL,
        "NEW_PASSWORD": NEW_PASSWORD,
        "userAttributes.name": "Some One",
    });
    let answer = respond(right.clone()).await.ok();
    let tokens = Tokens::read(&answer);
    let user = pool.get_user(&tokens.access).await.ok();
    assert_eq!(attribute(&user["UserAttributes"], "name"), Some("Some One"));
    respond(right)
        .await
        .not_authorized("Invalid session for the user, session can only be used once.");
    pool.sign_in(EMAIL, PASSWORD)
        .await
        .not_authorized("Incorrect username or password.");
    pool.sign_in(EMAIL, NEW_PASSWORD).await.ok();
}

#[tokio::test]
async fn challenge_shows_only_readable_attributes() {
    let pool = pool_of(|client| client.read_attributes(["name", "email"])).await;
    invited(&pool, json!([{ "Name": "nickname", "Value": "So" }])).await;
    let challenge = pool.sign_in(EMAIL, PASSWORD).await.ok();
    let attributes = &challenge["ChallengeParameters"]["userAttributes"];
    let attributes: Value = attributes
        .as_str()
        .and_then(|text| serde_json::from_str(text).ok())
        .expect("JSON");
    assert_eq!(attributes, json!({ "email": EMAIL }));
}

#[tokio::test]
async fn new_password_rejects_existing_or_empty_attributes() {
    let pool = pool_with(|builder| builder.required_attribute("name")).await;
    invited(&pool, json!([{ "Name": "name", "Value": "Some One" }])).await;
    let challenge = pool.sign_in(EMAIL, PASSWORD).await.ok();
    let respond = |attribute: &str, value: &str| {
        let mut responses = json!({ "USERNAME": EMAIL, "NEW_PASSWORD": NEW_PASSWORD });
        responses[format!("userAttributes.{attribute}")] = json!(value);
        let fields = answer_fields(&challenge["Session"], &responses);
        pool.call("RespondToAuthChallenge", fields)
    };
    respond("name", "Another Name")
        .await
        .not_authorized("Cannot modify an already provided name");
    let answer = respond("nickname", "").await.ok();
    let access = Tokens::read(&answer).access;
    let user = pool.get_user(&access).await.ok();
    assert_eq!(attribute(&user["UserAttributes"], "nickname"), None);
    let empty = json!([{ "Name": "name", "Value": "" }]);
    let fields = json!({ "AccessToken": access, "UserAttributes": empty });
    pool.call("UpdateUserAttributes", fields)
        .await
        .invalid_parameter(
            "Attributes did not conform to the schema: name: The attribute is required\n",
        );
}

#[tokio::test]
async fn session_expires_and_serves_one_sign_in() {
    let pool = pool_with(|builder| {
        builder
            .client(Client::new(CLIENT))
            .client(Client::new("other"))
    })
    .await;
    invited(&pool, json!([])).await;
    pool.emulator
        .create_user("other@example.com", PASSWORD, &[])
        .expect("a person");
    let challenge = pool.sign_in(EMAIL, PASSWORD).await.ok();
    let session = &challenge["Session"];
    let responses = json!({ "USERNAME": EMAIL, "NEW_PASSWORD": NEW_PASSWORD });
    let invalid = "Invalid session for the user.";

    let mut fields = answer_fields(session, &responses);
    fields["ClientId"] = json!("other");
    pool.call("RespondToAuthChallenge", fields)
        .await
        .not_authorized(invalid);
    let mut fields = answer_fields(session, &responses);
    fields["ChallengeName"] = json!("SMS_MFA");
    pool.call("RespondToAuthChallenge", fields)
        .await
        .not_authorized(invalid);
    let mut fields = answer_fields(session, &responses);
    fields["ChallengeResponses"]["USERNAME"] = json!("other@example.com");
    pool.call("RespondToAuthChallenge", fields)
        .await
        .not_authorized(invalid);
    let fields = answer_fields(&json!("a made-up session of some length"), &responses);
    pool.call("RespondToAuthChallenge", fields)
        .await
        .not_authorized(invalid);
    let mut fields = answer_fields(session, &responses);
    fields["Session"] = Value::Null;
    pool.call("RespondToAuthChallenge", fields)
        .await
        .invalid_parameter("Missing required parameter Session");
    let fields = answer_fields(session, &json!({ "NEW_PASSWORD": NEW_PASSWORD }));
    pool.call("RespondToAuthChallenge", fields)
        .await
        .invalid_parameter("Missing required parameter USERNAME");

    pool.advance(Duration::from_secs(180));
    let fields = answer_fields(session, &responses);
    pool.call("RespondToAuthChallenge", fields)
        .await
        .not_authorized("Invalid session for the user, session is expired.");
}

#[tokio::test]
async fn a_temporary_password_expires() {
    let pool = pool().await;
    invited(&pool, json!([])).await;
    pool.advance(Duration::from_secs(7 * 24 * 3600));
    pool.sign_in(EMAIL, PASSWORD)
        .await
        .not_authorized("Temporary password has expired and must be reset by an administrator.");
}

#[tokio::test]
async fn operator_answers_challenge_for_user() {
    let pool = pool().await;
    invited(&pool, json!([])).await;
    let challenge = pool.admin("AdminInitiateAuth", admin_fields()).await.ok();
    let responses = json!({ "USERNAME": EMAIL, "NEW_PASSWORD": NEW_PASSWORD });
    let fields = answer_fields(&challenge["Session"], &responses);
    pool.call("AdminRespondToAuthChallenge", fields.clone())
        .await
        .fails(
            "MissingAuthenticationTokenException",
            "Missing Authentication Token",
        );
    let answer = pool.admin("AdminRespondToAuthChallenge", fields).await.ok();
    Tokens::read(&answer);
}
