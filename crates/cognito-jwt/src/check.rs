//! Checks the claims of a token whose signature is valid. The functions have no clock and no I/O.
//!
//! The order is fixed: token use, client, times, the other claims, then the additional requirements
//! of the application. The issuer is checked earlier, because it selects the keys.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use cognito_core::revocation::TokenIdentity;
use cognito_core::{AccessClaims, ClientId, IdClaims};

use crate::checks::Check;
use crate::claims::{Claim, Claims};
use crate::date::Date;
use crate::error::{Reason, VerifyError};
use crate::policy::Policies;

/// The longest lifetime that Cognito allows for an access or ID token, in seconds.
const MAX_LIFETIME: u64 = 24 * 60 * 60;

type Result<T> = std::result::Result<T, VerifyError>;

/// The configured values that a token is checked against.
#[derive(Debug)]
pub(crate) struct Expectations {
    pub(crate) clients: Clients,
    /// The allowed difference between the clock of Cognito and the clock of the verifier, in
    /// seconds.
    pub(crate) leeway: u64,
    /// The requirements of the application for the claims, such as required groups and scopes.
    pub(crate) policies: Policies,
}

/// The app clients whose tokens are accepted.
#[derive(Debug)]
pub(crate) enum Clients {
    Any,
    OneOf(BTreeSet<ClientId>),
}

/// The claims of a verified token, which is an access token or an ID token.
#[derive(Clone)]
pub(crate) enum Verified {
    Access(Arc<AccessClaims>),
    Id(Arc<IdClaims>),
}

/// A kind of token: access token or ID token. The trait lets both kinds share the verification
/// code.
pub(crate) trait Kind: Sized {
    /// The value of the claim `token_use`: `access` or `id`.
    const TOKEN_USE: &'static str;

    /// Checks the claims of a token, and copies them. `iss` is the issuer whose key signed the
    /// token. `now` is in seconds since 1970-01-01T00:00:00Z.
    fn check(claims: &Claims<'_>, iss: &str, expected: &Expectations, now: u64) -> Result<Self>;

    fn set_payload(&mut self, payload: String);

    /// Checks the times and the additional requirements of the application. The result can change
    /// while a token is cached, so these checks are repeated for each use of a token. `now` is in
    /// seconds since 1970-01-01T00:00:00Z.
    fn check_again(&self, expected: &Expectations, now: u64) -> Result<()>;

    fn identity(&self) -> TokenIdentity<'_>;

    fn verified(claims: Arc<Self>) -> Verified;

    fn from_verified(verified: &Verified) -> Option<&Arc<Self>>;
}

/// Implements the methods of [`Kind`] that both kinds of token implement in the same way.
macro_rules! same_for_both_kinds {
    ($kind:ident, $policy:ident) => {
        fn set_payload(&mut self, payload: String) {
            self.set_payload(payload);
        }

        fn check_again(&self, expected: &Expectations, now: u64) -> Result<()> {
            is_current(self.exp, self.nbf, expected.leeway, now)?;
            expected.policies.$policy(self, expected.leeway, now)
        }

        fn identity(&self) -> TokenIdentity<'_> {
            self.into()
        }

        fn verified(claims: Arc<Self>) -> Verified {
            Verified::$kind(claims)
        }

        fn from_verified(verified: &Verified) -> Option<&Arc<Self>> {
            let Verified::$kind(claims) = verified else {
                return None;
            };
            Some(claims)
        }
    };
}

impl Kind for AccessClaims {
    const TOKEN_USE: &'static str = "access";

    fn check(claims: &Claims<'_>, iss: &str, expected: &Expectations, now: u64) -> Result<Self> {
        token_use(claims, Self::TOKEN_USE)?;
        let client_id = client(claims.client_id(), expected)?;
        let times = Times::check(claims, expected.leeway, now)?;
        let mut access = Self::new(subject(claims)?, iss, client_id, times.iat, times.exp);
        access.auth_time = times.auth_time;
        access.nbf = times.nbf;
        access.jti = claims.jti().text()?;
        access.origin_jti = claims.origin_jti().text()?;
        access.username = claims.username().text()?;
        access.scope = claims.scope().words()?;
        access.groups = claims.cognito_groups().texts()?;
        access.aud = claims.aud().text_or_texts()?;
        access.act = claims.act().actor()?;
        access.acr = claims.acr().text()?;
        access.amr = claims.amr().texts()?;
        access.device_key = claims.device_key().text()?;
        Ok(access)
    }

    same_for_both_kinds!(Access, access);
}

impl Kind for IdClaims {
    const TOKEN_USE: &'static str = "id";

    fn check(claims: &Claims<'_>, iss: &str, expected: &Expectations, now: u64) -> Result<Self> {
        token_use(claims, Self::TOKEN_USE)?;
        let aud = client(claims.aud(), expected)?;
        let times = Times::check(claims, expected.leeway, now)?;
        let mut id = Self::new(subject(claims)?, iss, aud, times.iat, times.exp);
        id.auth_time = times.auth_time;
        id.nbf = times.nbf;
        id.jti = claims.jti().text()?;
        id.origin_jti = claims.origin_jti().text()?;
        id.username = claims.cognito_username().text()?;
        id.email = claims.email().text()?;
        id.email_verified = claims.email_verified().flag()?;
        id.phone_number = claims.phone_number().text()?;
        id.phone_number_verified = claims.phone_number_verified().flag()?;
        id.groups = claims.cognito_groups().texts()?;
        id.roles = claims.cognito_roles().texts()?;
        id.preferred_role = claims.cognito_preferred_role().text()?;
        id.act = claims.act().actor()?;
        id.nonce = claims.nonce().text()?;
        id.at_hash = claims.at_hash().text()?;
        id.acr = claims.acr().text()?;
        id.amr = claims.amr().texts()?;
        Ok(id)
    }

    same_for_both_kinds!(Id, id);
}

fn token_use(claims: &Claims<'_>, expected: &str) -> Result<()> {
    let claim = claims.token_use();
    if claim.if_text().as_deref() == Some(expected) {
        return Ok(());
    }
    Err(VerifyError::claim_at_fault(
        Reason::WrongTokenUse,
        claim.name(),
    ))
}

/// Returns the app client in `claim`, which is `client_id` or `aud`. The claim must be a single
/// string, and the client must be accepted (RFC 8725 section 3.9).
fn client<'a>(claim: Claim<'a>, expected: &Expectations) -> Result<Cow<'a, str>> {
    let is_expected = |client: &Cow<'_, str>| match &expected.clients {
        Clients::Any => !client.is_empty(),
        Clients::OneOf(clients) => clients.contains(&**client),
    };
    let client = claim.if_text().filter(is_expected);
    client.ok_or_else(|| VerifyError::claim_at_fault(Reason::InvalidClient, claim.name()))
}

fn subject<'a>(claims: &Claims<'a>) -> Result<Cow<'a, str>> {
    let sub = claims.sub().if_text().filter(|sub| !sub.is_empty());
    sub.ok_or_else(|| invalid("sub"))
}

struct Times {
    exp: u64,
    iat: u64,
    nbf: Option<u64>,
    auth_time: Option<u64>,
}

impl Times {
    /// Checks the times of a token. `exp` and `iat` are required: without `exp` a token would never
    /// expire, and without `iat` it could not be revoked together with all tokens of its user.
    /// Fractions of a second are rounded so that fewer tokens are accepted.
    fn check(claims: &Claims<'_>, leeway: u64, now: u64) -> Result<Self> {
        let exp = claims.exp().date()?.ok_or_else(|| invalid("exp"))?;
        let exp = exp.floor().ok_or_else(expired)?;
        is_current(exp, None, leeway, now)?;
        let iat = claims.iat().date()?.and_then(Date::floor);
        let iat = iat.ok_or_else(|| invalid("iat"))?;
        let too_long = |claim| invalid(claim).at(Check::Lifetime);
        let lifetime = exp.checked_sub(iat).ok_or_else(|| too_long("iat"))?;
        if lifetime > MAX_LIFETIME.saturating_add(leeway) {
            return Err(too_long("exp"));
        }
        let nbf = match claims.nbf().date()? {
            Some(nbf) => Some(nbf.ceil().ok_or_else(|| invalid("nbf"))?),
            None => None,
        };
        is_current(exp, nbf, leeway, now)?;
        let auth_time = match claims.auth_time().date()? {
            Some(time) => Some(time.floor().ok_or_else(|| invalid("auth_time"))?),
            None => None,
        };
        Ok(Self {
            exp,
            iat,
            nbf,
            auth_time,
        })
    }
}

/// Checks `exp` and `nbf`, with the leeway. Fails if the token has expired, or if `nbf` is in the
/// future. A token has expired "on or after" `exp` (RFC 7519 section 4.1.4). All times are in
/// seconds.
fn is_current(exp: u64, nbf: Option<u64>, leeway: u64, now: u64) -> Result<()> {
    if now >= exp.saturating_add(leeway) {
        return Err(expired());
    }
    if nbf.is_some_and(|nbf| nbf > now.saturating_add(leeway)) {
        return Err(VerifyError::claim_at_fault(Reason::NotYetValid, "nbf"));
    }
    Ok(())
}

fn expired() -> VerifyError {
    VerifyError::claim_at_fault(Reason::Expired, "exp")
}

fn invalid(name: &'static str) -> VerifyError {
    VerifyError::claim_at_fault(Reason::InvalidClaim, name)
}
