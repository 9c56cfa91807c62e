//! The operations `AssociateSoftwareToken`, `VerifySoftwareToken`, `SetUserMFAPreference` and
//! `GetUserAuthFactors`.

use aws_sdk_cognitoidentityprovider::types::VerifySoftwareTokenResponseType;
use cognito_core::account::mfa::{MfaPreference, VerifyTotpRequest};
use cognito_core::authentication::factor::AuthFactors;
use cognito_core::secret::TotpSecret;
use cognito_core::{AccessToken, Error, ErrorKind, Result};

use crate::AwsCognito;
use crate::error::{from_response, missing};
use crate::factors::{Settings, factors};
use crate::send::send;

pub(crate) async fn associate_totp(
    aws: &AwsCognito,
    access_token: &AccessToken,
) -> Result<TotpSecret> {
    let output = send!(aws, AssociateSoftwareToken.associate_software_token {
        access_token: access_token.expose(),
    })?;
    let secret = output.secret_code.ok_or_else(|| missing("secret code"))?;
    from_response(TotpSecret::new(secret))
}

pub(crate) async fn verify_totp(aws: &AwsCognito, request: VerifyTotpRequest) -> Result<()> {
    let output = send!(aws, VerifySoftwareToken.verify_software_token {
        access_token: request.access_token.expose(),
        user_code: request.code.expose(),
        set_friendly_device_name: request.device_name.map(String::from),
    })?;
    match output.status() {
        Some(VerifySoftwareTokenResponseType::Success) => Ok(()),
        _ => Err(Error::new(ErrorKind::CodeMismatch)),
    }
}

pub(crate) async fn set_mfa_preference(
    aws: &AwsCognito,
    access_token: &AccessToken,
    preference: MfaPreference,
) -> Result<()> {
    let settings = Settings::from(preference);
    send!(aws, SetUserMfaPreference.set_user_mfa_preference {
        access_token: access_token.expose(),
        set_software_token_mfa_settings: settings.totp,
        set_sms_mfa_settings: settings.sms,
        set_email_mfa_settings: settings.email,
    })
    .map(drop)
}

pub(crate) async fn auth_factors(
    aws: &AwsCognito,
    access_token: &AccessToken,
) -> Result<AuthFactors> {
    let output = send!(aws, GetUserAuthFactors.get_user_auth_factors {
        access_token: access_token.expose(),
    })?;
    Ok(factors(
        output.configured_user_auth_factors,
        output.user_mfa_setting_list,
        output.preferred_mfa_setting,
    ))
}
