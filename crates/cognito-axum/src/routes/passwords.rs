//! Forgotten passwords.

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;

use crate::routes::Routes;
use crate::routes::body::{Email, JsonBody, ResetPassword};
use crate::routes::caller::{Caller, from_address, from_caller};
use crate::routes::failure::RouteResult;
use crate::routes::sign_up::CodeSent;

pub(super) async fn forgot(
    State(routes): State<Routes>,
    caller: Caller,
    JsonBody(request): JsonBody<Email>,
) -> RouteResult {
    let forgot = routes.cognito.forgot_password(request.email.as_str());
    let sent = from_caller!(forgot, caller).await;
    let sent = sent.map(|sent| sent.code_delivery);
    let sent = routes.sent(&request.email, sent);
    let code_delivery = sent.map_err(|error| routes.error(error))?;
    Ok(Json(CodeSent {
        code_delivery,
        message: "Password reset code sent",
    })
    .into_response())
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
    let done = from_caller!(reset, caller).await;
    let done = done.map_err(|error| routes.error(error))?;
    Ok(Json(done).into_response())
}
