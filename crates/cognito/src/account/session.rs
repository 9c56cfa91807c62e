//! Sign-out everywhere, and deletion of the signed-in user's account.

use cognito_core::ports::Account;
use cognito_core::{AccessToken, Done, Operation};

use crate::Call;
use crate::account::OwnAccount;

impl OwnAccount {
    /// Signs the user out everywhere (`GlobalSignOut`). Cognito then rejects the user's refresh
    /// tokens, and Cognito's API rejects the user's access tokens. The user can sign in again.
    ///
    /// This service rejects all tokens that Cognito issued to the user before its response. Other
    /// services that verify tokens offline accept them until they expire.
    ///
    /// The session of a browser at managed login is not ended: the browser gets new tokens without a
    /// password. Send the browser to the
    /// [logout URL](crate::hosted_login::ManagedLogin::logout_url), or see
    /// [`with_linked_sessions`](Call::with_linked_sessions).
    ///
    /// # Errors
    ///
    /// - [`ReplyLost`](crate::ErrorKind::ReplyLost) or [`Timeout`](crate::ErrorKind::Timeout):
    ///   Cognito may have signed the user out. This service rejects the user's tokens anyway.
    ///   Because Cognito's time is then unknown, tokens of a new sign-in within 60 seconds are
    ///   rejected too.
    /// - [`KeysUnavailable`](crate::ErrorKind::KeysUnavailable): the response of Cognito was lost,
    ///   and this service could not verify the access token. Cognito may have signed the user out,
    ///   but this service does not reject the user's tokens. Retry.
    /// - [`StoreUnavailable`](crate::ErrorKind::StoreUnavailable): the user is signed out, but this
    ///   service does not reject the user's tokens yet. Retry until the result is
    ///   [`AccessRevoked`](crate::ErrorKind::AccessRevoked).
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
    ///   service does not reject the user's tokens yet. Retry until the result is
    ///   [`UserNotFound`](crate::ErrorKind::UserNotFound).
    pub fn delete(&self) -> Call<AccessToken, Done> {
        self.call(Operation::DeleteUser, Ok, async |inner, token| {
            let deleted = inner.account.delete_current_user(&token).await;
            inner.revoke_tokens_of_bearer(&token, deleted).await
        })
        .done("User deleted successfully")
    }
}
