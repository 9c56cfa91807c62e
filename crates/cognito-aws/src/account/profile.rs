//! The operations `GetUser`, `UpdateUserAttributes`, `DeleteUserAttributes`,
//! `GetUserAttributeVerificationCode`, `VerifyUserAttribute` and `DeleteUser`.

use cognito_core::account::profile::{
    DeleteAttributesRequest, SendAttributeCodeRequest, UpdateAttributesRequest,
    VerifyAttributeRequest,
};
use cognito_core::ports::RepliedAt;
use cognito_core::user::CurrentUser;
use cognito_core::{AccessToken, CodeDelivery, Username};

use crate::attributes::{attributes, delivery, metadata, names, required_delivery, sdk_attributes};
use crate::error::from_response;
use crate::send::operations;

operations! {
    fn current_user(access_token: &AccessToken) -> CurrentUser = send!(
        GetUser.get_user { access_token: access_token.expose() }
    ) => |output| {
        let name = from_response(Username::new(output.username))?;
        let mut user = CurrentUser::new(name, attributes(Some(output.user_attributes)));
        user.mfa_factors = output.user_mfa_setting_list.unwrap_or_default();
        user.preferred_mfa = output.preferred_mfa_setting;
        Ok(user)
    };

    fn update_attributes(request: UpdateAttributesRequest) -> Vec<CodeDelivery> = send!(
        UpdateUserAttributes.update_user_attributes {
            access_token: request.access_token.expose(),
            set_user_attributes: Some(sdk_attributes(&request.attributes)?),
            set_client_metadata: metadata(&request.client_metadata),
        }
    ) => |output| Ok(output.code_delivery_details_list().iter().map(delivery).collect());

    // Not retried, because AWS does not document its response for attributes that are already
    // deleted.
    fn delete_attributes(request: DeleteAttributesRequest) = send!(
        DeleteUserAttributes.delete_user_attributes {
            access_token: request.access_token.expose(),
            set_user_attribute_names: Some(names(&request.names)),
        }
    );

    fn send_attribute_code(request: SendAttributeCodeRequest) -> CodeDelivery = send!(
        GetUserAttributeVerificationCode.get_user_attribute_verification_code {
            access_token: request.access_token.expose(),
            attribute_name: request.attribute.as_str(),
            set_client_metadata: metadata(&request.client_metadata),
        }
    ) => |output| required_delivery(output.code_delivery_details());

    fn verify_attribute(request: VerifyAttributeRequest) = send!(
        VerifyUserAttribute.verify_user_attribute {
            access_token: request.access_token.expose(),
            attribute_name: request.attribute.as_str(),
            code: request.code.expose(),
        }
    );

    // Not idempotent: a retry would not find the user of the token.
    fn delete_current_user(access_token: &AccessToken) -> RepliedAt = send_dated!(
        DeleteUser.delete_user { access_token: access_token.expose() }
    );
}
