//! The account of the signed-in user, for the routes that read or change it.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Query};
use cognito::account::OwnAccount;
use cognito_core::{AccessClaims, Error, ErrorKind};
use cognito_tower::Guard;
use http::StatusCode;
use http::request::Parts;
use serde::{Deserialize, Serialize};

use crate::ApiError;
use crate::routes::caller::{Caller, from_address};
use crate::routes::failure::{Failure, RouteResult};
use crate::routes::shared::{Routes, Shared};

/// The signed-in user of a request.
pub(super) struct User {
    pub(super) account: OwnAccount,
    /// The claims of the verified access token.
    pub(super) claims: Arc<AccessClaims>,
}

impl Shared {
    /// Returns the signed-in user of a request. Fails if the request has no valid access token.
    pub(super) async fn user(&self, caller: &Caller) -> Result<User, Failure> {
        self.user_at(self.guard.access(), caller).await
    }

    /// Returns the signed-in user like [`user`](Self::user). If the routes have a maximum age
    /// (`AuthRoutes::max_age`), also fails if the user signed in earlier (RFC 9470).
    ///
    /// Security: every route that adds or removes a factor, or that changes where codes are sent,
    /// must call this method. An attacker at the user's browser could otherwise add a factor. An
    /// attacker who has the access token itself can do so at Cognito's API.
    pub(super) async fn recent_user(&self, caller: &Caller) -> Result<User, Failure> {
        let guard = self.guard.access();
        match self.rules.max_age {
            Some(age) => self.user_at(&guard.clone().max_age(age), caller).await,
            None => self.user_at(guard, caller).await,
        }
    }

    async fn user_at(&self, guard: &Guard<AccessClaims>, caller: &Caller) -> Result<User, Failure> {
        let claims = guard.authenticate(&caller.headers).await;
        let claims = claims.map_err(|rejection| self.guard.rejection(rejection))?;
        let token = self.access_token(&caller.headers);
        let token = token.and_then(|token| token.ok_or_else(|| ErrorKind::TokenInvalid.into()));
        let token = token.map_err(|error| self.error(error))?;
        let account = from_address!(self.cognito.account(token), caller.address);
        Ok(User { account, claims })
    }

    /// Returns the response for the result of an operation on the account of the signed-in user.
    pub(super) fn of_account(&self, body: Result<impl Serialize, Error>) -> RouteResult {
        self.json(body.map_err(|error| match error.kind() {
            // The account was deleted while its token was valid.
            ErrorKind::UserNotFound => error.with_kind(ErrorKind::AccessRevoked),
            _ => error,
        }))
    }
}

/// The query of a request for one page of a list.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Page {
    pub(super) page_token: Option<String>,
}

impl FromRequestParts<Routes> for Page {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, routes: &Routes) -> Result<Self, ApiError> {
        let query = Query::try_from_uri(&parts.uri);
        // Security: the message of serde may contain user input.
        let Query(page) = query.map_err(|_| {
            routes.rejected(StatusCode::BAD_REQUEST, "The query of the URL is not valid")
        })?;
        Ok(page)
    }
}

/// Requests the page of a list that the query names. Default: the first page.
macro_rules! page_of {
    ($list:expr, $page:expr) => {{
        let list = $list;
        match $page.page_token {
            Some(token) => list.page_token(token),
            None => list,
        }
    }};
}

pub(super) use page_of;
