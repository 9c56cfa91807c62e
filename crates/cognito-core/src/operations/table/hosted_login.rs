//! The rows of the [port](crate::ports) `HostedLogin` in the table of operations, and the operation
//! that runs in this process.

/// Adds the rows of the port `HostedLogin` to the table, and passes the table to the macro
/// `$reader`.
#[doc(hidden)]
#[macro_export]
macro_rules! hosted_login_rows {
    ($reader:ident $($before:tt)*) => {
        $reader! {
            $($before)*
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
            /// Errors have the kinds of [`Error::from_oauth`], and these kinds:
            ///
            /// - [`ErrorKind::ChallengeExpired`] for a code that is used, expired or from another
            ///   sign-in,
            /// - [`ErrorKind::RefreshInvalid`] for an invalid refresh token,
            /// - [`ErrorKind::AccessRevoked`] for an invalid access token,
            /// - [`ErrorKind::Configuration`] for a missing domain.
            port HostedLogin {
                /// Exchanges an authorization code for tokens (grant `authorization_code` at
                /// `/oauth2/token`).
                [OAuthExchangeCode: Domain, UserToken, public]
                fn exchange_code(exchange: &CodeExchange) -> Tokens;

                /// Returns an access token for the app client itself (grant `client_credentials` at
                /// `/oauth2/token`).
                [OAuthClientCredentials: Domain, ClientAuthentication, idempotent]
                fn client_credentials(grant: &ClientCredentialsGrant) -> ClientToken;

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

#[doc(hidden)]
pub use hosted_login_rows as rows;
