//! The rows of the [port](crate::ports) `Authentication` in the table of operations.

/// Adds the rows of the port `Authentication` to the table, and continues with the next port.
#[doc(hidden)]
#[macro_export]
macro_rules! authentication_rows {
    ($reader:ident) => {
        $crate::operations::table::account::rows! {
            $reader
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

                /// Returns an access token for the app client itself, without a domain of the pool. The
                /// request is sent without a signature.
                [GetClientToken: Public, ClientAuthentication, idempotent]
                fn client_token(request: ClientTokenRequest) -> ClientToken;

                /// Exchanges a token for another token of the same user (RFC 8693). The request is
                /// sent without a signature. The operation is not idempotent, because AWS does not
                /// document whether a SAML assertion can be used twice.
                [GetDerivedToken: Public, UserToken]
                fn exchange_token(request: ExchangeRequest) -> IssuedToken;

                /// Sends a code to a user who forgot the password.
                [ForgotPassword: Public, UserAccountRecovery]
                fn forgot_password(request: ForgotPasswordRequest) -> CodeDelivery;

                /// Sets a new password with the code for a forgotten password.
                [ConfirmForgotPassword: Public, UserAccountRecovery]
                fn confirm_forgot_password(request: ConfirmForgotPasswordRequest) -> ();

                /// Sets whether an authentication event is trusted, with the feedback token from
                /// the message to the user about the event. The operation is not idempotent,
                /// because AWS does not document whether a feedback token can be used twice.
                [UpdateAuthEventFeedback: Public, UserResourceUpdate]
                fn feedback_with_token(request: FeedbackWithTokenRequest) -> ();
            }
            also {
                /// Starts the set-up of an authenticator app during a sign-in, with the session of
                /// an `MFA_SETUP` challenge. This call is not idempotent, because Cognito may
                /// accept a session only once.
                [AssociateSoftwareToken]
                fn enroll_totp(session: &Session) -> TotpAssociation;
            }
        }
    };
}

#[doc(hidden)]
pub use authentication_rows as rows;
