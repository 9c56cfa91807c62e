//! The routes for the passkeys of the signed-in user: `passkeys`, `passkeys/begin`,
//! `passkeys/complete` and `passkeys/delete`.

use axum::extract::State;

use crate::routes::account::{Page, page_of};
use crate::routes::body::{CompletePasskey, DeletePasskey, Empty};
use crate::routes::call::Call;
use crate::routes::caller::Caller;
use crate::routes::failure::RouteResult;
use crate::routes::shared::Routes;

pub(super) async fn list(State(routes): State<Routes>, caller: Caller, page: Page) -> RouteResult {
    let user = routes.user(&caller).await?;
    routes.of_account(page_of!(user.account.passkeys(), page).await)
}

/// Starts the registration of a passkey. The response is the options for the browser, as Cognito
/// created them.
pub(super) async fn begin(Call(routes, caller, _): Call<Empty>) -> RouteResult {
    let user = routes.recent_user(&caller).await?;
    routes.of_account(user.account.register_passkey().await)
}

/// Completes the registration. Cognito checks the credential: challenge, origin, relying party and
/// signature. The facade checks that it is a created credential, before it is sent.
pub(super) async fn complete(Call(routes, caller, request): Call<CompletePasskey>) -> RouteResult {
    let user = routes.recent_user(&caller).await?;
    let complete = user
        .account
        .complete_passkey_registration(request.credential);
    routes.of_account(complete.await)
}

pub(super) async fn delete(Call(routes, caller, request): Call<DeletePasskey>) -> RouteResult {
    let user = routes.recent_user(&caller).await?;
    routes.of_account(user.account.delete_passkey(request.credential_id).await)
}
