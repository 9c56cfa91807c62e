//! The state file and the snapshots of an emulator.

#[cfg(test)]
#[cfg(feature = "state")]
mod tests;

use std::sync::Arc;

use crate::emulator::Emulator;
use crate::http::gate::Entered;
use crate::http::instance::Instance;
use crate::model::error::SnapshotError;
use crate::model::failure::Failure;
use crate::state::service::Service;

/// A change of the data by a method of [`Emulator`]. When this value is dropped, the change is
/// written to the state file. If the change cannot be written, the error is logged, and the next
/// write to the state file includes the change.
pub(super) struct Changing<'e> {
    instance: &'e Instance,
    _entered: Entered,
}

impl Drop for Changing<'_> {
    fn drop(&mut self) {
        let _ = self.instance.journal.commit_now(&self.instance.pools);
    }
}

impl Emulator {
    /// Begins a change of the emulator's data. The change ends when the returned value is dropped.
    /// When the caller drops it, the caller must hold no lock of the data.
    pub(super) fn change(&self) -> Changing<'_> {
        Changing {
            instance: &self.instance,
            _entered: self.instance.gate.enter_blocking(),
        }
    }

    /// Returns the first user pool with its current settings. Fails if it was deleted.
    pub(super) fn pool(&self) -> Result<Arc<Service>, Failure> {
        self.instance.pools.get(self.user_pool_id())
    }

    /// Returns a note for the user if options of the [builder](crate::EmulatorBuilder) have no
    /// effect, because an existing [state file](crate::EmulatorBuilder::state) has other data.
    /// Otherwise returns `None`.
    ///
    /// The compared options are the first pool and its first app client, the client secrets, the
    /// MFA setting and the test providers. The data of the file is used unchanged.
    pub fn state_note(&self) -> Option<&str> {
        self.state_note.as_deref()
    }

    /// Stores a snapshot: a copy of the data, in memory and with a name. Waits until other requests
    /// have ended. Replaces an earlier snapshot with the same name. An emulator has at most 20
    /// snapshots with at most 256 MiB in all, and they are lost when it stops.
    ///
    /// A snapshot contains the data that [`EmulatorBuilder::state`](crate::EmulatorBuilder::state)
    /// writes: the pools with their clients, settings, users and tokens, the inbox, parameters,
    /// secrets, and the time by which the clock was advanced. It contains no faults and no counts.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let emulator = cognito_emulator::Emulator::builder().build()?;
    /// emulator.snapshot("empty").await?;
    /// emulator.create_user("user@example.com", "SecurePass123!", &[])?;
    /// emulator.restore("empty").await?;
    /// // The user does not exist any more.
    /// emulator.create_user("user@example.com", "SecurePass123!", &[])?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`SnapshotError`] if the name is invalid, if there are too many snapshots, if they are too
    /// large, or if other requests are in progress for ten seconds.
    pub async fn snapshot(&self, name: &str) -> Result<(), SnapshotError> {
        self.instance.snapshot(name).await
    }

    /// Replaces the data with a [snapshot](Self::snapshot). The snapshot can be restored again.
    ///
    /// Waits until other requests have ended. Requests that begin during the change wait until it
    /// is done. Sign-ins in progress cannot continue. Tokens that were issued after the snapshot
    /// stay valid if their user is in the snapshot.
    ///
    /// # Errors
    ///
    /// [`SnapshotError`] if there is no such snapshot, if other requests are in progress for ten
    /// seconds, or if the state file cannot be written.
    pub async fn restore(&self, name: &str) -> Result<(), SnapshotError> {
        self.instance.restore(name).await
    }
}
