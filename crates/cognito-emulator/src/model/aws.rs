//! Validates requests against AWS's service model.
//!
//! `cargo xtask model` generates the table in `data/cognito-idp.json` from AWS's service model.
//! [`exceptions`] lists where Cognito differs from the model.

mod constraint;
mod exceptions;
mod pattern;
mod shape;
mod shown;
mod table;
mod validator;

pub(crate) use table::operations;
pub(crate) use validator::{accepts, no_such_member, validate, validate_strictly};

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::shape::Model;
    use super::table::TABLE;
    use crate::operations::OPERATIONS;

    #[test]
    fn table_is_complete() {
        let model: Model = serde_json::from_str(TABLE).expect("a table");
        assert!(model.operations.len() > 150);
        for (name, shape) in &model.shapes {
            let parts = [&shape.member, &shape.key, &shape.value];
            let parts = parts.into_iter().filter(|part| !part.is_empty());
            for part in shape.members.values().chain(parts) {
                assert!(model.shapes.contains_key(part), "{name} refers to {part}");
            }
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
