//! Rules that select a more specific error kind by the message of AWS.
//!
//! AWS may change any of these messages. An error whose message matches no rule keeps the kind of
//! its exception. `recorded-responses.tsv` of `cognito-testkit` contains the sources of the
//! messages.

use std::borrow::Cow;

use crate::error::ErrorKind;
use crate::mask::QUOTING;

/// The more specific kind of an error, and an optional hint for the operator.
pub(super) type Narrowed = (ErrorKind, Option<&'static str>);

/// A rule: parts of messages, a kind, and an optional hint. If a message of AWS contains one of the
/// parts (ignoring ASCII case), its error gets this kind and this hint.
type Rule = (&'static [&'static str], ErrorKind, Option<&'static str>);

/// Creates a list of [`Rule`]s. Each row has parts of AWS error messages, separated by `|`, the error
/// kind for them, and an optional hint.
macro_rules! rules {
    ($($($part:literal)|+ => $kind:ident $(: $hint:literal)?;)*) => {
        &[$((&[$($part),+], ErrorKind::$kind, rules!(@hint $($hint)?))),*]
    };
    (@hint) => { None };
    (@hint $hint:literal) => { Some($hint) };
}

/// Returns the more specific kind that the message of an exception indicates, or `None` if no rule
/// matches.
pub(super) fn narrowed(code: &str, message: &str) -> Option<Narrowed> {
    let rules: &[&[Rule]] = match code {
        "CodeDeliveryFailureException" => &[CONFIGURATION, CLIENT_SECRET],
        "InvalidParameterException" => &[CONFIGURATION, CLIENT_SECRET, FLOWS, INVALID_PARAMETER],
        "LimitExceededException" => &[LIMITS],
        "NotAuthorizedException" => &[CONFIGURATION, CLIENT_SECRET, FLOWS, NOT_AUTHORIZED],
        "ResourceNotFoundException" => &[NOT_FOUND],
        "UnauthorizedException" => &[CLIENT_SECRET],
        "UnexpectedLambdaException" | "UserLambdaValidationException" => {
            return trigger(message);
        }
        _ => return None,
    };
    find(rules, &without_quotes(message))
}

/// Returns the kind for a message about a Lambda trigger, or `None` if no rule matches.
///
/// The part after ` with error` is from the Lambda function or from Lambda itself. The function may
/// repeat user input there. Therefore this part is compared only with Lambda's own reports
/// ([`LAMBDA`]).
fn trigger(message: &str) -> Option<Narrowed> {
    match message.split_once(" with error") {
        Some((_, text)) => find(&[LAMBDA], text),
        None => find(&[TRIGGERS, LAMBDA], message),
    }
}

/// Returns `true` if a message of AWS is about the secret of the app client.
pub(super) fn is_about_client_secret(message: &str) -> bool {
    let message = without_quotes(message);
    find(&[CONFIGURATION], &message).is_none() && find(&[CLIENT_SECRET], &message).is_some()
}

/// Returns `true` if a message of AWS says that the secret of the app client is wrong.
pub(super) fn is_about_wrong_secret(message: &str) -> bool {
    const PARTS: [&str; 4] = [
        "secret hash does not match",
        "secrethash does not match",
        "unable to verify secret",
        "invalid client secret",
    ];
    let message = without_quotes(message);
    PARTS.iter().any(|part| contains(&message, part))
}

/// Removes the part of a message from the first to the last quotation mark or bracket. That part
/// may be user input, which must not determine the kind of an error.
fn without_quotes(message: &str) -> Cow<'_, str> {
    match (message.find(QUOTING), message.rfind(QUOTING)) {
        (Some(first), Some(last)) if first < last => {
            Cow::Owned(format!("{}{}", &message[..first], &message[last..]))
        }
        _ => Cow::Borrowed(message),
    }
}

/// Returns the more specific kind that the `error_description` of managed login indicates, or
/// `None` if no rule matches.
pub(super) fn managed_login(description: &str) -> Option<Narrowed> {
    let rules: &[&[Rule]] = &[
        TRIGGERS,
        LAMBDA,
        MANAGED_LOGIN,
        CONFIGURATION,
        CLIENT_SECRET,
        FLOWS,
        LIMITS,
        NOT_AUTHORIZED,
    ];
    find(rules, description)
}

fn find(rules: &[&[Rule]], message: &str) -> Option<Narrowed> {
    let mut rules = rules.iter().copied().flatten();
    let (_, kind, hint) =
        rules.find(|(parts, ..)| parts.iter().any(|part| contains(message, part)))?;
    let hint = match kind {
        ErrorKind::FlowNotEnabled => Some(flow_setting(message)),
        _ => *hint,
    };
    Some((*kind, hint))
}

fn contains(text: &str, part: &str) -> bool {
    text.as_bytes()
        .windows(part.len())
        .any(|window| window.eq_ignore_ascii_case(part.as_bytes()))
}

/// Returns advice for the operator: which setting to change so that Cognito allows the
/// authentication flow. The flow is taken from AWS's message. If the message contains no known
/// flow, the advice is general.
fn flow_setting(message: &str) -> &'static str {
    let flow = FLOW_SETTINGS
        .iter()
        .find(|(flow, _)| contains(message, flow));
    flow.map_or(
        "allow the flow in ExplicitAuthFlows of the app client",
        |(_, hint)| *hint,
    )
}

/// The flow names in AWS's messages, each with advice on the setting that allows the flow. The
/// first match is used, so a name that contains another name must come first.
const FLOW_SETTINGS: &[(&str, &str)] = &[
    (
        "ADMIN_USER_PASSWORD_AUTH",
        "add ALLOW_ADMIN_USER_PASSWORD_AUTH to ExplicitAuthFlows of the app client",
    ),
    (
        "ADMIN_NO_SRP_AUTH",
        "add ALLOW_ADMIN_USER_PASSWORD_AUTH to ExplicitAuthFlows of the app client",
    ),
    (
        "USER_PASSWORD_AUTH",
        "add ALLOW_USER_PASSWORD_AUTH to ExplicitAuthFlows of the app client",
    ),
    (
        "USER_SRP_AUTH",
        "add ALLOW_USER_SRP_AUTH to ExplicitAuthFlows of the app client",
    ),
    (
        "REFRESH_TOKEN",
        "add ALLOW_REFRESH_TOKEN_AUTH to ExplicitAuthFlows of the app client",
    ),
    (
        "USER_AUTH",
        "add ALLOW_USER_AUTH to ExplicitAuthFlows of the app client",
    ),
    (
        "CUSTOM_AUTH",
        "add ALLOW_CUSTOM_AUTH to ExplicitAuthFlows of the app client",
    ),
    (
        "Custom auth lambda",
        "set the triggers of the custom authentication flow in LambdaConfig of the user pool",
    ),
];

const FLOWS: &[Rule] = rules! {
    "flow not enabled" => FlowNotEnabled;
    "is not enabled for the client" => FlowNotEnabled;
    "initiate auth method not supported" => FlowNotEnabled;
    "custom auth lambda trigger is not configured" => FlowNotEnabled;
};

/// Rules for messages about a missing, unnecessary or wrong client secret.
const CLIENT_SECRET: &[Rule] = rules! {
    "not configured for secret" => Configuration:
        "the app client has no secret; remove the client secret from the settings";
    "configured for secret" | "configured with secret" => Configuration:
        "the app client has a secret; add the client secret to the settings";
    "secret hash" | "secrethash" | "unable to verify secret" | "invalid client secret" =>
        Configuration:
        "the client secret in the settings is not the one of the app client: copy its current \
         secret";
};

/// Rules for configuration faults. AWS reports these faults with exceptions that have other
/// meanings too. The rule for Amazon SES must come first: a message of Amazon SES contains the
/// recipient's address, and another rule could match the address.
const CONFIGURATION: &[Rule] = rules! {
    "error from amazon ses" => Configuration:
        "Amazon SES rejects the sender of the user pool: verify the sender in Amazon SES";
    "auto verification not turned on" => Configuration:
        "set AutoVerifiedAttributes of the user pool";
    "write unauthorized attribute" => Configuration:
        "add the attributes that the service sets to WriteAttributes of the app client";
    "signup is not permitted" => Configuration:
        "the user pool allows only administrators to create users: set AllowAdminCreateUserOnly \
         to false";
    "does not have sms configuration" => Configuration:
        "the user pool has no SmsConfiguration: set it, so that Cognito can send SMS";
    "does not exist a valid use pool domain" => Configuration:
        "the user pool verifies by link and needs a domain: add a domain to the user pool";
};

const NOT_AUTHORIZED: &[Rule] = rules! {
    "incorrect username or password" => InvalidCredentials;
    "password attempts exceeded" => AttemptLimit;
    "temporary password has expired" => TemporaryPasswordExpired;
    "user account has expired" => TemporaryPasswordExpired;
    "user is disabled" => UserDisabled;
    "because of security reasons" => RiskBlocked;
    "due to security reasons" => RiskBlocked;
    // A user of an external provider has no password in the pool.
    "not authorized to get auth details" => UserState;
    "refresh token has been revoked" => RefreshRevoked;
    "refresh token has expired" => RefreshInvalid;
    "invalid refresh token" => RefreshInvalid;
    "access token has been revoked" => AccessRevoked;
    "access token has expired" => TokenExpired;
    "access token does not have required scopes" => InsufficientScope;
    "invalid access token" => TokenInvalid;
    "could not verify signature for access token" => TokenInvalid;
    "invalid session" => ChallengeExpired;
    "session is expired" => ChallengeExpired;
    "session can only be used once" => ChallengeExpired;
    "current status is confirmed" => AlreadyConfirmed;
    "user cannot be confirmed" => UserState;
    "user cannot confirm" => UserState;
    "cannot be reset in the current state" => UserState;
    // The pool's account recovery is `admin_only`.
    "contact administrator to reset password" => UserState;
    "cannot modify an already provided" => InvalidParameter;
};

const INVALID_PARAMETER: &[Rule] = rules! {
    "user is already confirmed" => AlreadyConfirmed;
    "as there is no registered/verified" => UserState;
    "has not set up software token mfa" => MfaNotSetUp;
    "has not verified software token mfa" => MfaNotSetUp;
    "set to turn on" => MfaNotSetUp;
};

/// Rules for `ResourceNotFoundException`. A missing pool or client is a fault of the settings. A
/// missing group or device is a fault of the caller. No rule matches a missing group or device, so
/// the kind stays [`ErrorKind::NotFound`].
const NOT_FOUND: &[Rule] = rules! {
    "user pool" => Configuration:
        "the pool id, the client id or the region in the settings is wrong: compare them with the \
         pool";
    "username/client id combination not found" => UserNotFound;
};

/// Rules for `LimitExceededException`. AWS uses this exception for two things: the attempt limit of
/// a user, and the pool's quota of messages.
const LIMITS: &[Rule] = rules! {
    "daily email limit" | "exceeded daily limit" => DeliveryQuota:
        "the pool sends with Cognito's e-mail quota; configure Amazon SES";
};

const TRIGGERS: &[Rule] = rules! {
    "failed due to error accessdenied" => Configuration:
        "Cognito may not invoke the Lambda trigger; add a resource policy to the function";
    "invocation failed due to error" => TriggerFailed;
};

/// Rules for the messages in which AWS Lambda itself reports that a trigger's function failed or
/// timed out.
const LAMBDA: &[Rule] = rules! {
    "runtime exited" => TriggerFailed;
    "task timed out" => TriggerFailed;
};

const MANAGED_LOGIN: &[Rule] = rules! {
    "failed with error" => TriggerRejected;
    "lambda output" => TriggerFailed;
    "lambda function output" => TriggerFailed;
    "user is not enabled" => UserDisabled;
    "already found an entry for username" => RetrySignIn;
    "providername/username combination" => UserState;
    "attribute cannot be updated" => Configuration:
        "the identity provider's mapping writes an attribute that is not mutable: remove it from \
         the mapping";
    "attributes required" => Configuration:
        "the identity provider does not map an attribute that the user pool requires: add it to \
         the mapping";
    "does not exist in the schema" => Configuration:
        "the identity provider's mapping names an attribute that the user pool does not have: add \
         it to the pool";
    "signature is invalid" => Configuration:
        "the SAML metadata of the identity provider is out of date: upload the current metadata";
    "not enabled for oauth2.0 flows" => Configuration:
        "set AllowedOAuthFlowsUserPoolClient and AllowedOAuthFlows of the app client";
};
