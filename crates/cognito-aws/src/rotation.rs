//! A record of whether an app client rotates refresh tokens.

use cognito_core::ClientId;
use parking_lot::Mutex;

/// The app client whose last refresh returned no new refresh token.
///
/// If an app client rotates refresh tokens, Cognito rejects a second refresh with the same token as
/// reuse. Without rotation, a refresh may be retried after a lost response. This is assumed only if
/// the last refresh of the same app client returned no new refresh token.
#[derive(Debug, Default)]
pub(crate) struct LastingRefreshTokens(Mutex<Option<ClientId>>);

impl LastingRefreshTokens {
    /// Returns `true` if the last refresh of this app client returned no new refresh token.
    pub(crate) fn are_of(&self, client: &ClientId) -> bool {
        self.0.lock().as_ref() == Some(client)
    }

    /// Records whether a refresh of this app client returned a new refresh token.
    pub(crate) fn note(&self, client: &ClientId, rotates: bool) {
        *self.0.lock() = (!rotates).then(|| client.clone());
    }
}
