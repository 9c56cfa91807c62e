//! The operations `AdminSetUserMFAPreference`, `AdminSetUserSettings`, `AdminDeleteSoftwareToken`
//! and `AdminGetUserAuthFactors`.

use aws_sdk_cognitoidentityprovider::types::{DeliveryMediumType, MfaOptionType};
use cognito_core::Username;
use cognito_core::administration::mfa::{SetUserMfaPreferenceRequest, SetUserSettingsRequest};
use cognito_core::authentication::factor::AuthFactors;

use crate::factors::{email, factors, sms, totp};
use crate::send::operations;

operations! {
    fn set_user_mfa_preference(request: SetUserMfaPreferenceRequest) = send_to_pool!(
        AdminSetUserMfaPreference.admin_set_user_mfa_preference {
            username: request.username,
            set_software_token_mfa_settings: request.preference.totp.map(totp),
            set_sms_mfa_settings: request.preference.sms.map(sms),
            set_email_mfa_settings: request.preference.email.map(email),
        }
    );

    fn set_user_settings(request: SetUserSettingsRequest) = send_to_pool!(
        AdminSetUserSettings.admin_set_user_settings {
            username: request.username,
            set_mfa_options: Some(sms_options(request.sms_mfa)),
        }
    );

    fn delete_user_totp(username: &Username) = send_to_pool!(
        AdminDeleteSoftwareToken.admin_delete_software_token { username: username.as_str() }
    );

    fn user_auth_factors(username: &Username) -> AuthFactors = send_to_pool!(
        AdminGetUserAuthFactors.admin_get_user_auth_factors { username: username.as_str() }
    ) => |output| Ok(factors(
        output.configured_user_auth_factors,
        output.user_mfa_setting_list,
        output.preferred_mfa_setting,
    ));
}

/// Returns `MFAOptions`. Cognito accepts one option only: a code by SMS to the user's phone number.
fn sms_options(enabled: bool) -> Vec<MfaOptionType> {
    let sms = MfaOptionType::builder()
        .delivery_medium(DeliveryMediumType::Sms)
        .attribute_name("phone_number")
        .build();
    if enabled { vec![sms] } else { Vec::new() }
}
