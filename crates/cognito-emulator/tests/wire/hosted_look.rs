//! The languages and the branding of the hosted pages.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::browser::{Browser, hosted, html_of, request_with, says};
use crate::support::{CLIENT, EMAIL, Pool, Reply};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\nimage";

async fn page(pool: &Pool, path: &str) -> Reply {
    let request = request_with(&[]);
    Browser::default().page(pool, path, &request).await
}

/// Checks that the content security policy allows exactly the style sheet of the page. Returns the
/// style sheet.
fn style_of(page: &Reply) -> &str {
    let (_, style) = html_of(page).split_once("<style>").expect("a style");
    let (style, rest) = style.split_once("</style>").expect("an end");
    assert!(!rest.contains("<style"));
    let hash = STANDARD.encode(digest(&SHA256, style.as_bytes()));
    let policy = page.header("content-security-policy");
    let source = format!("; style-src 'sha256-{hash}'");
    assert!(policy.contains(&source), "{policy}");
    style
}

#[tokio::test]
async fn language_is_kept_in_a_cookie() {
    let pool = hosted().await;
    for (tag, title) in [
        ("de", "Anmelden"),
        ("es", "Iniciar sesión"),
        ("fr", "Se connecter"),
        ("ja", "サインイン"),
    ] {
        let mut browser = Browser::default();
        let request = request_with(&[("lang", tag)]);
        let first = browser.sign_in_page(&pool, &request).await;
        let parts = [
            format!("<html lang=\"{tag}\">"),
            format!("<h1>{title}</h1>"),
        ];
        assert!(parts.iter().all(|part| html_of(&first).contains(part)));
        let next = browser.page(&pool, "/signup", &request_with(&[])).await;
        assert!(html_of(&next).contains(&parts[0]), "{}", html_of(&next));
        let request = request_with(&[("lang", "en")]);
        let english = browser.sign_in_page(&pool, &request).await;
        assert!(html_of(&english).contains("<html lang=\"en\">"));
    }
}

#[tokio::test]
async fn errors_are_translated() {
    let pool = hosted().await;
    let mut browser = Browser::default();
    let request = request_with(&[("lang", "de")]);
    let page = browser.sign_in_page(&pool, &request).await;
    let filled = [("username", EMAIL), ("password", "Wrong123!")];
    let page = browser.submit(&pool, &page, &filled).await;
    says(&page, "Benutzername oder Passwort ist falsch.");
}

#[tokio::test]
async fn unknown_language_is_english() {
    let pool = hosted().await;
    let mut browser = Browser::default();
    let request = request_with(&[("lang", "x\"><b>;a=b")]);
    let page = browser.sign_in_page(&pool, &request).await;
    assert!(html_of(&page).contains("<html lang=\"en\">"));
    assert!(!browser.cookies.contains_key("lang"));
    assert!(!html_of(&page).contains("<b>"));
}

#[tokio::test]
async fn managed_style_sets_colours_and_logo() {
    let pool = hosted().await;
    let plain = page(&pool, "/login").await;
    assert!(!html_of(&plain).contains("<style") && !html_of(&plain).contains("<img"));
    let fields = json!({
        "ClientId": CLIENT,
        "Assets": [{
            "Bytes": STANDARD.encode(PNG),
            "Category": "FORM_LOGO",
            "ColorMode": "LIGHT",
            "Extension": "PNG",
        }],
        "Settings": { "components": {
            "pageBackground": { "lightMode": { "color": "112233ff" } },
            "pageText": { "lightMode": { "bodyColor": "red}</style><script>" } },
            "primaryButton": { "lightMode": { "defaults": { "textColor": "ffffffff" } } },
        } },
    });
    pool.admin("CreateManagedLoginBranding", fields).await.ok();
    for path in ["/login", "/signup", "/forgotPassword"] {
        let page = page(&pool, path).await;
        let expected = "body{background-color:#112233ff}button{color:#ffffffff}";
        assert_eq!(style_of(&page), expected);
        let logo = format!("data:image/png;base64,{}", STANDARD.encode(PNG));
        assert!(html_of(&page).contains(&format!("<img src=\"{logo}\" alt=\"\">")));
        let policy = page.header("content-security-policy");
        assert!(policy.ends_with("; img-src data:"), "{policy}");
    }
}

#[tokio::test]
async fn customization_keeps_only_allowed_css() {
    let pool = hosted().await;
    let domain = json!({ "Domain": "people" });
    pool.admin("CreateUserPoolDomain", domain).await.ok();
    let fields = json!({
        "CSS": "@import url(https://evil.example); .label-customizable { color: #00f; \
                background: url(https://evil.example/x) } body { display: none } \
                .submitButton-customizable { width: 80% }</style><script>alert(1)</script>",
        "ImageFile": STANDARD.encode(PNG),
    });
    let set = pool.admin("SetUICustomization", fields).await.ok();
    assert_eq!(set["UICustomization"].get("ImageFile"), None);
    let shown = page(&pool, "/login").await;
    assert_eq!(style_of(&shown), "label{color:#00f}button{width:80%}");
    assert!(!html_of(&shown).contains("<script") && !html_of(&shown).contains("evil"));
    assert!(html_of(&shown).contains("<img src=\"data:image/png;base64,"));
    let fields = json!({ "ClientId": CLIENT, "CSS": "", "ImageFile": STANDARD.encode("GIF89a") });
    pool.admin("SetUICustomization", fields).await.ok();
    let own = page(&pool, "/login").await;
    assert!(!html_of(&own).contains("<style") && !html_of(&own).contains("<img"));
}
