//! Records whether an app client rotates refresh tokens.

use cognito_core::ClientId;
use parking_lot::Mutex;

/// The id of the app client of the last refresh, if the refresh did not rotate the refresh token:
/// the response contained no new refresh token. The app client then probably does not rotate
/// refresh tokens.
///
/// If an app client rotates refresh tokens, a second refresh with the same token may be rejected,
/// so a refresh must not be retried after a lost response. Without rotation, a retry is safe.
/// Rotation is assumed until a refresh shows otherwise.
#[derive(Debug, Default)]
pub(crate) struct LastingRefreshTokens(Mutex<Option<ClientId>>);

impl LastingRefreshTokens {
    /// Returns `true` if the last recorded refresh was made for this app client and returned no new
    /// refresh token.
    pub(crate) fn are_of(&self, client: &ClientId) -> bool {
        self.0.lock().as_ref() == Some(client)
    }

    /// Records whether a token refresh with the app client `client` returned a new refresh token.
    pub(crate) fn note(&self, client: &ClientId, rotates: bool) {
        *self.0.lock() = (!rotates).then(|| client.clone());
    }
}
