//! Random values from the operating system, or reproducible values for tests.

use std::sync::{Once, OnceLock};
use std::thread::{self, JoinHandle};

use aws_lc_rs::{digest, hmac, rand};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use uuid::Builder;
use zeroize::Zeroizing;

/// The source of all random identifiers, codes and keys of an emulator.
pub(crate) enum Random {
    /// The random generator of AWS-LC. Its values are not reproducible.
    System,
    /// A reproducible sequence of blocks. The block with the number `n` is the SHA-256 of the seed
    /// and `n`.
    Seeded { seed: u64, next: Mutex<u64> },
}

impl Random {
    /// Returns the reproducible sequence of a seed. Without a seed, returns
    /// [`System`](Self::System).
    pub(crate) fn new(seed: Option<u64>) -> Self {
        seed.map_or(Self::System, |seed| Self::Seeded {
            seed,
            next: Mutex::new(0),
        })
    }

    #[allow(
        clippy::expect_used,
        reason = "AWS-LC ends the process itself when it has no randomness; this never fails"
    )]
    pub(crate) fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        match self {
            Self::System => rand::fill(&mut bytes).expect("the system has randomness"),
            Self::Seeded { seed, next } => {
                let mut next = next.lock();
                for chunk in bytes.chunks_mut(digest::SHA256_OUTPUT_LEN) {
                    let input = [seed.to_le_bytes(), next.to_le_bytes()].concat();
                    let block = digest::digest(&digest::SHA256, &input);
                    for (byte, random) in chunk.iter_mut().zip(block.as_ref()) {
                        *byte = *random;
                    }
                    *next = next.wrapping_add(1);
                }
            }
        }
        bytes
    }

    /// Returns the number of the next block of random bytes in the reproducible sequence of a seed.
    /// Returns `None` if the values come from the operating system.
    pub(crate) fn position(&self) -> Option<u64> {
        match self {
            Self::System => None,
            Self::Seeded { next, .. } => Some(*next.lock()),
        }
    }

    /// Continues the reproducible sequence of a seed at the block with the number `position`. Does
    /// nothing if the sequence has already passed this block. Otherwise the emulator would create
    /// the same ids and codes again.
    pub(crate) fn skip_to(&self, position: u64) {
        if let Self::Seeded { next, .. } = self {
            let mut next = next.lock();
            *next = position.max(*next);
        }
    }

    /// Returns a random UUID, version 4.
    pub(crate) fn uuid(&self) -> String {
        uuid_text(self.bytes())
    }

    /// Returns a random code of six decimal digits. All codes are equally likely.
    pub(crate) fn code(&self) -> String {
        // The largest multiple of 1,000,000 below 2^32. Greater numbers would make low codes more
        // likely.
        const FAIR: u32 = 4_294_000_000;
        loop {
            let number = u32::from_le_bytes(self.bytes());
            if number < FAIR {
                return format!("{:06}", number % 1_000_000);
            }
        }
    }

    /// Returns a string of `length` random characters from `letters`.
    pub(crate) fn word(&self, length: usize, letters: &[u8]) -> String {
        (0..length)
            .map(|_| char::from(letters[self.below(letters.len())]))
            .collect()
    }

    /// Returns a random number from 0 to `bound - 1`. If `bound` is at most 256, all numbers are
    /// almost equally likely.
    pub(crate) fn below(&self, bound: usize) -> usize {
        let number = u64::from_le_bytes(self.bytes());
        usize::try_from(number % bound.max(1) as u64).unwrap_or(0)
    }
}

/// A guard for the thread that initializes the random generator of AWS-LC.
///
/// Before the first random byte of a process, AWS-LC measures jitter for about 30 ms. The thread
/// does this while the emulator starts. Code that needs random values earlier waits until the
/// thread has finished.
///
/// AWS-LC aborts a process that ends during the initialization. Dropping the guard therefore waits
/// for the thread.
#[derive(Debug)]
#[must_use = "the process must not end before this is dropped"]
pub(crate) struct WarmUp(());

impl WarmUp {
    /// Starts the thread that initializes the random generator of AWS-LC. Does nothing if the
    /// process has already started this thread.
    pub(crate) fn begin() -> Self {
        static BEGUN: Once = Once::new();
        BEGUN.call_once(|| {
            // If the thread cannot be started, the first caller that needs random values waits.
            *WARMING_UP.lock() = thread::Builder::new()
                .spawn(|| {
                    let _ = rand::fill(&mut [0; 1]);
                })
                .ok();
        });
        Self(())
    }
}

impl Drop for WarmUp {
    fn drop(&mut self) {
        let thread = WARMING_UP.lock().take();
        if let Some(thread) = thread {
            // The thread does not panic.
            let _ = thread.join();
        }
    }
}

/// The thread that [`WarmUp::begin`] has started. `None` if there is no thread, or if it was
/// already joined.
static WARMING_UP: Mutex<Option<JoinHandle<()>>> = Mutex::new(None);

/// The key with which ids are created and later verified, so that the ids need not be stored. An id
/// is a UUID. The second half of the UUID is a MAC of the first half and of a context. The context
/// is the owner or the purpose of the id, such as the user of a device.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(from = "Option<KeyBytes>", into = "Option<KeyBytes>")]
pub(crate) struct MacIds {
    /// The secret key of the MACs in the ids. It is created with the first id, or by
    /// [`create_key`](Self::create_key). It is not created when the emulator starts, because the
    /// start would then wait for random values (see [`WarmUp`]).
    key: OnceLock<MacKey>,
}

/// A key for MACs, and the bytes from which it was created. A state file stores the bytes, because
/// they cannot be read from the key.
#[derive(Clone)]
struct MacKey {
    bytes: KeyBytes,
    key: hmac::Key,
}

/// The bytes of a random key. A state file contains them in base64url.
///
/// Security: the type does not derive `Debug`, so that no log contains a key.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct KeyBytes(Zeroizing<[u8; 32]>);

impl KeyBytes {
    pub(crate) fn new(random: &Random) -> Self {
        Self(Zeroizing::new(random.bytes()))
    }

    pub(crate) fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl From<KeyBytes> for String {
    fn from(bytes: KeyBytes) -> Self {
        URL_SAFE_NO_PAD.encode(bytes.expose())
    }
}

impl TryFrom<String> for KeyBytes {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        let mut bytes = Zeroizing::new([0; 32]);
        match URL_SAFE_NO_PAD.decode_slice(text, &mut *bytes) {
            Ok(32) => Ok(Self(bytes)),
            _ => Err("invalid key"),
        }
    }
}

impl From<KeyBytes> for MacKey {
    fn from(bytes: KeyBytes) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, bytes.expose());
        Self { bytes, key }
    }
}

impl From<Option<KeyBytes>> for MacIds {
    fn from(bytes: Option<KeyBytes>) -> Self {
        let key = OnceLock::new();
        if let Some(bytes) = bytes {
            // The lock is new, so this does not fail.
            let _ = key.set(bytes.into());
        }
        Self { key }
    }
}

impl From<MacIds> for Option<KeyBytes> {
    fn from(ids: MacIds) -> Self {
        ids.key.get().map(|key| key.bytes.clone())
    }
}

impl MacIds {
    /// Creates an id for a context, such as an identity pool, and returns the id and its MAC. The
    /// id contains random bytes and the first 8 bytes of the MAC.
    pub(crate) fn new_id(&self, context: &[u8], random: &Random) -> (String, hmac::Tag) {
        let key = self.key(random);
        made(key, versioned(random.bytes::<8>()), context)
    }

    /// Creates the key if it does not exist yet. An emulator with a state file needs the key before
    /// it creates the first id, so that the file contains the key.
    pub(crate) fn create_key(&self, random: &Random) {
        self.key(random);
    }

    fn key(&self, random: &Random) -> &hmac::Key {
        let draw = || MacKey::from(KeyBytes::new(random));
        &self.key.get_or_init(draw).key
    }

    /// Returns the id of a subject, such as a user, in a context, such as an identity pool. The
    /// result is always the same for the same subject and context.
    pub(crate) fn fixed_id(&self, context: &[u8], subject: &[u8], random: &Random) -> String {
        let length = (context.len() as u64).to_le_bytes();
        let input = [b"subject".as_slice(), &length, context, subject].concat();
        let tag = hmac::sign(self.key(random), &input);
        let mut start = [0; 8];
        start.copy_from_slice(&tag.as_ref()[..8]);
        made(self.key(random), versioned(start), context).0
    }

    /// Returns the whole MAC of an id. The id contains only the first 8 bytes of the MAC. Returns
    /// `None` if the id was not created with this context.
    pub(crate) fn find(&self, id: &str, context: &[u8]) -> Option<hmac::Tag> {
        let bytes = uuid::Uuid::try_parse(id).ok()?.into_bytes();
        let start = bytes.first_chunk::<8>()?;
        let (made, tag) = made(&self.key.get()?.key, *start, context);
        (made == id).then_some(tag)
    }
}

/// Returns `start`, the first half of a UUID, with the version field set to 4. The second half is a
/// MAC of the first half, so this function must run before the MAC is computed.
fn versioned(mut start: [u8; 8]) -> [u8; 8] {
    start[6] = (start[6] & 0x0f) | 0x40;
    start
}

/// Returns an id, and the whole MAC of `start` and `context`. The first half of the id is `start`.
/// The second half is the first 8 bytes of the MAC. `context` is the owner or the purpose of the
/// id, such as the user of a device.
fn made(key: &hmac::Key, start: [u8; 8], context: &[u8]) -> (String, hmac::Tag) {
    let tag = hmac::sign(key, &[&start, context].concat());
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&start);
    bytes[8..].copy_from_slice(&tag.as_ref()[..8]);
    (uuid_text(bytes), tag)
}

/// Returns the UUID, version 4, that contains these random bits. The bits of version and variant
/// are replaced.
pub(crate) fn uuid_text(bytes: [u8; 16]) -> String {
    Builder::from_random_bytes(bytes).into_uuid().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_pins_the_sequence() {
        let (one, two, other) = (
            Random::new(Some(7)),
            Random::new(Some(7)),
            Random::new(Some(8)),
        );
        let first = one.bytes::<80>();
        assert_eq!(first, two.bytes::<80>());
        assert_ne!(first, other.bytes::<80>());
        assert_ne!(first, one.bytes::<80>());
    }

    #[test]
    fn aborted_warm_up_leaves_no_thread() {
        drop(WarmUp::begin());
        assert!(WARMING_UP.lock().is_none());
        drop(WarmUp::begin());
        assert!(WARMING_UP.lock().is_none(), "once per process");
    }

    #[test]
    fn codes_are_six_digits() {
        let random = Random::new(None);
        for _ in 0..200 {
            let code = random.code();
            assert_eq!(code.len(), 6);
            assert!(code.bytes().all(|byte| byte.is_ascii_digit()));
        }
    }
}
