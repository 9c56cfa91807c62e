//! The state file of a rotation. It contains the new secret, so only its owner can read it.

use std::fs;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::checksum;
use crate::failure::{Exit, Failure, Outcome};
use crate::file_lock::FileLock;
use crate::private_file;

/// The progress of a rotation. Security: it does not implement `Debug`, because it has a secret.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rotation {
    pub(super) user_pool_id: String,
    pub(super) client_id: String,
    /// The id of the secret that the app client had before the rotation.
    pub(super) old_secret_id: String,
    pub(super) new_secret: String,
    /// The id of the new secret. `None` until a response of AWS contains it.
    pub(super) new_secret_id: Option<String>,
    /// `true` if the last publication has succeeded.
    pub(super) is_published: bool,
    /// The SHA-256 of the old secret, if it is known.
    #[serde(default)]
    pub(super) old_secret_sha256: Option<String>,
    /// The target of the last publication, even if the publication failed.
    #[serde(default)]
    pub(super) target: Option<String>,
}

impl Rotation {
    /// Returns `true` if the value is the old or the new secret.
    pub(super) fn has_secret(&self, value: &str) -> bool {
        let is_old = |old: &String| *old == checksum::sha256(value.as_bytes());
        value == self.new_secret || self.old_secret_sha256.as_ref().is_some_and(is_old)
    }

    /// Returns the error for a run without `--publish` that must publish the new secret.
    pub(super) fn unpublished(&self) -> Failure {
        let text = "add --publish, so that the new secret gets to the services";
        Failure::usage(match &self.target {
            Some(target) => format!("{text}: the publication to {target} has not succeeded"),
            None => text.to_owned(),
        })
    }
}

/// The state file.
pub(super) struct StateFile {
    path: PathBuf,
    pub(super) rotation: Rotation,
    lock: FileLock,
}

impl StateFile {
    /// Creates the file. Fails if it exists.
    pub(super) fn create(path: &Path, rotation: Rotation) -> Outcome<Self> {
        let lock = FileLock::new(path)?;
        let json = serde_json::to_vec_pretty(&rotation)?;
        let shown = path.display();
        private_file::create_with(path, &json).map_err(|error| {
            Failure::new(Exit::Failed, format!("cannot write {shown}: {error}"))
        })?;
        let path = path.to_owned();
        Ok(Self {
            path,
            rotation,
            lock,
        })
    }

    /// Opens the file of an earlier run. Returns `None` if it does not exist.
    pub(super) fn open(path: &Path, pool: &str, client: &str) -> Outcome<Option<Self>> {
        let shown = path.display();
        let mut text = String::new();
        match fs::symlink_metadata(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unreadable(path, &error)),
            Ok(_) => {}
        }
        let lock = FileLock::new(path)?;
        // Security: another user could write a secret of their choice to the file.
        let file = private_file::open_own(path).map_err(|error| unreadable(path, &error))?;
        file.take(64 * 1024).read_to_string(&mut text)?;
        let rotation: Rotation = serde_json::from_str(&text)
            .map_err(|_| Failure::usage(format!("{shown} is not the state of a rotation")))?;
        if rotation.user_pool_id != pool || rotation.client_id != client {
            let text = format!("{shown} is of another app client");
            return Err(Failure::usage(text));
        }
        let path = path.to_owned();
        Ok(Some(Self {
            path,
            rotation,
            lock,
        }))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Replaces the content of the file.
    pub(super) fn save(&self) -> Outcome<()> {
        let json = serde_json::to_vec_pretty(&self.rotation)?;
        Ok(private_file::replace(&self.path, &json)?)
    }

    /// Removes the file at the end of the rotation.
    pub(super) fn remove(self) -> Outcome<()> {
        fs::remove_file(&self.path)?;
        self.lock.remove();
        Ok(())
    }
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    Failure::usage(format!("cannot read {}: {error}", path.display()))
}
