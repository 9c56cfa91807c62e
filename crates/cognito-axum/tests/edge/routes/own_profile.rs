//! The routes with which the signed-in user changes attributes and confirms addresses.

use std::time::Duration;

use cognito_axum::{AuthRoutes, EnumerationPolicy, SessionCookies};
use cognito_emulator::Fault;
use serde_json::{Value, json};

use super::{Browser, EMAIL, Fixture, PASSWORD};

const PROFILE: &str = "/auth/profile";
const SEND: &str = "/auth/profile/send-code";
const CONFIRM: &str = "/auth/profile/confirm";
const NEW: &str = "new@example.com";
const TAKEN: &str = "taken@example.com";

/// Creates a pool in which a new address takes effect after its confirmation.
async fn verifying(routes: impl FnOnce(AuthRoutes) -> AuthRoutes) -> Fixture {
    let fixture = Fixture::with(
        |emulator| emulator.verify_before_update(true),
        |built| routes(built.profile(true)),
    )
    .await;
    fixture.person();
    fixture.emulator.create_user(TAKEN, PASSWORD, &[]).unwrap();
    fixture
}

fn attributes(name: &str, value: &str) -> Value {
    json!({"attributes": {name: value}})
}

fn code(code: &str) -> Value {
    json!({"attribute": "email", "code": code})
}

#[tokio::test]
async fn browser_changes_profile_and_confirms_address() {
    let fixture = verifying(|routes| routes.cookies(SessionCookies::new())).await;
    let mut browser = Browser::default();
    browser.login(&fixture).await.ok();
    let body = json!({"attributes": {"name": "Jo Doe", "nickname": "Jo"}});
    let done = browser.post(&fixture, PROFILE, body).await;
    assert_eq!(
        done.ok(),
        json!({"success": true, "message": "Profile updated successfully"})
    );
    browser
        .post(&fixture, PROFILE, attributes("email", NEW))
        .await
        .ok();
    let me = browser.get(&fixture, "/auth/me").await.ok();
    assert_eq!(me["attributes"]["email"], EMAIL);
    assert_eq!(me["attributes"]["nickname"], "Jo");

    let wrong = browser.post(&fixture, CONFIRM, code("000000")).await;
    wrong.refused(400, "Invalid verification code provided");
    fixture.emulator.inbox().clear();
    let sent = browser
        .post(&fixture, SEND, json!({"attribute": "email"}))
        .await;
    assert_eq!(
        sent.ok(),
        json!({"success": true, "message": "Verification code sent"})
    );
    let right = fixture.emulator.inbox().latest_code(NEW).unwrap();
    let done = browser.post(&fixture, CONFIRM, code(&right)).await;
    assert_eq!(
        done.ok(),
        json!({"success": true, "message": "Attribute verified successfully"})
    );
    let me = browser.get(&fixture, "/auth/me").await.ok();
    assert_eq!(me["attributes"]["email"], NEW);
    browser
        .post(&fixture, PROFILE, attributes("nickname", ""))
        .await
        .ok();
    let me = browser.get(&fixture, "/auth/me").await.ok();
    assert_eq!(me["attributes"].get("nickname"), None);
}

/// Returns a service in which users set `custom:plan` only when they sign up, and `custom:news`
/// whenever they like.
async fn with_custom_attributes() -> Fixture {
    Fixture::with(
        |emulator| emulator.custom_attribute("news"),
        |routes| {
            let routes = routes.profile(true).custom_attribute("custom:plan");
            let routes = routes.unwrap().changeable_custom_attribute("custom:news");
            routes.unwrap()
        },
    )
    .await
}

#[tokio::test]
async fn sign_up_attributes_cannot_be_changed_later() {
    let fixture = with_custom_attributes().await;
    let set = json!({"custom:plan": "gold", "custom:news": "yes"});
    let body = json!({"email": EMAIL, "password": PASSWORD, "attributes": set});
    fixture.post("/auth/signup", body).await.ok();
    let body = json!({"email": EMAIL, "code": fixture.code()});
    fixture.post("/auth/confirm", body).await.ok();
    let (token, _) = fixture.tokens().await;
    let body = attributes("custom:plan", "platinum");
    let refused = fixture.post_as(&token, PROFILE, &body).await;
    refused.refused(400, "The attribute custom:plan cannot be set here");
    let body = attributes("custom:news", "no");
    fixture.post_as(&token, PROFILE, &body).await.ok();
    let me = fixture.get("/auth/me", &token).await.ok();
    let attributes = &me["attributes"];
    assert_eq!(attributes["custom:plan"], "gold");
    assert_eq!(attributes["custom:news"], "no");
}

#[tokio::test]
async fn new_password_sets_only_changeable_attributes() {
    let fixture = with_custom_attributes().await;
    let create = fixture.cognito.admin().create_user(EMAIL);
    create.temporary_password(PASSWORD).await.unwrap();
    let asked = fixture.login().await.ok();
    let new = async |attributes: Value| {
        let body = json!({
            "session": asked["session"],
            "newPassword": "EvenBetter456!",
            "attributes": attributes,
        });
        fixture.post("/auth/new-password", body).await
    };
    let refused = new(json!({"custom:plan": "gold"})).await;
    refused.refused(400, "The attribute custom:plan cannot be set here");
    new(json!({"custom:news": "yes"})).await.ok();
}

#[tokio::test]
async fn profile_takes_only_permitted_attributes() {
    let fixture = verifying(|routes| routes).await;
    let (token, _) = fixture.tokens().await;
    for name in ["email_verified", "sub", "custom:plan", "preferred_username"] {
        let refused = fixture
            .post_as(&token, PROFILE, &attributes(name, "true"))
            .await;
        refused.refused(400, &format!("The attribute {name} cannot be set here"));
    }
    let refused = fixture
        .post_as(&token, PROFILE, &json!({"attributes": {}}))
        .await;
    refused.refused(400, "The request is not valid");
    for body in [
        json!({"attributes": {"email": NEW, "name": "Jo"}}),
        json!({"attributes": {"email": NEW, "phone_number": "+4930123456"}}),
    ] {
        let refused = fixture.post_as(&token, PROFILE, &body).await;
        refused.refused(
            400,
            "An e-mail address or phone number must be changed alone",
        );
    }
    for attribute in ["name", "EMAIL", ""] {
        let body = json!({"attribute": attribute, "code": "123456"});
        for path in [SEND, CONFIRM] {
            let refused = fixture.post_as(&token, path, &body).await;
            refused.refused(400, "The body lacks a field, or one is of another type");
        }
    }
    assert_eq!(fixture.emulator.calls("UpdateUserAttributes"), 0);
}

/// Changes an attribute to an address, requests codes and guesses a code. Returns the responses.
async fn probe(fixture: &Fixture, token: &str, name: &str, address: &str) -> Vec<String> {
    let guess = |code: &str| json!({"attribute": name, "code": code});
    let steps = [
        (PROFILE, attributes(name, address)),
        (CONFIRM, guess("000000")),
        (SEND, json!({"attribute": name})),
        (CONFIRM, guess("000000")),
        (CONFIRM, guess("")),
        (PROFILE, attributes(name, address)),
    ];
    let mut responses = Vec::new();
    for (path, body) in steps {
        let reply = fixture.post_as(token, path, &body).await;
        let text = reply.text.replace(name, "");
        responses.push(format!("{} {text}", reply.status));
    }
    let me = fixture.get("/auth/me", token).await.ok();
    responses.push(me["attributes"].to_string());
    responses
}

#[tokio::test]
async fn profile_does_not_reveal_other_accounts() {
    let phone = "+4930123456";
    for (name, free, taken) in [
        ("email", NEW, TAKEN),
        ("phone_number", "+4930999999", phone),
    ] {
        let mut seen = Vec::new();
        for address in [free, taken] {
            let fixture = verifying(|routes| routes).await;
            let owner = fixture.cognito.admin().user(TAKEN);
            let update = owner.update_attributes().attribute("phone_number", phone);
            update
                .attribute("phone_number_verified", "true")
                .await
                .unwrap();
            let (token, _) = fixture.tokens().await;
            let mut responses = probe(&fixture, &token, name, address).await;
            let me = responses.pop().unwrap();
            let sub = me.find("\"sub\"").unwrap();
            responses.push(me[..sub].to_owned());
            seen.push(responses);
        }
        assert_eq!(seen[0], seen[1], "{name}");
    }
}

#[tokio::test]
async fn failed_delivery_does_not_reveal_accounts() {
    // Cognito sends no code to an address of another account, so only free addresses can fail.
    let quota = "Exceeded daily email limit for the operation or the account";
    for (code, message) in [
        ("CodeDeliveryFailureException", "no"),
        ("LimitExceededException", quota),
        ("UnexpectedLambdaException", "CustomMessage failed"),
        (
            "UserLambdaValidationException",
            "CustomMessage failed with error no.",
        ),
    ] {
        let policies = [EnumerationPolicy::Hide, EnumerationPolicy::Reveal];
        for policy in policies {
            let fixture = verifying(|routes| routes.enumeration_policy(policy)).await;
            let (token, _) = fixture.tokens().await;
            for operation in ["UpdateUserAttributes", "GetUserAttributeVerificationCode"] {
                let fault = Fault::error(operation, code, message);
                fixture.emulator.inject(fault).unwrap();
            }
            let is_hidden = policy == EnumerationPolicy::Hide;
            for (path, body) in [
                (PROFILE, attributes("email", NEW)),
                (SEND, json!({"attribute": "email"})),
            ] {
                let reply = fixture.post_as(&token, path, &body).await;
                assert_eq!(reply.status.is_success(), is_hidden, "{path} {code}");
            }
            // No code is sent for other attributes.
            let reply = fixture
                .post_as(&token, PROFILE, &attributes("nickname", "Jo"))
                .await;
            assert!(!reply.status.is_success(), "{code}");
        }
    }
}

#[tokio::test]
async fn configured_policy_reveals_taken_address() {
    let fixture = verifying(|routes| routes.enumeration_policy(EnumerationPolicy::Reveal)).await;
    let (token, _) = fixture.tokens().await;
    let refused = fixture
        .post_as(&token, PROFILE, &attributes("email", TAKEN))
        .await;
    assert!(refused.status.is_client_error(), "{}", refused.text);
    assert_eq!(
        refused.body()["message"],
        "This e-mail address or phone number belongs to another account"
    );
    let body = json!({"attribute": "phone_number"});
    let refused = fixture.post_as(&token, SEND, &body).await;
    refused.refused(400, "The request is not valid");
}

#[tokio::test]
async fn only_addresses_need_recent_sign_in() {
    let limit = Duration::from_secs(300);
    let fixture = verifying(|routes| routes.max_age(limit)).await;
    let (token, _) = fixture.tokens().await;
    fixture.clock.advance(limit + Duration::from_secs(120));
    let body = attributes("nickname", "Jo");
    fixture.post_as(&token, PROFILE, &body).await.ok();
    for name in ["email", "phone_number"] {
        let refused = fixture
            .post_as(&token, PROFILE, &attributes(name, "x"))
            .await;
        refused.refused(401, "Please confirm your identity again");
    }
}
