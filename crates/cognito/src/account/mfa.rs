//! Setting up an authenticator app, and turning second factors on and off.

use cognito_cache::Purpose;
use cognito_core::account::mfa::{FactorChange, MfaPreference, VerifyTotpRequest};
use cognito_core::{
    Account, AuthFactors, DeviceName, Done, InvalidInput, Operation, Result, TotpCode, TotpSecret,
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use crate::account::OwnAccount;
use crate::operation::{Call, awaitable};

impl<'a> OwnAccount<'a> {
    /// Starts setting up an authenticator app and returns its new secret. An app that was set up
    /// before becomes invalid now.
    pub async fn setup_totp(&self) -> Result<TotpSetup> {
        let call = self.call(Operation::AssociateSoftwareToken);
        let secret = self
            .cognito
            .perform(call, self.token().cloned(), async |inner, token| {
                inner.account.associate_totp(&token).await
            })
            .await?;
        Ok(TotpSetup { secret })
    }

    /// Verifies a code of the app, then turns the second factor on and makes it the preferred one.
    /// (Cognito's own call does not turn it on.)
    ///
    /// # Errors
    ///
    /// [`CodeMismatch`](crate::ErrorKind::CodeMismatch). An error with the operation
    /// `SetUserMFAPreference` means that the app is verified but the factor is still off. The code is
    /// used up, so continue with [`set_mfa_preference`](Self::set_mfa_preference).
    pub fn confirm_totp(
        &self,
        code: impl TryInto<TotpCode, Error: Into<InvalidInput>>,
    ) -> ConfirmTotp<'a> {
        ConfirmTotp {
            account: self.clone(),
            code: code.try_into().map_err(Into::into),
            device_name: None,
        }
    }

    /// Returns the factors with which the user can sign in, read from Cognito.
    pub async fn auth_factors(&self) -> Result<AuthFactors> {
        let call = Call::new(Operation::GetUserAuthFactors);
        let account = &self.cognito.inner.account;
        self.cognito
            .read(call, self.token(), |token| account.auth_factors(token))
            .await
    }

    /// Turns second factors on or off. Factors that are not named stay unchanged.
    pub async fn set_mfa_preference(&self, preference: MfaPreference) -> Result<Done> {
        let call = self.call(Operation::SetUserMfaPreference);
        self.cognito
            .perform(call, self.token().cloned(), async move |inner, token| {
                inner.account.set_mfa_preference(&token, preference).await
            })
            .await?;
        Ok(Done::new("MFA preference updated successfully"))
    }
}

/// The secret for an authenticator app. It serializes as `{"secretCode": "…"}` in clear, for the
/// user's browser.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TotpSetup {
    /// The secret, in base32.
    pub secret: TotpSecret,
}

impl TotpSetup {
    /// Returns the URL for a QR code, which an authenticator app reads
    /// (`otpauth://totp/Issuer:account?secret=…&issuer=Issuer`). It contains the secret: show it
    /// only to the user.
    #[must_use]
    pub fn otpauth_url(&self, issuer: &str, account: &str) -> String {
        // Key Uri Format: label and parameters are percent-encoded, a space as %20.
        const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC
            .remove(b'-')
            .remove(b'.')
            .remove(b'_')
            .remove(b'~');
        let issuer = utf8_percent_encode(issuer, UNRESERVED).to_string();
        let account = utf8_percent_encode(account, UNRESERVED);
        let secret = self.secret.expose();
        format!("otpauth://totp/{issuer}:{account}?secret={secret}&issuer={issuer}")
    }
}

impl Serialize for TotpSetup {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut body = serializer.serialize_struct("TotpSetup", 1)?;
        body.serialize_field("secretCode", self.secret.expose())?;
        body.end()
    }
}

/// The builder of [`OwnAccount::confirm_totp`].
#[derive(Debug)]
#[must_use = "an operation does nothing until it is awaited"]
pub struct ConfirmTotp<'a> {
    account: OwnAccount<'a>,
    code: Result<TotpCode, InvalidInput>,
    device_name: Option<Result<DeviceName, InvalidInput>>,
}

impl ConfirmTotp<'_> {
    /// Sets the name that the user gives the device, such as `My iPhone`.
    pub fn device_name(mut self, name: impl Into<String>) -> Self {
        self.device_name = Some(DeviceName::new(name));
        self
    }

    async fn send(self) -> Result<MfaEnabled> {
        let request = (|| {
            let mut request = VerifyTotpRequest::new(self.account.token()?.clone(), self.code?);
            request.device_name = self.device_name.transpose()?;
            Ok(request)
        })();
        let cognito = self.account.cognito;
        let bearer = self.account.bearer();
        let call = self
            .account
            .call(Operation::VerifySoftwareToken)
            .user(&bearer)
            .guarded(Purpose::MfaCode);
        cognito
            .perform(call, request, async |inner, request| {
                inner.account.verify_totp(request).await
            })
            .await?;
        let preference = MfaPreference::new().totp(FactorChange::Preferred);
        self.account.set_mfa_preference(preference).await?;
        Ok(MfaEnabled {
            status: "SUCCESS",
            message: "MFA enabled successfully",
        })
    }
}

/// The result of [`OwnAccount::confirm_totp`]: `{"status": "SUCCESS", "message": "…"}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct MfaEnabled {
    /// Always `SUCCESS`: a failure is an error.
    pub status: &'static str,
    /// What happened. Safe to show to any caller.
    pub message: &'static str,
}

awaitable!(ConfirmTotp => MfaEnabled);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn label_and_issuer_cannot_break_the_url() {
        let setup = TotpSetup {
            secret: "JBSWY3DPEHPK3PXP".parse().unwrap(),
        };
        assert_eq!(
            setup.otpauth_url("Your App", "user+tag@example.com"),
            "otpauth://totp/Your%20App:user%2Btag%40example.com?secret=JBSWY3DPEHPK3PXP&issuer=Your%20App"
        );
        let hostile = setup.otpauth_url("A&secret=X", "b?secret=Y#:é");
        assert_eq!(hostile.matches("secret=").count(), 1, "{hostile}");
        assert_eq!(hostile.matches(['?', '#']).count(), 1, "{hostile}");
    }
}
