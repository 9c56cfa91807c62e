//! The operation `GlobalSignOut`.

use cognito_core::AccessToken;
use cognito_core::ports::RepliedAt;

use crate::send::operations;

operations! {
    // Not idempotent: a retry would be rejected, because the first attempt revoked the token.
    fn global_sign_out(access_token: &AccessToken) -> RepliedAt = send_dated!(
        GlobalSignOut.global_sign_out { access_token: access_token.expose() }
    );
}
