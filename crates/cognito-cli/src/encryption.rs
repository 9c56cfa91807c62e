//! Files that are encrypted with age (<https://age-encryption.org>).

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use age::stream::StreamWriter;
use age::x25519;
use age::{DecryptError, Decryptor, Encryptor, Identity, IdentityFile};
use aws_lc_rs::agreement::{EphemeralPrivateKey, UnparsedPublicKey, X25519, agree_ephemeral};
use aws_lc_rs::rand::SystemRandom;
use zeroize::Zeroizing;

use crate::failure::{Exit, Failure, Outcome};
use crate::private_file;

/// The first bytes of an encrypted file.
const MAGIC: &[u8] = b"age-encryption.org/";

/// The maximum length of an identity file, in bytes.
const MOST_IDENTITIES: u64 = 64 * 1024;

/// The maximum length of the header of an encrypted file, in bytes. The time that the crate `age`
/// needs to parse a header grows with the square of the length.
const MOST_HEADER: usize = 64 * 1024;

/// The maximum number of recipients. With more, the header can be longer than [`MOST_HEADER`].
const MOST_RECIPIENTS: usize = 500;

/// The keys for which a file is encrypted. The owner of each key can decrypt the file.
pub(crate) struct Recipients(BTreeMap<String, x25519::Recipient>);

impl Recipients {
    /// Reads the values of `--encrypt`. Each is a recipient, or `@FILE` with a recipient in each
    /// line. Returns `None` if there are no values.
    ///
    /// Security: messages do not contain the values, because they could be secret keys.
    pub(crate) fn read(values: &[String]) -> Outcome<Option<Self>> {
        if values.is_empty() {
            return Ok(None);
        }
        let mut found = BTreeMap::new();
        for value in values {
            let Some(file) = value.strip_prefix('@') else {
                let recipient = recipient(value)
                    .map_err(|reason| Failure::usage(format!("a value of --encrypt {reason}")))?;
                found.insert(recipient.to_string(), recipient);
                continue;
            };
            let mut text = String::new();
            private_file::open_unchangeable(Path::new(file))
                .and_then(|mut file| file.read_to_string(&mut text))
                .map_err(|error| Failure::usage(format!("cannot read {file}: {error}")))?;
            let before = found.len();
            for (at, line) in (1..).zip(text.lines()) {
                let line = line.trim();
                if line.is_empty() || line.starts_with('#') {
                    continue;
                }
                let recipient = recipient(line).map_err(|reason| {
                    Failure::usage(format!("{file}, line {at}: the recipient {reason}"))
                })?;
                found.insert(recipient.to_string(), recipient);
            }
            if found.len() == before {
                let text = format!("{file} has no recipients, or only those of another --encrypt");
                return Err(Failure::usage(text));
            }
        }
        if found.len() > MOST_RECIPIENTS {
            let text = format!("--encrypt has more than {MOST_RECIPIENTS} recipients");
            return Err(Failure::usage(text));
        }
        Ok(Some(Self(found)))
    }

    /// Returns the recipients as strings, sorted.
    pub(crate) fn names(&self) -> Vec<String> {
        self.0.keys().cloned().collect()
    }

    /// Returns a writer that encrypts to `out`. The file is complete after
    /// [`finish`](StreamWriter::finish).
    pub(crate) fn encrypt_to<W: Write>(&self, out: W) -> Outcome<StreamWriter<W>> {
        let recipients = self.0.values().map(|key| key as &dyn age::Recipient);
        let encryptor = Encryptor::with_recipients(recipients)
            .map_err(|error| Failure::new(Exit::Failed, error.to_string()))?;
        Ok(encryptor.wrap_output(out)?)
    }

    /// Encrypts `content`.
    pub(crate) fn encrypt(&self, content: &[u8]) -> Outcome<Vec<u8>> {
        let mut writer = self.encrypt_to(Vec::new())?;
        writer.write_all(content)?;
        Ok(writer.finish()?)
    }
}

/// Parses a recipient. The error is the end of a message whose subject is the recipient, such as
/// `is a secret key`.
fn recipient(text: &str) -> Result<x25519::Recipient, &'static str> {
    if text.starts_with("AGE-SECRET-KEY-") {
        return Err("is a secret key: use its public key, which begins with age1");
    }
    let parsed = text.parse::<x25519::Recipient>();
    let parsed =
        parsed.map_err(|_| "is no X25519 recipient of age, such as age1… of `age-keygen`")?;
    if is_usable(&parsed.to_string()) {
        return Ok(parsed);
    }
    Err("cannot be used, because everyone can decrypt files for this key")
}

/// Returns `true` if a file can be encrypted to a recipient. `recipient` must be syntactically
/// valid. The result is `false` for a key of small order: the shared secret would be zero (RFC
/// 7748, section 6.1), and the crate `age` would panic.
fn is_usable(recipient: &str) -> bool {
    let Ok(key) = EphemeralPrivateKey::generate(&X25519, &SystemRandom::new()) else {
        return false;
    };
    let public_key = UnparsedPublicKey::new(&X25519, public_key(recipient));
    agree_ephemeral(key, public_key, (), |_| Ok(())).is_ok()
}

/// Returns the bytes of a recipient, which is in Bech32 (BIP 173): a prefix, five bits in each
/// character, and a checksum of six characters.
fn public_key(recipient: &str) -> Vec<u8> {
    const CHARACTERS: &[u8] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    let lower = recipient.to_ascii_lowercase();
    let data = lower.strip_prefix("age1").unwrap_or_default().as_bytes();
    let data = &data[..data.len().saturating_sub(6)];
    let bits = data.iter().flat_map(|character| {
        let value = CHARACTERS.iter().position(|known| known == character);
        let value = value.unwrap_or_default();
        (0..5).rev().map(move |at| value >> at & 1 == 1)
    });
    let bits: Vec<bool> = bits.collect();
    let bytes = bits.chunks_exact(8);
    bytes
        .map(|bits| bits.iter().fold(0, |byte, bit| byte << 1 | u8::from(*bit)))
        .collect()
}

/// The secret keys in an identity file. They decrypt files.
pub(crate) struct Identities {
    keys: Vec<Box<dyn Identity + Send + Sync>>,
    file: PathBuf,
}

impl Identities {
    /// Reads the file of `--identity`.
    ///
    /// # Errors
    ///
    /// Fails if another user can read or change the file, or if it is not an identity file.
    pub(crate) fn read(file: &Path) -> Outcome<Self> {
        let shown = file.display();
        let most = usize::try_from(MOST_IDENTITIES).unwrap_or_default();
        // The capacity is large enough, so that no copy of the keys is left in memory.
        let mut text = Zeroizing::new(Vec::with_capacity(most + 64));
        private_file::open_own_to_read(file)
            .and_then(|file| file.take(MOST_IDENTITIES).read_to_end(&mut text))
            .map_err(|error| Failure::usage(format!("cannot read {shown}: {error}")))?;
        let keys = IdentityFile::from_buffer(&**text).ok();
        let keys = keys.and_then(|file| file.into_identities().ok());
        match keys {
            Some(keys) if !keys.is_empty() => Ok(Self {
                keys,
                file: file.to_owned(),
            }),
            _ => Err(Failure::usage(format!(
                "{shown} is no identity file of `age-keygen` without a passphrase"
            ))),
        }
    }

    /// Decrypts `content`, the content of `file`.
    pub(crate) fn decrypt(&self, file: &Path, content: &[u8]) -> Outcome<Vec<u8>> {
        let shown = file.display();
        let is_end = |part: &[u8]| part == b"\n--- ";
        if content
            .get(..MOST_HEADER)
            .is_some_and(|head| !head.windows(5).any(is_end))
        {
            return Err(Failure::usage(format!(
                "cannot decrypt {shown}: its header is longer than {MOST_HEADER} bytes"
            )));
        }
        let keys = self.keys.iter().map(|key| &**key as &dyn Identity);
        // The encrypted content is longer.
        let mut clear = Vec::with_capacity(content.len());
        Decryptor::new_buffered(content)
            .and_then(|decryptor| decryptor.decrypt(keys))
            .and_then(|mut reader| Ok(reader.read_to_end(&mut clear)?))
            .map_err(|error| match error {
                DecryptError::NoMatchingKeys => {
                    let identity = self.file.display();
                    Failure::usage(format!(
                        "{shown} is not encrypted to the keys in {identity}"
                    ))
                }
                // The error of the crate does not say more about the cause.
                _ => Failure::usage(format!(
                    "cannot decrypt {shown}: it is incomplete or changed"
                )),
            })?;
        Ok(clear)
    }
}

/// Returns the decrypted content of an input file. If the file is not encrypted, returns `content`
/// unchanged. `content` is the content of `file`, and `identity` is the path of the age identity
/// (`--identity`).
///
/// # Errors
///
/// Fails if the file is encrypted but `identity` is `None`, or if it is not encrypted but
/// `identity` is set. Also fails if the decryption fails.
///
/// Security: a successful decryption does not prove that the file is the exported one, because
/// anyone who has the public key can encrypt a file. Only the SHA-256 in the manifest proves this.
pub(crate) fn clear(file: &Path, content: Vec<u8>, identity: Option<&Path>) -> Outcome<Vec<u8>> {
    let shown = file.display();
    match (is_encrypted(&content), identity) {
        (true, Some(identity)) => Identities::read(identity)?.decrypt(file, &content),
        (true, None) => Err(Failure::usage(format!(
            "{shown} is encrypted: add --identity FILE with the key"
        ))),
        (false, Some(_)) => Err(Failure::usage(format!("{shown} is not encrypted with age"))),
        (false, None) => Ok(content),
    }
}

/// Returns `true` if this is the content of an encrypted file.
pub(crate) fn is_encrypted(content: &[u8]) -> bool {
    content.starts_with(MAGIC)
}

/// Returns the name of a file without the `.age` of an encrypted file.
pub(crate) fn clear_name(file: &Path) -> PathBuf {
    if file.extension().is_some_and(|end| end == "age") {
        return file.with_extension("");
    }
    file.to_owned()
}

/// A writer that encrypts its data if there are recipients.
pub(crate) enum MaybeEncrypted<W: Write> {
    Clear(W),
    Encrypted(StreamWriter<W>),
}

impl<W: Write> MaybeEncrypted<W> {
    /// Returns a writer that encrypts if there are recipients.
    pub(crate) fn new(out: W, recipients: Option<&Recipients>) -> Outcome<Self> {
        match recipients {
            Some(recipients) => recipients.encrypt_to(out).map(Self::Encrypted),
            None => Ok(Self::Clear(out)),
        }
    }

    /// Writes the end of the data, and returns the inner writer.
    pub(crate) fn finish(self) -> io::Result<W> {
        match self {
            Self::Clear(out) => Ok(out),
            Self::Encrypted(out) => out.finish(),
        }
    }
}

impl<W: Write> Write for MaybeEncrypted<W> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        match self {
            Self::Clear(out) => out.write(buffer),
            Self::Encrypted(out) => out.write(buffer),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Clear(out) => out.flush(),
            Self::Encrypted(out) => out.flush(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recipient_has_bytes_of_public_key() {
        let key = "age1t7rxyev2z3rw82stdlrrepyc39nvn86l5078zqkf5uasdy86jp6svpy7pa";
        assert_eq!(public_key(key).len(), 32);
        assert_eq!(public_key(key)[..4], [0x5f, 0x86, 0x62, 0x65]);
        assert!(is_usable(key));
        let zeros = "age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq5cu47z";
        assert_eq!(public_key(zeros), [0; 32]);
        assert!(!is_usable(zeros));
    }
}
