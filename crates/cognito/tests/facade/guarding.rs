//! The facade as the verifier of a guard.

use cognito::{ErrorKind, Tokens};
use cognito_testkit::LogCapture;
use cognito_tower::{Guard, RejectionKind};
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};

use crate::fixture::Fixture;

fn bearer(token: &str) -> HeaderMap {
    let value = HeaderValue::try_from(format!("Bearer {token}")).unwrap();
    HeaderMap::from_iter([(AUTHORIZATION, value)])
}

fn both(tokens: &Tokens) -> (HeaderMap, HeaderMap) {
    let access = bearer(tokens.access_token.expose());
    (access, bearer(tokens.id_token.expose()))
}

#[tokio::test]
async fn guard_calls_are_measured_and_logged() {
    let logs = LogCapture::start();
    let fixture = Fixture::ours().await;
    let tokens = fixture.signed_in().await;
    let (access, id) = both(&tokens);
    let of_access = Guard::access(fixture.cognito.clone());
    let of_id = Guard::id(fixture.cognito.clone());
    fixture.cognito.reset_metrics();

    let claims = of_access.authenticate(&access).await.unwrap();
    assert_eq!(claims.sub, of_id.authenticate(&id).await.unwrap().sub);
    let rejection = of_access.authenticate(&id).await.unwrap_err();
    assert_eq!(rejection.kind(), RejectionKind::InvalidToken);

    let metrics = fixture.cognito.metrics();
    assert_eq!((metrics.total_requests, metrics.total_errors), (3, 1));
    assert_eq!(metrics.errors_by_type["TokenInvalid"], 1);
    assert!(logs.text().contains("operation=VerifyToken"));
    logs.assert_free_of(&[tokens.access_token.expose(), tokens.id_token.expose()]);
}

#[tokio::test]
async fn guard_rejects_signed_out_user() {
    // After the shutdown the result is undecided.
    let fixture = Fixture::ours().await;
    let tokens = fixture.signed_in().await;
    let (access, _) = both(&tokens);
    let guard = Guard::access(fixture.cognito.clone());
    guard.authenticate(&access).await.unwrap();

    let account = fixture.cognito.account(&tokens.access_token);
    account.sign_out_everywhere().await.unwrap();
    let rejection = guard.authenticate(&access).await.unwrap_err();
    assert_eq!(rejection.kind(), RejectionKind::InvalidToken);
    let error = rejection.error().map(cognito::Error::kind);
    assert_eq!(error, Some(ErrorKind::TokenRevoked));

    fixture.cognito.shutdown().await;
    let rejection = guard.authenticate(&access).await.unwrap_err();
    assert_eq!(rejection.kind(), RejectionKind::Unavailable);
    let error = rejection.error().map(cognito::Error::kind);
    assert_eq!(error, Some(ErrorKind::ShuttingDown));
}
