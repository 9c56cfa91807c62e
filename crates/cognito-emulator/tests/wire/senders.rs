//! Custom senders.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cognito_emulator::{Medium, Trigger};
use http::StatusCode;
use serde_json::{Value, json};

use crate::sdk_message::SdkMessage;
use crate::support::{
    EMAIL, PASSWORD, PHONE, Pool, Reply, Tokens, new_client, new_pool, password_fields, pool,
    pool_with,
};
use crate::triggers::{Hook, Says};

pub(crate) const KEY: &str =
    "arn:aws:kms:us-east-1:123456789012:key/8a23102c-9b68-4fed-82ce-523c5363539e";

pub(crate) async fn kms(pool: &Pool, operation: &str, fields: Value) -> Reply {
    pool.signed(&format!("TrentService.{operation}"), fields)
        .await
}

pub(crate) fn config(url: &str, key: &str) -> Value {
    let sender = json!({ "LambdaVersion": "V1_0", "LambdaArn": url });
    json!({ "CustomEmailSender": sender, "CustomSMSSender": sender, "KMSKeyID": key })
}

/// A pool with custom senders, and their events.
pub(crate) struct Sending {
    pub(crate) pool: Pool,
    hook: Hook,
    id: String,
    client: Value,
}

impl Sending {
    pub(crate) async fn begin() -> Self {
        Self::with(Says::Status(StatusCode::OK, "null")).await
    }

    async fn with(says: Says) -> Self {
        let hook = Hook::listen(says).await;
        let pool = pool_with(|builder| builder.trigger_timeout(Duration::from_millis(200))).await;
        let fields = json!({
            "LambdaConfig": config(&hook.url, KEY),
            "AutoVerifiedAttributes": ["email"],
            "SmsConfiguration": { "SnsCallerArn": "arn:aws:iam::123456789012:role/sms" },
        });
        let id = new_pool(&pool, fields).await;
        let client = new_client(&pool, &id, json!({})).await["ClientId"].clone();
        Self {
            pool,
            hook,
            id,
            client,
        }
    }

    pub(crate) async fn sign_up(&self, metadata: Option<Value>) -> Reply {
        let mut fields = json!({
            "ClientId": self.client,
            "Username": "ann",
            "Password": PASSWORD,
            "UserAttributes": [{ "Name": "email", "Value": EMAIL }],
        });
        if let Some(metadata) = metadata {
            fields["ClientMetadata"] = metadata;
        }
        self.pool.call("SignUp", fields).await
    }

    /// Returns and removes the only event.
    pub(crate) fn event(&self) -> Value {
        let mut events = self.hook.events.lock();
        assert_eq!(events.len(), 1, "{events:?}");
        events.remove(0)
    }

    /// Decrypts the code in an event.
    async fn code(&self, event: &Value) -> String {
        let message = SdkMessage::parse(&event["request"]["code"]);
        let fields = json!({
            "CiphertextBlob": STANDARD.encode(&message.data_key),
            "EncryptionContext": message.context,
            "KeyId": message.key_arn,
        });
        let answer = kms(&self.pool, "Decrypt", fields).await.ok();
        let key = STANDARD.decode(answer["Plaintext"].as_str().expect("a key"));
        message.open(&key.expect("base64"))
    }
}

#[tokio::test]
async fn sender_gets_encrypted_code_that_confirms() {
    let sending = Sending::begin().await;
    sending.sign_up(None).await.ok();
    let event = sending.event();
    let mut expected = json!({
        "version": "1",
        "triggerSource": "CustomEmailSender_SignUp",
        "region": "us-east-1",
        "userPoolId": sending.id,
        "userName": "ann",
        "callerContext": {
            "awsSdkVersion": "aws-sdk-unknown-unknown",
            "clientId": sending.client,
        },
        "request": {
            "type": "customEmailSenderRequestV1",
            "clientMetadata": null,
            "userAttributes": {
                "email": EMAIL,
                "email_verified": "false",
                "cognito:user_status": "UNCONFIRMED",
            },
        },
    });
    expected["request"]["code"] = event["request"]["code"].clone();
    let sub = event["request"]["userAttributes"]["sub"].clone();
    expected["request"]["userAttributes"]["sub"] = sub;
    // As in an event of Cognito, there is no member `response`.
    assert_eq!(event, expected);
    let code = sending.code(&event).await;
    let fields = json!({ "ClientId": sending.client, "Username": "ann", "ConfirmationCode": code });
    sending.pool.call("ConfirmSignUp", fields).await.ok();
}

/// The expected values are those of a code that Cognito has sent.
#[tokio::test]
async fn format_of_the_code_is_that_of_cognito() {
    let sending = Sending::begin().await;
    sending.sign_up(None).await.ok();
    let message = SdkMessage::parse(&sending.event()["request"]["code"]);
    assert_eq!(message.start, [0x01, 0x80, 0x03, 0x78]);
    assert_eq!(message.frame_length, 4096);
    assert_eq!((&*message.provider, &*message.key_arn), ("aws-kms", KEY));
    let names: Vec<_> = message.context.keys().collect();
    assert_eq!(names, ["aws-crypto-public-key", "userpool-id"]);
    assert_eq!(message.context["userpool-id"], json!(sending.id));
}

#[tokio::test]
async fn inbox_has_no_code_of_a_sender() {
    let sending = Sending::begin().await;
    sending.sign_up(None).await.ok();
    let code = sending.code(&sending.event()).await;
    let inbox = sending.pool.emulator.inbox();
    let message = inbox.latest(EMAIL).expect("a message");
    assert_eq!(message.trigger, Some(Trigger::CustomEmailSender));
    assert_eq!((&*message.code, &*message.text), ("", ""));
    assert_eq!(inbox.latest_code(EMAIL), None);
    let page = sending.pool.get("/_emulator/inbox").await.body;
    assert_eq!(page[0]["trigger"], "CustomEmailSender");
    assert!(!page.to_string().contains(&code));
}

#[tokio::test]
async fn every_message_has_its_source() {
    let sending = Sending::begin().await;
    let (pool, client) = (&sending.pool, &sending.client);
    let metadata = json!({ "tenant": "blue" });
    sending.sign_up(Some(metadata.clone())).await.ok();
    let event = sending.event();
    assert_eq!(event["request"]["clientMetadata"], metadata);
    let named = json!({ "ClientId": client, "Username": "ann" });
    pool.call("ResendConfirmationCode", named.clone())
        .await
        .ok();
    let event = sending.event();
    assert_eq!(event["triggerSource"], "CustomEmailSender_ResendCode");
    let mut fields = named.clone();
    fields["ConfirmationCode"] = json!(sending.code(&event).await);
    pool.call("ConfirmSignUp", fields).await.ok();
    pool.call("ForgotPassword", named).await.ok();
    let source = sending.event()["triggerSource"].clone();
    assert_eq!(source, "CustomEmailSender_ForgotPassword");
    let fields = json!({
        "UserPoolId": sending.id,
        "Username": "bob",
        "TemporaryPassword": "Temporary123!",
        "DesiredDeliveryMediums": ["SMS"],
        "UserAttributes": [{ "Name": "phone_number", "Value": PHONE }],
    });
    pool.operator("AdminCreateUser", fields).await.ok();
    let event = sending.event();
    assert_eq!(event["triggerSource"], "CustomSMSSender_AdminCreateUser");
    assert_eq!(event["request"]["type"], "customSMSSenderRequestV1");
    assert_eq!(
        event["callerContext"]["clientId"],
        "CLIENT_ID_NOT_APPLICABLE"
    );
    assert_eq!(event["request"]["userAttributes"]["phone_number"], PHONE);
    assert_eq!(sending.code(&event).await, "Temporary123!");
    let message = pool.emulator.inbox().latest(PHONE).expect("a message");
    assert_eq!(message.medium, Medium::Sms);
    assert_eq!(message.trigger, Some(Trigger::CustomSmsSender));
}

/// The message is for a new address, which the user does not have yet.
#[tokio::test]
async fn sender_gets_the_address_of_the_message() {
    let sending = Sending::begin().await;
    let pool = &sending.pool;
    sending.sign_up(None).await.ok();
    let code = sending.code(&sending.event()).await;
    let mut fields = json!({ "ClientId": sending.client, "Username": "ann" });
    fields["ConfirmationCode"] = json!(code);
    pool.call("ConfirmSignUp", fields).await.ok();
    let first = ["email"];
    let fields = json!({
        "UserPoolId": sending.id,
        "AutoVerifiedAttributes": first,
        "LambdaConfig": config(&sending.hook.url, KEY),
        "UserAttributeUpdateSettings": { "AttributesRequireVerificationBeforeUpdate": first },
    });
    pool.operator("UpdateUserPool", fields).await.ok();
    let fields = password_fields(&sending.client, "ann");
    let tokens = Tokens::read(&pool.call("InitiateAuth", fields).await.ok());
    let email = json!({ "Name": "email", "Value": "new@example.com" });
    let fields = json!({ "AccessToken": tokens.access, "UserAttributes": [email] });
    pool.call("UpdateUserAttributes", fields).await.ok();
    let event = sending.event();
    assert_eq!(
        event["triggerSource"],
        "CustomEmailSender_UpdateUserAttribute"
    );
    let attributes = &event["request"]["userAttributes"];
    assert_eq!(attributes["email"], "new@example.com");
    assert_eq!(attributes["email_verified"], "false");
}

/// Cognito invokes custom senders asynchronously.
#[tokio::test]
async fn failing_sender_does_not_fail_the_operation() {
    for says in [
        Says::Status(StatusCode::INTERNAL_SERVER_ERROR, "{}"),
        Says::Nothing,
    ] {
        let sending = Sending::with(says).await;
        sending.sign_up(None).await.ok();
        // The call is not repeated.
        sending.event();
        let inbox = sending.pool.emulator.inbox();
        let message = inbox.latest(EMAIL).expect("a message");
        assert_eq!(message.trigger, Some(Trigger::CustomEmailSender));
        assert_eq!(message.code, "");
    }
}

#[tokio::test]
async fn function_of_this_process_is_a_sender() {
    let (sender, receiver) = std::sync::mpsc::channel();
    let pool = pool_with(|builder| {
        builder.trigger(Trigger::CustomEmailSender, move |event| {
            sender.send(event["request"]["code"].clone()).ok();
            Ok(Value::Null)
        })
    })
    .await;
    let fields = json!({
        "ClientId": pool.emulator.client_id(),
        "Username": EMAIL,
        "Password": PASSWORD,
    });
    pool.call("SignUp", fields).await.ok();
    let message = SdkMessage::parse(&receiver.recv().expect("a code"));
    let fields = json!({ "KeyId": message.key_arn });
    kms(&pool, "DescribeKey", fields).await.ok();
}

#[tokio::test]
async fn sender_without_key_is_rejected() {
    let pool = pool().await;
    let mut config = config("http://127.0.0.1:9/hook", KEY);
    config
        .as_object_mut()
        .expect("an object")
        .remove("KMSKeyID");
    let fields = json!({ "PoolName": "people", "LambdaConfig": config });
    pool.operator("CreateUserPool", fields).await.fails(
        "InvalidParameterException",
        "KMSKeyID is required for CustomEmailSender and CustomSMSSender.",
    );
}
