//! Account recovery: which address of a user receives the code for a forgotten password.

use serde::Deserialize;

use crate::model::factors::due;
use crate::model::failure::Failure;
use crate::model::options::{Factor, Mechanism};
use crate::model::request;
use crate::model::settings::Settings;
use crate::model::user::{Status, User};

/// The setting for account recovery as it is in a request (`AccountRecoverySettingType`).
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Setting<'a> {
    #[serde(borrow, default, deserialize_with = "request::or_default")]
    recovery_mechanisms: Vec<Choice<'a>>,
}

/// A mechanism of account recovery, with its priority (`RecoveryOptionType`).
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Choice<'a> {
    name: &'a str,
    priority: i64,
}

impl Setting<'_> {
    /// Returns the configured recovery mechanisms, with the highest priority (the lowest number)
    /// first.
    pub(crate) fn mechanisms(mut self) -> Vec<Mechanism> {
        self.recovery_mechanisms
            .sort_by_key(|choice| choice.priority);
        let choices = self.recovery_mechanisms.iter();
        choices
            .filter_map(|choice| Mechanism::named(choice.name))
            .collect()
    }
}

/// Fails if only administrators can reset passwords in a pool.
///
/// The result does not depend on the user, so it does not reveal whether an account exists.
pub(crate) fn check_self_service(settings: &Settings) -> Result<(), Failure> {
    if settings.recovery.contains(&Mechanism::AdminOnly) {
        return Err(Failure::not_authorized(
            "Contact administrator to reset password.",
        ));
    }
    Ok(())
}

/// Returns the name of the attribute whose verified address receives the code for a forgotten
/// password.
///
/// - If the pool has no `AccountRecoverySetting`, the phone number receives the code if it is
///   verified. Otherwise the e-mail address receives it.
/// - If the pool has this setting, the addresses are tried in the order of the setting. The first
///   address that is verified and is not a second factor of the user receives the code (API
///   reference of `CreateUserPool`).
///
/// Fails if the user is disabled, must change a temporary password, signs in through an identity
/// provider, or has no such address.
pub(crate) fn recoverable(settings: &Settings, user: &User) -> Result<&'static str, Failure> {
    const LEGACY: [Mechanism; 2] = [Mechanism::VerifiedPhoneNumber, Mechanism::VerifiedEmail];
    if !user.enabled {
        return Err(Failure::disabled());
    }
    if matches!(
        user.status,
        Status::ExternalProvider | Status::ForceChangePassword
    ) {
        return Err(Failure::not_authorized(
            "User password cannot be reset in the current state.",
        ));
    }
    let (mechanisms, second_factors) = if settings.recovery.is_empty() {
        (&LEGACY[..], Vec::new())
    } else {
        (settings.recovery.as_slice(), due(settings, user))
    };
    mechanisms
        .iter()
        .filter_map(|mechanism| mechanism.factor())
        .filter(|factor| !second_factors.contains(factor))
        .filter_map(Factor::address)
        .find(|attribute| user.verified(attribute).is_some())
        .ok_or_else(|| {
            Failure::invalid_parameter(
                "Cannot reset password for the user as there is no registered/verified email or \
                 phone_number",
            )
        })
}
