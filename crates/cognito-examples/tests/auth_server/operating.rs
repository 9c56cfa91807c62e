//! Operating the site: its URL, its pool, its metrics, its shutdown.

use std::net::Ipv4Addr;

use cognito_testkit::{FixedClock, LogCapture};
use http::StatusCode;
use http::header::SET_COOKIE;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use crate::browser::{Browser, EMAIL, PASSWORD, alone, encoded};
use crate::site::{Settings, router, serve};

#[tokio::test]
async fn under_https_every_cookie_is_for_tls_alone() {
    let clock = FixedClock::at_unix(1_700_000_000);
    let settings = Settings {
        public_url: Some("HTTPS://auth.example.com".to_owned()),
        ..Settings::default()
    };
    let app = alone(&settings, &clock).await;
    let mut browser = Browser::at(app.expect("the site starts"), clock);
    browser
        .emulator
        .create_user(EMAIL, PASSWORD, &[])
        .expect("a person");
    let wanted = browser.get("/profile").await;
    let forgotten = browser.post("/forgot-password", &[("email", EMAIL)]).await;
    let signed_in = browser.sign_in(PASSWORD).await;
    for answer in [wanted, forgotten, signed_in] {
        let cookies: Vec<_> = answer.headers.get_all(SET_COOKIE).iter().collect();
        assert!(!cookies.is_empty(), "nothing is kept");
        for cookie in cookies {
            let cookie = cookie.to_str().expect("text");
            assert!(cookie.contains("; Secure"), "{cookie}");
        }
    }
}

#[tokio::test]
async fn site_without_tls_is_local_only() {
    for (url, is_taken) in [
        ("https://auth.example.com", true),
        ("HTTP://LOCALHOST:3000", true),
        ("http://127.0.0.1:3000", true),
        ("http://auth.example.com", false),
        ("http://localhost.example.com", false),
        ("http://192.0.2.7", false),
        ("ftp://localhost", false),
        ("auth.example.com", false),
    ] {
        let clock = FixedClock::at_unix(1_700_000_000);
        let settings = Settings {
            public_url: Some(url.to_owned()),
            ..Settings::default()
        };
        let app = alone(&settings, &clock).await;
        assert_eq!(app.is_ok(), is_taken, "{url}");
    }
}

#[tokio::test]
async fn shutdown_finishes_requests_in_flight() {
    let clock = FixedClock::at_unix(1_700_000_000);
    let app = alone(&Settings::default(), &clock).await;
    let app = app.expect("the emulator starts");
    let emulator = app.emulator.as_ref().expect("an emulator");
    emulator
        .create_user(EMAIL, PASSWORD, &[])
        .expect("a person");
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
    let listener = listener.expect("a port");
    let address = listener.local_addr().expect("an address");
    let (stop, stopped) = oneshot::channel::<()>();
    let server = tokio::spawn(serve(vec![(listener, app)], async { drop(stopped.await) }));

    let body = encoded(&[("email", EMAIL), ("password", PASSWORD)]);
    let mut browser = TcpStream::connect(address).await.expect("a connection");
    let head = format!(
        "POST /login HTTP/1.1\r\nhost: {address}\r\norigin: http://{address}\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\
         expect: 100-continue\r\n\r\n",
        body.len()
    );
    browser.write_all(head.as_bytes()).await.expect("a head");
    let mut go_on = [0; 25];
    browser.read_exact(&mut go_on).await.expect("an answer");
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");

    // The request has started, and its rest arrives after the server has stopped accepting
    // connections.
    drop(stop);
    while TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    browser.write_all(body.as_bytes()).await.expect("a body");
    let mut answer = String::new();
    browser
        .read_to_string(&mut answer)
        .await
        .expect("an answer");
    assert!(answer.contains("location: /?done=signed-in"), "{answer}");
    server.await.expect("no panic").expect("a good end");
}

/// Creates a site that treats its pool as a real one.
async fn before_a_real_pool() -> Browser {
    let clock = FixedClock::at_unix(1_700_000_000);
    let app = alone(&Settings::default(), &clock).await;
    let mut app = app.expect("the emulator starts");
    let mut browser = Browser::at(app.clone(), clock);
    app.emulator = None;
    browser.site = router(app);
    browser
}

#[tokio::test]
async fn hidden_metrics_do_not_look_live() {
    let mut browser = before_a_real_pool().await;
    let nobody = browser.get_in_place("/metrics/now").await;
    assert_eq!(nobody.headers["hx-redirect"], "/login");
    browser
        .cookies
        .insert("access_token".to_owned(), "no token any more".to_owned());
    let ended = browser.get_in_place("/metrics/now").await;
    assert_eq!(ended.headers["hx-redirect"], "/login?over=1");
    browser
        .emulator
        .create_user(EMAIL, PASSWORD, &[])
        .expect("a person");
    browser.sign_in(PASSWORD).await;
    let no_operator = browser.get_in_place("/metrics/now").await;
    assert_eq!(no_operator.status, StatusCode::FORBIDDEN);
    assert_eq!(no_operator.headers["hx-redirect"], "/metrics");
}

#[tokio::test]
async fn real_pool_has_no_inbox_or_group_joining() {
    let mut browser = before_a_real_pool().await;
    browser
        .emulator
        .create_user(EMAIL, PASSWORD, &[])
        .expect("a person");
    browser.sign_in(PASSWORD).await;
    assert_eq!(browser.get("/inbox").await.status, StatusCode::NOT_FOUND);
    let joined = browser.post("/admins/join", &[]).await;
    assert_eq!(joined.status, StatusCode::NOT_FOUND);
    assert_eq!(browser.get("/metrics").await.status, StatusCode::FORBIDDEN);
    assert_eq!(
        browser.get("/metrics/now").await.status,
        StatusCode::FORBIDDEN
    );
    let home = browser.get("/").await.text;
    assert!(
        !home.contains("emulator") && !home.contains("/inbox"),
        "{home}"
    );
}

#[tokio::test]
async fn inbox_says_that_it_is_shortened() {
    let mut browser = Browser::start().await;
    let note = "newest 50 of 51 messages";
    for number in 0..51 {
        assert!(!browser.get("/inbox").await.text.contains(note), "{number}");
        let email = format!("guest{number}@example.com");
        let invited = browser.post("/inbox/invite", &[("email", &email)]).await;
        assert_eq!(invited.location(), "/inbox?done=invited", "{email}");
    }
    let page = browser.get("/inbox").await.text;
    assert!(page.contains(note), "{page}");
    assert!(page.contains("guest50@") && page.contains("guest1@") && !page.contains("guest0@"));
}

#[tokio::test]
async fn clock_moves_only_if_enabled() {
    let mut browser = Browser::start().await;
    let answer = browser.post("/walk/clock", &[("seconds", "60")]).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn probes_say_how_the_service_is() {
    let mut browser = Browser::signed_in().await;
    assert_eq!(browser.get("/livez").await.text, "ok\n");
    let ready = browser.get("/readyz").await;
    assert_eq!(ready.status, StatusCode::OK);
    let health: serde_json::Value = serde_json::from_str(&ready.text).expect("JSON");
    assert_eq!(health["status"], "healthy");
}

#[tokio::test(flavor = "current_thread")]
async fn no_secret_and_no_address_is_logged() {
    let logs = LogCapture::start();
    let mut browser = Browser::start().await;
    browser
        .post("/sign-up", &[("email", EMAIL), ("password", PASSWORD)])
        .await;
    let code = browser.emulator.inbox().latest_code(EMAIL).expect("a code");
    let confirmed = browser
        .post("/confirm", &[("email", EMAIL), ("code", &code)])
        .await;
    assert_eq!(confirmed.location(), "/login?done=confirmed");
    browser.sign_in("WrongPass123!").await;
    browser.sign_in(PASSWORD).await;
    let tokens = ["access_token", "id_token", "refresh_token"].map(|name| browser.cookie(name));
    browser.get("/profile").await;
    browser.post("/sessions/end", &[]).await;
    assert!(logs.text().contains("SignUp"), "nothing was heard");
    let [access, id, refresh] = &tokens;
    logs.assert_free_of(&[EMAIL, PASSWORD, "WrongPass123!", &code, access, id, refresh]);
}
