//! The page that decodes tokens in the emulator's window (its web interface).

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::{html, send};
use crate::support::{Pool, pool};

async fn decoded(pool: &Pool, token: &str) -> String {
    let reply = send(pool, "/tokens", &[("token", token)]).await;
    assert_eq!(reply.status, 200);
    html(&reply)
}

#[tokio::test]
async fn tokens_are_decoded_and_verified() {
    let pool = pool().await;
    pool.person();
    let tokens = pool.tokens().await;
    let valid = format!("valid, by pool {}", pool.emulator.user_pool_id());
    for token in [&tokens.access, &tokens.id] {
        let page = decoded(&pool, token).await;
        for expected in [&valid, "valid for 3600 seconds", "token_use", "RS256"] {
            assert!(page.contains(expected), "{expected}: {page}");
        }
        let (signed, _) = token.rsplit_once('.').expect("a signature");
        let page = decoded(&pool, &format!("{signed}.AAAA")).await;
        assert!(page.contains("not by a pool of this emulator"));
    }
    pool.advance(Duration::from_secs(3610));
    assert!(
        decoded(&pool, &tokens.id)
            .await
            .contains("expired 10 seconds ago")
    );
}

#[tokio::test]
async fn page_says_why_token_is_unreadable() {
    let pool = pool().await;
    pool.person();
    let tokens = pool.tokens().await;
    let encrypted = "The token is encrypted, so only its pool can read it.";
    let base64 = "is not Base64url. Copy the whole token, without spaces and other words.";
    for (token, reason) in [
        ("", "Enter a token."),
        (tokens.refresh.as_str(), encrypted),
        ("e30", "The number of parts here is 1."),
        ("e30.e30", "The number of parts here is 2."),
        (&format!("Bearer {}", tokens.id), base64),
        ("e30.a b.x", base64),
        ("W10.e30.x", "The header of the token is not a JSON object."),
        (
            "e30.W10.x",
            "The payload of the token is not a JSON object.",
        ),
        (
            "e30.bm90IGpzb24.x",
            "The payload of the token is not a JSON object.",
        ),
    ] {
        let page = decoded(&pool, token).await;
        let alert = page.split_once("role=\"alert\">").expect("an alert").1;
        assert!(alert.contains(reason), "{token}: {alert}");
    }
}

// The page of a token with deep JSON can be 100 times longer than the token.
#[tokio::test]
async fn long_tokens_are_rejected() {
    let pool = pool().await;
    let part = URL_SAFE_NO_PAD.encode(format!("{{\"a\":{}1{}}}", "[".repeat(100), "]".repeat(100)));
    decoded(&pool, &format!("{part}.{part}.x")).await;
    let token = format!("{part}.{part}.{}", "x".repeat(16 * 1024));
    let reply = send(&pool, "/tokens", &[("token", &token)]).await;
    assert_eq!(reply.status, 400);
    let page = html(&reply);
    assert!(page.contains("The token is longer than 16 KiB.") && !page.contains("xxx"));
}

#[tokio::test]
async fn claims_are_escaped() {
    let pool = pool().await;
    let script = "<script>alert(1)</script>";
    let part = URL_SAFE_NO_PAD.encode(format!("{{\"name\":\"{script}\"}}"));
    let page = decoded(&pool, &format!("{part}.{part}.x")).await;
    assert!(page.contains("&lt;script&gt;alert(1)"));
    assert!(!page.contains(script));
    assert!(!decoded(&pool, script).await.contains(script));
}
