//! Triggers at URLs of this host, as in `LambdaConfig`.

use std::convert::Infallible;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cognito_emulator::Trigger;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::support::{Pool, new_client, new_pool, pool, pool_with};

/// The response of the HTTP server that replaces a Lambda function.
#[derive(Clone)]
pub(crate) enum Says {
    Status(StatusCode, &'static str),
    Confirmed,
    Nothing,
    Response(Value),
}

/// An HTTP server that replaces a Lambda function, and stores the events that it receives.
pub(crate) struct Hook {
    pub(crate) url: String,
    pub(crate) events: Arc<Mutex<Vec<Value>>>,
}

impl Hook {
    pub(crate) async fn listen(says: Says) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let events = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&events);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (noted, says) = (Arc::clone(&noted), says.clone());
                let service =
                    service_fn(move |request| answer(request, Arc::clone(&noted), says.clone()));
                let served = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
                tokio::spawn(served);
            }
        });
        let url = format!("http://{address}/hook");
        Self { url, events }
    }
}

async fn answer(
    request: Request<Incoming>,
    events: Arc<Mutex<Vec<Value>>>,
    says: Says,
) -> Result<Response<Full<Bytes>>, Infallible> {
    assert_eq!(request.uri().path(), "/hook");
    let body = request
        .into_body()
        .collect()
        .await
        .expect("a body")
        .to_bytes();
    let mut event: Value = serde_json::from_slice(&body).expect("JSON");
    events.lock().push(event.clone());
    let (status, body) = match says {
        Says::Status(status, body) => (status, body.to_owned()),
        Says::Confirmed => {
            event["response"]["autoConfirmUser"] = json!(true);
            (StatusCode::OK, event.to_string())
        }
        Says::Nothing => std::future::pending().await,
        Says::Response(response) => {
            event["response"] = response;
            (StatusCode::OK, event.to_string())
        }
    };
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    Ok(response)
}

async fn sign_up(pool: &Pool, client: &Value) -> crate::support::Reply {
    let fields = json!({
        "ClientId": client["ClientId"],
        "Username": "ann",
        "Password": "SecurePass123!",
        "ClientMetadata": { "tenant": "blue" },
    });
    pool.call("SignUp", fields).await
}

#[tokio::test]
async fn an_address_in_the_lambda_config_is_asked() {
    let hook = Hook::listen(Says::Confirmed).await;
    let pool = pool().await;
    let config = json!({ "LambdaConfig": { "PreSignUp": hook.url } });
    let id = new_pool(&pool, config.clone()).await;
    let client = new_client(&pool, &id, json!({})).await;
    assert_eq!(sign_up(&pool, &client).await.ok()["UserConfirmed"], true);
    let event = hook.events.lock()[0].clone();
    for (name, expected) in [
        ("version", json!("1")),
        ("triggerSource", json!("PreSignUp_SignUp")),
        ("userPoolId", json!(id)),
        ("userName", json!("ann")),
        ("region", json!("us-east-1")),
    ] {
        assert_eq!(event[name], expected, "{name}");
    }
    assert_eq!(event["callerContext"]["clientId"], client["ClientId"]);
    assert_eq!(event["request"]["clientMetadata"]["tenant"], "blue");
    let fields = json!({ "UserPoolId": id });
    let described = pool.operator("DescribeUserPool", fields).await.ok();
    assert_eq!(
        described["UserPool"]["LambdaConfig"],
        config["LambdaConfig"]
    );
    // An update that does not name the trigger removes it.
    let fields = json!({ "UserPoolId": id });
    pool.operator("UpdateUserPool", fields).await.ok();
    let fields = json!({ "UserPoolId": id, "Username": "ann" });
    pool.operator("AdminDeleteUser", fields).await;
    assert_eq!(sign_up(&pool, &client).await.ok()["UserConfirmed"], false);
}

#[tokio::test]
async fn lambda_arn_is_stored_but_not_invoked() {
    let pool = pool().await;
    let arn = "arn:aws:lambda:us-east-1:123456789012:function:gate";
    let config = json!({ "LambdaConfig": { "PreSignUp": arn } });
    let id = new_pool(&pool, config).await;
    let client = new_client(&pool, &id, json!({})).await;
    assert_eq!(sign_up(&pool, &client).await.ok()["UserConfirmed"], false);
}

#[tokio::test]
async fn address_errors_are_distinguished() {
    let gone = {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        format!("http://{}/", listener.local_addr().expect("an address"))
    };
    let refusing = r#"{"errorMessage": "not you"}"#;
    let refusing = Hook::listen(Says::Status(StatusCode::BAD_REQUEST, refusing)).await;
    let babbling = Hook::listen(Says::Status(StatusCode::OK, "not JSON")).await;
    let shrugging = Hook::listen(Says::Status(StatusCode::OK, "{}")).await;
    let silent = Hook::listen(Says::Nothing).await;
    for (url, code, message) in [
        (
            &refusing.url,
            "UserLambdaValidationException",
            "PreSignUp failed with error not you.",
        ),
        (
            &babbling.url,
            "UnexpectedLambdaException",
            "PreSignUp invocation failed due to error the response is not JSON.",
        ),
        (
            &shrugging.url,
            "InvalidLambdaResponseException",
            "Unrecognizable lambda output",
        ),
        (
            &silent.url,
            "UnexpectedLambdaException",
            "PreSignUp invocation failed due to error Socket timeout while invoking Lambda \
             function.",
        ),
        (
            &gone,
            "UnexpectedLambdaException",
            "PreSignUp invocation failed due to error the URL is unreachable.",
        ),
    ] {
        let pool = pool_with(|emulator| {
            emulator
                .trigger_url(Trigger::PreSignUp, url)
                .trigger_timeout(Duration::from_millis(200))
        })
        .await;
        let fields = json!({
            "ClientId": pool.emulator.client_id(),
            "Username": "ann@example.com",
            "Password": "SecurePass123!",
        });
        pool.call("SignUp", fields).await.fails(code, message);
    }
}

#[tokio::test]
async fn a_trigger_may_ask_the_emulator_in_turn() {
    let address = Arc::new(Mutex::new(String::new()));
    let known = Arc::clone(&address);
    let pool = pool_with(|emulator| {
        emulator.trigger(Trigger::PostConfirmation, move |event| {
            let mut stream =
                TcpStream::connect(known.lock().as_str()).map_err(|error| error.to_string())?;
            let head =
                "GET /_emulator/health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
            stream
                .write_all(head.as_bytes())
                .map_err(|error| error.to_string())?;
            let mut answer = String::new();
            stream
                .read_to_string(&mut answer)
                .map_err(|error| error.to_string())?;
            if answer.starts_with("HTTP/1.1 200") {
                Ok(event)
            } else {
                Err(answer.into())
            }
        })
    })
    .await;
    let endpoint = pool.emulator.endpoint();
    *address.lock() = endpoint.trim_start_matches("http://").to_owned();
    let fields = json!({
        "ClientId": pool.emulator.client_id(),
        "Username": "ann@example.com",
        "Password": "SecurePass123!",
    });
    pool.call("SignUp", fields).await.ok();
    let code = pool.emulator.inbox().latest_code("ann@example.com");
    let fields = json!({
        "ClientId": pool.emulator.client_id(),
        "Username": "ann@example.com",
        "ConfirmationCode": code,
    });
    pool.call("ConfirmSignUp", fields).await.ok();
}

#[tokio::test]
async fn panicking_trigger_fails_only_its_request() {
    let pool = pool_with(|emulator| {
        emulator.trigger(Trigger::PreSignUp, |event| {
            assert_eq!(event["userName"], "never", "the trigger panics");
            Ok(event)
        })
    })
    .await;
    let fields = json!({
        "ClientId": pool.emulator.client_id(),
        "Username": "ann@example.com",
        "Password": "SecurePass123!",
    });
    let reply = pool.call("SignUp", fields).await;
    assert_eq!(
        (reply.status, &reply.body["__type"]),
        (500, &json!("InternalErrorException"))
    );
    pool.admin("ListUsers", json!({})).await.ok();
}
