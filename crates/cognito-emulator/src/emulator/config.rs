//! The settings with which a client uses the emulator.

use cognito_core::{ClientSecret, Error, ErrorKind, InvalidInput, PoolConfig, Result};

use crate::emulator::Emulator;

impl Emulator {
    /// Returns the settings of the first user pool for the [first app client](Self::client_id):
    /// their ids, the [secret](Self::client_secret) of the client, the issuer and the URL of the
    /// keys. Pass them to `Cognito::builder().config(…)`.
    ///
    /// The settings have no login domain. `CognitoBuilder::emulator` sets the URL of the API and of
    /// managed login.
    ///
    /// ```
    /// use cognito_emulator::{Client, Emulator};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let client = Client::new("web").secret("secretOfTheClient0123456789");
    /// let emulator = Emulator::builder().client(client).build()?;
    /// let config = emulator.pool_config()?;
    /// assert_eq!(config.client_id.as_str(), "web");
    /// assert!(config.client_secret.is_some());
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Configuration`] if the first pool of a seed has no app client, or if an id or
    /// the secret is invalid for Cognito.
    pub fn pool_config(&self) -> Result<PoolConfig> {
        let client = self.client_id();
        if client.is_empty() {
            return Err(Error::new(ErrorKind::Configuration)
                .with_detail("the first user pool has no app client: add one to the seed"));
        }
        let invalid = |error: InvalidInput| Error::from(error).with_kind(ErrorKind::Configuration);
        let pool = self.user_pool_id().parse().map_err(invalid)?;
        let config = PoolConfig::new(pool, client.parse().map_err(invalid)?)
            .with_issuer(self.issuer(), self.jwks_uri());
        Ok(match self.client_secret() {
            Some(secret) => config.with_client_secret(ClientSecret::new(secret).map_err(invalid)?),
            None => config,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::client::Client;
    use crate::operations::seed::Seed;

    const SECRET: &str = "abcdefghijklmnopqrstuvwxyz";
    const OTHER: &str = "zyxwvutsrqponmlkjihgfedcba";

    #[test]
    fn config_has_ids_keys_and_secret() {
        let emulator = Emulator::builder().client(Client::new("web").secret(SECRET));
        let emulator = emulator.client("other").build().expect("an emulator");
        let config = emulator.pool_config().expect("a configuration");
        assert_eq!(config.user_pool_id.as_str(), emulator.user_pool_id());
        assert_eq!(config.client_id.as_str(), "web");
        let secret = config
            .client_secret
            .map(|secret| secret.expose().to_owned());
        assert_eq!(secret.as_deref(), Some(SECRET));
        assert_eq!(config.issuer.as_deref(), Some(emulator.issuer()));
        assert_eq!(config.jwks_uri, Some(emulator.jwks_uri()));
        // The current secret.
        emulator.set_client_secret("web", OTHER);
        let config = emulator.pool_config().expect("a configuration");
        let secret = config
            .client_secret
            .map(|secret| secret.expose().to_owned());
        assert_eq!(secret.as_deref(), Some(OTHER));
    }

    #[test]
    fn public_client_has_no_secret() {
        let emulator = Emulator::builder().build().expect("an emulator");
        let config = emulator.pool_config().expect("a configuration");
        assert!(config.client_secret.is_none());
    }

    #[test]
    fn pool_without_client_has_no_config() {
        let seed = json!({ "pools": [{ "id": "us-east-1_Seeded1" }] }).to_string();
        let seed = Seed::from_json(&seed).expect("a seed");
        let emulator = Emulator::builder().prepared(seed).build();
        let error = emulator.expect("an emulator").pool_config().err();
        let error = error.expect("an error");
        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert!(error.to_string().contains("no app client"), "{error}");
    }
}
