//! Work that continues after the response of an operation ([`Background`]).

use std::cell::RefCell;

use crate::state::pools::Pools;

/// A function that does background work in steps, one step for each call. It returns `false` when
/// the work is done. A step takes at most a few milliseconds, so that the work ends soon after the
/// emulator is dropped.
pub(crate) type Work = Box<dyn FnMut(&Pools) -> bool + Send>;

/// The work that continues after the response of an operation, on a thread for blocking work.
/// Empty if the operation has started no work.
#[derive(Default)]
pub(crate) struct Background(RefCell<Option<Work>>);

impl Background {
    pub(crate) fn start(&self, work: Work) {
        self.0.replace(Some(work));
    }

    pub(crate) fn take(&self) -> Option<Work> {
        self.0.take()
    }
}
