//! The two kinds of token that a guard can ask for.

use std::fmt::Debug;

use cognito_core::{AccessClaims, IdClaims};

/// What a guard can ask for: [`AccessClaims`] or [`IdClaims`].
///
/// It cannot be implemented elsewhere: there are no other tokens.
pub trait TokenClaims: sealed::Verified + Clone + Debug + Send + Sync + 'static {}

impl TokenClaims for AccessClaims {}
impl TokenClaims for IdClaims {}

pub(crate) mod sealed {
    use std::pin::Pin;
    use std::sync::Arc;

    use cognito_core::{AccessClaims, IdClaims, Result, TokenVerifier};

    /// What the port gives, as it gives it.
    type Verdict<'a, C> = Pin<Box<dyn Future<Output = Result<Arc<C>>> + Send + 'a>>;

    #[allow(unnameable_types, reason = "so that nobody else implements it")]
    pub trait Verified: Sized {
        /// Claims of this kind, if that is what the token is.
        fn verified_by<'a>(verifier: &'a dyn TokenVerifier, token: &'a str) -> Verdict<'a, Self>;

        fn groups(&self) -> &[String];

        fn scopes(&self) -> &[String];
    }

    impl Verified for AccessClaims {
        fn verified_by<'a>(verifier: &'a dyn TokenVerifier, token: &'a str) -> Verdict<'a, Self> {
            verifier.verify_access(token)
        }

        fn groups(&self) -> &[String] {
            &self.groups
        }

        fn scopes(&self) -> &[String] {
            &self.scope
        }
    }

    impl Verified for IdClaims {
        fn verified_by<'a>(verifier: &'a dyn TokenVerifier, token: &'a str) -> Verdict<'a, Self> {
            verifier.verify_id(token)
        }

        fn groups(&self) -> &[String] {
            &self.groups
        }

        // An ID token says who somebody is and allows nothing.
        fn scopes(&self) -> &[String] {
            &[]
        }
    }
}
