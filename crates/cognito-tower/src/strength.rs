//! The required strength of a sign-in: authentication levels and a maximum age.

use std::time::Duration;

use cognito_core::authentication::step_up::StepUp;
use cognito_core::id::AcrValue;
use cognito_core::verifier::SignInAge;

use crate::token_claims::TokenClaims;

/// The number of Cognito's authentication levels.
const LEVELS: u32 = 4;

/// The required strength of a sign-in. Default: no requirement.
#[derive(Clone, Debug, Default)]
pub(crate) struct Strength {
    /// The accepted levels, or `None` if every level is accepted. If the list is empty, no level is
    /// accepted.
    levels: Option<Vec<String>>,
    max_age: Option<Duration>,
}

impl Strength {
    /// Accepts only levels that are in `levels`. If levels were set before, accepts the levels that
    /// are in both lists.
    pub(crate) fn require_any(&mut self, levels: impl IntoIterator<Item: Into<String>>) {
        // Security: a token never has an empty level.
        let levels = levels.into_iter().map(Into::into);
        let levels: Vec<String> = levels.filter(|level: &String| !level.is_empty()).collect();
        match &mut self.levels {
            Some(accepted) => accepted.retain(|level| levels.contains(level)),
            None => self.levels = Some(levels),
        }
    }

    /// Accepts only Cognito's default levels (1 to 4) that are at least `level`.
    pub(crate) fn require_least(&mut self, level: u32) {
        self.require_any((level.max(1)..=LEVELS).map(|level| format!("urn:cognito:loa:{level}")));
    }

    /// Sets the maximum age. If an age was set before, the shorter one applies.
    pub(crate) fn limit_age(&mut self, age: Duration) {
        self.max_age = Some(self.max_age.map_or(age, |set| set.min(age)));
    }

    /// Returns `true` if the sign-in of a token meets the requirement. `now` is the current time in
    /// seconds since 1970. `leeway` is the leeway of the verifier.
    pub(crate) fn is_met<C: TokenClaims>(&self, claims: &C, leeway: Duration, now: u64) -> bool {
        let accepts = |levels: &Vec<String>| {
            let acr = claims.acr().unwrap_or_default();
            levels.iter().any(|level| level == acr)
        };
        let is_recent = |max_age: Duration| {
            let auth_time = claims.auth_time();
            auth_time.is_some_and(|time| SignInAge::new(time, now).is_at_most(max_age, leeway))
        };
        self.levels.as_ref().is_none_or(accepts) && self.max_age.is_none_or(is_recent)
    }

    /// Returns the requirement for the challenge of a rejection: the levels and the age that meet
    /// this requirement and the requirement `other` of the verifier. Levels that are not a valid
    /// [`AcrValue`] are omitted.
    pub(crate) fn step_up(&self, other: StepUp) -> StepUp {
        let mut step_up = other;
        if let Some(levels) = &self.levels {
            let levels = levels.iter().filter_map(|level| AcrValue::new(level).ok());
            let ours: Vec<AcrValue> = levels.collect();
            let both = ours.iter().filter(|level| step_up.levels.contains(level));
            let both: Vec<AcrValue> = both.cloned().collect();
            // If no level meets both requirements, the challenge names those of the guard.
            step_up.levels = if both.is_empty() { ours } else { both };
        }
        step_up.max_age = match (self.max_age, step_up.max_age) {
            (Some(ours), Some(theirs)) => Some(ours.min(theirs)),
            (ours, theirs) => ours.or(theirs),
        };
        step_up
    }
}
