//! Records whether an app client rotates refresh tokens.

use cognito_core::ClientId;
use parking_lot::Mutex;

/// The id of an app client that probably does not rotate refresh tokens: the response to its last
/// refresh contained no new refresh token. `None` before the first refresh, or if the last refresh
/// returned a new refresh token.
///
/// With rotation, a second refresh with the same token may be rejected. A refresh must then not be
/// retried after a lost response. Without rotation, a retry is safe. Rotation is assumed until a
/// refresh shows otherwise.
#[derive(Debug, Default)]
pub(crate) struct LastingRefreshTokens(Mutex<Option<ClientId>>);

impl LastingRefreshTokens {
    /// Returns `true` if the last recorded refresh was made for this app client and returned no new
    /// refresh token.
    pub(crate) fn contains(&self, client: &ClientId) -> bool {
        self.0.lock().as_ref() == Some(client)
    }

    /// Records whether a token refresh with the app client `client` returned a new refresh token.
    pub(crate) fn note(&self, client: &ClientId, rotates: bool) {
        *self.0.lock() = (!rotates).then(|| client.clone());
    }
}
