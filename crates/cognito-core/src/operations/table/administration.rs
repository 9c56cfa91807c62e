//! The rows of the [port](crate::ports) `Administration` in the table of operations.

/// Adds the rows of the port `Administration` to the table, and continues with the next port.
#[doc(hidden)]
#[macro_export]
macro_rules! administration_rows {
    ($reader:ident $($before:tt)*) => {
        $crate::operations::table::hosted_login::rows! {
            $reader
            $($before)*
            /// The trait (port) through which the crate `cognito` calls Cognito for an operator.
            ///
            /// All calls are signed with AWS credentials. The IAM action of a method is
            /// `cognito-idp:` followed by the name of its operation.
            ///
            /// # Custom implementations
            ///
            /// The rules of [`Authentication`] apply here too. Missing AWS credentials are
            /// [`ErrorKind::Credentials`], and a missing permission is
            /// [`ErrorKind::Configuration`]. Neither is a fault of the end user.
            port Administration {
                /// Returns the data of a user.
                [AdminGetUser: Iam, UserRead, idempotent]
                fn user(username: &Username) -> UserDetails;

                /// Returns one page of users.
                [ListUsers: Iam, UserList, idempotent]
                fn list_users(request: ListUsersRequest) -> UserPage;

                /// Creates a user.
                [AdminCreateUser: Iam, UserCreation]
                fn create_user(request: CreateUserRequest) -> UserDetails;

                /// Confirms a user without a code.
                [AdminConfirmSignUp: Iam, UserCreation]
                fn confirm_user(request: ConfirmUserRequest) -> ();

                /// Sends a code to a user, who must then set a new password. Each new code replaces
                /// the previous one.
                [AdminResetUserPassword: Iam, UserAccountRecovery]
                fn reset_password(request: ResetPasswordRequest) -> ();

                /// Sets the password of a user. The operation is not idempotent: if the pool has a
                /// password history, Cognito rejects a retry with the same password.
                [AdminSetUserPassword: Iam, UserAccountRecovery]
                fn set_password(request: SetPasswordRequest) -> ();

                /// Sets attributes of a user.
                [AdminUpdateUserAttributes: Iam, UserUpdate]
                fn update_user_attributes(request: UpdateUserAttributesRequest) -> ();

                /// Deletes attributes of a user. The operation is not idempotent, because AWS does
                /// not document the response for an attribute that does not exist.
                [AdminDeleteUserAttributes: Iam, UserUpdate]
                fn delete_user_attributes(request: DeleteUserAttributesRequest) -> ();

                /// Enables or disables second factors of a user. A factor that the request does not
                /// contain stays unchanged.
                [AdminSetUserMfaPreference = "AdminSetUserMFAPreference": Iam, UserResourceUpdate, idempotent]
                fn set_user_mfa_preference(request: SetUserMfaPreferenceRequest) -> ();

                /// Enables or disables codes by SMS as the second factor of a user, with the
                /// predecessor of [`set_user_mfa_preference`](Self::set_user_mfa_preference).
                [AdminSetUserSettings: Iam, UserResourceUpdate, idempotent]
                fn set_user_settings(request: SetUserSettingsRequest) -> ();

                /// Removes a user's authenticator app as a second factor. The user can then set up
                /// an authenticator app again.
                [AdminDeleteSoftwareToken: Iam, UserResourceUpdate]
                fn delete_user_totp(username: &Username) -> ();

                /// Returns the factors with which a user can sign in.
                [AdminGetUserAuthFactors: Iam, UserRead, idempotent]
                fn user_auth_factors(username: &Username) -> AuthFactors;

                /// Returns a device of a user.
                [AdminGetDevice: Iam, UserResourceRead, idempotent]
                fn user_device(request: UserDeviceRequest) -> Device;

                /// Returns one page of a user's devices.
                [AdminListDevices: Iam, UserResourceRead, idempotent]
                fn list_user_devices(request: ListUserDevicesRequest) -> DevicePage;

                /// Sets whether a device of a user is remembered.
                [AdminUpdateDeviceStatus: Iam, UserResourceUpdate, idempotent]
                fn update_user_device_status(request: UpdateUserDeviceStatusRequest) -> ();

                /// Deletes a device of a user. Cognito then no longer accepts the refresh tokens of
                /// the device.
                [AdminForgetDevice: Iam, UserResourceUpdate]
                fn forget_user_device(request: UserDeviceRequest) -> ();

                /// Enables a user. The user can then sign in again.
                [AdminEnableUser: Iam, UserUpdate, idempotent]
                fn enable_user(username: &Username) -> ();

                /// Disables a user and revokes the user's tokens.
                [AdminDisableUser: Iam, UserUpdate, idempotent]
                fn disable_user(username: &Username) -> RepliedAt;

                /// Signs a user out everywhere. Cognito then no longer accepts the user's refresh
                /// tokens and, at its own API, the user's access tokens.
                [AdminUserGlobalSignOut: Iam, UserUpdate, idempotent]
                fn sign_out_user(username: &Username) -> RepliedAt;

                /// Deletes a user. This cannot be undone.
                [AdminDeleteUser: Iam, UserUpdate]
                fn delete_user(username: &Username) -> RepliedAt;

                /// Creates a group.
                [CreateGroup: Iam, UserPoolResourceUpdate, limits_resources]
                fn create_group(request: GroupRequest) -> Group;

                /// Returns a group.
                [GetGroup: Iam, UserPoolResourceRead, idempotent]
                fn group(name: &GroupName) -> Group;

                /// Changes a group.
                [UpdateGroup: Iam, UserPoolResourceUpdate, idempotent]
                fn update_group(request: GroupRequest) -> Group;

                /// Deletes a group. Its members are not deleted.
                [DeleteGroup: Iam, UserPoolResourceUpdate]
                fn delete_group(name: &GroupName) -> ();

                /// Returns one page of groups.
                [ListGroups: Iam, UserPoolResourceRead, idempotent]
                fn list_groups(request: ListGroupsRequest) -> GroupPage;

                /// Returns one page of a user's groups.
                [AdminListGroupsForUser: Iam, UserResourceRead, idempotent]
                fn list_groups_for_user(request: ListGroupsForUserRequest) -> GroupPage;

                /// Returns one page of the users in a group.
                [ListUsersInGroup: Iam, UserList, idempotent]
                fn list_users_in_group(request: ListUsersInGroupRequest) -> UserPage;

                /// Adds a user to a group. Does nothing if the user is already a member.
                [AdminAddUserToGroup: Iam, UserUpdate, idempotent, limits_resources]
                fn add_user_to_group(request: MembershipRequest) -> ();

                /// Removes a user from a group.
                [AdminRemoveUserFromGroup: Iam, UserUpdate, idempotent]
                fn remove_user_from_group(request: MembershipRequest) -> ();

                /// Links a user to an account at an identity provider. Fails if they are already
                /// linked.
                [AdminLinkProviderForUser: Iam, UserUpdate, limits_resources]
                fn link_provider(request: LinkProviderRequest) -> ();

                /// Removes the link between a user of the pool and an account at an identity
                /// provider. The request names the account at the provider, not the user of the
                /// pool.
                [AdminDisableProviderForUser: Iam, UserUpdate]
                fn unlink_provider(provider_user: &ProviderUser) -> ();

                /// Returns one page of a user's authentication events.
                [AdminListUserAuthEvents: Iam, UserResourceRead, idempotent]
                fn list_auth_events(request: ListAuthEventsRequest) -> AuthEventPage;

                /// Sets whether an authentication event is trusted.
                [AdminUpdateAuthEventFeedback: Iam, UserResourceUpdate, idempotent]
                fn auth_event_feedback(request: AuthEventFeedbackRequest) -> ();

                /// Returns one page of a user's sessions.
                [AdminListUserSessions: Iam, UserResourceRead, document, idempotent]
                fn list_user_sessions(request: ListUserSessionsRequest) -> SessionPage;

                /// Revokes a session of a user: Cognito then no longer accepts the tokens of the
                /// session. The operation is not idempotent, because a second request does not find
                /// the session.
                [AdminRevokeUserSession: Iam, UserResourceUpdate]
                fn revoke_user_session(request: RevokeUserSessionRequest) -> RepliedAt;

                /// Sends the operation of `request`, whose members and response are JSON. Most
                /// updates reset each setting that the request does not contain. A typed request
                /// would therefore reset the settings that are newer than this crate.
                [AddCustomAttributes: Iam, UserPoolResourceUpdate, document;
                 AddUserPoolClientSecret: Iam, UserPoolClientUpdate, document, limits_resources;
                 CreateIdentityProvider: Iam, UserPoolResourceUpdate, document, limits_resources;
                 CreateManagedLoginBranding: Iam, UserPoolResourceUpdate, document, limits_resources;
                 CreateResourceServer: Iam, UserPoolResourceUpdate, document, limits_resources;
                 CreateTerms: Iam, UserPoolResourceUpdate, document, limits_resources;
                 CreateUserImportJob: Iam, UserPoolResourceUpdate, document, limits_resources;
                 CreateUserPool: Iam, UserPoolUpdate, document, limits_resources;
                 CreateUserPoolClient: Iam, UserPoolClientUpdate, document, limits_resources;
                 CreateUserPoolDomain: Iam, UserPoolResourceUpdate, document, limits_resources;
                 DeleteIdentityProvider: Iam, UserPoolResourceUpdate, document;
                 DeleteManagedLoginBranding: Iam, UserPoolResourceUpdate, document;
                 DeleteResourceServer: Iam, UserPoolResourceUpdate, document;
                 DeleteTerms: Iam, UserPoolResourceUpdate, document;
                 DeleteUserPoolClient: Iam, UserPoolClientUpdate, document;
                 DeleteUserPoolClientSecret: Iam, UserPoolClientUpdate, document;
                 DeleteUserPoolDomain: Iam, UserPoolResourceUpdate, document;
                 DescribeCimdPolicy = "DescribeCIMDPolicy": Iam, UserPoolResourceRead, document, idempotent;
                 DescribeIdentityProvider: Iam, UserPoolResourceRead, document, idempotent;
                 DescribeManagedLoginBrandingByClient: Iam, UserPoolResourceRead, document, idempotent;
                 DescribeResourceServer: Iam, UserPoolResourceRead, document, idempotent;
                 DescribeRiskConfiguration: Iam, UserPoolResourceRead, document, idempotent;
                 DescribeTerms: Iam, UserPoolResourceRead, document, idempotent;
                 DescribeUserImportJob: Iam, UserPoolResourceRead, document, idempotent;
                 DescribeUserPool: Iam, UserPoolRead, document, idempotent;
                 DescribeUserPoolClient: Iam, UserPoolClientRead, document, idempotent;
                 DescribeUserPoolDomain: Iam, UserPoolResourceRead, document, idempotent;
                 GetCsvHeader = "GetCSVHeader": Iam, UserPoolResourceRead, document, idempotent;
                 GetLogDeliveryConfiguration: Iam, UserPoolResourceRead, document, idempotent;
                 GetProvisionedLimit: Iam, UserPoolResourceRead, document, idempotent;
                 GetUiCustomization = "GetUICustomization": Iam, UserPoolResourceRead, document, idempotent;
                 GetUserPoolClientSessionConfiguration: Iam, UserPoolClientRead, document, idempotent;
                 GetUserPoolMfaConfig: Iam, UserPoolResourceRead, document, idempotent;
                 GetUserPoolSessionConfiguration: Iam, UserPoolResourceRead, document, idempotent;
                 ListCimdPolicies = "ListCIMDPolicies": Iam, UserPoolResourceRead, document, idempotent;
                 ListIdentityProviders: Iam, UserPoolResourceRead, document, idempotent;
                 ListResourceServers: Iam, UserPoolResourceRead, document, idempotent;
                 ListTerms: Iam, UserPoolResourceRead, document, idempotent;
                 ListUserImportJobs: Iam, UserPoolResourceRead, document, idempotent;
                 ListUserPoolClientSecrets: Iam, UserPoolClientRead, document, idempotent;
                 ListUserPoolClients: Iam, UserPoolClientRead, document, idempotent;
                 ListUserPools: Iam, UserPoolRead, document, idempotent;
                 SetLogDeliveryConfiguration: Iam, UserPoolResourceUpdate, document, idempotent;
                 SetRiskConfiguration: Iam, UserPoolResourceUpdate, document, idempotent;
                 SetUiCustomization = "SetUICustomization": Iam, UserPoolResourceUpdate, document, idempotent;
                 SetUserPoolClientSessionConfiguration: Iam, UserPoolClientUpdate, document, idempotent;
                 SetUserPoolMfaConfig: Iam, UserPoolResourceUpdate, document, idempotent;
                 SetUserPoolSessionConfiguration: Iam, UserPoolResourceUpdate, document, idempotent;
                 StartUserImportJob: Iam, UserPoolResourceUpdate, document;
                 StopUserImportJob: Iam, UserPoolResourceUpdate, document;
                 UpdateIdentityProvider: Iam, UserPoolResourceUpdate, document, idempotent;
                 UpdateManagedLoginBranding: Iam, UserPoolResourceUpdate, document, idempotent;
                 UpdateResourceServer: Iam, UserPoolResourceUpdate, document, idempotent;
                 UpdateTerms: Iam, UserPoolResourceUpdate, document, idempotent;
                 UpdateUserPool: Iam, UserPoolUpdate, document, idempotent;
                 UpdateUserPoolClient: Iam, UserPoolClientUpdate, document, idempotent;
                 UpdateUserPoolDomain: Iam, UserPoolResourceUpdate, document, idempotent]
                fn send_document(request: DocumentRequest) -> JsonDocument;
            }
        }
    };
}

#[doc(hidden)]
pub use administration_rows as rows;
