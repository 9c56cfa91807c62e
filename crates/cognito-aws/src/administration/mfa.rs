//! `AdminSetUserMFAPreference`.

use aws_sdk_cognitoidentityprovider::types::{
    EmailMfaSettingsType, SmsMfaSettingsType, SoftwareTokenMfaSettingsType,
};
use cognito_core::Result;
use cognito_core::administration::mfa::SetUserMfaPreferenceRequest;

use crate::AwsCognito;
use crate::error::from_sdk;
use crate::quiet::Quiet;

pub(super) async fn set_preference(
    aws: &AwsCognito,
    request: SetUserMfaPreferenceRequest,
) -> Result<()> {
    let preference = request.preference;
    let totp = preference.totp.map(|change| {
        SoftwareTokenMfaSettingsType::builder()
            .enabled(change.is_on())
            .preferred_mfa(change.is_preferred())
            .build()
    });
    let sms = preference.sms.map(|change| {
        SmsMfaSettingsType::builder()
            .enabled(change.is_on())
            .preferred_mfa(change.is_preferred())
            .build()
    });
    let email = preference.email.map(|change| {
        EmailMfaSettingsType::builder()
            .enabled(change.is_on())
            .preferred_mfa(change.is_preferred())
            .build()
    });
    aws.repeatable
        .admin_set_user_mfa_preference()
        .user_pool_id(aws.pool().user_pool_id.as_str())
        .username(request.username.as_str())
        .set_software_token_mfa_settings(totp)
        .set_sms_mfa_settings(sms)
        .set_email_mfa_settings(email)
        .send()
        .quietly()
        .await
        .map_err(from_sdk)?;
    Ok(())
}
