//! Accounts that an operator has linked to a user.

use serde_json::{Value, json};

use super::{Federated, ann, federated, federated_with};
use crate::support::{EMAIL, PASSWORD, attribute};
use cognito_emulator::Usernames;

async fn link(
    it: &Federated,
    username: &str,
    attribute: &str,
    value: &str,
) -> crate::support::Reply {
    let fields = json!({
        "DestinationUser": { "ProviderName": "Cognito", "ProviderAttributeValue": username },
        "SourceUser": {
            "ProviderName": "Example",
            "ProviderAttributeName": attribute,
            "ProviderAttributeValue": value,
        },
    });
    it.pool.admin("AdminLinkProviderForUser", fields).await
}

#[tokio::test]
async fn linked_account_signs_in_as_destination() {
    let it = federated().await;
    let sub = it.pool.person();
    link(&it, &sub, "Cognito_Subject", "ann-1").await.ok();
    let claims = it.id_token(json!({ "sub": "ann-1", "name": "Ann" })).await;
    assert_eq!(claims["sub"], sub);
    assert_eq!(claims["identities"][0]["primary"], "false");
    assert_eq!(claims.get("cognito:groups"), None);
    // The mapped attributes are written, and the password still works.
    let user = it.user(EMAIL).await;
    assert_eq!(attribute(&user["UserAttributes"], "name"), Some("Ann"));
    assert_eq!(user["UserStatus"], "CONFIRMED");
    it.pool.sign_in(EMAIL, PASSWORD).await.ok();
}

#[tokio::test]
async fn link_by_attribute_becomes_link_by_subject() {
    let it = federated().await;
    let sub = it.pool.person();
    link(&it, &sub, "email", "ann@example.com").await.ok();
    assert_eq!(it.id_token(ann()).await["sub"], sub);
    let user = it.user(&sub).await;
    let identities = attribute(&user["UserAttributes"], "identities").expect("a link");
    let identities: Value = serde_json::from_str(identities).expect("JSON");
    assert_eq!(identities[0]["userId"], "ann-1");
    // Another account with the address is another user.
    let other = json!({ "sub": "evil-1", "email": "ann@example.com" });
    assert_ne!(it.id_token(other).await["sub"], sub);
    let moved = json!({ "sub": "ann-1", "email": "ann@example.org" });
    assert_eq!(it.id_token(moved).await["sub"], sub);
}

#[tokio::test]
async fn linked_user_cannot_take_address_of_another() {
    let it = federated().await;
    let sub = it.pool.person();
    let created = it
        .pool
        .emulator
        .create_user("bob@example.com", PASSWORD, &[]);
    created.expect("a user");
    link(&it, &sub, "Cognito_Subject", "ann-1").await.ok();
    let claims = json!({ "sub": "ann-1", "email": "bob@example.com" });
    assert_eq!(
        it.error(claims).await,
        "An account with the given email already exists."
    );
    let user = it.user(&sub).await;
    assert_eq!(attribute(&user["UserAttributes"], "email"), Some(EMAIL));
}

#[tokio::test]
async fn linked_user_cannot_take_preferred_username() {
    let it = federated_with(|c| c, |builder| builder.usernames(Usernames::Plain)).await;
    it.map(json!({ "preferred_username": "preferred_username" }))
        .await;
    for (name, alias) in [("someone", "boss"), ("evil", "clerk")] {
        let alias = [("preferred_username", alias)];
        let created = it.pool.emulator.create_user(name, PASSWORD, &alias);
        created.expect("a user");
    }
    link(&it, "evil", "Cognito_Subject", "evil-1").await.ok();
    let claims = json!({ "sub": "evil-1", "preferred_username": "Boss" });
    assert_eq!(
        it.error(claims).await,
        "An account with the preferred_username already exists."
    );
    assert_eq!(it.user("boss").await["Username"], "someone");
    assert_eq!(it.user("clerk").await["Username"], "evil");
    let claims = json!({ "sub": "evil-1", "preferred_username": "free" });
    it.id_token(claims).await;
    assert_eq!(it.user("free").await["Username"], "evil");
}

#[tokio::test]
async fn existing_federated_user_cannot_be_linked() {
    let it = federated().await;
    let sub = it.pool.person();
    it.id_token(ann()).await;
    link(&it, &sub, "Cognito_Subject", "ann-1")
        .await
        .invalid_parameter(
            "Merging is not currently supported, provide a SourceUser that has not been signed up \
             in order to link",
        );
    // A link by another attribute does not change who an existing user is.
    link(&it, &sub, "email", "ann@example.com").await.ok();
    assert_ne!(it.id_token(ann()).await["sub"], sub);
}

#[tokio::test]
async fn disabled_destination_cannot_sign_in() {
    let it = federated().await;
    let sub = it.pool.person();
    link(&it, &sub, "Cognito_Subject", "ann-1").await.ok();
    let fields = json!({ "Username": sub });
    it.pool.admin("AdminDisableUser", fields).await.ok();
    assert_eq!(it.error(ann()).await, "User is disabled.");
}
