//! The check that a sign-in at managed login has the requested level and age.

use std::time::Duration;

use cognito_core::authentication::step_up::StepUp;
use cognito_core::id::AcrValue;
use cognito_core::verifier::SignInAge;
use cognito_core::{Error, ErrorKind, IdClaims, Result};

/// Checks that a sign-in has the requested level (`acr`) and is recent enough (`auth_time`). `now`
/// is the current time in seconds since 1970.
///
/// Security: the requested level and maximum age are parameters in a URL that the browser sends to
/// Cognito, so the user can remove them. Cognito then accepts a weaker or older sign-in. Therefore
/// the claims of the ID token must be checked (OpenID Connect Core section 3.1.3.7, steps 12 and
/// 13).
pub(super) fn check(
    required: &StepUp,
    claims: &IdClaims,
    leeway: Duration,
    now: u64,
) -> Result<()> {
    if !has_level(required, claims.acr.as_deref()) {
        let error = Error::new(ErrorKind::InsufficientAuthentication);
        return Err(error
            .with_detail("the sign-in does not have a requested level: start a stronger sign-in"));
    }
    if !is_recent(required, claims.auth_time, leeway, now) {
        let error = Error::new(ErrorKind::InsufficientAuthentication);
        return Err(error.with_detail(
            "the sign-in is older than the requested maximum: start the sign-in again",
        ));
    }
    Ok(())
}

/// Returns `true` if `acr` is one of the requested levels. Also returns `true` if `acr` is one of
/// Cognito's default levels, and is higher than the lowest requested one.
fn has_level(required: &StepUp, acr: Option<&str>) -> bool {
    if required.levels.is_empty() {
        return true;
    }
    let Some(acr) = acr else {
        return false;
    };
    let mut levels = required.levels.iter().map(AcrValue::as_str);
    let least = levels.clone().filter_map(default_level).min();
    // A user pool that requires a second factor can exceed the requested level.
    let is_higher = least.is_some_and(|least| default_level(acr) >= Some(least));
    is_higher || levels.any(|level| level == acr)
}

/// Returns the number of a default level of Cognito, such as 2 for `urn:cognito:loa:2`. Returns
/// `None` for other levels.
fn default_level(acr: &str) -> Option<u8> {
    match acr.strip_prefix("urn:cognito:loa:")? {
        "1" => Some(1),
        "2" => Some(2),
        "3" => Some(3),
        "4" => Some(4),
        _ => None,
    }
}

fn is_recent(required: &StepUp, auth_time: Option<u64>, leeway: Duration, now: u64) -> bool {
    let Some(max_age) = required.max_age else {
        return true;
    };
    auth_time.is_some_and(|time| SignInAge::new(time, now).is_at_most(max_age, leeway))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEVEL_2: &str = "urn:cognito:loa:2";
    const LEVEL_3: &str = "urn:cognito:loa:3";
    const LEVEL_4: &str = "urn:cognito:loa:4";
    const NOW: u64 = 1_700_000_000;

    fn of(levels: &[&str]) -> StepUp {
        let mut step_up = StepUp::new();
        step_up.levels = levels.iter().map(|level| level.parse().unwrap()).collect();
        step_up
    }

    #[test]
    fn level_is_requested_or_higher() {
        let default: &[&str] = &[LEVEL_3, LEVEL_2];
        let renamed: &[&str] = &["high"];
        for (levels, acr, is_accepted) in [
            (&[][..], None, true),
            (&[], Some("x"), true),
            (default, Some(LEVEL_2), true),
            (default, Some(LEVEL_4), true),
            (default, Some("urn:cognito:loa:1"), false),
            (default, Some("urn:cognito:loa:5"), false),
            (default, Some("urn:cognito:loa:+4"), false),
            (default, Some(""), false),
            (default, None, false),
            (renamed, Some("high"), true),
            (renamed, Some("highest"), false),
            (renamed, Some(LEVEL_4), false),
        ] {
            assert_eq!(
                has_level(&of(levels), acr),
                is_accepted,
                "{levels:?} {acr:?}"
            );
        }
    }

    #[test]
    fn age_is_limited_with_leeway() {
        let mut required = StepUp::new();
        let leeway = Duration::from_secs(5);
        assert!(is_recent(&required, None, leeway, NOW));
        required.max_age = Some(Duration::from_secs(60));
        for (auth_time, is_accepted) in [
            (Some(NOW - 65), true),
            (Some(NOW - 66), false),
            (Some(NOW + 300), true),
            (Some(NOW + 301), false),
            (Some(0), false),
            (None, false),
        ] {
            let found = is_recent(&required, auth_time, leeway, NOW);
            assert_eq!(found, is_accepted, "{auth_time:?}");
        }
        required.max_age = Some(Duration::MAX);
        assert!(is_recent(&required, Some(0), leeway, NOW));
    }
}
