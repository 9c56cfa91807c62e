//! Determines with which first and second factors a user can sign in. This depends on the pool and
//! on the user.

use crate::model::failure::Failure;
use crate::model::options::{Factor, FirstFactor, MfaMode};
use crate::model::settings::{Factors, Settings};
use crate::model::user::{Status, User};

/// Returns the factors that the user has set up and the pool allows, as AWS's
/// `ConfiguredUserAuthFactors`.
pub(crate) fn configured(settings: &Settings, user: &User) -> Vec<&'static str> {
    let totp = user.factors().contains(&Factor::SoftwareToken);
    let password = user.password.as_ref().map(|_| "PASSWORD");
    let totp = totp.then_some("SOFTWARE_TOKEN");
    let passkey = is_offered(settings, user).then_some("WEB_AUTHN");
    let codes = codes(settings, user).map(FirstFactor::name);
    let first = password.into_iter().chain(codes);
    first.chain(totp).chain(passkey).collect()
}

/// Returns the first factors with which a user can sign in, as AWS's `AvailableChallenges`.
///
/// If the user needs a second factor, one-time codes are not available as the first factor (AWS
/// developer guide, "Adding MFA to a user pool"). A passkey is then available only if it can
/// replace both factors.
pub(crate) fn available(settings: &Settings, user: &User) -> Vec<&'static str> {
    let mut names = Vec::new();
    if let Some(password) = &user.password {
        names.push("PASSWORD");
        // SRP is not possible before the first sign-in with an imported hash.
        if password.expose().is_some() {
            names.push("PASSWORD_SRP");
        }
    }
    if user.status != Status::Confirmed {
        return names;
    }
    if !has_second(settings, user) {
        names.extend(codes(settings, user).map(FirstFactor::name));
    }
    if is_passkey_enough(settings, user, true) && is_offered(settings, user) {
        names.push("WEB_AUTHN");
    }
    names
}

/// Returns `true` if a sign-in with a passkey needs no further factor. `verification` is `true` if
/// the authenticator has verified the user. If a sign-in of the user needs a second factor, the
/// passkey must replace both factors: the pool must allow this, and `verification` must be `true`.
pub(crate) fn is_passkey_enough(settings: &Settings, user: &User, verification: bool) -> bool {
    !has_second(settings, user) || (is_passkey_multi_factor(settings) && verification)
}

/// Returns `true` if a passkey can replace both factors of a sign-in in this pool. The
/// authenticator must then verify the user.
pub(crate) fn is_passkey_multi_factor(settings: &Settings) -> bool {
    settings.web_authn.is_multi_factor == Some(true)
}

/// Returns `true` if a sign-in of the user needs a second factor.
pub(crate) fn has_second(settings: &Settings, user: &User) -> bool {
    settings.mfa == MfaMode::On || !due(settings, user).is_empty()
}

/// Returns the one-time codes (`EMAIL_OTP`, `SMS_OTP`) that the user can choose as the first
/// factor. The pool must allow the factor, and the user must have a verified address for it.
pub(crate) fn codes(settings: &Settings, user: &User) -> impl Iterator<Item = FirstFactor> {
    let is_proven = |factor: &FirstFactor| {
        let address = factor.address();
        address.is_some_and(|address| user.verified(address).is_some())
    };
    let allowed = settings.first_factors.iter();
    allowed.copied().filter(is_proven)
}

/// Returns the second factors with which a user can complete a sign-in. One of them is enough.
///
/// If MFA is off, the list is empty. Otherwise it contains the factors that the user has enabled
/// and the pool offers. If there are none, and the pool requires a second factor, it contains the
/// factors that need no set-up instead: codes to verified addresses of the user.
pub(crate) fn due(settings: &Settings, user: &User) -> Vec<Factor> {
    let (mode, offered) = (settings.mfa, settings.factors);
    if mode == MfaMode::Off {
        return Vec::new();
    }
    let mut factors = user.factors();
    factors.retain(|factor| offered.offers(*factor));
    if mode == MfaMode::On && factors.is_empty() {
        factors = without_set_up(offered, user);
    }
    factors
}

/// Returns the second factors that a user can use if the sign-in must reach a certain
/// authentication level (the claim `acr`).
///
/// If MFA is off, the list is empty. If each sign-in of the user needs a second factor, the list
/// contains the factors of [`due`]. Otherwise, it contains the factors that the pool offers and
/// that the user can use: codes to verified addresses, and codes of an authenticator app. The user
/// need not have enabled these factors.
pub(crate) fn usable_seconds(settings: &Settings, user: &User) -> Vec<Factor> {
    if settings.mfa == MfaMode::Off || has_second(settings, user) {
        return due(settings, user);
    }
    let has_app = settings.offers_authenticator_apps() && user.mfa.totp.is_some();
    let app = has_app.then_some(Factor::SoftwareToken);
    let codes = without_set_up(settings.factors, user).into_iter();
    codes.chain(app).collect()
}

/// Returns the second factors that need no set-up. These are the codes that the pool offers and for
/// which the user has a verified address.
fn without_set_up(offered: Factors, user: &User) -> Vec<Factor> {
    [Factor::Sms, Factor::Email]
        .into_iter()
        .filter(|factor| offered.offers(*factor))
        .filter(|factor| {
            let address = factor.address().unwrap_or_default();
            user.verified(address).is_some()
        })
        .collect()
}

/// Returns `true` if the pool allows passkeys and the user has a passkey for the current relying
/// party id of the pool.
pub(crate) fn is_offered(settings: &Settings, user: &User) -> bool {
    relying_party(settings).is_ok_and(|domain| user.passkeys.are_for(domain))
}

/// Returns the relying party id of a pool: the domain of its passkeys. Fails if the pool does not
/// allow passkeys or has no relying party id.
pub(crate) fn relying_party(settings: &Settings) -> Result<&str, Failure> {
    if !settings.allows_passkeys() {
        return Err(Failure::new(
            "WebAuthnNotEnabledException",
            "Passkeys are not enabled for the user pool.",
        ));
    }
    let relying_party = settings.web_authn.relying_party.as_deref();
    relying_party.ok_or_else(|| {
        Failure::new(
            "WebAuthnConfigurationMissingException",
            "The user pool has no relying party id.",
        )
    })
}
