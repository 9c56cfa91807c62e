//! The kinds of entries in the state file ([`Kind`]).

use crate::model::named::named;

named! {
    /// The kind of an entry in the state file. An entry contains the data of one user, one app
    /// client and so on.
    #[derive(PartialOrd, Ord)]
    pub(crate) enum Kind {
        /// A browser that is signed in at the hosted pages of a pool. The entry's key is the
        /// cookie.
        Browser = "browser",
        /// An app client of a pool. The entry's key is the client id.
        Client = "client",
        /// The clock of the emulator: the time by which it was advanced, and whether it is frozen.
        Clock = "clock",
        /// A client id metadata document of a pool. The entry's key is the id of the policy that
        /// allows the document (`CIMDPolicyId`), a space and the URL of the document.
        Document = "document",
        /// The stored changes of a group, for point-in-time recoveries. The entry's key is the name
        /// of the group.
        EarlierGroup = "earlier-group",
        /// The stored changes of a user, for point-in-time recoveries. The entry's key is the same
        /// as for [`Kind::User`].
        EarlierUser = "earlier-user",
        /// The revocation and the rotation of the tokens of one sign-in. The entry's key is the
        /// claim `origin_jti` of these tokens.
        Family = "family",
        /// A group of a pool. The entry's key is the name of the group.
        Group = "group",
        /// The secret key of the MACs in the ids that identity pools assign to identities.
        IdentityKey = "identity-key",
        /// An identity pool. The entry's key is the id of the identity pool.
        IdentityPool = "identity-pool",
        /// The uploaded file of an import job. It has the same key as the entry of the job.
        ImportFile = "import-file",
        /// An import job. The entry's key is the id of the user pool, a slash and the id of the
        /// job.
        ImportJob = "import-job",
        /// The random secret keys of a pool, except its signing keys.
        Keys = "keys",
        /// The secret keys of the emulated KMS.
        KmsKeys = "kms-keys",
        /// A provisioned request rate. The entry's key is the account, the region and the category.
        Limit = "limit",
        /// A message of the inbox. The entry's key is the message's number, with leading zeros.
        Message = "message",
        /// A parameter of the SSM Parameter Store. The entry's key is the account, a slash and the
        /// name of the parameter.
        Parameter = "parameter",
        /// The data about all users of a pool together, such as the number of resets.
        PoolState = "pool-state",
        /// The position in the sequence of random values, if the random values are reproducible.
        Random = "random",
        /// The point-in-time recoveries of a pool.
        Restorations = "restorations",
        /// An IAM role. The entry's key is the account, a slash and the name of the role in lower
        /// case.
        Role = "role",
        /// A secret of Secrets Manager. The entry's key is the account, a slash and the name of the
        /// secret.
        Secret = "secret",
        /// The settings of a pool.
        Settings = "settings",
        /// The codes and access tokens of the identity provider for tests.
        TestProvider = "test-provider",
        /// A SAML assertion that was used in a pool. The entry's key is the provider, a space and
        /// the hash of the id of the assertion.
        UsedAssertion = "used-assertion",
        /// A user of a pool. The entry's key is the user name, in lower case if the pool is not
        /// case-sensitive.
        User = "user",
    }
}

impl Kind {
    /// Returns `true` if loading an entry of this kind does not change its data. The entry then
    /// need not be written again after it was loaded.
    pub(crate) const fn is_loaded_unchanged(self) -> bool {
        matches!(
            self,
            Self::EarlierGroup | Self::EarlierUser | Self::Family | Self::Group | Self::User
        )
    }

    /// Returns `true` if entries of this kind belong to one pool. Entries of other kinds are shared
    /// by all pools.
    pub(crate) const fn is_of_pool(self) -> bool {
        match self {
            Self::Browser
            | Self::Client
            | Self::Document
            | Self::EarlierGroup
            | Self::EarlierUser
            | Self::Family
            | Self::Group
            | Self::Keys
            | Self::PoolState
            | Self::Restorations
            | Self::Settings
            | Self::UsedAssertion
            | Self::User => true,
            Self::Clock
            | Self::IdentityKey
            | Self::IdentityPool
            | Self::ImportFile
            | Self::ImportJob
            | Self::KmsKeys
            | Self::Limit
            | Self::Message
            | Self::Parameter
            | Self::Random
            | Self::Role
            | Self::Secret
            | Self::TestProvider => false,
        }
    }
}
