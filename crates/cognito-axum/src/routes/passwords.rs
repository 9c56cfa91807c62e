//! The routes `forgot-password` and `reset-password`.

use crate::routes::body::{Email, ResetPassword};
use crate::routes::call::Call;
use crate::routes::caller::{from_address, from_caller};
use crate::routes::failure::RouteResult;

pub(super) async fn forgot(Call(routes, caller, request): Call<Email>) -> RouteResult {
    let forgot = routes.cognito.forgot_password(request.email.as_str());
    let sent = from_caller!(forgot, caller).await;
    let sent = sent.map(|sent| sent.code_delivery);
    routes.code_sent(&request.email, sent, "Password reset code sent")
}

pub(super) async fn reset(Call(routes, caller, request): Call<ResetPassword>) -> RouteResult {
    let reset =
        routes
            .cognito
            .confirm_forgot_password(request.email, request.code, request.new_password);
    routes.json(from_caller!(reset, caller).await)
}
