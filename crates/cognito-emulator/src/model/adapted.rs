//! The settings of a pool of a state file, adapted to another start of the emulator.

use std::sync::Arc;

use serde_json::Value;

use crate::model::settings::Settings;
use crate::model::trigger::{Target, Triggers};

impl Settings {
    /// Replaces the settings that belong to a start of the emulator and not to the pool. `current` has
    /// these settings. `before` has the settings of the pool in this emulator.
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
    /// Replaces the functions and the timeout by those of `current`, and adds the functions of the
    /// process in `before`. `config` is `LambdaConfig`: an ARN in it can now be another URL.
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

/// Returns a URL that begins with the endpoint `old`, with the endpoint `new` instead. Returns `None`
/// for other URLs.
fn moved(url: &str, old: &str, new: &str) -> Option<String> {
    let path = url.strip_prefix(old)?;
    let is_whole = path.is_empty() || path.starts_with('/');
    is_whole.then(|| format!("{new}{path}"))
}

/// Replaces the endpoint `old` in all URLs of a value.
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
