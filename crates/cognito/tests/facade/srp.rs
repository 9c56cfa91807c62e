//! The default sign-in: the password is proven and never sent.

use cognito::{ErrorKind, SignInFlow};
use cognito_emulator::{AuthFlow, Client};

use crate::fixture::{EMAIL, Fixture, OTHER_PASSWORD, PASSWORD, SECRET, complete, refused};

/// Creates a pool whose only client allows only SRP.
async fn only_srp(secret: Option<&str>) -> Fixture {
    let client = Client::new("srponly").flow(AuthFlow::UserSrp);
    let client = match secret {
        Some(secret) => client.secret(secret),
        None => client,
    };
    Fixture::ours_with(|emulator| emulator.client(client), |cognito| cognito).await
}

#[tokio::test]
async fn srp_login_proves_the_password() {
    // With and without a client secret.
    for secret in [None, Some(SECRET)] {
        let fixture = only_srp(secret).await;
        fixture.confirmed_user(EMAIL).await;
        // With the address that the user enters; the pool's name of the user is the `sub`.
        let signed_in = fixture.cognito.login(EMAIL, PASSWORD).await.unwrap();
        let tokens = complete(signed_in);
        let claims = fixture
            .cognito
            .verify_access_token(tokens.access_token.expose())
            .await
            .unwrap();
        assert_eq!(claims.client_id, "srponly");
        assert_eq!(fixture.emulator().calls("InitiateAuth"), 1);
        assert_eq!(fixture.emulator().calls("RespondToAuthChallenge"), 1);
        let wrong = fixture.cognito.login(EMAIL, OTHER_PASSWORD).await;
        assert_eq!(refused(wrong), ErrorKind::InvalidCredentials);
        let nobody = fixture.cognito.login("nobody@example.com", PASSWORD).await;
        assert_eq!(refused(nobody), ErrorKind::UserNotFound);
    }
}

#[tokio::test]
async fn a_password_of_any_script_can_be_proven() {
    let fixture = only_srp(None).await;
    for (number, password) in ["Pässwörd-1", "пароль-Aa1", "密码-Aa1-😀"]
        .iter()
        .enumerate()
    {
        let email = format!("user{number}@example.com");
        let attributes = [("email", email.as_str())];
        fixture
            .emulator()
            .create_user(&email, password, &attributes)
            .unwrap();
        drop(complete(
            fixture.cognito.login(&*email, *password).await.unwrap(),
        ));
    }
}

#[tokio::test]
async fn disabled_srp_names_missing_setting() {
    let client = Client::new("nosrp").flow(AuthFlow::UserPassword);
    let fixture = Fixture::ours_with(|emulator| emulator.client(client), |cognito| cognito).await;
    fixture.confirmed_user(EMAIL).await;
    let error = fixture.cognito.login(EMAIL, PASSWORD).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::FlowNotEnabled);
    assert!(error.to_string().contains("ALLOW_USER_SRP_AUTH"), "{error}");
    let by_choice = fixture.cognito.login(EMAIL, PASSWORD);
    let signed_in = by_choice.flow(SignInFlow::UserPassword).await.unwrap();
    drop(complete(signed_in));
}

#[tokio::test]
async fn hidden_pool_hides_account_existence() {
    let client = Client::new("hides").prevent_user_existence_errors(true);
    let fixture = Fixture::ours_with(|emulator| emulator.client(client), |cognito| cognito).await;
    fixture.confirmed_user(EMAIL).await;
    let wrong = fixture
        .cognito
        .login(EMAIL, OTHER_PASSWORD)
        .await
        .unwrap_err();
    let nobody = fixture.cognito.login("nobody@example.com", PASSWORD).await;
    let nobody = nobody.unwrap_err();
    assert_eq!(nobody.kind(), ErrorKind::InvalidCredentials);
    assert_eq!(nobody.to_string(), wrong.to_string());
    // The exchange has the same number of calls for both users.
    assert_eq!(fixture.emulator().calls("RespondToAuthChallenge"), 2);
}

#[tokio::test]
async fn sign_in_block_is_reported_after_proof() {
    let fixture = only_srp(None).await;
    fixture.confirmed_user(EMAIL).await;
    let admin = fixture.cognito.admin();
    admin.user(EMAIL).disable().await.unwrap();
    let disabled = fixture.cognito.login(EMAIL, PASSWORD).await;
    assert_eq!(refused(disabled), ErrorKind::UserDisabled);
    admin.user(EMAIL).enable().await.unwrap();

    let fresh = "fresh@example.com";
    fixture.cognito.sign_up(fresh, PASSWORD).await.unwrap();
    let guessed = fixture.cognito.login(fresh, PASSWORD).await;
    assert_eq!(refused(guessed), ErrorKind::UserNotConfirmed);

    admin
        .user(EMAIL)
        .set_temporary_password(OTHER_PASSWORD)
        .await
        .unwrap();
    let signed_in = fixture.cognito.login(EMAIL, OTHER_PASSWORD).await.unwrap();
    let challenge = signed_in.into_challenge().unwrap();
    assert!(challenge.requires_new_password());
}

#[tokio::test]
async fn a_changed_password_is_the_one_that_counts() {
    let fixture = only_srp(None).await;
    fixture.confirmed_user(EMAIL).await;
    let tokens = complete(fixture.cognito.login(EMAIL, PASSWORD).await.unwrap());
    let account = fixture.cognito.account(&tokens.access_token);
    account
        .change_password(PASSWORD, OTHER_PASSWORD)
        .await
        .unwrap();
    let old = fixture.cognito.login(EMAIL, PASSWORD).await;
    assert_eq!(refused(old), ErrorKind::InvalidCredentials);
    drop(complete(
        fixture.cognito.login(EMAIL, OTHER_PASSWORD).await.unwrap(),
    ));
}
