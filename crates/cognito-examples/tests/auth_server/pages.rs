//! The response of each page, and what must never happen.

use std::time::Duration;

use axum::body::Body;
use cognito_emulator::Fault;
use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use http::{Method, StatusCode};

use crate::browser::Browser;
use crate::site;

const ANYBODY: [&str; 11] = [
    "/",
    "/sign-up",
    "/confirm",
    "/login",
    "/forgot-password",
    "/reset-password",
    "/inspector",
    "/metrics",
    "/metrics/now",
    "/inbox",
    "/inbox/messages",
];

/// The pages for signed-in users.
pub(crate) const SIGNED_IN: [&str; 7] = [
    "/profile",
    "/security",
    "/security/totp",
    "/security/passkeys",
    "/sessions",
    "/orders",
    "/account/delete",
];

#[tokio::test]
async fn every_page_has_the_same_policy() {
    let mut browser = Browser::signed_in().await;
    for path in ANYBODY.into_iter().chain(SIGNED_IN) {
        let answer = browser.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text);
        assert_eq!(
            answer.headers[CONTENT_SECURITY_POLICY],
            site::CONTENT_SECURITY_POLICY,
            "{path}"
        );
        assert_eq!(
            answer.headers["x-content-type-options"], "nosniff",
            "{path}"
        );
        assert_eq!(answer.headers["cache-control"], "no-store", "{path}");
    }
}

#[tokio::test]
async fn pages_have_no_script_style_or_token() {
    let mut browser = Browser::signed_in().await;
    let tokens = ["access_token", "id_token", "refresh_token"].map(|name| browser.cookie(name));
    for path in ANYBODY.into_iter().chain(SIGNED_IN) {
        let text = browser.get(path).await.text;
        assert!(
            !text.contains("<style") && !text.contains(" style="),
            "{path}"
        );
        assert!(
            !text.contains("javascript:") && !text.contains(" onclick="),
            "{path}"
        );
        let scripts = text.matches("<script").count();
        assert_eq!(
            scripts,
            text.matches("<script src=\"/assets/").count(),
            "{path}"
        );
        for token in &tokens {
            assert!(
                token.len() > 100 && !text.contains(token.as_str()),
                "{path}"
            );
        }
    }
}

#[tokio::test]
async fn every_page_names_the_emulator() {
    let mut browser = Browser::signed_in().await;
    for path in ["/", "/login", "/profile", "/nowhere"] {
        let text = browser.get(path).await.text;
        assert!(text.contains("no data leaves this computer"), "{path}");
    }
}

#[tokio::test]
async fn rejects_forms_of_other_sites() {
    let mut browser = Browser::signed_in().await;
    for path in [
        "/profile",
        "/sessions/end-all",
        "/login",
        "/sessions/revoke",
        "/recovery/step-up",
        "/orders",
        "/admins/join",
        "/account/delete",
    ] {
        let answer = browser
            .post_from("https://evil.example", path, &[("sure", "yes")])
            .await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
    }
    assert_eq!(browser.get("/profile").await.status, StatusCode::OK);
}

/// The paths that accept only forms.
const FORMS_ONLY: [&str; 15] = [
    "/admins/join",
    "/admins/leave",
    "/confirm/resend",
    "/inbox/invite",
    "/login/cancel",
    "/login/step/enroll",
    "/profile/verify",
    "/profile/verify/send",
    "/recovery/step-up",
    "/security/password",
    "/security/preference",
    "/security/totp/confirm",
    "/sessions/end",
    "/sessions/end-all",
    "/sessions/revoke",
];

/// Returns the target of the link with this label.
fn link(text: &str, label: &str) -> String {
    let before = text.split(&format!("\">{label}</a>")).next();
    let path = before.and_then(|before| before.rsplit("href=\"").next());
    path.expect("a link").to_owned()
}

#[tokio::test]
async fn form_address_explains_and_links_form() {
    let mut browser = Browser::signed_in().await;
    for path in FORMS_ONLY {
        let answer = browser.get(path).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
        assert_eq!(answer.headers["allow"], "POST", "{path}");
        let page = link(&answer.text, "Open the form");
        let status = browser.get(&page).await.status;
        assert!(
            !status.is_server_error()
                && status != StatusCode::METHOD_NOT_ALLOWED
                && status != StatusCode::NOT_FOUND,
            "{path}: {page} answers {status}"
        );
    }
}

#[tokio::test]
async fn try_again_leads_to_a_page() {
    for path in ["/admins/join", "/profile/verify/send", "/security/password"] {
        let mut browser = Browser::signed_in().await;
        browser.clock.advance(Duration::from_secs(2 * 3600));
        let fault = Fault::error(
            "GetTokensFromRefreshToken",
            "InternalErrorException",
            "failure",
        );
        browser.emulator.inject(fault).expect("a known name");
        let failed = browser.post(path, &[]).await;
        assert!(failed.status.is_server_error(), "{path} {}", failed.status);
        browser.emulator.clear_faults();
        let again = browser.get(&link(&failed.text, "Try again")).await.status;
        assert_ne!(again, StatusCode::METHOD_NOT_ALLOWED, "{path}");
        assert_ne!(again, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn the_page_for_admins_is_for_admins() {
    let mut browser = Browser::signed_in().await;
    let refused = browser.get("/admins").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(refused.text.contains("Join the group"));
    assert_eq!(
        browser.post("/admins/join", &[]).await.location(),
        "/admins?done=joined"
    );
    assert_eq!(browser.get("/admins").await.status, StatusCode::OK);
    assert_eq!(
        browser.post("/admins/leave", &[]).await.location(),
        "/admins?done=left"
    );
    assert_eq!(browser.get("/admins").await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn inspector_names_the_failed_check() {
    let mut browser = Browser::signed_in().await;
    let (access, id) = (browser.cookie("access_token"), browser.cookie("id_token"));
    let good = browser.post("/inspector", &[("which", "own-access")]).await;
    assert!(
        good.text.contains(">Valid<") && good.text.contains("60 min left"),
        "{}",
        good.text
    );
    let (before, after) = access.split_at(access.len() - 10);
    let letter = if after.starts_with('A') { 'B' } else { 'A' };
    let changed = format!("{before}{letter}{}", &after[1..]);
    for (token, reason) in [
        ("no token at all", "Malformed"),
        (id.as_str(), "WrongTokenUse"),
        (changed.as_str(), "InvalidSignature"),
    ] {
        let answer = browser
            .post("/inspector", &[("token", token), ("as", "access")])
            .await;
        assert!(
            answer.text.contains(&format!("id=\"reason\">{reason}<")),
            "{reason}: {}",
            answer.text
        );
    }
    browser.clock.advance(Duration::from_secs(3601));
    let answer = browser
        .post("/inspector", &[("token", &access), ("as", "access")])
        .await;
    assert!(
        answer.text.contains("id=\"reason\">Expired<"),
        "{}",
        answer.text
    );
}

#[tokio::test]
async fn static_files_are_revalidated() {
    let mut browser = Browser::start().await;
    let style = browser.get("/assets/style.css").await;
    assert_eq!(style.headers[CONTENT_TYPE], "text/css; charset=utf-8");
    let request = browser.request(Method::GET, "/assets/style.css");
    let request = request.header("if-none-match", &style.headers["etag"]);
    let again = browser
        .send(request.body(Body::empty()).expect("a request"))
        .await;
    assert_eq!(
        (again.status, again.text.len()),
        (StatusCode::NOT_MODIFIED, 0)
    );
    assert_eq!(
        browser.get("/assets/../main.rs").await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn user_input_is_escaped() {
    let mut browser = Browser::start().await;
    let form = [("email", "\"><script>alert(1)</script>"), ("password", "")];
    let answer = browser.post("/sign-up", &form).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(!answer.text.contains("<script>alert"), "{}", answer.text);
}
