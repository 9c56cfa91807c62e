//! The required strength of a choice-based sign-in, and the step-up of a signed-in user.

use std::time::Duration;

use cognito_core::authentication::sign_in::SignInMethod;
use cognito_core::authentication::step_up::StepUp;
use cognito_core::id::AcrValue;
use cognito_core::{AccessToken, InvalidInput};

use crate::Call;
use crate::authentication::sign_in::ChoiceRequest;

/// Options of [`Cognito::login_by_choice`](crate::Cognito::login_by_choice) for the strength of the
/// sign-in.
impl<T> Call<ChoiceRequest, T> {
    /// Adds an accepted authentication level, such as `urn:cognito:loa:3` (`TARGET_ACR_VALUES`).
    /// Default: no level. May be called several times. Cognito attempts the level that was added
    /// first. If the user cannot reach a level, Cognito attempts the next level.
    ///
    /// The tokens then have the claims `acr` and `amr`. The user pool must have the feature plan
    /// Essentials or Plus; otherwise the call fails with
    /// [`NotEnabled`](crate::ErrorKind::NotEnabled). If the user has not set up the factors of any of
    /// the levels, AWS does not document the error; `cognito-emulator` returns
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter).
    ///
    /// Security: check the claim `acr` of the tokens, for example with a guard of `cognito-tower`.
    ///
    /// ```no_run
    /// # async fn example(cognito: cognito::Cognito, access_token: &str) -> cognito::Result<()> {
    /// use std::time::Duration;
    ///
    /// // The user is signed in, and must prove a second factor before a payment.
    /// let step = cognito
    ///     .login_by_choice("user@example.com")
    ///     .require_level("urn:cognito:loa:4")
    ///     .from_access_token(access_token)
    ///     .max_age(Duration::from_secs(600))
    ///     .await?;
    /// # drop(step); Ok(()) }
    /// ```
    pub fn require_level(self, level: impl TryInto<AcrValue, Error: Into<InvalidInput>>) -> Self {
        self.try_set(level.try_into(), |choice, level| {
            if let SignInMethod::Choice { step_up, .. } = &mut choice.request.method {
                step_up.levels.push(level);
            }
        })
    }

    /// Sets an access token of the user (`ACCESS_TOKEN`). The factors of its sign-in (`amr`) count,
    /// so that the user proves only the factors that are missing for the [required
    /// level](Self::require_level). Default: no token, and the user proves all factors.
    ///
    /// The call fails with [`InvalidParameter`](crate::ErrorKind::InvalidParameter) without a
    /// required level. It also fails with [`hide_account`](Self::hide_account) or
    /// [`session`](Self::session): the user of the token is known, and need not be hidden from the
    /// caller. Cognito rejects the token of another user or app client, and an expired or revoked
    /// token. The sign-in that issued the token does not end. AWS does not document whether the
    /// token of an [actor](crate::AccessClaims::act) is rejected; `cognito-emulator` rejects it.
    pub fn from_access_token(
        self,
        token: impl TryInto<AccessToken, Error: Into<InvalidInput>>,
    ) -> Self {
        self.try_set(token.try_into(), |choice, token| {
            if let SignInMethod::Choice { access_token, .. } = &mut choice.request.method {
                *access_token = Some(token);
            }
        })
    }

    /// Sets the maximum time since the sign-in of the [access token](Self::from_access_token)
    /// (`MAX_AGE`). If the sign-in is older, its factors do not count. Default: no maximum. Has no
    /// effect without an access token. Fractions of a second are ignored.
    pub fn max_age(self, age: Duration) -> Self {
        self.set(|choice| {
            if let SignInMethod::Choice { step_up, .. } = &mut choice.request.method {
                step_up.max_age = Some(age);
            }
        })
    }

    /// Sets the authentication levels and the maximum age, for example those of the challenge of an
    /// API. Replaces the values of earlier calls.
    ///
    /// ```no_run
    /// # async fn example(
    /// #     cognito: cognito::Cognito, www_authenticate: &str, access_token: &str,
    /// # ) -> cognito::Result<()> {
    /// use cognito::authentication::StepUp;
    ///
    /// // An API has responded with 401.
    /// if let Some(step_up) = StepUp::from_challenge(www_authenticate) {
    ///     let mut login = cognito.login_by_choice("user@example.com").step_up(&step_up);
    ///     if !step_up.levels.is_empty() {
    ///         login = login.from_access_token(access_token);
    ///     }
    ///     let step = login.await?;
    ///     # drop(step);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn step_up(self, step_up: &StepUp) -> Self {
        self.set(|choice| {
            if let SignInMethod::Choice { step_up: set, .. } = &mut choice.request.method {
                *set = step_up.clone();
            }
        })
    }
}
