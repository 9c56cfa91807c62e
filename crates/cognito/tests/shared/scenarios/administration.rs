//! The operator's operations.

use std::collections::BTreeSet;

use cognito::ErrorKind;
use cognito::account::{FactorChange, MfaPreference};
use cognito::administration::{Filter, UserStatus};

use crate::fixture::{EMAIL, Fixture, OTHER_PASSWORD, PASSWORD, complete, refused};
use crate::scenarios::mfa::with_totp;

pub async fn a_user_can_be_created_and_looked_up(fixture: Fixture) {
    let admin = fixture.cognito.admin();
    admin
        .create_user(EMAIL)
        .temporary_password(PASSWORD)
        .attribute("name", "Admin User")
        .contact_verified()
        .without_invitation()
        .await
        .unwrap();
    let user = admin.user(EMAIL).details().await.unwrap();
    assert_eq!(user.status, UserStatus::ForceChangePassword);
    assert!(user.enabled);
    assert!(user.created.is_some());
    assert_eq!(user.attributes.value("name"), Some("Admin User"));
    assert_eq!(user.attributes.value("email_verified"), Some("true"));
    assert_eq!(
        refused(admin.create_user(EMAIL).await),
        ErrorKind::UserExists
    );
}

pub async fn an_unknown_user_is_not_found(fixture: Fixture) {
    let user = fixture.cognito.admin().user("nobody@example.com");
    assert_eq!(refused(user.details().await), ErrorKind::UserNotFound);
    assert_eq!(refused(user.enable().await), ErrorKind::UserNotFound);
    assert_eq!(refused(user.disable().await), ErrorKind::UserNotFound);
    assert_eq!(refused(user.delete().await), ErrorKind::UserNotFound);
    let password = user.set_permanent_password(PASSWORD).await;
    assert_eq!(refused(password), ErrorKind::UserNotFound);
}

pub async fn a_user_can_be_confirmed_without_a_code(fixture: Fixture) {
    fixture.cognito.sign_up(EMAIL, PASSWORD).await.unwrap();
    fixture
        .cognito
        .admin()
        .user(EMAIL)
        .confirm_sign_up()
        .await
        .unwrap();
    drop(fixture.login().await);
}

pub async fn a_password_can_be_set_for_good(fixture: Fixture) {
    fixture.confirmed_user(EMAIL).await;
    let user = fixture.cognito.admin().user(EMAIL);
    user.set_permanent_password(OTHER_PASSWORD).await.unwrap();
    drop(complete(
        fixture.cognito.login(EMAIL, OTHER_PASSWORD).await.unwrap(),
    ));
}

pub async fn a_temporary_password_must_be_replaced(fixture: Fixture) {
    fixture.confirmed_user(EMAIL).await;
    let user = fixture.cognito.admin().user(EMAIL);
    user.set_temporary_password(OTHER_PASSWORD).await.unwrap();
    let signed_in = fixture.cognito.login(EMAIL, OTHER_PASSWORD).await.unwrap();
    assert!(crate::fixture::challenge(signed_in).requires_new_password());
}

pub async fn a_disabled_user_is_kept_out_until_enabled(fixture: Fixture) {
    fixture.confirmed_user(EMAIL).await;
    let user = fixture.cognito.admin().user(EMAIL);
    user.disable().await.unwrap();
    assert!(!user.details().await.unwrap().enabled);
    let login = fixture.cognito.login(EMAIL, PASSWORD).await;
    assert_eq!(refused(login), ErrorKind::UserDisabled);
    user.enable().await.unwrap();
    drop(fixture.login().await);
}

pub async fn attributes_of_a_user_can_be_set(fixture: Fixture) {
    fixture.confirmed_user(EMAIL).await;
    let user = fixture.cognito.admin().user(EMAIL);
    user.update_attributes()
        .attribute("name", "Jane Doe")
        .attribute("phone_number", "+1234567890")
        .attribute("custom:department", "Sales")
        .await
        .unwrap();
    let details = user.details().await.unwrap();
    assert_eq!(details.attributes.value("name"), Some("Jane Doe"));
    assert_eq!(
        details.attributes.value("phone_number"),
        Some("+1234567890")
    );
    assert_eq!(details.attributes.value("custom:department"), Some("Sales"));
}

pub async fn a_deleted_user_is_gone(fixture: Fixture) {
    let tokens = fixture.signed_in().await;
    let user = fixture.cognito.admin().user(EMAIL);
    user.delete().await.unwrap();
    assert_eq!(refused(user.details().await), ErrorKind::UserNotFound);
    let left_over = fixture
        .cognito
        .verify_access_token(tokens.access_token.expose())
        .await;
    assert_eq!(refused(left_over), ErrorKind::TokenRevoked);
}

pub async fn users_are_listed_page_by_page_and_as_a_stream(fixture: Fixture) {
    let admin = fixture.cognito.admin();
    let mut expected = BTreeSet::new();
    for number in 0..7 {
        let email = format!("listed{number}@example.com");
        admin
            .create_user(&email)
            .temporary_password(PASSWORD)
            .without_invitation()
            .await
            .unwrap();
        expected.insert(email);
    }
    let first = admin.users().limit(3).await.unwrap();
    assert_eq!(first.users.len(), 3);
    let token = first.next_token.expect("there are more pages");
    let second = admin
        .users()
        .limit(3)
        .page_token(token.as_str())
        .await
        .unwrap();
    assert_eq!(second.users.len(), 3);

    let mut seen = BTreeSet::new();
    let mut everyone = admin.users().limit(2).stream();
    while let Some(user) = everyone.next().await {
        let user = user.unwrap();
        seen.insert(user.attributes.value("email").unwrap().to_owned());
    }
    assert_eq!(seen, expected);
}

pub async fn a_filter_finds_whom_it_should(fixture: Fixture) {
    let admin = fixture.cognito.admin();
    for email in [
        "admin1@example.com",
        "admin2@example.com",
        "ann@example.com",
    ] {
        admin
            .create_user(email)
            .temporary_password(PASSWORD)
            .without_invitation()
            .await
            .unwrap();
    }
    let prefix = admin.users().filter(Filter::email().starts_with("admin"));
    assert_eq!(prefix.await.unwrap().users.len(), 2);
    let exact = admin
        .users()
        .filter(Filter::email().equals("ann@example.com"));
    assert_eq!(exact.await.unwrap().users.len(), 1);
    let nobody = admin
        .users()
        .filter(Filter::email().equals("nobody@example.com"));
    assert!(nobody.await.unwrap().users.is_empty());
}

pub async fn a_reset_password_must_be_chosen_anew(fixture: Fixture) {
    fixture.confirmed_user(EMAIL).await;
    let cognito = &fixture.cognito;
    let user = cognito.admin().user(EMAIL);
    assert!(user.reset_password().await.unwrap().success);
    let details = user.details().await.unwrap();
    assert_eq!(details.status, UserStatus::ResetRequired);
    let login = cognito.login(EMAIL, PASSWORD).await;
    assert_eq!(refused(login), ErrorKind::PasswordResetRequired);
    let code = fixture.reset_code(EMAIL);
    cognito
        .confirm_forgot_password(EMAIL, code, OTHER_PASSWORD)
        .await
        .unwrap();
    drop(complete(
        cognito.login(EMAIL, OTHER_PASSWORD).await.unwrap(),
    ));
}

#[allow(dead_code, reason = "neither of the foreign emulators can do it")]
pub async fn an_invitation_can_be_sent_again(fixture: Fixture) {
    let admin = fixture.cognito.admin();
    let invited = admin.create_user(EMAIL).temporary_password(PASSWORD);
    invited.await.unwrap();
    let again = admin
        .user(EMAIL)
        .resend_invitation()
        .temporary_password(OTHER_PASSWORD);
    assert_eq!(again.await.unwrap().status, UserStatus::ForceChangePassword);
    let login = fixture.cognito.login(EMAIL, PASSWORD).await;
    assert_eq!(refused(login), ErrorKind::InvalidCredentials);
    let signed_in = fixture.cognito.login(EMAIL, OTHER_PASSWORD).await.unwrap();
    assert!(crate::fixture::challenge(signed_in).requires_new_password());
    let nobody = admin.user("nobody@example.com").resend_invitation().await;
    assert_eq!(refused(nobody), ErrorKind::UserNotFound);
}

pub async fn attributes_of_a_user_can_be_deleted(fixture: Fixture) {
    fixture.confirmed_user(EMAIL).await;
    let user = fixture.cognito.admin().user(EMAIL);
    user.update_attributes()
        .attribute("name", "Jane Doe")
        .attribute("nickname", "Jane")
        .attribute("custom:department", "Sales")
        .await
        .unwrap();
    user.delete_attributes(["nickname", "custom:department"])
        .await
        .unwrap();
    let attributes = user.details().await.unwrap().attributes;
    assert_eq!(attributes.value("name"), Some("Jane Doe"));
    assert_eq!(attributes.value("nickname"), None);
    assert_eq!(attributes.value("custom:department"), None);
}

pub async fn an_operator_turns_a_second_factor_off(fixture: Fixture) {
    with_totp(&fixture).await;
    drop(crate::fixture::challenge(
        fixture.cognito.login(EMAIL, PASSWORD).await.unwrap(),
    ));
    let user = fixture.cognito.admin().user(EMAIL);
    let off = MfaPreference::new().totp(FactorChange::Off);
    user.set_mfa_preference(off).await.unwrap();
    drop(fixture.login().await);
}

pub async fn an_operator_signs_a_user_out_everywhere(fixture: Fixture) {
    let tokens = fixture.signed_in().await;
    let cognito = &fixture.cognito;
    let user = cognito.admin().user(EMAIL);
    assert!(user.sign_out_everywhere().await.unwrap().success);
    // The JWT still has a valid signature. Our revocation list rejects it.
    let here = cognito
        .verify_access_token(tokens.access_token.expose())
        .await;
    assert_eq!(refused(here), ErrorKind::TokenRevoked);
    let there = cognito.account(&tokens.access_token).details().await;
    assert_eq!(refused(there), ErrorKind::AccessRevoked);
    let refreshed = cognito.refresh(&tokens.refresh_token).await;
    assert!(matches!(
        refused(refreshed),
        ErrorKind::RefreshRevoked | ErrorKind::RefreshInvalid
    ));
    assert!(user.details().await.unwrap().enabled);
}

pub async fn an_account_at_a_provider_is_linked_and_unlinked(fixture: Fixture) {
    fixture.confirmed_user(EMAIL).await;
    let (admin, subject) = (fixture.cognito.admin(), "110169484474386276334");
    let user = admin.user(EMAIL);
    let linked = async || {
        let details = user.details().await.unwrap();
        let identities = details.attributes.value("identities").unwrap_or_default();
        identities.contains("Google") && identities.contains(subject)
    };
    assert!(!linked().await);
    user.link_provider("Google", subject).await.unwrap();
    assert!(linked().await);
    admin.unlink_provider("Google", subject).await.unwrap();
    assert!(!linked().await);
}
