//! Sends values at and beyond the bounds of AWS's model to every operation, and compares each
//! response with the one that the model requires ([`Oracle`]).

mod oracle;
mod probes;

use std::collections::BTreeSet;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpStream;

use crate::support::{Pool, pool};
use oracle::{Exception, Expected, Oracle};
use probes::Probes;

/// The number of bytes from which a request counts as very long.
const LONG: usize = 50_000;

/// Where the emulator differs from the model on purpose, with the source.
const EXCEPTIONS: [(Exception, &str); 6] = [
    (
        Exception::ClientIdShown,
        "the value of a client id is in messages: github.com/boto/boto3/issues/3581",
    ),
    (
        Exception::CustomDomain,
        "custom domains have dots: API reference, CreateUserPoolDomain",
    ),
    (
        Exception::PasswordWithSpaces,
        "passwords can contain spaces: github.com/aws-amplify/amplify-js/issues/6898",
    ),
    (
        Exception::TokenRequired,
        "the model calls AccessToken optional in operations that need it",
    ),
    (
        Exception::TriggerUrl,
        "a trigger can be a URL of this host: cognito_emulator, \"Triggers\"",
    ),
    (
        Exception::ValueCut,
        "a long value is cut in messages: cognito_emulator, \"Validation\"",
    ),
];

/// Errors of operations for which the model does not name them. Cognito's response to an unknown
/// user is not known for these operations.
const UNNAMED: [(&str, &str); 2] = [
    ("AdminGetDevice", "UserNotFoundException"),
    ("AdminListDevices", "UserNotFoundException"),
];

#[tokio::test]
async fn requests_are_held_to_the_model() {
    let pool = pool().await;
    let oracle = Oracle::read();
    let mut wire = Wire::to(&pool).await;
    let all = EXCEPTIONS.map(|(exception, _)| exception);
    let (mut sent, mut operations) = (0, 0);
    let (mut excused, mut faults) = (BTreeSet::new(), BTreeSet::new());
    let (mut long, mut seen) = (BTreeSet::new(), BTreeSet::new());
    for (name, operation) in oracle.operations() {
        let mut is_known = false;
        for mut probe in Probes::of(&oracle, operation, &mut seen) {
            let id = &mut probe.request["UserPoolId"];
            if id == "1_1" && !name.starts_with("Delete") {
                *id = json!(pool.emulator.user_pool_id());
            }
            let body = probe.request.to_string();
            // Very long requests are slow and the same for every operation: once is enough.
            if body.len() > LONG && !long.insert(probe.kind.clone()) {
                continue;
            }
            let answer = wire.send(name, body).await;
            let code = answer["__type"].as_str().unwrap_or_default();
            if code == "UnknownOperationException" {
                break;
            }
            (is_known, sent) = (true, sent + 1);
            let agrees = |exceptions: &[Exception]| {
                let expected = oracle.judge(operation, &probe.request, exceptions);
                is_as_expected(&expected, &answer)
            };
            if !agrees(&[]) {
                let excuse = EXCEPTIONS
                    .iter()
                    .find(|(exception, _)| agrees(&[*exception]));
                match excuse {
                    Some((exception, _)) => drop(excused.insert(*exception)),
                    // A request in which every member is wrong is affected by several exceptions.
                    None if agrees(&all) => {}
                    None => drop(faults.insert(format!("{}: {answer}", probe.kind))),
                }
            }
            let errors = operation["errors"].as_array().into_iter().flatten();
            if !code.is_empty()
                && code != "SerializationException"
                && !UNNAMED.contains(&(name.as_str(), code))
                && errors.clone().all(|known| known != code)
            {
                faults.insert(format!("{name} does not have {code}"));
            }
        }
        operations += usize::from(is_known);
    }
    let first: Vec<_> = faults.iter().take(10).collect();
    assert!(faults.is_empty(), "{} faults: {first:#?}", faults.len());
    // Each exception is needed.
    assert_eq!(excused, BTreeSet::from(all));
    assert!(operations > 100, "{operations} operations");
    assert!(sent > 2_800, "{sent} requests");
}

fn is_as_expected(expected: &Expected, answer: &Value) -> bool {
    let message = answer["message"].as_str().unwrap_or_default();
    match expected {
        Expected::Valid => {
            !message.contains("validation error") && answer["__type"] != "SerializationException"
        }
        Expected::Faults(message) => {
            answer["__type"] == "InvalidParameterException" && answer["message"] == *message
        }
        Expected::WrongType => answer["__type"] == "SerializationException",
    }
}

/// One connection for all requests.
struct Wire {
    sender: SendRequest<Full<Bytes>>,
    host: String,
}

impl Wire {
    async fn to(pool: &Pool) -> Self {
        let host = pool
            .emulator
            .endpoint()
            .trim_start_matches("http://")
            .to_owned();
        let stream = TcpStream::connect(&host).await.expect("connects");
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.expect("HTTP");
        tokio::spawn(connection);
        Self { sender, host }
    }

    async fn send(&mut self, operation: &str, body: String) -> Value {
        let target = format!("AWSCognitoIdentityProviderService.{operation}");
        let request = Request::post("/")
            .header("host", &self.host)
            .header("x-amz-target", target)
            .header(
                "authorization",
                "AWS4-HMAC-SHA256 Credential=a/b/us-east-1/c/aws4_request",
            )
            .body(Full::new(Bytes::from(body)))
            .expect("a request");
        self.sender.ready().await.expect("a connection");
        let response = self.sender.send_request(request).await.expect("an answer");
        let body = response
            .into_body()
            .collect()
            .await
            .expect("a body")
            .to_bytes();
        serde_json::from_slice(&body).unwrap_or_default()
    }
}
