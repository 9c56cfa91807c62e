//! The operations `AdminSetUserMFAPreference`, `AdminDeleteSoftwareToken` and
//! `AdminGetUserAuthFactors`.

use cognito_core::administration::mfa::SetUserMfaPreferenceRequest;
use cognito_core::authentication::factor::AuthFactors;
use cognito_core::{Result, Username};

use crate::AwsCognito;
use crate::factors::{Settings, factors};
use crate::send::send_to_pool;

pub(crate) async fn set_user_mfa_preference(
    aws: &AwsCognito,
    request: SetUserMfaPreferenceRequest,
) -> Result<()> {
    let settings = Settings::from(request.preference);
    send_to_pool!(aws, AdminSetUserMfaPreference.admin_set_user_mfa_preference {
        username: request.username,
        set_software_token_mfa_settings: settings.totp,
        set_sms_mfa_settings: settings.sms,
        set_email_mfa_settings: settings.email,
    })
    .map(drop)
}

pub(crate) async fn delete_user_totp(aws: &AwsCognito, username: &Username) -> Result<()> {
    send_to_pool!(aws, AdminDeleteSoftwareToken.admin_delete_software_token {
        username: username.as_str(),
    })
    .map(drop)
}

pub(crate) async fn user_auth_factors(
    aws: &AwsCognito,
    username: &Username,
) -> Result<AuthFactors> {
    let output = send_to_pool!(aws, AdminGetUserAuthFactors.admin_get_user_auth_factors {
        username: username.as_str(),
    })?;
    Ok(factors(
        output.configured_user_auth_factors,
        output.user_mfa_setting_list,
        output.preferred_mfa_setting,
    ))
}
