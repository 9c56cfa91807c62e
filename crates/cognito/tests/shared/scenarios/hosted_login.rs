//! Managed login: a browser signs in, and a program gets a token.

use cognito::ErrorKind;
use cognito::hosted_login::{Authorization, PendingLogin};

use crate::browser::{Browser, with_parameter};
use crate::fixture::{EMAIL, Fixture, PASSWORD, refused};

/// The redirect URI of every client in these scenarios.
pub const CALLBACK: &str = "https://shop.example/callback";
/// A scope for client credentials.
pub const SCOPE: &str = "https://api.example.com/read";

fn start(fixture: &Fixture) -> Authorization {
    let login = fixture.cognito.hosted_login();
    login.sign_in(CALLBACK).scope("email").start().unwrap()
}

async fn signed_in(fixture: &Fixture, url: &str) -> String {
    Browser::of(fixture).signed_in(url, EMAIL, PASSWORD).await
}

pub async fn a_browser_signs_in_and_its_tokens_verify(fixture: Fixture) {
    fixture.confirmed_user(EMAIL).await;
    let login = fixture.cognito.hosted_login();
    let Authorization { url, pending, .. } = start(&fixture);
    let back = signed_in(&fixture, &url).await;
    assert!(back.starts_with(CALLBACK), "{back}");
    let signed_in = login.finish(pending, &back).await.unwrap();
    let access = signed_in.tokens.access_token;
    let claims = fixture
        .cognito
        .verify_access_token(access.expose())
        .await
        .unwrap();
    assert_eq!(claims.sub, signed_in.claims.sub);
    let info = login.user_info(&access).await.unwrap();
    assert_eq!(info.sub(), claims.sub);
    assert_eq!(info.email(), Some(EMAIL));
    let renewed = login
        .refresh(&signed_in.tokens.refresh_token)
        .await
        .unwrap();
    let renewed = fixture
        .cognito
        .verify_id_token(renewed.id_token.expose())
        .await;
    assert_eq!(renewed.unwrap().sub, claims.sub);
}

pub async fn a_code_is_good_once(fixture: Fixture) {
    fixture.confirmed_user(EMAIL).await;
    let login = fixture.cognito.hosted_login();
    let Authorization { url, pending, .. } = start(&fixture);
    let again = again(&pending);
    let back = signed_in(&fixture, &url).await;
    drop(login.finish(pending, &back).await.unwrap());
    let kind = refused(login.finish(again, &back).await);
    assert_eq!(kind, ErrorKind::ChallengeExpired);
}

pub async fn the_answer_to_another_sign_in_is_refused(fixture: Fixture) {
    fixture.confirmed_user(EMAIL).await;
    let login = fixture.cognito.hosted_login();
    let (ours, theirs) = (start(&fixture), start(&fixture));
    let back = signed_in(&fixture, &theirs.url).await;
    let error = login.finish(ours.pending, &back).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidParameter);
    // No request was sent, so the code is still valid.
    drop(login.finish(theirs.pending, &back).await.unwrap());
}

pub async fn a_token_of_another_sign_in_is_refused(fixture: Fixture) {
    fixture.confirmed_user(EMAIL).await;
    let Authorization { url, pending, .. } = start(&fixture);
    let url = with_parameter(&url, "nonce", Some("the-nonce-of-another-sign-in"));
    let back = signed_in(&fixture, &url).await;
    let login = fixture.cognito.hosted_login();
    let kind = refused(login.finish(pending, &back).await);
    assert_eq!(kind, ErrorKind::TokenInvalid);
}

pub async fn a_code_that_was_stolen_is_of_no_use_without_its_verifier(fixture: Fixture) {
    fixture.confirmed_user(EMAIL).await;
    let Authorization { url, pending, .. } = start(&fixture);
    let thief = PendingLogin::new(
        pending.state(),
        pending.nonce(),
        "a".repeat(43),
        pending.redirect_uri().clone(),
    );
    let back = signed_in(&fixture, &url).await;
    let login = fixture.cognito.hosted_login();
    let kind = refused(login.finish(thief.unwrap(), &back).await);
    assert_eq!(kind, ErrorKind::ChallengeExpired);
}

pub async fn a_scope_that_nobody_registered_is_refused(fixture: Fixture) {
    let login = fixture.cognito.hosted_login();
    let start = login
        .sign_in(CALLBACK)
        .scope("https://api.example.com/delete");
    let start = start.start().unwrap();
    let Err(back) = Browser::of(&fixture).go(&start.url).await else {
        panic!("the browser stayed");
    };
    let error = login.finish(start.pending, &back).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert_eq!(error.code(), Some("invalid_scope"));
}

pub async fn a_browser_is_not_sent_where_nobody_registered(fixture: Fixture) {
    let login = fixture.cognito.hosted_login();
    let start = login
        .sign_in("https://evil.example/callback")
        .start()
        .unwrap();
    let page = Browser::of(&fixture).go(&start.url).await;
    let page = page.unwrap_or_else(|to| panic!("the browser was sent to {to}"));
    assert_eq!(page.status, 400);
}

pub async fn a_machine_gets_a_token_of_its_scopes(fixture: Fixture) {
    let login = fixture.cognito.hosted_login();
    let token = login.client_credentials().scope(SCOPE).await.unwrap();
    let claims = fixture
        .cognito
        .verify_access_token(token.access_token.expose())
        .await;
    let claims = claims.unwrap();
    assert_eq!(claims.scope, [SCOPE]);
    assert_eq!(claims.username, None);
    let again = login.client_credentials().scope(SCOPE).await.unwrap();
    assert_eq!(again.access_token.expose(), token.access_token.expose());
}

/// Returns a copy of the pending login.
pub fn again(pending: &PendingLogin) -> PendingLogin {
    PendingLogin::from_secret_string(&pending.to_secret_string().unwrap()).unwrap()
}
