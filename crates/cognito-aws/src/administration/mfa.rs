//! `AdminSetUserMFAPreference`, `AdminGetUserAuthFactors`.

use cognito_core::administration::mfa::SetUserMfaPreferenceRequest;
use cognito_core::authentication::factor::AuthFactors;
use cognito_core::{Operation, Result, Username};

use crate::AwsCognito;
use crate::factors::{Settings, factors};
use crate::quiet::Response;

pub(super) async fn set_preference(
    aws: &AwsCognito,
    request: SetUserMfaPreferenceRequest,
) -> Result<()> {
    let settings = Settings::from(request.preference);
    aws.client(Operation::AdminSetUserMfaPreference)
        .admin_set_user_mfa_preference()
        .user_pool_id(aws.pool().user_pool_id.as_str())
        .username(request.username.as_str())
        .set_software_token_mfa_settings(settings.totp)
        .set_sms_mfa_settings(settings.sms)
        .set_email_mfa_settings(settings.email)
        .send()
        .response()
        .await?;
    Ok(())
}

pub(super) async fn auth_factors(aws: &AwsCognito, username: &Username) -> Result<AuthFactors> {
    let output = aws
        .client(Operation::AdminGetUserAuthFactors)
        .admin_get_user_auth_factors()
        .user_pool_id(aws.pool().user_pool_id.as_str())
        .username(username.as_str())
        .send()
        .response()
        .await?;
    Ok(factors(
        &output.configured_user_auth_factors.unwrap_or_default(),
        output.user_mfa_setting_list,
        output.preferred_mfa_setting,
    ))
}
