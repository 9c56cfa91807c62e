//! Actions at one instance that take effect at the other.

use std::net::IpAddr;

use cognito::revocation::WhenStale;
use http::StatusCode;

use crate::browser::PASSWORD;
use crate::fixture::{instances, signed_in, until};
use crate::server::Server;

const STRANGER: &str = "198.51.100.7";
const HOME: &str = "192.0.2.1";

#[tokio::test]
async fn instances_share_sign_in_and_sign_out() {
    let Some(server) = Server::start(&[]).await else {
        return;
    };
    let [mut one, mut other] = signed_in(&server, WhenStale::FailClosed).await;
    assert_eq!(other.get("/profile").await.status, StatusCode::OK);
    let kept = other.cookies.clone();

    let answer = one.post("/sessions/end-all", &[]).await;
    let refusals = answer.text.matches(">rejected<").count();
    assert_eq!(refusals, 2, "{}", answer.text);
    until("the other instance refuses the token", async || {
        other.cookies = kept.clone();
        // The site itself rejects the token, because this page does not call Cognito.
        other.get("/account/delete").await.location() == "/login?over=1"
    })
    .await;
    assert!(other.cookie("refresh_token").is_empty(), "they are kept on");
}

#[tokio::test]
async fn sign_in_continues_at_another_instance() {
    let Some(server) = Server::start(&[]).await else {
        return;
    };
    let [mut one, mut other] = instances(&server, WhenStale::FailClosed).await;
    let guest = "guest@example.com";
    let invited = one.post("/inbox/invite", &[("email", guest)]).await;
    assert_eq!(invited.location(), "/inbox?done=invited");
    let given = one.emulator.inbox().latest_code(guest).unwrap();
    let form = [("email", guest), ("password", given.as_str())];
    let begun = one.post("/login", &form).await;
    assert_eq!(begun.location(), "/login/step", "{}", begun.text);

    other.cookies = one.cookies.clone();
    let page = other.get("/login/step").await.text;
    assert!(page.contains("NEW_PASSWORD_REQUIRED"), "{page}");
    let form = [("new_password", "EvenBetter456!")];
    let done = other.post("/login/step", &form).await;
    assert_eq!(done.location(), "/?done=signed-in", "{}", done.text);
}

#[tokio::test]
async fn instances_share_failed_attempts() {
    let Some(server) = Server::start(&[]).await else {
        return;
    };
    let address = |text: &str| text.parse::<IpAddr>().unwrap();
    let mut browsers = instances(&server, WhenStale::FailClosed).await;
    for guess in 0..4 {
        let browser = &mut browsers[guess % 2];
        browser.address = address(STRANGER);
        let answer = browser.sign_in("WrongPass123!").await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{guess}");
    }
    for browser in &mut browsers {
        let answer = browser.sign_in(PASSWORD).await;
        assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
        browser.address = address(HOME);
        let at_home = browser.sign_in(PASSWORD).await;
        assert_eq!(at_home.location(), "/?done=signed-in", "{}", at_home.text);
    }
    let calls = browsers[0].emulator.calls("InitiateAuth");
    assert_eq!(calls, 6, "a refused attempt was sent");
}

#[tokio::test]
async fn every_instance_reports_its_id_and_state() {
    let Some(server) = Server::start(&[]).await else {
        return;
    };
    let [mut one, mut other] = signed_in(&server, WhenStale::FailClosed).await;
    let ready: serde_json::Value =
        serde_json::from_str(&other.get("/readyz").await.text).expect("JSON");
    assert_eq!(
        (&ready["instance"], &ready["status"]),
        (&3001.into(), &"healthy".into())
    );
    let page = other.get("/").await.text;
    assert!(
        page.contains("the instance on port <strong>3001<")
            && page.contains("href=\"http://localhost:3000/\""),
        "{page}"
    );
    assert!(!page.contains("href=\"http://localhost:3001/\""), "{page}");

    one.post("/sessions/end-all", &[]).await;
    until("the other instance knows of the revocation", async || {
        let page = other.get("/metrics/now").await.text;
        page.contains("id=\"view-size\">1<")
    })
    .await;
    let page = other.get("/metrics").await.text;
    assert!(page.contains("on port 3001"), "{page}");
    assert!(page.contains(" ms ago"), "{page}");
}
