//! The route `logout`.

use std::net::IpAddr;

use axum::Json;
use axum::response::IntoResponse;
use cognito_core::id::DeviceKey;
use cognito_core::{AccessToken, Done, Error, ErrorKind, IdToken, RefreshToken};
use cognito_tower::{Rejection, RejectionKind};
use http::HeaderMap;

use crate::SessionCookies;
use crate::routes::body::Logout;
use crate::routes::call::Call;
use crate::routes::caller::{Caller, from_address};
use crate::routes::delivery::Delivery;
use crate::routes::failure::{Failure, RouteResult};
use crate::routes::session::{bearer, is_over};
use crate::routes::shared::Shared;

/// Ends all sessions of the user. The cookies are deleted even if the sign-out fails, so that the
/// next user of the browser is not signed in to the account.
pub(super) async fn logout(Call(routes, caller, request): Call<Logout>) -> RouteResult {
    let clear = routes
        .delivery
        .change(|cookies| cookies.clear(&caller.headers));
    match routes.end(request, &caller).await {
        Ok(()) => Ok((clear, Json(Done::new("Signed out successfully"))).into_response()),
        Err(failure) => Err(failure.with(clear)),
    }
}

#[derive(Default)]
struct SentTokens {
    access: Option<AccessToken>,
    id: Option<IdToken>,
    refresh: Option<RefreshToken>,
    device_key: Option<DeviceKey>,
    is_unreadable: bool,
}

#[derive(Default)]
struct Outcome {
    has_ended: bool,
    /// The error for a token with which no session could be ended, for example because the token
    /// has expired. It is ignored if a session was ended with another token of the request.
    not_by_this: Option<Error>,
    failed: Option<Error>,
}

impl Shared {
    /// Ends all sessions of the user and revokes the refresh token. The request to end all sessions
    /// contains the access token of the caller, or a new access token that was obtained with the
    /// refresh token.
    pub(super) async fn end(&self, request: Logout, caller: &Caller) -> Result<(), Failure> {
        let address = caller.address;
        let mut sent = self.tokens_in(request, &caller.headers)?;
        let mut outcome = Outcome::default();
        if sent.is_unreadable {
            outcome.not_by_this = Some(ErrorKind::TokenInvalid.into());
        }
        self.check_access_token(&mut sent, &mut outcome).await;
        if sent.access.is_none() {
            self.renew(&mut sent, &mut outcome, address).await;
        }
        if let Some(token) = sent.access.clone() {
            let account = from_address!(self.cognito.account(token), address);
            let signed_out = account.sign_out_everywhere().await;
            if signed_out.is_ok() {
                // All tokens of the user are on the revocation list. The session needs no entry.
                sent.id = None;
                sent.access = None;
            }
            outcome.add(match signed_out {
                Err(error) if is_over(&error) => Ok(()),
                other => other.map(drop),
            });
        }
        if let Some(token) = sent.refresh {
            let revoke = from_address!(self.cognito.revoke(token), address);
            let revoke = match sent.access {
                Some(access) => revoke.access_token(access),
                None => revoke,
            };
            // The ID token names the session if there is no valid access token.
            let revoke = match sent.id {
                Some(id) => revoke.id_token(id),
                None => revoke,
            };
            outcome.add(revoke.await.map(drop));
        }
        outcome.result().map_err(|error| self.error(error).into())
    }

    fn tokens_in(&self, request: Logout, headers: &HeaderMap) -> Result<SentTokens, Failure> {
        if let Delivery::Cookies(cookies) = &self.delivery {
            return Ok(SentTokens::in_cookies(cookies, headers));
        }
        let refresh = request.refresh_token.map(RefreshToken::new).transpose();
        let sent = SentTokens {
            access: bearer(headers).map_err(|error| self.error(error))?,
            refresh: refresh.map_err(|invalid| self.error(invalid))?,
            ..SentTokens::default()
        };
        if sent.access.is_none() && sent.refresh.is_none() {
            let rejection = Rejection::new(RejectionKind::MissingToken, self.clock.now());
            return Err(self.guard.rejection(rejection).into());
        }
        Ok(sent)
    }

    /// Removes the access token from `sent` if it is invalid or has expired. Otherwise an attacker
    /// could make the service call Cognito with forged tokens. Two other kinds of tokens are kept,
    /// because Cognito may still accept them: a token that could not be verified, for example
    /// because the signing keys are unavailable, and a token in the revocation list, because
    /// Cognito may not have received an earlier sign-out.
    async fn check_access_token(&self, sent: &mut SentTokens, outcome: &mut Outcome) {
        let Some(token) = &sent.access else {
            return;
        };
        let result = self.cognito.verify_access_token(token.expose()).await;
        if let Err(error) = result
            && matches!(
                error.kind(),
                ErrorKind::TokenExpired | ErrorKind::TokenInvalid
            )
        {
            sent.access = None;
            outcome.not_by_this = Some(error);
        }
    }

    /// Gets an access token with the refresh token, because only an access token can end all
    /// sessions of the user. If there is no refresh token, does nothing. If the request fails,
    /// records the error in `outcome`.
    async fn renew(&self, sent: &mut SentTokens, outcome: &mut Outcome, address: Option<IpAddr>) {
        let Some(token) = sent.refresh.clone() else {
            return;
        };
        match self.renewed(token, sent.device_key.take(), address).await {
            Ok(tokens) => {
                sent.access = Some(tokens.access_token);
                sent.refresh = Some(tokens.refresh_token);
            }
            // Cognito returns the same error if the device key is missing, so the token is also
            // revoked.
            Err(error) if is_over(&error) => outcome.has_ended = true,
            Err(error) => outcome.failed = Some(error),
        }
    }
}

impl SentTokens {
    /// Reads the tokens from the cookies. A cookie that cannot be read counts as missing.
    fn in_cookies(cookies: &SessionCookies, headers: &HeaderMap) -> Self {
        let access = cookies.access_token(headers);
        let refresh = cookies.refresh_token(headers);
        Self {
            is_unreadable: access.is_err() || refresh.is_err(),
            access: access.unwrap_or_default(),
            id: cookies.id_token(headers).unwrap_or_default(),
            refresh: refresh.unwrap_or_default(),
            device_key: cookies.device_key(headers).unwrap_or_default(),
        }
    }
}

impl Outcome {
    fn add(&mut self, result: Result<(), Error>) {
        let Err(error) = result else {
            self.has_ended = true;
            return;
        };
        let is_about_this_token = matches!(
            error.kind(),
            ErrorKind::InsufficientAuthentication
                | ErrorKind::InsufficientScope
                | ErrorKind::InvalidParameter
                | ErrorKind::NotEnabled
                | ErrorKind::TokenExpired
                | ErrorKind::TokenInvalid
        );
        if is_about_this_token || is_over(&error) {
            self.not_by_this = Some(error);
        } else {
            self.failed.get_or_insert(error);
        }
    }

    /// Returns the result of the sign-out. If a request to Cognito failed, returns its error. If a
    /// token was rejected and no other token ended a session, returns the error of the rejected
    /// token. Otherwise returns `Ok`. A sign-out without tokens succeeds.
    fn result(self) -> Result<(), Error> {
        let not_ended = self.not_by_this.filter(|_| !self.has_ended);
        self.failed.or(not_ended).map_or(Ok(()), Err)
    }
}
