//! Checks of sessions, and of the lifetimes and the revocation of tokens.

use crate::commands::audit::check::{Check, Document, Scope, Severity, Subject};
use crate::commands::audit::checks::clients::is_confidential;

const HOUR: u64 = 3_600;

const DAY: u64 = 24 * HOUR;

/// The maximum time, in minutes, that a user should have for one challenge.
const CHALLENGE_MINUTES: u64 = 5;

/// The maximum time, in seconds, for which a rotated refresh token should be accepted again.
const GRACE_SECONDS: u64 = 30;

/// The maximum number of sessions that a user usually needs.
const SESSIONS: u64 = 20;

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "access-token-lifetime",
        severity: Severity::Medium,
        scope: Scope::Client,
        needs: &[],
        title: "access tokens are valid for more than an hour",
        reason: "Services that verify tokens offline accept a stolen token until it expires.",
        fix: "AccessTokenValidity: 60 minutes or less",
        source: "AWS developer guide, \"Refresh tokens\" and \"Understanding the access token\"; RFC 9700, \
                 section 2.2",
        find: access_token_lifetime,
    },
    Check {
        id: "id-token-lifetime",
        severity: Severity::Low,
        scope: Scope::Client,
        needs: &[],
        title: "ID tokens are valid for more than an hour",
        reason: "A service that takes an ID token as proof of a sign-in accepts a stolen one until it \
                 expires.",
        fix: "IdTokenValidity: 60 minutes or less",
        source: "AWS developer guide, \"Understanding the identity (ID) token\"",
        find: id_token_lifetime,
    },
    Check {
        id: "refresh-token-lifetime",
        severity: Severity::Medium,
        scope: Scope::Client,
        needs: &[],
        title: "refresh tokens are valid for more than 30 days",
        reason: "A stolen refresh token gives new tokens until it expires or is revoked.",
        fix: "RefreshTokenValidity: 30 days or less",
        source: "AWS developer guide, \"Refresh tokens\"; OWASP ASVS 5.0, 7.3.2 and 10.4.8",
        find: refresh_token_lifetime,
    },
    Check {
        id: "token-revocation-off",
        severity: Severity::Medium,
        scope: Scope::Client,
        needs: &[],
        title: "refresh tokens cannot be revoked",
        reason: "After a sign-out, an attacker with the refresh token still gets new tokens.",
        fix: "EnableTokenRevocation: true",
        source: "AWS developer guide, \"Ending user sessions with token revocation\"; OWASP ASVS 5.0, 7.4.1 \
                 and 10.4.9",
        find: token_revocation_off,
    },
    Check {
        id: "refresh-token-rotation",
        severity: Severity::Medium,
        scope: Scope::Client,
        needs: &[],
        title: "refresh tokens of a client without a secret do not rotate",
        reason: "The theft of a refresh token from a browser or a phone is not noticed.",
        fix: "RefreshTokenRotation.Feature: ENABLED, ExplicitAuthFlows without ALLOW_REFRESH_TOKEN_AUTH",
        source: "RFC 9700, section 2.2.2; OWASP ASVS 5.0, 10.4.5",
        find: refresh_token_rotation,
    },
    Check {
        id: "rotation-grace-period",
        severity: Severity::Low,
        scope: Scope::Client,
        needs: &[],
        title: "a rotated refresh token is accepted for more than 30 seconds",
        reason: "In this time, an attacker and the user can both use the token, and the theft is not noticed.",
        fix: "RefreshTokenRotation.RetryGracePeriodSeconds: 30 or less",
        source: "AWS developer guide, \"Refresh token rotation\"; RFC 9700, section 4.14.2",
        find: rotation_grace_period,
    },
    Check {
        id: "challenge-lifetime",
        severity: Severity::Low,
        scope: Scope::Client,
        needs: &[],
        title: "a challenge is valid for more than 5 minutes",
        reason: "An attacker who asks a user for a code on the phone has more time to use it.",
        fix: "AuthSessionValidity: 3 to 5",
        source: "API reference, CreateUserPoolClient: AuthSessionValidity; OWASP ASVS 5.0, 6.5.5",
        find: challenge_lifetime,
    },
    Check {
        id: "session-tracking-off",
        severity: Severity::Low,
        scope: Scope::Pool,
        needs: &[Document::Sessions],
        title: "sessions are not tracked",
        reason: "Neither a user nor an operator can see and end a single session.",
        fix: "SetUserPoolSessionConfiguration: UserSessionTracking ENABLED (Essentials or Plus)",
        source: "API reference, SetUserPoolSessionConfiguration; OWASP ASVS 5.0, 7.5.2",
        find: session_tracking_off,
    },
    Check {
        id: "session-limit",
        severity: Severity::Low,
        scope: Scope::Pool,
        needs: &[Document::Sessions],
        title: "a user can have more than 20 sessions",
        reason: "Many sessions of one account are a sign that it is shared or stolen, and Cognito does not limit them.",
        fix: "SetUserPoolSessionConfiguration: TokenSession.MaxPerUser 20 or less",
        source: "API reference, SetUserPoolSessionConfiguration; OWASP ASVS 5.0, 7.1.2",
        find: session_limit,
    },
];

/// Returns the lifetime of a token in seconds. `name` is `AccessToken`, `IdToken` or `RefreshToken`.
/// Returns `None` for Cognito's default, which is an hour, or 30 days for refresh tokens.
fn lifetime(client: &Subject<'_>, name: &str) -> Option<u64> {
    let validity = client.item[format!("{name}Validity")].as_u64()?;
    let default = if name == "RefreshToken" {
        "days"
    } else {
        "hours"
    };
    let unit = client.item["TokenValidityUnits"][name].as_str();
    let seconds = match unit.unwrap_or(default) {
        "seconds" => 1,
        "minutes" => 60,
        "hours" => HOUR,
        _ => DAY,
    };
    Some(validity.saturating_mul(seconds))
}

fn longer(client: &Subject<'_>, name: &str, most: u64) -> Option<String> {
    let found = lifetime(client, name)?;
    (found > most).then(|| format!("{found} seconds"))
}

fn access_token_lifetime(client: Subject<'_>) -> Option<String> {
    longer(&client, "AccessToken", HOUR)
}

fn id_token_lifetime(client: Subject<'_>) -> Option<String> {
    longer(&client, "IdToken", HOUR)
}

fn refresh_token_lifetime(client: Subject<'_>) -> Option<String> {
    longer(&client, "RefreshToken", 30 * DAY)
}

fn token_revocation_off(client: Subject<'_>) -> Option<String> {
    let off = !client.flag("EnableTokenRevocation");
    off.then(|| "EnableTokenRevocation is false".into())
}

/// Checks each client without a secret. Such a client cannot use `client_credentials`, so it is for
/// sign-ins of users, which can return refresh tokens.
fn refresh_token_rotation(client: Subject<'_>) -> Option<String> {
    let rotates = client.item["RefreshTokenRotation"]["Feature"] == "ENABLED";
    (!is_confidential(&client) && !rotates).then(|| "RefreshTokenRotation is not ENABLED".into())
}

fn rotation_grace_period(client: Subject<'_>) -> Option<String> {
    let rotation = &client.item["RefreshTokenRotation"];
    let grace = rotation["RetryGracePeriodSeconds"].as_u64()?;
    let is_long = rotation["Feature"] == "ENABLED" && grace > GRACE_SECONDS;
    is_long.then(|| format!("RetryGracePeriodSeconds is {grace}"))
}

fn challenge_lifetime(client: Subject<'_>) -> Option<String> {
    let minutes = client.item["AuthSessionValidity"].as_u64()?;
    (minutes > CHALLENGE_MINUTES).then(|| format!("AuthSessionValidity is {minutes} minutes"))
}

fn session_tracking_off(pool: Subject<'_>) -> Option<String> {
    let sessions = pool.all.get(Document::Sessions);
    let off = sessions["UserSessionTracking"] != "ENABLED";
    off.then(|| "UserSessionTracking is not ENABLED".into())
}

fn session_limit(pool: Subject<'_>) -> Option<String> {
    let sessions = pool.all.get(Document::Sessions);
    if sessions["UserSessionTracking"] != "ENABLED" {
        return None;
    }
    let most = sessions["TokenSession"]["MaxPerUser"].as_u64();
    match most {
        None => Some("MaxPerUser is not set".into()),
        Some(most) if most > SESSIONS => Some(format!("MaxPerUser is {most}")),
        Some(_) => None,
    }
}
