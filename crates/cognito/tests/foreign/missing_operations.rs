//! moto responds to an unknown operation with HTTP 500 and an HTML page, like a broken gateway. The
//! library must report that the service failed, and not that the caller made a mistake.

use cognito::{Cognito, Error, ErrorKind};

use crate::fixture::EMAIL;
use crate::moto;

#[tokio::test]
async fn html_response_is_a_service_error() {
    let Some(fixture) = moto::public_client().await else {
        return;
    };
    let cognito: &Cognito = &fixture.cognito;
    for error in [
        cognito
            .refresh("aaaa.bbbb.cccc.dddd.eeee")
            .await
            .unwrap_err(),
        cognito
            .revoke("aaaa.bbbb.cccc.dddd.eeee")
            .await
            .unwrap_err(),
        cognito.resend_confirmation_code(EMAIL).await.unwrap_err(),
    ] {
        is_failure_of_the_service(&error);
    }
}

#[track_caller]
fn is_failure_of_the_service(error: &Error) {
    assert!(
        matches!(error.kind(), ErrorKind::ReplyLost | ErrorKind::Upstream),
        "{error}"
    );
    assert!((500..=599).contains(&error.status()), "{error}");
    assert!(!error.to_string().contains('<'), "{error}");
}
