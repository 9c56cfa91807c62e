//! The HTML of e-mails in the emulator's window (its web interface).

use cognito_emulator::Trigger;
use serde_json::json;

use super::{PATH, html, open};
use crate::support::{CLIENT, PASSWORD, Pool, Reply, pool, pool_with};

const ADDRESS: &str = "a@example.com";

/// Sends an e-mail with this template to [`ADDRESS`].
async fn send(pool: &Pool, template: &str) {
    let settings = json!({
        "AutoVerifiedAttributes": ["email"],
        "VerificationMessageTemplate": { "EmailMessage": template, "EmailSubject": "Hi <b>" },
    });
    pool.admin("UpdateUserPool", settings).await.ok();
    sign_up(pool).await;
}

async fn sign_up(pool: &Pool) {
    let fields = json!({ "ClientId": CLIENT, "Username": ADDRESS, "Password": PASSWORD });
    pool.call("SignUp", fields).await.ok();
}

/// Requests the page with the e-mail that has this number.
async fn email(pool: &Pool, number: &str) -> Reply {
    pool.get(&format!("{PATH}/message?number={number}")).await
}

#[tokio::test]
async fn email_is_shown_in_a_sandbox() {
    let pool = pool().await;
    send(&pool, "<p style=\"color:red\">Code {####}</p>").await;
    let page = open(&pool, "/inbox", &[]).await;
    let (_, frame) = page.split_once("<iframe").expect("a frame");
    let (frame, _) = frame.split_once('>').expect("an end");
    for attribute in [
        "title=\"E-mail 1, to a@example.com\"",
        "src=\"/_emulator/window/message?number=1\"",
        "sandbox=\"\"",
        "referrerpolicy=\"no-referrer\"",
    ] {
        assert!(frame.contains(attribute), "{frame}");
    }
    assert!(page.contains("Hi &lt;b&gt;"), "{page}");
    assert!(!page.contains("color:red"), "{page}");

    let reply = email(&pool, "1").await;
    assert_eq!(reply.status, 200);
    let code = pool.code(ADDRESS);
    let expected = format!("<body><p style=\"color:red\">Code {code}</p></body>");
    assert!(html(&reply).contains(&expected), "{}", reply.body);
    assert!(html(&reply).contains("<title>Hi &lt;b&gt;</title>"));
    for (name, value) in [
        (
            "content-security-policy",
            "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; \
             form-action 'none'; frame-ancestors 'self'; base-uri 'none'",
        ),
        ("cache-control", "no-store"),
        ("content-type", "text/html;charset=utf-8"),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
        ("x-dns-prefetch-control", "off"),
    ] {
        assert_eq!(reply.header(name), value, "{name}");
    }
}

#[tokio::test]
async fn missing_emails_have_the_same_policy() {
    let pool = pool().await;
    sign_up(&pool).await;
    // The message with the number 1 has no HTML.
    for number in ["1", "2", "0", "-1", "a", ""] {
        let reply = email(&pool, number).await;
        assert_eq!(reply.status, 404, "{number}");
        let policy = reply.header("content-security-policy");
        assert!(
            policy.starts_with("sandbox; default-src 'none';"),
            "{policy}"
        );
    }
}

#[tokio::test]
async fn hostile_email_stays_in_its_page() {
    let pool = pool_with(|builder| {
        builder.trigger(Trigger::CustomMessage, |mut event| {
            event["response"]["emailSubject"] = json!("</title><script>alert(2)</script>");
            event["response"]["emailMessage"] = json!(
                "{####}</iframe></body><script>alert(1)</script>\
                 <img src=http://tracker.example/{####}>\
                 <LINK rel=preconnect href=//{####}.example>\
                 <a href=\"https://shop.example/?a=1&amp;b=2\">Shop</a>\
                 <a href=\"http://localhost:3000/?a=1&amp;b=2\">App</a>\
                 <a href=\"javascript:alert(3)\">Script</a>"
            );
            Ok(event)
        })
    })
    .await;
    sign_up(&pool).await;
    let page = open(&pool, "/inbox", &[]).await;
    assert!(!page.contains("<script>alert"), "{page}");
    assert!(
        !page.contains("<img") && !page.contains("javascript:"),
        "{page}"
    );
    // Only the link to a local host can be opened.
    let link = "<a href=\"http://localhost:3000/?a=1&amp;b=2\" rel=\"noreferrer noopener\"";
    assert!(page.contains(link), "{page}");
    assert!(!page.contains("href=\"https://shop.example"), "{page}");
    assert!(
        page.contains("data-copy=\"https://shop.example/?a=1&amp;b=2\""),
        "{page}"
    );

    // The policy of this page prevents the script and the image.
    let reply = email(&pool, "1").await;
    assert!(html(&reply).contains("<title>&lt;/title&gt;&lt;script&gt;"));
    assert!(html(&reply).contains("</iframe></body><script>alert(1)</script>"));
    assert!(html(&reply).contains("<x-LINK rel=preconnect"));
    let policy = reply.header("content-security-policy");
    assert!(
        !policy.contains("allow") && policy.contains("img-src data:;"),
        "{policy}"
    );
}

#[tokio::test]
async fn long_email_does_not_lengthen_the_inbox() {
    let pool = pool_with(|builder| {
        builder.trigger(Trigger::CustomMessage, |mut event| {
            let links: String = (0..50_000)
                .map(|number| format!("<a href=http://localhost/{number}>Link</a>"))
                .collect();
            event["response"]["emailMessage"] = json!(format!("{{####}}{links}"));
            Ok(event)
        })
    })
    .await;
    sign_up(&pool).await;
    let page = open(&pool, "/inbox", &[]).await;
    assert!(page.len() < 30_000, "{}", page.len());
    assert_eq!(page.matches("href=\"http://localhost/").count(), 20);
    let email = html(&email(&pool, "1").await);
    assert!(email.len() > 1_500_000, "{}", email.len());
}
