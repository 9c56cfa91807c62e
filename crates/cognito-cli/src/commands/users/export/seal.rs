//! The encryption of an incomplete export with a random key. The folder of the export contains this
//! key, encrypted to the recipients.
//!
//! At its end, the export reads its rows again to join them. If the rows were encrypted to the
//! recipients, each export would need an identity to read them. With the random key, only a resumed
//! export needs an identity.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::rand;
use zeroize::Zeroizing;

use crate::encryption::{Identities, Recipients};
use crate::failure::{Exit, Failure, Outcome};
use crate::private_file;

/// The maximum length of an encrypted block, in bytes.
const MOST_BLOCK: usize = 64 * 1024 * 1024;

/// The AES-256-GCM key that encrypts the file of an export while the export is incomplete.
pub(super) struct Seal(RandomizedNonceKey);

impl Seal {
    /// Creates a random key. Encrypts it to the recipients, and writes it to `file`.
    pub(super) fn create(file: &Path, recipients: &Recipients) -> Outcome<Self> {
        let mut key = Zeroizing::new([0; 32]);
        rand::fill(&mut *key).map_err(|_| io::Error::other("no random numbers"))?;
        private_file::create_with(file, &recipients.encrypt(&*key)?)?;
        Self::new(&*key)
    }

    /// Reads the key from `file`.
    pub(super) fn open(file: &Path, identities: &Identities) -> Outcome<Self> {
        let key = Zeroizing::new(identities.decrypt(file, &fs::read(file)?)?);
        Self::new(&key)
    }

    fn new(key: &[u8]) -> Outcome<Self> {
        let key = RandomizedNonceKey::new(&AES_256_GCM, key);
        key.map(Self).map_err(|_| changed("the key"))
    }

    /// Encrypts a block. `name` is the name of the part of the export, and `position` is the
    /// position of the block in the part's file. The block can be decrypted only with the same name
    /// and position.
    pub(super) fn close(&self, name: &str, position: u64, block: &[u8]) -> Outcome<Vec<u8>> {
        let mut sealed = block.to_vec();
        let nonce = self
            .0
            .seal_in_place_append_tag(context(name, position), &mut sealed)
            .map_err(|_| Failure::new(Exit::Failed, "a block cannot be encrypted"))?;
        sealed.splice(0..0, *nonce.as_ref());
        Ok(sealed)
    }

    /// Decrypts a block that [`close`](Self::close) has encrypted with the same name and position.
    pub(super) fn read(&self, name: &str, position: u64, mut sealed: Vec<u8>) -> Outcome<Vec<u8>> {
        let clear = sealed
            .split_at_mut_checked(NONCE_LEN)
            .and_then(|(nonce, block)| {
                let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
                let block = self.0.open_in_place(nonce, context(name, position), block);
                block.ok().map(|block| block.to_vec())
            });
        clear.ok_or_else(|| changed(name))
    }
}

fn context(name: &str, position: u64) -> Aad<Vec<u8>> {
    let mut context = position.to_be_bytes().to_vec();
    context.extend_from_slice(name.as_bytes());
    Aad::from(context)
}

fn changed(name: &str) -> Failure {
    Failure::new(
        Exit::Failed,
        format!("{name} of the interrupted export was changed"),
    )
}

/// Returns the length of `block` as the four bytes that precede the block in the file.
pub(super) fn length(block: &[u8]) -> [u8; 4] {
    u32::try_from(block.len()).unwrap_or(u32::MAX).to_be_bytes()
}

/// A reader that decrypts a file of encrypted blocks, and returns the rows.
pub(super) struct Blocks<R = File> {
    file: BufReader<R>,
    name: String,
    seal: Arc<Seal>,
    position: u64,
    block: Vec<u8>,
    read: usize,
}

impl<R: Read> Blocks<R> {
    /// Creates a reader of `file`, which contains the rows of the part of the export with this
    /// name.
    pub(super) fn new(file: R, name: &str, seal: Arc<Seal>) -> Self {
        Self {
            file: BufReader::new(file),
            name: name.to_owned(),
            seal,
            position: 0,
            block: Vec::new(),
            read: 0,
        }
    }

    /// Reads the next block. Returns `false` at the end of the file.
    fn advance(&mut self) -> io::Result<bool> {
        if self.is_at_end()? {
            return Ok(false);
        }
        let mut length = [0; 4];
        self.file.read_exact(&mut length)?;
        let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
        let wrong = |failure: Failure| io::Error::other(failure.message);
        if length > MOST_BLOCK {
            return Err(wrong(changed(&self.name)));
        }
        let mut sealed = vec![0; length];
        self.file.read_exact(&mut sealed)?;
        let block = self.seal.read(&self.name, self.position, sealed);
        self.block = block.map_err(wrong)?;
        self.position += 4 + length as u64;
        self.read = 0;
        Ok(true)
    }

    /// Returns `true` at the end of the file. Repeats a read that a signal has interrupted, as
    /// [`Read::read_exact`] does.
    fn is_at_end(&mut self) -> io::Result<bool> {
        loop {
            match self.file.fill_buf() {
                Ok(rest) => return Ok(rest.is_empty()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl<R: Read> Read for Blocks<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.read == self.block.len() {
            if !self.advance()? {
                return Ok(0);
            }
        }
        let read = (&self.block[self.read..]).read(buffer)?;
        self.read += read;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn block_belongs_to_name_and_position() {
        let seal = Seal::new(&[7; 32]).unwrap();
        let block = seal.close("users-0", 4, b"ann").unwrap();
        let read = |name, position, block| seal.read(name, position, block).ok();
        assert_eq!(read("users-0", 4, block.clone()).unwrap(), b"ann");
        assert!(read("users-1", 4, block.clone()).is_none());
        assert!(read("users-0", 5, block.clone()).is_none());
        for at in 0..block.len() {
            let mut changed = block.clone();
            changed[at] ^= 1;
            assert!(read("users-0", 4, changed).is_none(), "{at}");
            assert!(read("users-0", 4, block[..at].to_vec()).is_none(), "{at}");
        }
        let again = seal.close("users-0", 4, b"ann").unwrap();
        assert_ne!(again, block);
    }

    /// A file whose every second read is interrupted, and which returns one byte for each other
    /// read.
    struct Interrupted<'a> {
        rest: &'a [u8],
        is_next: bool,
    }

    impl Read for Interrupted<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.is_next = !self.is_next;
            if self.is_next {
                return Err(io::ErrorKind::Interrupted.into());
            }
            let length = buffer.len().min(1);
            self.rest.read(&mut buffer[..length])
        }
    }

    #[test]
    fn interrupted_reads_are_repeated() {
        let seal = Arc::new(Seal::new(&[7; 32]).unwrap());
        let mut file = Vec::new();
        for rows in ["ann\n", "bob\n"] {
            let position = file.len() as u64;
            let block = seal.close("users-0", position, rows.as_bytes()).unwrap();
            file.extend_from_slice(&length(&block));
            file.extend_from_slice(&block);
        }
        let source = |rest| Interrupted {
            rest,
            is_next: false,
        };
        let mut rows = String::new();
        let mut blocks = Blocks::new(source(&file), "users-0", Arc::clone(&seal));
        blocks.read_to_string(&mut rows).unwrap();
        assert_eq!(rows, "ann\nbob\n");
        let cut = &file[..file.len() - 1];
        let mut blocks = Blocks::new(source(cut), "users-0", seal);
        let error = blocks.read_to_string(&mut rows).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    }
}
