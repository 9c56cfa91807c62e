//! The HTTP server: pages, invalid requests, sizes, starting and stopping.

use cognito_emulator::{Client, Emulator, Fault, StartError};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{CLIENT, EMAIL, PASSWORD, Pool, pool, pool_with, secret_hash};

const TARGET: &str = "AWSCognitoIdentityProviderService.SignUp";

async fn post(pool: &Pool, target: &str, body: impl Into<bytes::Bytes>) -> crate::support::Reply {
    pool.send("POST", "/", &[("x-amz-target", target)], body)
        .await
}

#[tokio::test]
async fn rejects_unknown_operations() {
    let pool = pool().await;
    for target in [
        "AWSCognitoIdentityProviderService.NoSuchOperation",
        "AWSCognitoIdentityProviderService.",
        "DynamoDB_20120810.GetItem",
        "",
    ] {
        post(&pool, target, "{}")
            .await
            .fails("UnknownOperationException", "Unknown Operation");
    }
    pool.send("POST", "/", &[], "{}")
        .await
        .fails("UnknownOperationException", "Unknown Operation");
}

const BODIES: [&str; 20] = [
    "",
    "{",
    "[]",
    "null",
    "\"text\"",
    "0",
    "{}",
    "{\"a\":",
    "\u{0}",
    "{\"Username\":{}}",
    "{\"Username\":[[[[]]]]}",
    "{\"AuthParameters\":[]}",
    "{\"AuthParameters\":{\"USERNAME\":1}}",
    "{\"UserAttributes\":[1,null,{\"Name\":[]}]}",
    "{\"UserAttributes\":{}}",
    "{\"Limit\":1e999}",
    "{\"Limit\":99999999999999999999}",
    "{\"Session\":\"\u{1F600}\"}",
    "{\"AccessToken\":\"....\",\"AttributeName\":\"\",\"Code\":\"\"}",
    "{\"SMSMfaSettings\":{\"Enabled\":\"yes\"}}",
];

const OPERATIONS: [&str; 17] = [
    "AdminCreateUser",
    "AdminInitiateAuth",
    "AssociateSoftwareToken",
    "ChangePassword",
    "CompleteWebAuthnRegistration",
    "ConfirmSignUp",
    "CreateGroup",
    "GetTokensFromRefreshToken",
    "GetUser",
    "InitiateAuth",
    "ListUsers",
    "RespondToAuthChallenge",
    "RevokeToken",
    "SetUserMFAPreference",
    "SignUp",
    "UpdateUserAttributes",
    "VerifySoftwareToken",
];

/// Returns bodies that no client would send: invalid strings, deep nesting, random bytes. They are
/// the same in every run.
fn garbage() -> Vec<Vec<u8>> {
    let mut bodies: Vec<Vec<u8>> = BODIES.map(|text| text.as_bytes().to_vec()).into();
    bodies.push(vec![0xff; 64]);
    bodies.push(vec![b'['; 100_000]);
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut byte = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[0]
    };
    for length in 0..40 {
        bodies.push((0..length * 7).map(|_| byte()).collect());
    }
    bodies
}

#[tokio::test]
async fn garbage_never_breaks_the_server() {
    let pool = pool().await;
    for operation in OPERATIONS {
        let target = format!("AWSCognitoIdentityProviderService.{operation}");
        for body in garbage() {
            let headers = [
                ("x-amz-target", target.as_str()),
                ("authorization", "AWS4-X"),
            ];
            let text = String::from_utf8_lossy(&body).into_owned();
            let reply = pool.send("POST", "/", &headers, body).await;
            assert_eq!(reply.status, 400, "{operation} {text:?}");
            assert!(reply.body["__type"].is_string());
        }
    }
    pool.person();
    pool.tokens().await;
}

#[tokio::test]
async fn raw_garbage_closes_one_connection_only() {
    let pool = pool().await;
    let address = pool
        .emulator
        .endpoint()
        .trim_start_matches("http://")
        .to_owned();
    for garbage in [
        "\r\n\r\n\r\n".as_bytes(),
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST / HTTP/1.1\r\ncontent-length: -1\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc",
        b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
    ] {
        let mut stream = TcpStream::connect(&address).await.expect("connects");
        stream.write_all(garbage).await.expect("sent");
        stream.shutdown().await.expect("closed");
        let mut answer = Vec::new();
        // The server may respond with 400 or only close the connection.
        let _ = stream.read_to_end(&mut answer).await;
        let answer = String::from_utf8_lossy(&answer);
        assert!(!answer.starts_with("HTTP/1.1 5"), "{answer}");
    }
    pool.person();
    pool.tokens().await;
}

#[tokio::test]
async fn a_body_has_a_largest_size() {
    let pool = pool().await;
    let fits = format!("{{\"Username\":\"{}\"}}", "x".repeat(1024 * 1024 - 15));
    assert_eq!(fits.len(), 1024 * 1024);
    assert_eq!(post(&pool, TARGET, fits.clone()).await.status, 400);
    let reply = post(&pool, TARGET, format!("{fits} ")).await;
    assert_eq!(reply.status, 413);
    assert_eq!(reply.body["__type"], "RequestEntityTooLargeException");
    assert_eq!(reply.header("access-control-allow-origin"), "*");
}

#[tokio::test]
async fn pages_beside_the_operations() {
    let pool = pool_with(|builder| builder.issuer("https://issuer.example")).await;
    let id = pool.emulator.user_pool_id().to_owned();
    let health = pool.get("/_emulator/health").await;
    assert_eq!(
        (health.status, health.body),
        (200, json!({ "status": "ok" }))
    );
    let discovery = pool
        .get(&format!("/{id}/.well-known/openid-configuration"))
        .await;
    assert_eq!(discovery.body["issuer"], "https://issuer.example");
    assert_eq!(discovery.body["jwks_uri"], json!(pool.emulator.jwks_uri()));
    for path in [
        "/nothing",
        "/us-east-1_Other/.well-known/jwks.json",
        "/_emulator/none",
    ] {
        assert_eq!(pool.get(path).await.status, 404, "{path}");
    }
    for (method, path) in [
        ("DELETE", "/"),
        ("GET", "/_emulator/reset"),
        ("POST", "/_emulator/inbox?to=x"),
    ] {
        let reply = pool.send(method, path, &[], "").await;
        assert_eq!(reply.status, 405, "{method} {path}");
        assert_ne!(reply.header("allow"), "");
    }
    let preflight = pool.send("OPTIONS", "/", &[], "").await;
    assert_eq!(preflight.header("access-control-allow-origin"), "*");
}

#[tokio::test]
async fn the_inbox_page_shows_messages() {
    let pool = pool().await;
    let address = "some+one@example.com";
    let fields = json!({ "ClientId": CLIENT, "Username": address, "Password": PASSWORD });
    pool.call("SignUp", fields).await.ok();
    for query in ["some+one@example.com", "some%2Bone%40example.com"] {
        let page = pool.get(&format!("/_emulator/inbox?to={query}")).await;
        assert_eq!(page.body[0]["code"], json!(pool.code(address)));
        assert_eq!(page.body[0]["purpose"], "sign_up");
        assert_eq!(page.body[0]["medium"], "EMAIL");
        assert_eq!(page.body[0]["sent_at"], "2023-11-14T22:13:20.000Z");
        // Other origins must not read codes.
        assert_eq!(page.header("access-control-allow-origin"), "");
    }
    assert_eq!(pool.get("/_emulator/inbox?to=x").await.body, json!([]));
    pool.person();
    let fields = json!({ "ClientId": CLIENT, "Username": EMAIL });
    pool.call("ForgotPassword", fields).await.ok();
    let all = &[address, EMAIL][..];
    for (query, expected) in [
        ("", all),
        ("?to=", all),
        ("?x=1", all),
        ("?to=%ff", all),
        ("?x=1&to=someone@example.com", &[EMAIL]),
    ] {
        let page = pool.get(&format!("/_emulator/inbox{query}")).await;
        assert_eq!(page.header("access-control-allow-origin"), "");
        let messages = page.body.as_array().into_iter().flatten();
        let receivers: Vec<_> = messages.map(|message| &message["to"]).collect();
        assert_eq!(receivers, expected, "{query}");
    }
    let all = pool.emulator.inbox().all();
    assert_eq!((all[0].to.as_str(), all[1].to.as_str()), (address, EMAIL));
}

#[tokio::test]
async fn a_reset_forgets_everything_but_clients() {
    let pool = pool_with(|builder| builder.client(Client::new(CLIENT))).await;
    pool.person();
    let tokens = pool.tokens().await;
    pool.emulator.create_group("admins");
    pool.emulator.ssm().put("/a", "1");
    pool.emulator
        .inject(Fault::refuse("GetUser"))
        .expect("a known name");
    let reply = pool.send("POST", "/_emulator/reset", &[], "").await;
    assert_eq!(reply.status, 200);
    assert_eq!(pool.emulator.calls("InitiateAuth"), 0);
    pool.get_user(&tokens.access)
        .await
        .fails("UserNotFoundException", "User does not exist.");
    assert!(!pool.emulator.ssm().remove("/a"));
    let groups = pool.admin("ListGroups", json!({})).await.ok();
    assert_eq!(groups["Groups"], json!([]));
    pool.person();
    pool.tokens().await;
}

#[tokio::test]
async fn starting_wrong() {
    let pool = pool().await;
    let port: u16 = pool
        .emulator
        .endpoint()
        .rsplit(':')
        .next()
        .and_then(|port| port.parse().ok())
        .expect("a port");
    let taken = Emulator::builder().port(port).start().await;
    assert!(matches!(taken, Err(StartError::Listen { address, .. }) if address.port() == port));
    let bad = Emulator::builder().user_pool_id("nonsense").start().await;
    assert!(matches!(
        bad,
        Err(StartError::Setting {
            setting: "user pool id",
            ..
        })
    ));
    let twice = Emulator::builder()
        .client(Client::new("a"))
        .client(Client::new("a"))
        .start()
        .await;
    assert!(matches!(
        twice,
        Err(StartError::Setting {
            setting: "client id",
            ..
        })
    ));
    for pem in [
        "",
        "no",
        "-----BEGIN X-----\nAAAA\n-----END X-----",
        "-----BEGIN X",
    ] {
        let started = Emulator::builder().signing_keys(pem, pem).build();
        let is_rejected = matches!(started, Err(StartError::SigningKey { use_of: "access" }));
        assert!(is_rejected, "{pem}");
    }
}

#[tokio::test]
async fn stopping_closes_the_port() {
    let pool = pool().await;
    let address = pool
        .emulator
        .endpoint()
        .trim_start_matches("http://")
        .to_owned();
    // An idle connection must not delay the shutdown.
    let mut idle = TcpStream::connect(&address).await.expect("connects");
    pool.get("/_emulator/health").await;
    pool.emulator.shutdown().await;
    pool.emulator.shutdown().await;
    assert!(TcpStream::connect(&address).await.is_err());
    let mut rest = Vec::new();
    assert_eq!(idle.read_to_end(&mut rest).await.unwrap_or(0), 0);
}

#[tokio::test]
async fn dropping_closes_the_port() {
    let pool = pool().await;
    let address = pool
        .emulator
        .endpoint()
        .trim_start_matches("http://")
        .to_owned();
    let mut open = TcpStream::connect(&address).await.expect("connects");
    drop(pool);
    let mut rest = Vec::new();
    // The read ends when the server's task has ended: with the end of the stream or a reset.
    assert_eq!(open.read_to_end(&mut rest).await.unwrap_or(0), 0);
}

#[tokio::test]
async fn a_debug_shows_no_secret() {
    let pool = pool_with(|builder| builder.client(Client::new(CLIENT).secret("very-secret"))).await;
    pool.person();
    pool.emulator.ssm().put_secure("/a", "very-secret");
    let hash = secret_hash("very-secret", EMAIL, CLIENT);
    let fields = json!({ "ClientId": CLIENT, "SecretHash": hash, "Username": EMAIL });
    pool.call("ForgotPassword", fields).await.ok();
    let message = pool.emulator.inbox().latest(EMAIL).expect("a message");
    assert!(!format!("{message:?}").contains(&message.code));
    for text in [
        format!("{message:?}"),
        format!("{:?}", Client::new("a").secret("very-secret")),
        format!("{:?}", pool.emulator),
        format!("{:?}", pool.emulator.inbox()),
        format!("{:?}", pool.emulator.ssm()),
        format!(
            "{:?}",
            Emulator::builder().client(Client::new("a").secret("very-secret"))
        ),
    ] {
        assert!(
            !text.contains("very-secret") && !text.contains(EMAIL),
            "{text}"
        );
    }
}

fn assert_send_sync<T: Send + Sync>() {}

#[test]
fn public_types_cross_threads() {
    assert_send_sync::<Emulator>();
    assert_send_sync::<cognito_emulator::EmulatorBuilder>();
    assert_send_sync::<cognito_emulator::Inbox>();
    assert_send_sync::<cognito_emulator::ParameterStore>();
    assert_send_sync::<Fault>();
    assert_send_sync::<StartError>();
}

/// Returns the status of a request with these headers. The request is sent over a raw connection,
/// so that `Host` can have any value.
pub(crate) async fn status_of(pool: &Pool, head: &str, headers: &[(&str, &str)]) -> u16 {
    let address = pool.emulator.endpoint().trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await.expect("connects");
    let mut request = format!("{head} HTTP/1.1\r\nConnection: close\r\nContent-Length: 0\r\n");
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    request.push_str("\r\n");
    let sent = stream.write_all(request.as_bytes()).await;
    sent.expect("sent");
    let mut answer = String::new();
    let read = stream.read_to_string(&mut answer).await;
    read.expect("an answer");
    answer[9..12].parse().expect("a status")
}

const LOCAL_ORIGINS: &[&str] = &[
    "http://localhost:3000",
    "https://localhost",
    "http://app.localhost:5173",
    "http://127.0.0.1:8080",
    "http://[::1]:3000",
];
const FOREIGN_ORIGINS: &[&str] = &[
    "https://evil.example",
    "http://localhost.evil.example",
    "http://127.0.0.1.evil.example",
    "http://192.168.0.7:3000",
    "null",
    "",
    "http://localhost@evil.example",
];

#[tokio::test]
async fn foreign_pages_cannot_reset_the_emulator() {
    let pool = pool().await;
    pool.person();
    for origin in FOREIGN_ORIGINS {
        for head in [
            "POST /_emulator/reset",
            "GET /_emulator/inbox?to=x",
            "GET /_emulator/health",
        ] {
            let headers = [("Host", "localhost"), ("Origin", *origin)];
            assert_eq!(
                status_of(&pool, head, &headers).await,
                403,
                "{head} {origin:?}"
            );
        }
    }
    pool.tokens().await;
    for origin in LOCAL_ORIGINS {
        let headers = [("Host", "localhost"), ("Origin", *origin)];
        let status = status_of(&pool, "POST /_emulator/reset", &headers).await;
        assert_eq!(status, 200, "{origin}");
    }
}

#[tokio::test]
async fn foreign_hosts_are_rejected_everywhere() {
    let pool = pool().await;
    let keys = format!(
        "GET /{}/.well-known/jwks.json",
        pool.emulator.user_pool_id()
    );
    for host in [
        "evil.example",
        "localhost.evil.example:9229",
        "192.168.0.7",
        "",
        "a b",
    ] {
        for head in [
            &keys,
            "POST /",
            "OPTIONS /",
            "GET /login",
            "POST /_emulator/reset",
        ] {
            let status = status_of(&pool, head, &[("Host", host)]).await;
            assert!(matches!(status, 400 | 403), "{head} at {host:?}: {status}");
        }
    }
    for host in [
        "localhost:1",
        "LOCALHOST",
        "127.0.0.1",
        "[::1]:9229",
        "pool.localhost",
    ] {
        let status = status_of(&pool, &keys, &[("Host", host)]).await;
        assert_eq!(status, 200, "{host}");
    }
    // Absolute form: the target names the host.
    let head = "GET http://evil.example/_emulator/health";
    assert_eq!(status_of(&pool, head, &[("Host", "localhost")]).await, 403);
}

#[tokio::test]
async fn pages_call_public_operations_from_any_origin() {
    let pool = pool().await;
    pool.person();
    for origin in LOCAL_ORIGINS.iter().chain(FOREIGN_ORIGINS) {
        let headers = [("Host", "localhost"), ("Origin", *origin)];
        assert_eq!(
            status_of(&pool, "OPTIONS /", &headers).await,
            200,
            "{origin}"
        );
        let target = "AWSCognitoIdentityProviderService.InitiateAuth";
        let body = crate::support::sign_in_fields(EMAIL, PASSWORD).to_string();
        let headers = [("x-amz-target", target), ("origin", *origin)];
        let reply = pool.send("POST", "/", &headers, body).await;
        assert_eq!(reply.status, 200, "{origin}");
        assert_eq!(reply.header("access-control-allow-origin"), "*");
    }
}

/// A web page has no AWS credentials, so AWS rejects its signed operations. The emulator does not
/// verify signatures. It checks the origin instead.
#[tokio::test]
async fn foreign_pages_cannot_call_signed_operations() {
    let pool = pool().await;
    let call = async |origin: &str| {
        let target = "AWSCognitoIdentityProviderService.ListUserPools";
        let headers = [
            ("x-amz-target", target),
            ("authorization", "AWS4-HMAC-SHA256 x"),
            ("origin", origin),
        ];
        pool.send("POST", "/", &headers, r#"{"MaxResults":1}"#)
            .await
    };
    for origin in FOREIGN_ORIGINS {
        let reply = call(origin).await;
        assert_eq!(reply.body["__type"], "AccessDeniedException", "{origin}");
    }
    for origin in LOCAL_ORIGINS {
        assert_eq!(call(origin).await.status, 200, "{origin}");
    }
}
