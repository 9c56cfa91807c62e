//! `REFRESH_TOKEN_AUTH`, `GetTokensFromRefreshToken`, `RevokeToken`.

use std::sync::Arc;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use serde_json::json;

use crate::model::client::secret_hash::check_secret_hash;
use crate::model::client::{AuthFlow, Client, Secret};
use crate::model::failure::{Answer, Failure};
use crate::model::request::Texts;
use crate::model::time::seconds;
use crate::model::user::User;
use crate::operations::authentication::sign_in::not_enabled;
use crate::state::call::Call;
use crate::state::families::Turn;
use crate::state::pool::State;
use crate::state::tokens::Tokens;
use crate::state::tokens::grant::Grant;
use crate::state::tokens::refresh::RefreshClaims;

/// The refresh flows of `InitiateAuth` and `AdminInitiateAuth`.
pub(crate) fn by_flow(call: &Call<'_>, client: &Arc<Client>, parameters: &Texts<'_>) -> Answer {
    if client.rotation_grace.is_some() {
        return Err(Failure::new(
            "UnsupportedOperationException",
            "Refresh token rotation is enabled for this client; REFRESH_TOKEN_AUTH is not \
             supported",
        ));
    }
    if !client.allows(AuthFlow::RefreshToken) {
        return Err(not_enabled());
    }
    let token = parameters.require("REFRESH_TOKEN")?;
    // An invalid token is rejected before the secret hash is checked.
    let claims = read(call, client, token, parameters.get("DEVICE_KEY"))?;
    let grant = {
        let mut state = call.state();
        let user = owner(call, &mut state, &claims)?;
        check_secret_hash(client, &user.username, parameters.get("SECRET_HASH"))
            .map_err(|failure| legacy_mismatch(client, parameters, failure))?;
        Tokens::renewal(user, client, &claims, None, call.now)
    };
    let mut answer = answer(call, &grant)?;
    answer["ChallengeParameters"] = json!({});
    Ok(answer)
}

/// `GetTokensFromRefreshToken`.
pub(crate) fn get_tokens(call: &Call<'_>) -> Answer {
    let token = call.required("RefreshToken")?;
    let client = call.client()?;
    let claims = read(call, &client, token, call.text("DeviceKey"))?;
    check_secret(&client, call.text("ClientSecret")).map_err(|()| {
        Failure::not_authorized(format!("Unable to verify secret for client {}", client.id))
    })?;
    let grant = renew_with(call, &client, &claims)?;
    answer(call, &grant)
}

/// Returns the result of `GetTokensFromRefreshToken`. The token endpoint uses it too.
pub(crate) fn renew(call: &Call<'_>, client: &Arc<Client>, token: &str) -> Result<Grant, Failure> {
    // The endpoint does not support devices, so it rejects tokens of a device.
    let claims = read(call, client, token, None)?;
    renew_with(call, client, &claims)
}

fn renew_with(
    call: &Call<'_>,
    client: &Arc<Client>,
    claims: &RefreshClaims,
) -> Result<Grant, Failure> {
    let mut state = call.state();
    owner(call, &mut state, claims)?;
    let turn = match client.rotation_grace {
        None => None,
        Some(grace) => {
            let families = &mut state.families;
            let (family, turn) = (&claims.family, claims.turn);
            match families.rotate(family, turn, grace, claims.expires, call.now) {
                Turn::Next(turn) => Some(turn),
                Turn::Reused => {
                    return Err(Failure::new(
                        "RefreshTokenReuseException",
                        "Refresh token has been reused",
                    ));
                }
            }
        }
    };
    let user = owner(call, &mut state, claims)?;
    Ok(Tokens::renewal(user, client, claims, turn, call.now))
}

/// `RevokeToken`.
pub(crate) fn revoke(call: &Call<'_>) -> Answer {
    let token = call.required("Token")?;
    let client = call.client().map_err(|failure| {
        // The operation has no ResourceNotFoundException.
        failure.renamed("ResourceNotFoundException", "UnauthorizedException")
    })?;
    check_secret(&client, call.text("ClientSecret"))
        .map_err(|()| Failure::new("UnauthorizedException", "Invalid client secret."))?;
    revoke_family(call, &client, token)?;
    Ok(json!({}))
}

/// Revokes the sign-in of a refresh token of an authenticated client.
pub(crate) fn revoke_family(call: &Call<'_>, client: &Client, token: &str) -> Result<(), Failure> {
    if !client.revocation {
        return Err(Failure::new(
            "UnsupportedOperationException",
            "Token revocation is not enabled for this client.",
        ));
    }
    let tokens = &call.service.tokens;
    let Some(claims) = tokens.seal.open(token) else {
        let header = token.split('.').next().unwrap_or_default();
        let is_ours = tokens.access.is_named_by(header) || tokens.id.is_named_by(header);
        return Err(if is_ours {
            Failure::new("UnsupportedTokenTypeException", "Unsupported token type")
        } else {
            Failure::invalid_parameter("Invalid refresh token")
        });
    };
    if claims.client != client.id {
        return Err(Failure::new(
            "UnauthorizedException",
            "The token does not belong to this client.",
        ));
    }
    let families = &mut call.state().families;
    families.revoke(&claims.family, claims.expires, call.now);
    Ok(())
}

/// Returns the content of a refresh token. Fails if it does not belong to this client and device,
/// or has expired.
fn read(
    call: &Call<'_>,
    client: &Client,
    token: &str,
    device: Option<&str>,
) -> Result<RefreshClaims, Failure> {
    let claims = call.service.tokens.seal.open(token);
    let claims = claims
        .filter(|claims| claims.client == client.id)
        .filter(|claims| claims.device.is_none() || claims.device.as_deref() == device)
        .ok_or_else(invalid)?;
    if claims.expires <= seconds(call.now) {
        return Err(Failure::not_authorized("Refresh Token has expired"));
    }
    Ok(claims)
}

/// Returns the user of a refresh token. Fails if the token was revoked.
fn owner<'s>(
    call: &Call<'_>,
    state: &'s mut State,
    claims: &RefreshClaims,
) -> Result<&'s mut User, Failure> {
    let is_revoked = state.families.is_revoked(&claims.family);
    let user = state
        .users
        .find_mut(&claims.username)
        .filter(|user| user.sub == claims.sub)
        .ok_or_else(invalid)?;
    let device = claims.device.as_deref();
    if device.is_some_and(|key| user.devices.is_forgotten(key)) {
        return Err(invalid());
    }
    if !user.enabled {
        return Err(Failure::disabled());
    }
    let is_current = call.service.tokens.is_current(&claims.family, user);
    if is_revoked || !is_current || claims.generation != user.generation {
        return Err(Failure::not_authorized("Refresh Token has been revoked"));
    }
    user.check_usable()?;
    Ok(user)
}

fn answer(call: &Call<'_>, grant: &Grant) -> Answer {
    let result = call.issue(grant)?;
    Ok(json!({ "AuthenticationResult": result }))
}

/// Checks the client secret. Newer operations send the secret itself instead of a secret hash.
pub(crate) fn check_secret(client: &Client, given: Option<&str>) -> Result<(), ()> {
    let Some(given) = given else {
        return client.secrets.is_empty().then_some(()).ok_or(());
    };
    let is_given =
        |secret: &Secret| verify_slices_are_equal(secret.text.as_bytes(), given.as_bytes()).is_ok();
    client.secrets.iter().any(is_given).then_some(()).ok_or(())
}

/// Returns the error for a wrong secret hash. Its message differs from that of a sign-in.
fn legacy_mismatch(client: &Client, parameters: &Texts<'_>, failure: Failure) -> Failure {
    if !client.secrets.is_empty() && parameters.get("SECRET_HASH").is_some() {
        let id = &client.id;
        return Failure::not_authorized(format!("SecretHash does not match for the client: {id}"));
    }
    failure
}

fn invalid() -> Failure {
    Failure::not_authorized("Invalid Refresh Token.")
}
