//! The mutable state of the emulator: the pools with their users, sessions, tokens and codes, the
//! sent messages, and the data of other AWS services.

pub(crate) mod adoption;
pub(crate) mod background;
pub(crate) mod call;
pub(crate) mod codes;
pub(crate) mod documents;
pub(crate) mod entries;
pub(crate) mod exchanges;
pub(crate) mod expiring;
#[cfg(feature = "state")]
pub(crate) mod file;
#[cfg(not(feature = "state"))]
pub(crate) mod file {
    //! The state file for builds without the feature `state`. These builds write no state file, so
    //! the type [`StateFile`] has no values.

    use std::convert::Infallible;
    use std::path::Path;

    use crate::state::journal::Row;

    pub(crate) struct StateFile(Infallible);

    impl StateFile {
        pub(crate) fn write(&mut self, _: &[Row<'_>]) -> Result<(), String> {
            match self.0 {}
        }

        pub(crate) const fn log(&self) -> &Path {
            match self.0 {}
        }

        pub(crate) const fn needs_checkpoint(&self) -> bool {
            match self.0 {}
        }

        pub(crate) fn checkpoint(&mut self) -> Result<(), String> {
            match self.0 {}
        }
    }
}
pub(crate) mod families;
pub(crate) mod history;
pub(crate) mod identity_pools;
pub(crate) mod imports;
pub(crate) mod inbox;
pub(crate) mod journal;
pub(crate) mod keys;
pub(crate) mod log_delivery;
pub(crate) mod log_entries;
pub(crate) mod name_attempts;
pub(crate) mod names;
pub(crate) mod outbox;
pub(crate) mod parameters;
pub(crate) mod pending;
pub(crate) mod pool;
pub(crate) mod pools;
pub(crate) mod quotas;
pub(crate) mod roles;
pub(crate) mod search;
pub(crate) mod secrets;
pub(crate) mod service;
pub(crate) mod sessions;
pub(crate) mod steered_clock;
pub(crate) mod test_provider;
pub(crate) mod tokens;
pub(crate) mod used;
pub(crate) mod users;
