//! The changes that triggers can and cannot make to users and tokens.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use cognito_emulator::{Client, EmulatorBuilder, OAuthFlow, Trigger, TriggerError, Usernames};
use parking_lot::Mutex;
use serde_json::{Value, json};

use crate::browser::{Browser, claims, hosted_pool, hosted_with, parameters, request_with, says};
use crate::devices::{asks_for_the_device, standing};
use crate::support::{
    CLIENT, EMAIL, PASSWORD, Pool, START, Tokens, attribute, new_person, pool_with, sign_in_fields,
};

/// The URL of the emulator. A trigger function needs it to call the emulator.
#[derive(Clone, Default)]
struct Address(Arc<Mutex<String>>);

impl Address {
    fn set(&self, pool: &Pool) {
        let endpoint = pool.emulator.endpoint();
        endpoint
            .trim_start_matches("http://")
            .clone_into(&mut self.0.lock());
    }

    /// Calls a signed operation of the emulator from within a trigger.
    fn call(&self, operation: &str, fields: &Value) -> Result<(), TriggerError> {
        let failed = |error: std::io::Error| TriggerError::Failed(error.to_string());
        let body = fields.to_string();
        let request = format!(
            "POST / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: {}\r\n\
             authorization: AWS4-HMAC-SHA256 Credential=test/20231114/us-east-1/x/aws4_request, \
             SignedHeaders=host, Signature=0\r\n\
             x-amz-target: AWSCognitoIdentityProviderService.{operation}\r\n\r\n{body}",
            body.len()
        );
        let mut stream = TcpStream::connect(self.0.lock().as_str()).map_err(failed)?;
        stream.write_all(request.as_bytes()).map_err(failed)?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).map_err(failed)?;
        if answer.starts_with("HTTP/1.1 200") {
            Ok(())
        } else {
            Err(TriggerError::Failed(answer))
        }
    }
}

fn sign_up_fields(username: &str) -> Value {
    json!({
        "ClientId": CLIENT,
        "Username": username,
        "Password": PASSWORD,
        "UserAttributes": [{ "Name": "email", "Value": EMAIL }],
    })
}

#[tokio::test]
async fn trigger_response_must_be_an_event() {
    for answer in [
        json!([]),
        json!("ok"),
        json!(true),
        json!(7),
        Value::Null,
        json!({}),
        json!({ "response": [] }),
    ] {
        let said = answer.clone();
        let pool =
            pool_with(|builder| builder.trigger(Trigger::PreSignUp, move |_| Ok(said.clone())))
                .await;
        pool.call("SignUp", sign_up_fields(EMAIL)).await.fails(
            "InvalidLambdaResponseException",
            "Unrecognizable lambda output",
        );
    }
}

/// Adds a trigger that writes its `triggerSource` into the claim `source` of tokens.
fn with_sources(builder: EmulatorBuilder) -> EmulatorBuilder {
    builder.trigger(Trigger::PreTokenGenerationV2, |mut event| {
        let source = event["triggerSource"].take();
        event["response"]["claimsAndScopeOverrideDetails"] = json!({
            "accessTokenGeneration": { "claimsToAddOrOverride": { "source": source } },
        });
        Ok(event)
    })
}

#[tokio::test]
async fn implicit_tokens_belong_to_a_sign_in() {
    let implicit = |client: Client| client.oauth_flow(OAuthFlow::Implicit);
    let pool = hosted_with(implicit, with_sources).await;
    let request = request_with(&[("response_type", "token")]);
    let back = Browser::default().signed_in(&pool, &request).await;
    let access = claims(&json!(parameters(&back)["access_token"]));
    assert_eq!(access["source"], "TokenGeneration_HostedAuth");
}

// The name in the form becomes an alias of another user before the sign-in ends.
#[tokio::test]
async fn deleted_user_signs_in_nobody_else() {
    let address = Address::default();
    let known = address.clone();
    let pool = hosted_pool(Client::into, |builder| {
        builder
            .usernames(Usernames::Plain)
            .trigger(Trigger::PostAuthentication, move |event| {
                let pool = &event["userPoolId"];
                let deleted = json!({ "UserPoolId": pool, "Username": "attacker" });
                known.call("AdminDeleteUser", &deleted)?;
                let renamed = json!({
                    "UserPoolId": pool,
                    "Username": "victim",
                    "UserAttributes": [{ "Name": "preferred_username", "Value": "attacker" }],
                });
                known.call("AdminUpdateUserAttributes", &renamed)?;
                Ok(event)
            })
    })
    .await;
    address.set(&pool);
    for name in ["attacker", "victim"] {
        let created = pool.emulator.create_user(name, PASSWORD, &[]);
        created.expect("a user");
    }
    let mut browser = Browser::default();
    let page = browser.sign_in_page(&pool, &request_with(&[])).await;
    let filled = [("username", "attacker"), ("password", PASSWORD)];
    let reply = browser.submit(&pool, &page, &filled).await;
    says(&reply, "User does not exist.");
    assert!(!browser.cookies.contains_key("cognito"));
    let user = json!({ "Username": "attacker" });
    let user = pool.admin("AdminGetUser", user).await.ok();
    assert_eq!(user["Username"], "victim");
}

#[tokio::test]
async fn migration_keeps_user_created_meanwhile() {
    let address = Address::default();
    let known = address.clone();
    let pool = pool_with(|builder| {
        builder
            .usernames(Usernames::Plain)
            .trigger(Trigger::UserMigration, move |mut event| {
                known.call("SignUp", &sign_up_fields("ann"))?;
                event["response"] = json!({
                    "userAttributes": { "name": "Ann" },
                    "finalUserStatus": "CONFIRMED",
                });
                Ok(event)
            })
    })
    .await;
    address.set(&pool);
    pool.sign_in("ann", PASSWORD)
        .await
        .fails("UserNotConfirmedException", "User is not confirmed.");
}

#[tokio::test]
async fn recovery_stops_migration_at_sign_in_page() {
    let address = Address::default();
    let known = address.clone();
    let migration = move |mut event: Value| {
        // The recovery begins while the trigger runs.
        let point = json!({
            "UserPoolId": event["userPoolId"],
            "RestoreTimestamp": START + 3600,
        });
        known.call("InitiatePointInTimeRecovery", &point)?;
        event["response"] = json!({
            "userAttributes": { "email": EMAIL, "email_verified": "true" },
            "finalUserStatus": "CONFIRMED",
        });
        Ok(event)
    };
    let trigger = |builder: EmulatorBuilder| builder.trigger(Trigger::UserMigration, migration);
    let pool = hosted_pool(|client| client, trigger).await;
    address.set(&pool);
    pool.advance(Duration::from_secs(2 * 3600));
    let mut browser = Browser::default();
    let page = browser.sign_in_page(&pool, &request_with(&[])).await;
    let filled = [("username", EMAIL), ("password", PASSWORD)];
    let reply = browser.submit(&pool, &page, &filled).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    let users = pool.admin("ListUsers", json!({})).await.ok();
    assert_eq!(users["Users"], json!([]));
}

/// Returns the name of the user who has the address as an alias, and whether the address is still
/// verified for the user `first`.
async fn owner_and_former(pool: &Pool) -> (Value, Option<String>) {
    let [owner, first] = [EMAIL, "first"].map(|name| json!({ "Username": name }));
    let owner = pool.admin("AdminGetUser", owner).await.ok();
    let first = pool.admin("AdminGetUser", first).await.ok();
    let verified = attribute(&first["UserAttributes"], "email_verified");
    (owner["Username"].clone(), verified.map(ToOwned::to_owned))
}

#[tokio::test]
async fn trigger_verified_alias_moves_to_new_user() {
    let pool = pool_with(|builder| {
        builder
            .usernames(Usernames::Plain)
            .trigger(Trigger::PreSignUp, |mut event| {
                event["response"]["autoConfirmUser"] = json!(true);
                event["response"]["autoVerifyEmail"] = json!(true);
                Ok(event)
            })
    })
    .await;
    for name in ["first", "second"] {
        pool.call("SignUp", sign_up_fields(name)).await.ok();
    }
    let expected = (json!("second"), Some("false".to_owned()));
    assert_eq!(owner_and_former(&pool).await, expected);
}

#[tokio::test]
async fn a_migration_takes_an_alias_only_by_force() {
    let pool = pool_with(|builder| {
        builder
            .usernames(Usernames::Plain)
            .trigger(Trigger::UserMigration, |mut event| {
                event["response"] = json!({
                    "userAttributes": { "email": EMAIL, "email_verified": "true" },
                    "finalUserStatus": "CONFIRMED",
                    "forceAliasCreation": event["userName"] == "third",
                });
                Ok(event)
            })
    })
    .await;
    pool.sign_in("first", PASSWORD).await.ok();
    pool.sign_in("second", PASSWORD).await.fails(
        "AliasExistsException",
        "An account with the email already exists.",
    );
    let expected = (json!("first"), Some("true".to_owned()));
    assert_eq!(owner_and_former(&pool).await, expected);
    pool.sign_in("third", PASSWORD).await.ok();
    let expected = (json!("third"), Some("false".to_owned()));
    assert_eq!(owner_and_former(&pool).await, expected);
}

#[tokio::test]
async fn user_blocked_during_trigger_gets_no_tokens() {
    for (operation, code) in [
        ("AdminDisableUser", "NotAuthorizedException"),
        ("AdminResetUserPassword", "PasswordResetRequiredException"),
        ("AdminDeleteUser", "UserNotFoundException"),
    ] {
        let address = Address::default();
        let known = address.clone();
        let pool = pool_with(|builder| {
            builder.trigger(Trigger::DefineAuthChallenge, move |mut event| {
                let person =
                    json!({ "UserPoolId": event["userPoolId"], "Username": event["userName"] });
                known.call(operation, &person)?;
                event["response"] = json!({ "issueTokens": true });
                Ok(event)
            })
        })
        .await;
        address.set(&pool);
        pool.person();
        let mut fields = sign_in_fields(EMAIL, PASSWORD);
        fields["AuthFlow"] = json!("CUSTOM_AUTH");
        let refused = pool.call("InitiateAuth", fields).await;
        assert_eq!(refused.body["__type"], code, "{operation}");
    }
}

#[tokio::test]
async fn recreated_user_gets_no_earlier_tokens() {
    let address = Address::default();
    let known = address.clone();
    let pool = pool_with(|builder| {
        builder.usernames(Usernames::Plain).trigger(
            Trigger::DefineAuthChallenge,
            move |mut event| {
                let person = json!({ "UserPoolId": event["userPoolId"], "Username": "ann" });
                known.call("AdminDeleteUser", &person)?;
                known.call("AdminCreateUser", &person)?;
                event["response"] = json!({ "issueTokens": true });
                Ok(event)
            },
        )
    })
    .await;
    address.set(&pool);
    new_person(&pool, pool.emulator.user_pool_id(), "ann").await;
    let mut fields = sign_in_fields("ann", PASSWORD);
    fields["AuthFlow"] = json!("CUSTOM_AUTH");
    let refused = pool.call("InitiateAuth", fields).await;
    refused.not_authorized("Incorrect username or password.");
}

#[tokio::test]
async fn trigger_can_reject_sign_in_after_sign_up() {
    let pool = pool_with(|builder| {
        builder.trigger(Trigger::PreAuthentication, |_| {
            Err("the building is closed".into())
        })
    })
    .await;
    let signed_up = pool.call("SignUp", sign_up_fields(EMAIL)).await.ok();
    let fields = json!({
        "ClientId": CLIENT,
        "Username": EMAIL,
        "ConfirmationCode": pool.code(EMAIL),
        "Session": signed_up["Session"],
    });
    let confirmed = pool.call("ConfirmSignUp", fields).await.ok();
    let fields = json!({
        "AuthFlow": "USER_AUTH",
        "ClientId": CLIENT,
        "Session": confirmed["Session"],
        "AuthParameters": { "USERNAME": EMAIL },
    });
    pool.call("InitiateAuth", fields).await.fails(
        "UserLambdaValidationException",
        "PreAuthentication failed with error the building is closed.",
    );
}

#[tokio::test]
async fn triggers_hear_of_devices() {
    let events = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&events);
    let pool = pool_with(|builder| {
        with_sources(builder)
            .device_configuration(standing())
            .trigger(Trigger::PostAuthentication, move |event| {
                let is_new = event["request"]["newDeviceUsed"].clone();
                noted.lock().push(is_new);
                Ok(event)
            })
    })
    .await;
    pool.person();
    let device = pool.device().await;
    let source = |access: &str| claims(&json!(access))["source"].clone();
    assert_eq!(
        source(&device.tokens.access),
        "TokenGeneration_Authentication"
    );
    asks_for_the_device(pool.sign_in_on(Some(&device.key)).await);
    let answer = pool.proven(&device, &device.password).await.ok();
    assert_eq!(
        source(&Tokens::read(&answer).access),
        "TokenGeneration_AuthenticateDevice"
    );
    assert_eq!(*events.lock(), [true, false]);
}

#[tokio::test]
async fn trigger_overrides_roles_in_id_token() {
    let pool = pool_with(|builder| {
        builder.trigger(Trigger::PreTokenGenerationV2, |mut event| {
            event["response"]["claimsAndScopeOverrideDetails"] = json!({
                "groupOverrideDetails": {
                    "groupsToOverride": ["editors"],
                    "iamRolesToOverride": ["arn:aws:iam::123456789012:role/editor"],
                    "preferredRole": "arn:aws:iam::123456789012:role/editor",
                },
            });
            Ok(event)
        })
    })
    .await;
    pool.person();
    let tokens = pool.tokens().await;
    let id = claims(&json!(tokens.id));
    let role = "arn:aws:iam::123456789012:role/editor";
    assert_eq!(id["cognito:groups"], json!(["editors"]));
    assert_eq!(id["cognito:roles"], json!([role]));
    assert_eq!(id["cognito:preferred_role"], role);
    let access = claims(&json!(tokens.access));
    assert_eq!(access["cognito:groups"], json!(["editors"]));
    assert_eq!(access.get("cognito:roles"), None);
    assert_eq!(access.get("cognito:preferred_role"), None);
}
