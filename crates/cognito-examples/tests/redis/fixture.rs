//! Two instances of the site, with a browser for each.

use std::sync::Arc;
use std::time::Duration;

use cognito::revocation::WhenStale;
use cognito::store::RedisConfig;
use cognito_testkit::FixedClock;

use crate::browser::{Browser, EMAIL, PASSWORD};
use crate::server::{LONG, Server};
use crate::site::{Instance, Secret, Settings, Sharing, emulated};

const PORTS: [u16; 2] = [3000, 3001];
/// Longer than the view may be stale.
const TOO_LONG: Duration = Duration::from_secs(3);

/// Returns a configuration with long timeouts, for hosts that are busy with other tests.
fn patient(url: &str) -> RedisConfig {
    RedisConfig::server(url)
        .unwrap()
        .with_connect_timeout(LONG / 2)
        .with_command_timeout(LONG / 4)
}

/// Creates two instances, with a user who has an account.
pub(crate) async fn instances(server: &Server, when_stale: WhenStale) -> [Browser; 2] {
    let clock = FixedClock::at_unix(1_700_000_000);
    let settings = Settings {
        sharing: Some(Sharing {
            redis: patient(&server.url()),
            when_stale,
        }),
        secret: Some(Secret::random().unwrap()),
        ..Settings::default()
    };
    let apps = emulated(&settings, Arc::new(clock.clone()), PORTS.len()).await;
    let mut browsers = apps.unwrap().into_iter().zip(PORTS).map(|(app, port)| {
        let of = PORTS.to_vec();
        Browser::at(app.named(Instance { port, of }), clock.clone())
    });
    let browsers = [browsers.next().unwrap(), browsers.next().unwrap()];
    let created = browsers[0].emulator.create_user(EMAIL, PASSWORD, &[]);
    created.unwrap();
    browsers
}

/// Creates two instances. The user is signed in at the first one, and the browser of the second one
/// has the same cookies.
pub(crate) async fn signed_in(server: &Server, when_stale: WhenStale) -> [Browser; 2] {
    let [mut one, mut other] = instances(server, when_stale).await;
    let answer = one.sign_in(PASSWORD).await;
    assert_eq!(answer.location(), "/?done=signed-in", "{}", answer.text);
    other.cookies = one.cookies.clone();
    [one, other]
}

/// Stops the server, and lets time pass until the view is stale.
pub(crate) async fn outage(server: &mut Server, browsers: [&mut Browser; 2]) {
    server.kill().await;
    browsers[0].clock.advance(TOO_LONG);
    for browser in browsers {
        until("the view is stale", async || {
            browser.get("/readyz").await.text.contains("stale")
        })
        .await;
    }
}

/// Waits until a condition is true. Fails if it never is.
pub(crate) async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let wait = async {
        while !is_so().await {
            tokio::task::yield_now().await;
        }
    };
    let waited = tokio::time::timeout(LONG, wait).await;
    assert!(waited.is_ok(), "it never came: {what}");
}
