//! Tokens with scopes: tokens of the hosted pages, and tokens of app clients.

use std::sync::Arc;
use std::time::SystemTime;

use serde::Serialize;

use crate::model::client::Client;
use crate::model::failure::Failure;
use crate::model::random::Random;
use crate::model::time::seconds;
use crate::model::user::User;
use crate::state::tokens::grant::{Grant, SignInProof};
use crate::state::tokens::overrides::Overrides;
use crate::state::tokens::{Tokens, internal};

/// The properties of tokens that the hosted pages issue.
#[derive(Debug)]
pub(crate) struct Hosted {
    pub(crate) scopes: Vec<String>,
    pub(crate) nonce: Option<String>,
    pub(crate) proof: SignInProof,
    /// The resource to which the access token is bound. `None` if it is not bound.
    pub(crate) resource: Option<String>,
    /// `true` if a refresh token is issued too.
    pub(crate) renewable: bool,
}

/// The claims of an access token of the grant `client_credentials`.
#[derive(Serialize)]
struct MachineClaims<'a> {
    sub: &'a str,
    token_use: &'static str,
    scope: &'a str,
    auth_time: u64,
    iss: &'a str,
    exp: u64,
    iat: u64,
    version: u8,
    jti: String,
    client_id: &'a str,
}

impl Tokens {
    /// Returns the grant of a sign-in at the hosted pages, with the scopes and the nonce of the
    /// authorization request.
    pub(crate) fn hosted(
        &self,
        user: &User,
        client: &Arc<Client>,
        hosted: Hosted,
        now: SystemTime,
        random: &Random,
    ) -> Grant {
        let mut grant = self.sign_in(user, client, now, random);
        grant.nonce = hosted.nonce;
        grant.proof = hosted.proof;
        grant.resource = hosted.resource;
        if !hosted.renewable {
            grant.refresh = None;
        }
        grant.narrow(&hosted.scopes);
        grant
    }

    /// Returns an access token for an app client itself (grant `client_credentials`,
    /// `GetClientToken`).
    pub(crate) fn machine(
        &self,
        client: &Client,
        scopes: &[String],
        overrides: &Overrides,
        now: SystemTime,
        random: &Random,
    ) -> Result<String, Failure> {
        let now = seconds(now);
        let claims = MachineClaims {
            sub: &client.id,
            token_use: "access",
            scope: &scopes.join(" "),
            auth_time: now,
            iss: &self.issuer,
            exp: now.saturating_add(client.validity.access.as_secs()),
            iat: now,
            version: 2,
            jti: random.uuid(),
            client_id: &client.id,
        };
        let claims = serde_json::to_string(&claims).map_err(|_| internal())?;
        let claims = overrides.in_access(claims);
        self.access.sign(&claims).ok_or_else(internal)
    }
}

impl Grant {
    /// Sets the scopes, and removes the attributes that the scopes do not allow in the ID token.
    pub(super) fn narrow(&mut self, scopes: &[String]) {
        let names: Vec<_> = scopes.iter().map(String::as_str).collect();
        self.attributes.retain(|name, _| opens(&names, name));
        self.scope = Some(scopes.join(" "));
    }

    /// Returns `true` if an ID token is issued. If the user has signed in on the hosted pages, an
    /// ID token is issued only with the scope `openid`. After any other sign-in, an ID token is
    /// always issued.
    pub(super) fn has_id_token(&self) -> bool {
        let scope = self.scope.as_deref();
        scope.is_none_or(|scope| scope.split(' ').any(|scope| scope == "openid"))
    }
}

/// Returns `true` if the scopes allow an attribute in ID tokens and at `/oauth2/userInfo`.
///
/// - Without `openid`, no attribute is allowed.
/// - `openid` with `email` or `phone`, but without `profile`, allows only the attributes of these
///   scopes.
/// - `openid` in other combinations allows all attributes.
pub(crate) fn opens(scopes: &[&str], attribute: &str) -> bool {
    let has = |scope: &str| scopes.contains(&scope);
    match attribute {
        _ if !has("openid") => false,
        _ if has("profile") || !(has("email") || has("phone")) => true,
        "email" | "email_verified" => has("email"),
        "phone_number" | "phone_number_verified" => has("phone"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_open_attributes() {
        for (scopes, opened) in [
            (&["openid"][..], [true, true, true]),
            (&["openid", "profile", "email"], [true, true, true]),
            (&["openid", "email"], [true, false, false]),
            (&["openid", "phone"], [false, true, false]),
            (&["openid", "email", "phone"], [true, true, false]),
            (&["openid", "https://api/read"], [true, true, true]),
            (&["email"], [false, false, false]),
        ] {
            let found = ["email_verified", "phone_number", "name"].map(|name| opens(scopes, name));
            assert_eq!(found, opened, "{scopes:?}");
        }
    }
}
