//! The operations `AdminSetUserMFAPreference`, `AdminDeleteSoftwareToken` and
//! `AdminGetUserAuthFactors`.

use cognito_core::Username;
use cognito_core::administration::mfa::SetUserMfaPreferenceRequest;
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
