//! A simulated browser with an authenticator, for the quickstart example. It uses the crates
//! `passkey-client` and `passkey-authenticator`.

use async_trait::async_trait;
use passkey_authenticator::{Authenticator, UiHint, UserCheck, UserValidationMethod};
use passkey_client::{Client, DefaultClientData};
use passkey_crypto::AvailableBackend;
use passkey_types::Passkey;
use passkey_types::ctap2::{Aaguid, Ctap2Error};
use serde_json::{Value, json};
use url::Url;

/// A simulated user who confirms each use of the authenticator.
struct Person {
    proves: bool,
}

#[async_trait]
impl UserValidationMethod for Person {
    type PasskeyItem = Passkey;

    async fn check_user<'a>(
        &self,
        _: UiHint<'a, Passkey>,
        _: bool,
        _: bool,
    ) -> Result<UserCheck, Ctap2Error> {
        Ok(UserCheck {
            presence: true,
            verification: self.proves,
        })
    }

    fn is_presence_enabled(&self) -> bool {
        true
    }

    fn is_verification_enabled(&self) -> Option<bool> {
        self.proves.then_some(true)
    }
}

/// A simulated browser. Its authenticator stores one passkey and counts how often it is used.
pub(crate) struct Browser {
    passkey: Option<Passkey>,
    site: Url,
    /// `true` if the authenticator verifies the user, for example with a fingerprint.
    pub(crate) proves: bool,
}

impl Browser {
    pub(crate) fn at(site: &str) -> Result<Self, String> {
        Ok(Self {
            passkey: None,
            site: site.parse().map_err(rejection)?,
            proves: true,
        })
    }

    /// Creates a passkey, like `navigator.credentials.create()`. Returns the JSON of the
    /// credential, like `toJSON()`.
    pub(crate) async fn create(&mut self, options: &Value) -> Result<Value, String> {
        let mut authenticator = self.authenticator();
        authenticator.set_make_credentials_with_signature_counter(true);
        let mut client = Client::new(authenticator).allows_insecure_localhost(true);
        let options = json!({ "publicKey": options });
        let options = serde_json::from_value(options).map_err(rejection)?;
        let made = client.register(&self.site, options, DefaultClientData);
        let made = made.await.map_err(rejection)?;
        self.passkey = client.authenticator_mut().store_mut().take();
        serde_json::to_value(made).map_err(rejection)
    }

    /// Signs a challenge with the passkey, like `navigator.credentials.get()`. Returns the JSON of
    /// the credential, like `toJSON()`.
    pub(crate) async fn get(&mut self, options: &Value) -> Result<Value, String> {
        let mut client = Client::new(self.authenticator()).allows_insecure_localhost(true);
        let options = json!({ "publicKey": options });
        let options = serde_json::from_value(options).map_err(rejection)?;
        let proof = client.authenticate(&self.site, options, DefaultClientData);
        let proof = proof.await.map_err(rejection)?;
        self.passkey = client.authenticator_mut().store_mut().take();
        serde_json::to_value(proof).map_err(rejection)
    }

    fn authenticator(&self) -> Authenticator<Option<Passkey>, Person, AvailableBackend> {
        let person = Person {
            proves: self.proves,
        };
        let aaguid = Aaguid::new_empty();
        Authenticator::new(aaguid, self.passkey.clone(), person, AvailableBackend)
    }

    /// Returns another browser with a copy of the passkey, like a cloned authenticator.
    pub(crate) fn copy(&self) -> Self {
        Self {
            passkey: self.passkey.clone(),
            site: self.site.clone(),
            proves: self.proves,
        }
    }
}

fn rejection(error: impl std::fmt::Debug) -> String {
    format!("{error:?}")
}
