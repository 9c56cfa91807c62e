//! Parses authenticator data: the part of a response that the authenticator itself writes (WebAuthn
//! Level 3, section 6.1).

use aws_lc_rs::digest::{SHA256, digest};

use crate::model::webauthn::cbor;
use crate::model::webauthn::cose::PublicKey;
use crate::model::webauthn::{Expected, Rejection};

const USER_PRESENT: u8 = 0x01;
const USER_VERIFIED: u8 = 0x04;
const BACKUP_ELIGIBLE: u8 = 0x08;
const BACKUP_STATE: u8 = 0x10;
const ATTESTED: u8 = 0x40;
const EXTENSIONS: u8 = 0x80;

/// The maximum length of the id of a passkey in bytes (WebAuthn Level 3, section 4, "Credential
/// ID").
const LONGEST_ID: usize = 1023;

/// Authenticator data: the relying party for which a response was made, how the authenticator
/// checked the user, and the signature counter.
pub(super) struct AuthenticatorData<'a> {
    /// The SHA-256 of the relying party id for which the response was made.
    relying_party: &'a [u8],
    flags: u8,
    pub(super) counter: u32,
    /// The new passkey. `None` in responses that are not registrations.
    pub(super) attested: Option<Attested<'a>>,
}

/// A new passkey in authenticator data: its id and its public key.
pub(super) struct Attested<'a> {
    pub(super) id: &'a [u8],
    pub(super) key: PublicKey,
}

impl<'a> AuthenticatorData<'a> {
    /// Parses authenticator data. Fails if it is incomplete or followed by other bytes.
    pub(super) fn read(data: &'a [u8]) -> Result<Self, Rejection> {
        let mut rest = data;
        let relying_party = take(&mut rest, 32)?;
        let flags = take(&mut rest, 1)?[0];
        let counter = take(&mut rest, 4)?
            .iter()
            .fold(0, |number, byte| number << 8 | u32::from(*byte));
        let attested = if flags & ATTESTED == 0 {
            None
        } else {
            Some(attested(&mut rest)?)
        };
        if flags & EXTENSIONS != 0 {
            let (extensions, behind) = cbor::read_first(rest).ok_or(MALFORMED)?;
            if !extensions.is_map() {
                return Err(MALFORMED);
            }
            rest = behind;
        }
        if !rest.is_empty() {
            return Err(MALFORMED);
        }
        Ok(Self {
            relying_party,
            flags,
            counter,
            attested,
        })
    }

    /// Makes the checks that are the same for registrations and assertions: the relying party id,
    /// the presence and the verification of the user, and the backup flags.
    pub(super) fn check(&self, expected: &Expected<'_>) -> Result<(), Rejection> {
        let relying_party = digest(&SHA256, expected.relying_party.as_bytes());
        if relying_party.as_ref() != self.relying_party {
            return Err(Rejection::RelyingParty);
        }
        if !self.has(USER_PRESENT) {
            return Err(Rejection::Presence);
        }
        if expected.verification && !self.has(USER_VERIFIED) {
            return Err(Rejection::Verification);
        }
        if self.has(BACKUP_STATE) && !self.has(BACKUP_ELIGIBLE) {
            return Err(MALFORMED);
        }
        Ok(())
    }

    const fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }
}

/// Parses the data of a new passkey at the start of `rest`: the AAGUID (ignored), the length of the
/// id, the id, and the public key. Removes this data from `rest`.
fn attested<'a>(rest: &mut &'a [u8]) -> Result<Attested<'a>, Rejection> {
    take(rest, 16)?;
    let length = take(rest, 2)?;
    let length = usize::from(length[0]) << 8 | usize::from(length[1]);
    if !(1..=LONGEST_ID).contains(&length) {
        return Err(MALFORMED);
    }
    let id = take(rest, length)?;
    let (key, behind) = cbor::read_first(rest).ok_or(MALFORMED)?;
    *rest = behind;
    Ok(Attested {
        id,
        key: PublicKey::read(&key)?,
    })
}

/// Removes the first `count` bytes from `rest` and returns them. Fails if there are fewer bytes.
fn take<'a>(rest: &mut &'a [u8], count: usize) -> Result<&'a [u8], Rejection> {
    let (taken, behind) = rest.split_at_checked(count).ok_or(MALFORMED)?;
    *rest = behind;
    Ok(taken)
}

const MALFORMED: Rejection = Rejection::Malformed("authenticatorData");
