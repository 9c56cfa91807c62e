//! The quota categories of Cognito's request rates.

use crate::event::Operation;

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

impl Operation {
    /// The quota that the operation draws on; `None` if it sends nothing.
    #[must_use]
    pub const fn category(self) -> Option<QuotaCategory> {
        Some(match self {
            Self::OAuthClientCredentials => QuotaCategory::ClientAuthentication,
            Self::AdminResetUserPassword
            | Self::AdminSetUserPassword
            | Self::ChangePassword
            | Self::ConfirmForgotPassword
            | Self::ForgotPassword => QuotaCategory::UserAccountRecovery,
            Self::AdminInitiateAuth | Self::InitiateAuth => QuotaCategory::UserAuthentication,
            Self::AdminRespondToAuthChallenge | Self::RespondToAuthChallenge => {
                QuotaCategory::UserAuthenticationResponse
            }
            Self::AdminConfirmSignUp
            | Self::AdminCreateUser
            | Self::ConfirmSignUp
            | Self::SignUp => QuotaCategory::UserCreation,
            Self::ListUsers | Self::ListUsersInGroup => QuotaCategory::UserList,
            Self::GetGroup | Self::ListGroups => QuotaCategory::UserPoolResourceRead,
            Self::CreateGroup | Self::DeleteGroup | Self::UpdateGroup => {
                QuotaCategory::UserPoolResourceUpdate
            }
            Self::AdminGetUser
            | Self::AdminGetUserAuthFactors
            | Self::GetUser
            | Self::GetUserAuthFactors
            | Self::OAuthUserInfo => QuotaCategory::UserRead,
            Self::AdminGetDevice
            | Self::AdminListDevices
            | Self::AdminListGroupsForUser
            | Self::AdminListUserAuthEvents
            | Self::GetDevice
            | Self::GetUserAttributeVerificationCode
            | Self::ListDevices
            | Self::ListWebAuthnCredentials
            | Self::ResendConfirmationCode => QuotaCategory::UserResourceRead,
            Self::AdminForgetDevice
            | Self::AdminSetUserMfaPreference
            | Self::AdminUpdateAuthEventFeedback
            | Self::AdminUpdateDeviceStatus
            | Self::AssociateSoftwareToken
            | Self::CompleteWebAuthnRegistration
            | Self::ConfirmDevice
            | Self::DeleteWebAuthnCredential
            | Self::ForgetDevice
            | Self::SetUserMfaPreference
            | Self::StartWebAuthnRegistration
            | Self::UpdateDeviceStatus
            | Self::VerifySoftwareToken => QuotaCategory::UserResourceUpdate,
            Self::GetTokensFromRefreshToken
            | Self::OAuthExchangeCode
            | Self::OAuthRefresh
            | Self::OAuthRevoke
            | Self::RevokeToken => QuotaCategory::UserToken,
            Self::AdminAddUserToGroup
            | Self::AdminDeleteUser
            | Self::AdminDeleteUserAttributes
            | Self::AdminDisableProviderForUser
            | Self::AdminDisableUser
            | Self::AdminEnableUser
            | Self::AdminLinkProviderForUser
            | Self::AdminRemoveUserFromGroup
            | Self::AdminUpdateUserAttributes
            | Self::AdminUserGlobalSignOut
            | Self::DeleteUser
            | Self::DeleteUserAttributes
            | Self::GlobalSignOut
            | Self::UpdateUserAttributes
            | Self::VerifyUserAttribute => QuotaCategory::UserUpdate,
            Self::VerifyToken => return None,
        })
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

    #[test]
    fn only_the_check_of_a_token_sends_nothing() {
        for operation in Operation::ALL {
            let sends = *operation != Operation::VerifyToken;
            assert_eq!(
                operation.category().is_some(),
                sends,
                "{}",
                operation.name()
            );
        }
    }
}
