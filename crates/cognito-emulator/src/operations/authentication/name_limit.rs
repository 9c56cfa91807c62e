//! The limits of `ForgotPassword`, `ConfirmForgotPassword` and `ResendConfirmationCode` for each
//! user name ([`NameLimit`]).

use serde_json::json;

use crate::model::client::Client;
use crate::model::code::{Attempt, Attempts, Proof};
use crate::model::failure::{Answer, Failure};
use crate::model::user::User;
use crate::state::call::Call;
use crate::state::inbox::{delivery, medium};
use crate::state::pool::State;

/// The limit of one action for the name in a request. The name is a user name or an alias. The
/// limit also applies to a name that no user has.
///
/// Each user also has a limit. The app client's setting `PreventUserExistenceErrors` decides which
/// of the two limits causes an error:
///
/// - `ENABLED`: only the limit of the name, so the error does not reveal whether a user has the
///   name. If the limit of the user is reached, no message is sent and every code is rejected, but
///   the responses do not change.
/// - `LEGACY`: only the limit of the user. The limit of the name is not counted.
pub(super) struct NameLimit<'a> {
    call: &'a Call<'a>,
    client: &'a Client,
    name: &'a str,
    attempt: Attempt,
}

impl<'a> NameLimit<'a> {
    pub(super) const fn new(
        call: &'a Call<'a>,
        client: &'a Client,
        name: &'a str,
        attempt: Attempt,
    ) -> Self {
        Self {
            call,
            client,
            name,
            attempt,
        }
    }

    /// Counts an attempt with this user name. Fails if the limit of the name is reached. Does
    /// nothing if `PreventUserExistenceErrors` of the app client is `LEGACY`.
    pub(super) fn spend(&self, state: &mut State) -> Result<(), Failure> {
        if !self.client.hides_users {
            return Ok(());
        }
        let spent = self.attempts(state).spend(self.attempt, self.call.now);
        // The attempt is counted also without limits: it shows whether a code was requested.
        if self.call.service.settings.attempt_limits {
            spent
        } else {
            Ok(())
        }
    }

    /// Sends a code to a user and returns the response with `CodeDeliveryDetails`. Fails if the
    /// limit of the user is reached. If `PreventUserExistenceErrors` of the app client is
    /// `ENABLED`, does not fail in this case: sends no code and returns the same response.
    pub(super) fn send_code(&self, user: &mut User, attribute: &str, proof: Proof) -> Answer {
        let spent = self.call.service.spend(user, self.attempt, self.call.now);
        let details = match spent {
            Ok(()) => self.call.send_code(user, attribute, proof),
            Err(_) if self.client.hides_users => {
                let to = user.attribute(attribute).unwrap_or_default();
                delivery(to, medium(attribute), attribute)
            }
            Err(failure) => return Err(failure),
        };
        Ok(json!({ "CodeDeliveryDetails": details }))
    }

    /// Checks a code for a new password with `check`. `PreventUserExistenceErrors` of the app
    /// client decides what else happens:
    ///
    /// - `LEGACY`: returns the result of `check`.
    /// - `ENABLED`: a failed check counts as an attempt for the user name. If the name has reached
    ///   the limit of attempts, fails without calling `check`. If the code is wrong or expired, the
    ///   error depends on the name only: [`CodeMismatchException`](Failure::code_mismatch) if a
    ///   code was requested for the name in the last hour, otherwise
    ///   [`ExpiredCodeException`](Failure::code_expired).
    pub(super) fn check<T>(
        &self,
        state: &mut State,
        check: impl FnOnce(&mut State) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        if !self.client.hides_users {
            return check(state);
        }
        if self.call.service.settings.attempt_limits {
            self.attempts(state).check(self.attempt, self.call.now)?;
        }
        let failure = match check(state) {
            Ok(value) => return Ok(value),
            Err(failure) => failure,
        };
        self.spend(state)?;
        let hidden = [
            Failure::code_expired(),
            Failure::code_mismatch(),
            Failure::limit_exceeded(),
        ];
        if !hidden.contains(&failure) {
            return Err(failure);
        }
        let attempts = self.attempts(state);
        Err(if attempts.has(Attempt::ForgotPassword, self.call.now) {
            Failure::code_mismatch()
        } else {
            Failure::code_expired()
        })
    }

    fn attempts<'s>(&self, state: &'s mut State) -> &'s mut Attempts {
        let name = state.users.fold(self.name);
        state.name_attempts.of(name, self.call.now)
    }
}
