//! Sends values at and beyond the bounds of AWS's model to every operation, and compares each
//! response with the one that the model requires ([`Oracle`]).

mod oracle;
mod probes;

use std::collections::BTreeSet;

use cognito_emulator::{Emulator, Request};
use serde_json::{Value, json};

use oracle::{Exception, Expected, Oracle};
use probes::Probes;

/// The intended differences between the emulator and the model, each with its source.
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

/// Errors that operations return although the service model does not list them. Cognito's response
/// to an unknown user is not known for these operations.
const UNNAMED: [(&str, &str); 2] = [
    ("AdminGetDevice", "UserNotFoundException"),
    ("AdminListDevices", "UserNotFoundException"),
];

#[tokio::test]
async fn requests_match_the_model() {
    let emulator = Emulator::builder().build().expect("valid settings");
    let oracle = Oracle::read();
    let all = EXCEPTIONS.map(|(exception, _)| exception);
    let (mut sent, mut operations) = (0, 0);
    let (mut excused, mut faults) = (BTreeSet::new(), BTreeSet::new());
    let (mut unnamed, mut seen) = (BTreeSet::new(), BTreeSet::new());
    for (name, operation) in oracle.operations() {
        let answer = send(&emulator, name, "{}".to_owned()).await;
        if answer["__type"] == "UnknownOperationException" {
            continue;
        }
        operations += 1;
        for mut probe in Probes::of(&oracle, operation, &mut seen) {
            let id = &mut probe.request["UserPoolId"];
            if id == "1_1" && !name.starts_with("Delete") {
                *id = json!(emulator.user_pool_id());
            }
            let answer = send(&emulator, name, probe.request.to_string()).await;
            sent += 1;
            let agrees = |exceptions: &[Exception]| {
                let expected = oracle.expected_response(operation, &probe.request, exceptions);
                is_as_expected(&expected, &answer)
            };
            if !agrees(&[]) {
                let excuse = EXCEPTIONS
                    .iter()
                    .find(|(exception, _)| agrees(&[*exception]));
                match excuse {
                    Some((exception, _)) => drop(excused.insert(*exception)),
                    // Several exceptions apply to a request in which every member is invalid.
                    None if agrees(&all) => {}
                    None => drop(faults.insert(format!("{}: {answer}", probe.kind))),
                }
            }
            let code = answer["__type"].as_str().unwrap_or_default();
            if !is_listed(operation, code) {
                let known = UNNAMED
                    .iter()
                    .find(|error| **error == (name.as_str(), code));
                match known {
                    Some(error) => drop(unnamed.insert(*error)),
                    None => drop(faults.insert(format!("{name} does not have {code}"))),
                }
            }
        }
    }
    let first: Vec<_> = faults.iter().take(10).collect();
    assert!(faults.is_empty(), "{} faults: {first:#?}", faults.len());
    // Each exception must have been used.
    assert_eq!(excused, BTreeSet::from(all));
    assert_eq!(unnamed, BTreeSet::from(UNNAMED));
    assert!(operations > 100, "{operations} operations");
    assert!(sent > 2_800, "{sent} requests");
}

/// Returns `true` if `code` is empty (no error) or is an error that the operation can return. A
/// valid request must not cause an internal error, even if the service model lists it.
fn is_listed(operation: &Value, code: &str) -> bool {
    let mut errors = operation["errors"].as_array().into_iter().flatten();
    match code {
        "" | "SerializationException" => true,
        "InternalErrorException" => false,
        code => errors.any(|known| known == code),
    }
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

/// Sends a signed request in memory.
async fn send(emulator: &Emulator, operation: &str, body: String) -> Value {
    let target = format!("AWSCognitoIdentityProviderService.{operation}");
    let signature = "AWS4-HMAC-SHA256 Credential=a/b/us-east-1/c/aws4_request";
    let request = Request::new("POST", "/")
        .header("x-amz-target", &target)
        .header("authorization", signature)
        .body(body);
    let response = emulator.respond(request).await.expect("a response");
    serde_json::from_slice(response.body()).unwrap_or_default()
}
