//! The state of a sign-in with custom challenges, which triggers create and check.

use serde_json::{Map, Value, json};

/// A completed challenge of a custom sign-in, in the form that the trigger `DefineAuthChallenge`
/// receives.
#[derive(Clone)]
pub(crate) struct Round {
    pub(crate) name: &'static str,
    pub(crate) passed: bool,
    pub(crate) metadata: Option<String>,
}

impl Round {
    pub(crate) const fn new(name: &'static str, passed: bool) -> Self {
        Self {
            name,
            passed,
            metadata: None,
        }
    }

    /// Returns the challenge as `ChallengeResult`, an element of `session` in the event of a
    /// trigger.
    pub(crate) fn describe(&self) -> Value {
        json!({
            "challengeName": self.name,
            "challengeResult": self.passed,
            "challengeMetadata": self.metadata,
        })
    }
}

/// A custom challenge that the trigger `CreateAuthChallenge` has created and that waits for a
/// response.
#[derive(Clone)]
pub(crate) struct CustomChallenge {
    /// The challenges of the sign-in that are already completed.
    pub(crate) rounds: Vec<Round>,
    /// The metadata of this challenge (`challengeMetadata`). Later trigger calls of the sign-in
    /// receive it. `None` if the trigger sets none.
    pub(crate) metadata: Option<String>,
    /// The parameters of this challenge that only triggers receive (`privateChallengeParameters`).
    pub(crate) private: Map<String, Value>,
}
