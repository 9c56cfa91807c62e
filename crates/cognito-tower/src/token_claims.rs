//! The kinds of token that a guard can require.

use std::fmt::Debug;

use cognito_core::{AccessClaims, IdClaims};

/// The claims of a kind of token that a guard can require: [`AccessClaims`] or [`IdClaims`].
///
/// The trait is sealed: other types cannot implement it, because a guard supports only these two
/// kinds of token.
pub trait TokenClaims: sealed::Verified + Clone + Debug + Send + Sync + 'static {}

impl TokenClaims for AccessClaims {}
impl TokenClaims for IdClaims {}

pub(crate) mod sealed {
    use std::pin::Pin;
    use std::sync::Arc;

    use cognito_core::{AccessClaims, IdClaims, Principal, Result, TokenVerifier};
    use http::Extensions;

    type VerifyFuture<'a, C> = Pin<Box<dyn Future<Output = Result<Arc<C>>> + Send + 'a>>;

    #[allow(unnameable_types, reason = "so that nobody else implements it")]
    pub trait Verified: Sized {
        fn verified_by<'a>(
            verifier: &'a dyn TokenVerifier,
            token: &'a str,
        ) -> VerifyFuture<'a, Self>;

        fn groups(&self) -> &[String];

        fn scopes(&self) -> &[String];

        /// Returns the authentication level of the sign-in.
        fn acr(&self) -> Option<&str>;

        /// Returns the time of the sign-in, in seconds since 1970. A token of a client has none.
        fn auth_time(&self) -> Option<u64>;

        /// Returns the user of the token: the user pool (`iss`) and the user's id (`sub`). Returns
        /// `None` for a token of a client.
        fn user(&self) -> Option<(&str, &str)>;

        /// Returns the user of the other token of the request: of the ID token for access claims,
        /// of the access token for ID claims. Returns `None` if no guard has verified this token,
        /// or if it is a token of a client.
        fn user_of_other(extensions: &Extensions) -> Option<(&str, &str)>;
    }

    impl Verified for AccessClaims {
        fn verified_by<'a>(
            verifier: &'a dyn TokenVerifier,
            token: &'a str,
        ) -> VerifyFuture<'a, Self> {
            verifier.verify_access(token)
        }

        fn groups(&self) -> &[String] {
            &self.groups
        }

        fn scopes(&self) -> &[String] {
            &self.scope
        }

        fn acr(&self) -> Option<&str> {
            self.acr.as_deref()
        }

        fn auth_time(&self) -> Option<u64> {
            self.sign_in_time()
        }

        fn user(&self) -> Option<(&str, &str)> {
            match self.principal() {
                Principal::User { sub, .. } => Some((&self.iss, sub)),
                _ => None,
            }
        }

        fn user_of_other(extensions: &Extensions) -> Option<(&str, &str)> {
            extensions.get::<Arc<IdClaims>>()?.user()
        }
    }

    impl Verified for IdClaims {
        fn verified_by<'a>(
            verifier: &'a dyn TokenVerifier,
            token: &'a str,
        ) -> VerifyFuture<'a, Self> {
            verifier.verify_id(token)
        }

        fn groups(&self) -> &[String] {
            &self.groups
        }

        // An ID token identifies the user and has no scopes.
        fn scopes(&self) -> &[String] {
            &[]
        }

        fn acr(&self) -> Option<&str> {
            self.acr.as_deref()
        }

        fn auth_time(&self) -> Option<u64> {
            self.auth_time
        }

        fn user(&self) -> Option<(&str, &str)> {
            Some((&self.iss, &self.sub))
        }

        fn user_of_other(extensions: &Extensions) -> Option<(&str, &str)> {
            extensions.get::<Arc<AccessClaims>>()?.user()
        }
    }
}
