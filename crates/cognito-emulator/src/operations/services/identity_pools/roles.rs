//! Checks which role the credentials of an identity have.

use serde_json::{Map, Value};

use super::login::Login;
use crate::model::failure::Failure;
use crate::state::call::Call;

/// Checks that the identity pool can select a role for a request. `settings` are the members of
/// `SetIdentityPoolRoles`.
///
/// - `CustomRoleArn` of the request must be in the claim `cognito:roles` of a login.
/// - If the mapping of the app client selects the role from the token (`Token`), the token has
///   several roles, and none of them is preferred, `AmbiguousRoleResolution` decides: `Deny` rejects
///   the request.
///
/// The sources are the Cognito developer guide, "Using role-based access control", and the type
/// `RoleMapping` of the API reference. They do not have the messages. Rules are not evaluated.
pub(super) fn check(
    call: &Call<'_>,
    settings: &Map<String, Value>,
    logins: &[Login],
) -> Result<(), Failure> {
    if let Some(arn) = call.text("CustomRoleArn") {
        let has_role = |login: &Login| login.roles.iter().any(|role| role == arn);
        if logins.iter().any(has_role) {
            return Ok(());
        }
        return Err(Failure::not_authorized(
            "The custom role is not in the roles of the token.",
        ));
    }
    let is_denied = |login: &Login| {
        let name = format!("{}:{}", login.provider, login.client_id);
        let mapping = settings.get("RoleMappings").and_then(|all| all.get(name));
        let setting = |name| mapping.and_then(|mapping| mapping.get(name)?.as_str());
        setting("Type") == Some("Token")
            && setting("AmbiguousRoleResolution") == Some("Deny")
            && login.roles.len() > 1
            && !login.prefers_role
    };
    if logins.iter().any(is_denied) {
        return Err(Failure::not_authorized(
            "The token does not name one role, and the role mapping denies such tokens.",
        ));
    }
    Ok(())
}
