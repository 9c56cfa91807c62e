//! The sign-in page of app clients whose users choose the first factor.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cognito_emulator::{AuthFlow, Client, EmulatorBuilder, FirstFactor};

use crate::authenticator::Authenticator;
use crate::browser::{
    Browser, came_back, hosted_with, html_of, request_with, says, unescaped, value_of,
};
use crate::passkeys::ORIGIN;
use crate::support::{EMAIL, PASSWORD, Pool, Reply};

async fn choosing(settings: impl FnOnce(EmulatorBuilder) -> EmulatorBuilder) -> Pool {
    let client = |client: Client| {
        let client = client.flow(AuthFlow::UserAuth).flow(AuthFlow::UserPassword);
        client.prevent_user_existence_errors(true)
    };
    hosted_with(client, settings).await
}

async fn named(browser: &mut Browser, pool: &Pool, name: &str) -> Reply {
    let page = browser.sign_in_page(pool, &request_with(&[])).await;
    assert!(!html_of(&page).contains("type=\"password\""));
    browser.submit(pool, &page, &[("username", name)]).await
}

#[tokio::test]
async fn user_chooses_the_first_factor() {
    let pool = choosing(|b| b.first_factor(FirstFactor::EmailOtp)).await;
    let mut browser = Browser::default();
    let page = named(&mut browser, &pool, EMAIL).await;
    let html = html_of(&page);
    assert!(html.contains("value=\"EMAIL_OTP\"") && !html.contains("PASSWORD_SRP\""));
    let page = browser
        .submit(&pool, &page, &[("answer", "EMAIL_OTP")])
        .await;
    says(&page, "We sent a code to s***@e***");
    let wrong = [("code", pool.wrong_code(EMAIL))];
    let page = browser.submit(&pool, &page, &wrong).await;
    says(&page, "Invalid code or auth state for the user.");
    let code = pool.code(EMAIL);
    came_back(&browser.submit(&pool, &page, &[("code", &code)]).await);

    let mut browser = Browser::default();
    let page = named(&mut browser, &pool, EMAIL).await;
    let page = browser
        .submit(&pool, &page, &[("answer", "PASSWORD")])
        .await;
    came_back(
        &browser
            .submit(&pool, &page, &[("password", PASSWORD)])
            .await,
    );
}

#[tokio::test]
async fn missing_user_is_asked_for_a_password() {
    let pool = choosing(|b| b.first_factor(FirstFactor::SmsOtp)).await;
    let page_for = |name: &'static str| {
        let pool = &pool;
        async move {
            let mut browser = Browser::default();
            let page = named(&mut browser, pool, name).await;
            assert_eq!(value_of(html_of(&page), "challenge"), "PASSWORD");
            browser
                .submit(pool, &page, &[("password", "Wrong123!")])
                .await
        }
    };
    // The user has no phone number, so both names have only a password.
    for name in [EMAIL, "nobody@example.com"] {
        says(&page_for(name).await, "Incorrect username or password.");
    }
}

#[tokio::test]
async fn passkey_page_has_one_allowed_script() {
    let pool = choosing(|b| b.passkeys("example.com")).await;
    let user = pool.sign_in(EMAIL, PASSWORD).await.ok();
    let access = user["AuthenticationResult"]["AccessToken"]
        .as_str()
        .expect("a token");
    let handle =
        crate::browser::claims(&user["AuthenticationResult"]["AccessToken"])["sub"].clone();
    let mut passkey = Authenticator::es256(b"one");
    pool.register(access, &passkey).await;
    let mut browser = Browser::default();
    let page = named(&mut browser, &pool, EMAIL).await;
    let page = browser
        .submit(&pool, &page, &[("answer", "WEB_AUTHN")])
        .await;
    let html = html_of(&page);
    let (_, script) = html.split_once("<script>").expect("a script");
    let (script, rest) = script.split_once("</script>").expect("an end");
    assert!(!rest.contains("<script"));
    let hash = STANDARD.encode(digest(&SHA256, script.as_bytes()));
    let policy = page.header("content-security-policy");
    assert!(
        policy.ends_with(&format!("; script-src 'sha256-{hash}'")),
        "{policy}"
    );
    let (_, options) = html.split_once("data-options=\"").expect("options");
    let (options, _) = options.split_once('"').expect("an end");
    let options = serde_json::from_str(&unescaped(options)).expect("JSON");
    let handle = handle.as_str().expect("a sub");
    let proof = passkey.get(&options, ORIGIN, handle).json().to_string();
    came_back(
        &browser
            .submit(&pool, &page, &[("credential", &proof)])
            .await,
    );

    let mut browser = Browser::default();
    let page = named(&mut browser, &pool, EMAIL).await;
    let page = browser
        .submit(&pool, &page, &[("answer", "WEB_AUTHN")])
        .await;
    let page = browser
        .submit(&pool, &page, &[("credential", &proof)])
        .await;
    says(&page, "Incorrect username or password.");
    assert!(!browser.cookies.contains_key("cognito"));
}
