//! The groups and users that an emulator has at the start ([`Initial`]).

use crate::operations::seed::Seed;
use crate::operations::template::stack::{Report, Stack};
use crate::state::pools::Pools;

/// The groups and users that exist when the emulator starts. They are created again after a reset.
pub(crate) enum Initial {
    /// The emulator starts without groups and users.
    Nothing,
    Seed(Seed),
    Stack(Stack),
}

impl Initial {
    /// Creates the initial groups and users again after the emulator was reset. Logs a warning if
    /// some cannot be created because the settings of the pool have changed since the start.
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

    /// Returns the report about the template that created the initial content. Returns `None` if
    /// the content is not from a template.
    pub(crate) const fn report(&self) -> Option<&Report> {
        match self {
            Self::Stack(stack) => Some(&stack.report),
            Self::Nothing | Self::Seed(_) => None,
        }
    }
}
