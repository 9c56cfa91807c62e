//! The factors with which a user can sign in.

use serde::Serialize;

use crate::open_enum::open_enum;

open_enum! {
    /// A factor for signing in (`AuthFactorType` of the API).
    AuthFactor {
        /// A code by e-mail.
        EmailOtp = "EMAIL_OTP",
        /// The password.
        Password = "PASSWORD",
        /// A code by SMS.
        SmsOtp = "SMS_OTP",
        /// An authenticator app. Only as the second factor.
        SoftwareToken = "SOFTWARE_TOKEN",
        /// A passkey.
        WebAuthn = "WEB_AUTHN",
    }
}

record! {
    /// A user's factors for signing in, and the enabled second factors.
    #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
    pub struct AuthFactors {
        /// The factors for a choice-based sign-in (`USER_AUTH`).
        #[serde(rename = "authFactors")]
        pub factors: Vec<AuthFactor>,
        ..
        /// The enabled second factors: `SOFTWARE_TOKEN_MFA`, `SMS_MFA` or `EMAIL_OTP`.
        #[serde(rename = "mfa")]
        pub mfa_factors: Vec<String>,
        /// The preferred second factor. `None` if the user has not chosen one.
        #[serde(rename = "preferredMfa", skip_serializing_if = "Option::is_none")]
        pub preferred_mfa: Option<String>,
    }
}
