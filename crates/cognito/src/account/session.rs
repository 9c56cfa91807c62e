//! Sign-out everywhere, and deletion of the signed-in user's account.

use cognito_core::ports::Account;
use cognito_core::{AccessToken, Done, Operation};

use crate::Call;
use crate::account::OwnAccount;

impl OwnAccount {
    /// Signs the user out everywhere. Cognito no longer accepts the user's refresh tokens. Neither
    /// Cognito's API nor this service accepts the access tokens.
    ///
    /// This service rejects all tokens that Cognito issued until its response. Other services that verify tokens offline accept them until they expire.
    ///
    /// # Errors
    ///
    /// After [`ReplyLost`](crate::ErrorKind::ReplyLost) or [`Timeout`](crate::ErrorKind::Timeout),
    /// it is unknown whether Cognito has signed the user out. This service rejects the tokens in
    /// any case. Without a response it uses its own clock plus 60 seconds, so tokens of a new
    /// sign-in within that time are rejected too.
    pub fn sign_out_everywhere(&self) -> Call<AccessToken, Done> {
        self.call(Operation::GlobalSignOut, Ok, async |inner, token| {
            let signed_out = inner.account.global_sign_out(&token).await;
            inner.revoke_tokens_of_bearer(&token, signed_out).await
        })
        .done("Signed out successfully")
    }

    /// Deletes the user's account. This cannot be undone. This service rejects the user's tokens
    /// from now on. Other services that verify tokens offline accept them until they expire.
    ///
    /// # Errors
    ///
    /// After [`ReplyLost`](crate::ErrorKind::ReplyLost) or [`Timeout`](crate::ErrorKind::Timeout),
    /// the account may still exist; this service rejects the tokens in any case. After
    /// [`StoreUnavailable`](crate::ErrorKind::StoreUnavailable), the account is deleted, but its
    /// tokens are not rejected yet: retry until the result is
    /// [`UserNotFound`](crate::ErrorKind::UserNotFound).
    pub fn delete(&self) -> Call<AccessToken, Done> {
        self.call(Operation::DeleteUser, Ok, async |inner, token| {
            let deleted = inner.account.delete_current_user(&token).await;
            inner.revoke_tokens_of_bearer(&token, deleted).await
        })
        .done("User deleted successfully")
    }
}
