//! Checks of the IAM permissions: each action that reads is tried, the others are listed.

use cognito::{Call, Error, ErrorKind, Operation};
use serde_json::json;

use crate::commands::doctor::Findings;
use crate::context::Context;
use crate::document;
use crate::failure::Outcome;

/// The actions that read the pool, with the commands that need them. Their request has no other
/// member than the pool.
const READS: &[(Operation, &str)] = &[
    (Operation::DescribeUserPool, "audit"),
    (Operation::GetUserPoolMfaConfig, "audit"),
    (Operation::ListUserPoolClients, "audit"),
    (Operation::GetLogDeliveryConfiguration, "audit"),
    (Operation::GetUserPoolSessionConfiguration, "audit"),
    (Operation::ListCimdPolicies, "audit"),
    (Operation::ListIdentityProviders, "audit"),
    (Operation::ListResourceServers, "audit"),
    (Operation::DescribeRiskConfiguration, "audit"),
    (Operation::GetProvisionedLimit, "quota"),
    (Operation::GetCsvHeader, "users import"),
    (Operation::ListUserImportJobs, "users import"),
];

/// The other actions, by command: they change something, or need the name of an object.
const OTHERS: &[(&str, &[Operation])] = &[
    (
        "audit",
        &[
            Operation::DescribeUserPoolClient,
            Operation::ListUserPoolClientSecrets,
            Operation::DescribeIdentityProvider,
            Operation::DescribeUserPoolDomain,
            Operation::DescribeCimdPolicy,
        ],
    ),
    (
        "user",
        &[
            Operation::AdminListGroupsForUser,
            Operation::AdminGetUserAuthFactors,
            Operation::AdminListUserAuthEvents,
            Operation::AdminListUserSessions,
            Operation::AdminRevokeUserSession,
            Operation::AdminSetUserMfaPreference,
            Operation::AdminDeleteSoftwareToken,
            Operation::AdminResetUserPassword,
            Operation::AdminUserGlobalSignOut,
        ],
    ),
    (
        "users bulk",
        &[
            Operation::AdminDisableUser,
            Operation::AdminEnableUser,
            Operation::AdminDeleteUser,
            Operation::AdminAddUserToGroup,
            Operation::AdminRemoveUserFromGroup,
            Operation::AdminUpdateUserAttributes,
        ],
    ),
    ("users export --groups", &[Operation::ListUsersInGroup]),
    (
        "users import",
        &[
            Operation::AdminCreateUser,
            Operation::AdminSetUserPassword,
            Operation::CreateGroup,
            Operation::CreateUserImportJob,
            Operation::StartUserImportJob,
        ],
    ),
    (
        "pool apply",
        &[
            Operation::UpdateUserPool,
            Operation::AddCustomAttributes,
            Operation::CreateResourceServer,
            Operation::UpdateResourceServer,
            Operation::CreateIdentityProvider,
            Operation::UpdateIdentityProvider,
            Operation::CreateUserPoolDomain,
            Operation::UpdateUserPoolDomain,
            Operation::CreateUserPoolClient,
            Operation::UpdateUserPoolClient,
            Operation::CreateGroup,
            Operation::UpdateGroup,
            Operation::SetUserPoolMfaConfig,
            Operation::SetRiskConfiguration,
            Operation::SetLogDeliveryConfiguration,
        ],
    ),
    (
        "pool apply --prune",
        &[
            Operation::DeleteGroup,
            Operation::DeleteIdentityProvider,
            Operation::DeleteResourceServer,
            Operation::DeleteUserPoolClient,
            Operation::DeleteUserPoolDomain,
        ],
    ),
    (
        "client rotate-secret",
        &[
            Operation::AddUserPoolClientSecret,
            Operation::DeleteUserPoolClientSecret,
        ],
    ),
];

/// The name of a user who does not exist. If the user exists, nothing of the user is shown.
const UNKNOWN_USER: &str = "cognito-doctor-unknown";

/// Tries each action that reads, and lists the others.
pub(super) async fn try_reads(context: &Context, findings: &mut Findings) -> Outcome<()> {
    let mut denied = Vec::new();
    let mut allowed = Vec::new();
    let mut note = |operation: Operation, command: &'static str, error: Option<&Error>| {
        if error.is_some_and(is_denied) {
            denied.push((operation, command));
        } else if error.is_none_or(|error| error.kind() != ErrorKind::Throttled) {
            allowed.push(operation);
        }
    };
    for (operation, command) in READS {
        let members = match operation {
            Operation::GetProvisionedLimit => json!({ "LimitDefinition": {
                "LimitClass": "API_CATEGORY", "Attributes": { "Category": "UserRead" },
            } }),
            Operation::ListUserImportJobs
            | Operation::ListIdentityProviders
            | Operation::ListResourceServers
            | Operation::ListUserPoolClients => json!({ "MaxResults": 1 }),
            _ => json!({}),
        };
        let response = document::send(context, *operation, members).await?;
        note(*operation, command, response.err().as_ref());
    }
    let admin = context.cognito().await?.admin();
    let error = failed(context, Operation::ListUsers, admin.users().limit(1)).await;
    note(Operation::ListUsers, "users", error.as_ref());
    let error = failed(context, Operation::ListGroups, admin.groups().limit(1)).await;
    note(
        Operation::ListGroups,
        "users export --groups",
        error.as_ref(),
    );
    let error = failed(
        context,
        Operation::AdminGetUser,
        admin.user(UNKNOWN_USER).details(),
    )
    .await;
    note(Operation::AdminGetUser, "user", error.as_ref());
    report(&allowed, &denied, findings);
    Ok(())
}

/// Sends a request, and returns its error.
async fn failed<R, T>(context: &Context, operation: Operation, call: Call<R, T>) -> Option<Error>
where
    R: Clone + Send + 'static,
    T: Send + 'static,
{
    context.send(operation, call).await.err()
}

/// The codes with which AWS rejects a request without permission. `NotAuthorizedException` is
/// Cognito's own code, and can have other reasons.
fn is_denied(error: &Error) -> bool {
    matches!(error.code(), Some("AccessDenied" | "AccessDeniedException"))
        || error.kind() == ErrorKind::Credentials
}

fn report(allowed: &[Operation], denied: &[(Operation, &'static str)], findings: &mut Findings) {
    for (operation, command) in denied {
        let name = operation.name();
        let text = format!("denied for `cognito {command}`: {name}");
        let fix = format!("allow the IAM action cognito-idp:{name} for the role");
        if allowed.is_empty() {
            findings.problem("IAM", text, &fix);
        } else {
            findings.note("IAM", text, &fix);
        }
    }
    if !allowed.is_empty() {
        findings.ok("IAM", format!("allowed: {}", names(allowed)));
    }
    for (command, operations) in OTHERS {
        let text = format!("for `cognito {command}`: {}", names(operations));
        findings.not_tried("IAM", text);
    }
}

fn names(operations: &[Operation]) -> String {
    let names: Vec<&str> = operations
        .iter()
        .map(|operation| operation.name())
        .collect();
    names.join(", ")
}
