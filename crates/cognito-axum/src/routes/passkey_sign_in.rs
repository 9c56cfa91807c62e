//! The routes for a sign-in with a passkey: `passkeys/sign-in/begin` and
//! `passkeys/sign-in/complete`.

use cognito_core::authentication::sign_in::FirstFactor;
use cognito_core::{Challenge, ChallengeName, Error, ErrorKind, SignIn};
use serde_json::{Map, Value};

use crate::routes::body::{Email, PasskeySignIn};
use crate::routes::call::Call;
use crate::routes::caller::{from_address, from_caller};
use crate::routes::failure::RouteResult;
use crate::routes::hooks::SignInMethod;
use crate::routes::sign_in::{another, respond};

/// Starts a sign-in. The response has the options for the browser. It does not depend on whether the
/// account exists or has a passkey.
///
/// Security: the response contains no other part of Cognito's challenge. The user name in it would
/// reveal whether the account exists.
pub(super) async fn begin(Call(routes, caller, request): Call<Email>) -> RouteResult {
    let login = routes.cognito.login_by_choice(request.email);
    let login = login.prefer(FirstFactor::WebAuthn);
    let login = match &routes.passkey_sign_in {
        Some(offered) => login.hide_account(offered),
        None => login,
    };
    let step = from_caller!(login, caller).await;
    let step = step.map_err(|error| routes.error(error))?;
    let SignIn::Challenge(Challenge::WebAuthn(passkey)) = step else {
        return Err(routes.error(Error::new(ErrorKind::NotEnabled)).into());
    };
    let options = passkey.request_options();
    let options = options.ok_or_else(|| routes.error(Error::new(ErrorKind::NotEnabled)))?;
    let name = ChallengeName::WebAuthn.as_str();
    let body = Map::from_iter([
        ("challenge".to_owned(), Value::from(name)),
        (
            "credentialRequestOptions".to_owned(),
            options.as_json().clone(),
        ),
    ]);
    let response = routes.challenge(&passkey.into(), body, &caller.headers);
    response.map_err(|error| routes.error(error).into())
}

/// Completes the sign-in with the credential of the browser. Cognito checks the credential:
/// challenge, origin, relying party and signature.
pub(super) async fn complete(Call(routes, caller, request): Call<PasskeySignIn>) -> RouteResult {
    let Challenge::WebAuthn(step) = routes.opened(request.session, &caller.headers)? else {
        let error = another("must not be a passkey: the challenge does not require one");
        return Err(routes.error(error).into());
    };
    let method = SignInMethod::Challenge(ChallengeName::WebAuthn);
    respond(
        &routes,
        &caller,
        step.credential(request.credential),
        method,
    )
    .await
}
