//! A program that measures the verifier of the crate `aliri_oauth2`. Its `Authority` verifies a
//! token and checks its scopes.

use aliri::jwt::{Audiences, CoreClaims, CoreValidator, Issuer, IssuerRef, Subject, SubjectRef};
use aliri::{jwa, Jwks, JwtRef};
use aliri_clock::UnixTime;
use aliri_oauth2::{Authority, HasScope, Scope, ScopePolicy};
use serde::Deserialize;

use cognito_jwt_peers::{run, Peer, Result, Setup};

#[derive(Deserialize)]
#[allow(dead_code, reason = "a user of the library would want the claims")]
struct Claims {
    #[serde(default)]
    aud: Audiences,
    auth_time: u64,
    client_id: String,
    #[serde(rename = "cognito:groups", default)]
    groups: Vec<String>,
    event_id: Option<String>,
    exp: UnixTime,
    iat: u64,
    iss: Issuer,
    jti: Option<String>,
    origin_jti: Option<String>,
    scope: Scope,
    sub: Subject,
    token_use: String,
    username: Option<String>,
}

impl CoreClaims for Claims {
    fn nbf(&self) -> Option<UnixTime> {
        None
    }

    fn exp(&self) -> Option<UnixTime> {
        Some(self.exp)
    }

    fn aud(&self) -> &Audiences {
        &self.aud
    }

    fn iss(&self) -> Option<&IssuerRef> {
        Some(&self.iss)
    }

    fn sub(&self) -> Option<&SubjectRef> {
        Some(&self.sub)
    }
}

impl HasScope for Claims {
    fn scope(&self) -> &Scope {
        &self.scope
    }
}

fn main() -> Result<()> {
    run("aliri_oauth2", start)
}

fn start(setup: &Setup) -> Result<Peer> {
    let keys: Jwks = serde_json::from_str(&setup.jwks)?;
    let validator = CoreValidator::default()
        .add_approved_algorithm(jwa::Algorithm::RS256)
        .require_issuer(Issuer::new(setup.issuer.clone()))
        .check_expiration();
    let authority = Authority::new(keys, validator);
    let policy = ScopePolicy::allow_any();
    let client_id = setup.client_id.clone();
    let accepts = move |token: &str| {
        authority
            .verify_token::<Claims>(JwtRef::from_str(token), &policy)
            .is_ok_and(|claims| claims.client_id == client_id && claims.token_use == "access")
    };
    Ok(Box::new(move |token, times| {
        (0..times).map(|_| u32::from(accepts(token))).sum()
    }))
}
