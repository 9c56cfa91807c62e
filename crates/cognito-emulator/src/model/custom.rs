//! The state of a sign-in with custom challenges between its steps.

use serde_json::{Map, Value, json};

/// A completed challenge, in the format that `DefineAuthChallenge` receives.
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

    pub(crate) fn describe(&self) -> Value {
        json!({
            "challengeName": self.name,
            "challengeResult": self.passed,
            "challengeMetadata": self.metadata,
        })
    }
}

/// A challenge that the pool's triggers have created.
#[derive(Clone)]
pub(crate) struct CustomChallenge {
    pub(crate) rounds: Vec<Round>,
    pub(crate) metadata: Option<String>,
    /// The parameters that only the triggers receive.
    pub(crate) private: Map<String, Value>,
}
