//! The operation `GlobalSignOut`.

use cognito_core::ports::RepliedAt;
use cognito_core::{AccessToken, Result};

use crate::AwsCognito;
use crate::send::send_dated;

pub(crate) async fn global_sign_out(
    aws: &AwsCognito,
    access_token: &AccessToken,
) -> Result<RepliedAt> {
    // Not idempotent: a second attempt would be rejected, because the first one revoked the token.
    send_dated!(aws, GlobalSignOut.global_sign_out { access_token: access_token.expose() })
}
