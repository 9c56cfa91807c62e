//! The inbox in the emulator's window (its web interface).

use serde_json::json;

use super::{PATH, html, open};
use crate::support::{CLIENT, PASSWORD, Pool, pool};

async fn sign_up(pool: &Pool, address: &str) {
    let fields = json!({ "ClientId": CLIENT, "Username": address, "Password": PASSWORD });
    pool.call("SignUp", fields).await.ok();
}

/// Requests the messages after a message. Returns the number of the newest message, and the HTML.
async fn new(pool: &Pool, after: &str) -> (String, String) {
    let reply = pool.get(&format!("{PATH}/inbox/new?after={after}")).await;
    assert_eq!(reply.status, 200);
    let number = reply.header("x-emulator-number").to_owned();
    let html = if reply.body.is_null() {
        String::new()
    } else {
        html(&reply)
    };
    (number, html)
}

#[tokio::test]
async fn new_messages_are_added() {
    let pool = pool().await;
    sign_up(&pool, "a@example.com").await;
    let page = open(&pool, "/inbox", &[]).await;
    let code = pool.code("a@example.com");
    assert!(page.contains("data-after=\"1\"") && page.contains(&format!("data-copy=\"{code}\"")));
    assert_eq!(new(&pool, "1").await, ("1".to_owned(), String::new()));
    sign_up(&pool, "b@example.com").await;
    let (number, html) = new(&pool, "1").await;
    assert_eq!(number, "2");
    assert!(html.contains("b@example.com") && !html.contains("a@example.com"));
    // A reset removes the messages, but the numbers continue.
    pool.emulator.reset();
    assert_eq!(new(&pool, "0").await, ("2".to_owned(), String::new()));
    sign_up(&pool, "c@example.com").await;
    let (number, html) = new(&pool, "2").await;
    assert_eq!(number, "3");
    assert!(html.contains("c@example.com"));
}

#[tokio::test]
async fn messages_are_escaped_and_links_are_shown() {
    let pool = pool().await;
    let script = "<script>alert(1)</script>";
    pool.admin(
        "UpdateUserPool",
        json!({ "AutoVerifiedAttributes": ["email"], "VerificationMessageTemplate": {
            "DefaultEmailOption": "CONFIRM_WITH_LINK",
            "EmailMessageByLink": format!("{script} {{##Verify##}}"),
        } }),
    )
    .await
    .ok();
    sign_up(&pool, "a@example.com").await;
    let page = open(&pool, "/inbox", &[]).await;
    assert!(page.contains("&lt;script&gt;alert(1)"), "{page}");
    assert!(!page.contains(script));
    let link = format!("<a href=\"{}/confirmUser?", pool.emulator.endpoint());
    assert!(page.contains(&link), "{page}");
}
