//! The names of challenges.

use std::fmt;

macro_rules! names {
    ($($name:ident $wire:literal)*) => {
        /// The name of a challenge: one of the 16 names that AWS documents, or another name that
        /// Cognito sent.
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ChallengeName {
            $(#[doc = concat!("The challenge `", $wire, "`.")] $name,)*
            /// A name that this version does not support, as Cognito sent it.
            Other(String),
        }

        impl ChallengeName {
            /// All challenge names that this version supports.
            pub const KNOWN: &'static [Self] = &[$(Self::$name),*];

            /// Returns the name in Cognito's spelling, such as `SOFTWARE_TOKEN_MFA`.
            pub const fn as_str(&self) -> &str {
                match self {
                    $(Self::$name => $wire,)*
                    Self::Other(name) => name.as_str(),
                }
            }
        }

        impl From<&str> for ChallengeName {
            fn from(name: &str) -> Self {
                match name {
                    $($wire => Self::$name,)*
                    other => Self::Other(other.to_owned()),
                }
            }
        }

        impl From<String> for ChallengeName {
            fn from(name: String) -> Self {
                match name.as_str() {
                    $($wire => Self::$name,)*
                    _ => Self::Other(name),
                }
            }
        }
    };
}

names! {
    AdminNoSrpAuth "ADMIN_NO_SRP_AUTH"
    CustomChallenge "CUSTOM_CHALLENGE"
    DevicePasswordVerifier "DEVICE_PASSWORD_VERIFIER"
    DeviceSrpAuth "DEVICE_SRP_AUTH"
    EmailOtp "EMAIL_OTP"
    MfaSetup "MFA_SETUP"
    NewPasswordRequired "NEW_PASSWORD_REQUIRED"
    PasswordChallenge "PASSWORD"
    PasswordSrp "PASSWORD_SRP"
    PasswordVerifier "PASSWORD_VERIFIER"
    SelectChallenge "SELECT_CHALLENGE"
    SelectMfaType "SELECT_MFA_TYPE"
    SmsMfa "SMS_MFA"
    SmsOtp "SMS_OTP"
    SoftwareTokenMfa "SOFTWARE_TOKEN_MFA"
    WebAuthn "WEB_AUTHN"
}

impl fmt::Display for ChallengeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
