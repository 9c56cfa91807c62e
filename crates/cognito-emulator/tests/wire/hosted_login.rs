//! The sign-in page: its forms, its messages, and which sign-ins succeed.

use cognito_emulator::{AuthFlow, Client, MfaMode};
use serde_json::json;

use crate::browser::{
    Browser, SECRET, came_back, encoded, hosted, hosted_with, request_with, says,
};
use crate::support::{CLIENT, EMAIL, PASSWORD, PHONE, Pool};

#[tokio::test]
async fn the_page_is_plain_labelled_and_locked_up() {
    let pool = hosted().await;
    let request = request_with(&[("login_hint", "<i>\"ann\"</i>")]);
    let page = Browser::default().sign_in_page(&pool, &request).await;
    let html = page.body.as_str().expect("a page");
    for part in [
        "<html lang=\"en\">",
        "<label for=\"username\">",
        "autocomplete=\"current-password\"",
        "value=\"&lt;i&gt;&quot;ann&quot;&lt;/i&gt;\"",
    ] {
        assert!(html.contains(part), "{part} in {html}");
    }
    assert!(!html.contains("<script") && !html.contains("<i>"));
    let policy = "default-src 'none'; form-action 'self' https://shop.example; \
                  frame-ancestors 'none'; base-uri 'none'";
    assert_eq!(page.header("content-security-policy"), policy);
    assert_eq!(page.header("cache-control"), "no-store");
    assert_eq!(page.header("referrer-policy"), "no-referrer");
    assert_eq!(page.header("x-content-type-options"), "nosniff");
}

#[tokio::test]
async fn form_may_redirect_to_callback_only() {
    let callbacks = [
        ("https://shop.example/a?b=c", "https://shop.example"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("https://a.example;script-src/x", "https://a.example"),
        ("myapp://in", "myapp:"),
    ];
    let client = |client: Client| {
        let urls = callbacks.iter().map(|(url, _)| *url);
        urls.fold(client, Client::callback_url)
    };
    let pool = hosted_with(client, |builder| builder).await;
    for (url, source) in callbacks {
        let request = request_with(&[("redirect_uri", url)]);
        let page = Browser::default().sign_in_page(&pool, &request).await;
        let policy = page.header("content-security-policy");
        let part = format!("form-action 'self' {source};");
        assert!(policy.contains(&part), "{policy}");
    }
}

#[tokio::test]
async fn wrong_password_can_be_entered_again() {
    let pool = hosted().await;
    let mut browser = Browser::default();
    let page = browser.typed(&pool, EMAIL, "WrongPass123!").await;
    says(&page, "Incorrect username or password.");
    assert!(!browser.cookies.contains_key("cognito"));
    let filled = [("password", PASSWORD)];
    came_back(&browser.submit(&pool, &page, &filled).await);
}

#[tokio::test]
async fn the_page_needs_no_flow_of_the_api() {
    let narrow = |client: Client| client.flow(AuthFlow::RefreshToken);
    let pool = hosted_with(narrow, |builder| builder).await;
    came_back(&Browser::default().typed(&pool, EMAIL, PASSWORD).await);
}

#[tokio::test]
async fn rejects_form_of_another_page() {
    let pool = hosted().await;
    let mut browser = Browser::default();
    let page = browser.sign_in_page(&pool, &request_with(&[])).await;
    let own = browser.cookies["XSRF-TOKEN"].clone();
    for cookie in ["another-word-of-the-right-length", ""] {
        browser
            .cookies
            .insert("XSRF-TOKEN".to_owned(), cookie.to_owned());
        let filled = [("username", EMAIL), ("password", PASSWORD)];
        let reply = browser.submit(&pool, &page, &filled).await;
        assert_eq!((reply.status, reply.header("location")), (403, ""));
    }
    browser.cookies.insert("XSRF-TOKEN".to_owned(), own);
    let path = format!("/login?{}", request_with(&[]));
    let body = encoded(&[("username", EMAIL), ("password", PASSWORD)]);
    assert_eq!(
        pool.send("POST", &path, &[], body).await.status,
        400,
        "no form"
    );
}

#[tokio::test]
async fn totp_page_reports_wrong_code() {
    let with_secret = |client: Client| client.secret(SECRET);
    let pool = hosted_with(with_secret, |b| b.client(Client::new("api"))).await;
    let secret = second_factor(&pool).await;
    let mut browser = Browser::default();
    let page = browser.typed(&pool, EMAIL, PASSWORD).await;
    assert!(
        !browser.cookies.contains_key("cognito"),
        "half way is not there"
    );
    let code = pool.totp(&secret);
    let wrong = if code == "000000" { "000001" } else { "000000" };
    let page = browser.submit(&pool, &page, &[("code", wrong)]).await;
    says(&page, "Invalid code received for user");
    came_back(&browser.submit(&pool, &page, &[("code", &code)]).await);
    assert!(browser.cookies.contains_key("cognito"));
}

/// Sets up an authenticator app through another client. Returns its secret.
async fn second_factor(pool: &Pool) -> String {
    let fields = json!({
        "AuthFlow": "USER_PASSWORD_AUTH",
        "ClientId": "api",
        "AuthParameters": { "USERNAME": EMAIL, "PASSWORD": PASSWORD },
    });
    let tokens = pool.call("InitiateAuth", fields).await.ok();
    let access = &tokens["AuthenticationResult"]["AccessToken"];
    let answer = pool.call("AssociateSoftwareToken", json!({ "AccessToken": access }));
    let secret = answer.await.ok()["SecretCode"]
        .as_str()
        .expect("a secret")
        .to_owned();
    let fields = json!({ "AccessToken": access, "UserCode": pool.totp(&secret) });
    pool.call("VerifySoftwareToken", fields).await.ok();
    let fields = json!({
        "AccessToken": access,
        "SoftwareTokenMfaSettings": { "Enabled": true },
    });
    pool.call("SetUserMFAPreference", fields).await.ok();
    pool.advance(std::time::Duration::from_secs(60));
    secret
}

#[tokio::test]
async fn user_chooses_factor_and_enters_code() {
    let both = |client: Client| client;
    let pool = hosted_with(both, |b| {
        b.client(Client::new("api")).mfa(MfaMode::Optional)
    })
    .await;
    second_factor(&pool).await;
    pool.with_phone().await;
    let fields = json!({
        "Username": EMAIL,
        "SMSMfaSettings": { "Enabled": true },
        "SoftwareTokenMfaSettings": { "Enabled": true },
    });
    pool.admin("AdminSetUserMFAPreference", fields).await.ok();
    let mut browser = Browser::default();
    let page = browser.typed(&pool, EMAIL, PASSWORD).await;
    let html = page.body.as_str().expect("a page").to_owned();
    assert!(
        html.contains("type=\"radio\" value=\"SOFTWARE_TOKEN_MFA\""),
        "{html}"
    );
    let page = browser.submit(&pool, &page, &[("answer", "SMS_MFA")]).await;
    says(&page, "We sent a code to +*******1234");
    let code = pool.code(PHONE);
    came_back(&browser.submit(&pool, &page, &[("code", &code)]).await);
}

#[tokio::test]
async fn a_temporary_password_is_replaced_on_the_way() {
    let attribute = |b: cognito_emulator::EmulatorBuilder| b.required_attribute("name");
    let pool = hosted_with(|client| client, attribute).await;
    let name = "new@example.com";
    let fields = json!({
        "Username": name,
        "TemporaryPassword": "Temporary123!",
        "MessageAction": "SUPPRESS",
    });
    pool.admin("AdminCreateUser", fields).await.ok();
    let mut browser = Browser::default();
    let page = browser.typed(&pool, name, "Temporary123!").await;
    let attribute = ("userAttributes.name", "New One");
    let weak = [("password", "weak"), attribute];
    let page = browser.submit(&pool, &page, &weak).await;
    assert!(
        page.body
            .as_str()
            .expect("a page")
            .contains("role=\"alert\"")
    );
    let strong = [("password", "Permanent123!"), attribute];
    came_back(&browser.submit(&pool, &page, &strong).await);
    came_back(&Browser::default().typed(&pool, name, "Permanent123!").await);
}

#[tokio::test]
async fn expired_step_returns_to_password() {
    let pool = hosted_with(|client| client, |b| b.client(Client::new("api"))).await;
    let secret = second_factor(&pool).await;
    let mut browser = Browser::default();
    let page = browser.typed(&pool, EMAIL, PASSWORD).await;
    pool.advance(std::time::Duration::from_secs(181));
    let code = pool.totp(&secret);
    let page = browser.submit(&pool, &page, &[("code", &code)]).await;
    says(&page, "Invalid session for the user, session is expired.");
    assert!(
        page.body
            .as_str()
            .expect("a page")
            .contains("name=\"password\"")
    );
}

#[tokio::test]
async fn rejects_disabled_user() {
    let pool = hosted().await;
    let fields = json!({ "Username": EMAIL });
    pool.admin("AdminDisableUser", fields).await.ok();
    let page = Browser::default().typed(&pool, EMAIL, PASSWORD).await;
    says(&page, "User is disabled.");
}

#[tokio::test]
async fn rejects_other_methods() {
    let pool = hosted().await;
    for (method, path, allowed) in [
        ("DELETE", "/login", "GET"),
        ("POST", "/oauth2/authorize", "GET"),
        ("GET", "/oauth2/token", "POST"),
        ("GET", "/oauth2/revoke", "POST"),
        ("POST", "/logout", "GET"),
    ] {
        let reply = pool.send(method, path, &[], "").await;
        assert_eq!(
            (reply.status, reply.header("allow")),
            (405, allowed),
            "{path}"
        );
    }
    let path = format!("/login?client_id={CLIENT}");
    assert_eq!(pool.get(&path).await.status, 302, "no response_type");
}
