//! Checks of app clients: flows, secrets, scopes and options.

use cognito::clock::rfc3339;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::commands::audit::check::{Check, Document, Scope, Severity, Subject};

/// The maximum number of scopes of a client for which the audit reports no finding. A client with
/// more scopes probably does not need all of them.
const MANY_SCOPES: usize = 10;

const DAY: Duration = Duration::from_hours(24);

/// The age at which a secret should be replaced.
const SECRET_AGE: Duration = DAY.saturating_mul(365);

/// The maximum time for a rotation of the secret. If there are two secrets after this time, the old
/// one was not deleted.
const ROTATION: Duration = DAY.saturating_mul(7);

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "client-user-existence",
        severity: Severity::Medium,
        scope: Scope::Client,
        needs: &[],
        title: "errors reveal whether a user exists",
        reason: "Anyone can find out which addresses have an account.",
        fix: "PreventUserExistenceErrors: ENABLED",
        source: "AWS developer guide, \"Managing user existence error responses\"; OWASP ASVS 5.0, 6.3.8",
        find: user_existence,
    },
    Check {
        id: "client-password-flow",
        severity: Severity::Medium,
        scope: Scope::Client,
        needs: &[],
        title: "the app can send passwords to Cognito in plain text",
        reason: "Each component that sees the request (proxies, logs) sees the password, which SRP never \
                 sends.",
        fix: "ExplicitAuthFlows: ALLOW_USER_SRP_AUTH instead of ALLOW_USER_PASSWORD_AUTH; ALLOW_USER_AUTH \
              only for passkeys and codes",
        source: "AWS developer guide, \"Authentication flows\"; OWASP ASVS 5.0, 10.4.4",
        find: password_flow,
    },
    Check {
        id: "client-admin-password-flow",
        severity: Severity::Low,
        scope: Scope::Client,
        needs: &[],
        title: "a server can sign users in with their passwords",
        reason: "Anyone who has the AWS credentials of the server can try passwords, without SRP.",
        fix: "ExplicitAuthFlows: without ALLOW_ADMIN_USER_PASSWORD_AUTH, unless a migration needs it",
        source: "AWS developer guide, \"Authentication flows\"; OWASP ASVS 5.0, 10.4.4",
        find: admin_password_flow,
    },
    Check {
        id: "client-custom-auth-without-trigger",
        severity: Severity::Low,
        scope: Scope::Client,
        needs: &[Document::Pool],
        title: "custom challenges are allowed, but the pool has no triggers for them",
        reason: "The flow cannot work, and it is active as soon as someone adds a trigger.",
        fix: "ExplicitAuthFlows: without ALLOW_CUSTOM_AUTH; or LambdaConfig: DefineAuthChallenge, \
              CreateAuthChallenge and VerifyAuthChallengeResponse",
        source: "AWS developer guide, \"Custom authentication challenge Lambda triggers\"; OWASP ASVS 5.0, \
                 10.4.4",
        find: custom_auth_without_trigger,
    },
    Check {
        id: "client-impersonation",
        severity: Severity::Medium,
        scope: Scope::Client,
        needs: &[],
        title: "the client can exchange tokens without naming itself",
        reason: "A token of an impersonation has no claim that says who acts for the user.",
        fix: "ExplicitAuthFlows: ALLOW_TOKEN_EXCHANGE_DELEGATION instead of \
              ALLOW_TOKEN_EXCHANGE_IMPERSONATION",
        source: "RFC 8693, section 1.1; API reference, GetDerivedToken",
        find: impersonation,
    },
    Check {
        id: "client-implicit-flow",
        severity: Severity::High,
        scope: Scope::Client,
        needs: &[],
        title: "the implicit flow is allowed",
        reason: "Tokens in the URL leak through the history of the browser, and through logs.",
        fix: "AllowedOAuthFlows: [code]; the app uses PKCE",
        source: "RFC 9700, section 2.1.2; OWASP ASVS 5.0, 10.4.4",
        find: implicit_flow,
    },
    Check {
        id: "client-public-credentials",
        severity: Severity::High,
        scope: Scope::Client,
        needs: &[],
        title: "a client without a secret can get tokens for itself",
        reason: "The id of an app client is public, so anyone can get these tokens.",
        fix: "AllowedOAuthFlows: without client_credentials; or create an app client with a secret",
        source: "RFC 6749, section 4.4; OWASP ASVS 5.0, 10.4.10",
        find: public_credentials,
    },
    Check {
        id: "client-machine-with-users",
        severity: Severity::Low,
        scope: Scope::Client,
        needs: &[],
        title: "a client of a service can sign users in",
        reason: "The secret of the service is also a way to the accounts of users.",
        fix: "ExplicitAuthFlows: [ALLOW_REFRESH_TOKEN_AUTH]; use another client for users",
        source: "OWASP ASVS 5.0, 10.4.4",
        find: machine_with_users,
    },
    Check {
        id: "client-unused",
        severity: Severity::Low,
        scope: Scope::Client,
        needs: &[],
        title: "no flow of the client can start a session",
        reason: "An unused client is easily forgotten when the security settings of the other clients change.",
        fix: "DeleteUserPoolClient, after a look at its sign-ins in CloudTrail",
        source: "OWASP ASVS 5.0, 10.4.4; API reference, ExplicitAuthFlows",
        find: unused,
    },
    Check {
        id: "client-secret-old",
        severity: Severity::Medium,
        scope: Scope::Client,
        needs: &[Document::Secrets],
        title: "a client secret is older than a year",
        reason: "The older a secret, the more people and systems have seen it.",
        fix: "AddUserPoolClientSecret, change the service, DeleteUserPoolClientSecret; or store it in \
              Secrets Manager, which rotates it",
        source: "OWASP ASVS 5.0, 13.3.4; API reference, AddUserPoolClientSecret",
        find: secret_old,
    },
    Check {
        id: "client-secret-left-over",
        severity: Severity::Medium,
        scope: Scope::Client,
        needs: &[Document::Secrets],
        title: "the old secret is still valid after a rotation",
        reason: "A rotation protects nothing while the old secret is accepted.",
        fix: "DeleteUserPoolClientSecret with the id of the old secret",
        source: "OWASP ASVS 5.0, 13.3.4; API reference, DeleteUserPoolClientSecret",
        find: secret_left_over,
    },
    Check {
        id: "client-scope-admin",
        severity: Severity::Medium,
        scope: Scope::Client,
        needs: &[],
        title: "tokens of managed login can change the account",
        reason: "With the scope aws.cognito.signin.user.admin, a stolen access token changes attributes and \
                 deletes the user.",
        fix: "AllowedOAuthScopes: without aws.cognito.signin.user.admin",
        source: "AWS developer guide, \"Scopes, M2M, and resource servers\"; OWASP ASVS 5.0, 10.4.11",
        find: scope_admin,
    },
    Check {
        id: "client-many-scopes",
        severity: Severity::Low,
        scope: Scope::Client,
        needs: &[],
        title: "the client has more than 10 scopes",
        reason: "A stolen token gives access to all APIs of its scopes.",
        fix: "AllowedOAuthScopes: only the scopes that the app needs",
        source: "OWASP ASVS 5.0, 10.4.11; RFC 9700, section 2.3",
        find: many_scopes,
    },
    Check {
        id: "client-propagates-context",
        severity: Severity::Info,
        scope: Scope::Client,
        needs: &[],
        title: "the app sets the address and the device that threat protection sees",
        reason: "A faulty or hostile app can set any address, and threat protection trusts it.",
        fix: "EnablePropagateAdditionalUserContextData: false, unless a server sends the requests",
        source: "AWS developer guide, \"Adding user device and session data to API requests\"",
        find: propagates_context,
    },
    Check {
        id: "client-analytics",
        severity: Severity::Low,
        scope: Scope::Client,
        needs: &[],
        title: "user data is shared with Amazon Pinpoint",
        reason: "Attributes of users leave the pool for analytics.",
        fix: "AnalyticsConfiguration.UserDataShared: false",
        source: "API reference, AnalyticsConfigurationType; OWASP ASVS 5.0, 14.2.3",
        find: analytics,
    },
];

/// Returns `true` if the client may use this OAuth flow. If `AllowedOAuthFlowsUserPoolClient` is
/// off, Cognito ignores `AllowedOAuthFlows`.
fn has_oauth_flow(client: &Subject<'_>, flow: &str) -> bool {
    client.flag("AllowedOAuthFlowsUserPoolClient") && client.has("AllowedOAuthFlows", flow)
}

/// Returns `true` if the client has a secret.
pub(super) fn is_confidential(client: &Subject<'_>) -> bool {
    let names = ["ClientSecret", "ClientSecretArn"];
    names.iter().any(|name| !client.text(name).is_empty())
}

/// Returns the flows of the client. Without `ExplicitAuthFlows`, Cognito allows SRP, custom
/// challenges and refresh tokens.
fn auth_flows<'a>(client: &Subject<'a>) -> Vec<&'a str> {
    if client.item["ExplicitAuthFlows"].is_array() {
        return client.list("ExplicitAuthFlows");
    }
    vec![
        "ALLOW_USER_SRP_AUTH",
        "ALLOW_CUSTOM_AUTH",
        "ALLOW_REFRESH_TOKEN_AUTH",
    ]
}

/// Returns the flows of the client for which `is_wanted` returns `true`.
fn flows(client: &Subject<'_>, is_wanted: impl Fn(&str) -> bool) -> Option<String> {
    let mut found = auth_flows(client);
    found.retain(|flow| is_wanted(flow));
    (!found.is_empty()).then(|| format!("allowed: {}", found.join(", ")))
}

fn user_existence(client: Subject<'_>) -> Option<String> {
    let hides = client.text("PreventUserExistenceErrors") == "ENABLED";
    (!hides).then(|| "PreventUserExistenceErrors is LEGACY".into())
}

fn password_flow(client: Subject<'_>) -> Option<String> {
    let names = ["ALLOW_USER_PASSWORD_AUTH", "USER_PASSWORD_AUTH"];
    let by_name = flows(&client, |flow| names.contains(&flow));
    let by_choice = auth_flows(&client).contains(&"ALLOW_USER_AUTH");
    let choice = "ALLOW_USER_AUTH: the app can choose PASSWORD, which is sent in plain text";
    match (by_name, by_choice) {
        (Some(text), true) => Some(format!("{text}; {choice}")),
        (None, true) => Some(choice.into()),
        (text, false) => text,
    }
}

fn admin_password_flow(client: Subject<'_>) -> Option<String> {
    let names = ["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"];
    flows(&client, |flow| names.contains(&flow))
}

fn custom_auth_without_trigger(client: Subject<'_>) -> Option<String> {
    let triggers = &client.all.pool()["LambdaConfig"];
    if triggers["DefineAuthChallenge"].is_string() {
        return None;
    }
    let names = ["ALLOW_CUSTOM_AUTH", "CUSTOM_AUTH_FLOW_ONLY"];
    flows(&client, |flow| names.contains(&flow))
}

fn impersonation(client: Subject<'_>) -> Option<String> {
    flows(&client, |flow| flow == "ALLOW_TOKEN_EXCHANGE_IMPERSONATION")
}

fn implicit_flow(client: Subject<'_>) -> Option<String> {
    let implicit = has_oauth_flow(&client, "implicit");
    implicit.then(|| "AllowedOAuthFlows has implicit".into())
}

fn public_credentials(client: Subject<'_>) -> Option<String> {
    let public = has_oauth_flow(&client, "client_credentials") && !is_confidential(&client);
    public.then(|| "client_credentials without a secret".into())
}

fn machine_with_users(client: Subject<'_>) -> Option<String> {
    if !has_oauth_flow(&client, "client_credentials") {
        return None;
    }
    flows(&client, starts_user_session)
}

/// Returns `true` for a flow with which a user can sign in.
fn starts_user_session(flow: &str) -> bool {
    let others = ["ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_CLIENT_TOKEN_AUTH"];
    !others.contains(&flow) && !flow.starts_with("ALLOW_TOKEN_EXCHANGE")
}

fn unused(client: Subject<'_>) -> Option<String> {
    let flows = auth_flows(&client);
    let signs_in = flows.iter().any(|flow| *flow != "ALLOW_REFRESH_TOKEN_AUTH");
    let oauth = client.flag("AllowedOAuthFlowsUserPoolClient")
        && !client.list("AllowedOAuthFlows").is_empty();
    (!signs_in && !oauth).then(|| "it has no flow for a sign-in".into())
}

/// Returns the times at which the secrets of the client were created, the oldest first.
fn secret_times(client: &Subject<'_>) -> Vec<SystemTime> {
    let secrets = &client.all.get(Document::Secrets)[client.text("ClientId")];
    let secrets = secrets.as_array().into_iter().flatten();
    let seconds = secrets.filter_map(|secret| secret["ClientSecretCreateDate"].as_f64());
    let since = seconds.filter_map(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let mut times: Vec<_> = since
        .filter_map(|since| UNIX_EPOCH.checked_add(since))
        .collect();
    times.sort_unstable();
    times
}

fn is_older(client: &Subject<'_>, time: SystemTime, age: Duration) -> bool {
    let now = client.all.now;
    now.duration_since(time).is_ok_and(|found| found > age)
}

/// Returns the creation date of the oldest secret, if this secret should be replaced. The result
/// does not contain the age of the secret, because the age changes between audits, and a baseline
/// accepts a finding only if its wording has not changed.
fn secret_old(client: Subject<'_>) -> Option<String> {
    let oldest = secret_times(&client).first().copied()?;
    let created = rfc3339(oldest);
    let day = created.get(..10).unwrap_or_default();
    is_older(&client, oldest, SECRET_AGE).then(|| format!("created on {day}"))
}

fn secret_left_over(client: Subject<'_>) -> Option<String> {
    let times = secret_times(&client);
    let newest = times.last().copied()?;
    let left_over = times.len() > 1 && is_older(&client, newest, ROTATION);
    left_over.then(|| {
        let times: Vec<String> = times.into_iter().map(rfc3339).collect();
        format!(
            "{} secrets are valid, created {}",
            times.len(),
            times.join(", ")
        )
    })
}

fn scope_admin(client: Subject<'_>) -> Option<String> {
    let scope = "aws.cognito.signin.user.admin";
    let allowed = client.has("AllowedOAuthScopes", scope);
    allowed.then(|| format!("AllowedOAuthScopes has {scope}"))
}

fn many_scopes(client: Subject<'_>) -> Option<String> {
    let mut scopes = client.list("AllowedOAuthScopes");
    scopes.sort_unstable();
    let count = scopes.len();
    (count > MANY_SCOPES).then(|| format!("{count} scopes: {}", scopes.join(", ")))
}

fn propagates_context(client: Subject<'_>) -> Option<String> {
    let enabled = client.flag("EnablePropagateAdditionalUserContextData");
    enabled.then(|| "EnablePropagateAdditionalUserContextData is true".into())
}

fn analytics(client: Subject<'_>) -> Option<String> {
    let analytics = &client.item["AnalyticsConfiguration"];
    let names = ["ApplicationArn", "ApplicationId"];
    let target = names.iter().find_map(|name| analytics[*name].as_str());
    let shared = analytics["UserDataShared"] == true;
    shared.then(|| format!("UserDataShared is true for {}", target.unwrap_or("-")))
}
