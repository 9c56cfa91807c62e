//! The JSON form of a challenge for front ends.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::authentication::challenge::{Challenge, ChallengeName};

impl Challenge {
    /// Returns `true` for the challenges `SMS_MFA`, `EMAIL_OTP` and `SOFTWARE_TOKEN_MFA`, which
    /// require a code.
    ///
    /// Cognito uses the name `EMAIL_OTP` for a first and for a second factor. The result is
    /// therefore also `true` for an e-mail code that is a first factor. An SMS code that is a first
    /// factor is `SMS_OTP`: the result is `false`.
    pub const fn requires_mfa(&self) -> bool {
        matches!(
            self,
            Self::SmsMfa(_) | Self::EmailOtp(_) | Self::SoftwareTokenMfa(_)
        )
    }

    /// Returns `true` if the challenge requires a new password.
    pub const fn requires_new_password(&self) -> bool {
        matches!(self, Self::NewPasswordRequired(_))
    }
}

impl Serialize for Challenge {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let step = self.step();
        let mut body = serializer.serialize_map(None)?;
        if self.requires_mfa() {
            body.serialize_entry("requiresMFA", &true)?;
        }
        if self.requires_new_password() {
            body.serialize_entry("requiresNewPassword", &true)?;
        }
        body.serialize_entry("challenge", step.name.as_str())?;
        if let Some(session) = &step.session {
            body.serialize_entry("session", session.expose())?;
        }
        body.serialize_entry("username", step.username.as_str())?;
        if !step.available.is_empty() {
            let names: Vec<_> = step.available.iter().map(ChallengeName::as_str).collect();
            body.serialize_entry("availableChallenges", &names)?;
        }
        if let Self::WebAuthn(passkey) = self
            && let Some(options) = passkey.request_options()
        {
            body.serialize_entry("credentialRequestOptions", &options)?;
        }
        body.end()
    }
}
