//! The subjects and bodies of messages, from the templates of a pool.

use cognito_emulator::{Message, Trigger};
use serde_json::{Value, json};

use crate::support::{CLIENT, EMAIL, PASSWORD, PHONE, Pool, pool, pool_with};

const NEW: &str = "new@example.com";

fn latest(pool: &Pool, to: &str) -> Message {
    pool.emulator.inbox().latest(to).expect("a message")
}

async fn sign_up(pool: &Pool) {
    let fields = json!({ "ClientId": CLIENT, "Username": NEW, "Password": PASSWORD });
    pool.call("SignUp", fields).await.ok();
}

async fn invite(pool: &Pool, username: &str, medium: &str, attributes: Value) {
    let fields = json!({
        "Username": username, "DesiredDeliveryMediums": [medium], "UserAttributes": attributes,
    });
    pool.admin("AdminCreateUser", fields).await.ok();
}

#[tokio::test]
async fn emails_have_default_subjects() {
    let pool = pool().await;
    pool.person();
    sign_up(&pool).await;
    assert_eq!(latest(&pool, NEW).subject, "Your verification code");
    let fields = json!({ "ClientId": CLIENT, "Username": EMAIL });
    pool.call("ForgotPassword", fields).await.ok();
    assert_eq!(latest(&pool, EMAIL).subject, "Your password reset code");
    let email = json!([{ "Name": "email", "Value": "eve@example.com" }]);
    invite(&pool, "eve@example.com", "EMAIL", email).await;
    let invitation = latest(&pool, "eve@example.com");
    assert_eq!(invitation.subject, "Your temporary password");
    let messages = pool.get("/_emulator/inbox?to=eve@example.com").await.body;
    assert_eq!(messages[0]["subject"], "Your temporary password");
}

#[tokio::test]
async fn verification_emails_have_the_configured_subject() {
    let pool = pool().await;
    for (option, subject) in [("CODE", "Welcome"), ("LINK", "Click")] {
        let settings = json!({
            "AutoVerifiedAttributes": ["email"],
            "VerificationMessageTemplate": {
                "DefaultEmailOption": format!("CONFIRM_WITH_{option}"),
                "EmailSubject": "Welcome",
                "EmailSubjectByLink": "Click",
            },
        });
        pool.admin("UpdateUserPool", settings).await.ok();
        let username = format!("{option}@example.com").to_lowercase();
        let fields = json!({ "ClientId": CLIENT, "Username": username, "Password": PASSWORD });
        pool.call("SignUp", fields).await.ok();
        assert_eq!(latest(&pool, &username).subject, subject);
    }
}

#[tokio::test]
async fn invitations_have_the_configured_template() {
    let pool = pool().await;
    let settings = json!({ "AdminCreateUserConfig": { "InviteMessageTemplate": {
        "EmailSubject": "Join us",
        "EmailMessage": "<b>Welcome</b> {username}: {####}",
        "SMSMessage": "Hi {username}: {####}",
    } } });
    pool.admin("UpdateUserPool", settings).await.ok();
    let email = json!([{ "Name": "email", "Value": NEW }]);
    invite(&pool, NEW, "EMAIL", email).await;
    let message = latest(&pool, NEW);
    assert_eq!(message.subject, "Join us");
    assert!(
        message.text.starts_with("<b>Welcome</b> "),
        "{}",
        message.text
    );
    assert!(
        message.text.ends_with(&format!(": {}", message.code)),
        "{}",
        message.text
    );

    let phone = json!([{ "Name": "phone_number", "Value": PHONE }]);
    invite(&pool, "eve@example.com", "SMS", phone).await;
    let message = latest(&pool, PHONE);
    assert!(message.text.starts_with("Hi "), "{}", message.text);
    assert_eq!(message.subject, "");
}

#[tokio::test]
async fn sign_in_codes_have_the_configured_template() {
    let pool = pool().await;
    pool.person();
    let factors = json!({
        "MfaConfiguration": "ON",
        "EmailMfaConfiguration": { "Message": "<i>{####}</i>", "Subject": "Your factor" },
    });
    pool.admin("SetUserPoolMfaConfig", factors).await.ok();
    pool.sign_in(EMAIL, PASSWORD).await.ok();
    let message = latest(&pool, EMAIL);
    assert_eq!(message.subject, "Your factor");
    assert_eq!(message.text, format!("<i>{}</i>", message.code));
}

#[tokio::test]
async fn trigger_changes_the_subject_of_emails() {
    let pool = pool_with(|builder| {
        builder.trigger(Trigger::CustomMessage, |mut event| {
            event["response"]["emailSubject"] = json!("From the trigger");
            Ok(event)
        })
    })
    .await;
    sign_up(&pool).await;
    assert_eq!(latest(&pool, NEW).subject, "From the trigger");
    let phone = json!([{ "Name": "phone_number", "Value": PHONE }]);
    invite(&pool, "eve@example.com", "SMS", phone).await;
    assert_eq!(latest(&pool, PHONE).subject, "");
}
