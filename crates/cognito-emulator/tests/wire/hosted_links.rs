//! The pages that links open: `/confirmUser` from an e-mail, and `/passkeys/add` from an app.

use cognito_emulator::{AuthFlow, Client, Trigger};
use serde_json::{Value, json};

use crate::authenticator::Authenticator;
use crate::browser::{
    Browser, CALLBACK, SECRET, alerts, hosted_with, html_of, request_with, says, unescaped,
};
use crate::passkeys::ORIGIN;
use crate::support::{CLIENT, EMAIL, PASSWORD, Pool};

const NEW: &str = "new@example.com";

async fn send_links(pool: &Pool) {
    let template = json!({
        "DefaultEmailOption": "CONFIRM_WITH_LINK",
        "EmailMessageByLink": "Welcome! {##Verify your address##} or write to us.",
    });
    let settings = json!({
        "AutoVerifiedAttributes": ["email"],
        "VerificationMessageTemplate": template,
    });
    pool.admin("UpdateUserPool", settings).await.ok();
}

/// Returns the path and the query of the link in the newest message.
fn link(pool: &Pool) -> String {
    let message = pool.emulator.inbox().latest(NEW).expect("a message");
    let (_, link) = message.text.split_once("<a href=\"").expect("a link");
    let (link, _) = link.split_once('"').expect("an end");
    let path = link.strip_prefix(pool.emulator.endpoint());
    path.expect("a link to the emulator").to_owned()
}

async fn status(pool: &Pool) -> Value {
    let user = pool.admin("AdminGetUser", json!({ "Username": NEW })).await;
    user.ok()["UserStatus"].clone()
}

#[tokio::test]
async fn link_in_email_confirms_once() {
    for with_secret in [false, true] {
        let client = |client: Client| match with_secret {
            true => client.secret(SECRET),
            false => client,
        };
        let pool = hosted_with(client, |b| b).await;
        send_links(&pool).await;
        let mut browser = Browser::default();
        let page = browser.page(&pool, "/signup", &request_with(&[])).await;
        let filled = [("username", NEW), ("password", PASSWORD)];
        browser.submit(&pool, &page, &filled).await;
        let text = pool.emulator.inbox().latest(NEW).expect("a message").text;
        assert!(text.starts_with("Welcome! <a href=\"http://"), "{text}");
        assert!(
            text.ends_with("\">Verify your address</a> or write to us."),
            "{text}"
        );
        let link = link(&pool);
        assert!(
            link.starts_with(&format!("/confirmUser?client_id={CLIENT}&user_name=")),
            "{link}"
        );
        let wrong = link.replace(&pool.code(NEW), pool.wrong_code(NEW));
        let page = Browser::default().get(&pool, &wrong).await;
        assert_eq!(page.status, 400);
        alerts(
            &page,
            "Invalid verification code provided, please try again.",
        );
        assert_eq!(status(&pool).await, "UNCONFIRMED");
        let page = Browser::default()
            .get(&pool, &format!("{link}&lang=de"))
            .await;
        assert_eq!(page.status, 200);
        assert!(html_of(&page).contains("<html lang=\"de\">"));
        assert!(page.headers.get("set-cookie").is_none());
        assert_eq!(status(&pool).await, "CONFIRMED");
        let page = Browser::default().get(&pool, &link).await;
        assert_eq!(page.status, 400);
        alerts(
            &page,
            "User cannot be confirmed. Current status is CONFIRMED",
        );
    }
}

#[tokio::test]
async fn codes_use_the_template_of_the_pool() {
    let pool = hosted_with(|client| client, |b| b).await;
    let settings = json!({
        "AutoVerifiedAttributes": ["email"],
        "EmailVerificationMessage": "{username}, your code is {####}.",
    });
    pool.admin("UpdateUserPool", settings).await.ok();
    let fields = json!({ "ClientId": CLIENT, "Username": NEW, "Password": PASSWORD });
    pool.call("SignUp", fields).await.ok();
    let text = pool.emulator.inbox().latest(NEW).expect("a message").text;
    assert!(
        text.ends_with(&format!(", your code is {}.", pool.code(NEW))),
        "{text}"
    );
}

#[tokio::test]
async fn trigger_can_write_the_link() {
    let pool = hosted_with(
        |client| client,
        |b| {
            b.trigger(Trigger::CustomMessage, |mut event| {
                let link = event["request"]["linkParameter"]
                    .as_str()
                    .unwrap_or_default();
                event["response"]["emailMessage"] = json!(format!("Hello, {link}!"));
                Ok(event)
            })
        },
    )
    .await;
    send_links(&pool).await;
    let fields = json!({ "ClientId": CLIENT, "Username": NEW, "Password": PASSWORD });
    pool.call("SignUp", fields).await.ok();
    let text = pool.emulator.inbox().latest(NEW).expect("a message").text;
    assert!(text.starts_with("Hello, <a href="), "{text}");
    assert_eq!(
        Browser::default().get(&pool, &link(&pool)).await.status,
        200
    );
}

#[tokio::test]
async fn unknown_client_confirms_nobody() {
    let pool = hosted_with(|client| client, |b| b).await;
    let path = "/confirmUser?client_id=unknown&user_name=a&confirmation_code=123456";
    assert_eq!(Browser::default().get(&pool, path).await.status, 400);
    let path = format!("/confirmUser?client_id={CLIENT}");
    assert_eq!(Browser::default().get(&pool, &path).await.status, 400);
}

async fn with_passkeys() -> Pool {
    let client = |client: Client| client.flow(AuthFlow::UserAuth).flow(AuthFlow::UserPassword);
    hosted_with(client, |b| b.passkeys("example.com")).await
}

fn add_passkey() -> String {
    format!("/passkeys/add?client_id={CLIENT}&redirect_uri={CALLBACK}")
}

#[tokio::test]
async fn signed_in_user_adds_passkey() {
    let pool = with_passkeys().await;
    let mut browser = Browser::default();
    let first = browser.get(&pool, &add_passkey()).await;
    assert_eq!(first.status, 302);
    let page = browser.get(&pool, first.header("location")).await;
    let page = browser.submit(&pool, &page, &[("username", EMAIL)]).await;
    browser
        .submit(&pool, &page, &[("password", PASSWORD)])
        .await;
    assert!(browser.cookies.contains_key("cognito"));

    let page = browser.get(&pool, &add_passkey()).await;
    assert_eq!(page.status, 200, "{}", page.body);
    let html = html_of(&page);
    assert!(html.contains("data-ceremony=\"create\""), "{html}");
    let (_, options) = html.split_once("data-options=\"").expect("options");
    let (options, _) = options.split_once('"').expect("an end");
    let options = serde_json::from_str(&unescaped(options)).expect("JSON");
    let passkey = Authenticator::es256(b"one");
    let credential = passkey.create(&options, ORIGIN).json().to_string();
    let done = browser
        .submit(&pool, &page, &[("credential", &credential)])
        .await;
    assert_eq!(done.status, 302, "{}", done.body);
    assert_eq!(done.header("location"), CALLBACK);

    // The challenge is used up, and another one is on the page.
    let again = browser
        .submit(&pool, &page, &[("credential", &credential)])
        .await;
    assert_eq!(again.status, 200);
    says(&again, "The challenge is not known, or has expired.");
}

#[tokio::test]
async fn passkey_needs_signed_in_browser() {
    let pool = with_passkeys().await;
    let mut browser = Browser::default();
    browser.sign_in_page(&pool, &request_with(&[])).await;
    let csrf = browser.cookies["XSRF-TOKEN"].clone();
    let body = format!("_csrf={csrf}&credential=%7B%7D");
    let reply = browser.post(&pool, &add_passkey(), body).await;
    assert_eq!(reply.status, 302);
    assert!(reply.header("location").starts_with("/login?"));
    let reply = browser
        .post(
            &pool,
            &add_passkey(),
            "_csrf=x&credential=%7B%7D".to_owned(),
        )
        .await;
    assert_eq!(reply.status, 403);
    let other = format!("/passkeys/add?client_id={CLIENT}&redirect_uri=https://evil.example/");
    let reply = browser.get(&pool, &other).await;
    assert!(
        reply.header("location").starts_with("/error?"),
        "{}",
        reply.header("location")
    );
}
