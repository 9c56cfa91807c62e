//! Forgotten passwords.

use axum::extract::State;

use crate::routes::Routes;
use crate::routes::body::{Email, JsonBody, ResetPassword};
use crate::routes::caller::{Caller, from_address, from_caller};
use crate::routes::failure::RouteResult;

pub(super) async fn forgot(
    State(routes): State<Routes>,
    caller: Caller,
    JsonBody(request): JsonBody<Email>,
) -> RouteResult {
    let forgot = routes.cognito.forgot_password(request.email.as_str());
    let sent = from_caller!(forgot, caller).await;
    let sent = sent.map(|sent| sent.code_delivery);
    routes.code_sent(&request.email, sent, "Password reset code sent")
}

pub(super) async fn reset(
    State(routes): State<Routes>,
    caller: Caller,
    JsonBody(request): JsonBody<ResetPassword>,
) -> RouteResult {
    let reset =
        routes
            .cognito
            .confirm_forgot_password(request.email, request.code, request.new_password);
    routes.json(from_caller!(reset, caller).await)
}
