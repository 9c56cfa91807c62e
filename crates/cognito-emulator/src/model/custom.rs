//! What a sign-in with custom challenges remembers between its steps.

use serde_json::{Map, Value, json};

/// A challenge that is behind, as `DefineAuthChallenge` is told of it.
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

/// What the person was asked.
#[derive(Clone)]
pub(crate) struct Asked {
    pub(crate) rounds: Vec<Round>,
    pub(crate) metadata: Option<String>,
    /// What only the functions know.
    pub(crate) private: Map<String, Value>,
}
