//! Sign-ins while the server of the counters is unavailable.

use cognito::attempt::StoreFailure;
use cognito::revocation::WhenStale;
use cognito::store::RedisConfig;
use cognito::{Cognito, ErrorKind};

use crate::server::Server;
use crate::stage::{EMAIL, PASSWORD, Stage, complete, pool_of};
use crate::{KEY, another};

#[tokio::test]
async fn redis_outage_follows_configured_policy() {
    // Users sign in without being counted, or cannot sign in.
    let Some(mut server) = Server::start(&[]).await else {
        return;
    };
    let stage = Stage::ours().await;
    drop(stage.signed_in().await);
    let lenient = another(&stage, &server.url(), WhenStale::FailOpen).await;
    let strict = Cognito::builder()
        .config(pool_of(stage.emulator()))
        .emulator(stage.emulator().endpoint())
        .clock(stage.clock())
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
