//! Records of the addresses and devices from which a user has signed in. Failures of other callers
//! do not lock out the user at these addresses and devices.

use std::collections::BTreeSet;

use cognito_core::Result;
use futures_util::future::{join_all, try_join};

use super::guard::Shared;
use super::guard_builder::StoreFailure;
use super::key::{Digest, Marks, mark_key};

/// The value of a mark. A mark is an entry in the store. It records that a user has signed in from
/// an address or with a device. The value is never read, because only the existence of a mark
/// matters.
const MARK: &[u8] = b"1";

/// Whether the user of an attempt has already signed in from its address or device. If the user has
/// signed in from both, the device takes precedence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    KnownAddress,
    KnownDevice,
    Unknown,
}

impl Shared {
    /// Returns whether the user of an attempt has already signed in from its address or device.
    /// `marks` are the names of the store entries that record this. The entries are read
    /// concurrently, because a user waits.
    ///
    /// If the store is unavailable, the result depends on the configuration of the guard: `None`
    /// for [`StoreFailure::CarryOn`], and the error for [`StoreFailure::Refuse`].
    pub(super) async fn origin(&self, marks: &Marks) -> Result<Option<Origin>> {
        match try_join(self.knows(marks.device), self.knows(marks.network)).await {
            Ok((true, _)) => Ok(Some(Origin::KnownDevice)),
            Ok((false, true)) => Ok(Some(Origin::KnownAddress)),
            Ok((false, false)) => Ok(Some(Origin::Unknown)),
            Err(error) if self.store_failure == StoreFailure::Refuse => Err(error),
            Err(error) => {
                tracing::warn!(
                    %error,
                    "the store of the attempt counters failed; an attempt is not counted"
                );
                Ok(None)
            }
        }
    }

    async fn knows(&self, mark: Option<Digest>) -> Result<bool> {
        let Some(mark) = mark.filter(|_| !self.known_for.is_zero()) else {
            return Ok(false);
        };
        let found = self.store.read(&mark_key(&mark)).await?;
        Ok(found.is_some())
    }

    /// Stores marks. A mark records that a user has signed in from an address or with a device. If
    /// a mark exists, its lifetime starts again. The marks are written concurrently, because a user
    /// waits. If marks are disabled, does nothing.
    pub(super) async fn remember(&self, marks: &[Marks]) -> Result<()> {
        if self.known_for.is_zero() {
            return Ok(());
        }
        let marks: BTreeSet<_> = marks
            .iter()
            .flat_map(|marks| [marks.network, marks.device])
            .flatten()
            .collect();
        let written = join_all(marks.into_iter().map(async |mark| {
            let key = mark_key(&mark);
            self.store.write(&key, MARK.to_vec(), self.known_for).await
        }));
        written.await.into_iter().collect()
    }
}
