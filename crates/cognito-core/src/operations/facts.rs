//! Properties of Cognito's operations, such as how the caller authenticates ([`Access`]).

use crate::operations::Operation;
use crate::operations::QuotaCategory;

/// The way in which the caller of an operation authenticates to Cognito.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Access {
    /// The request contains the access token of a user. The request is not signed with AWS
    /// credentials.
    AccessToken,
    /// The request is sent to an OAuth 2.0 endpoint of the pool's domain. It contains the app
    /// client's secret, if the client has a secret. A request to the `userInfo` endpoint contains
    /// an access token and no secret.
    Domain,
    /// The request is signed with AWS credentials, and IAM checks it.
    Iam,
    /// The operation runs in this process and sends nothing.
    Process,
    /// The request is not signed with AWS credentials and contains no access token. It may contain
    /// the session of a sign-in or a refresh token.
    Public,
}

/// The properties of one operation. The table of operations has a row with these properties for
/// each operation.
#[derive(Clone, Copy)]
pub(super) struct Facts {
    access: Access,
    category: Option<QuotaCategory>,
    public: bool,
    idempotent: bool,
    limits_resources: bool,
    document: bool,
}

impl Facts {
    pub(super) const fn new(access: Access, category: QuotaCategory) -> Self {
        Self {
            access,
            category: Some(category),
            public: matches!(access, Access::Public),
            idempotent: false,
            limits_resources: false,
            document: false,
        }
    }

    /// Returns the properties of an operation that sends no request.
    pub(super) const fn in_process() -> Self {
        Self {
            access: Access::Process,
            category: None,
            public: false,
            idempotent: true,
            limits_resources: false,
            document: false,
        }
    }

    /// Declares that the operation is [public](Operation::is_public): the user need not be signed
    /// in. An operation with [`Access::Public`] is public without this declaration. The declaration
    /// is for public operations with another access, such as `AdminInitiateAuth`
    /// ([`Access::Iam`]).
    pub(super) const fn public(mut self) -> Self {
        self.public = true;
        self
    }

    /// Declares that the request may be retried after a lost response.
    pub(super) const fn idempotent(mut self) -> Self {
        self.idempotent = true;
        self
    }

    /// Declares that `LimitExceededException` of this operation means a quota of resources, such as
    /// groups. For other operations, it means a limit of attempts.
    pub(super) const fn limits_resources(mut self) -> Self {
        self.limits_resources = true;
        self
    }

    /// Declares that a [`DocumentRequest`](crate::ports::DocumentRequest) can send the operation,
    /// with the members as JSON. Most of these operations have no typed request and response in this
    /// crate.
    pub(super) const fn document(mut self) -> Self {
        self.document = true;
        self
    }
}

impl Operation {
    /// Returns the position of the operation in [`ALL`](Self::ALL). It can be used as an index into
    /// an array.
    pub const fn index(self) -> usize {
        self as usize
    }

    /// Returns the way in which the caller of the operation authenticates.
    pub const fn access(self) -> Access {
        self.facts().access
    }

    /// Returns the quota category, or `None` if the operation sends no request.
    pub const fn category(self) -> Option<QuotaCategory> {
        self.facts().category
    }

    /// Returns `true` if the request may be sent again after a lost response. For other operations,
    /// a second request could use up a code, a session or an attempt. It could also send a second
    /// message, or fail because the first request succeeded.
    pub const fn is_idempotent(self) -> bool {
        self.facts().idempotent
    }

    /// Returns `true` if the operation can be called for a user who is not signed in. The caller
    /// may then be an attacker who wants to find out which accounts exist. `AdminInitiateAuth` and
    /// `AdminRespondToAuthChallenge` are public too: a server signs them for a user who is not
    /// signed in.
    ///
    /// For an operation that is not public, [`Error::substitute`](crate::Error::substitute) always
    /// returns `None`.
    pub const fn is_public(self) -> bool {
        self.facts().public
    }

    /// Returns `true` if `LimitExceededException` of this operation means a quota of resources,
    /// such as groups. For other operations, it means a limit of a user's attempts.
    pub const fn limits_resources(self) -> bool {
        self.facts().limits_resources
    }

    /// Returns `true` if a [`DocumentRequest`](crate::ports::DocumentRequest) can send the
    /// operation. Most of these operations read and change user pools, and have no typed
    /// requests.
    pub const fn has_document(self) -> bool {
        self.facts().document
    }
}
