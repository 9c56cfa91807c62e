//! Who has signed in from where: marks that spare a person the failures of strangers.

use std::collections::BTreeSet;

use cognito_core::Result;
use futures_util::future::{join_all, try_join};

use super::guard::Shared;
use super::guard_builder::StoreFailure;
use super::key::{Digest, Marks, mark_key};

/// What a mark holds. That it is there says it all.
const MARK: &[u8] = b"1";

/// Where an attempt comes from, as far as its user is known there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    KnownAddress,
    KnownDevice,
    Unknown,
}

impl Shared {
    /// Whether the user has signed in where an attempt comes from; nothing if the store does not
    /// answer, and the attempt is to carry on without it. Both marks are asked for at once, for a person
    /// waits.
    pub(super) async fn origin(&self, marks: &Marks) -> Result<Option<Origin>> {
        match try_join(self.knows(marks.device), self.knows(marks.network)).await {
            Ok((true, _)) => Ok(Some(Origin::KnownDevice)),
            Ok((false, true)) => Ok(Some(Origin::KnownAddress)),
            Ok((false, false)) => Ok(Some(Origin::Unknown)),
            Err(error) if self.on_store_failure == StoreFailure::Refuse => Err(error),
            Err(error) => {
                tracing::warn!(
                    %error,
                    "the store of the attempt counters failed, an attempt is not counted"
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

    /// Sets marks, or sets them anew for as long again; all of them at once, for a person waits.
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
