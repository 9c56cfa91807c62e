//! Checks of the IAM permissions: each action that reads is tried, the others are listed.

use cognito::{Call, Error, ErrorKind, Operation};
use serde_json::{Value, json};

use crate::commands::doctor::{Findings, client};
use crate::context::Context;
use crate::document;
use crate::failure::Outcome;

/// The actions that the doctor tries, each with a command that needs it. They only read the pool,
/// and can be sent without the name of an object, such as a user.
const READS: &[(&str, &[Operation])] = &[
    (
        "audit",
        &[
            Operation::DescribeUserPool,
            Operation::GetUserPoolMfaConfig,
            Operation::ListUserPoolClients,
            Operation::GetLogDeliveryConfiguration,
            Operation::GetUserPoolSessionConfiguration,
            Operation::ListCimdPolicies,
            Operation::ListIdentityProviders,
            Operation::ListResourceServers,
            Operation::DescribeRiskConfiguration,
        ],
    ),
    ("quota", &[Operation::GetProvisionedLimit]),
    (
        "users import",
        &[Operation::GetCsvHeader, Operation::ListUserImportJobs],
    ),
];

/// The actions that the doctor does not try, by command. They change something, or need the name of
/// an object.
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

/// The operations that were tried, by the result for their IAM permission.
#[derive(Default)]
struct Tried {
    allowed: Vec<Operation>,
    denied: Vec<(Operation, &'static str)>,
    /// The operations whose error does not show whether the action is allowed. Each entry also has
    /// the command that needs the operation, and the error code.
    unclear: Vec<(Operation, &'static str, String)>,
}

/// The reason why no further action is tried.
enum Ended {
    /// AWS rejects the credentials: they are invalid or have expired.
    Rejected(String),
    NoPool,
}

impl Tried {
    /// Stores the result of an operation.
    fn note(
        &mut self,
        operation: Operation,
        command: &'static str,
        error: Option<&Error>,
    ) -> Result<(), Ended> {
        let Some(error) = error.filter(|error| !proves_permission(error)) else {
            self.allowed.push(operation);
            return Ok(());
        };
        let code = error.code().unwrap_or_else(|| error.kind().name());
        if is_denied(error) {
            self.denied.push((operation, command));
            return Ok(());
        }
        match error.kind() {
            ErrorKind::Credentials => return Err(Ended::Rejected(code.to_owned())),
            ErrorKind::NotFound | ErrorKind::Configuration
                if operation == Operation::DescribeUserPool =>
            {
                return Err(Ended::NoPool);
            }
            _ => self.unclear.push((operation, command, code.to_owned())),
        }
        Ok(())
    }

    /// Tries the actions one after the other.
    async fn all(&mut self, context: &Context) -> Outcome<Result<(), Ended>> {
        let reads = READS
            .iter()
            .flat_map(|(command, reads)| reads.iter().map(move |read| (*read, *command)));
        for (operation, command) in reads {
            let response = document::send(context, operation, members(operation)).await?;
            if let Err(ended) = self.note(operation, command, response.err().as_ref()) {
                return Ok(Err(ended));
            }
        }
        let admin = context.cognito().await?.admin();
        let users = failed(context, Operation::ListUsers, admin.users().limit(1)).await;
        let groups = failed(context, Operation::ListGroups, admin.groups().limit(1)).await;
        let user = admin.user(client::random_name()?).details();
        let user = failed(context, Operation::AdminGetUser, user).await;
        let results = [
            (Operation::ListUsers, "users", users),
            (Operation::ListGroups, "users export --groups", groups),
            (Operation::AdminGetUser, "user", user),
        ];
        for (operation, command, error) in results {
            if let Err(ended) = self.note(operation, command, error.as_ref()) {
                return Ok(Err(ended));
            }
        }
        Ok(Ok(()))
    }
}

/// Returns the members of the request for an operation of [`READS`].
fn members(operation: Operation) -> Value {
    match operation {
        Operation::GetProvisionedLimit => json!({ "LimitDefinition": {
            "LimitClass": "API_CATEGORY", "Attributes": { "Category": "UserRead" },
        } }),
        Operation::ListUserImportJobs
        | Operation::ListIdentityProviders
        | Operation::ListResourceServers
        | Operation::ListUserPoolClients => json!({ "MaxResults": 1 }),
        _ => json!({}),
    }
}

/// Tries each action in [`READS`], and reports the actions in [`OTHERS`] as not tried.
pub(super) async fn try_reads(context: &Context, findings: &mut Findings) -> Outcome<()> {
    let mut tried = Tried::default();
    match tried.all(context).await? {
        Ok(()) => report(&tried, findings),
        Err(Ended::NoPool) => findings.problem(
            "IAM",
            "no such pool in this account and region",
            "correct the user pool id, or use credentials of the account of the pool",
        ),
        Err(Ended::Rejected(code)) => findings.problem(
            "IAM",
            format!("AWS rejects the credentials: {code}"),
            "renew the credentials, for example with `aws sso login`, and correct the clock of this \
             host",
        ),
    }
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

/// Returns `true` if AWS has rejected the request because a permission is missing.
/// `NotAuthorizedException` does not count, because Cognito returns it for other reasons too.
fn is_denied(error: &Error) -> bool {
    matches!(error.code(), Some("AccessDenied" | "AccessDeniedException"))
}

/// Returns `true` for an error that Cognito returns only after the check of the permission.
fn proves_permission(error: &Error) -> bool {
    let is_cognito = error.code() == Some("InvalidParameterException");
    match error.kind() {
        ErrorKind::UserNotFound | ErrorKind::NotEnabled => true,
        // `SerializationException` and others come from AWS in front of Cognito.
        ErrorKind::InvalidParameter => is_cognito,
        _ => false,
    }
}

fn report(tried: &Tried, findings: &mut Findings) {
    for (operation, command) in &tried.denied {
        let name = operation.name();
        let text = format!("denied for `cognito {command}`: {name}");
        let fix = format!("allow the IAM action cognito-idp:{name} for the role");
        if tried.allowed.is_empty() {
            findings.problem("IAM", text, &fix);
        } else {
            findings.note("IAM", text, &fix);
        }
    }
    if !tried.allowed.is_empty() {
        findings.ok("IAM", format!("allowed: {}", names(&tried.allowed)));
    }
    for (operation, command, code) in &tried.unclear {
        let name = operation.name();
        findings.not_tried(
            "IAM",
            format!("{name} failed: {code}; for `cognito {command}`"),
        );
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
