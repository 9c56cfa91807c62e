//! Point-in-time recoveries of a pool ([`Restoration`]).

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::model::named::named;
use crate::model::time::timestamp;

/// The time after `InitiatePointInTimeRecovery` in which the recovery can be started or canceled.
/// After this time, the recovery expires.
const PREVIEW_VALIDITY: Duration = Duration::from_secs(24 * 3600);

named! {
    /// The statuses of a point-in-time recovery that the emulator uses (`RestoreStatusType`).
    pub(crate) enum RestoreStatus {
        Cancelled = "PREVIEW_CANCELLED",
        Completed = "RESTORE_COMPLETED",
        Expired = "PREVIEW_EXPIRED",
        Generated = "PREVIEW_GENERATED",
        Generating = "PREVIEW_GENERATING",
        Restoring = "RESTORING",
    }
}

/// A point-in-time recovery of a pool.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Restoration {
    pub(crate) id: String,
    status: RestoreStatus,
    /// The recovery point: the time to which the user data of the pool is reset.
    pub(crate) point: SystemTime,
    /// The time at which `InitiatePointInTimeRecovery` was called.
    pub(crate) initiated: SystemTime,
    pub(crate) completed: Option<SystemTime>,
    preview: Preview,
}

/// The numbers of changes that a recovery would make, by kind of entity. They are counted when the
/// recovery is initiated. No data is changed until the recovery is started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Preview {
    pub(crate) users: Changes,
    pub(crate) groups: Changes,
    pub(crate) mfas: Changes,
    pub(crate) passkeys: Changes,
}

/// The numbers of entities of one kind that a recovery would create, update and delete. An entity
/// is a user, a group, the MFA settings of a user, or a passkey.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Changes {
    created: usize,
    updated: usize,
    deleted: usize,
}

impl Changes {
    /// Counts the change that the recovery makes to one entity. `now` is `true` if the entity
    /// exists now. `then` is `true` if it existed at the recovery point. `is_same` is `true` if the
    /// recovery would not change an entity that exists at both times. Such an entity is not
    /// counted.
    pub(crate) fn count(&mut self, now: bool, then: bool, is_same: bool) {
        *match (now, then) {
            (false, true) => &mut self.created,
            (true, false) => &mut self.deleted,
            (true, true) if !is_same => &mut self.updated,
            _ => return,
        } += 1;
    }
}

impl Restoration {
    pub(crate) fn new(id: String, point: SystemTime, now: SystemTime, preview: Preview) -> Self {
        Self {
            id,
            status: RestoreStatus::Generated,
            point,
            initiated: now,
            completed: None,
            preview,
        }
    }

    pub(crate) fn status(&self, now: SystemTime) -> RestoreStatus {
        let age = now.duration_since(self.initiated).unwrap_or_default();
        match self.status {
            RestoreStatus::Generated if age >= PREVIEW_VALIDITY => RestoreStatus::Expired,
            status => status,
        }
    }

    /// Returns `true` if the recovery can still be started: it was initiated, and has not been
    /// started, canceled or expired. As long as the result is `true`, operations that write user
    /// data are rejected.
    pub(crate) fn is_active(&self, now: SystemTime) -> bool {
        self.status(now) == RestoreStatus::Generated
    }

    pub(crate) fn cancel(&mut self) {
        self.status = RestoreStatus::Cancelled;
    }

    pub(crate) fn complete(&mut self, now: SystemTime) {
        self.status = RestoreStatus::Completed;
        self.completed = Some(now);
    }

    /// Returns the description of the recovery as AWS's `RestorationDescriptionType`: the id, the
    /// status and the recovery point.
    pub(crate) fn summary(&self, status: RestoreStatus) -> Value {
        json!({
            "RestoreId": self.id,
            "RestoreStatus": status.name(),
            "RestoreTimestamp": timestamp(self.point),
        })
    }

    /// Returns the description of the recovery as AWS's `RestorationType`, with the preview: the
    /// numbers of changes that the recovery would make.
    pub(crate) fn describe(&self, now: SystemTime) -> Value {
        let Preview {
            users,
            groups,
            mfas,
            passkeys,
        } = self.preview;
        let entities = [
            ("Users", users),
            ("Groups", groups),
            ("User MFAs", mfas),
            ("Passkeys", passkeys),
        ];
        let preview = entities.map(|(entity, changes)| {
            json!({
                "Entity": entity,
                "CreateCount": changes.created,
                "UpdateCount": changes.updated,
                "DeleteCount": changes.deleted,
            })
        });
        let mut described = self.describe_as(self.status(now));
        described["RestorePreview"] = json!(preview);
        described
    }

    /// Returns the description of the recovery as AWS's `RestorationType`, with this status. The
    /// description does not contain the preview (the numbers of changes that the recovery would
    /// make).
    pub(crate) fn describe_as(&self, status: RestoreStatus) -> Value {
        let mut described = self.summary(status);
        described["TriggerTimestamp"] = timestamp(self.initiated);
        described
    }
}
