//! The operations of IAM roles. Roles and policies are only stored: nothing checks them.

pub(super) mod policies;
pub(super) mod roles;

use serde_json::Value;

use crate::model::failure::Failure;
use crate::state::call::Call;
use crate::state::entries::watched::WatchedMap;
use crate::state::roles::Role;

/// Runs `work` with the roles of the caller's account.
fn with_roles<T>(call: &Call<'_>, work: impl FnOnce(&mut WatchedMap<Role>) -> T) -> T {
    let mut accounts = call.pools.roles.lock();
    work(accounts.of(call.account))
}

/// Runs `work` with the role in `RoleName`. Fails if the role does not exist.
fn with_role<T>(
    call: &Call<'_>,
    work: impl FnOnce(&mut Role) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let name = call.required("RoleName")?;
    with_roles(call, |roles| {
        let role = roles.get_mut(&name.to_lowercase());
        work(role.ok_or_else(|| no_role(name))?)
    })
}

fn no_role(name: &str) -> Failure {
    no_entity(format!("The role with name {name} cannot be found."))
}

fn no_entity(message: String) -> Failure {
    Failure::new("NoSuchEntity", message)
}

fn limit_exceeded(message: String) -> Failure {
    Failure::new("LimitExceeded", message)
}

/// Fails if a policy document is not a JSON object.
fn check_document(document: &str) -> Result<(), Failure> {
    match serde_json::from_str(document) {
        Ok(Value::Object(_)) => Ok(()),
        _ => Err(Failure::new(
            "MalformedPolicyDocument",
            "This policy contains invalid Json",
        )),
    }
}

/// Returns a policy as responses contain it: percent-encoded (RFC 3986).
fn encoded(document: &str) -> String {
    use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
    const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
        .remove(b'-')
        .remove(b'.')
        .remove(b'_')
        .remove(b'~');
    utf8_percent_encode(document, ENCODED).to_string()
}
