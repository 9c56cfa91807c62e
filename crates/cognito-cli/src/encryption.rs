//! Files that are encrypted with age (<https://age-encryption.org>).

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use age::stream::StreamWriter;
use age::x25519;
use age::{DecryptError, Decryptor, Encryptor, Identity, IdentityFile};

use crate::failure::{Exit, Failure, Outcome};
use crate::private_file;

/// The first bytes of an encrypted file.
const MAGIC: &[u8] = b"age-encryption.org/";

/// The maximum length of an identity file, in bytes.
const MOST_IDENTITIES: u64 = 64 * 1024;

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
            let text = fs::read_to_string(file)
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

/// Reads a recipient. Fails with the end of a sentence about the recipient.
fn recipient(text: &str) -> Result<x25519::Recipient, &'static str> {
    if text.starts_with("AGE-SECRET-KEY-") {
        return Err("is a secret key: use its public key, which begins with age1");
    }
    let parsed = text.parse();
    parsed.map_err(|_| "is no X25519 recipient of age, such as age1… of `age-keygen`")
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
        let mut text = Vec::new();
        private_file::open_own_to_read(file)
            .and_then(|file| file.take(MOST_IDENTITIES).read_to_end(&mut text))
            .map_err(|error| Failure::usage(format!("cannot read {shown}: {error}")))?;
        let keys = IdentityFile::from_buffer(&*text).ok();
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
        let keys = self.keys.iter().map(|key| &**key as &dyn Identity);
        let mut clear = Vec::new();
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

/// Returns the content of an input file without encryption. `content` is the content of `file`,
/// and `identity` the identity file of `--identity`.
///
/// # Errors
///
/// Fails if the file is encrypted and there is no identity file, or if it is not encrypted although
/// there is one: then someone could have replaced the file.
pub(crate) fn clear(file: &Path, content: Vec<u8>, identity: Option<&Path>) -> Outcome<Vec<u8>> {
    let shown = file.display();
    match (content.starts_with(MAGIC), identity) {
        (true, Some(identity)) => Identities::read(identity)?.decrypt(file, &content),
        (true, None) => Err(Failure::usage(format!(
            "{shown} is encrypted: add --identity FILE with the key"
        ))),
        (false, Some(_)) => Err(Failure::usage(format!("{shown} is not encrypted with age"))),
        (false, None) => Ok(content),
    }
}

/// Returns the name of a file without the `.age` of an encrypted file.
pub(crate) fn clear_name(file: &Path) -> PathBuf {
    if file.extension().is_some_and(|end| end == "age") {
        return file.with_extension("");
    }
    file.to_owned()
}

/// A writer that encrypts, or not.
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
