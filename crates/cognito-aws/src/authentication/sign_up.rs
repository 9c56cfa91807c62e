//! `SignUp`, `ConfirmSignUp`, `ResendConfirmationCode`.

use cognito_core::authentication::sign_up::{
    ConfirmSignUpRequest, ConfirmSignUpResponse, ResendConfirmationCodeRequest, SignUpRequest,
    SignUpResponse,
};
use cognito_core::{CodeDelivery, Operation, Result, Session};

use crate::AwsCognito;
use crate::attributes::{delivery, metadata, to_sdk_unless_empty};
use crate::context::{analytics, user_context};
use crate::error::{from_response, missing};
use crate::quiet::Response;

pub(super) async fn sign_up(aws: &AwsCognito, request: SignUpRequest) -> Result<SignUpResponse> {
    let pool = aws.pool();
    let output = aws
        .client(Operation::SignUp)
        .sign_up()
        .client_id(pool.client_id.as_str())
        .set_secret_hash(aws.secret_hashes.hash(&pool, &request.username))
        .username(request.username.as_str())
        .set_password(
            request
                .password
                .as_ref()
                .map(|password| password.expose().to_owned()),
        )
        .set_user_attributes(to_sdk_unless_empty(&request.attributes)?)
        .set_client_metadata(metadata(&request.client_metadata))
        .set_user_context_data(user_context(&request.context))
        .set_analytics_metadata(analytics(&request.context))
        .send()
        .response()
        .await?;
    let mut response = SignUpResponse::new(output.user_sub());
    response.confirmed = output.user_confirmed();
    response.code_delivery = output.code_delivery_details().map(delivery);
    response.session = session(output.session)?;
    Ok(response)
}

pub(super) async fn confirm(
    aws: &AwsCognito,
    request: ConfirmSignUpRequest,
) -> Result<ConfirmSignUpResponse> {
    let pool = aws.pool();
    let output = aws
        .client(Operation::ConfirmSignUp)
        .confirm_sign_up()
        .client_id(pool.client_id.as_str())
        .set_secret_hash(aws.secret_hashes.hash(&pool, &request.username))
        .username(request.username.as_str())
        .confirmation_code(request.code.expose())
        .force_alias_creation(request.force_alias_creation)
        .set_session(request.session.map(|session| session.expose().to_owned()))
        .set_client_metadata(metadata(&request.client_metadata))
        .set_user_context_data(user_context(&request.context))
        .set_analytics_metadata(analytics(&request.context))
        .send()
        .response()
        .await?;
    let mut response = ConfirmSignUpResponse::new();
    response.session = session(output.session)?;
    Ok(response)
}

fn session(text: Option<String>) -> Result<Option<Session>> {
    text.map(Session::new).map(from_response).transpose()
}

pub(super) async fn resend(
    aws: &AwsCognito,
    request: ResendConfirmationCodeRequest,
) -> Result<CodeDelivery> {
    let pool = aws.pool();
    let output = aws
        .client(Operation::ResendConfirmationCode)
        .resend_confirmation_code()
        .client_id(pool.client_id.as_str())
        .set_secret_hash(aws.secret_hashes.hash(&pool, &request.username))
        .username(request.username.as_str())
        .set_client_metadata(metadata(&request.client_metadata))
        .set_user_context_data(user_context(&request.context))
        .set_analytics_metadata(analytics(&request.context))
        .send()
        .response()
        .await?;
    output
        .code_delivery_details()
        .map(delivery)
        .ok_or_else(|| missing("code delivery details"))
}
