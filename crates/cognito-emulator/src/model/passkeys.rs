//! The passkeys that a user has registered ([`Passkeys`]).

use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::model::acr::Method;
use crate::model::failure::Failure;
use crate::model::random::Random;
use crate::model::thin::Empty;
use crate::model::webauthn::assertion::Proven;
use crate::model::webauthn::{Credential, CredentialRecord};

/// The maximum number of passkeys that a user can have (AWS developer guide, "Passkey sign-in").
const MOST_PASSKEYS: usize = 20;
/// The time in which a user must complete the registration of a passkey. It is also the timeout
/// that browsers get for a sign-in with a passkey. AWS documents no value. Three minutes is the
/// default lifetime of a sign-in session.
pub(crate) const PATIENCE: Duration = Duration::from_secs(180);

/// The passkeys of a user, and the registration in progress.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Passkeys {
    pub(crate) registered: Vec<Credential>,
    /// The number of passkeys that the user has ever registered, including deleted ones. It gives
    /// each new passkey a number that no other passkey of the user has had.
    ever: u32,
    /// The passkey registration that the user has started and not completed. A new registration
    /// replaces it. `None` if there is none.
    pub(crate) pending: Option<Pending>,
}

/// A passkey registration in progress: it was started and is not completed yet.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Pending {
    pub(crate) challenge: String,
    pub(crate) client: String,
    pub(crate) expires: SystemTime,
}

impl Empty for Passkeys {
    const EMPTY: &'static Self = &Self {
        registered: Vec::new(),
        ever: 0,
        pending: None,
    };
}

impl Passkeys {
    /// Returns `true` if the user has a passkey for this relying party id. Passkeys for an earlier
    /// relying party id of the pool are kept, but cannot be used.
    pub(crate) fn are_for(&self, relying_party: &str) -> bool {
        let mut all = self.registered.iter();
        all.any(|passkey| passkey.record.relying_party == relying_party)
    }

    /// Returns the user's passkeys for this relying party id, as a list of
    /// `PublicKeyCredentialDescriptorJSON`.
    pub(crate) fn descriptors(&self, relying_party: &str) -> Value {
        self.registered
            .iter()
            .filter(|passkey| passkey.record.relying_party == relying_party)
            .map(|passkey| {
                json!({
                    "type": "public-key",
                    "id": passkey.record.id,
                    "transports": passkey.record.transports,
                })
            })
            .collect()
    }

    /// Stores the new signature counter of the passkey with which the user has signed in. Returns
    /// the authentication method that this passkey counts as.
    pub(crate) fn used(&mut self, proven: &Proven) -> Method {
        let mut all = self.registered.iter_mut();
        let passkey = all.find(|passkey| passkey.record.id == proven.id);
        let attachment = passkey.and_then(|passkey| {
            passkey.record.counter = proven.counter;
            passkey.record.attachment.as_deref()
        });
        Method::of_passkey(attachment)
    }

    pub(crate) fn has(&self, id: &str) -> bool {
        let mut all = self.registered.iter();
        all.any(|passkey| passkey.record.id == id)
    }

    /// Fails with `LimitExceededException` if the user already has the maximum number of passkeys.
    pub(crate) fn check_room(&self) -> Result<(), Failure> {
        if self.registered.len() < MOST_PASSKEYS {
            return Ok(());
        }
        Err(Failure::new(
            "LimitExceededException",
            "The user has as many passkeys as a user can have.",
        ))
    }

    pub(crate) fn add(&mut self, record: CredentialRecord, now: SystemTime) {
        self.ever += 1;
        self.registered.push(Credential {
            record,
            number: self.ever,
            created: now,
        });
    }
}

/// Returns 32 random bytes in Base64url, the challenge of a registration or a sign-in.
pub(crate) fn new_challenge(random: &Random) -> String {
    URL_SAFE_NO_PAD.encode(random.bytes::<32>())
}
