//! The routes for the second factors of the signed-in user: `mfa`, `mfa/totp/begin`,
//! `mfa/totp/confirm` and `mfa/preferences`.

use axum::extract::State;
use cognito_core::account::mfa::MfaPreference;
use cognito_core::user::CurrentUser;
use http::StatusCode;
use serde::Serialize;

use crate::routes::body::{ConfirmTotp, Empty, MfaPreferences};
use crate::routes::call::Call;
use crate::routes::caller::Caller;
use crate::routes::failure::RouteResult;
use crate::routes::issuer::Issuer;
use crate::routes::shared::{Routes, Shared};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TotpSecret {
    secret_code: String,
    otpauth_uri: String,
}

pub(super) async fn list(State(routes): State<Routes>, caller: Caller) -> RouteResult {
    let user = routes.user(&caller).await?;
    routes.of_account(user.account.auth_factors().await)
}

/// Starts the set-up of an authenticator app. The response contains the secret for the app.
pub(super) async fn begin_totp(Call(routes, caller, _): Call<Empty>) -> RouteResult {
    let user = routes.recent_user(&caller).await?;
    // The set-up is first, because the attempt guard limits it.
    let secret = match user.account.setup_totp().await {
        // The app shows the account, and the user name can be a UUID.
        Ok(setup) => user.account.details().await.map(|details| TotpSecret {
            otpauth_uri: setup.otpauth_url(routes.issuer(), label(&details)),
            secret_code: setup.secret.expose().to_owned(),
        }),
        Err(error) => Err(error),
    };
    routes.of_account(secret)
}

pub(super) async fn confirm_totp(Call(routes, caller, request): Call<ConfirmTotp>) -> RouteResult {
    let user = routes.recent_user(&caller).await?;
    let confirm = user.account.confirm_totp(request.code);
    let confirm = match request.device_name {
        Some(name) => confirm.device_name(name),
        None => confirm,
    };
    routes.of_account(confirm.await)
}

pub(super) async fn prefer(Call(routes, caller, request): Call<MfaPreferences>) -> RouteResult {
    let user = routes.recent_user(&caller).await?;
    let preference = request.preference();
    if preference == MfaPreference::new() {
        let rejected = routes.rejected(
            StatusCode::BAD_REQUEST,
            "The body must name a factor: totp, sms or email",
        );
        return Err(rejected.into());
    }
    routes.of_account(user.account.set_mfa_preference(preference).await)
}

impl Shared {
    /// Returns the name of the service, which authenticator apps show as the issuer. It is not empty
    /// in the routes for second factors, because they are mounted only if a name was set.
    fn issuer(&self) -> &str {
        self.issuer.as_ref().map_or("", Issuer::as_str)
    }
}

/// Returns the name of the account that an authenticator app shows.
fn label(user: &CurrentUser) -> &str {
    let names = ["email", "phone_number", "preferred_username"];
    let mut names = names.into_iter();
    let name = names.find_map(|name| user.attributes.value(name));
    name.unwrap_or(user.username.as_str())
}

impl MfaPreferences {
    fn preference(&self) -> MfaPreference {
        let mut preference = MfaPreference::new();
        preference.totp = self.totp.map(Into::into);
        preference.sms = self.sms.map(Into::into);
        preference.email = self.email.map(Into::into);
        preference
    }
}
