//! The state of a sign-in with custom challenges.

use serde_json::{Map, Value, json};

/// A completed challenge, as the trigger `DefineAuthChallenge` receives it.
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

    /// Returns `ChallengeResult`, an element of the event's `session`.
    pub(crate) fn describe(&self) -> Value {
        json!({
            "challengeName": self.name,
            "challengeResult": self.passed,
            "challengeMetadata": self.metadata,
        })
    }
}

/// A challenge that the trigger `CreateAuthChallenge` has created.
#[derive(Clone)]
pub(crate) struct CustomChallenge {
    /// The completed challenges of the sign-in.
    pub(crate) rounds: Vec<Round>,
    /// The metadata of this challenge (`challengeMetadata`).
    pub(crate) metadata: Option<String>,
    /// `privateChallengeParameters`: the parameters that only the triggers receive.
    pub(crate) private: Map<String, Value>,
}
