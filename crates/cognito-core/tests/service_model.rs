//! Compares the table of operations with AWS's service model. The model is in the package of the
//! emulator, so this file is not part of the published package of this crate.
#![cfg(test)] // so that clippy.toml's exceptions for tests apply to helpers, too

use std::collections::{BTreeMap, BTreeSet};

use cognito_core::operations::{Access, Operation};
use serde_json::Value;

/// AWS's service model of the API, with which the emulator validates requests.
const MODEL: &str = include_str!("../../cognito-emulator/data/cognito-idp.json");

/// The properties of an operation in the service model.
struct Modelled {
    signed: bool,
    has_access_token: bool,
    required: BTreeSet<String>,
}

fn model() -> BTreeMap<String, Modelled> {
    let model: Value = serde_json::from_str(MODEL).unwrap();
    let operations = model["operations"].as_object().unwrap();
    let modelled = operations.iter().map(|(name, operation)| {
        let shape = operation["input"].as_str().unwrap_or_default();
        let required = model["shapes"][shape]["required"].as_array();
        let required = required.into_iter().flatten().filter_map(Value::as_str);
        let members = &model["shapes"][shape]["members"];
        let signed = operation["signed"].as_bool().unwrap();
        let modelled = Modelled {
            signed,
            has_access_token: members.get("AccessToken").is_some(),
            required: required.map(str::to_owned).collect(),
        };
        (name.clone(), modelled)
    });
    modelled.collect()
}

/// Returns the operations of the API of user pools: all operations except those at the endpoints of a
/// pool's domain and those that send nothing.
fn of_the_api() -> impl Iterator<Item = Operation> {
    let all = Operation::ALL.iter().copied();
    all.filter(|operation| !matches!(operation.access(), Access::Domain | Access::Process))
}

#[test]
fn names_are_those_of_service_model() {
    let model = model();
    for operation in of_the_api() {
        assert!(
            model.contains_key(operation.name()),
            "{} is not in the model",
            operation.name()
        );
    }
}

#[test]
fn access_is_that_of_service_model() {
    let model = model();
    for operation in of_the_api() {
        let modelled = &model[operation.name()];
        // AWS's documentation: the app client authenticates with its id and secret, and these
        // operations need no AWS credentials.
        if matches!(operation.name(), "GetClientToken" | "GetDerivedToken") {
            assert_eq!(operation.access(), Access::Public);
            continue;
        }
        let expected = match modelled {
            Modelled { signed: true, .. } => Access::Iam,
            modelled if modelled.has_access_token => Access::AccessToken,
            _ => Access::Public,
        };
        assert_eq!(operation.access(), expected, "{}", operation.name());
    }
}

#[test]
fn codes_and_passwords_are_sent_once() {
    let secrets = [
        "Code",
        "ConfirmationCode",
        "Password",
        "PreviousPassword",
        "ProposedPassword",
        "UserCode",
    ];
    let model = model();
    for operation in of_the_api() {
        let required = &model[operation.name()].required;
        if secrets.iter().any(|secret| required.contains(*secret)) {
            assert!(!operation.is_idempotent(), "{}", operation.name());
        }
    }
}
