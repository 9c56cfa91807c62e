//! The web sites on which passkeys can be registered.

use crate::authenticator::Authenticator;
use crate::support::{Pool, Reply, pool_with};

async fn register(pool: &Pool, access: &str, origin: &str) -> Reply {
    let options = pool.start(access).await;
    let authenticator = Authenticator::es256(origin.as_bytes());
    let credential = authenticator.create(&options, origin).json();
    pool.complete(access, credential).await
}

#[tokio::test]
async fn origin_is_relying_party_or_subdomain() {
    for (relying_party, origins) in [
        (
            "example.com",
            &[
                "https://example.com",
                "https://example.com:8443",
                "https://login.example.com",
            ][..],
        ),
        ("b.example.com", &["https://a.b.example.com"]),
        (
            "localhost",
            &[
                "http://localhost",
                "http://localhost:5173",
                "http://app.localhost:5173",
                "https://localhost",
            ],
        ),
    ] {
        let pool = pool_with(|builder| builder.passkeys(relying_party)).await;
        pool.person();
        let access = pool.tokens().await.access;
        for origin in origins {
            register(&pool, &access, origin).await.ok();
        }
    }
}

#[tokio::test]
async fn other_origins_are_rejected() {
    for (relying_party, origins) in [
        (
            "example.com",
            &[
                "https://example.org",
                "https://evil-example.com",
                "https://example.com.evil.org",
                "https://com",
                "http://example.com",
                "http://login.example.com",
                "https://example.com/",
                "https://example.com/path",
                "https://user@example.com",
                "https://example.com:0",
                "https://example.com:99999",
                "https://example.com:",
                "https://example.com:44x",
                "https://.example.com",
                "https://EXAMPLE.com",
                "https://example.com\u{0}",
                "wss://example.com",
                "android:apk-key-hash:abc",
                "example.com",
                "null",
                "",
            ][..],
        ),
        ("localhost", &["http://notlocalhost", "http://127.0.0.1:80"]),
    ] {
        let pool = pool_with(|builder| builder.passkeys(relying_party)).await;
        pool.person();
        let access = pool.tokens().await.access;
        for origin in origins {
            let reply = register(&pool, &access, origin).await;
            assert_eq!(
                reply.body["__type"], "WebAuthnOriginNotAllowedException",
                "{origin}"
            );
        }
    }
}
