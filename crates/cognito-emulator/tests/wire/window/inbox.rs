//! The inbox in the emulator's window (its web interface).

use serde_json::json;

use super::{PATH, html, open};
use crate::support::{CLIENT, EMAIL, PASSWORD, PHONE, Pool, pool};

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
async fn text_messages_stay_text() {
    let pool = pool().await;
    pool.person();
    pool.with_phone().await;
    let settings = json!({
        "MfaConfiguration": "ON",
        "SmsMfaConfiguration": {
            "SmsAuthenticationMessage": "<b>Your code</b> is {####} &amp; secret.",
            "SmsConfiguration": { "SnsCallerArn": "arn:aws:iam::123456789012:role/sms" },
        },
    });
    pool.admin("SetUserPoolMfaConfig", settings).await.ok();
    pool.sign_in(EMAIL, PASSWORD).await.ok();
    let code = pool.code(PHONE);
    let page = open(&pool, "/inbox", &[]).await;
    let escaped = format!("&lt;b&gt;Your code&lt;/b&gt; is {code} &amp;amp; secret.");
    assert!(page.contains(&escaped), "{page}");
    assert!(
        !page.contains("<iframe") && !page.contains("Subject"),
        "{page}"
    );
}
