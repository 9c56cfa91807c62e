//! Verifies the logins in a request to an identity pool: ID tokens of user pools of this emulator.

use std::borrow::Cow;

use serde::Deserialize;

use crate::model::failure::Failure;
use crate::model::request;
use crate::model::time::seconds;
use crate::state::call::Call;
use crate::state::identity_pools::IdentityPool;
use crate::state::service::Service;
use crate::state::tokens::claims::IdToken;

/// A user pool whose tokens an identity pool accepts (`CognitoIdentityProvider`).
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Provider<'a> {
    provider_name: Option<&'a str>,
    client_id: Option<&'a str>,
    server_side_token_check: Option<bool>,
}

/// Returns the name that AWS uses for an identity provider, such as
/// `cognito-idp.us-east-1.amazonaws.com/us-east-1_Example`. This is the issuer of a user pool in
/// AWS, without the scheme.
///
/// Clients such as Amplify read the issuer from the ID token, and send it without the scheme. The
/// issuer of a pool of the emulator does not have AWS's form by default. If `name` is the issuer of
/// a pool of this emulator without the scheme, returns AWS's name for the pool. Returns any other
/// name unchanged.
pub(super) fn provider_name<'n>(call: &Call<'_>, name: &'n str) -> Cow<'n, str> {
    let Some((_, id)) = name.rsplit_once('/') else {
        return name.into();
    };
    let is_issuer = call.pools.get(id).is_ok_and(|pool| {
        let issuer = pool.settings.issuer.split_once("://");
        issuer.is_some_and(|(_, issuer)| issuer == name)
    });
    match id.split_once('_') {
        Some((region, _)) if is_issuer => format!("cognito-idp.{region}.amazonaws.com/{id}").into(),
        _ => name.into(),
    }
}

pub(super) fn unsupported() -> Failure {
    Failure::not_authorized("Token is not from a supported provider of this identity pool.")
}

/// A verified login.
pub(super) struct Login {
    /// AWS's name of the provider.
    pub(super) provider: String,
    pub(super) client_id: String,
    /// The `sub` of the user.
    pub(super) user: String,
    /// The ARNs of the roles in the token.
    pub(super) roles: Vec<String>,
    /// `true` if the token names one of the roles as the preferred one.
    pub(super) prefers_role: bool,
}

/// Verifies a login: AWS's name of a provider and an ID token.
pub(super) fn verify(
    call: &Call<'_>,
    pool: &IdentityPool,
    (name, token): (&str, &str),
) -> Result<Login, Failure> {
    let providers = pool.settings.get("CognitoIdentityProviders");
    let providers: Vec<Provider<'_>> = providers.map_or(Ok(Vec::new()), request::read)?;
    let of_pool = |provider: &&Provider<'_>| provider.provider_name == Some(name);
    let own: Vec<_> = providers.iter().filter(of_pool).collect();
    if own.is_empty() {
        return Err(unsupported());
    }
    let (_, user_pool) = name.rsplit_once('/').unwrap_or(("", name));
    let service = call
        .pools
        .get(user_pool)
        .map_err(|_| invalid(OTHER_ISSUER))?;
    let token = read(call, &service, token)?;
    let mut own = own.into_iter();
    let provider = own.find(|provider| provider.client_id == Some(&token.aud));
    let provider = provider.ok_or_else(unsupported)?;
    let login = Login {
        provider: name.to_owned(),
        client_id: token.aud.clone(),
        user: token.sub.clone(),
        roles: token.roles(),
        prefers_role: token.prefers_role(),
    };
    if provider.server_side_token_check == Some(true) {
        let bearer = token.bearer();
        let call = Call::new(call.pools, &service, call.fields, call.operation);
        let found = call.bearer(&mut call.state(), &bearer).map(|_| ());
        found.map_err(|_| invalid("Token is revoked, or the user cannot sign in."))?;
    }
    Ok(login)
}

const OTHER_ISSUER: &str = "Issuer doesn't match providerName";

fn invalid(reason: &str) -> Failure {
    Failure::not_authorized(format!("Invalid login token. {reason}"))
}

/// Verifies and parses an ID token: its key id, signature, issuer and expiry.
fn read(call: &Call<'_>, service: &Service, token: &str) -> Result<IdToken, Failure> {
    let header = token.split('.').next().unwrap_or_default();
    if service.tokens.access.is_named_by(header) {
        return Err(invalid("Missing a required claim: aud"));
    }
    if !service.tokens.id.is_named_by(header) {
        let mut all = call.pools.all().into_iter();
        let is_other = all.any(|pool| pool.tokens.id.is_named_by(header));
        let reason = if is_other {
            OTHER_ISSUER
        } else {
            "Not a Cognito token."
        };
        return Err(invalid(reason));
    }
    let token = service.tokens.read_id(token);
    let token = token.ok_or_else(|| invalid("Couldn't verify signed token."))?;
    // A replica has another issuer.
    if token.iss != service.settings.issuer {
        return Err(invalid(OTHER_ISSUER));
    }
    let now = seconds(call.now);
    if token.exp <= now {
        return Err(invalid(&format!("Token expired: {now} >= {}", token.exp)));
    }
    Ok(token)
}
