//! Sign-in, refresh, verification, sign-out.

use cognito::{ErrorKind, SignInFlow};

use crate::fixture::{EMAIL, Fixture, PASSWORD, complete, refused};

pub async fn both_tokens_verify_and_speak_of_the_same_person(fixture: Fixture) {
    let tokens = fixture.signed_in().await;
    assert!(tokens.expires_in.as_secs() >= 300);
    let cognito = &fixture.cognito;
    let access = cognito
        .verify_access_token(tokens.access_token.expose())
        .await
        .unwrap();
    let id = cognito
        .verify_id_token(tokens.id_token.expose())
        .await
        .unwrap();
    assert_eq!(access.sub, id.sub);
    assert_eq!(id.email.as_deref(), Some(EMAIL));
    assert_eq!(access.client_id, id.aud);
    assert!(access.exp > access.iat);
}

pub async fn a_wrong_password_is_refused(fixture: Fixture) {
    fixture.confirmed_user(EMAIL).await;
    let guess = fixture.cognito.login(EMAIL, "WrongPass123!").await;
    assert_eq!(refused(guess), ErrorKind::InvalidCredentials);
    drop(fixture.login().await);
}

pub async fn an_unknown_user_is_not_found(fixture: Fixture) {
    let unknown = fixture.cognito.login("nobody@example.com", PASSWORD).await;
    assert_eq!(refused(unknown), ErrorKind::UserNotFound);
}

pub async fn an_operator_s_flow_signs_in_too(fixture: Fixture) {
    fixture.confirmed_user(EMAIL).await;
    let login = fixture
        .cognito
        .login(EMAIL, PASSWORD)
        .flow(SignInFlow::AdminUserPassword);
    drop(complete(login.await.unwrap()));
}

pub async fn a_refresh_token_buys_new_tokens(fixture: Fixture) {
    let tokens = fixture.signed_in().await;
    let fresh = fixture
        .cognito
        .refresh(&tokens.refresh_token)
        .await
        .unwrap();
    let cognito = &fixture.cognito;
    let claims = cognito
        .verify_access_token(fresh.access_token.expose())
        .await
        .unwrap();
    assert!(!claims.sub.is_empty());
    // The previous refresh token is kept if Cognito sends no new one.
    assert_eq!(fresh.refresh_token.expose(), tokens.refresh_token.expose());
}

pub async fn a_made_up_refresh_token_is_refused(fixture: Fixture) {
    let made_up = fixture.cognito.refresh("aaaa.bbbb.cccc.dddd.eeee").await;
    assert_eq!(refused(made_up), ErrorKind::RefreshInvalid);
}

pub async fn sign_out_everywhere_kills_refresh_token_and_access_token(fixture: Fixture) {
    let tokens = fixture.signed_in().await;
    let account = fixture.cognito.account(&tokens.access_token);
    assert!(account.sign_out_everywhere().await.unwrap().success);
    // The JWT still has a valid signature. Our revocation list rejects it.
    let here = fixture
        .cognito
        .verify_access_token(tokens.access_token.expose())
        .await;
    assert_eq!(refused(here), ErrorKind::TokenRevoked);
    let refreshed = fixture.cognito.refresh(&tokens.refresh_token).await;
    assert!(matches!(
        refused(refreshed),
        ErrorKind::RefreshRevoked | ErrorKind::RefreshInvalid
    ));
}

pub async fn a_revoked_refresh_token_is_dead(fixture: Fixture) {
    let tokens = fixture.signed_in().await;
    let cognito = &fixture.cognito;
    cognito
        .revoke(&tokens.refresh_token)
        .access_token(&tokens.access_token)
        .await
        .unwrap();
    let refreshed = cognito.refresh(&tokens.refresh_token).await;
    assert!(matches!(
        refused(refreshed),
        ErrorKind::RefreshRevoked | ErrorKind::RefreshInvalid
    ));
    let here = cognito
        .verify_access_token(tokens.access_token.expose())
        .await;
    assert_eq!(refused(here), ErrorKind::TokenRevoked);
}
