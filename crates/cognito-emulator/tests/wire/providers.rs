//! Links to accounts at identity providers.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cognito_emulator::ProviderType;
use serde_json::{Value, json};

use crate::support::{EMAIL, PASSWORD, Pool, START, attribute, pool_with};

/// Returns a pool with two providers, and the user name of its user.
async fn pool() -> (Pool, String) {
    let pool = pool_with(|builder| {
        builder
            .identity_provider("Google", ProviderType::Google)
            .identity_provider("Company", ProviderType::Saml)
    })
    .await;
    let username = pool.person();
    (pool, username)
}

fn person(provider: &str, value: &str) -> Value {
    json!({
        "ProviderName": provider,
        "ProviderAttributeName": "Cognito_Subject",
        "ProviderAttributeValue": value,
    })
}

fn link(username: &str, source: &Value) -> Value {
    json!({
        "DestinationUser": { "ProviderName": "Cognito", "ProviderAttributeValue": username },
        "SourceUser": source,
    })
}

async fn identities(pool: &Pool) -> Option<Value> {
    let user = pool.admin("AdminGetUser", json!({ "Username": EMAIL }));
    let user = user.await.ok();
    let text = attribute(&user["UserAttributes"], "identities")?;
    Some(serde_json::from_str(text).expect("JSON"))
}

#[tokio::test]
async fn link_sets_attribute_and_claim_until_removed() {
    let (pool, ann) = pool().await;
    let google = person("Google", "1234567890");
    let answer = pool
        .admin("AdminLinkProviderForUser", link(&ann, &google))
        .await;
    assert_eq!(answer.ok(), json!({}));
    let expected = json!([{
        "userId": "1234567890",
        "providerName": "Google",
        "providerType": "Google",
        "issuer": null,
        "primary": false,
        "dateCreated": START * 1000,
    }]);
    assert_eq!(identities(&pool).await, Some(expected));
    let tokens = pool.tokens().await;
    let claims = tokens.id.split('.').nth(1).expect("a token");
    let claims = URL_SAFE_NO_PAD.decode(claims).expect("base64");
    let claims: Value = serde_json::from_slice(&claims).expect("JSON");
    assert_eq!(claims["identities"][0]["userId"], "1234567890");
    assert_eq!(claims["identities"][0]["primary"], "false");
    assert_eq!(
        claims["identities"][0]["dateCreated"],
        (START * 1000).to_string()
    );

    let fields = json!({ "User": google });
    pool.admin("AdminDisableProviderForUser", fields.clone())
        .await
        .ok();
    assert_eq!(identities(&pool).await, None);
    pool.admin("AdminDisableProviderForUser", fields)
        .await
        .fails("UserNotFoundException", "User does not exist.");
}

#[tokio::test]
async fn user_has_at_most_five_links() {
    let (pool, ann) = pool().await;
    for number in 0..5 {
        let source = person("Google", &number.to_string());
        pool.admin("AdminLinkProviderForUser", link(&ann, &source))
            .await
            .ok();
    }
    pool.admin(
        "AdminLinkProviderForUser",
        link(&ann, &person("Google", "5")),
    )
    .await
    .fails(
        "LimitExceededException",
        "The user is linked to too many identities.",
    );
    let bob = pool
        .emulator
        .create_user("other@example.com", PASSWORD, &[])
        .expect("a person");
    pool.admin(
        "AdminLinkProviderForUser",
        link(&bob, &person("Google", "0")),
    )
    .await
    .fails(
        "AliasExistsException",
        "SourceUser is already linked to another user.",
    );
}

#[tokio::test]
async fn account_is_linked_to_one_user() {
    let (pool, ann) = pool().await;
    let google = person("Google", "1234567890");
    let operation = "AdminLinkProviderForUser";
    pool.admin(operation, link(&ann, &google)).await.ok();
    pool.admin(operation, link(&ann, &google))
        .await
        .invalid_parameter("SourceUser is already linked to DestinationUser");
    let email = "other@example.com";
    let bob = pool.emulator.create_user(email, PASSWORD, &[]);
    let bob = bob.expect("a person");
    pool.admin(operation, link(&bob, &google)).await.fails(
        "AliasExistsException",
        "SourceUser is already linked to another user.",
    );
}

#[tokio::test]
async fn rejects_invalid_links() {
    let (pool, ann) = pool().await;
    pool.admin(
        "AdminLinkProviderForUser",
        link(&ann, &person("Cognito", EMAIL)),
    )
    .await
    .invalid_parameter(
        "Invalid SourceUser: Cognito users with a username/password may not be passed in as a \
             SourceUser, only as a DestinationUser",
    );
    pool.admin(
        "AdminLinkProviderForUser",
        link(&ann, &person("Nowhere", "1")),
    )
    .await
    .fails(
        "ResourceNotFoundException",
        "Identity provider Nowhere does not exist.",
    );
    let mut by_email = person("Google", EMAIL);
    by_email["ProviderAttributeName"] = json!("email");
    pool.admin("AdminLinkProviderForUser", link(&ann, &by_email))
        .await
        .invalid_parameter("ProviderAttributeName must be Cognito_Subject for this provider");
    by_email["ProviderName"] = json!("Company");
    pool.admin("AdminLinkProviderForUser", link(&ann, &by_email))
        .await
        .ok();
    // An alias is not accepted as a user name.
    pool.admin(
        "AdminLinkProviderForUser",
        link(EMAIL, &person("Google", "1")),
    )
    .await
    .fails("UserNotFoundException", "User does not exist.");
    let mut nobody = link(&ann, &person("Google", "1"));
    nobody["DestinationUser"]["ProviderAttributeValue"] = json!("nobody@example.com");
    pool.admin("AdminLinkProviderForUser", nobody)
        .await
        .fails("UserNotFoundException", "User does not exist.");
    pool.admin("AdminLinkProviderForUser", json!({}))
        .await
        .invalid_parameter(
            "2 validation errors detected: Value null at 'destinationUser' failed to satisfy \
             constraint: Member must not be null; Value null at 'sourceUser' failed to satisfy \
             constraint: Member must not be null",
        );
}

#[tokio::test]
async fn linked_user_cannot_use_password() {
    let (pool, ann) = pool().await;
    pool.tokens().await;
    let fields = json!({ "User": person("Cognito", &ann) });
    pool.admin("AdminDisableProviderForUser", fields).await.ok();
    pool.sign_in(EMAIL, PASSWORD)
        .await
        .not_authorized("Incorrect username or password.");
}
