//! Determines how a sign-in can reach an authentication level.

use crate::model::acr::{Level, Method, Methods, Progress};
use crate::model::factors::{codes, has_second, is_offered, is_passkey_enough, usable_seconds};
use crate::model::options::{Factor, FirstFactor};
use crate::model::settings::Settings;
use crate::model::user::{Status, User};

/// A challenge with which a sign-in can continue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// The challenge of a first factor. The value is the name of the challenge.
    First(&'static str),
    /// The challenge of a second factor.
    Second(Factor),
}

impl Way {
    /// Returns the name of the challenge.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::First(name) => name,
            Self::Second(factor) => factor.name(),
        }
    }
}

/// Returns the first level in `levels` that the user can reach with the factors that the user has.
/// Returns `None` if there is no such level.
pub(crate) fn goal(settings: &Settings, user: &User, levels: &[Level]) -> Option<Level> {
    let mut levels = levels.iter().copied();
    levels.find(|level| !sets_for(settings, user, *level).is_empty())
}

/// Returns the challenges with which a sign-in can continue to reach its required level. Returns an
/// empty list if the sign-in is complete. Returns `None` if the user does not have the factors for
/// the level, or if no level is required.
///
/// Different sets of methods can reach the same level: for example, a passkey alone, or the
/// password and a code. For each set, the result contains the challenges of the first method that
/// is missing. If a set contains the password, the password is its first method. If the user has
/// already completed a method, only the sets with the fewest missing methods are used.
pub(crate) fn next(settings: &Settings, user: &User, progress: &Progress) -> Option<Vec<Way>> {
    let done = &progress.methods;
    let sets = sets_for(settings, user, progress.goal?);
    let rest: Vec<_> = sets.iter().map(|set| set.without(done)).collect();
    let fewest = rest.iter().map(Methods::len).min()?;
    let rest = rest
        .iter()
        .filter(|set| done.is_empty() || set.len() == fewest);
    let mut methods: Vec<_> = rest.filter_map(|set| set.iter().next()).collect();
    methods.sort_unstable();
    methods.dedup();
    let mut ways = Vec::new();
    for method in methods {
        let factor = method.factor().filter(|factor| {
            done.has(Method::Password) && usable_seconds(settings, user).contains(factor)
        });
        match factor {
            Some(factor) => ways.push(Way::Second(factor)),
            None => ways.extend(first(user, method).map(Way::First)),
        }
    }
    Some(ways)
}

/// Returns the names of the challenges of a first factor.
fn first(user: &User, method: Method) -> impl Iterator<Item = &'static str> {
    // SRP is not possible before the first sign-in with an imported hash.
    let password = user.password.as_ref();
    let has_verifier = password.is_some_and(|password| password.expose().is_some());
    let names = match method {
        Method::Password if has_verifier => &["PASSWORD", "PASSWORD_SRP"][..],
        Method::Password => &["PASSWORD"],
        Method::Email => &["EMAIL_OTP"],
        Method::Sms => &["SMS_OTP"],
        Method::PlatformPasskey | Method::RoamingPasskey => &["WEB_AUTHN"],
        Method::SoftwareToken | Method::Federated => &[],
    };
    names.iter().copied()
}

/// Returns the sets of methods with which the user can reach the level `goal`. These are the sets
/// whose level is `goal`.
///
/// Exception: if each sign-in of the user needs a second factor, it is possible that no set has the
/// level `goal`. In this case, returns the sets with the lowest level above `goal`. The reason is
/// that a request for a lower level cannot remove a required second factor (AWS developer guide,
/// "Step-up authentication with the `USER_AUTH` flow").
fn sets_for(settings: &Settings, user: &User, goal: Level) -> Vec<Methods> {
    let mut sets = sets(settings, user);
    let levels = sets.iter().filter_map(Methods::level);
    let higher = levels.filter(|level| *level >= goal).min();
    let level = higher
        .filter(|_| has_second(settings, user))
        .unwrap_or(goal);
    sets.retain(|set| set.level() == Some(level));
    sets
}

/// Returns the sets of methods with which the user can complete a sign-in.
fn sets(settings: &Settings, user: &User) -> Vec<Methods> {
    let mut sets: Vec<Methods> = Vec::new();
    let mut add = |methods: &[Method]| sets.push(methods.iter().copied().collect());
    let needs_second = has_second(settings, user);
    let has_password = user.password.is_some();
    if has_password {
        for factor in usable_seconds(settings, user) {
            add(&[Method::Password, Method::of(factor)]);
        }
        if !needs_second {
            add(&[Method::Password]);
        }
    }
    if user.status != Status::Confirmed {
        return sets;
    }
    if !needs_second {
        for code in codes(settings, user) {
            let method = match code {
                FirstFactor::EmailOtp => Method::Email,
                FirstFactor::SmsOtp => Method::Sms,
                FirstFactor::WebAuthn => continue,
            };
            add(&[method]);
            if has_password {
                add(&[Method::Password, method]);
            }
        }
    }
    if is_passkey_enough(settings, user, true) && is_offered(settings, user) {
        add(&[Method::PlatformPasskey]);
    }
    sets
}
