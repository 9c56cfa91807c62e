//! Calls of operations from the forms of the emulator's window (its web interface).

use serde_json::{Map, Value};

use super::frame::{Section, operation_failed, redirect};
use super::visit::{PATH, Visit, link};
use crate::http::page::Page;
use crate::model::aws;
use crate::model::aws::Api;
use crate::model::failure::{Answer, Failure};

/// The operations that the emulator's window (its web interface) can call.
const OPERATIONS: [&str; 19] = [
    "AdminAddUserToGroup",
    "AdminConfirmSignUp",
    "AdminCreateUser",
    "AdminDeleteSoftwareToken",
    "AdminDeleteUser",
    "AdminDisableUser",
    "AdminEnableUser",
    "AdminForgetDevice",
    "AdminRemoveUserFromGroup",
    "AdminResetUserPassword",
    "AdminRevokeUserSession",
    "AdminSetUserPassword",
    "AdminUpdateUserAttributes",
    "AdminUserGlobalSignOut",
    "CreateGroup",
    "CreateUserPool",
    "CreateUserPoolClient",
    "DeleteUserPool",
    "DeleteUserPoolClient",
];

/// Handles a form that calls an operation. The parameters of the form have the names of AWS's query
/// protocol, such as `UserAttributes.member.1.Name`. If the operation has created a pool, an app
/// client or a user, redirects to its page. Otherwise redirects to the page in the parameter
/// `back`. If the operation fails, the response is a page with the error and status 400.
pub(super) async fn answer(visit: &Visit<'_>) -> Page {
    let operation = visit.parameter("Action");
    match call(visit, operation).await {
        Ok(answer) => redirect(&next_url(visit, operation, &answer)),
        Err(failure) => {
            let (section, title) = (Section::Pools, "The operation failed");
            operation_failed(section, title, &failure, back_url(visit))
        }
    }
}

async fn call(visit: &Visit<'_>, operation: &str) -> Answer {
    if !OPERATIONS.contains(&operation) {
        let message = "the window does not call this operation";
        return Err(Failure::new("UnknownOperationException", message));
    }
    visit.call(operation, members(visit, operation)).await
}

/// Returns the members of the request for an operation, from the fields of its form. Empty fields
/// are left out. If the value of an attribute is empty, the name of the attribute is left out too.
fn members(visit: &Visit<'_>, operation: &str) -> Map<String, Value> {
    let parameters = &visit.parameters;
    let has_value = |name: &str| !visit.parameter(name).is_empty();
    let is_given = |name: &str| {
        let entry = name.strip_suffix(".Name");
        has_value(name) && entry.is_none_or(|entry| has_value(&format!("{entry}.Value")))
    };
    let given = parameters.iter().filter(|(name, _)| is_given(name));
    let given: Vec<_> = given.map(|(name, value)| (&**name, &**value)).collect();
    aws::members(Api::Cognito, operation, &given)
}

/// Returns the URL of the page that is shown after a successful call.
fn next_url(visit: &Visit<'_>, operation: &str, answer: &Value) -> String {
    let id =
        |object: &str, name: &str| answer[object][name].as_str().unwrap_or_default().to_owned();
    match operation {
        "AdminCreateUser" => {
            let (pool, name) = (visit.parameter("UserPoolId"), id("User", "Username"));
            link(
                "/user",
                &[("pool", pool), ("user", &name), ("done", operation)],
            )
        }
        "CreateUserPool" => {
            let id = id("UserPool", "Id");
            link("/pool", &[("pool", &id), ("done", operation)])
        }
        "CreateUserPoolClient" => {
            let (pool, id) = (
                id("UserPoolClient", "UserPoolId"),
                id("UserPoolClient", "ClientId"),
            );
            let query = [
                ("pool", pool.as_str()),
                ("client", &id),
                ("done", operation),
            ];
            link("/client", &query)
        }
        _ => {
            let back = back_url(visit);
            let separator = if back.contains('?') { '&' } else { '?' };
            format!("{back}{separator}done={operation}")
        }
    }
}

/// Returns the URL in the parameter `back`. If it is not a URL of the emulator's window (its web
/// interface), returns the URL of the first page of the window.
///
/// Security: the path can contain only letters, `_` and `/`. Browsers resolve `..`, which can also
/// be written with `%2e`, and read `\` as `/`. With such characters, the redirect could leave the
/// window.
fn back_url<'v>(visit: &'v Visit<'_>) -> &'v str {
    let back = visit.parameter("back");
    let path = back.split(['?', '#']).next().unwrap_or_default();
    let mut bytes = path.bytes();
    let is_plain = bytes.all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'/'));
    if is_plain && super::has_path(path) {
        back
    } else {
        PATH
    }
}
