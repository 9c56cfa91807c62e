//! Lambda functions that run on this host, behind Lambda's operation `Invoke`.

use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use cognito_emulator::{Emulator, Seed, StartError, Trigger};
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use crate::support::{CLIENT, PASSWORD, Pool, Reply, new_client, new_pool, pool_with};

/// A server with Lambda's operation `Invoke`, as Lambda's API reference documents it.
struct Lambda {
    address: String,
    /// The name of the function of each call, and the event.
    calls: mpsc::UnboundedReceiver<(String, Value)>,
}

impl Lambda {
    async fn listen() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let (sender, calls) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let sender = sender.clone();
                let service = service_fn(move |request| invoke(request, sender.clone()));
                let served = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
                tokio::spawn(served);
            }
        });
        Self { address, calls }
    }

    fn url(&self, function: &str) -> String {
        let address = &self.address;
        format!("http://{address}/2015-03-31/functions/{function}/invocations")
    }
}

async fn invoke(
    request: Request<Incoming>,
    calls: mpsc::UnboundedSender<(String, Value)>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let path = request.uri().path().to_owned();
    let name = path.split('/').nth(3).unwrap_or_default().to_owned();
    let body = request.into_body().collect().await.expect("a body");
    let mut event: Value = serde_json::from_slice(&body.to_bytes()).expect("JSON");
    calls.send((name.clone(), event.clone())).expect("a test");
    let response = Response::builder();
    let (response, body) = match name.as_str() {
        "gate" => {
            event["response"]["autoConfirmUser"] = json!(true);
            (response, event)
        }
        "closed" => (
            response.header("X-Amz-Function-Error", "Unhandled"),
            json!({ "errorMessage": "not you", "errorType": "Error", "trace": [] }),
        ),
        // cargo-lambda reports errors so.
        "broken" => (
            response.status(StatusCode::INTERNAL_SERVER_ERROR),
            json!({ "errorMessage": "out of order", "errorType": "Error" }),
        ),
        "silent" => std::future::pending().await,
        "down" => (response.status(StatusCode::BAD_GATEWAY), json!("down")),
        _ => (
            response
                .status(StatusCode::NOT_FOUND)
                .header("x-amzn-ErrorType", "ResourceNotFoundException:http://x/"),
            json!({ "Type": "User", "Message": format!("Function not found: {name}") }),
        ),
    };
    let body = Full::new(Bytes::from(body.to_string()));
    Ok(response.body(body).expect("a response"))
}

fn sign_up_fields() -> Value {
    json!({ "ClientId": CLIENT, "Username": "ann@example.com", "Password": PASSWORD })
}

/// Creates a pool whose `PreSignUp` is the ARN of `function`, and signs up there.
async fn sign_up_through(pool: &Pool, function: &str) -> Reply {
    let arn = format!("arn:aws:lambda:us-east-1:123456789012:function:{function}");
    let config = json!({ "LambdaConfig": { "PreSignUp": arn } });
    let id = new_pool(pool, config.clone()).await;
    let described = pool.admin("DescribeUserPool", json!({ "UserPoolId": id }));
    let described = described.await.ok();
    assert_eq!(
        described["UserPool"]["LambdaConfig"],
        config["LambdaConfig"]
    );
    let client = new_client(pool, &id, json!({})).await;
    let mut fields = sign_up_fields();
    fields["ClientId"] = client["ClientId"].clone();
    fields["Username"] = json!("ann");
    pool.call("SignUp", fields).await
}

#[tokio::test]
async fn mapped_arn_is_invoked_and_others_stored() {
    let mut lambda = Lambda::listen().await;
    let pool = pool_with(|builder| builder.function("pre-sign-up", lambda.url("gate"))).await;
    for (function, is_called) in [
        ("pre-sign-up", true),
        ("pre-sign-up:live", true),
        ("another", false),
    ] {
        let signed_up = sign_up_through(&pool, function).await.ok();
        assert_eq!(signed_up["UserConfirmed"], is_called, "{function}");
        let call = lambda.calls.try_recv().ok();
        let call = call.map(|(name, event)| (name, event["triggerSource"].clone()));
        let expected = ("gate".to_owned(), json!("PreSignUp_SignUp"));
        assert_eq!(call, is_called.then_some(expected), "{function}");
    }
}

#[tokio::test]
async fn errors_of_lambda_are_distinguished() {
    let lambda = Lambda::listen().await;
    let names = ["closed", "broken", "missing", "down"];
    let pool = pool_with(|builder| {
        let functions = names.into_iter();
        functions.fold(builder, |builder, name| {
            builder.function(name, lambda.url(name))
        })
    })
    .await;
    let refused = "UserLambdaValidationException";
    let failed = "UnexpectedLambdaException";
    for (function, code, message) in [
        ("closed", refused, "PreSignUp failed with error not you."),
        (
            "broken",
            refused,
            "PreSignUp failed with error out of order.",
        ),
        (
            "missing",
            failed,
            "PreSignUp invocation failed due to error ResourceNotFoundException.",
        ),
        (
            "down",
            failed,
            "PreSignUp invocation failed due to error HTTP status 502.",
        ),
    ] {
        let reply = sign_up_through(&pool, function).await;
        reply.fails(code, message);
    }
}

/// A trigger URL need not be that of Lambda's `Invoke`. The header `X-Amz-Function-Error` also
/// reports an error then.
#[tokio::test]
async fn functions_can_be_set_without_an_arn() {
    let lambda = Lambda::listen().await;
    for (function, is_confirmed) in [("gate", true), ("closed", false)] {
        let url = lambda.url(function);
        let pool = pool_with(|builder| builder.trigger_url(Trigger::PreSignUp, url)).await;
        let reply = pool.call("SignUp", sign_up_fields()).await;
        assert_eq!(reply.body["UserConfirmed"] == true, is_confirmed);
    }
}

#[tokio::test(start_paused = true)]
async fn silent_function_is_called_three_times() {
    let mut lambda = Lambda::listen().await;
    let url = lambda.url("silent");
    let pool = pool_with(|builder| builder.trigger_url(Trigger::PreSignUp, url)).await;
    let calls = async {
        let mut events = Vec::new();
        for _ in 0..3 {
            events.push(lambda.calls.recv().await.expect("a call"));
            tokio::time::advance(Duration::from_secs(5)).await;
        }
        events
    };
    let (reply, events) = tokio::join!(pool.call("SignUp", sign_up_fields()), calls);
    reply.fails(
        "UnexpectedLambdaException",
        "PreSignUp invocation failed due to error Socket timeout while invoking Lambda function.",
    );
    assert!(events.iter().all(|event| *event == events[0]));
    assert!(lambda.calls.try_recv().is_err(), "a fourth call");
}

/// Only a timeout leads to another call: a function that failed may have had an effect.
#[tokio::test]
async fn failed_function_is_called_once() {
    let mut lambda = Lambda::listen().await;
    let pool = pool_with(|builder| builder.function("f", lambda.url("broken"))).await;
    sign_up_through(&pool, "f").await;
    assert!(lambda.calls.try_recv().is_ok());
    assert!(lambda.calls.try_recv().is_err(), "a second call");
}

#[tokio::test]
async fn seed_maps_functions_and_builder_has_precedence() {
    let mut lambda = Lambda::listen().await;
    let arn = |name: &str| format!("arn:aws:lambda:us-east-1:123456789012:function:{name}");
    let seed = json!({
        "functions": { "first": lambda.url("closed"), "second": lambda.url("closed") },
        "pools": [
            {
                "id": "us-east-1_First",
                "settings": { "LambdaConfig": { "PreSignUp": arn("first") } },
                "clients": [{ "id": "first" }],
            },
            {
                "id": "us-east-1_Second",
                "settings": { "LambdaConfig": { "PreSignUp": arn("second") } },
                "clients": [{ "id": "second" }],
            },
        ],
    });
    let seed = Seed::from_json(&seed.to_string()).expect("a seed");
    let pool = pool_with(|builder| {
        let builder = builder.prepared(seed);
        builder.function("first", lambda.url("gate"))
    })
    .await;
    for (client, function) in [("first", "gate"), ("second", "closed")] {
        let mut fields = sign_up_fields();
        fields["ClientId"] = json!(client);
        pool.call("SignUp", fields).await;
        let (name, _) = lambda.calls.try_recv().expect("a call");
        assert_eq!(name, function, "{client}");
    }
}

/// Events can contain passwords, so they must not be sent to another host.
#[tokio::test]
async fn functions_of_other_hosts_are_rejected() {
    let invoke = "/2015-03-31/functions/gate/invocations";
    for (name, url) in [
        ("gate", format!("http://example.com{invoke}")),
        ("gate", format!("https://127.0.0.1{invoke}")),
        ("gate", format!("http://127.0.0.1@example.com{invoke}")),
        ("not a name", format!("http://127.0.0.1{invoke}")),
    ] {
        let error = Emulator::builder().function(name, &url).build().err();
        let setting = match error {
            Some(StartError::Setting { setting, .. }) => setting,
            error => panic!("{name} {url}: {error:?}"),
        };
        assert_eq!(setting, "function", "{name} {url}");
        let seed = json!({ "functions": { name: url }, "pools": [{ "id": "us-east-1_Pool" }] });
        let seed = Seed::from_json(&seed.to_string()).expect("a seed");
        let error = Emulator::builder().prepared(seed).build().err();
        let path = match error {
            Some(StartError::Seed { path, .. }) => path,
            error => panic!("{name} {url}: {error:?}"),
        };
        assert_eq!(path, format!("functions.{name}"));
    }
}
