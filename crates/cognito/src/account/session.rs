//! Sign-out everywhere, and deletion of the signed-in user's account.

use cognito_core::ports::Account;
use cognito_core::{AccessToken, Done, Operation};

use crate::Call;
use crate::account::OwnAccount;

impl OwnAccount {
    /// Signs the user out everywhere (`GlobalSignOut`). Cognito rejects the user's refresh tokens,
    /// and its API rejects the access tokens.
    ///
    /// This service rejects all tokens that Cognito issued until its response. Other services that
    /// verify tokens offline accept them until they expire. The user can sign in again.
    ///
    /// # Errors
    ///
    /// After [`ReplyLost`](crate::ErrorKind::ReplyLost) or [`Timeout`](crate::ErrorKind::Timeout),
    /// it is unknown whether Cognito has signed the user out. This service rejects the user's
    /// tokens anyway. Without a response, it uses its own time plus 60 seconds, so tokens of a new
    /// sign-in within that time are rejected too.
    pub fn sign_out_everywhere(&self) -> Call<AccessToken, Done> {
        self.call(Operation::GlobalSignOut, Ok, async |inner, token| {
            let signed_out = inner.account.global_sign_out(&token).await;
            inner.revoke_tokens_of_bearer(&token, signed_out).await
        })
        .done("Signed out successfully")
    }

    /// Deletes the user's account (`DeleteUser`). This cannot be undone. This service then rejects
    /// the user's tokens. Other services that verify tokens offline accept them until they expire.
    ///
    /// # Errors
    ///
    /// - [`ReplyLost`](crate::ErrorKind::ReplyLost) or [`Timeout`](crate::ErrorKind::Timeout): the
    ///   account may still exist. This service rejects the user's tokens anyway.
    /// - [`StoreUnavailable`](crate::ErrorKind::StoreUnavailable): the account is deleted, but this
    ///   service does not reject its tokens yet. Retry until the result is
    ///   [`UserNotFound`](crate::ErrorKind::UserNotFound).
    pub fn delete(&self) -> Call<AccessToken, Done> {
        self.call(Operation::DeleteUser, Ok, async |inner, token| {
            let deleted = inner.account.delete_current_user(&token).await;
            inner.revoke_tokens_of_bearer(&token, deleted).await
        })
        .done("User deleted successfully")
    }
}
