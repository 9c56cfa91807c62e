//! The factors with which a user can sign in.

use derive_new::new;
use serde::{Serialize, Serializer};

/// A factor for signing in (`AuthFactorType` of the API).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AuthFactor {
    /// A code by e-mail.
    EmailOtp,
    /// The password.
    Password,
    /// A code by SMS.
    SmsOtp,
    /// An authenticator app. Only as the second factor.
    SoftwareToken,
    /// A passkey.
    WebAuthn,
    /// A value that this version does not know, as Cognito sent it.
    Other(String),
}

impl AuthFactor {
    /// Returns the factor in Cognito's spelling, such as `EMAIL_OTP`.
    pub fn as_str(&self) -> &str {
        match self {
            Self::EmailOtp => "EMAIL_OTP",
            Self::Password => "PASSWORD",
            Self::SmsOtp => "SMS_OTP",
            Self::SoftwareToken => "SOFTWARE_TOKEN",
            Self::WebAuthn => "WEB_AUTHN",
            Self::Other(text) => text,
        }
    }
}

impl From<&str> for AuthFactor {
    fn from(text: &str) -> Self {
        match text {
            "EMAIL_OTP" => Self::EmailOtp,
            "PASSWORD" => Self::Password,
            "SMS_OTP" => Self::SmsOtp,
            "SOFTWARE_TOKEN" => Self::SoftwareToken,
            "WEB_AUTHN" => Self::WebAuthn,
            other => Self::Other(other.to_owned()),
        }
    }
}

impl Serialize for AuthFactor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// A user's factors for signing in, and the enabled second factors.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, new)]
#[non_exhaustive]
pub struct AuthFactors {
    /// The factors for a choice-based sign-in (`USER_AUTH`).
    #[serde(rename = "authFactors")]
    pub factors: Vec<AuthFactor>,
    /// The enabled second factors: `SOFTWARE_TOKEN_MFA`, `SMS_MFA` or `EMAIL_OTP`.
    #[serde(rename = "mfa")]
    #[new(default)]
    pub mfa_factors: Vec<String>,
    /// The preferred second factor.
    #[serde(rename = "preferredMfa", skip_serializing_if = "Option::is_none")]
    #[new(default)]
    pub preferred_mfa: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_keep_cognito_s_spelling_new_ones_too() {
        for text in [
            "EMAIL_OTP",
            "PASSWORD",
            "SMS_OTP",
            "SOFTWARE_TOKEN",
            "WEB_AUTHN",
            "TELEPATHY",
        ] {
            let factor = AuthFactor::from(text);
            assert_eq!(factor.as_str(), text);
            assert_eq!(matches!(factor, AuthFactor::Other(_)), text == "TELEPATHY");
        }
    }

    #[test]
    fn factors_serialize_like_the_current_users() {
        let mut factors = AuthFactors::new(vec![AuthFactor::Password]);
        factors.mfa_factors.push("SMS_MFA".to_owned());
        assert_eq!(
            serde_json::to_value(&factors).unwrap(),
            serde_json::json!({"authFactors": ["PASSWORD"], "mfa": ["SMS_MFA"]})
        );
    }
}
