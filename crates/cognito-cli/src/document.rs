//! Requests to Cognito whose members and response are JSON documents.

use std::time::{Duration, UNIX_EPOCH};

use cognito::administration::JsonDocument;
use cognito::clock::rfc3339;
use cognito::{Error, Operation};
use serde_json::Value;

use crate::context::Context;
use crate::failure::Outcome;

/// Sends a request for an operation on the user pool with [`Context::send`], and returns the
/// response. `members` is a JSON object with the members of the request. If the request fails, the
/// result is `Ok(Err(error))`.
///
/// The request always names the user pool of `context`, also if `members` has another `UserPoolId`.
pub(crate) async fn send(
    context: &Context,
    operation: Operation,
    members: Value,
) -> Outcome<Result<Value, Error>> {
    let response = send_document(context, operation, members).await?;
    Ok(response.map(JsonDocument::into_json))
}

/// Sends a request like [`send`], and returns the response with its time.
pub(crate) async fn send_document(
    context: &Context,
    operation: Operation,
    mut members: Value,
) -> Outcome<Result<JsonDocument, Error>> {
    without_pool(&mut members);
    let members = JsonDocument::try_from(members)?;
    let call = context
        .cognito()
        .await?
        .admin()
        .document(operation, members);
    Ok(context.send(operation, call).await)
}

/// Removes `UserPoolId` from the members of a request. The client then adds the id of the
/// configured user pool.
///
/// Security: `members` can come from a file. If the file contained the id of another pool, the
/// request would change that pool.
fn without_pool(members: &mut Value) {
    if let Value::Object(members) = members {
        members.remove("UserPoolId");
    }
}

/// Returns the member of a document as a string. Returns `None` if it is missing or not a string.
pub(crate) fn text(document: &Value, member: &str) -> Option<String> {
    document[member].as_str().map(str::to_owned)
}

/// Returns the time in a member of a document, such as `2026-01-31T12:00:00.000Z`. The member is a
/// number of seconds since 1970.
pub(crate) fn time(document: &Value, member: &str) -> Option<String> {
    let since = Duration::try_from_secs_f64(document[member].as_f64()?).ok()?;
    UNIX_EPOCH.checked_add(since).map(rfc3339)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn request_names_no_other_pool() {
        let mut members = json!({ "UserPoolId": "eu-west-1_Other", "ClientId": "a" });
        without_pool(&mut members);
        assert_eq!(members, json!({ "ClientId": "a" }));
    }

    #[test]
    fn times_are_seconds_since_1970() {
        let document = json!({ "a": 1_700_000_000.5, "b": -1, "c": "x", "d": 1e300 });
        assert_eq!(time(&document, "a").unwrap(), "2023-11-14T22:13:20.500Z");
        for member in ["b", "c", "d", "e"] {
            assert_eq!(time(&document, member), None, "{member}");
        }
    }
}
