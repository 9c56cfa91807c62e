//! Account recovery: the address to which the code for a forgotten password is sent.

use crate::model::factors::due;
use crate::model::failure::Failure;
use crate::model::form::Form;
use crate::model::options::{Factor, Mechanism};
use crate::model::settings::Settings;
use crate::model::user::{Status, User};

/// Reads `AccountRecoverySetting`: the mechanisms of a pool, in the order of their priorities.
pub(crate) fn read(form: &mut Form<'_>) -> Vec<Mechanism> {
    let mechanisms = form.within("AccountRecoverySetting", |setting| {
        let names = Mechanism::ALL.map(Mechanism::setting);
        let mechanisms = setting.each("RecoveryMechanisms", |option| {
            option.must_have("Priority");
            let priority = option.integer("Priority", 1, 2);
            let name = option.one_of("Name", &names);
            let mechanism = Mechanism::ALL
                .into_iter()
                .find(|mechanism| mechanism.setting() == name);
            (priority, mechanism)
        });
        let told = setting.keep(&["RecoveryMechanisms"]);
        if !told.is_empty() && !(1..=2).contains(&mechanisms.len()) {
            let constraint = if mechanisms.is_empty() {
                "Member must have length greater than or equal to 1"
            } else {
                "Member must have length less than or equal to 2"
            };
            setting.refuse("RecoveryMechanisms", constraint);
        }
        mechanisms
    });
    let mut mechanisms = mechanisms.unwrap_or_default();
    mechanisms.sort_by_key(|(priority, _)| *priority);
    mechanisms
        .into_iter()
        .filter_map(|(_, mechanism)| mechanism)
        .collect()
}

/// Rejects every request if only administrators reset passwords. This depends on the pool only, so
/// the error is the same for every user name.
pub(crate) fn check_self_service(settings: &Settings) -> Result<(), Failure> {
    if settings.recovery.contains(&Mechanism::AdminOnly) {
        return Err(Failure::not_authorized(
            "Contact administrator to reset password.",
        ));
    }
    Ok(())
}

/// Returns the attribute with the verified address that a reset code is sent to.
///
/// Without the setting, a phone number is used before an e-mail address. With it, an address that is
/// a second factor of the user does not qualify (API reference of `CreateUserPool`,
/// `AccountRecoverySetting`).
pub(crate) fn recoverable(settings: &Settings, user: &User) -> Result<&'static str, Failure> {
    const LEGACY: [Mechanism; 2] = [Mechanism::VerifiedPhoneNumber, Mechanism::VerifiedEmail];
    if !user.enabled {
        return Err(Failure::disabled());
    }
    if user.status == Status::ForceChangePassword {
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
