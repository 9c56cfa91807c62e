//! The claims of a token whose signature is good, against what is expected. No clock, no I/O.
//!
//! The order is fixed: issuer, use, client, times, the rest, then what the application demands. Names and types of claims are
//! those of Cognito's developer guide, "Understanding the access token" and "Understanding the
//! identity (ID) token".

use std::collections::BTreeSet;

use cognito_core::{AccessClaims, ClientId, IdClaims};
use serde_json::{Map, Value};

use crate::error::{Reason, VerifyError};
use crate::policy::{self, Policies};

/// The longest that Cognito lets an access or ID token live, in seconds.
const MAX_LIFETIME: u64 = 24 * 60 * 60;

/// The largest integer that every JSON parser reads alike (RFC 8259 section 6): 2^53.
const MAX_EXACT_DOUBLE: f64 = 9_007_199_254_740_992.0;

type Result<T> = std::result::Result<T, VerifyError>;

/// What a token must say.
#[derive(Debug)]
pub(crate) struct Expectations {
    pub(crate) issuer: String,
    pub(crate) clients: Clients,
    /// How many seconds the pool's clock and ours may differ.
    pub(crate) leeway: u64,
    /// What the application demands beyond that.
    pub(crate) policies: Policies,
}

/// To whom a token may have been issued.
#[derive(Debug)]
pub(crate) enum Clients {
    Any,
    OneOf(BTreeSet<ClientId>),
}

/// Reads the claims of an access token. `now` is in seconds since 1970-01-01T00:00:00Z.
pub(crate) fn access(
    all: Map<String, Value>,
    expected: &Expectations,
    now: u64,
) -> Result<AccessClaims> {
    let claims = Claims(&all);
    let iss = claims.issuer(expected)?;
    claims.token_use("access")?;
    let client_id = claims.client("client_id", expected)?;
    let times = claims.times(expected, now)?;
    expected.policies.audience(&claims.resource_audience()?)?;
    let mut access = AccessClaims::new(claims.subject()?, iss, client_id, times.iat, times.exp);
    access.auth_time = times.auth_time;
    access.nbf = times.nbf;
    access.jti = claims.text("jti")?;
    access.origin_jti = claims.text("origin_jti")?;
    access.username = claims.text("username")?;
    access.scope = claims.scope()?;
    access.groups = claims.texts("cognito:groups")?;
    access.all = all;
    expected.policies.access(&access, expected.leeway, now)?;
    Ok(access)
}

/// Reads the claims of an ID token, of the sign-in with this nonce if there is one. `now` is in
/// seconds since 1970-01-01T00:00:00Z.
pub(crate) fn id(
    all: Map<String, Value>,
    expected: &Expectations,
    nonce: Option<&str>,
    now: u64,
) -> Result<IdClaims> {
    let claims = Claims(&all);
    let iss = claims.issuer(expected)?;
    claims.token_use("id")?;
    let aud = claims.client("aud", expected)?;
    let times = claims.times(expected, now)?;
    let mut id = IdClaims::new(claims.subject()?, iss, aud, times.iat, times.exp);
    id.auth_time = times.auth_time;
    id.nbf = times.nbf;
    id.jti = claims.text("jti")?;
    id.origin_jti = claims.text("origin_jti")?;
    id.username = claims.text("cognito:username")?;
    id.email = claims.text("email")?;
    id.email_verified = claims.flag("email_verified")?;
    id.phone_number = claims.text("phone_number")?;
    id.phone_number_verified = claims.flag("phone_number_verified")?;
    id.groups = claims.texts("cognito:groups")?;
    id.nonce = claims.text("nonce")?;
    id.all = all;
    if let Some(nonce) = nonce {
        policy::nonce(&id, nonce)?;
    }
    expected.policies.id(&id, expected.leeway, now)?;
    Ok(id)
}

/// A `NumericDate` (RFC 7519 section 2), which may be negative and may have a fraction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Date {
    BeforeEpoch,
    At(f64),
    /// Kept apart from doubles, which hold fewer digits.
    AtSecond(u64),
}

impl Date {
    /// Reads a JSON value, or nothing if it is no date.
    pub(crate) fn new(value: &Value) -> Option<Self> {
        let Value::Number(number) = value else {
            return None;
        };
        if let Some(seconds) = number.as_u64() {
            return Some(Self::AtSecond(seconds));
        }
        match number.as_f64()? {
            seconds if seconds < 0.0 => Some(Self::BeforeEpoch),
            seconds if seconds <= MAX_EXACT_DOUBLE => Some(Self::At(seconds)),
            _ => None,
        }
    }

    /// The second that the date is in, or nothing if it is before 1970.
    pub(crate) fn floor(self) -> Option<u64> {
        match self {
            Self::BeforeEpoch => None,
            Self::At(seconds) => Some(seconds.floor() as u64),
            Self::AtSecond(seconds) => Some(seconds),
        }
    }

    /// The first second that is not before the date.
    fn ceil(self) -> Option<u64> {
        match self {
            Self::At(seconds) => Some(seconds.ceil() as u64),
            _ => self.floor(),
        }
    }
}

struct Times {
    exp: u64,
    iat: u64,
    nbf: Option<u64>,
    auth_time: Option<u64>,
}

struct Claims<'a>(&'a Map<String, Value>);

impl Claims<'_> {
    /// `iss`, byte for byte (RFC 8725 section 3.8).
    fn issuer(&self, expected: &Expectations) -> Result<&str> {
        match self.0.get("iss") {
            Some(Value::String(iss)) if *iss == expected.issuer => Ok(iss),
            _ => Err(VerifyError::claim_at_fault(Reason::InvalidIssuer, "iss")),
        }
    }

    fn token_use(&self, expected: &str) -> Result<()> {
        match self.0.get("token_use") {
            Some(Value::String(token_use)) if token_use == expected => Ok(()),
            _ => Err(VerifyError::claim_at_fault(
                Reason::WrongTokenUse,
                "token_use",
            )),
        }
    }

    /// `client_id` or `aud`: one text, and one of those expected (RFC 8725 section 3.9).
    fn client(&self, name: &'static str, expected: &Expectations) -> Result<&str> {
        let is_expected = |client: &str| match &expected.clients {
            Clients::Any => !client.is_empty(),
            Clients::OneOf(clients) => clients.contains(client),
        };
        match self.0.get(name) {
            Some(Value::String(client)) if is_expected(client) => Ok(client),
            _ => Err(VerifyError::claim_at_fault(Reason::InvalidClient, name)),
        }
    }

    /// `exp` and `iat` are required: without `exp` a token would be good for ever, without `iat`
    /// it could not be revoked by its user. Fractions of a second are rounded to the strict side.
    fn times(&self, expected: &Expectations, now: u64) -> Result<Times> {
        let leeway = expected.leeway;
        let exp = self.date("exp")?.ok_or_else(|| invalid("exp"))?;
        // "On or after" (RFC 7519 section 4.1.4).
        let exp = exp
            .floor()
            .filter(|exp| now < exp.saturating_add(leeway))
            .ok_or_else(|| VerifyError::claim_at_fault(Reason::Expired, "exp"))?;
        let iat = self.date("iat")?.and_then(Date::floor);
        let iat = iat.ok_or_else(|| invalid("iat"))?;
        let lifetime = exp.checked_sub(iat).ok_or_else(|| invalid("iat"))?;
        if lifetime > MAX_LIFETIME.saturating_add(leeway) {
            return Err(invalid("exp"));
        }
        let nbf = match self.date("nbf")? {
            Some(nbf) => Some(nbf.ceil().ok_or_else(|| invalid("nbf"))?),
            None => None,
        };
        if nbf.is_some_and(|nbf| nbf > now.saturating_add(leeway)) {
            return Err(VerifyError::claim_at_fault(Reason::NotYetValid, "nbf"));
        }
        let auth_time = match self.date("auth_time")? {
            Some(time) => Some(time.floor().ok_or_else(|| invalid("auth_time"))?),
            None => None,
        };
        Ok(Times {
            exp,
            iat,
            nbf,
            auth_time,
        })
    }

    fn subject(&self) -> Result<&str> {
        match self.0.get("sub") {
            Some(Value::String(sub)) if !sub.is_empty() => Ok(sub),
            _ => Err(invalid("sub")),
        }
    }

    /// `aud` of an access token names the resource that it is for, where the client asked for one
    /// (resource binding): one text or several. Other claims are not mistaken for it.
    fn resource_audience(&self) -> Result<Vec<&str>> {
        let text = |value| Value::as_str(value).ok_or_else(|| invalid("aud"));
        match self.0.get("aud") {
            None => Ok(Vec::new()),
            Some(Value::String(aud)) => Ok(vec![aud]),
            Some(Value::Array(auds)) => auds.iter().map(text).collect(),
            Some(_) => Err(invalid("aud")),
        }
    }

    /// `scope`: separated by spaces (RFC 8693 section 4.2).
    fn scope(&self) -> Result<Vec<String>> {
        let scope = self.text("scope")?.unwrap_or_default();
        let names = scope.split(' ').filter(|name| !name.is_empty());
        Ok(names.map(str::to_owned).collect())
    }

    fn date(&self, name: &'static str) -> Result<Option<Date>> {
        match self.0.get(name) {
            None => Ok(None),
            Some(value) => Date::new(value).map(Some).ok_or_else(|| invalid(name)),
        }
    }

    fn text(&self, name: &'static str) -> Result<Option<String>> {
        match self.0.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(invalid(name)),
        }
    }

    fn texts(&self, name: &'static str) -> Result<Vec<String>> {
        let text = |value: &Value| match value {
            Value::String(text) => Ok(text.clone()),
            _ => Err(invalid(name)),
        };
        match self.0.get(name) {
            None => Ok(Vec::new()),
            Some(Value::Array(texts)) => texts.iter().map(text).collect(),
            Some(_) => Err(invalid(name)),
        }
    }

    /// A truth value. Attributes that come from some identity providers are text.
    fn flag(&self, name: &'static str) -> Result<Option<bool>> {
        match self.0.get(name) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(Value::String(text)) if text == "true" => Ok(Some(true)),
            Some(Value::String(text)) if text == "false" => Ok(Some(false)),
            Some(_) => Err(invalid(name)),
        }
    }
}

fn invalid(name: &'static str) -> VerifyError {
    VerifyError::claim_at_fault(Reason::InvalidClaim, name)
}

#[cfg(test)]
mod tests;
