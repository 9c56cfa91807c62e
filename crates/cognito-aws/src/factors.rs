//! Converts the authentication factors of users.

use aws_sdk_cognitoidentityprovider::types::{
    AuthFactorType, EmailMfaSettingsType, SmsMfaSettingsType, SoftwareTokenMfaSettingsType,
};
use cognito_core::account::mfa::FactorChange;
use cognito_core::authentication::factor::{AuthFactor, AuthFactors};

/// Defines a function that converts a [`FactorChange`] to the SDK's type for the settings of a
/// second factor.
macro_rules! setting {
    ($name:ident: $type:ident) => {
        pub(crate) fn $name(change: FactorChange) -> $type {
            $type::builder()
                .enabled(change.is_on())
                .preferred_mfa(change.is_preferred())
                .build()
        }
    };
}

setting!(email: EmailMfaSettingsType);
setting!(sms: SmsMfaSettingsType);
setting!(totp: SoftwareTokenMfaSettingsType);

/// Converts the factors of a user in a response. `None` becomes an empty list.
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
