//! Validates requests against AWS's service models.
//!
//! `cargo xtask model` generates the tables in `data` from AWS's service models. [`exceptions`]
//! lists where Cognito differs from its model.

mod api;
mod coercion;
mod constraint;
mod errors;
mod exceptions;
mod pattern;
mod query;
mod shape;
mod shown;
mod table;
mod validator;

pub(crate) use api::{Api, Query};
pub(crate) use coercion::{Mismatch, coerce, scalar, unknown_property};
pub(crate) use errors::has_exception;
pub(crate) use query::members;
pub(crate) use table::operations;
pub(crate) use validator::{accepts, no_such_member, validate, validate_for, validate_strictly};

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::Api;
    use super::table::{TABLE, model};
    use crate::operations::{OPERATIONS, SERVICES};

    #[test]
    fn tables_are_complete() {
        for (api, operations) in [
            (Api::Cognito, 151),
            (Api::Iam, 11),
            (Api::IdentityPools, 10),
            (Api::SecretsManager, 13),
            (Api::Ssm, 13),
        ] {
            let model = model(api).expect("a table");
            assert!(model.operations.len() >= operations, "{api:?}");
            for (name, shape) in &model.shapes {
                let parts = [shape.member, shape.key, shape.value];
                let parts = parts.into_iter().filter(|part| !part.is_empty());
                for part in shape.members.values().copied().chain(parts) {
                    assert!(model.shapes.contains_key(part), "{name} refers to {part}");
                }
                if let Some(pattern) = &shape.pattern {
                    assert!(pattern.is_valid(), "{name}: {pattern:?}");
                }
            }
        }
    }

    #[test]
    fn other_services_need_the_model_signature() {
        let has_model = |api: Api| !matches!(api, Api::Kms | Api::Sts);
        for operation in SERVICES.iter().filter(|known| has_model(known.api)) {
            let model = model(operation.api).expect("a table");
            let known = &model.operations[operation.action()];
            assert_eq!(known.signed, operation.signed, "{}", operation.name);
        }
    }

    #[test]
    fn operations_need_the_signature_of_the_model() {
        let table: Value = serde_json::from_str(TABLE).expect("a table");
        for operation in OPERATIONS {
            // `Call::user_ref` relies on it.
            assert!(operation.signed || !operation.name.starts_with("Admin"));
            let known = &table["operations"][operation.name];
            // "You can't use IAM credentials to authorize requests" (API reference of
            // `GetClientToken`), and "you must have IAM credentials, or you must present the
            // requesting app client's ClientId" (`GetDerivedToken`), although the model requires
            // signatures.
            let is_optional = ["GetClientToken", "GetDerivedToken"].contains(&operation.name);
            if known.is_object() && !is_optional {
                assert_eq!(known["signed"], operation.signed, "{}", operation.name);
            }
        }
    }
}
