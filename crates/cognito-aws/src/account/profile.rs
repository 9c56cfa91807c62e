//! The operations `GetUser`, `UpdateUserAttributes`, `DeleteUserAttributes`,
//! `GetUserAttributeVerificationCode`, `VerifyUserAttribute` and `DeleteUser`.

use cognito_core::account::profile::{
    DeleteAttributesRequest, SendAttributeCodeRequest, UpdateAttributesRequest,
    VerifyAttributeRequest,
};
use cognito_core::ports::RepliedAt;
use cognito_core::user::CurrentUser;
use cognito_core::{AccessToken, CodeDelivery, Result, Username};

use crate::AwsCognito;
use crate::attributes::{attributes, delivery, metadata, names, required_delivery, sdk_attributes};
use crate::error::from_response;
use crate::send::{send, send_dated};

pub(crate) async fn current_user(
    aws: &AwsCognito,
    access_token: &AccessToken,
) -> Result<CurrentUser> {
    let output = send!(aws, GetUser.get_user { access_token: access_token.expose() })?;
    let mut user = CurrentUser::new(
        from_response(Username::new(output.username))?,
        attributes(Some(output.user_attributes)),
    );
    user.mfa_factors = output.user_mfa_setting_list.unwrap_or_default();
    user.preferred_mfa = output.preferred_mfa_setting;
    Ok(user)
}

pub(crate) async fn update_attributes(
    aws: &AwsCognito,
    request: UpdateAttributesRequest,
) -> Result<Vec<CodeDelivery>> {
    let output = send!(aws, UpdateUserAttributes.update_user_attributes {
        access_token: request.access_token.expose(),
        set_user_attributes: Some(sdk_attributes(&request.attributes)?),
        set_client_metadata: metadata(&request.client_metadata),
    })?;
    let deliveries = output.code_delivery_details_list().iter();
    Ok(deliveries.map(delivery).collect())
}

pub(crate) async fn delete_attributes(
    aws: &AwsCognito,
    request: DeleteAttributesRequest,
) -> Result<()> {
    // Sent once, because AWS does not document its response for attributes that are already
    // deleted.
    send!(aws, DeleteUserAttributes.delete_user_attributes {
        access_token: request.access_token.expose(),
        set_user_attribute_names: Some(names(&request.names)),
    })
    .map(drop)
}

pub(crate) async fn send_attribute_code(
    aws: &AwsCognito,
    request: SendAttributeCodeRequest,
) -> Result<CodeDelivery> {
    let output = send!(aws, GetUserAttributeVerificationCode.get_user_attribute_verification_code {
        access_token: request.access_token.expose(),
        attribute_name: request.attribute.as_str(),
        set_client_metadata: metadata(&request.client_metadata),
    })?;
    required_delivery(output.code_delivery_details())
}

pub(crate) async fn verify_attribute(
    aws: &AwsCognito,
    request: VerifyAttributeRequest,
) -> Result<()> {
    send!(aws, VerifyUserAttribute.verify_user_attribute {
        access_token: request.access_token.expose(),
        attribute_name: request.attribute.as_str(),
        code: request.code.expose(),
    })
    .map(drop)
}

pub(crate) async fn delete_current_user(
    aws: &AwsCognito,
    access_token: &AccessToken,
) -> Result<RepliedAt> {
    // Not idempotent: a second attempt would not find the token's user.
    send_dated!(aws, DeleteUser.delete_user { access_token: access_token.expose() })
}
