//! The categories of operations that share a quota of Cognito.

macro_rules! categories {
    ($($(#[$doc:meta])* $category:ident $default:literal $name:literal,)*) => {
        /// A category of operations that share one quota of requests per second. The quota applies
        /// to the whole AWS account in a Region (Cognito developer guide, "Quotas in Amazon
        /// Cognito"). If the quota is used up, AWS rejects calls of all operations in the category,
        /// and no others.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum QuotaCategory { $($(#[$doc])* $category,)* }

        impl QuotaCategory {
            /// All categories, in the order of their [`index`](Self::index).
            pub const ALL: &'static [Self] = &[$(Self::$category),*];

            /// Returns AWS's name of the category, such as `UserAuthentication`. AWS has no name
            /// for the category of challenge responses: for this category, the result is
            /// `UserAuthentication (responses)`.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$category => $name,)* }
            }

            /// Returns AWS's default quota in requests per second. The Service Quotas console shows
            /// the quota of your account.
            pub const fn default_rate(self) -> u32 {
                match self { $(Self::$category => $default,)* }
            }
        }
    };
}

categories! {
    /// Operations that issue tokens to a client without a user (grant `client_credentials`).
    ClientAuthentication 150 "ClientAuthentication",
    /// Operations that change, reset or recover a password.
    UserAccountRecovery 30 "UserAccountRecovery",
    /// Operations that start a sign-in.
    UserAuthentication 120 "UserAuthentication",
    /// Operations that respond to a challenge. Their quota is three times the quota of
    /// `UserAuthentication`.
    UserAuthenticationResponse 360 "UserAuthentication (responses)",
    /// Operations that create or confirm a user.
    UserCreation 50 "UserCreation",
    /// Operations that list users.
    UserList 30 "UserList",
    /// Operations that read app clients.
    UserPoolClientRead 15 "UserPoolClientRead",
    /// Operations that create, change or delete an app client.
    UserPoolClientUpdate 15 "UserPoolClientUpdate",
    /// Operations that read the settings of a user pool.
    UserPoolRead 15 "UserPoolRead",
    /// Operations that read a part of a user pool, such as its groups, identity providers, resource
    /// servers, import jobs or risk configuration.
    UserPoolResourceRead 20 "UserPoolResourceRead",
    /// Operations that create, change or delete a part of a user pool, such as a group.
    UserPoolResourceUpdate 15 "UserPoolResourceUpdate",
    /// Operations that create, change or delete a user pool.
    UserPoolUpdate 15 "UserPoolUpdate",
    /// Operations that read one user.
    UserRead 120 "UserRead",
    /// Operations that read data of a user (groups, events, devices, passkeys), or send a code
    /// again.
    UserResourceRead 50 "UserResourceRead",
    /// Operations that change the second factors, devices, passkeys or event feedback of a user.
    UserResourceUpdate 25 "UserResourceUpdate",
    /// Operations that refresh or revoke tokens, or exchange a code of managed login for tokens.
    UserToken 120 "UserToken",
    /// Operations that change the attributes, status, group memberships or links of a user, sign
    /// the user out everywhere, or delete the user.
    UserUpdate 25 "UserUpdate",
}

impl QuotaCategory {
    /// Returns the position of the category in [`ALL`](Self::ALL). It can be used as an index into
    /// an array.
    pub const fn index(self) -> usize {
        self as usize
    }
}
