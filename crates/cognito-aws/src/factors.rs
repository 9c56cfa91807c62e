//! Conversions of factors.

use aws_sdk_cognitoidentityprovider::types::{
    AuthFactorType, EmailMfaSettingsType, SmsMfaSettingsType, SoftwareTokenMfaSettingsType,
};
use cognito_core::account::mfa::{FactorChange, MfaPreference};
use cognito_core::authentication::factor::{AuthFactor, AuthFactors};

/// The change of each factor. A factor that is `None` does not change.
pub(crate) struct Settings {
    pub(crate) email: Option<EmailMfaSettingsType>,
    pub(crate) sms: Option<SmsMfaSettingsType>,
    pub(crate) totp: Option<SoftwareTokenMfaSettingsType>,
}

macro_rules! setting {
    ($type:ident) => {
        |change: FactorChange| {
            $type::builder()
                .enabled(change.is_on())
                .preferred_mfa(change.is_preferred())
                .build()
        }
    };
}

impl From<MfaPreference> for Settings {
    fn from(preference: MfaPreference) -> Self {
        Self {
            email: preference.email.map(setting!(EmailMfaSettingsType)),
            sms: preference.sms.map(setting!(SmsMfaSettingsType)),
            totp: preference.totp.map(setting!(SoftwareTokenMfaSettingsType)),
        }
    }
}

/// Converts the factors of a user in a response to the user or to an operator.
pub(crate) fn factors(
    configured: Option<Vec<AuthFactorType>>,
    mfa_factors: Option<Vec<String>>,
    preferred_mfa: Option<String>,
) -> AuthFactors {
    let configured = configured.unwrap_or_default().into_iter();
    let configured = configured.map(|factor| AuthFactor::from(factor.as_str()));
    let mut factors = AuthFactors::new(configured.collect());
    factors.mfa_factors = mfa_factors.unwrap_or_default();
    factors.preferred_mfa = preferred_mfa;
    factors
}
