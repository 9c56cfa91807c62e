//! Checks the header and the claims of a load balancer's token. The functions have no clock and no
//! I/O.
//!
//! The Elastic Load Balancing user guide documents the names and types of the claims: "Authenticate
//! users using an Application Load Balancer", section on user claims encoding and signature
//! verification.

use std::collections::BTreeSet;

use cognito_core::ClientId;
use serde_json::{Map, Value};

use crate::alb::claims::AlbClaims;
use crate::error::{Reason, VerifyError, issuer_advice};

/// The maximum length of a key id, in bytes. Load balancers use UUIDs of 36 bytes.
const MAX_KID_LENGTH: usize = 64;

type Result<T> = std::result::Result<T, VerifyError>;

/// The configured values that a token is checked against.
#[derive(Debug)]
pub(super) struct Expectations {
    pub(super) issuers: Vec<String>,
    pub(super) clients: BTreeSet<ClientId>,
    pub(super) signers: Vec<Signer>,
    /// The allowed difference between the load balancer's clock and the verifier's clock, in
    /// seconds.
    pub(super) leeway: u64,
}

/// An accepted load balancer with the base URL of its keys.
#[derive(Debug)]
pub(super) struct Signer {
    pub(super) arn: Box<str>,
    pub(super) key_uri: Box<str>,
}

/// The checked members of a token's header. Until the signature is verified, they may be forged.
pub(super) struct Header<'a> {
    pub(super) signer: &'a Signer,
    client: &'a str,
    issuer: &'a str,
    exp: u64,
    kid: &'a str,
}

impl<'a> Header<'a> {
    /// Checks the members of a header. `now` is in seconds since 1970-01-01T00:00:00Z.
    ///
    /// `jwk`, `jku`, `x5u` and `x5c` are ignored, because a token must not choose its own key.
    pub(super) fn check(
        header: &'a Map<String, Value>,
        expected: &'a Expectations,
        now: u64,
    ) -> Result<Self> {
        check_format(header)?;
        let kid = kid(header)?;
        let claims = Claims(header);
        let signer = claims.signer(expected)?;
        let issuer = claims.issuer(expected)?;
        let client = claims.client(expected)?;
        let exp = claims
            .expiry(expected, now)?
            .ok_or_else(|| invalid("exp"))?;
        Ok(Self {
            signer,
            issuer,
            client,
            exp,
            kid,
        })
    }

    /// Returns the URL of the key: the base URL of the load balancer, a slash and the key id.
    pub(super) fn key_url(&self) -> String {
        format!("{}/{}", self.signer.key_uri, self.kid)
    }

    /// Checks the claims of the payload and copies them. Call it only after the signature was
    /// verified. `now` is in seconds since 1970-01-01T00:00:00Z.
    pub(super) fn claims(
        &self,
        all: Map<String, Value>,
        expected: &Expectations,
        now: u64,
    ) -> Result<AlbClaims> {
        let claims = Claims(&all);
        // The load balancer also writes `iss` and `exp` into the payload, which is not documented.
        if all.contains_key("iss") && claims.issuer(expected)? != self.issuer {
            return Err(VerifyError::claim_at_fault(Reason::InvalidIssuer, "iss"));
        }
        let exp = claims.expiry(expected, now)?;
        claims.not_before(expected, now)?;
        Ok(AlbClaims {
            sub: claims.subject()?,
            iss: self.issuer.to_owned(),
            client: self.client.to_owned(),
            signer: self.signer.arn.as_ref().to_owned(),
            exp: exp.map_or(self.exp, |exp| exp.min(self.exp)),
            username: claims.text("username")?,
            email: claims.text("email")?,
            email_verified: claims.flag("email_verified")?,
            phone_number: claims.text("phone_number")?,
            phone_number_verified: claims.flag("phone_number_verified")?,
            all,
        })
    }
}

/// Checks three properties of the header: `alg` is `ES256`, `typ` is `JWT` or missing, and `crit`,
/// `b64`, `cty` and `zip` are missing. Load balancers use only the algorithm ES256.
fn check_format(header: &Map<String, Value>) -> Result<()> {
    let is_es256 = |alg: &Value| alg == "ES256";
    if !header.get("alg").is_some_and(is_es256) {
        return Err(VerifyError::new(Reason::UnsupportedAlgorithm));
    }
    if header.contains_key("crit") || header.contains_key("b64") {
        return Err(VerifyError::new(Reason::CriticalHeader));
    }
    let is_jwt = |typ: &Value| {
        typ.as_str()
            .is_some_and(|typ| typ.eq_ignore_ascii_case("JWT"))
    };
    let is_nested = header.contains_key("cty") || header.contains_key("zip");
    if is_nested || !header.get("typ").is_none_or(is_jwt) {
        return Err(VerifyError::new(Reason::WrongType));
    }
    Ok(())
}

/// Returns the key id. Fails if it is missing, empty or too long, or contains characters other than
/// ASCII letters, digits and hyphens. The limits exist because the key id becomes a part of a URL.
fn kid(header: &Map<String, Value>) -> Result<&str> {
    let Some(Value::String(kid)) = header.get("kid") else {
        return Err(VerifyError::new(Reason::MissingKid));
    };
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    if !(1..=MAX_KID_LENGTH).contains(&kid.len()) || !kid.bytes().all(is_plain) {
        return Err(VerifyError::new(Reason::UnknownKid));
    }
    Ok(kid)
}

/// The members of a token's header, or the claims in its payload.
struct Claims<'a>(&'a Map<String, Value>);

impl<'a> Claims<'a> {
    /// Returns the configured load balancer whose ARN is equal to `signer`, byte for byte. Fails if
    /// no load balancer has this ARN. Security: the keys of a region sign the tokens of all load
    /// balancers in it. Without this check, the verifier would accept tokens from the load balancer
    /// of any AWS customer.
    fn signer<'e>(&self, expected: &'e Expectations) -> Result<&'e Signer> {
        let signer = self.0.get("signer").and_then(Value::as_str);
        expected
            .signers
            .iter()
            .find(|expected| signer == Some(&*expected.arn))
            .ok_or_else(|| VerifyError::claim_at_fault(Reason::WrongSigner, "signer"))
    }

    /// Returns `iss`. Fails if it is missing, or if it is not equal, byte for byte, to an issuer
    /// that the verifier accepts (RFC 8725 section 3.8).
    fn issuer(&self, expected: &Expectations) -> Result<&'a str> {
        match self.0.get("iss") {
            Some(Value::String(iss)) if expected.issuers.contains(iss) => Ok(iss),
            _ => {
                let expected: Vec<&str> = expected.issuers.iter().map(String::as_str).collect();
                Err(VerifyError::wrong_issuer(issuer_advice(&expected).into()))
            }
        }
    }

    fn client(&self, expected: &Expectations) -> Result<&'a str> {
        match self.0.get("client") {
            Some(Value::String(client)) if expected.clients.contains(client.as_str()) => Ok(client),
            _ => Err(VerifyError::claim_at_fault(Reason::InvalidClient, "client")),
        }
    }

    /// Returns `exp`, or `None` if it is missing. Fails if it has passed, or is not a whole number
    /// of seconds. Load balancers write whole seconds.
    fn expiry(&self, expected: &Expectations, now: u64) -> Result<Option<u64>> {
        let exp = self.seconds("exp")?;
        // "On or after" (RFC 7519 section 4.1.4).
        if exp.is_some_and(|exp| now >= exp.saturating_add(expected.leeway)) {
            return Err(VerifyError::claim_at_fault(Reason::Expired, "exp"));
        }
        Ok(exp)
    }

    fn not_before(&self, expected: &Expectations, now: u64) -> Result<()> {
        let nbf = self.seconds("nbf")?;
        if nbf.is_some_and(|nbf| nbf > now.saturating_add(expected.leeway)) {
            return Err(VerifyError::claim_at_fault(Reason::NotYetValid, "nbf"));
        }
        Ok(())
    }

    fn subject(&self) -> Result<String> {
        let sub = self.text("sub")?.filter(|sub| !sub.is_empty());
        sub.ok_or_else(|| invalid("sub"))
    }

    fn seconds(&self, name: &'static str) -> Result<Option<u64>> {
        self.read(name, Value::as_u64)
    }

    fn text(&self, name: &'static str) -> Result<Option<String>> {
        self.read(name, |value| value.as_str().map(str::to_owned))
    }

    /// Returns a boolean claim, or `None` if it is missing. The strings `true` and `false` are also
    /// accepted, because the user info endpoint of the pool writes them.
    fn flag(&self, name: &'static str) -> Result<Option<bool>> {
        self.read(name, |value| match value.as_str() {
            Some("true") => Some(true),
            Some("false") => Some(false),
            _ => value.as_bool(),
        })
    }

    fn read<T>(
        &self,
        name: &'static str,
        read: impl FnOnce(&Value) -> Option<T>,
    ) -> Result<Option<T>> {
        match self.0.get(name) {
            None => Ok(None),
            Some(value) => read(value).map(Some).ok_or_else(|| invalid(name)),
        }
    }
}

fn invalid(name: &'static str) -> VerifyError {
    VerifyError::claim_at_fault(Reason::InvalidClaim, name)
}
