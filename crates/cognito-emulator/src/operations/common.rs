//! Functions that several operations use: access to the user, errors, JSON, and the check of a
//! code.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use crate::model::code::{Attempt, Proof};
use crate::model::failure::{Answer, Failure};
use crate::model::settings::Settings;
use crate::model::user::User;
use crate::state::call::{Call, change};

impl Call<'_> {
    /// Runs `action` with the user whom the request concerns ([`user_ref`](Self::user_ref)). The
    /// state is locked while `action` runs.
    pub(super) fn with_user<T>(
        &self,
        action: impl FnOnce(&mut User) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let user_ref = self.user_ref()?;
        let mut state = self.state();
        action(self.user(&mut state, &user_ref)?)
    }

    /// Runs `change` with the user whom the request concerns, sets the time of the user's last
    /// change, and returns an empty response.
    pub(super) fn change_user(
        &self,
        change: impl FnOnce(&mut User) -> Result<(), Failure>,
    ) -> Answer {
        self.with_user(|user| {
            change(user)?;
            user.modified = self.now;
            Ok(json!({}))
        })
    }
}

/// Deletes an item from the settings of a pool with `delete`. Returns a response without a body.
/// Fails if `delete` fails.
pub(super) fn delete_item<T>(
    call: &Call<'_>,
    delete: impl FnOnce(&mut Settings) -> Result<T, Failure>,
) -> Answer {
    change(call, delete)?;
    Ok(Value::Null)
}

/// Returns an `Err` with `InvalidParameterException` and a message.
pub(super) fn invalid<T>(message: impl Into<Cow<'static, str>>) -> Result<T, Failure> {
    Err(Failure::invalid_parameter(message))
}

pub(super) fn strings(list: &Value) -> impl Iterator<Item = &str> {
    let list = list.as_array().into_iter().flatten();
    list.filter_map(Value::as_str)
}

/// Copies `members` into the JSON object `described`.
pub(super) fn add_members(described: &mut Value, members: &Map<String, Value>) {
    for (name, value) in members {
        described[name] = value.clone();
    }
}

/// Checks a code. Returns the attribute with the address to which the code was sent. A failed check
/// counts as an attempt. After too many attempts, fails with the error of the attempt limit.
///
/// Security: after too many attempts, a right code is rejected too. Otherwise an attacker could
/// continue to guess.
pub(super) fn check_code(
    call: &Call<'_>,
    user: &mut User,
    proof: &Proof,
    code: &str,
    attempt: Attempt,
) -> Result<&'static str, Failure> {
    if let Some(attempts) = call.service.attempts(user) {
        attempts.check(attempt, call.now)?;
    }
    user.check_code(proof, code, call.now).or_else(|failure| {
        call.service.spend(user, attempt, call.now)?;
        Err(failure)
    })
}
