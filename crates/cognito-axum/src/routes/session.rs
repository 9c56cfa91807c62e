//! A session: renewed, ended, and whose it is.

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use cognito_core::{AccessToken, Done, Error, ErrorKind, InvalidInput, RefreshToken, Tokens};
use cognito_tower::{Refusal, RefusalKind};
use http::HeaderMap;
use http::header::AUTHORIZATION;

use crate::routes::body::{Logout, OptionalBody, Refresh};
use crate::routes::caller::Caller;
use crate::routes::delivery::Delivery;
use crate::routes::failure::{Answer, Failure};
use crate::routes::{Routes, Shared};

pub(super) async fn refresh(
    State(routes): State<Routes>,
    caller: Caller,
    OptionalBody(asked): OptionalBody<Refresh>,
) -> Answer {
    let tokens = routes.refreshed(asked, &caller.headers).await;
    let tokens = tokens.map_err(|error| {
        let over = is_over(&error);
        let failure = Failure::from(routes.error(error));
        if over {
            failure.with(routes.delivery.clear(&caller.headers))
        } else {
            failure
        }
    })?;
    Ok(routes.tokens(&tokens, "Session renewed successfully", &caller.headers))
}

pub(super) async fn me(State(routes): State<Routes>, caller: Caller) -> Answer {
    let forgotten = |failure: Failure, error: Option<&Error>| {
        if error.is_some_and(is_over) {
            failure.with(routes.delivery.clear(&caller.headers))
        } else {
            failure
        }
    };
    let judged = routes.guard.access().judge(&caller.headers).await;
    if let Err(refusal) = judged {
        let error = refusal.error().cloned();
        let failure = Failure::from(routes.guard.rejection(refusal));
        return Err(forgotten(failure, error.as_ref()));
    }
    let details = match routes.access_token(&caller.headers) {
        Ok(Some(token)) => routes.cognito.account(token).details().await,
        Ok(None) => Err(ErrorKind::TokenInvalid.into()),
        Err(error) => Err(error),
    };
    let details = details.map_err(|error| {
        // The account went while its token lives.
        let error = match error.kind() {
            ErrorKind::UserNotFound => error.with_kind(ErrorKind::AccessRevoked),
            _ => error,
        };
        forgotten(Failure::from(routes.error(error.clone())), Some(&error))
    })?;
    Ok(Json(details).into_response())
}

/// Signs the person out everywhere. The browser forgets its cookies whatever comes of it: whoever
/// sits down at it next must not find a session.
pub(super) async fn logout(
    State(routes): State<Routes>,
    caller: Caller,
    OptionalBody(asked): OptionalBody<Logout>,
) -> Answer {
    let clear = routes.delivery.clear(&caller.headers);
    match routes.end(asked, &caller.headers).await {
        Ok(()) => Ok((clear, Json(Done::new("Signed out successfully"))).into_response()),
        Err(failure) => Err(failure.with(clear)),
    }
}

impl Shared {
    async fn refreshed(&self, asked: Refresh, request: &HeaderMap) -> Result<Tokens, Error> {
        let token = match &self.delivery {
            Delivery::Cookies(cookies) => cookies
                .refresh_token(request)?
                .ok_or_else(|| Error::new(ErrorKind::RefreshInvalid))?,
            Delivery::Json => {
                let absent = InvalidInput::new("refresh token", "must be sent");
                RefreshToken::new(asked.refresh_token.ok_or(absent)?)?
            }
        };
        let device_key = match &self.delivery {
            Delivery::Cookies(cookies) => cookies.device_key(request)?,
            Delivery::Json => asked.device_key.map(|key| key.parse()).transpose()?,
        };
        let refresh = self.cognito.refresh(token);
        let refresh = match &device_key {
            Some(key) => refresh.device_key(key.as_str()),
            None => refresh,
        };
        let mut tokens = refresh.await?;
        tokens.device_key = tokens.device_key.or(device_key);
        Ok(tokens)
    }

    /// The access token of a request, as it came.
    fn access_token(&self, request: &HeaderMap) -> Result<Option<AccessToken>, Error> {
        match &self.delivery {
            Delivery::Cookies(cookies) => Ok(cookies.access_token(request)?),
            Delivery::Json => bearer(request),
        }
    }

    /// Ends all sessions of the person, and the one of the refresh token where it is at hand.
    async fn end(&self, asked: Logout, request: &HeaderMap) -> Result<(), Failure> {
        let (access, refresh) = match &self.delivery {
            // A cookie that cannot be read is forgotten like the others.
            Delivery::Cookies(cookies) => (
                cookies.access_token(request).unwrap_or_default(),
                cookies.refresh_token(request).unwrap_or_default(),
            ),
            Delivery::Json => {
                let refresh = asked.refresh_token.map(RefreshToken::new).transpose();
                let refresh = refresh.map_err(|invalid| self.error(invalid))?;
                let access = bearer(request).map_err(|error| self.error(error))?;
                (access, refresh)
            }
        };
        if access.is_none() && refresh.is_none() && self.delivery.cookies().is_none() {
            let refusal = Refusal::new(RefusalKind::MissingToken, self.clock.now());
            return Err(self.guard.rejection(refusal).into());
        }
        let signed_out = match &access {
            Some(token) => self.cognito.account(token).sign_out_everywhere().await,
            None => Ok(DONE),
        };
        let revoked = match refresh {
            Some(token) => Some(self.revoked(token, access).await),
            None => None,
        };
        let tolerant = self.delivery.cookies().is_some() || matches!(revoked, Some(Ok(_)));
        let failed = signed_out.err().filter(|error| match error.kind() {
            // Not by this token, and then by the other one.
            ErrorKind::InsufficientScope => !matches!(revoked, Some(Ok(_))),
            ErrorKind::TokenInvalid => !tolerant,
            _ => !is_over(error) && error.kind() != ErrorKind::TokenExpired,
        });
        let not_revoked = revoked.and_then(Result::err);
        let not_revoked = not_revoked.filter(|error| {
            // Where revocation is off, the sign-out has ended the token all the same.
            !is_over(error) && error.kind() != ErrorKind::NotEnabled
        });
        match failed.or(not_revoked) {
            Some(error) => Err(self.error(error).into()),
            None => Ok(()),
        }
    }

    async fn revoked(
        &self,
        token: RefreshToken,
        access: Option<AccessToken>,
    ) -> Result<Done, Error> {
        let revoke = self.cognito.revoke(token);
        match access {
            Some(access) => revoke.access_token(access).await,
            None => revoke.await,
        }
    }
}

const DONE: Done = Done::new("Signed out successfully");

/// Whether nothing but a new sign-in helps. A token that has merely expired can be renewed.
fn is_over(error: &Error) -> bool {
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

/// The token of `Authorization: Bearer …` (RFC 6750 section 2.1).
fn bearer(request: &HeaderMap) -> Result<Option<AccessToken>, Error> {
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
