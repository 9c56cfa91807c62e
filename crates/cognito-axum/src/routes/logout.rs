//! Signing out.

use std::net::IpAddr;

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use cognito_core::id::DeviceKey;
use cognito_core::{AccessToken, Done, Error, ErrorKind, RefreshToken};
use cognito_tower::{Rejection, RejectionKind};
use http::HeaderMap;

use crate::SessionCookies;
use crate::routes::body::{Logout, OptionalBody};
use crate::routes::caller::{Caller, from_address};
use crate::routes::delivery::Delivery;
use crate::routes::failure::{Answer, Failure};
use crate::routes::session::{bearer, is_over};
use crate::routes::{Routes, Shared};

/// Signs the user out everywhere. The cookies are deleted even if this fails, so that the next user
/// of the browser does not find a session.
pub(super) async fn logout(
    State(routes): State<Routes>,
    caller: Caller,
    OptionalBody(asked): OptionalBody<Logout>,
) -> Answer {
    let clear = routes.delivery.clear(&caller.headers);
    match routes.end(asked, &caller).await {
        Ok(()) => Ok((clear, Json(Done::new("Signed out successfully"))).into_response()),
        Err(failure) => Err(failure.with(clear)),
    }
}

/// The tokens in a sign-out request.
#[derive(Default)]
struct Brought {
    access: Option<AccessToken>,
    refresh: Option<RefreshToken>,
    device_key: Option<DeviceKey>,
    is_unreadable: bool,
}

/// The results so far.
#[derive(Default)]
struct Outcome {
    has_ended: bool,
    /// The reason why a token did not end the session. It is ignored if another token did.
    not_by_this: Option<Error>,
    failed: Option<Error>,
}

impl Shared {
    /// Ends all sessions of the user. If there is a refresh token, also ends its session.
    async fn end(&self, asked: Logout, caller: &Caller) -> Result<(), Failure> {
        let address = caller.address;
        let mut brought = self.brought(asked, &caller.headers)?;
        let mut outcome = Outcome::default();
        if brought.is_unreadable {
            outcome.not_by_this = Some(ErrorKind::TokenInvalid.into());
        }
        self.judge(&mut brought, &mut outcome).await;
        if brought.access.is_none() {
            self.renew(&mut brought, &mut outcome, address).await;
        }
        if let Some(token) = &brought.access {
            let account = from_address!(self.cognito.account(token), address);
            let signed_out = account.sign_out_everywhere().await;
            outcome.add(match signed_out {
                Err(error) if is_over(&error) => Ok(()),
                other => other.map(drop),
            });
        }
        if let Some(token) = brought.refresh {
            let revoke = from_address!(self.cognito.revoke(token), address);
            let revoked = match brought.access {
                Some(access) => revoke.access_token(access).await,
                None => revoke.await,
            };
            outcome.add(revoked.map(drop));
        }
        outcome.result().map_err(|error| self.error(error).into())
    }

    fn brought(&self, asked: Logout, request: &HeaderMap) -> Result<Brought, Failure> {
        if let Delivery::Cookies(cookies) = &self.delivery {
            return Ok(Brought::in_cookies(cookies, request));
        }
        let refresh = asked.refresh_token.map(RefreshToken::new).transpose();
        let brought = Brought {
            access: bearer(request).map_err(|error| self.error(error))?,
            refresh: refresh.map_err(|invalid| self.error(invalid))?,
            ..Brought::default()
        };
        if brought.access.is_none() && brought.refresh.is_none() {
            let rejection = Rejection::new(RejectionKind::MissingToken, self.clock.now());
            return Err(self.guard.rejection(rejection).into());
        }
        Ok(brought)
    }

    /// Removes an invalid access token from the request, so that an attacker cannot make the
    /// service call Cognito with forged tokens. If the token cannot be checked, it is kept, and
    /// Cognito checks it. A token that is revoked locally is also kept: it may still be valid at
    /// Cognito, if the response to a sign-out was lost.
    async fn judge(&self, brought: &mut Brought, outcome: &mut Outcome) {
        let Some(token) = &brought.access else {
            return;
        };
        let result = self.cognito.verify_access_token(token.expose()).await;
        if let Err(error) = result
            && matches!(
                error.kind(),
                ErrorKind::TokenExpired | ErrorKind::TokenInvalid
            )
        {
            brought.access = None;
            outcome.not_by_this = Some(error);
        }
    }

    /// Gets an access token with the refresh token. Only an access token can sign the user out
    /// everywhere.
    async fn renew(&self, brought: &mut Brought, outcome: &mut Outcome, address: Option<IpAddr>) {
        let Some(token) = brought.refresh.clone() else {
            return;
        };
        match self
            .renewed(token, brought.device_key.take(), address)
            .await
        {
            Ok(tokens) => {
                brought.access = Some(tokens.access_token);
                brought.refresh = Some(tokens.refresh_token);
            }
            // Cognito says the same of a device that was not named, so the token is revoked as
            // well.
            Err(error) if is_over(&error) => outcome.has_ended = true,
            Err(error) => outcome.failed = Some(error),
        }
    }
}

impl Brought {
    /// Reads the tokens from the cookies. A cookie that cannot be read is deleted like the others,
    /// but ends no session.
    fn in_cookies(cookies: &SessionCookies, request: &HeaderMap) -> Self {
        let access = cookies.access_token(request);
        let refresh = cookies.refresh_token(request);
        Self {
            is_unreadable: access.is_err() || refresh.is_err(),
            access: access.unwrap_or_default(),
            refresh: refresh.unwrap_or_default(),
            device_key: cookies.device_key(request).unwrap_or_default(),
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
            ErrorKind::InsufficientScope
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

    /// Returns the result of the sign-out. Without tokens it is a success.
    fn result(self) -> Result<(), Error> {
        let not_ended = self.not_by_this.filter(|_| !self.has_ended);
        self.failed.or(not_ended).map_or(Ok(()), Err)
    }
}
