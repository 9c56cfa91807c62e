//! The operations of an operator on the users of a pool.

pub(crate) mod auth_events;
pub(crate) mod devices;
pub(crate) mod groups;
pub(crate) mod mfa;
pub(crate) mod pages;
pub(crate) mod providers;
pub(crate) mod users;

use crate::Cognito;

impl Cognito {
    /// Returns the operations of an operator. They are signed and need an IAM identity;
    /// `docs/features.md` lists the IAM action of each.
    #[must_use]
    pub const fn admin(&self) -> Admin<'_> {
        Admin { cognito: self }
    }
}

/// The operations of an operator; see [`Cognito::admin`].
///
/// Every operation can fail with [`Credentials`](crate::ErrorKind::Credentials) (no AWS
/// credentials) or [`Configuration`](crate::ErrorKind::Configuration) (the identity lacks the
/// permission).
#[derive(Clone, Copy, Debug)]
pub struct Admin<'a> {
    pub(crate) cognito: &'a Cognito,
}
