//! The router with the routes of an authentication service.

mod account;
mod answers;
mod attributes;
mod body;
mod call;
mod caller;
mod delivery;
mod devices;
mod failure;
mod hooks;
mod hosted_login;
mod issuer;
mod json;
mod logout;
mod mfa;
mod monitoring;
pub(crate) mod mounted;
mod passkey_sign_in;
mod passkeys;
mod passwords;
mod profile;
mod remembered;
mod router;
mod session;
mod sessions;
mod settings;
mod shared;
mod sign_in;
mod sign_up;

use std::fmt;
use std::sync::Arc;

use cognito::Cognito;
use cognito_core::SystemClock;

pub use self::answers::{Outcome, OutcomeResponse};
use self::delivery::Delivery;
pub use self::hooks::{CompletedSignIn, SignInMethod, SignUpAttempt, SignUpRejection};
pub use self::hosted_login::HostedLoginRoutes;
use self::mounted::Groups;
use self::shared::{Rules, Shared};
use crate::{SameOrigin, SecurityHeaders, TokenGuard};

/// The routes of an authentication service: sign-up, sign-in, sessions and passwords.
///
/// ```
/// use cognito::Cognito;
/// use cognito_axum::{AuthRoutes, SessionCookies};
///
/// # fn example(cognito: Cognito) {
/// // Tokens in JSON, for apps and other servers:
/// let api = AuthRoutes::new(cognito.clone()).into_router();
/// // Tokens in cookies that no script can read, for browsers:
/// let site = AuthRoutes::new(cognito).cookies(SessionCookies::new()).into_router();
/// # drop((api, site)); }
/// ```
///
/// | route | request | response |
/// |---|---|---|
/// | `POST /auth/signup` | `email`, `password`, `attributes`? | `userId`, `confirmed`, `codeDelivery` |
/// | `POST /auth/confirm` | `email`, `code` | `success`, `message` |
/// | `POST /auth/resend-code` | `email` | `codeDelivery`, `message` |
/// | `POST /auth/login` | `email`, `password` | tokens, or a challenge |
/// | `POST /auth/verify-mfa` | `session`, `code` | tokens, or the next challenge |
/// | `POST /auth/setup-mfa` | `session` | `secretCode`, `session`; send the code of the authenticator app to `verify-mfa` |
/// | `POST /auth/new-password` | `session`, `newPassword`, `attributes`? | tokens, or the next challenge |
/// | `POST /auth/refresh` | `refreshToken`, `deviceKey`? | tokens |
/// | `POST /auth/forgot-password` | `email` | `codeDelivery`, `message` |
/// | `POST /auth/reset-password` | `email`, `code`, `newPassword` | `success`, `message` |
/// | `POST /auth/logout` | the access token, `refreshToken`, or both | `success`, `message` |
/// | `GET /auth/me` | the access token | `username`, `attributes`, `mfa` |
/// | `GET /auth/devices` | the access token, `pageToken`? in the query | `devices`, `nextToken`? |
/// | `POST /auth/devices/confirm` | the access token, `name`? | `success`, `message` |
/// | `POST /auth/devices/forget` | the access token, `key` | `success`, `message` |
/// | `POST /auth/devices/remember` | the access token, `key`, `remembered`? (default: `true`) | `success`, `message` |
/// | `POST /auth/hosted-login/start` | `returnTo`?, `provider`?, `signUp`?, `recent`? | `url` |
/// | `GET /auth/hosted-login/callback` | the query of managed login | a page that opens `returnTo` |
/// | `POST /auth/hosted-login/logout` | none | `success`, `message`, `url` |
/// | `GET /auth/mfa` | the access token | `authFactors`, `mfa`, `preferredMfa`? |
/// | `POST /auth/mfa/totp/begin` | the access token | `secretCode`, `otpauthUri` |
/// | `POST /auth/mfa/totp/confirm` | the access token, `code`, `deviceName`? | `status`, `message` |
/// | `POST /auth/mfa/preferences` | the access token; `totp`?, `sms`?, `email`?, each `off`, `on` or `preferred` | `success`, `message` |
/// | `GET /auth/passkeys` | the access token, `pageToken`? in the query | `credentials`, `nextToken`? |
/// | `POST /auth/passkeys/begin` | the access token | the options for `navigator.credentials.create` |
/// | `POST /auth/passkeys/complete` | the access token, `credential` | `success`, `message` |
/// | `POST /auth/passkeys/delete` | the access token, `credentialId` | `success`, `message` |
/// | `POST /auth/passkeys/sign-in/begin` | `email` | `challenge`, `session`, `credentialRequestOptions`: the options for `navigator.credentials.get` |
/// | `POST /auth/passkeys/sign-in/complete` | `session`, `credential` | tokens, or the next challenge |
/// | `POST /auth/profile` | the access token, `attributes` | `success`, `message` |
/// | `POST /auth/profile/send-code` | the access token; `attribute`: `email` or `phone_number` | `success`, `message` |
/// | `POST /auth/profile/confirm` | the access token, `attribute`, `code` | `success`, `message` |
/// | `GET /auth/sessions` | the access token, `pageToken`? in the query | `sessions`, `nextToken`? |
/// | `POST /auth/sessions/revoke` | the access token, `sessionId`, `linkedSessions`? (default: `false`) | `success`, `message` |
/// | `GET /auth/metrics` | none; [optional route](Self::metrics) | counters |
/// | `GET /auth/health` | none; [optional route](Self::health) | the health of the service |
/// | `GET /livez`, `GET /readyz` | none; [optional routes](Self::probes) | 200, or 503 |
///
/// The routes from `devices` on are [optional](#optional-routes).
///
/// Bodies are JSON objects. A body with a duplicate name is rejected (400). `email` may be a user
/// name or any alias that the pool accepts. If the request has a `session`, `email` is ignored,
/// because the session contains the user. Every error has the body
/// `{"statusCode", "message", "error", "timestamp"}`, also for unknown paths below `/auth` and for
/// unsupported methods.
///
/// # Sessions of challenges
///
/// A challenge is returned as `{"requiresMFA", "challenge", "session"}`. `requiresMFA` is present
/// only for `SMS_MFA`, `EMAIL_OTP` and `SOFTWARE_TOKEN_MFA`. The `session` is an encrypted and
/// authenticated string with the state of the sign-in ([`Cognito::challenge_to_state`]). It does
/// not contain the user's attributes, and has at most about 7,000 characters. The service stores
/// nothing, and clients cannot read or change the string. After a wrong code, the client can send
/// the same session again. Instances that must accept each other's sessions need the same
/// [key](cognito::CognitoBuilder::challenge_key).
///
/// # Cookies
///
/// With [`cookies`](Self::cookies), tokens and sessions of challenges are in cookies and never in
/// JSON. Every request that changes data must then come from a page of the same origin
/// ([`SameOrigin`]). Responses contain `{"success", "message", "expiresIn"}` instead of tokens, and
/// requests need neither `session` nor `refreshToken`.
///
/// `logout` deletes the cookies even if the sign-out fails at Cognito. If the cookie for the
/// refresh token or for the device key cannot be read, a failed refresh deletes that cookie. If new
/// tokens do not fit into cookies, all cookies are deleted. Other errors delete no tokens: the
/// error of an old session in one tab may arrive late, and would delete the cookies of a newer
/// session in another tab. After a 401, a page should refresh the session. If the refresh returns
/// 401 too, the page asks the user to sign in, which replaces the cookies.
///
/// If the app client rotates refresh tokens, configure a grace period (`RetryGracePeriodSeconds`,
/// up to 60). If two tabs refresh at almost the same time, the second tab sends the previous
/// refresh token. Without a grace period, the second tab receives a 401 although the session is
/// active.
///
/// # Optional routes
///
/// A method of `AuthRoutes` enables each group of optional routes. They are disabled by default: an
/// update of this crate must not add routes with which an attacker at the user's browser can change
/// an account.
///
/// Ids are in bodies and not in paths, so that the logs of proxies do not contain them.
///
/// # Signing out
///
/// `logout` ends every session of the user. If the access token is missing, invalid or expired, the
/// route first gets a new access token with the refresh token.
///
/// The response is 200 if a session was ended, if the session had already ended, or if the tokens
/// are in cookies and the request has no such cookies. Otherwise it is an error, such as:
///
/// - 401 if the tokens are not valid, or if tokens are in JSON and the request has none;
/// - 403 if the access token does not have the scope for a sign-out;
/// - 501 if the access token could not end the sessions, and the refresh token cannot be revoked
///   because token revocation is disabled for the app client.
///
/// # Who has an account
///
/// By default the responses do not reveal whether an account exists
/// ([`enumeration_policy`](Self::enumeration_policy)). They follow the rules of
/// [`Error::substitute`](cognito_core::Error::substitute):
///
/// - `forgot-password` and `resend-code` respond as if a code was sent to the name in the request,
///   which is masked in the response.
/// - A `login` to an account that does not exist, is not confirmed, is disabled or is locked by
///   Cognito fails like a wrong password.
/// - `passkeys/sign-in/begin` responds alike for every name. If the account does not exist or has no
///   passkey, every credential is rejected.
/// - `confirm` and `reset-password` for an account that does not exist fail like a wrong code.
/// - `signup` responds 409 if the name is in use.
///
/// - `profile` responds alike if a new address belongs to another account; see
///   [`profile`](Self::profile).
///
/// The attempt guard counts attempts in the same way whether the account exists or not. A rejection
/// by the guard (429 with `Retry-After`) depends on the name, the address and the device, but not
/// on whether the account exists. The response time of Cognito is not hidden.
///
/// # The client's address
///
/// With the client's address, the attempt guard locks out a caller who guesses passwords, but not
/// the user at other addresses. Without the address, the guard counts per user only, does not limit
/// how many messages one caller makes Cognito send or how many sign-ins with a passkey one caller
/// starts, and logs a warning once. Serve the router with
/// [`Server`](crate::Server) (feature `server`), which provides the address, and set your
/// [proxies](Self::trusted_proxies).
#[must_use = "routes do nothing until they are converted into a router"]
pub struct AuthRoutes {
    shared: Shared,
    same_origin: SameOrigin,
    security_headers: SecurityHeaders,
    body_limit: usize,
    groups: Groups,
    answers: Option<Arc<dyn OutcomeResponse>>,
    #[cfg(feature = "openapi")]
    openapi_path: Option<String>,
}

impl AuthRoutes {
    /// Creates the routes for this user pool, with tokens in JSON.
    pub fn new(cognito: Cognito) -> Self {
        Self {
            shared: Shared {
                guard: TokenGuard::new(cognito.clone()),
                cognito,
                delivery: Delivery::Json,
                rules: Rules::default(),
                hosted_login: None,
                issuer: None,
                passkey_sign_in: None,
                remember_browsers: None,
                clock: Arc::new(SystemClock::new()),
                has_warned: Arc::default(),
            },
            same_origin: SameOrigin::new(),
            security_headers: SecurityHeaders::new(),
            body_limit: BODY_LIMIT,
            groups: Groups::default(),
            answers: None,
            #[cfg(feature = "openapi")]
            openapi_path: None,
        }
    }
}

/// The default body limit, in bytes. The session of a challenge has at most about 7,000 characters,
/// which is less than half of the limit.
const BODY_LIMIT: usize = 16 * 1024;

impl fmt::Debug for AuthRoutes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthRoutes")
            .field("delivery", &self.shared.delivery)
            .field("policy", &self.shared.rules.policy)
            .field("proxies", &self.shared.rules.proxies)
            .finish_non_exhaustive()
    }
}
