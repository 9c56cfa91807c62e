//! The groups and users that an emulator has at the start ([`Initial`]).

use crate::operations::seed::Seed;
use crate::operations::template::stack::{Report, Stack};
use crate::state::pools::Pools;

/// The groups and users that exist at the start. They are created again after a reset.
pub(crate) enum Initial {
    /// No groups and users.
    Nothing,
    Seed(Seed),
    Stack(Stack),
}

impl Initial {
    /// Creates the groups and users again after a reset. If some cannot be created, because settings
    /// have changed since the start, logs a warning.
    pub(crate) fn populate(&self, pools: &Pools) {
        match self {
            Self::Nothing => {}
            Self::Seed(seed) => {
                if let Err(error) = seed.populate(pools) {
                    tracing::warn!(%error, "a reset could not create all users of the seed");
                }
            }
            Self::Stack(stack) => {
                if let Err(failure) = stack.populate(pools) {
                    let code = failure.code();
                    tracing::warn!(code, "a reset could not create all users of the template");
                }
            }
        }
    }

    /// Returns the report of a template. Returns `None` without a template.
    pub(crate) const fn report(&self) -> Option<&Report> {
        match self {
            Self::Stack(stack) => Some(&stack.report),
            Self::Nothing | Self::Seed(_) => None,
        }
    }
}
