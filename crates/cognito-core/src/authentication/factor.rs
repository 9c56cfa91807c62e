//! The factors with which a user can sign in.

use serde::Serialize;

use crate::open_enum::open_enum;

open_enum! {
    /// A factor with which a user can sign in (`AuthFactorType` of the API).
    AuthFactor {
        /// A code that Cognito sends by e-mail.
        EmailOtp = "EMAIL_OTP",
        /// The user's password.
        Password = "PASSWORD",
        /// A code that Cognito sends by SMS.
        SmsOtp = "SMS_OTP",
        /// A code of an authenticator app. It can only be the second factor.
        SoftwareToken = "SOFTWARE_TOKEN",
        /// A passkey.
        WebAuthn = "WEB_AUTHN",
    }
}

record! {
    /// The factors with which a user can sign in: first factors and second factors.
    #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
    pub struct AuthFactors {
        /// The first factors that the user has for a choice-based sign-in (`USER_AUTH`).
        #[serde(rename = "authFactors")]
        pub factors: Vec<AuthFactor>,
        ..
        /// The enabled second factors, such as `SOFTWARE_TOKEN_MFA`, `SMS_MFA` or `EMAIL_OTP`.
        #[serde(rename = "mfa")]
        pub mfa_factors: Vec<String>,
        /// The preferred second factor. `None` if the user has no preference.
        #[serde(rename = "preferredMfa", skip_serializing_if = "Option::is_none")]
        pub preferred_mfa: Option<String>,
    }
}
