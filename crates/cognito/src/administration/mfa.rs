//! Operations of an operator on the sign-in factors of a user.

use cognito_core::account::mfa::MfaPreference;
use cognito_core::administration::mfa::{SetUserMfaPreferenceRequest, SetUserSettingsRequest};
use cognito_core::authentication::factor::AuthFactors;
use cognito_core::{Done, Username};

use crate::Call;
use crate::administration::users::AdminUser;
use crate::call::port_call;

impl AdminUser {
    /// Returns the factors for a sign-in by choice
    /// ([`login_by_choice`](crate::Cognito::login_by_choice)), and the enabled second factors of
    /// the user (`cognito-idp:AdminGetUserAuthFactors`).
    ///
    /// # Errors
    ///
    /// `ErrorKind::UserNotFound` if there is no such user.
    pub fn auth_factors(&self) -> Call<Username, AuthFactors> {
        port_call!(self, AdminGetUserAuthFactors => administration.user_auth_factors(&_), Ok)
            .reads()
    }

    /// Enables or disables second factors of the user (`cognito-idp:AdminSetUserMFAPreference`).
    /// Factors that `preference` does not contain stay unchanged.
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
    /// [`MfaNotSetUp`](crate::ErrorKind::MfaNotSetUp) if a factor is enabled that the user has not
    /// set up, such as an authenticator app or a phone number.
    pub fn set_mfa_preference(
        &self,
        preference: MfaPreference,
    ) -> Call<SetUserMfaPreferenceRequest, Done> {
        port_call!(
            self, AdminSetUserMfaPreference => administration.set_user_mfa_preference(_),
            |username| Ok(SetUserMfaPreferenceRequest::new(username, preference))
        )
        .done("MFA preference updated successfully")
    }

    /// Enables or disables SMS codes as the user's second factor
    /// (`cognito-idp:AdminSetUserSettings`).
    ///
    /// AWS no longer supports this operation. Use it only for old user pools whose users have this
    /// setting. For all other pools, use [`set_mfa_preference`](Self::set_mfa_preference), which
    /// supports all factors.
    ///
    /// ```no_run
    /// # async fn example(cognito: cognito::Cognito) -> cognito::Result<()> {
    /// cognito.admin().user("ann@example.com").set_sms_mfa(false).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`MfaNotSetUp`](crate::ErrorKind::MfaNotSetUp) or
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) if the user has no verified phone
    /// number. AWS does not document which of the two.
    pub fn set_sms_mfa(&self, enabled: bool) -> Call<SetUserSettingsRequest, Done> {
        port_call!(
            self, AdminSetUserSettings => administration.set_user_settings(_),
            |username| Ok(SetUserSettingsRequest::new(username, enabled))
        )
        .done("MFA settings updated successfully")
    }

    /// Deletes the set-up of the user's authenticator app (`cognito-idp:AdminDeleteSoftwareToken`).
    /// Use it if the user has lost the device with the app. The user can then set up another app.
    ///
    /// If the user pool requires a second factor, it is not enough to disable the app with
    /// [`set_mfa_preference`](Self::set_mfa_preference).
    ///
    /// AWS does not document its response for a user without an authenticator app.
    /// `cognito-emulator` returns success.
    ///
    /// ```no_run
    /// # async fn example(cognito: cognito::Cognito) -> cognito::Result<()> {
    /// cognito.admin().user("ann@example.com").delete_totp().await?;
    /// # Ok(()) }
    /// ```
    pub fn delete_totp(&self) -> Call<Username, Done> {
        port_call!(self, AdminDeleteSoftwareToken => administration.delete_user_totp(&_), Ok)
            .done("Authenticator app deleted successfully")
    }
}
