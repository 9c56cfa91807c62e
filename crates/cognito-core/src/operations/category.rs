//! The quota categories of Cognito's request rates.

macro_rules! categories {
    ($($(#[$doc:meta])* $category:ident $default:literal $name:literal,)*) => {
        /// A group of operations that share one quota of requests per second. The quota applies to
        /// the whole AWS account in a Region (Cognito developer guide, "Quotas in Amazon Cognito").
        /// If it is used up, AWS rejects all calls in that category, and no others.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum QuotaCategory { $($(#[$doc])* $category,)* }

        impl QuotaCategory {
            /// All categories, in the order of their [`index`](Self::index).
            pub const ALL: &'static [Self] = &[$(Self::$category),*];

            /// Returns AWS's name, such as `UserAuthentication`. For challenge responses AWS has no
            /// name: it counts them under `UserAuthentication`, with three times the rate.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$category => $name,)* }
            }

            /// Returns AWS's default rate in requests per second. The Service Quotas console shows
            /// the rate of your account.
            pub const fn default_rate(self) -> u32 {
                match self { $(Self::$category => $default,)* }
            }
        }
    };
}

categories! {
    /// Tokens for machine-to-machine clients (grant `client_credentials`).
    ClientAuthentication 150 "ClientAuthentication",
    /// Forgotten, changed and reset passwords.
    UserAccountRecovery 30 "UserAccountRecovery",
    /// The start of a sign-in.
    UserAuthentication 120 "UserAuthentication",
    /// Challenge responses: three times the quota of `UserAuthentication`.
    UserAuthenticationResponse 360 "UserAuthentication (responses)",
    /// Sign-up, and creation of users by an operator.
    UserCreation 50 "UserCreation",
    /// Lists of users.
    UserList 30 "UserList",
    /// Reading groups.
    UserPoolResourceRead 20 "UserPoolResourceRead",
    /// Creation, changes and deletion of groups.
    UserPoolResourceUpdate 15 "UserPoolResourceUpdate",
    /// Reading one user.
    UserRead 120 "UserRead",
    /// Reading data of a user (groups, events, devices, passkeys), and sending codes again.
    UserResourceRead 50 "UserResourceRead",
    /// Changes of second factors, devices and passkeys.
    UserResourceUpdate 25 "UserResourceUpdate",
    /// Refresh and revocation of tokens, and code exchange of managed login.
    UserToken 120 "UserToken",
    /// Changes of a user's attributes, status, group membership and links, and sign-out everywhere.
    UserUpdate 25 "UserUpdate",
}

impl QuotaCategory {
    /// Returns the position in [`ALL`](Self::ALL), to use as a table index.
    pub const fn index(self) -> usize {
        self as usize
    }
}
