//! The passkeys of a user.

use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::model::failure::Failure;
use crate::model::random::Random;
use crate::model::webauthn::Credential;
use crate::model::webauthn::assertion::Proven;
use crate::model::webauthn::registration::Registered;

/// Passkeys that one person may have (developer guide, "Passkey sign-in").
const MOST_PASSKEYS: usize = 20;
/// How long a person may take. AWS does not say; this is as long as a sign-in waits by default.
pub(crate) const PATIENCE: Duration = Duration::from_secs(180);

/// The passkeys of a person.
#[derive(Clone, Debug, Default)]
pub(crate) struct Passkeys {
    pub(crate) registered: Vec<Credential>,
    /// How many there were, deleted ones too.
    ever: u32,
    /// The registration that was started last and not finished.
    pub(crate) pending: Option<Pending>,
}

#[derive(Clone)]
pub(crate) struct Pending {
    pub(crate) challenge: String,
    pub(crate) client: String,
    pub(crate) expires: SystemTime,
}

/// Security: who asked, not what.
impl std::fmt::Debug for Pending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pending({})", self.client)
    }
}

impl Passkeys {
    pub(crate) fn all(&self) -> &[Credential] {
        &self.registered
    }

    /// Whether there is one for a domain. The pool may have had another when it was registered.
    pub(crate) fn are_for(&self, relying_party: &str) -> bool {
        let mut all = self.registered.iter();
        all.any(|passkey| passkey.relying_party == relying_party)
    }

    /// `PublicKeyCredentialDescriptorJSON` of those for a domain.
    pub(crate) fn descriptors(&self, relying_party: &str) -> Value {
        self.registered
            .iter()
            .filter(|passkey| passkey.relying_party == relying_party)
            .map(|passkey| {
                json!({
                    "type": "public-key",
                    "id": passkey.id,
                    "transports": passkey.transports,
                })
            })
            .collect()
    }

    /// Remembers how often a passkey was used.
    pub(crate) fn used(&mut self, proven: &Proven) {
        let mut all = self.registered.iter_mut();
        if let Some(passkey) = all.find(|passkey| passkey.id == proven.id) {
            passkey.counter = proven.counter;
        }
    }

    pub(crate) fn has(&self, id: &str) -> bool {
        self.registered.iter().any(|passkey| passkey.id == id)
    }

    pub(crate) fn check_room(&self) -> Result<(), Failure> {
        if self.registered.len() < MOST_PASSKEYS {
            return Ok(());
        }
        Err(Failure::new(
            "LimitExceededException",
            "The user has as many passkeys as a user can have.",
        ))
    }

    pub(crate) fn add(&mut self, registered: Registered, relying_party: &str, now: SystemTime) {
        self.ever += 1;
        self.registered.push(Credential {
            id: registered.id,
            key: registered.key,
            counter: registered.counter,
            attachment: registered.attachment,
            transports: registered.transports,
            relying_party: relying_party.to_owned(),
            number: self.ever,
            created: now,
        });
    }
}

/// A challenge that nobody can guess, in base64url.
pub(crate) fn new_challenge(random: &Random) -> String {
    URL_SAFE_NO_PAD.encode(random.bytes::<32>())
}
