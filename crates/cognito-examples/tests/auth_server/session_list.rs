//! The list of the user's sessions, and the end of one of them.

use std::time::Duration;

use cognito_emulator::{Client, Emulator, Fault};
use http::StatusCode;

use crate::browser::{Browser, PASSWORD};

const UNKNOWN: &str = "tkn0123456789abcdefghijklmno";
const OTHER: &str = "other@example.com";

/// Creates two browsers in which the user is signed in, a minute apart.
async fn two() -> [Browser; 2] {
    let first = Browser::signed_in().await;
    first.clock.advance(Duration::from_secs(60));
    let mut second = Browser {
        site: first.site.clone(),
        emulator: first.emulator.clone(),
        cognito: first.cognito.clone(),
        clock: first.clock.clone(),
        cookies: Default::default(),
        address: first.address,
    };
    let answer = second.sign_in(PASSWORD).await;
    assert_eq!(answer.location(), "/?done=signed-in", "{}", answer.text);
    second.clock.advance(Duration::from_secs(60));
    [first, second]
}

/// Returns the ids of the sessions that the page can end.
fn others(page: &str) -> Vec<String> {
    let fields = page.split("name=\"session\" value=\"").skip(1);
    let ids = fields.filter_map(|rest| rest.split('"').next());
    ids.map(str::to_owned).collect()
}

impl Browser {
    async fn end_session(&mut self, id: &str) -> String {
        let answer = self.post("/sessions/revoke", &[("session", id)]).await;
        answer.location().to_owned()
    }
}

#[tokio::test]
async fn current_session_is_marked() {
    let [mut first, mut second] = two().await;
    let (of_first, of_second) = (first.get("/sessions").await, second.get("/sessions").await);
    for page in [&of_first.text, &of_second.text] {
        assert_eq!(page.matches(">this browser<").count(), 1, "{page}");
        assert_eq!(others(page).len(), 1, "{page}");
    }
    assert_ne!(others(&of_first.text), others(&of_second.text));
}

#[tokio::test]
async fn ended_session_is_rejected_and_own_continues() {
    let [mut lost, mut browser] = two().await;
    let page = browser.get("/sessions").await.text;
    let location = browser.end_session(&others(&page)[0]).await;
    assert_eq!(location, "/sessions?done=session-ended");
    let refused = lost.get("/profile").await;
    assert_eq!(refused.location(), "/login?over=1");
    assert!(lost.cookie("refresh_token").is_empty());
    browser.clock.advance(Duration::from_secs(1));
    let page = browser.get("/sessions").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    assert!(others(&page.text).is_empty(), "{}", page.text);
}

/// The site rejects all tokens of the second in which the session ended. The new tokens are kept, and
/// accepted a second later.
#[tokio::test]
async fn own_session_survives_the_same_second() {
    let [_lost, mut browser] = two().await;
    let page = browser.get("/sessions").await.text;
    browser.end_session(&others(&page)[0]).await;
    let slept = browser.clock.slept();
    let early = browser.get("/profile").await;
    assert_eq!(early.status, StatusCode::UNAUTHORIZED, "{}", early.text);
    assert_eq!(browser.clock.slept() - slept, Duration::from_secs(1));
    assert!(!browser.cookie("refresh_token").is_empty());
    browser.clock.advance(Duration::from_secs(1));
    assert_eq!(browser.get("/profile").await.status, StatusCode::OK);
}

#[tokio::test]
async fn unknown_and_current_sessions_are_not_ended() {
    let [mut first, mut second] = two().await;
    let unknown = first.end_session(UNKNOWN).await;
    assert_eq!(unknown, "/sessions?done=session-ended");
    first.clock.advance(Duration::from_secs(1));
    let page = second.get("/sessions").await.text;
    let of_first = others(&page);
    for id in [of_first[0].as_str(), "no session", ""] {
        let form = [("session", id)];
        let refused = first.post("/sessions/revoke", &form).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{id}");
    }
    for browser in [&mut first, &mut second] {
        assert_eq!(browser.get("/profile").await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn other_users_session_is_not_ended() {
    let [mut first, mut second] = two().await;
    let page = first.get("/sessions").await.text;
    let created = first.emulator.create_user(OTHER, PASSWORD, &[]);
    created.expect("another user");
    let mut eve = Browser {
        cookies: Default::default(),
        ..first
    };
    let form = [("email", OTHER), ("password", PASSWORD)];
    let answer = eve.post("/login", &form).await;
    assert_eq!(answer.location(), "/?done=signed-in", "{}", answer.text);
    eve.end_session(&others(&page)[0]).await;
    assert_eq!(second.get("/profile").await.status, StatusCode::OK);
}

#[tokio::test]
async fn list_is_not_needed_to_sign_out() {
    let mut browser = Browser::signed_in().await;
    let fault = Fault::error("ListUserSessions", "InternalErrorException", "failure");
    browser.emulator.inject(fault).expect("a known name");
    let page = browser.get("/sessions").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    assert!(page.text.contains("could not be loaded"), "{}", page.text);
    assert!(page.text.contains("Sign out everywhere"), "{}", page.text);
}

#[tokio::test]
async fn pool_without_sessions_says_so() {
    let pool = Emulator::builder().client(Client::new("site"));
    let mut browser = Browser::on(pool).await;
    browser.sign_in(PASSWORD).await;
    let page = browser.get("/sessions").await.text;
    assert!(page.contains("does not record sessions"), "{page}");
}
