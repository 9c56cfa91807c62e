//! The kinds of entries ([`Kind`]).

use crate::model::named::named;

named! {
    /// The kind of an entry of the state file. An entry is one user, one app client and so on.
    #[derive(PartialOrd, Ord)]
    pub(crate) enum Kind {
        /// A browser that is signed in at the hosted pages of a pool. The key is the cookie.
        Browser = "browser",
        /// An app client of a pool. The key is its id.
        Client = "client",
        /// The steered clock of the emulator.
        Clock = "clock",
        /// A client id metadata document of a pool. The key is the id of the policy, a space and
        /// the URL.
        Document = "document",
        /// The earlier data of a group of a pool. The key is the name of the group.
        EarlierGroup = "earlier-group",
        /// The earlier data of a user of a pool. The key is the key of the user.
        EarlierUser = "earlier-user",
        /// The revocation and the rotation of the tokens of one sign-in. The key is `origin_jti`.
        Family = "family",
        /// A group of a pool. The key is its name.
        Group = "group",
        /// The key of the MACs in the ids of identities.
        IdentityKey = "identity-key",
        /// An identity pool. The key is its id.
        IdentityPool = "identity-pool",
        /// The file of an import job. The key is that of the job.
        ImportFile = "import-file",
        /// An import job. The key is the id of the pool, a slash and the id of the job.
        ImportJob = "import-job",
        /// The random keys of a pool, except its signing keys.
        Keys = "keys",
        /// The keys of the emulated KMS.
        KmsKeys = "kms-keys",
        /// A provisioned request rate. The key is the account, the region and the category.
        Limit = "limit",
        /// A message of the inbox. The key is its number, with leading zeros.
        Message = "message",
        /// A parameter. The key is the account, a slash and the name.
        Parameter = "parameter",
        /// The data about all users of a pool together, such as the number of resets.
        PoolState = "pool-state",
        /// The position in the sequence of random values, if the random values are reproducible.
        Random = "random",
        /// The point-in-time recoveries of a pool.
        Restorations = "restorations",
        /// An IAM role. The key is the account, a slash and the name in lower case.
        Role = "role",
        /// A secret of Secrets Manager. The key is the account, a slash and the name.
        Secret = "secret",
        /// The settings of a pool.
        Settings = "settings",
        /// The codes and access tokens of the identity provider for tests.
        TestProvider = "test-provider",
        /// A SAML assertion that was used in a pool. The key is the provider, a space and the hash of
        /// the id of the assertion.
        UsedAssertion = "used-assertion",
        /// A user of a pool. The key is the user name as the pool compares it.
        User = "user",
    }
}

impl Kind {
    /// Returns `true` if the data of a loaded entry is what the entry says, so that it need not be
    /// written again.
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
