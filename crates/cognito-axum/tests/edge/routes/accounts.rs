//! Signing up, confirming, and a forgotten password.

use cognito_axum::EnumerationPolicy;
use cognito_emulator::Client;
use serde_json::json;

use super::{EMAIL, Fixture, OTHER_PASSWORD, PASSWORD};

#[tokio::test]
async fn user_signs_up_confirms_and_signs_in() {
    let fixture = Fixture::json().await;
    let attributes = json!({"name": "John Doe"});
    let body = json!({"email": EMAIL, "password": PASSWORD, "attributes": attributes});
    let answer = fixture.post("/auth/signup", body.clone()).await.ok();
    assert_eq!(answer["confirmed"], false);
    assert_eq!(answer["userId"].as_str().unwrap().len(), 36);
    assert_eq!(answer["codeDelivery"]["deliveryMedium"], "EMAIL");
    // A browser must not receive a session of Cognito.
    assert_eq!(answer.get("session"), None);
    let again = fixture.post("/auth/signup", body).await;
    again.refused(409, "User already exists");

    let wrong = json!({"email": EMAIL, "code": "000000"});
    let refused = fixture.post("/auth/confirm", wrong).await;
    refused.refused(400, "Invalid verification code provided");
    let right = json!({"email": EMAIL, "code": fixture.code()});
    let answer = fixture.post("/auth/confirm", right).await.ok();
    assert_eq!(
        answer,
        json!({"success": true, "message": "User confirmed successfully"})
    );
    let (access, _) = fixture.tokens().await;
    let me = fixture.get("/auth/me", &access).await.ok();
    assert_eq!(me["attributes"]["name"], "John Doe");
}

#[tokio::test]
async fn another_code_confirms_as_well() {
    let fixture = Fixture::json().await;
    let body = json!({"email": EMAIL, "password": PASSWORD});
    fixture.post("/auth/signup", body).await.ok();
    fixture.emulator.inbox().clear();
    let sent = fixture
        .post("/auth/resend-code", json!({"email": EMAIL}))
        .await;
    assert_eq!(
        sent.ok(),
        json!({
            "codeDelivery": {"destination": "u***@***", "deliveryMedium": "EMAIL"},
            "message": "Verification code sent",
        })
    );
    let body = json!({"email": EMAIL, "code": fixture.code()});
    fixture.post("/auth/confirm", body).await.ok();
}

#[tokio::test]
async fn rejects_weak_password_and_bad_username() {
    let fixture = Fixture::json().await;
    let weak = json!({"email": EMAIL, "password": "weak"});
    let refused = fixture.post("/auth/signup", weak).await;
    refused.refused(400, "Password does not meet security requirements");
    let nobody = json!({"email": "", "password": PASSWORD});
    let refused = fixture.post("/auth/signup", nobody).await;
    refused.refused(400, "The request is not valid");
}

#[tokio::test]
async fn users_set_only_permitted_custom_attributes() {
    let body =
        |name: &str| json!({"email": EMAIL, "password": PASSWORD, "attributes": {name: "gold"}});
    let fixture = Fixture::json().await;
    for name in ["custom:plan", "dev:custom:plan", "custom:"] {
        let refused = fixture.post("/auth/signup", body(name)).await;
        refused.refused(400, &format!("The attribute {name} cannot be set here"));
    }
    assert_eq!(fixture.emulator.calls("SignUp"), 0);
    let open = |routes: cognito_axum::AuthRoutes| routes.custom_attribute("custom:plan").unwrap();
    let fixture = Fixture::with(|emulator| emulator, open).await;
    fixture.post("/auth/signup", body("custom:plan")).await.ok();
    let routes = || cognito_axum::AuthRoutes::new(fixture.cognito.clone());
    assert!(routes().custom_attribute("plan").is_err());
    assert!(routes().changeable_custom_attribute("plan").is_err());
}

#[tokio::test]
async fn rejects_attributes_outside_the_list() {
    let fixture = Fixture::json().await;
    let body = |name: &str| json!({"email": EMAIL, "password": PASSWORD, "attributes": {"name": "Ann", name: "true"}});
    for name in [
        "email_verified",
        "sub",
        "preferred_username",
        "updated_at",
        "made_up",
    ] {
        let refused = fixture.post("/auth/signup", body(name)).await;
        refused.refused(400, &format!("The attribute {name} cannot be set here"));
    }
    for name in ["", "a b", "\u{202e}", &"a".repeat(65)] {
        let refused = fixture.post("/auth/signup", body(name)).await;
        refused.refused(400, "An attribute in the request cannot be set here");
    }
    assert_eq!(fixture.emulator.calls("SignUp"), 0);
}

#[tokio::test]
async fn address_attribute_must_be_user_name() {
    // Otherwise a hook would check an address that does not get the code.
    let fixture = Fixture::json().await;
    let body = |name: &str, contact: &str, value: &str| json!({"email": name, "password": PASSWORD, "attributes": {contact: value}});
    for (name, contact, value) in [
        (EMAIL, "email", "other@example.org"),
        (EMAIL, "email", ""),
        ("a@b@example.com", "email", "other@example.org"),
        ("+4930123456", "phone_number", "+4930654321"),
    ] {
        let refused = fixture
            .post("/auth/signup", body(name, contact, value))
            .await;
        refused.refused(
            400,
            &format!("The attribute {contact} must be the user name"),
        );
    }
    assert_eq!(fixture.emulator.calls("SignUp"), 0);
    for (name, contact, value) in [
        (EMAIL, "email", "USER@example.com"),
        ("other@example.com", "phone_number", "+4930123456"),
    ] {
        let done = fixture
            .post("/auth/signup", body(name, contact, value))
            .await;
        done.ok();
    }
}

#[tokio::test]
async fn stranger_cannot_degrade_health_with_attributes() {
    let client = Client::new("web").write_attributes(["email", "name"]);
    let only =
        |routes: cognito_axum::AuthRoutes| routes.standard_attributes(["email", "name"]).unwrap();
    let fixture = Fixture::with(|emulator| emulator.client(client), only).await;
    let body = json!({"email": EMAIL, "password": PASSWORD, "attributes": {"picture": "x"}});
    let refused = fixture.post("/auth/signup", body).await;
    refused.refused(400, "The attribute picture cannot be set here");
    assert_eq!(fixture.cognito.health().faults, []);
    for wrong in ["email_verified", "custom:plan", "sub"] {
        let routes = cognito_axum::AuthRoutes::new(fixture.cognito.clone());
        assert!(routes.standard_attributes([wrong]).is_err(), "{wrong}");
    }
}

#[tokio::test]
async fn a_forgotten_password_is_replaced() {
    let fixture = Fixture::json().await;
    fixture.person();
    let sent = fixture
        .post("/auth/forgot-password", json!({"email": EMAIL}))
        .await;
    assert_eq!(
        sent.ok(),
        json!({
            "codeDelivery": {"destination": "u***@***", "deliveryMedium": "EMAIL"},
            "message": "Password reset code sent",
        })
    );
    let body =
        |code: &str, password: &str| json!({"email": EMAIL, "code": code, "newPassword": password});
    let wrong = fixture
        .post("/auth/reset-password", body("000000", OTHER_PASSWORD))
        .await;
    wrong.refused(400, "Invalid verification code provided");
    let code = fixture.code();
    // Cognito may reveal this only to a user with an account.
    let weak = fixture
        .post("/auth/reset-password", body(&code, "weak"))
        .await;
    weak.refused(400, "Password does not meet security requirements");
    let done = fixture
        .post("/auth/reset-password", body(&code, OTHER_PASSWORD))
        .await;
    assert_eq!(
        done.ok(),
        json!({"success": true, "message": "Password reset successfully"})
    );
    fixture
        .login()
        .await
        .refused(401, "Invalid credentials or unauthorized access");
    let new = json!({"email": EMAIL, "password": OTHER_PASSWORD});
    fixture.post("/auth/login", new).await.ok();
}

#[tokio::test]
async fn configured_disclosure_matches_document() {
    let reveal =
        |routes: cognito_axum::AuthRoutes| routes.enumeration_policy(EnumerationPolicy::Reveal);
    let fixture = Fixture::with(|emulator| emulator, reveal).await;
    let unknown = json!({"email": EMAIL});
    for path in ["/auth/forgot-password", "/auth/resend-code"] {
        let refused = fixture.post(path, unknown.clone()).await;
        refused.refused(404, "User not found");
    }
    fixture.login().await.refused(404, "User not found");
    let body = json!({"email": EMAIL, "password": PASSWORD});
    fixture.post("/auth/signup", body).await.ok();
    let refused = fixture.login().await;
    refused.refused(403, "Please verify your email before logging in");
    let body = json!({"email": EMAIL, "code": fixture.code()});
    fixture.post("/auth/confirm", body.clone()).await.ok();
    let again = fixture.post("/auth/confirm", body).await;
    assert_ne!(again.status, 400, "{}", again.text);
    let sent = fixture.post("/auth/forgot-password", unknown).await.ok();
    assert_ne!(sent["codeDelivery"]["destination"], "", "{sent}");
}
