//! Adapts the settings of a pool from a state file or a snapshot to the options with which the
//! emulator was started.

use std::sync::Arc;

use serde_json::Value;

use crate::model::settings::Settings;
use crate::model::trigger::{Target, Triggers};

impl Settings {
    /// Replaces the settings that the options of the emulator determine: the endpoint, the triggers
    /// and the limit of attempts. `current` contains the values from the options of the running
    /// emulator. `before` contains the settings of the pool before its data is replaced. It is
    /// `None` if the emulator does not have the pool.
    pub(crate) fn adapt(&mut self, current: &Self, before: Option<&Self>) {
        self.attempt_limits = current.attempt_limits;
        let own = before.map(|before| &before.triggers);
        let config = self.members.get("LambdaConfig");
        self.triggers.adapt(&current.triggers, own, config);
        for replica in self.stored.replicas.values_mut() {
            replica.adapt(&current.triggers, own);
        }
        let old = std::mem::replace(&mut self.endpoint, current.endpoint.clone());
        if old == self.endpoint {
            return;
        }
        let new = &self.endpoint;
        if let Some(moved) = moved(&self.issuer, &old, new) {
            self.issuer = moved;
        }
        // The URLs of a test provider begin with `http`.
        let plain = |endpoint: &str| endpoint.replacen("https://", "http://", 1);
        for provider in self.identity_providers.values_mut() {
            for value in provider.members.values_mut() {
                move_urls(value, &plain(&old), &plain(new));
            }
        }
    }
}

impl Triggers {
    /// Replaces the URLs of the Lambda functions and the timeout of triggers by the values in
    /// `current`. Copies the triggers that run in this process from `before`. Then reads `config`,
    /// the pool's `LambdaConfig`, again, because an ARN in it can now be mapped to another URL.
    pub(crate) fn adapt(&mut self, current: &Self, before: Option<&Self>, config: Option<&Value>) {
        self.functions = Arc::clone(&current.functions);
        self.timeout = current.timeout;
        let of_process = before.into_iter().flat_map(Self::targets);
        for (trigger, target) in of_process {
            if matches!(target, Target::Function(_)) {
                self.set(trigger, target.clone());
            }
        }
        // It was accepted before. Without the error of the URLs, there is no other.
        if let Ok(read) = Self::read(config, &current.without_targets()) {
            for (trigger, target) in read.targets() {
                self.set(trigger, target.clone());
            }
        }
    }
}

/// If a URL begins with the endpoint `old`, returns the URL with the endpoint `new` instead.
/// Returns `None` for other URLs.
fn moved(url: &str, old: &str, new: &str) -> Option<String> {
    let path = url.strip_prefix(old)?;
    let is_whole = path.is_empty() || path.starts_with('/');
    is_whole.then(|| format!("{new}{path}"))
}

/// Replaces the endpoint `old` by `new` in all URLs that a value contains.
fn move_urls(value: &mut Value, old: &str, new: &str) {
    match value {
        Value::String(url) => {
            if let Some(moved) = moved(url, old, new) {
                *url = moved;
            }
        }
        Value::Object(members) => {
            for value in members.values_mut() {
                move_urls(value, old, new);
            }
        }
        _ => {}
    }
}
