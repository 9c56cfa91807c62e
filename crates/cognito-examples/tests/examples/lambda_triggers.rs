//! The emulator calls a function that runs in the Rust runtime of Lambda.

use std::collections::HashMap;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cognito_emulator::{Emulator, Request, Seed};
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};

const PASSWORD: &str = "SecurePass123!";

/// Lambda for one function: its operation `Invoke` for the emulator, and the Runtime API from which
/// the runtime of the function reads events.
struct Lambda {
    events: mpsc::Sender<(String, Value)>,
    waiting: tokio::sync::Mutex<mpsc::Receiver<(String, Value)>>,
    results: Mutex<HashMap<String, oneshot::Sender<Reply>>>,
    /// The trigger source and the version of each event.
    log: Mutex<Vec<(String, String)>>,
    /// The outcome of each event: `response` or `error`.
    outcomes: Mutex<Vec<String>>,
}

type Reply = (HeaderMap, Json<Value>);

async fn invoke(State(lambda): State<Arc<Lambda>>, Json(event): Json<Value>) -> Reply {
    let text = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
    let entry = (text("triggerSource"), text("version"));
    let id = {
        let mut log = lambda.log.lock();
        log.push(entry);
        format!("00000000-0000-4000-8000-{:012}", log.len())
    };
    let (sender, receiver) = oneshot::channel();
    lambda.results.lock().insert(id.clone(), sender);
    lambda.events.send((id, event)).await.unwrap();
    receiver.await.unwrap()
}

async fn next(State(lambda): State<Arc<Lambda>>) -> impl IntoResponse {
    let (id, event) = lambda.waiting.lock().await.recv().await.unwrap();
    let arn = "arn:aws:lambda:eu-central-1:123456789012:function:triggers";
    let headers = [
        ("lambda-runtime-aws-request-id", id),
        ("lambda-runtime-deadline-ms", "4102444800000".to_owned()),
        ("lambda-runtime-invoked-function-arn", arn.to_owned()),
    ];
    (headers, Json(event))
}

async fn end(
    State(lambda): State<Arc<Lambda>>,
    Path((id, outcome)): Path<(String, String)>,
    body: Bytes,
) {
    // The runtime sends no content type.
    let body = serde_json::from_slice(&body).unwrap();
    let mut headers = HeaderMap::new();
    if outcome == "error" {
        headers.insert("x-amz-function-error", "Unhandled".parse().unwrap());
    }
    lambda.outcomes.lock().push(outcome);
    let result = lambda.results.lock().remove(&id).unwrap();
    result.send((headers, Json(body))).unwrap();
}

/// A pool whose triggers are the function. The function ends when this value is dropped.
struct Triggered {
    emulator: Emulator,
    lambda: Arc<Lambda>,
    function: Child,
}

impl Drop for Triggered {
    fn drop(&mut self) {
        self.function.kill().unwrap();
        self.function.wait().unwrap();
    }
}

impl Triggered {
    async fn start(triggers: Value) -> Self {
        let (events, waiting) = mpsc::channel(8);
        let lambda = Arc::new(Lambda {
            events,
            waiting: tokio::sync::Mutex::new(waiting),
            results: Mutex::default(),
            log: Mutex::default(),
            outcomes: Mutex::default(),
        });
        let runtime = "/2018-06-01/runtime/invocation";
        let router = Router::new()
            .route("/2015-03-31/functions/triggers/invocations", post(invoke))
            .route(&format!("{runtime}/next"), get(next))
            .route(&format!("{runtime}/{{id}}/{{outcome}}"), post(end))
            .with_state(Arc::clone(&lambda));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        tokio::spawn(async { axum::serve(listener, router).await.unwrap() });
        let function = Command::new(env!("CARGO_BIN_EXE_lambda_triggers"))
            .env("AWS_LAMBDA_RUNTIME_API", &address)
            .env("AWS_LAMBDA_FUNCTION_NAME", "triggers")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        let seed = json!({ "pools": [{
            "id": "eu-central-1_Triggers",
            "settings": { "LambdaConfig": triggers, "AutoVerifiedAttributes": ["email"] },
            "clients": [{
                "id": "web",
                "settings": { "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"] },
            }],
            "users": [{ "username": "ann", "password": PASSWORD, "groups": ["editors"] }],
            "groups": [{ "name": "editors" }],
        }] });
        let emulator = Emulator::builder()
            .prepared(Seed::from_json(&seed.to_string()).unwrap())
            .function(
                "triggers",
                format!("http://{address}/2015-03-31/functions/triggers/invocations"),
            )
            .build()
            .unwrap();
        Self {
            emulator,
            lambda,
            function,
        }
    }

    async fn call(&self, operation: &str, mut fields: Value) -> Value {
        fields["ClientId"] = json!("web");
        let target = format!("AWSCognitoIdentityProviderService.{operation}");
        let request = Request::new("POST", "/").header("x-amz-target", &target);
        let request = request.header("content-type", "application/x-amz-json-1.1");
        let response = self.emulator.respond(request.body(fields.to_string()));
        serde_json::from_slice(response.await.unwrap().body()).unwrap()
    }

    async fn sign_up(&self, username: &str, email: &str) -> Value {
        let email = json!([{ "Name": "email", "Value": email }]);
        let fields = json!({ "Username": username, "Password": PASSWORD, "UserAttributes": email });
        self.call("SignUp", fields).await
    }

    /// Signs in and returns the claims of the ID token and of the access token.
    async fn claims(&self) -> [Value; 2] {
        let parameters = json!({ "USERNAME": "ann", "PASSWORD": PASSWORD });
        let fields = json!({ "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters });
        let answer = self.call("InitiateAuth", fields).await;
        ["IdToken", "AccessToken"].map(|name| {
            let token = answer["AuthenticationResult"][name].as_str();
            let token = token.unwrap_or_else(|| panic!("{answer}"));
            let claims = token.split('.').nth(1).unwrap();
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap()
        })
    }

    fn log(&self) -> Vec<(String, String)> {
        std::mem::take(&mut self.lambda.log.lock())
    }
}

fn arn() -> Value {
    json!("arn:aws:lambda:eu-central-1:123456789012:function:triggers")
}

fn entry(source: &str, version: &str) -> (String, String) {
    (source.to_owned(), version.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn rust_runtime_accepts_and_rejects_sign_ups() {
    let pool = Triggered::start(json!({ "PreSignUp": arn(), "PostConfirmation": arn() })).await;
    let refused = pool.sign_up("eve", "eve@elsewhere.example").await;
    assert_eq!(refused["__type"], "UserLambdaValidationException");
    let message = "PreSignUp failed with error only addresses of example.com.";
    assert_eq!(refused["message"], message);
    assert_eq!(pool.log(), [entry("PreSignUp_SignUp", "1")]);
    // The user is confirmed, so the second trigger runs. It needs a team.
    let refused = pool.sign_up("bob", "bob@example.com").await;
    assert_eq!(refused["__type"], "UserLambdaValidationException");
    let message = "PostConfirmation failed with error the team is missing.";
    assert_eq!(refused["message"], message);
    let expected = [
        entry("PreSignUp_SignUp", "1"),
        entry("PostConfirmation_ConfirmSignUp", "1"),
    ];
    assert_eq!(pool.log(), expected);
    let email = json!([{ "Name": "email", "Value": "carol@example.com" }]);
    let fields = json!({
        "Username": "carol", "Password": PASSWORD, "UserAttributes": email,
        "ClientMetadata": { "team": "blue" },
    });
    assert_eq!(pool.call("SignUp", fields).await["UserConfirmed"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn rust_runtime_changes_tokens_of_each_version() {
    for version in ["1", "2", "3"] {
        let config = json!({ "LambdaVersion": format!("V{version}_0"), "LambdaArn": arn() });
        let pool = Triggered::start(json!({ "PreTokenGenerationConfig": config })).await;
        let [id, access] = pool.claims().await;
        assert_eq!(
            pool.log(),
            [entry("TokenGeneration_Authentication", version)]
        );
        if version == "1" {
            assert_eq!((&id["plan"], access.get("plan")), (&json!("basic"), None));
            continue;
        }
        let plan = json!({ "name": "basic", "version": version });
        assert_eq!((id.get("plan"), &access["plan"]), (None, &plan));
        let scope = access["scope"].as_str().unwrap();
        assert!(
            scope.split(' ').any(|scope| scope == "orders/read"),
            "{scope}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rust_runtime_receives_encrypted_codes() {
    let sender = json!({ "LambdaVersion": "V1_0", "LambdaArn": arn() });
    let key = "arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-4333-8444-555555555555";
    let pool = Triggered::start(json!({ "CustomEmailSender": sender, "KMSKeyID": key })).await;
    let answer = pool.sign_up("bob", "bob@example.com").await;
    let details = json!({
        "AttributeName": "email", "DeliveryMedium": "EMAIL", "Destination": "b***@e***",
    });
    assert_eq!(answer["CodeDeliveryDetails"], details, "{answer}");
    assert_eq!(pool.log(), [entry("CustomEmailSender_SignUp", "1")]);
    assert_eq!(*pool.lambda.outcomes.lock(), ["response"]);
    assert_eq!(pool.emulator.inbox().latest_code("bob@example.com"), None);
}
