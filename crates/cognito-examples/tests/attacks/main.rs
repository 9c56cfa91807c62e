//! The attacks of `examples/attacks`, at a reduced size.
#![cfg(test)] // so that clippy.toml's exceptions for tests hold in helpers, too
#![allow(
    dead_code,
    unreachable_pub,
    clippy::disallowed_methods,
    reason = "the attacks are a program, too, which times itself"
)]

#[path = "../../examples/attacks/attacks.rs"]
mod attacks;
#[path = "../../examples/auth_server/site.rs"]
#[allow(unused_imports, reason = "only its router is needed")]
mod site;

use attacks::{ALL, Size};

/// Runs the attacks whose name starts with a word. The message names each failed figure.
async fn withstands(word: &str) {
    let mut attacks = ALL.iter().filter(|a| a.name.starts_with(word)).peekable();
    assert!(attacks.peek().is_some(), "no attack is named {word:?}");
    for attack in attacks {
        for figure in (attack.run)(Size::Reduced).await {
            assert!(figure.holds(), "{}: {figure}", attack.name);
        }
    }
}

#[tokio::test]
async fn withstands_guessing() {
    withstands("guessing").await;
}

#[tokio::test]
async fn withstands_large_tokens() {
    withstands("large tokens").await;
}

#[tokio::test]
async fn withstands_slow_clients() {
    withstands("slow clients").await;
}

#[tokio::test]
async fn withstands_cookie_header() {
    withstands("cookie header").await;
}

#[tokio::test]
async fn withstands_enumeration() {
    withstands("enumeration").await;
}

/// At this size the times prove nothing. The test shows that each measurement runs completely.
#[tokio::test]
async fn measures_timing() {
    withstands("timing").await;
}

#[tokio::test]
async fn withstands_lockout() {
    withstands("lockout").await;
}

#[tokio::test]
async fn withstands_filling() {
    withstands("filling").await;
}

#[tokio::test]
async fn withstands_abuse_of_budgets() {
    withstands("budgets").await;
}

#[tokio::test]
async fn withstands_crowd() {
    withstands("crowd").await;
}

#[tokio::test]
async fn withstands_filled_revocation_list() {
    withstands("revocations").await;
}
