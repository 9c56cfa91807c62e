//! A custom source of settings. A chain of sources reads it first, and then the environment
//! variables.
//!
//! ```sh
//! cargo run --example custom_config_source
//! ```
#![allow(clippy::print_stdout, reason = "a program that shows what it does")]

use std::collections::BTreeMap;
use std::path::PathBuf;

use async_trait::async_trait;
use cognito::config::{ChainConfigSource, ConfigSource, EnvConfigSource, Setting, Settings};
use cognito::{Cognito, Error, ErrorKind, Result};
use cognito_examples::Outcome;

/// Settings from a JSON file, such as a file that a deployment tool mounts: `{"user_pool_id": "…",
/// "client_id": "…"}`.
#[derive(Debug)]
pub struct JsonFile {
    path: PathBuf,
}

impl JsonFile {
    /// Creates a source that reads the settings from the JSON file at this path.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }
}

#[async_trait]
impl ConfigSource for JsonFile {
    async fn load(&self) -> Result<Settings> {
        // Security: neither error is kept, because its message could contain a secret of the file.
        let broken = |what| Error::new(ErrorKind::Configuration).with_detail(what);
        let text = match tokio::fs::read(&self.path).await {
            Ok(text) => text,
            // The file does not exist: the next source of the chain is used.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Settings::new());
            }
            Err(_) => return Err(broken("the settings file cannot be read")),
        };
        // The file is invalid, not absent: a fallback would connect the service to another pool.
        let named: BTreeMap<String, String> = serde_json::from_slice(&text)
            .map_err(|_| broken("the settings file is not a JSON object of strings"))?;
        let found = NAMES
            .iter()
            .filter_map(|(setting, name)| Some((*setting, named.get(*name)?)));
        Ok(found.fold(Settings::new(), |settings, (setting, value)| {
            settings.with(setting, value)
        }))
    }

    fn locations(&self, setting: Setting) -> Vec<String> {
        let names = NAMES.iter().filter(|(named, _)| *named == setting);
        let place = |(_, name): &(Setting, &str)| format!("{name} in {}", self.path.display());
        names.map(place).collect()
    }
}

/// The settings that the JSON file can contain, with their names in the file.
const NAMES: &[(Setting, &str)] = &[
    (Setting::UserPoolId, "user_pool_id"),
    (Setting::ClientId, "client_id"),
    (Setting::ClientSecret, "client_secret"),
];

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome {
    let path = std::env::temp_dir().join("cognito-custom-config-source.json");
    let file = r#"{"user_pool_id": "eu-central-1_aBcDeFgHi", "client_id": "1example23456789"}"#;
    tokio::fs::write(&path, file).await?;

    let source = ChainConfigSource::first_try(JsonFile::new(&path)).or_else(EnvConfigSource::new());
    let cognito = Cognito::builder().config_source(source).build().await?;

    println!("{:#?}", cognito.config());
    cognito.shutdown().await;
    tokio::fs::remove_file(&path).await?;
    Ok(())
}
