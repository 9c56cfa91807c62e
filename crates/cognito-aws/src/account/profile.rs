//! `GetUser`, `UpdateUserAttributes`.

use cognito_core::account::profile::UpdateAttributesRequest;
use cognito_core::{AccessToken, CodeDelivery, CurrentUser, Result, Username};

use crate::AwsCognito;
use crate::attributes::{delivery, from_sdk as attributes, metadata, to_sdk};
use crate::error::{answered, from_sdk};
use crate::quiet::Quiet;

pub(super) async fn current_user(
    aws: &AwsCognito,
    access_token: &AccessToken,
) -> Result<CurrentUser> {
    let output = aws
        .repeatable
        .get_user()
        .access_token(access_token.expose())
        .send()
        .quietly()
        .await
        .map_err(from_sdk)?;
    let mut user = CurrentUser::new(
        answered(Username::new(output.username))?,
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
        .once
        .update_user_attributes()
        .access_token(request.access_token.expose())
        .set_user_attributes(Some(to_sdk(&request.attributes)?))
        .set_client_metadata(metadata(&request.client_metadata))
        .send()
        .quietly()
        .await
        .map_err(from_sdk)?;
    Ok(output
        .code_delivery_details_list()
        .iter()
        .map(delivery)
        .collect())
}
