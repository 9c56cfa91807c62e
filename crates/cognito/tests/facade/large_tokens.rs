//! Tokens of users in many groups.

use std::time::Duration;

use cognito::{AccessToken, Tokens};
use cognito_emulator::{AuthFlow, Client};

use crate::fixture::{EMAIL, Fixture};

/// Adds the maximum number of groups for a user, with names of the maximum length.
fn join_100_groups(fixture: &Fixture) {
    for number in 0..100 {
        let group = format!("{number:0>128}");
        fixture.emulator().create_group(&group);
        fixture.emulator().add_user_to_group(EMAIL, &group).unwrap();
    }
}

fn assert_large(tokens: &Tokens) {
    let length = tokens.access_token.expose().len();
    assert!((18_000..19_000).contains(&length), "{length}");
}

async fn verifies(fixture: &Fixture, token: &AccessToken) {
    let claims = fixture.cognito.verify_access_token(token.expose()).await;
    assert_eq!(claims.unwrap().groups.len(), 100);
}

#[tokio::test]
async fn user_in_100_long_groups_signs_in() {
    let fixture = Fixture::ours().await;
    fixture.confirmed_user(EMAIL).await;
    join_100_groups(&fixture);
    let tokens = fixture.login().await;
    assert_large(&tokens);
    verifies(&fixture, &tokens.access_token).await;
    let id = fixture
        .cognito
        .verify_id_token(tokens.id_token.expose())
        .await;
    assert_eq!(id.unwrap().groups.len(), 100);
    // Cognito accepts the token for the operations of the user.
    let account = fixture.cognito.account(tokens.access_token);
    account.details().await.unwrap();
}

#[tokio::test]
async fn refresh_survives_a_token_that_grew() {
    let client = Client::new("rotating")
        .flow(AuthFlow::UserSrp)
        .refresh_rotation(Duration::ZERO);
    let fixture = Fixture::ours_with(|emulator| emulator.client(client), |cognito| cognito).await;
    let tokens = fixture.signed_in().await;
    join_100_groups(&fixture);
    let grown = fixture
        .cognito
        .refresh(&tokens.refresh_token)
        .await
        .unwrap();
    assert_large(&grown);
    verifies(&fixture, &grown.access_token).await;
    assert_large(&fixture.cognito.refresh(&grown.refresh_token).await.unwrap());
}
