//! The operations that a replica of a pool accepts. AWS calls the region of a replica a secondary
//! region.
//!
//! The rules are from the API reference (`UserPoolReplicaType`). A replica accepts the operations
//! that set its regional configuration. It also accepts operations of users, such as a sign-in, but
//! rejects sign-ups and changes of attributes. An inactive replica rejects all operations of users.
//! AWS does not list the accepted operations. If AWS's rule is unclear for an operation, the
//! emulator rejects it.

use crate::model::aws::Api;
use crate::model::failure::Failure;
use crate::operations;
use crate::state::call::Call;

/// The operations that set the regional configuration of a replica of a user pool. They need AWS
/// credentials.
const REGIONAL: &[&str] = &[
    "SetLogDeliveryConfiguration",
    "SetRiskConfiguration",
    "TagResource",
    "UntagResource",
    "UpdateUserPool",
    "UpdateUserPoolReplica",
];

/// The operations with which users and app clients sign in, use their tokens and read their data.
/// They do not change user data.
const OF_USERS: &[&str] = &[
    "AdminInitiateAuth",
    "AdminRespondToAuthChallenge",
    "GetClientToken",
    "GetDerivedToken",
    "GetDevice",
    "GetTokensFromRefreshToken",
    "GetUser",
    "GetUserAuthFactors",
    "GlobalSignOut",
    "InitiateAuth",
    "ListDevices",
    "ListUserSessions",
    "ListWebAuthnCredentials",
    "RespondToAuthChallenge",
    "RevokeToken",
    "RevokeUserSession",
];

/// The first words of the names of operations that only read.
const READS: [&str; 5] = ["AdminGet", "AdminList", "Describe", "Get", "List"];

/// The challenges that a replica does not accept: challenges whose response changes the user, and
/// codes of authenticator apps ("TOTP MFA isn't supported in secondary replicas", developer guide).
const CHALLENGES: [&str; 3] = ["MFA_SETUP", "NEW_PASSWORD_REQUIRED", "SOFTWARE_TOKEN_MFA"];

/// Fails if the call is for a replica that does not accept the operation.
///
/// `operation` is AWS's name of the operation. It cannot be taken from `call`, because calls that
/// the sign-in page makes have the path of the page as their name.
pub(crate) fn check(call: &Call<'_>, operation: &str) -> Result<(), Failure> {
    let Some(replica) = call.service.settings.replica() else {
        return Ok(());
    };
    let challenge = call.text("ChallengeName").unwrap_or_default();
    if CHALLENGES.contains(&challenge) {
        return Err(not_enabled());
    }
    // A hosted page or an endpoint of OAuth 2.0. These pages check each operation that they call.
    let is_page = operation.starts_with('/');
    if is_page || OF_USERS.contains(&operation) {
        return if replica.is_active {
            Ok(())
        } else {
            Err(inactive())
        };
    }
    if is_read(operation) || REGIONAL.contains(&operation) {
        return Ok(());
    }
    Err(not_enabled())
}

/// Returns `true` for the name of an operation with which an operator reads data.
fn is_read(operation: &str) -> bool {
    let found = operations::find(Api::Cognito, operation);
    let is_signed = found.is_some_and(|(_, known)| known.signed);
    is_signed && READS.iter().any(|word| operation.starts_with(word))
}

/// Returns the error for the request of a user to an inactive replica.
pub(crate) fn inactive() -> Failure {
    Failure::new(
        "OperationNotEnabledException",
        "The replica is not active: set its status to ACTIVE with UpdateUserPoolReplica.",
    )
}

/// Returns the error for an operation that a replica does not accept.
pub(crate) fn not_enabled() -> Failure {
    Failure::new(
        "OperationNotEnabledException",
        "This operation is not available in a secondary region: send the request to the primary \
         region.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::OPERATIONS;

    #[test]
    fn lists_contain_existing_operations_once() {
        for list in [REGIONAL, OF_USERS] {
            assert!(list.windows(2).all(|pair| pair[0] < pair[1]));
            let is_known = |name: &str| OPERATIONS.iter().any(|known| known.name == name);
            assert!(list.iter().all(|name| is_known(name)));
        }
    }

    #[test]
    fn only_signed_operations_are_reads() {
        // A code for an attribute would be sent in vain: a replica cannot verify the attribute.
        assert!(!is_read("GetUserAttributeVerificationCode"));
        assert!(!is_read("GetUser"));
        assert!(is_read("AdminGetUser"));
        assert!(is_read("DescribeUserPool"));
    }
}
