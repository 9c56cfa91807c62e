//! The table of the operations of Cognito. One row describes one operation.

/// Passes the table of operations to a macro. Only the crates of this project may use it, because
/// rows may change in any version. The module `operations` documents the format of a row.
#[doc(hidden)]
#[macro_export]
macro_rules! operation_table {
    ($reader:ident) => {
        $reader! {
            /// The trait (port) through which the crate `cognito` calls Cognito for users who are
            /// not signed in.
            ///
            /// The calls need no AWS credentials, except a sign-in through the signed API
            /// ([`ChallengeApi::Admin`](crate::authentication::sign_in::ChallengeApi::Admin)) and
            /// the responses to its challenges.
            ///
            /// # Custom implementations
            ///
            /// Requests are validated before they reach a port. An error for an exception of AWS
            /// must have the kind that [`Error::from_aws`] determines. After a lost response, retry
            /// a request only if its operation is [idempotent](Operation::is_idempotent). Methods
            /// that you do not implement return [`ErrorKind::NotSupported`].
            port Authentication {
                /// Creates an account (sign-up).
                [SignUp: Public, UserCreation]
                fn sign_up(request: SignUpRequest) -> SignUpResponse;

                /// Confirms an account with the code that Cognito sent.
                [ConfirmSignUp: Public, UserCreation]
                fn confirm_sign_up(request: ConfirmSignUpRequest) -> ConfirmSignUpResponse;

                /// Sends another confirmation code for a new account.
                [ResendConfirmationCode: Public, UserResourceRead]
                fn resend_confirmation_code(request: ResendConfirmationCodeRequest) -> CodeDelivery;

                /// Starts a sign-in. The field `api` of the request selects the operation:
                /// `InitiateAuth`
                /// ([`ChallengeApi::Public`](crate::authentication::sign_in::ChallengeApi::Public))
                /// or `AdminInitiateAuth`
                /// ([`ChallengeApi::Admin`](crate::authentication::sign_in::ChallengeApi::Admin)).
                [InitiateAuth: Public, UserAuthentication;
                 AdminInitiateAuth: Iam, UserAuthentication, public]
                fn sign_in(request: SignInRequest) -> SignIn;

                /// Responds to a challenge. The argument is borrowed, so that after a wrong code
                /// the caller can respond to the same challenge again.
                [RespondToAuthChallenge: Public, UserAuthenticationResponse;
                 AdminRespondToAuthChallenge: Iam, UserAuthenticationResponse, public]
                fn respond_to_challenge(answer: &ChallengeAnswer) -> SignIn;

                /// Returns new tokens for a refresh token. A
                /// [legacy](crate::authentication::refresh::RefreshFlow::Legacy) refresh sends the
                /// operation `InitiateAuth` with the flow `REFRESH_TOKEN_AUTH`. The operation is
                /// not idempotent: if refresh tokens rotate, Cognito may reject a second use of the
                /// same token.
                [GetTokensFromRefreshToken: Public, UserToken]
                fn refresh(request: RefreshRequest) -> Tokens;

                /// Revokes a refresh token and all tokens of the same sign-in.
                [RevokeToken: Public, UserToken, idempotent]
                fn revoke_token(request: RevokeTokenRequest) -> RepliedAt;

                /// Sends a code to a user who forgot the password.
                [ForgotPassword: Public, UserAccountRecovery]
                fn forgot_password(request: ForgotPasswordRequest) -> CodeDelivery;

                /// Sets a new password with the code for a forgotten password.
                [ConfirmForgotPassword: Public, UserAccountRecovery]
                fn confirm_forgot_password(request: ConfirmForgotPasswordRequest) -> ();
            }
            also {
                /// Starts the set-up of an authenticator app during a sign-in, with the session of
                /// an `MFA_SETUP` challenge. This call is not idempotent, because Cognito may
                /// accept a session only once.
                [AssociateSoftwareToken]
                fn enroll_totp(session: &Session) -> TotpAssociation;
            }

            /// The trait (port) through which the crate `cognito` calls Cognito for a signed-in
            /// user.
            ///
            /// The calls use an access token and need no AWS credentials. The token must have the
            /// scope `aws.cognito.signin.user.admin`. A token from a sign-in with `InitiateAuth` or
            /// `AdminInitiateAuth` has this scope, unless a Lambda trigger removes it. For a token
            /// from managed login, request this scope at the sign-in.
            ///
            /// # Custom implementations
            ///
            /// The rules of [`Authentication`] apply here too. In addition, do not retry a request
            /// that sends a code.
            port Account {
                /// Returns the user's name, attributes and second factors.
                [GetUser: AccessToken, UserRead, idempotent]
                fn current_user(access_token: &AccessToken) -> CurrentUser;

                /// Sets attributes of the user. Returns the destinations of the codes that verify
                /// changed e-mail addresses and phone numbers.
                [UpdateUserAttributes: AccessToken, UserUpdate]
                fn update_attributes(request: UpdateAttributesRequest) -> Vec<CodeDelivery>;

                /// Deletes attributes of the user.
                [DeleteUserAttributes: AccessToken, UserUpdate]
                fn delete_attributes(request: DeleteAttributesRequest) -> ();

                /// Sends a code that verifies the user's e-mail address or phone number.
                [GetUserAttributeVerificationCode: AccessToken, UserResourceRead]
                fn send_attribute_code(request: SendAttributeCodeRequest) -> CodeDelivery;

                /// Verifies the user's e-mail address or phone number with the code that Cognito
                /// sent.
                [VerifyUserAttribute: AccessToken, UserUpdate]
                fn verify_attribute(request: VerifyAttributeRequest) -> ();

                /// Deletes the signed-in user. This cannot be undone.
                [DeleteUser: AccessToken, UserUpdate]
                fn delete_current_user(access_token: &AccessToken) -> RepliedAt;

                /// Changes the password of the user.
                [ChangePassword: AccessToken, UserAccountRecovery]
                fn change_password(request: ChangePasswordRequest) -> ();

                /// Starts the set-up of an authenticator app, and returns a new secret. An app that
                /// was set up earlier works until a code of the new app is verified.
                [AssociateSoftwareToken: AccessToken, UserResourceUpdate, idempotent]
                fn associate_totp(access_token: &AccessToken) -> TotpSecret;

                /// Verifies a code of the authenticator app. The code proves that the app has the
                /// secret. To enable the second factor, call
                /// [`set_mfa_preference`](Self::set_mfa_preference) afterwards.
                [VerifySoftwareToken: AccessToken, UserResourceUpdate]
                fn verify_totp(request: VerifyTotpRequest) -> ();

                /// Enables or disables second factors. A factor that `preference` does not contain
                /// stays unchanged.
                [SetUserMfaPreference = "SetUserMFAPreference": AccessToken, UserResourceUpdate, idempotent]
                fn set_mfa_preference(access_token: &AccessToken, preference: MfaPreference) -> ();

                /// Returns the factors with which the user can sign in.
                [GetUserAuthFactors: AccessToken, UserRead, idempotent]
                fn auth_factors(access_token: &AccessToken) -> AuthFactors;

                /// Confirms a new device. Creates a password for the device. Cognito never receives
                /// the password.
                [ConfirmDevice: AccessToken, UserResourceUpdate]
                fn confirm_device(request: ConfirmDeviceRequest) -> ConfirmedDevice;

                /// Returns a device of the user.
                [GetDevice: AccessToken, UserResourceRead, idempotent]
                fn device(request: DeviceRequest) -> Device;

                /// Returns one page of the user's devices.
                [ListDevices: AccessToken, UserResourceRead, idempotent]
                fn list_devices(request: ListDevicesRequest) -> DevicePage;

                /// Sets whether a device is remembered.
                [UpdateDeviceStatus: AccessToken, UserResourceUpdate, idempotent]
                fn update_device_status(request: UpdateDeviceStatusRequest) -> ();

                /// Deletes a device. Cognito then no longer accepts the refresh tokens of the
                /// device.
                [ForgetDevice: AccessToken, UserResourceUpdate]
                fn forget_device(request: DeviceRequest) -> ();

                /// Starts the registration of a passkey, and returns the options for the browser.
                /// The same app client must complete the registration within minutes. A second call
                /// replaces the challenge of the first call and has no other effect.
                [StartWebAuthnRegistration: AccessToken, UserResourceUpdate, idempotent, limits_resources]
                fn start_passkey_registration(access_token: &AccessToken) -> PasskeyCreationOptions;

                /// Completes the registration of a passkey with the credential that the browser
                /// created.
                [CompleteWebAuthnRegistration: AccessToken, UserResourceUpdate, limits_resources]
                fn complete_passkey_registration(request: CompletePasskeyRegistrationRequest) -> ();

                /// Returns one page of the user's passkeys.
                [ListWebAuthnCredentials: AccessToken, UserResourceRead, idempotent]
                fn list_passkeys(request: ListPasskeysRequest) -> PasskeyPage;

                /// Deletes a passkey of the user.
                [DeleteWebAuthnCredential: AccessToken, UserResourceUpdate]
                fn delete_passkey(request: DeletePasskeyRequest) -> ();

                /// Signs the user out everywhere. Cognito then no longer accepts the user's refresh
                /// tokens and, at its own API, the user's access tokens. The operation is not
                /// idempotent, because it revokes the access token of the request.
                [GlobalSignOut: AccessToken, UserUpdate]
                fn global_sign_out(access_token: &AccessToken) -> RepliedAt;
            }

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

                /// Sends the operation of `request`, whose members and response are JSON. Most
                /// updates reset each setting that the request does not contain. A typed request
                /// would therefore reset the settings that are newer than this crate.
                [AddCustomAttributes: Iam, UserPoolResourceUpdate, document;
                 AddUserPoolClientSecret: Iam, UserPoolClientUpdate, document, limits_resources;
                 AdminListUserSessions: Iam, UserResourceRead, document, idempotent;
                 AdminRevokeUserSession: Iam, UserResourceUpdate, document;
                 CreateIdentityProvider: Iam, UserPoolResourceUpdate, document, limits_resources;
                 CreateResourceServer: Iam, UserPoolResourceUpdate, document, limits_resources;
                 CreateUserImportJob: Iam, UserPoolResourceUpdate, document, limits_resources;
                 CreateUserPoolClient: Iam, UserPoolClientUpdate, document, limits_resources;
                 CreateUserPoolDomain: Iam, UserPoolResourceUpdate, document, limits_resources;
                 DeleteIdentityProvider: Iam, UserPoolResourceUpdate, document;
                 DeleteResourceServer: Iam, UserPoolResourceUpdate, document;
                 DeleteUserPoolClient: Iam, UserPoolClientUpdate, document;
                 DeleteUserPoolClientSecret: Iam, UserPoolClientUpdate, document;
                 DeleteUserPoolDomain: Iam, UserPoolResourceUpdate, document;
                 DescribeCimdPolicy = "DescribeCIMDPolicy": Iam, UserPoolResourceRead, document, idempotent;
                 DescribeIdentityProvider: Iam, UserPoolResourceRead, document, idempotent;
                 DescribeResourceServer: Iam, UserPoolResourceRead, document, idempotent;
                 DescribeRiskConfiguration: Iam, UserPoolResourceRead, document, idempotent;
                 DescribeUserImportJob: Iam, UserPoolResourceRead, document, idempotent;
                 DescribeUserPool: Iam, UserPoolRead, document, idempotent;
                 DescribeUserPoolClient: Iam, UserPoolClientRead, document, idempotent;
                 DescribeUserPoolDomain: Iam, UserPoolResourceRead, document, idempotent;
                 GetCsvHeader = "GetCSVHeader": Iam, UserPoolResourceRead, document, idempotent;
                 GetLogDeliveryConfiguration: Iam, UserPoolResourceRead, document, idempotent;
                 GetProvisionedLimit: Iam, UserPoolResourceRead, document, idempotent;
                 GetUserPoolMfaConfig: Iam, UserPoolResourceRead, document, idempotent;
                 GetUserPoolSessionConfiguration: Iam, UserPoolResourceRead, document, idempotent;
                 ListCimdPolicies = "ListCIMDPolicies": Iam, UserPoolResourceRead, document, idempotent;
                 ListIdentityProviders: Iam, UserPoolResourceRead, document, idempotent;
                 ListResourceServers: Iam, UserPoolResourceRead, document, idempotent;
                 ListUserImportJobs: Iam, UserPoolResourceRead, document, idempotent;
                 ListUserPoolClientSecrets: Iam, UserPoolClientRead, document, idempotent;
                 ListUserPoolClients: Iam, UserPoolClientRead, document, idempotent;
                 SetLogDeliveryConfiguration: Iam, UserPoolResourceUpdate, document, idempotent;
                 SetRiskConfiguration: Iam, UserPoolResourceUpdate, document, idempotent;
                 SetUserPoolMfaConfig: Iam, UserPoolResourceUpdate, document, idempotent;
                 StartUserImportJob: Iam, UserPoolResourceUpdate, document;
                 StopUserImportJob: Iam, UserPoolResourceUpdate, document;
                 UpdateIdentityProvider: Iam, UserPoolResourceUpdate, document, idempotent;
                 UpdateResourceServer: Iam, UserPoolResourceUpdate, document, idempotent;
                 UpdateUserPool: Iam, UserPoolUpdate, document, idempotent;
                 UpdateUserPoolClient: Iam, UserPoolClientUpdate, document, idempotent;
                 UpdateUserPoolDomain: Iam, UserPoolResourceUpdate, document, idempotent]
                fn send_document(request: DocumentRequest) -> JsonDocument;
            }

            /// The trait (port) through which the crate `cognito` calls the endpoints of a pool's
            /// managed login and OAuth 2.0.
            ///
            /// The calls need no AWS credentials. An app client with a secret authenticates with
            /// the secret.
            ///
            /// # Custom implementations
            ///
            /// Requests are validated before they reach a port. [`authorize`](Self::authorize)
            /// creates a new state, nonce and code verifier for every call. Each must have at least
            /// 128 random bits from the operating system. Send a code only once, because it may be
            /// used up even if the call fails. Follow no redirects, and send a secret only to the
            /// configured domain.
            ///
            /// Errors have the kinds of [`Error::from_oauth`], and: [`ErrorKind::ChallengeExpired`]
            /// for a code that is used, expired or from another sign-in;
            /// [`ErrorKind::RefreshInvalid`] for an invalid refresh token;
            /// [`ErrorKind::AccessRevoked`] for an invalid access token;
            /// [`ErrorKind::Configuration`] for a missing domain.
            port HostedLogin {
                /// Exchanges an authorization code for tokens (grant `authorization_code` at
                /// `/oauth2/token`).
                [OAuthExchangeCode: Domain, UserToken, public]
                fn exchange_code(exchange: &CodeExchange) -> Tokens;

                /// Returns an access token for the app client itself (grant `client_credentials` at
                /// `/oauth2/token`). An empty list requests all scopes of the app client.
                [OAuthClientCredentials: Domain, ClientAuthentication, idempotent]
                fn client_credentials(scopes: &[Scope]) -> ClientToken;

                /// Returns new tokens for a refresh token (grant `refresh_token` at
                /// `/oauth2/token`). The operation is not idempotent: if refresh tokens rotate,
                /// Cognito may reject a second use of the same token.
                [OAuthRefresh: Domain, UserToken, public]
                fn refresh(refresh_token: &RefreshToken) -> Tokens;

                /// Revokes a refresh token and all tokens of the same sign-in (`/oauth2/revoke`).
                [OAuthRevoke: Domain, UserToken, idempotent, public]
                fn revoke(refresh_token: &RefreshToken) -> RepliedAt;

                /// Returns the claims about the user (`/oauth2/userInfo`). The scopes of the access
                /// token determine which claims the result contains.
                [OAuthUserInfo: Domain, UserRead, idempotent]
                fn user_info(access_token: &AccessToken) -> UserInfo;
            }
            local {
                /// Creates the URL to which to redirect the browser, and the state to store until
                /// the browser returns. Sends nothing.
                fn authorize(request: &AuthorizeRequest) -> Authorization;

                /// Creates the URL that signs the browser out at managed login. Sends nothing.
                fn logout_url(request: &LogoutRequest) -> String;
            }

            process {
                /// `VerifyToken`: the verification of a token in this process. Sends nothing.
                VerifyToken;
            }
        }
    };
}

pub(crate) use operation_table as table;
