//! The pages `/signup`, `/confirm` and `/resendcode`.

use cognito_emulator::{AuthFlow, Client, EmulatorBuilder, FirstFactor, MfaMode, Trigger};
use serde_json::{Value, json};

use crate::browser::{
    Browser, CALLBACK, SECRET, came_back, encoded, hosted, hosted_client, hosted_with, html_of,
    parameters, request_with, says,
};
use crate::support::{CLIENT, EMAIL, PASSWORD, PHONE, Pool, Reply, new_client, new_pool, pool};

const NEW: &str = "new@example.com";

async fn sign_up_page(browser: &mut Browser, pool: &Pool) -> Reply {
    let page = browser.sign_in_page(pool, &request_with(&[])).await;
    assert!(html_of(&page).contains(">Sign up</a>"));
    browser.page(pool, "/signup", &request_with(&[])).await
}

async fn signed_up(browser: &mut Browser, pool: &Pool) -> Reply {
    let page = sign_up_page(browser, pool).await;
    let filled = [("username", NEW), ("password", PASSWORD)];
    browser.submit(pool, &page, &filled).await
}

#[tokio::test]
async fn new_user_is_signed_in_after_confirmation() {
    for with_secret in [false, true] {
        let pool = hosted_client(with_secret, |b| b).await;
        let mut browser = Browser::default();
        let page = signed_up(&mut browser, &pool).await;
        says(&page, "We sent a code to n***@e***");
        let code = pool.code(NEW);
        let back = browser.submit(&pool, &page, &[("code", &code)]).await;
        came_back(&back);
        let code = parameters(back.header("location"))
            .remove("code")
            .expect("a code");
        let secret = if with_secret { SECRET } else { "" };
        let tokens = pool
            .exchange(&[("code", &code), ("client_secret", secret)])
            .await;
        assert_eq!(tokens.status, 200, "{}", tokens.body);
        let next = format!("/oauth2/authorize?{}", request_with(&[]));
        came_back(&browser.get(&pool, &next).await);
    }
}

#[tokio::test]
async fn page_shows_rules_and_required_attributes() {
    let settings = |b: EmulatorBuilder| b.required_attribute("name").required_attribute("email");
    let pool = hosted_with(|client| client, settings).await;
    let mut browser = Browser::default();
    let page = sign_up_page(&mut browser, &pool).await;
    let html = html_of(&page);
    for part in [
        "<label for=\"username\">E-mail address or phone number</label>",
        "<label for=\"userAttributes.name\">Name</label>",
        "name=\"userAttributes.email\" type=\"email\" value=\"\" autocomplete=\"email\">",
        "aria-describedby=\"password-rules\" required",
        "<ul id=\"password-rules\"><li>At least 8 characters</li>",
        "autocomplete=\"new-password\"",
    ] {
        assert!(html.contains(part), "{part} in {html}");
    }
    let name = ("userAttributes.name", "<b>New</b>");
    let weak = [("username", NEW), ("password", "weak"), name];
    let page = browser.submit(&pool, &page, &weak).await;
    let message = "Password did not conform with policy: Password not long enough";
    says(&page, message);
    let html = html_of(&page);
    assert!(html.contains("value=\"&lt;b&gt;New&lt;/b&gt;\"") && !html.contains("\"weak\""));
    let page = browser
        .submit(&pool, &page, &[("password", PASSWORD)])
        .await;
    says(&page, "We sent a code to n***@e***");
    let user = pool
        .admin("AdminGetUser", json!({ "Username": NEW }))
        .await
        .ok();
    let attributes = user["UserAttributes"].as_array().expect("attributes");
    assert!(attributes.contains(&json!({ "Name": "name", "Value": "<b>New</b>" })));
}

#[tokio::test]
async fn existing_user_cannot_sign_up() {
    let pool = hosted().await;
    let mut browser = Browser::default();
    let page = sign_up_page(&mut browser, &pool).await;
    let filled = [("username", EMAIL), ("password", PASSWORD)];
    says(
        &browser.submit(&pool, &page, &filled).await,
        "User already exists",
    );
}

#[tokio::test]
async fn administrators_can_disable_sign_up() {
    let pool = hosted().await;
    let only = json!({ "AdminCreateUserConfig": { "AllowAdminCreateUserOnly": true } });
    pool.admin("UpdateUserPool", only).await.ok();
    let mut browser = Browser::default();
    let page = browser.sign_in_page(&pool, &request_with(&[])).await;
    assert!(!html_of(&page).contains("Sign up"));
    let reply = browser
        .get(&pool, &format!("/signup?{}", request_with(&[])))
        .await;
    assert_eq!(reply.status, 403);
}

#[tokio::test]
async fn wrong_code_can_be_entered_again() {
    let pool = hosted_with(|client| client, |b| b.attempt_limits(true)).await;
    let mut browser = Browser::default();
    let page = signed_up(&mut browser, &pool).await;
    let wrong = [("code", pool.wrong_code(NEW))];
    let page = browser.submit(&pool, &page, &wrong).await;
    says(
        &page,
        "Invalid verification code provided, please try again.",
    );
    let old = pool.code(NEW);
    let page = browser.submit_to(&pool, &page, "/resendcode", &[]).await;
    says(&page, "We sent a code to n***@e***");
    let code = pool.code(NEW);
    assert_ne!(old, code);
    let page = browser.submit(&pool, &page, &wrong).await;
    came_back(&browser.submit(&pool, &page, &[("code", &code)]).await);
}

#[tokio::test]
async fn right_code_is_rejected_after_limit() {
    let pool = hosted_with(|client| client, |b| b.attempt_limits(true)).await;
    let mut browser = Browser::default();
    let page = signed_up(&mut browser, &pool).await;
    let wrong = [("code", pool.wrong_code(NEW))];
    let mut last = browser.submit(&pool, &page, &wrong).await;
    for _ in 0..15 {
        last = browser.submit(&pool, &page, &wrong).await;
    }
    let code = pool.code(NEW);
    let right = [("code", code.as_str())];
    for page in [browser.submit(&pool, &last, &right).await, last] {
        says(&page, "Attempt limit exceeded, please try after some time.");
    }
}

#[tokio::test]
async fn code_alone_signs_nobody_in() {
    let pool = hosted().await;
    let page = signed_up(&mut Browser::default(), &pool).await;
    says(&page, "We sent a code to n***@e***");
    let mut other = Browser::default();
    let page = other.page(&pool, "/confirm", &request_with(&[])).await;
    let code = pool.code(NEW);
    let filled = [("username", NEW), ("code", code.as_str())];
    let page = other.submit(&pool, &page, &filled).await;
    says(&page, "Your account is confirmed. Sign in.");
    assert!(!other.cookies.contains_key("cognito"));
    came_back(&other.submit(&pool, &page, &[("password", PASSWORD)]).await);
}

#[tokio::test]
async fn session_signs_in_only_its_user() {
    let pool = hosted().await;
    let mut attacker = Browser::default();
    let page = signed_up(&mut attacker, &pool).await;
    let victim = "victim@example.com";
    let fields = json!({ "ClientId": CLIENT, "Username": victim, "Password": PASSWORD });
    pool.call("SignUp", fields).await.ok();
    let code = pool.code(victim);
    let filled = [("username", victim), ("code", code.as_str())];
    let page = attacker.submit(&pool, &page, &filled).await;
    says(&page, "Your account is confirmed. Sign in.");
    assert!(!attacker.cookies.contains_key("cognito"));
}

#[tokio::test]
async fn confirmation_after_the_session_needs_the_password() {
    let pool = hosted().await;
    let mut browser = Browser::default();
    let page = signed_up(&mut browser, &pool).await;
    pool.advance(std::time::Duration::from_secs(181));
    let code = pool.code(NEW);
    let page = browser.submit(&pool, &page, &[("code", &code)]).await;
    says(&page, "Your account is confirmed. Sign in.");
}

#[tokio::test]
async fn unconfirmed_user_can_confirm_at_sign_in() {
    let pool = hosted().await;
    signed_up(&mut Browser::default(), &pool).await;
    let mut browser = Browser::default();
    let page = browser.sign_in_page(&pool, &request_with(&[])).await;
    let filled = [("username", NEW), ("password", PASSWORD)];
    let page = browser.submit(&pool, &page, &filled).await;
    says(&page, "User is not confirmed.");
    let page = browser.submit_to(&pool, &page, "/resendcode", &[]).await;
    let code = pool.code(NEW);
    let page = browser.submit(&pool, &page, &[("code", &code)]).await;
    says(&page, "Your account is confirmed. Sign in.");
}

#[tokio::test]
async fn trigger_can_confirm_the_sign_up() {
    let trigger = |b: EmulatorBuilder| {
        b.trigger(Trigger::PreSignUp, |mut event: Value| {
            event["response"]["autoConfirmUser"] = json!(true);
            Ok(event)
        })
    };
    let pool = hosted_with(|client| client, trigger).await;
    came_back(&signed_up(&mut Browser::default(), &pool).await);
}

#[tokio::test]
async fn confirmation_does_not_replace_the_second_factor() {
    let pool = hosted_with(|client| client, |b| b.mfa(MfaMode::On)).await;
    let mut browser = Browser::default();
    let page = signed_up(&mut browser, &pool).await;
    let code = pool.code(NEW);
    let next = browser.submit(&pool, &page, &[("code", &code)]).await;
    assert_ne!(next.status, 302);
    assert!(!browser.cookies.contains_key("cognito"));
}

#[tokio::test]
async fn sign_up_needs_no_password_for_codes() {
    let client = |client: Client| client.flow(AuthFlow::UserAuth);
    let pool = hosted_with(client, |b| b.first_factor(FirstFactor::EmailOtp)).await;
    let mut browser = Browser::default();
    let page = sign_up_page(&mut browser, &pool).await;
    let page = browser.submit(&pool, &page, &[("username", NEW)]).await;
    let code = pool.code(NEW);
    came_back(&browser.submit(&pool, &page, &[("code", &code)]).await);
}

/// Creates a pool with a client for the hosted pages. Returns the emulator and an authorization
/// request of the client.
async fn pool_of(fields: Value) -> (Pool, String) {
    let pool = pool().await;
    let id = new_pool(&pool, fields).await;
    let fields = json!({
        "AllowedOAuthFlows": ["code"],
        "AllowedOAuthFlowsUserPoolClient": true,
        "AllowedOAuthScopes": ["openid"],
        "CallbackURLs": [CALLBACK],
        "SupportedIdentityProviders": ["COGNITO"],
    });
    let client = new_client(&pool, &id, fields).await;
    let client = client["ClientId"].as_str().expect("an id");
    let request = request_with(&[("client_id", client), ("scope", "openid")]);
    (pool, request)
}

#[tokio::test]
async fn phone_number_is_a_user_name() {
    let (pool, request) = pool_of(json!({
        "UsernameAttributes": ["phone_number"],
        "AutoVerifiedAttributes": ["phone_number"],
        "SmsConfiguration": { "SnsCallerArn": "arn:aws:iam::123456789012:role/sms" },
    }))
    .await;
    let mut browser = Browser::default();
    let page = browser.page(&pool, "/signup", &request).await;
    assert!(html_of(&page).contains("<label for=\"username\">Phone number</label>"));
    let filled = [("username", PHONE), ("password", PASSWORD)];
    let page = browser.submit(&pool, &page, &filled).await;
    says(&page, "We sent a code to +*******1234");
    let code = pool.code(PHONE);
    came_back(&browser.submit(&pool, &page, &[("code", &code)]).await);
}

#[tokio::test]
async fn plain_names_need_an_address_for_the_code() {
    let (pool, request) = pool_of(json!({ "AutoVerifiedAttributes": ["email"] })).await;
    let mut browser = Browser::default();
    let page = browser.page(&pool, "/signup", &request).await;
    assert!(html_of(&page).contains("<label for=\"username\">User name</label>"));
    let filled = [("username", "ann"), ("password", PASSWORD)];
    let told = browser.submit(&pool, &page, &filled).await;
    says(
        &told,
        "You have signed up. An administrator must confirm your account.",
    );
    let filled = [
        ("username", "bob"),
        ("password", PASSWORD),
        ("userAttributes.email", NEW),
    ];
    let page = browser.submit(&pool, &page, &filled).await;
    let code = pool.code(NEW);
    came_back(&browser.submit(&pool, &page, &[("code", &code)]).await);
}

#[tokio::test]
async fn rejects_sign_up_forms_of_other_pages() {
    let pool = hosted().await;
    let request = request_with(&[]);
    for path in ["/signup", "/confirm", "/resendcode"] {
        let mut browser = Browser::default();
        browser.sign_in_page(&pool, &request).await;
        let body = encoded(&[
            ("username", NEW),
            ("password", PASSWORD),
            ("_csrf", "guess"),
        ]);
        let reply = browser
            .post(&pool, &format!("{path}?{request}"), body)
            .await;
        assert_eq!(reply.status, 403, "{path}");
    }
    assert_eq!(pool.emulator.inbox().latest_code(NEW), None);
    let unknown = request_with(&[("redirect_uri", "https://evil.example")]);
    let reply = pool.get(&format!("/signup?{unknown}")).await;
    assert!(reply.header("location").starts_with("/error?"));
}
