//! The AWS SDK configures an emulator over HTTP, like AWS, and a user signs in.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use aws_lc_rs::hmac;
use aws_sdk_cognitoidentityprovider::Client;
use aws_sdk_cognitoidentityprovider::config::{BehaviorVersion, Config, Credentials, Region};
use aws_sdk_cognitoidentityprovider::types::{
    AttributeDataType, AttributeType, AuthFlowType, AuthenticationResultType, ChallengeNameType,
    ExplicitAuthFlowsType, MessageActionType, PasswordPolicyType, SchemaAttributeType,
    SoftwareTokenMfaConfigType, TimeUnitsType, TokenValidityUnitsType, UserPoolClientType,
    UserPoolMfaType, UserPoolPolicyType, UsernameAttributeType, VerifiedAttributeType,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cognito_emulator::Emulator;
use cognito_srp6a::{Challenge, Exchange, Subject};
use cognito_testkit::FixedClock;

const EMAIL: &str = "ann@example.com";
const PASSWORD: &str = "SecurePass123!";

/// 2023-11-14T22:13:20Z
const NOW: u64 = 1_700_000_000;

async fn emulator() -> Emulator {
    let clock = Arc::new(FixedClock::at_unix(NOW));
    let builder = Emulator::builder().clock(clock);
    builder.start().await.expect("starts")
}

fn secret_hash(secret: &str, username: &str, client: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    STANDARD.encode(hmac::sign(&key, format!("{username}{client}").as_bytes()))
}

fn sdk(emulator: &Emulator) -> Client {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url(emulator.endpoint())
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .build();
    Client::from_conf(config)
}

async fn make_pool(sdk: &Client) -> String {
    let password = PasswordPolicyType::builder()
        .minimum_length(10)
        .require_numbers(true)
        .temporary_password_validity_days(1)
        .build();
    let department = SchemaAttributeType::builder()
        .name("department")
        .attribute_data_type(AttributeDataType::String)
        .mutable(true)
        .build();
    let made = sdk
        .create_user_pool()
        .pool_name("people")
        .username_attributes(UsernameAttributeType::Email)
        .auto_verified_attributes(VerifiedAttributeType::Email)
        .policies(
            UserPoolPolicyType::builder()
                .password_policy(password)
                .build(),
        )
        .schema(department)
        .user_pool_tags("stage", "test")
        .send()
        .await
        .expect("a pool");
    let id = made.user_pool.and_then(|pool| pool.id).expect("an id");
    let authenticator = SoftwareTokenMfaConfigType::builder().enabled(true).build();
    sdk.set_user_pool_mfa_config()
        .user_pool_id(&id)
        .mfa_configuration(UserPoolMfaType::Optional)
        .software_token_mfa_configuration(authenticator)
        .send()
        .await
        .expect("second factors");
    id
}

async fn make_client(sdk: &Client, pool_id: &str) -> UserPoolClientType {
    let units = TokenValidityUnitsType::builder()
        .access_token(TimeUnitsType::Minutes)
        .build();
    let made = sdk
        .create_user_pool_client()
        .user_pool_id(pool_id)
        .client_name("web")
        .generate_secret(true)
        .access_token_validity(15)
        .token_validity_units(units)
        .explicit_auth_flows(ExplicitAuthFlowsType::AllowUserSrpAuth)
        .explicit_auth_flows(ExplicitAuthFlowsType::AllowUserPasswordAuth)
        .explicit_auth_flows(ExplicitAuthFlowsType::AllowRefreshTokenAuth)
        .send()
        .await
        .expect("a client");
    made.user_pool_client.expect("a client")
}

async fn make_person(sdk: &Client, pool_id: &str) {
    let attribute = |name: &str, value: &str| {
        let builder = AttributeType::builder().name(name).value(value);
        builder.build().expect("an attribute")
    };
    sdk.admin_create_user()
        .user_pool_id(pool_id)
        .username(EMAIL)
        .user_attributes(attribute("email_verified", "true"))
        .user_attributes(attribute("custom:department", "engineering"))
        .message_action(MessageActionType::Suppress)
        .send()
        .await
        .expect("a person");
    sdk.admin_set_user_password()
        .user_pool_id(pool_id)
        .username(EMAIL)
        .password(PASSWORD)
        .permanent(true)
        .send()
        .await
        .expect("a password");
    sdk.create_group()
        .user_pool_id(pool_id)
        .group_name("staff")
        .send()
        .await
        .expect("a group");
    sdk.admin_add_user_to_group()
        .user_pool_id(pool_id)
        .username(EMAIL)
        .group_name("staff")
        .send()
        .await
        .expect("a member");
}

/// Checks that the tokens have the client's settings and belong to the user.
async fn check(sdk: &Client, tokens: Option<AuthenticationResultType>) {
    let tokens = tokens.expect("tokens");
    assert_eq!(tokens.expires_in, 900);
    let user = sdk
        .get_user()
        .access_token(tokens.access_token.expect("an access token"))
        .send()
        .await
        .expect("the person");
    let department = user
        .user_attributes
        .iter()
        .find(|attribute| attribute.name() == "custom:department");
    assert_eq!(
        department.and_then(AttributeType::value),
        Some("engineering")
    );
}

#[tokio::test]
async fn prepared_sdk_signs_in_with_password_and_srp() {
    let emulator = emulator().await;
    let sdk = sdk(&emulator);
    let pool_id = make_pool(&sdk).await;
    let client = make_client(&sdk, &pool_id).await;
    make_person(&sdk, &pool_id).await;
    let client_id = client.client_id.expect("an id");
    let secret = client.client_secret.expect("a secret");
    let hash = |username: &str| secret_hash(&secret, username, &client_id);

    let answer = sdk
        .initiate_auth()
        .client_id(&client_id)
        .auth_flow(AuthFlowType::UserPasswordAuth)
        .auth_parameters("USERNAME", EMAIL)
        .auth_parameters("PASSWORD", PASSWORD)
        .auth_parameters("SECRET_HASH", hash(EMAIL))
        .send()
        .await
        .expect("a sign-in");
    check(&sdk, answer.authentication_result).await;

    let exchange = Exchange::start().expect("randomness");
    let asked = sdk
        .initiate_auth()
        .client_id(&client_id)
        .auth_flow(AuthFlowType::UserSrpAuth)
        .auth_parameters("USERNAME", EMAIL)
        .auth_parameters("SRP_A", exchange.srp_a())
        .auth_parameters("SECRET_HASH", hash(EMAIL))
        .send()
        .await
        .expect("a challenge");
    assert_eq!(
        asked.challenge_name,
        Some(ChallengeNameType::PasswordVerifier)
    );
    let asked = asked.challenge_parameters.expect("parameters");
    let text = |name: &str| asked.get(name).map(String::as_str);
    let username = text("USER_ID_FOR_SRP").expect("a name").to_owned();
    let subject = Subject::user(&pool_id, username.as_str()).expect("a pool");
    let challenge = Challenge::from_parameters(text).expect("a challenge");
    let proof = exchange
        .prove(
            &subject,
            PASSWORD,
            &challenge,
            UNIX_EPOCH + Duration::from_secs(NOW),
        )
        .expect("a proof");
    let mut request = sdk
        .respond_to_auth_challenge()
        .client_id(&client_id)
        .challenge_name(ChallengeNameType::PasswordVerifier)
        .challenge_responses("SECRET_HASH", hash(&username))
        .challenge_responses("USERNAME", username);
    for (name, value) in proof.into_parameters() {
        request = request.challenge_responses(name, value);
    }
    let answer = request.send().await.expect("a sign-in");
    check(&sdk, answer.authentication_result).await;
}

#[tokio::test]
async fn the_sdk_pages_and_reads_errors() {
    let emulator = emulator().await;
    let sdk = sdk(&emulator);
    let pool_id = make_pool(&sdk).await;
    let pages = sdk.list_user_pools().max_results(1).into_paginator();
    let mut pages = pages.items().send();
    let mut count = 0;
    while let Some(found) = pages.next().await {
        assert!(found.expect("a page").id.is_some());
        count += 1;
    }
    assert_eq!(count, 2);
    sdk.delete_user_pool()
        .user_pool_id(&pool_id)
        .send()
        .await
        .expect("deleted");
    let error = sdk.describe_user_pool().user_pool_id(&pool_id).send().await;
    let error = error
        .expect_err("there is no pool any more")
        .into_service_error();
    assert!(error.is_resource_not_found_exception(), "{error}");
}
