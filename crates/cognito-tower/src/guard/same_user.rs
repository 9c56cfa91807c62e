//! The check that the access token and the ID token of a request belong to the same user.

use cognito_core::{Error, ErrorKind};
use http::Extensions;

use crate::guard::Guard;
use crate::rejection::Rejection;
use crate::token_claims::TokenClaims;

impl<C: TokenClaims> Guard<C> {
    /// Fails if the request also has verified claims of the other kind of token (access token or ID
    /// token), and they belong to another user of the same user pool.
    ///
    /// Security: otherwise the ID token of one user could be combined with the groups and scopes of
    /// another user.
    pub(crate) fn check_user(&self, claims: &C, extensions: &Extensions) -> Result<(), Rejection> {
        let (Some((pool, user)), Some((other_pool, other))) =
            (claims.user(), C::user_of_other(extensions))
        else {
            return Ok(());
        };
        if pool != other_pool || user == other {
            return Ok(());
        }
        let error = Error::new(ErrorKind::TokenInvalid).with_detail(
            "the access token and the ID token belong to different users: sign in again",
        );
        Err(self.named(Rejection::from_error(error, self.0.clock.now())))
    }
}
