//! What the table says about an operation.

use crate::operations::Operation;
use crate::operations::QuotaCategory;

/// How a caller of an operation proves who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Access {
    /// By the access token of a user. The request is not signed.
    AccessToken,
    /// At the pool's domain: by what the OAuth 2.0 endpoint requires.
    Domain,
    /// By AWS credentials. The request is signed, and IAM checks it.
    Iam,
    /// The operation runs in this process and sends nothing.
    Process,
    /// Not at all, or by the session of a sign-in. The request is not signed.
    Public,
}

/// The facts of one row of the table.
#[derive(Clone, Copy)]
pub(super) struct Facts {
    access: Access,
    category: Option<QuotaCategory>,
    for_strangers: bool,
    idempotent: bool,
    limits_resources: bool,
}

impl Facts {
    pub(super) const fn new(access: Access, category: QuotaCategory) -> Self {
        Self {
            access,
            category: Some(category),
            for_strangers: matches!(access, Access::Public),
            idempotent: false,
            limits_resources: false,
        }
    }

    /// The facts of an operation that sends nothing.
    pub(super) const fn in_process() -> Self {
        Self {
            access: Access::Process,
            category: None,
            for_strangers: false,
            idempotent: true,
            limits_resources: false,
        }
    }

    /// The user behind the call need not be signed in, although the call itself is authorized.
    pub(super) const fn for_strangers(mut self) -> Self {
        self.for_strangers = true;
        self
    }

    /// The request may be sent again after a lost response.
    pub(super) const fn idempotent(mut self) -> Self {
        self.idempotent = true;
        self
    }

    /// `LimitExceededException` is a quota of resources.
    pub(super) const fn limits_resources(mut self) -> Self {
        self.limits_resources = true;
        self
    }
}

impl Operation {
    /// Returns the position in [`ALL`](Self::ALL), for tables of counters.
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }

    /// Returns how a caller of the operation proves who it is.
    #[must_use]
    pub const fn access(self) -> Access {
        self.facts().access
    }

    /// Returns the quota that the operation counts against; `None` if it sends nothing.
    #[must_use]
    pub const fn category(self) -> Option<QuotaCategory> {
        self.facts().category
    }

    /// Returns `true` if the request may be sent again after a lost response. A second request of
    /// another operation would use up a code, a session or an attempt, send a second message, or
    /// fail because the first one succeeded.
    #[must_use]
    pub const fn is_idempotent(self) -> bool {
        self.facts().idempotent
    }

    /// Returns `true` if the user behind the call need not be signed in, and so may be a stranger
    /// who wants to find out who has an account. This includes `AdminInitiateAuth` and
    /// `AdminRespondToAuthChallenge`, which a server signs for such a user.
    ///
    /// [`EnumerationPolicy::Hide`](crate::error::EnumerationPolicy::Hide) hides errors of these
    /// operations only.
    #[must_use]
    pub const fn is_public(self) -> bool {
        self.facts().for_strangers
    }

    /// Returns `true` if `LimitExceededException` of this operation is a quota of resources, not a
    /// limit of a user's attempts.
    #[must_use]
    pub const fn limits_resources(self) -> bool {
        self.facts().limits_resources
    }
}
