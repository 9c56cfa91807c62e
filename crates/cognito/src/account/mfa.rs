//! Set-up of an authenticator app, and the factors of a signed-in user.

use std::sync::Arc;

use cognito_cache::Purpose;
use cognito_core::account::mfa::{FactorChange, MfaPreference, VerifyTotpRequest};
use cognito_core::authentication::factor::AuthFactors;
use cognito_core::id::DeviceName;
use cognito_core::ports::Account;
use cognito_core::secret::TotpSecret;
use cognito_core::{AccessToken, Done, InvalidInput, Operation, Result, TotpCode};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use crate::Call;
use crate::account::OwnAccount;
use crate::call::{port_call, valid};
use crate::cognito::Inner;
use crate::requests::OperationFuture;

impl OwnAccount {
    /// Starts the set-up of an authenticator app. The result contains a new secret for the app.
    /// Fails with [`MfaNotSetUp`](crate::ErrorKind::MfaNotSetUp) if the user pool does not allow
    /// authenticator apps.
    ///
    /// The secret of an earlier set-up that was not completed becomes invalid. An app that is
    /// already in use works until [`confirm_totp`](Self::confirm_totp) has verified a code of the
    /// new app. AWS documented this behaviour in 2024. The current documentation of AWS does not
    /// mention it.
    ///
    /// The attempt guard limits the set-ups of one user ([`Purpose::FactorSetup`]). Over the limit,
    /// the call fails with [`AttemptLimit`](crate::ErrorKind::AttemptLimit).
    pub fn setup_totp(&self) -> Call<AccessToken, TotpSetup> {
        port_call!(self, AssociateSoftwareToken => account.associate_totp(&_), Ok)
            .user(self.user())
            .guarded(Purpose::FactorSetup)
            .map(|secret| TotpSetup { secret })
    }

    /// Completes the set-up of an authenticator app: verifies a code of the app, enables the app as
    /// a second factor, and makes it the preferred factor. The app replaces an earlier app of the
    /// user. Two operations are called, because `VerifySoftwareToken` does not enable the factor,
    /// and `SetUserMFAPreference` does.
    ///
    /// # Errors
    ///
    /// [`CodeMismatch`](crate::ErrorKind::CodeMismatch) if the code is wrong.
    /// [`AttemptLimit`](crate::ErrorKind::AttemptLimit) after too many wrong codes.
    ///
    /// If the [operation](crate::Error::operation) of the error is `SetUserMFAPreference`, the app
    /// is verified, but the factor is not enabled. The code cannot be used again. Call
    /// [`set_mfa_preference`](Self::set_mfa_preference) to enable the factor.
    pub fn confirm_totp(
        &self,
        code: impl TryInto<TotpCode, Error: Into<InvalidInput>>,
    ) -> ConfirmTotp {
        let verify = port_call!(self, VerifySoftwareToken => account.verify_totp(_), |token| {
            Ok(VerifyTotpRequest::new(token, valid(code)?))
        })
        .user(self.user())
        .guarded(Purpose::MfaCode);
        ConfirmTotp {
            verify,
            prefer: self.set_mfa_preference(MfaPreference::new().totp(FactorChange::Preferred)),
        }
    }

    /// Returns the factors for a sign-in by choice
    /// ([`login_by_choice`](crate::Cognito::login_by_choice)), and the enabled second factors.
    pub fn auth_factors(&self) -> Call<AccessToken, AuthFactors> {
        port_call!(self, GetUserAuthFactors => account.auth_factors(&_), Ok).reads()
    }

    /// Enables or disables second factors. Factors that `preference` does not contain stay
    /// unchanged.
    ///
    /// # Errors
    ///
    /// [`MfaNotSetUp`](crate::ErrorKind::MfaNotSetUp) if a factor is enabled that the user has not
    /// set up, such as an authenticator app or a phone number.
    pub fn set_mfa_preference(&self, preference: MfaPreference) -> Call<AccessToken, Done> {
        self.call(
            Operation::SetUserMfaPreference,
            Ok,
            move |inner: Arc<Inner>, token| async move {
                inner.account.set_mfa_preference(&token, preference).await
            },
        )
        .done("MFA preference updated successfully")
    }
}

/// The secret with which a user sets up an authenticator app. It serializes to `{"secretCode":
/// "…"}`, for the user's browser. The JSON contains the secret unencrypted.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TotpSetup {
    /// The secret for the authenticator app, in base32.
    pub secret: TotpSecret,
}

impl TotpSetup {
    /// Returns the URL for the QR code that an authenticator app scans:
    /// `otpauth://totp/Issuer:account?secret=…&issuer=Issuer`. `issuer` is the name of your
    /// service, and `account` is the name of the user. The URL contains the secret, so show it only
    /// to the user.
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

/// A call that completes the set-up of an authenticator app, created by
/// [`OwnAccount::confirm_totp`]. `.await` calls `VerifySoftwareToken` and then
/// `SetUserMFAPreference`.
#[derive(Clone, Debug)]
#[must_use = "an operation does nothing until it is awaited"]
pub struct ConfirmTotp {
    verify: Call<VerifyTotpRequest, ()>,
    prefer: Call<AccessToken, Done>,
}

impl ConfirmTotp {
    /// Sets the name of the authenticator app in Cognito, such as `My iPhone`. Default: no name.
    pub fn device_name(mut self, name: impl Into<String>) -> Self {
        self.verify = self.verify.try_set(DeviceName::new(name), |request, name| {
            request.device_name = Some(name);
        });
        self
    }
}

impl IntoFuture for ConfirmTotp {
    type Output = Result<MfaEnabled>;
    type IntoFuture = OperationFuture<MfaEnabled>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            self.verify.await?;
            self.prefer.await?;
            Ok(MfaEnabled {
                status: "SUCCESS",
                message: "MFA enabled successfully",
            })
        })
    }
}

/// The result of [`OwnAccount::confirm_totp`]. It serializes to `{"status": "SUCCESS", "message":
/// "…"}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct MfaEnabled {
    /// Always `SUCCESS`, because a failure is returned as an error.
    pub status: &'static str,
    /// A description of the completed action. It is safe to show to any caller.
    pub message: &'static str,
}
