//! The quota categories of Cognito's request rates.

macro_rules! categories {
    ($($(#[$doc:meta])* $category:ident $default:literal $name:literal,)*) => {
        /// A group of operations that share one quota of requests per second, for the whole AWS
        /// account in a Region (Cognito developer guide, "Quotas in Amazon Cognito"). A job that
        /// uses one up is refused in that category only; so is everybody else.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum QuotaCategory { $($(#[$doc])* $category,)* }

        impl QuotaCategory {
            /// Every category, in the order of their [`index`](Self::index).
            pub const ALL: &'static [Self] = &[$(Self::$category),*];

            /// AWS's name, `UserAuthentication`. The answers to challenges have none: AWS counts
            /// them there too, at three times the rate.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$category => $name,)* }
            }

            /// Requests per second that AWS allows unless it was asked for more or less. Yours are
            /// shown in the Service Quotas console.
            #[must_use]
            pub const fn default_rate(self) -> u32 {
                match self { $(Self::$category => $default,)* }
            }
        }
    };
}

categories! {
    /// Tokens for machines: the grant `client_credentials`.
    ClientAuthentication 150 "ClientAuthentication",
    /// Forgotten, changed and reset passwords.
    UserAccountRecovery 30 "UserAccountRecovery",
    /// The start of a sign-in.
    UserAuthentication 120 "UserAuthentication",
    /// The answer to a challenge: three times the quota of `UserAuthentication`.
    UserAuthenticationResponse 360 "UserAuthentication (responses)",
    /// Sign-up, and users whom an operator creates.
    UserCreation 50 "UserCreation",
    /// Lists of users.
    UserList 30 "UserList",
    /// What is known of a group.
    UserPoolResourceRead 20 "UserPoolResourceRead",
    /// Groups that are made, changed and deleted.
    UserPoolResourceUpdate 15 "UserPoolResourceUpdate",
    /// One user.
    UserRead 120 "UserRead",
    /// What belongs to a user: groups, events, devices, passkeys, codes that are sent again.
    UserResourceRead 50 "UserResourceRead",
    /// Second factors, devices and passkeys.
    UserResourceUpdate 25 "UserResourceUpdate",
    /// Refresh and revocation, and codes of managed login.
    UserToken 120 "UserToken",
    /// Attributes, status, membership and links of a user, and the end of their sessions.
    UserUpdate 25 "UserUpdate",
}

impl QuotaCategory {
    /// Its place in [`ALL`](Self::ALL), for tables.
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_is_the_place_in_the_list() {
        for (index, category) in QuotaCategory::ALL.iter().enumerate() {
            assert_eq!(category.index(), index, "{}", category.name());
            assert!(category.default_rate() > 0);
        }
    }
}
