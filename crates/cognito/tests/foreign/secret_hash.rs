//! ministack really checks every `SECRET_HASH`, so that the tests with a secret are meaningful.

use cognito::{Cognito, ErrorKind, SignInFlow};

use crate::fixture::{EMAIL, OTHER_PASSWORD, PASSWORD, SECRET, refused};
use crate::ministack;

#[tokio::test]
async fn ministack_rejects_hash_of_another_secret() {
    let Some(url) = ministack::url() else { return };
    let config = ministack::pool(&url, true).await;
    let other = config.with_client_secret(SECRET.parse().unwrap());
    every_call_is_refused(&ministack::cognito(&url, other, SignInFlow::UserSrp).await).await;
}

#[tokio::test]
async fn ministack_rejects_missing_hash() {
    let Some(url) = ministack::url() else { return };
    let mut config = ministack::pool(&url, true).await;
    config.client_secret = None;
    every_call_is_refused(&ministack::cognito(&url, config, SignInFlow::UserSrp).await).await;
}

/// The messages that were recorded from AWS, `Unable to verify secret hash for client` and
/// `Client is configured with secret but SECRET_HASH was not received`, mean that the service is
/// configured wrongly, and never that the user's password is wrong.
async fn every_call_is_refused(cognito: &Cognito) {
    let kinds = [
        refused(cognito.sign_up(EMAIL, PASSWORD).await),
        refused(cognito.confirm_sign_up(EMAIL, "123456").await),
        refused(cognito.resend_confirmation_code(EMAIL).await),
        refused(cognito.login(EMAIL, PASSWORD).await),
        refused(
            cognito
                .login(EMAIL, PASSWORD)
                .flow(SignInFlow::AdminUserPassword)
                .await,
        ),
        refused(cognito.forgot_password(EMAIL).await),
        refused(
            cognito
                .confirm_forgot_password(EMAIL, "654321", OTHER_PASSWORD)
                .await,
        ),
    ];
    assert_eq!(kinds, [ErrorKind::Configuration; 7]);
}
