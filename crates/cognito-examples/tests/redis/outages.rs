//! What users see while the shared store is unavailable.

use std::time::Duration;

use cognito::revocation::WhenStale;
use http::StatusCode;

use crate::browser::PASSWORD;
use crate::fixture::{outage, signed_in, until};
use crate::server::Server;

/// A page that verifies the token, and does not call Cognito.
const OFFLINE: &str = "/account/delete";

#[tokio::test]
async fn outage_rejects_requests_but_keeps_sessions() {
    let Some(mut server) = Server::start(&[]).await else {
        return;
    };
    let [mut one, mut other] = signed_in(&server, WhenStale::FailClosed).await;
    outage(&mut server, [&mut one, &mut other]).await;
    for browser in [&mut one, &mut other] {
        let answer = browser.get("/profile").await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(answer.text.contains("No data is lost"), "{}", answer.text);
        // A public page is available and shows the same notice.
        let home = browser.get("/").await;
        assert_eq!(home.status, StatusCode::OK);
        assert!(home.text.contains("No data is lost"), "{}", home.text);
        let metrics = browser.get("/metrics").await.text;
        assert!(metrics.contains("stale"), "{metrics}");
        assert!(metrics.contains(">0 accepted, 3 rejected<"), "{metrics}");
        assert!(!browser.cookie("refresh_token").is_empty());
    }
    server.restart().await;
    for browser in [&mut one, &mut other] {
        until("the page is there again", async || {
            browser.get("/profile").await.status == StatusCode::OK
        })
        .await;
    }
}

#[tokio::test]
async fn renewed_session_continues_after_outage() {
    let Some(mut server) = Server::start(&[]).await else {
        return;
    };
    let [mut one, mut other] = signed_in(&server, WhenStale::FailClosed).await;
    outage(&mut server, [&mut one, &mut other]).await;
    let used = one.cookie("refresh_token");
    one.clock.advance(Duration::from_secs(2 * 3600));
    let answer = one.get("/profile").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_ne!(one.cookie("refresh_token"), used, "the new one is lost");

    // Cognito no longer accepts the used refresh token.
    one.clock.advance(Duration::from_secs(61));
    server.restart().await;
    until("the page is there again", async || {
        let answer = one.get("/profile").await;
        assert_ne!(answer.location(), "/login?over=1");
        answer.status == StatusCode::OK
    })
    .await;
    // The session works again, and can be refreshed once more.
    one.clock.advance(Duration::from_secs(2 * 3600));
    until("the session is renewed once more", async || {
        one.get("/profile").await.status == StatusCode::OK
    })
    .await;
}

#[tokio::test]
async fn logout_with_refresh_token_only_revokes_it() {
    let Some(mut server) = Server::start(&[]).await else {
        return;
    };
    let [mut one, mut other] = signed_in(&server, WhenStale::FailClosed).await;
    outage(&mut server, [&mut one, &mut other]).await;
    one.cookies.remove("access_token");
    let answer = one.post("/sessions/end-all", &[]).await;
    let claim = "Cognito and this instance of the site have ended your session";
    assert!(answer.text.contains(claim), "{}", answer.text);
    assert_eq!(one.emulator.calls("GlobalSignOut"), 1, "it was not asked");
    assert!(one.cookie("refresh_token").is_empty(), "they are kept on");
}

#[tokio::test]
async fn fail_open_serves_with_notice_in_outage() {
    let Some(mut server) = Server::start(&[]).await else {
        return;
    };
    let [mut one, mut other] = signed_in(&server, WhenStale::FailOpen).await;
    outage(&mut server, [&mut one, &mut other]).await;
    assert_eq!(other.get("/sessions").await.status, StatusCode::OK);
    let metrics = other.get("/metrics").await.text;
    assert!(
        metrics.contains("stale") && !metrics.contains(">0 accepted,"),
        "{metrics}"
    );
}

#[tokio::test]
async fn unshared_sign_out_says_so_and_arrives_later() {
    let Some(mut server) = Server::start(&[]).await else {
        return;
    };
    let [mut one, mut other] = signed_in(&server, WhenStale::FailOpen).await;
    let kept = other.cookies.clone();
    outage(&mut server, [&mut one, &mut other]).await;
    let answer = one.post("/sessions/end-all", &[]).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(
        answer
            .text
            .contains("Some instances do not have the sign-out yet"),
        "{}",
        answer.text
    );
    assert!(one.cookie("refresh_token").is_empty(), "they are kept on");
    let metrics = one.get("/metrics").await.text;
    assert!(metrics.contains("id=\"view-pending\">1<"), "{metrics}");
    // The revocation is in effect at this instance at once. The other instance does not have it.
    one.cookies = kept.clone();
    assert_eq!(one.get(OFFLINE).await.location(), "/login?over=1");
    assert_eq!(other.get(OFFLINE).await.status, StatusCode::OK);

    server.restart().await;
    until("the other instance refuses the token", async || {
        other.cookies = kept.clone();
        other.get(OFFLINE).await.location() == "/login?over=1"
    })
    .await;
    until("nothing is left to be written", async || {
        let metrics = one.get("/metrics/now").await.text;
        metrics.contains("id=\"view-pending\">0<")
    })
    .await;
    // The sign-out also revokes tokens that were issued in the same second.
    other.clock.advance(Duration::from_secs(1));
    other.sign_in(PASSWORD).await;
    assert_eq!(other.get("/sessions").await.status, StatusCode::OK);
}
