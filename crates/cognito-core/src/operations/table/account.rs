//! The rows of the [port](crate::ports) `Account` in the table of operations.

/// Adds the rows of the port `Account` to the table, and continues with the next port.
#[doc(hidden)]
#[macro_export]
macro_rules! account_rows {
    ($reader:ident $($before:tt)*) => {
        $crate::operations::table::administration::rows! {
            $reader
            $($before)*
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

                /// Returns one page of the user's sessions.
                [ListUserSessions: AccessToken, UserResourceRead, idempotent]
                fn list_sessions(request: ListSessionsRequest) -> SessionPage;

                /// Revokes a session of the user: Cognito then no longer accepts the tokens of the
                /// session. The session of the access token in the request cannot be revoked. The
                /// operation is not idempotent, because a second request does not find the session.
                [RevokeUserSession: AccessToken, UserResourceUpdate]
                fn revoke_session(request: RevokeSessionRequest) -> RepliedAt;

                /// Signs the user out everywhere. Cognito then no longer accepts the user's refresh
                /// tokens and, at its own API, the user's access tokens. The operation is not
                /// idempotent, because it revokes the access token of the request.
                [GlobalSignOut: AccessToken, UserUpdate]
                fn global_sign_out(access_token: &AccessToken) -> RepliedAt;
            }
        }
    };
}

#[doc(hidden)]
pub use account_rows as rows;
