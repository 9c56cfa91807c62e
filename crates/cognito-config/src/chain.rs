//! A configuration source that combines several configuration sources.

use std::any::type_name;
use std::error::Error as StdError;
use std::fmt;

use async_trait::async_trait;
use cognito_core::config::{Setting, Settings};
use cognito_core::{ConfigSource, Error, Result};

use crate::reading::Reading;

/// A configuration source that combines several sources. Each setting comes from the first source
/// that has it.
///
/// ```
/// use cognito_config::{ChainConfigSource, EnvConfigSource, StaticConfigSource};
/// use cognito_core::config::{Setting, Settings};
///
/// let fallback = StaticConfigSource::new(Settings::new().with(Setting::Region, "eu-central-1"));
/// let source = ChainConfigSource::first_try(EnvConfigSource::new()).or_else(fallback);
/// ```
///
/// For example, put Parameter Store first to give it precedence over the environment.
///
/// Take the client secret and the client id from the same source. Each setting is read separately,
/// so an id from the environment and a secret from Parameter Store may belong to two app clients.
/// Cognito then rejects every call, because the secret hash is wrong. The same happens if the first
/// source has an id without a secret, and a later source has a secret.
///
/// All sources are read, even if the first one has all settings. If a source fails (missing
/// permission, no connection), the chain reads no further source and fails with the same kind of
/// error. The message lists the sources that were read, with their results. There is no silent
/// fallback, because it could connect a service to the wrong pool.
#[derive(Debug)]
pub struct ChainConfigSource {
    links: Vec<Link>,
}

#[derive(Debug)]
struct Link {
    name: String,
    source: Box<dyn ConfigSource>,
}

impl ChainConfigSource {
    /// Creates a chain with this source as the first.
    pub fn first_try<S: ConfigSource>(source: S) -> Self {
        Self { links: Vec::new() }.or_else(source)
    }

    /// Adds a source for settings that the earlier sources do not have.
    pub fn or_else<S: ConfigSource>(mut self, source: S) -> Self {
        self.links.push(Link {
            name: without_paths(type_name::<S>()),
            source: Box::new(source),
        });
        self
    }

    async fn read_all(&self, reading: Reading) -> Result<Settings> {
        let mut settings = Settings::new();
        let mut said = Vec::with_capacity(self.links.len());
        for Link { name, source } in &self.links {
            match reading.of(source).await {
                Ok(found) => {
                    said.push(format!("{name} has {}", listed(&found)));
                    settings = settings.or(found);
                }
                Err(error) => {
                    said.push(failure(name, &error));
                    return Err(stopped(error, &said));
                }
            }
        }
        Ok(settings)
    }
}

#[async_trait]
impl ConfigSource for ChainConfigSource {
    async fn load(&self) -> Result<Settings> {
        self.read_all(Reading::Renewal).await
    }

    async fn reload(&self) -> Result<Settings> {
        self.read_all(Reading::OnRequest).await
    }

    fn locations(&self, setting: Setting) -> Vec<String> {
        self.links
            .iter()
            .flat_map(|link| link.source.locations(setting))
            .collect()
    }
}

/// Returns the name of a failed source and the message of its error. The part of the message that
/// only describes the error's kind is omitted: the error of the whole chain has the same kind and
/// already contains that part.
fn failure(name: &str, error: &Error) -> String {
    let (text, kind) = (error.to_string(), Error::new(error.kind()).to_string());
    match text.strip_prefix(&kind) {
        Some("") => format!("{name} failed"),
        Some(rest) => format!("{name} failed{rest}"),
        None => format!("{name} failed: {text}"),
    }
}

fn stopped(error: Error, said: &[String]) -> Error {
    let mut stopped = Error::new(error.kind()).with_detail(said.join("; "));
    if let Some(wait) = error.retry_after() {
        stopped = stopped.with_retry_after(wait);
    }
    if error.source().is_some() {
        stopped = stopped.with_source(Behind(error));
    }
    stopped
}

/// Returns the names of the settings that are present, separated by commas. Returns the string
/// `nothing` if no setting is present.
fn listed(settings: &Settings) -> String {
    let names: Vec<_> = Setting::ALL
        .iter()
        .filter(|setting| settings.value(**setting).is_some())
        .map(|setting| setting.name())
        .collect();
    if names.is_empty() {
        "nothing".to_owned()
    } else {
        names.join(", ")
    }
}

/// The error of a [`ConfigSource`] that failed, as the [`source`](StdError::source) of the chain's
/// error.
///
/// The chain's error already contains the message of this error. If `Display` also showed it, a log
/// would contain the message twice. Therefore `Display` shows the message of the next error: the
/// source of this error. An error without a source is not wrapped in this type.
#[derive(Debug)]
struct Behind(Error);

impl fmt::Display for Behind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.source() {
            Some(source) => fmt::Display::fmt(source, f),
            None => f.write_str("no further reason"),
        }
    }
}

impl StdError for Behind {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source().and_then(StdError::source)
    }
}

/// Removes the module paths from a type name: `alloc::string::String` becomes `String`.
fn without_paths(name: &str) -> String {
    let mut short = String::with_capacity(name.len());
    let mut word = String::new();
    for c in name.chars() {
        if c.is_alphanumeric() || c == '_' {
            word.push(c);
        } else {
            if c == ':' {
                word.clear();
            } else {
                short.push_str(&word);
                word.clear();
                short.push(c);
            }
        }
    }
    short.push_str(&word);
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_types_lose_their_paths() {
        for (name, short) in [
            ("cognito_config::env::EnvConfigSource", "EnvConfigSource"),
            (
                "alloc::sync::Arc<dyn cognito_core::config::ConfigSource>",
                "Arc<dyn ConfigSource>",
            ),
            ("Plain", "Plain"),
            ("a::B<c::D, e::F<g::H>>", "B<D, F<H>>"),
        ] {
            assert_eq!(without_paths(name), short);
        }
    }
}
