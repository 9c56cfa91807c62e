//! The names of the exceptions in the service models.

use std::collections::HashMap;

use serde::Deserialize;

use super::api::Api;
use super::table::table;

/// The exceptions that every service can return. They are the "Common Error Types" of the API
/// references, and the exceptions of the JSON protocol for malformed requests.
const COMMON: [&str; 22] = [
    "AccessDeniedException",
    "ExpiredTokenException",
    "IncompleteSignature",
    "IncompleteSignatureException",
    "InternalFailure",
    "InvalidSignatureException",
    "MalformedHttpRequestException",
    "MissingAuthenticationTokenException",
    "NotAuthorized",
    "OptInRequired",
    "RequestAbortedException",
    "RequestEntityTooLargeException",
    "RequestExpired",
    "RequestTimeoutException",
    "SerializationException",
    "ServiceUnavailable",
    "ServiceUnavailableException",
    "ThrottlingException",
    "UnknownOperationException",
    "UnrecognizedClientException",
    "ValidationError",
    "ValidationException",
];

/// The part of a service model that is read: the exceptions of each operation.
#[derive(Default, Deserialize)]
struct Model {
    #[serde(borrow)]
    operations: HashMap<&'static str, Operation>,
}

#[derive(Deserialize)]
struct Operation {
    #[serde(borrow, default)]
    errors: Vec<&'static str>,
}

/// Returns `true` if a service can return the exception with this name. Accepts every name for a
/// service without a model.
pub(crate) fn has_exception(api: Api, name: &str) -> bool {
    let Some(table) = table(api) else {
        return true;
    };
    // A test checks that every table can be parsed.
    let model: Model = serde_json::from_str(table).unwrap_or_default();
    let mut operations = model.operations.values();
    COMMON.contains(&name) || operations.any(|it| it.errors.contains(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_service_has_its_exceptions() {
        for (api, name, expected) in [
            (Api::Cognito, "AliasExistsException", true),
            (Api::Cognito, "aliasExistsException", false),
            (Api::Cognito, "NoSuchEntityException", false),
            (Api::Iam, "NoSuchEntityException", true),
            (Api::IdentityPools, "ResourceConflictException", true),
            (Api::SecretsManager, "ResourceExistsException", true),
            (Api::Ssm, "ParameterNotFound", true),
            (Api::Ssm, "ThrottlingException", true),
            (Api::Ssm, "", false),
            (Api::Kms, "DisabledException", true),
        ] {
            assert_eq!(has_exception(api, name), expected, "{api:?} {name}");
        }
    }
}
