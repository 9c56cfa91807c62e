//! The routes for a sign-in at managed login: `hosted-login/start`, `hosted-login/callback` and
//! `hosted-login/logout`.

mod page;
pub(super) mod settings;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use cognito::hosted_login::ManagedSignIn;
use cognito_core::{Error, ErrorKind};
use http::{StatusCode, Uri};
use serde::Serialize;

use crate::SessionCookies;
use crate::routes::body::{Logout, StartHostedLogin};
use crate::routes::call::Call;
use crate::routes::caller::{Caller, from_address};
use crate::routes::failure::{Failure, RouteResult};
use crate::routes::hooks::SignInMethod;
use crate::routes::shared::{Routes, Shared};

pub use self::settings::HostedLoginRoutes;

/// The URL of managed login to which the page must send the browser.
#[derive(Serialize)]
struct Started {
    url: String,
}

#[derive(Serialize)]
struct SignedOut {
    success: bool,
    message: &'static str,
    /// The URL that ends the session of the browser at managed login.
    url: String,
}

/// Starts a sign-in. The state, the nonce and the code verifier are in an encrypted cookie, so that
/// only this browser can complete the sign-in.
pub(super) async fn start(Call(routes, _, request): Call<StartHostedLogin>) -> RouteResult {
    let (settings, cookies) = routes.hosted_login()?;
    let return_to = match &request.return_to {
        Some(path) if !page::is_local(path) => {
            let rejected = routes.rejected(
                StatusCode::BAD_REQUEST,
                "The page to return to must be a path of this site",
            );
            return Err(rejected.into());
        }
        Some(path) => path.as_str(),
        None => settings.home(),
    };
    let login = routes.cognito.hosted_login();
    let mut sign_in = login.sign_in(settings.redirect_uri());
    for scope in settings.scopes() {
        sign_in = sign_in.scope(scope);
    }
    if let Some(provider) = request.provider {
        sign_in = sign_in.identity_provider(provider);
    }
    if request.sign_up.unwrap_or(false) {
        sign_in = sign_in.sign_up();
    }
    let is_recent = request.recent.unwrap_or(false);
    if let Some(age) = routes.rules.max_age.filter(|_| is_recent) {
        sign_in = sign_in.max_age(age);
    }
    let started = sign_in.start().and_then(|started| {
        let state = login.to_state(&started.pending)?;
        // A sealed state contains no slash, and a path begins with one.
        let changes = cookies.pending_login(format!("{state}{return_to}"))?;
        Ok((changes, Json(Started { url: started.url })).into_response())
    });
    started.map_err(|error| routes.error(error).into())
}

/// Completes a sign-in. The response deletes the cookie of the sign-in in every case, so that the
/// browser uses it once. Cognito accepts the code once.
pub(super) async fn callback(
    State(routes): State<Routes>,
    caller: Caller,
    url: Uri,
) -> RouteResult {
    let (settings, cookies) = routes.hosted_login()?;
    let over = cookies.clear_pending_login();
    let query = url.query().unwrap_or_default();
    match routes.finished(cookies, &caller, query).await {
        Ok((signed_in, return_to)) => {
            // The rule is checked again: without `__Host-`, another host can set the cookie.
            let path = Some(return_to.as_str()).filter(|path| page::is_local(path));
            let path = path.unwrap_or_else(|| settings.home());
            let entered = routes.entered(cookies, &signed_in, path);
            let entered = entered.map_err(|failure| failure.with(over.clone()))?;
            let mut response = (over, entered).into_response();
            let (claims, method) = (signed_in.claims, SignInMethod::ManagedLogin);
            let additions = routes.after_verified_sign_in(claims, method, &caller).await;
            additions.add_to(response.headers_mut());
            Ok(response)
        }
        Err(error) => Err(Failure::from(routes.error(error)).with(over)),
    }
}

/// Handles the route that logs out of managed login. Ends all sessions of the user, as the route
/// `logout` of the other sign-ins does. The response also contains the URL that ends the session of
/// the browser at managed login.
pub(super) async fn logout(Call(routes, caller, request): Call<Logout>) -> RouteResult {
    let (settings, cookies) = routes.hosted_login()?;
    let clear = cookies.clear(&caller.headers);
    // The sessions end even if the settings of managed login are wrong.
    let ended = routes.end(request, &caller).await.and_then(|()| {
        let login = routes.cognito.hosted_login();
        let url = login.logout_url(settings.logout_page());
        url.map_err(|error| routes.error(error).into())
    });
    match ended {
        Ok(url) => {
            let body = SignedOut {
                success: true,
                message: "Signed out successfully",
                url,
            };
            Ok((clear, Json(body)).into_response())
        }
        Err(failure) => Err(failure.with(clear)),
    }
}

impl Shared {
    /// Returns the settings and the cookies. The routes are mounted only with both.
    fn hosted_login(&self) -> Result<(&HostedLoginRoutes, &SessionCookies), Failure> {
        let settings = self.hosted_login.as_deref();
        settings
            .zip(self.delivery.cookies())
            .ok_or_else(|| self.rejected(StatusCode::NOT_FOUND, "Not found").into())
    }

    /// Exchanges the code in the query for tokens. Returns them together with the path of the page
    /// to return to. Fails if the browser has not started this sign-in.
    async fn finished(
        &self,
        cookies: &SessionCookies,
        caller: &Caller,
        query: &str,
    ) -> Result<(ManagedSignIn, String), Error> {
        let value = cookies.pending_login_value(&caller.headers)?;
        let value = value.ok_or(ErrorKind::ChallengeExpired)?;
        let (state, return_to) = value.split_at(value.find('/').unwrap_or(value.len()));
        let login = self.cognito.hosted_login();
        let finish = login.finish(login.from_state(state)?, query);
        let signed_in = from_address!(finish, caller.address).await?;
        Ok((signed_in, return_to.to_owned()))
    }

    /// Returns the response that sets the cookies of a session and then shows the page at `path`.
    fn entered(
        &self,
        cookies: &SessionCookies,
        signed_in: &ManagedSignIn,
        path: &str,
    ) -> Result<Response, Failure> {
        let known = cookies.every_cookie();
        let changes = self.token_cookies(cookies, &signed_in.tokens, &known)?;
        let over = cookies.clear_challenge(&known);
        Ok((over, changes, page::shown(path, cookies.is_strict())).into_response())
    }
}
