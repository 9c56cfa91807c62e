//! What an operator may do with the users of a pool.

pub(crate) mod auth_events;
pub(crate) mod devices;
pub(crate) mod groups;
pub(crate) mod mfa;
pub(crate) mod pages;
pub(crate) mod providers;
pub(crate) mod users;

use crate::Cognito;

impl Cognito {
    /// The operator's calls. They are signed and need an IAM identity; `docs/features.md` names
    /// the action of each.
    #[must_use]
    pub const fn admin(&self) -> Admin<'_> {
        Admin { cognito: self }
    }
}

/// The operator's calls; see [`Cognito::admin`].
///
/// Every operation can fail with [`Credentials`](crate::ErrorKind::Credentials) (no AWS
/// credentials) or [`Configuration`](crate::ErrorKind::Configuration) (the identity lacks the
/// permission).
#[derive(Clone, Copy, Debug)]
pub struct Admin<'a> {
    pub(crate) cognito: &'a Cognito,
}
