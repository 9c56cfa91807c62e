//! TLS with a password.

use cognito::revocation::WhenStale;
use cognito::store::RedisConfig;

use crate::fixture::Fixture;
use crate::server::{self, Server};
use crate::{KEY, patient, until};

/// A private certificate authority and a separate user, with one line each.
#[tokio::test]
async fn instances_share_over_tls_with_password() {
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../cognito-redis/tests/certificates"
    );
    let file = |name: &str| format!("{folder}/{name}");
    let port = server::free_port();
    let options = [
        "--tls-port",
        &port.to_string(),
        "--tls-cert-file",
        &file("server.pem"),
        "--tls-key-file",
        &file("server-key.pem"),
        "--tls-ca-cert-file",
        &file("root.pem"),
        "--tls-auth-clients",
        "no",
        "--requirepass",
        "right-one",
    ];
    let Some(_server) = Server::start(&options).await else {
        return;
    };
    let fixture = Fixture::ours().await;
    let machine = async |password: &str| {
        let redis = RedisConfig::server(&format!("rediss://:{password}@127.0.0.1:{port}"))
            .and_then(|redis| {
                redis.with_root_certificates(std::fs::read(file("root.pem")).unwrap())
            })
            .unwrap();
        let machine = fixture
            .facade()
            .redis(patient(redis), WhenStale::FailClosed)
            .attempt_key(KEY);
        machine.build().await
    };
    let (one, other) = (
        machine("right-one").await.unwrap(),
        machine("right-one").await.unwrap(),
    );
    let tokens = fixture.signed_in().await;
    let token = tokens.access_token.expose();
    other.verify_access_token(token).await.unwrap();
    let account = one.account(&tokens.access_token);
    account.sign_out_everywhere().await.unwrap();
    until("the other machine refuses it", async || {
        other.verify_access_token(token).await.is_err()
    })
    .await;
    let error = machine("wrong-one").await.unwrap_err();
    assert!(error.to_string().contains("credentials"), "{error}");
    assert!(!format!("{error:?}").contains("wrong-one"));
}
