//! Factors of a user, for an operator.

use cognito_core::account::mfa::MfaPreference;
use cognito_core::administration::mfa::SetUserMfaPreferenceRequest;
use cognito_core::authentication::factor::AuthFactors;
use cognito_core::ports::Administration;
use cognito_core::{Done, Operation, Username};

use crate::Call;
use crate::administration::users::AdminUser;

impl AdminUser {
    /// Returns the factors for a choice-based sign-in, and the enabled second factors
    /// (`cognito-idp:AdminGetUserAuthFactors`).
    pub fn auth_factors(&self) -> Call<Username, AuthFactors> {
        self.call(
            Operation::AdminGetUserAuthFactors,
            Ok,
            async |inner, name| inner.administration.user_auth_factors(&name).await,
        )
        .reads()
    }

    /// Enables or disables second factors of the user (`cognito-idp:AdminSetUserMFAPreference`).
    /// Factors that are not named stay unchanged. An authenticator app can be enabled only if the
    /// user has set one up.
    ///
    /// ```no_run
    /// # async fn example(cognito: cognito::Cognito) -> cognito::Result<()> {
    /// use cognito::account::{FactorChange, MfaPreference};
    ///
    /// // The user has lost the phone.
    /// let change = MfaPreference::new().totp(FactorChange::Off);
    /// cognito.admin().user("ann@example.com").set_mfa_preference(change).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) for a factor that the user cannot
    /// have yet.
    pub fn set_mfa_preference(
        &self,
        preference: MfaPreference,
    ) -> Call<SetUserMfaPreferenceRequest, Done> {
        self.call(
            Operation::AdminSetUserMfaPreference,
            |username| Ok(SetUserMfaPreferenceRequest::new(username, preference)),
            async |inner, request| inner.administration.set_user_mfa_preference(request).await,
        )
        .done("MFA preference updated successfully")
    }

    /// Deletes the set-up of the user's authenticator app (`cognito-idp:AdminDeleteSoftwareToken`),
    /// for a user who has lost the device. The user can set up another one. If the pool requires a
    /// second factor, disabling the app with [`set_mfa_preference`](Self::set_mfa_preference) is
    /// not enough.
    ///
    /// AWS does not document its response for a user without an authenticator app. The emulator
    /// responds with success.
    ///
    /// ```no_run
    /// # async fn example(cognito: cognito::Cognito) -> cognito::Result<()> {
    /// cognito.admin().user("ann@example.com").delete_totp().await?;
    /// # Ok(()) }
    /// ```
    pub fn delete_totp(&self) -> Call<Username, Done> {
        self.call(
            Operation::AdminDeleteSoftwareToken,
            Ok,
            async |inner, name| inner.administration.delete_user_totp(&name).await,
        )
        .done("Authenticator app deleted successfully")
    }
}
