//! The operations `AssociateSoftwareToken`, `VerifySoftwareToken`, `SetUserMFAPreference` and
//! `GetUserAuthFactors`.

use aws_sdk_cognitoidentityprovider::types::VerifySoftwareTokenResponseType;
use cognito_core::account::mfa::{MfaPreference, VerifyTotpRequest};
use cognito_core::authentication::factor::AuthFactors;
use cognito_core::secret::TotpSecret;
use cognito_core::{AccessToken, Error, ErrorKind};

use crate::error::{from_response, missing};
use crate::factors::{email, factors, sms, totp};
use crate::send::operations;

operations! {
    fn associate_totp(access_token: &AccessToken) -> TotpSecret = send!(
        AssociateSoftwareToken.associate_software_token { access_token: access_token.expose() }
    ) => |output| {
        let secret = output.secret_code.ok_or_else(|| missing("secret code"))?;
        from_response(TotpSecret::new(secret))
    };

    fn verify_totp(request: VerifyTotpRequest) -> () = send!(
        VerifySoftwareToken.verify_software_token {
            access_token: request.access_token.expose(),
            user_code: request.code.expose(),
            set_friendly_device_name: request.device_name.map(String::from),
        }
    ) => |output| match output.status() {
        Some(VerifySoftwareTokenResponseType::Success) => Ok(()),
        _ => Err(Error::new(ErrorKind::CodeMismatch)),
    };

    fn set_mfa_preference(access_token: &AccessToken, preference: MfaPreference) = send!(
        SetUserMfaPreference.set_user_mfa_preference {
            access_token: access_token.expose(),
            set_software_token_mfa_settings: preference.totp.map(totp),
            set_sms_mfa_settings: preference.sms.map(sms),
            set_email_mfa_settings: preference.email.map(email),
        }
    );

    fn auth_factors(access_token: &AccessToken) -> AuthFactors = send!(
        GetUserAuthFactors.get_user_auth_factors { access_token: access_token.expose() }
    ) => |output| Ok(factors(
        output.configured_user_auth_factors,
        output.user_mfa_setting_list,
        output.preferred_mfa_setting,
    ));
}
