//! The flow `REFRESH_TOKEN_AUTH`, and the operations `GetTokensFromRefreshToken` and `RevokeToken`.

use std::sync::Arc;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use serde_json::json;

use crate::model::client::secret_hash::check_secret_hash;
use crate::model::client::{AuthFlow, Client, Secret};
use crate::model::failure::{Answer, Failure};
use crate::model::request::Texts;
use crate::model::time::seconds;
use crate::model::user::User;
use crate::operations::authentication::sign_in::NOT_ENABLED;
use crate::operations::common::invalid;
use crate::state::call::Call;
use crate::state::families::Turn;
use crate::state::pool::State;
use crate::state::tokens::Tokens;
use crate::state::tokens::grant::Grant;
use crate::state::tokens::refresh::RefreshClaims;

/// Handles the flows `REFRESH_TOKEN_AUTH` and `REFRESH_TOKEN` of `InitiateAuth` and
/// `AdminInitiateAuth`.
pub(super) fn by_flow(call: &Call<'_>, client: Arc<Client>, parameters: &Texts<'_>) -> Answer {
    if client.rotation_grace.is_some() {
        return Err(Failure::new(
            "UnsupportedOperationException",
            "Refresh token rotation is enabled for this client; REFRESH_TOKEN_AUTH is not \
             supported",
        ));
    }
    if !client.allows(AuthFlow::RefreshToken) {
        return invalid(NOT_ENABLED);
    }
    let token = parameters.require("REFRESH_TOKEN")?;
    // An invalid token is rejected before the secret hash is checked.
    let refresh = Refresh::read(call, client, token, parameters.get("DEVICE_KEY"))?;
    let client = &refresh.client;
    let grant = {
        let mut state = call.state();
        let user = refresh.user(&mut state)?;
        let hash = parameters.get("SECRET_HASH");
        check_secret_hash(client, &user.username, hash).map_err(|failure| {
            if client.secrets.is_empty() || hash.is_none() {
                return failure;
            }
            // The message differs from that of a sign-in.
            let id = &client.id;
            Failure::not_authorized(format!("SecretHash does not match for the client: {id}"))
        })?;
        Tokens::renewal(user, client, &refresh.claims, None, call.now)
    };
    let result = call.issue(&grant)?;
    Ok(json!({ "AuthenticationResult": result, "ChallengeParameters": {} }))
}

pub(crate) fn get_tokens(call: &Call<'_>) -> Answer {
    let token = call.required("RefreshToken")?;
    let refresh = Refresh::read(call, call.client()?, token, call.text("DeviceKey"))?;
    check_secret(&refresh.client, call.text("ClientSecret")).map_err(|()| {
        let id = &refresh.client.id;
        Failure::not_authorized(format!("Unable to verify secret for client {id}"))
    })?;
    let result = call.issue(&refresh.renew()?)?;
    Ok(json!({ "AuthenticationResult": result }))
}

/// Exchanges a refresh token for new tokens. The token endpoint calls this function after it has
/// authenticated the client. Refresh tokens of a device are rejected, because requests to the token
/// endpoint have no device key.
pub(crate) fn renew(call: &Call<'_>, client: &Arc<Client>, token: &str) -> Result<Grant, Failure> {
    Refresh::read(call, Arc::clone(client), token, None)?.renew()
}

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

/// Revokes all tokens of the sign-in to which a refresh token belongs. The caller must have
/// authenticated the client. Fails if the token is invalid or belongs to another client, or if the
/// client does not allow revocation.
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
    if claims.client != client.public_id() {
        return Err(Failure::new(
            "UnauthorizedException",
            "The token does not belong to this client.",
        ));
    }
    let families = &mut call.state().families;
    families.revoke(&claims.family, claims.expires, call.now);
    Ok(())
}

/// A request with a refresh token: the call, its app client, and the content of the token.
struct Refresh<'a> {
    call: &'a Call<'a>,
    client: Arc<Client>,
    claims: RefreshClaims,
}

impl<'a> Refresh<'a> {
    /// Reads a refresh token. Fails if the token is invalid or has expired, or if it belongs to
    /// another client or device.
    fn read(
        call: &'a Call<'a>,
        client: Arc<Client>,
        token: &str,
        device: Option<&str>,
    ) -> Result<Self, Failure> {
        let claims = call.service.tokens.seal.open(token);
        let claims = claims
            .filter(|claims| claims.client == client.public_id())
            .filter(|claims| claims.device.is_none() || claims.device.as_deref() == device)
            .ok_or_else(invalid_token)?;
        if claims.expires <= seconds(call.now) {
            return Err(Failure::not_authorized("Refresh Token has expired"));
        }
        Ok(Self {
            call,
            client,
            claims,
        })
    }

    /// Returns the user of the refresh token. Fails if the token was revoked, or if the user is not
    /// allowed to sign in.
    fn user<'s>(&self, state: &'s mut State) -> Result<&'s mut User, Failure> {
        let claims = &self.claims;
        let is_revoked = state.families.is_revoked(&claims.family);
        let user = state.users.find_by_key(&claims.user);
        let user = user.ok_or_else(invalid_token)?;
        let device = claims.device.as_deref();
        if device.is_some_and(|key| user.devices.is_forgotten(key)) {
            return Err(invalid_token());
        }
        if !user.enabled {
            return Err(Failure::disabled());
        }
        let is_current = self.call.service.tokens.is_current(&claims.family, user);
        if is_revoked || !is_current || claims.generation != user.generation {
            return Err(Failure::not_authorized("Refresh Token has been revoked"));
        }
        user.check_usable()?;
        Ok(user)
    }

    /// Returns the grant for new tokens. If the client rotates refresh tokens, replaces the refresh
    /// token in the request. Fails with `RefreshTokenReuseException` if that token was replaced
    /// before and its grace period has ended.
    fn renew(&self) -> Result<Grant, Failure> {
        let (claims, now) = (&self.claims, self.call.now);
        let mut state = self.call.state();
        self.user(&mut state)?;
        let mut turn = None;
        if let Some(grace) = self.client.rotation_grace {
            let families = &mut state.families;
            match families.rotate(&claims.family, claims.turn, grace, claims.expires, now) {
                Turn::Next(next) => turn = Some(next),
                Turn::Reused => {
                    return Err(Failure::new(
                        "RefreshTokenReuseException",
                        "Refresh token has been reused",
                    ));
                }
            }
        }
        let user = self.user(&mut state)?;
        Ok(Tokens::renewal(user, &self.client, claims, turn, now))
    }
}

/// Fails if the secret in a request is wrong or missing. `given` is `None` if the request contains
/// no secret. Only a client without a secret can omit it.
pub(crate) fn check_secret(client: &Client, given: Option<&str>) -> Result<(), ()> {
    let is_given = |given: &str, secret: &Secret| {
        verify_slices_are_equal(secret.text.as_bytes(), given.as_bytes()).is_ok()
    };
    let is_right = match given {
        Some(given) => client.secrets.iter().any(|secret| is_given(given, secret)),
        None => client.secrets.is_empty(),
    };
    is_right.then_some(()).ok_or(())
}

fn invalid_token() -> Failure {
    Failure::not_authorized("Invalid Refresh Token.")
}
