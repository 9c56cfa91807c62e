//! The routes `refresh` and `me`.

use std::net::IpAddr;

use axum::extract::State;
use cognito_core::id::DeviceKey;
use cognito_core::{AccessToken, Error, ErrorKind, InvalidInput, RefreshToken, Tokens};
use http::HeaderMap;
use http::header::AUTHORIZATION;

use crate::routes::body::Refresh;
use crate::routes::call::Call;
use crate::routes::caller::{Caller, from_address};
use crate::routes::delivery::Delivery;
use crate::routes::failure::{Failure, RouteResult};
use crate::routes::shared::{Routes, Shared};

pub(super) async fn refresh(Call(routes, caller, request): Call<Refresh>) -> RouteResult {
    let tokens = routes.refreshed(request, &caller).await;
    // No other cookie is deleted: another tab may just have received the cookies of a newer
    // session, by a refresh or a sign-in, and this response would delete them.
    let unreadable = routes
        .delivery
        .change(|cookies| cookies.clear_unreadable(&caller.headers));
    let tokens = tokens.map_err(|error| Failure::from(routes.error(error)).with(unreadable))?;
    routes.tokens(&tokens, "Session renewed successfully", &caller.headers)
}

pub(super) async fn me(State(routes): State<Routes>, caller: Caller) -> RouteResult {
    let user = routes.user(&caller).await?;
    routes.of_account(user.account.details().await)
}

impl Shared {
    async fn refreshed(&self, request: Refresh, caller: &Caller) -> Result<Tokens, Error> {
        let headers = &caller.headers;
        let token = match &self.delivery {
            // An unreadable token is treated like a missing one.
            Delivery::Cookies(cookies) => cookies
                .refresh_token(headers)
                .unwrap_or_default()
                .ok_or_else(|| Error::new(ErrorKind::RefreshInvalid))?,
            Delivery::Json => {
                let absent = InvalidInput::new("refresh token", "must be sent");
                RefreshToken::new(request.refresh_token.ok_or(absent)?)?
            }
        };
        let device_key = match &self.delivery {
            Delivery::Cookies(cookies) => cookies.device_key(headers).unwrap_or_default(),
            Delivery::Json => request.device_key.map(|key| key.parse()).transpose()?,
        };
        self.renewed(token, device_key, caller.address).await
    }

    pub(super) async fn renewed(
        &self,
        token: RefreshToken,
        device_key: Option<DeviceKey>,
        address: Option<IpAddr>,
    ) -> Result<Tokens, Error> {
        let refresh = from_address!(self.cognito.refresh(token), address);
        match &device_key {
            Some(key) => refresh.device_key(key).await,
            None => refresh.await,
        }
    }

    /// Returns the access token of a request without verifying it, or `None` if there is none.
    pub(super) fn access_token(&self, request: &HeaderMap) -> Result<Option<AccessToken>, Error> {
        match &self.delivery {
            Delivery::Cookies(cookies) => Ok(cookies.access_token(request)?),
            Delivery::Json => bearer(request),
        }
    }
}

/// Returns `true` if the error means that the session has ended, so the user must sign in again.
pub(super) fn is_over(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::AccessRevoked
            | ErrorKind::PasswordResetRequired
            | ErrorKind::RefreshInvalid
            | ErrorKind::RefreshReuse
            | ErrorKind::RefreshRevoked
            | ErrorKind::TokenRevoked
            | ErrorKind::UserDisabled
            | ErrorKind::UserNotFound
    )
}

/// Returns the token of `Authorization: Bearer …` (RFC 6750 section 2.1). Returns `None` if the
/// header is absent or has another scheme. Fails if the header occurs twice, or if the token is not
/// well-formed.
pub(super) fn bearer(request: &HeaderMap) -> Result<Option<AccessToken>, Error> {
    let mut values = request.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(InvalidInput::new("Authorization", "must be sent once").into());
    }
    let value = value.to_str().unwrap_or_default();
    match value.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => {
            Ok(Some(AccessToken::new(token.trim_start())?))
        }
        _ => Ok(None),
    }
}
