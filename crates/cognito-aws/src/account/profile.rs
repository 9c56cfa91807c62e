//! `GetUser`, `UpdateUserAttributes`, `DeleteUserAttributes`, `GetUserAttributeVerificationCode`,
//! `VerifyUserAttribute`, `DeleteUser`.

use cognito_core::account::profile::{
    DeleteAttributesRequest, SendAttributeCodeRequest, UpdateAttributesRequest,
    VerifyAttributeRequest,
};
use cognito_core::ports::RepliedAt;
use cognito_core::user::CurrentUser;
use cognito_core::{AccessToken, CodeDelivery, Operation, Result, Username};

use crate::AwsCognito;
use crate::attributes::{delivery, from_sdk as attributes, metadata, to_sdk};
use crate::error::{from_response, missing};
use crate::quiet::Response;
use crate::server_date::ServerDate;

pub(super) async fn current_user(
    aws: &AwsCognito,
    access_token: &AccessToken,
) -> Result<CurrentUser> {
    let output = aws
        .client(Operation::GetUser)
        .get_user()
        .access_token(access_token.expose())
        .send()
        .response()
        .await?;
    let mut user = CurrentUser::new(
        from_response(Username::new(output.username))?,
        attributes(Some(output.user_attributes)),
    );
    user.mfa_factors = output.user_mfa_setting_list.unwrap_or_default();
    user.preferred_mfa = output.preferred_mfa_setting;
    Ok(user)
}

pub(super) async fn update_attributes(
    aws: &AwsCognito,
    request: UpdateAttributesRequest,
) -> Result<Vec<CodeDelivery>> {
    let output = aws
        .client(Operation::UpdateUserAttributes)
        .update_user_attributes()
        .access_token(request.access_token.expose())
        .set_user_attributes(Some(to_sdk(&request.attributes)?))
        .set_client_metadata(metadata(&request.client_metadata))
        .send()
        .response()
        .await?;
    Ok(output
        .code_delivery_details_list()
        .iter()
        .map(delivery)
        .collect())
}

pub(super) async fn delete_attributes(
    aws: &AwsCognito,
    request: DeleteAttributesRequest,
) -> Result<()> {
    let names = request.names.iter().map(|name| name.as_str().to_owned());
    // Sent once, because AWS does not document its response for attributes that are already
    // deleted.
    aws.client(Operation::DeleteUserAttributes)
        .delete_user_attributes()
        .access_token(request.access_token.expose())
        .set_user_attribute_names(Some(names.collect()))
        .send()
        .response()
        .await?;
    Ok(())
}

pub(super) async fn send_attribute_code(
    aws: &AwsCognito,
    request: SendAttributeCodeRequest,
) -> Result<CodeDelivery> {
    let output = aws
        .client(Operation::GetUserAttributeVerificationCode)
        .get_user_attribute_verification_code()
        .access_token(request.access_token.expose())
        .attribute_name(request.attribute.as_str())
        .set_client_metadata(metadata(&request.client_metadata))
        .send()
        .response()
        .await?;
    output
        .code_delivery_details()
        .map(delivery)
        .ok_or_else(|| missing("code delivery details"))
}

pub(super) async fn verify_attribute(
    aws: &AwsCognito,
    request: VerifyAttributeRequest,
) -> Result<()> {
    aws.client(Operation::VerifyUserAttribute)
        .verify_user_attribute()
        .access_token(request.access_token.expose())
        .attribute_name(request.attribute.as_str())
        .code(request.code.expose())
        .send()
        .response()
        .await?;
    Ok(())
}

pub(super) async fn delete_current_user(
    aws: &AwsCognito,
    access_token: &AccessToken,
) -> Result<RepliedAt> {
    // Not idempotent: a second attempt would not find the token's user.
    let date = ServerDate::default();
    aws.client(Operation::DeleteUser)
        .delete_user()
        .access_token(access_token.expose())
        .customize()
        .interceptor(date.clone())
        .send()
        .response()
        .await?;
    Ok(date.replied_at())
}
