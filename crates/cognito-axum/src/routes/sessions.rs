//! The routes for the sessions of the signed-in user: `sessions` and `sessions/revoke`.

use axum::extract::State;

use crate::routes::account::{Page, page_of};
use crate::routes::body::RevokeSession;
use crate::routes::call::Call;
use crate::routes::caller::Caller;
use crate::routes::failure::RouteResult;
use crate::routes::shared::Routes;

pub(super) async fn list(State(routes): State<Routes>, caller: Caller, page: Page) -> RouteResult {
    let user = routes.user(&caller).await?;
    routes.of_account(page_of!(user.account.sessions(), page).await)
}

/// Revokes one session. With `linkedSessions`, also revokes the session of the browser at managed
/// login from which the session was started, and all sessions that were started from it.
pub(super) async fn revoke(Call(routes, caller, request): Call<RevokeSession>) -> RouteResult {
    let user = routes.user(&caller).await?;
    let revoke = user.account.revoke_session(request.session_id);
    let revoke = match request.linked_sessions.unwrap_or(false) {
        true => revoke.with_linked_sessions(),
        false => revoke,
    };
    routes.of_account(revoke.await)
}
