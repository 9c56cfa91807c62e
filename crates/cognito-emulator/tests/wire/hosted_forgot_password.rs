//! The pages `/forgotPassword` and `/confirmforgotPassword`.

use cognito_emulator::{Client, EmulatorBuilder};
use serde_json::json;

use crate::browser::{
    Browser, came_back, encoded, hosted, hosted_client, hosted_with, html_of, request_with, says,
};
use crate::support::{EMAIL, PASSWORD, Pool, Reply};

const NEXT: &str = "AnotherPass123!";
const TOO_MANY: &str = "Attempt limit exceeded, please try after some time.";

async fn requested(browser: &mut Browser, pool: &Pool, username: &str) -> Reply {
    let page = browser
        .page(pool, "/forgotPassword", &request_with(&[]))
        .await;
    browser.submit(pool, &page, &[("username", username)]).await
}

#[tokio::test]
async fn code_replaces_the_password() {
    for with_secret in [false, true] {
        let pool = hosted_client(with_secret, |b| b).await;
        let mut browser = Browser::default();
        let page = requested(&mut browser, &pool, EMAIL).await;
        says(&page, "We sent a code to s***@e***");
        let code = pool.code(EMAIL);
        let weak = [("code", code.as_str()), ("password", "weak")];
        let page = browser.submit(&pool, &page, &weak).await;
        says(
            &page,
            "Password did not conform with policy: Password not long enough",
        );
        let strong = [("code", code.as_str()), ("password", NEXT)];
        let page = browser.submit(&pool, &page, &strong).await;
        says(
            &page,
            "Your password was changed. Sign in with the new password.",
        );
        assert!(!browser.cookies.contains_key("cognito"));
        came_back(&browser.submit(&pool, &page, &[("password", NEXT)]).await);
        says(
            &Browser::default().typed(&pool, EMAIL, PASSWORD).await,
            "Incorrect username or password.",
        );
    }
}

#[tokio::test]
async fn wrong_codes_are_limited() {
    let pool = hosted_with(|client| client, |b| b.attempt_limits(true)).await;
    let mut browser = Browser::default();
    let page = requested(&mut browser, &pool, EMAIL).await;
    let wrong = [("code", pool.wrong_code(EMAIL)), ("password", NEXT)];
    let mut last = browser.submit(&pool, &page, &wrong).await;
    says(
        &last,
        "Invalid verification code provided, please try again.",
    );
    for _ in 0..10 {
        last = browser.submit(&pool, &page, &wrong).await;
    }
    says(&last, TOO_MANY);
}

#[tokio::test]
async fn missing_user_looks_like_an_existing_one() {
    let pages = |username: &'static str| async move {
        let hides = |client: Client| client.prevent_user_existence_errors(true);
        let seeded = |b: EmulatorBuilder| b.seed(7).attempt_limits(true);
        let pool = hosted_with(hides, seeded).await;
        let mut browser = Browser::default();
        let first = requested(&mut browser, &pool, username).await;
        let again = browser
            .submit_to(&pool, &first, "/forgotPassword", &[])
            .await;
        let wrong = [("code", "x00000"), ("password", NEXT)];
        let mut pages = vec![first, again];
        for _ in 0..12 {
            let last = pages.last().expect("a page");
            pages.push(browser.submit(&pool, last, &wrong).await);
        }
        for _ in 0..12 {
            pages.push(requested(&mut browser, &pool, username).await);
        }
        says(&pages[13], TOO_MANY);
        says(&pages[25], TOO_MANY);
        let csrf = browser.cookies["XSRF-TOKEN"].clone();
        let shown = pages.iter().map(|page| {
            let html = html_of(page).replace(username, "NAME");
            html.replace(&csrf, "CSRF")
        });
        shown.collect::<Vec<_>>()
    };
    assert_eq!(pages(EMAIL).await, pages("somebody@else.example").await);
}

#[tokio::test]
async fn client_can_reveal_missing_users() {
    let pool = hosted().await;
    let page = requested(&mut Browser::default(), &pool, "no@example.com").await;
    says(&page, "Username/client id combination not found.");
}

#[tokio::test]
async fn required_reset_leads_to_new_password() {
    let pool = hosted().await;
    let fields = json!({ "Username": EMAIL });
    pool.admin("AdminResetUserPassword", fields).await.ok();
    let mut browser = Browser::default();
    let page = browser.typed(&pool, EMAIL, PASSWORD).await;
    says(&page, "Password reset required for the user");
    let code = pool.code(EMAIL);
    let filled = [("code", code.as_str()), ("password", NEXT)];
    let page = browser.submit(&pool, &page, &filled).await;
    came_back(&browser.submit(&pool, &page, &[("password", NEXT)]).await);
}

#[tokio::test]
async fn user_name_can_be_entered_with_the_code() {
    let pool = hosted().await;
    requested(&mut Browser::default(), &pool, EMAIL).await;
    let mut browser = Browser::default();
    let request = request_with(&[]);
    let page = browser
        .page(&pool, "/confirmforgotPassword", &request)
        .await;
    let code = pool.code(EMAIL);
    let filled = [
        ("username", EMAIL),
        ("code", code.as_str()),
        ("password", NEXT),
    ];
    let page = browser.submit(&pool, &page, &filled).await;
    says(
        &page,
        "Your password was changed. Sign in with the new password.",
    );
}

#[tokio::test]
async fn rejects_reset_forms_of_other_pages() {
    let pool = hosted().await;
    let request = request_with(&[]);
    for path in ["/forgotPassword", "/confirmforgotPassword"] {
        let mut browser = Browser::default();
        let page = browser.sign_in_page(&pool, &request).await;
        assert!(html_of(&page).contains(">Forgot your password?</a>"));
        let body = encoded(&[("username", EMAIL), ("_csrf", "guess")]);
        let reply = browser
            .post(&pool, &format!("{path}?{request}"), body)
            .await;
        assert_eq!(reply.status, 403, "{path}");
    }
    assert_eq!(pool.emulator.inbox().latest_code(EMAIL), None);
}
