//! Sign-ins while the server of the counters is unavailable.

use cognito::ErrorKind;
use cognito::attempt::StoreFailure;
use cognito::revocation::WhenStale;
use cognito::store::RedisConfig;

use crate::fixture::{EMAIL, Fixture, PASSWORD, complete};
use crate::server::Server;
use crate::{KEY, another};

#[tokio::test]
async fn redis_outage_follows_configured_policy() {
    // Users sign in without being counted, or cannot sign in.
    let Some(mut server) = Server::start(&[]).await else {
        return;
    };
    let fixture = Fixture::ours().await;
    drop(fixture.signed_in().await);
    let lenient = another(&fixture, &server.url(), WhenStale::FailOpen).await;
    let strict = fixture
        .facade()
        .attempt_store_failure(StoreFailure::Refuse)
        .redis(
            RedisConfig::server(&server.url()).unwrap(),
            WhenStale::FailOpen,
        )
        .attempt_key(KEY)
        .build()
        .await
        .unwrap();
    for machine in [&lenient, &strict] {
        drop(complete(machine.login(EMAIL, PASSWORD).await.unwrap()));
    }
    server.kill().await;
    drop(complete(lenient.login(EMAIL, PASSWORD).await.unwrap()));
    let error = strict.login(EMAIL, PASSWORD).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.status()),
        (ErrorKind::StoreUnavailable, 503)
    );
}
