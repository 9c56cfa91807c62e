//! Devices: the key that a sign-in returns, and the operations with it.

use std::time::SystemTime;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cognito_core::Clock;
use cognito_emulator::DeviceConfiguration;
use cognito_srp6a::{Challenge, DeviceRegistration, Exchange, Subject};
use serde_json::{Value, json};

use crate::support::{CLIENT, EMAIL, PASSWORD, Pool, Reply, Tokens, pool, pool_with};

pub(crate) const NO_DEVICE: (&str, &str) = ("ResourceNotFoundException", "Device does not exist.");
pub(crate) const STRANGER: &str = "us-east-1_4d2ad41e-3ad1-4ad5-b0a1-8a5a1f2f7c11";

/// A confirmed device with its keys and password.
pub(crate) struct Device {
    pub(crate) key: String,
    pub(crate) group_key: String,
    pub(crate) password: String,
    /// The tokens of the sign-in that returned the device key.
    pub(crate) tokens: Tokens,
}

pub(crate) fn standing() -> DeviceConfiguration {
    DeviceConfiguration::new().challenge_required_on_new_device(true)
}

pub(crate) async fn pool_of_devices(configuration: DeviceConfiguration) -> Pool {
    let pool = pool_with(|builder| builder.device_configuration(configuration)).await;
    pool.person();
    pool
}

impl Pool {
    /// Signs in with the password. With `key`, the request contains this device key.
    pub(crate) async fn sign_in_on(&self, key: Option<&str>) -> Reply {
        let mut parameters = json!({ "USERNAME": EMAIL, "PASSWORD": PASSWORD });
        if let Some(key) = key {
            parameters["DEVICE_KEY"] = json!(key);
        }
        let fields = json!({
            "AuthFlow": "USER_PASSWORD_AUTH",
            "ClientId": CLIENT,
            "AuthParameters": parameters,
        });
        self.call("InitiateAuth", fields).await
    }

    pub(crate) async fn answer(
        &self,
        challenge: &str,
        session: Option<&Value>,
        responses: Value,
    ) -> Reply {
        let mut fields = json!({
            "ChallengeName": challenge,
            "ClientId": CLIENT,
            "ChallengeResponses": responses,
        });
        if let Some(session) = session {
            fields["Session"] = session.clone();
        }
        self.call("RespondToAuthChallenge", fields).await
    }

    pub(crate) async fn confirm(&self, answer: &Value) -> (Device, Value) {
        let tokens = Tokens::read(answer);
        let new = &answer["AuthenticationResult"]["NewDeviceMetadata"];
        let text = |name: &str| new[name].as_str().expect("a key").to_owned();
        let (key, group_key) = (text("DeviceKey"), text("DeviceGroupKey"));
        let made = DeviceRegistration::new(&group_key, &key).expect("randomness");
        let fields = json!({
            "AccessToken": tokens.access,
            "DeviceKey": key,
            "DeviceName": "My iPhone",
            "DeviceSecretVerifierConfig": {
                "Salt": made.salt,
                "PasswordVerifier": made.password_verifier,
            },
        });
        let confirmed = self.call("ConfirmDevice", fields).await.ok();
        let device = Device {
            key,
            group_key,
            password: made.password.expose().to_owned(),
            tokens,
        };
        (device, confirmed)
    }

    /// Returns a device that was confirmed after a sign-in without a second factor.
    pub(crate) async fn device(&self) -> Device {
        let answer = self.sign_in_on(None).await.ok();
        self.confirm(&answer).await.0
    }

    /// Starts the proof of a device. Returns the exchange and the challenge.
    pub(crate) async fn challenged(&self, device: &Device) -> (Exchange, Reply) {
        let exchange = Exchange::start().expect("randomness");
        let responses = json!({
            "USERNAME": EMAIL,
            "DEVICE_KEY": device.key,
            "SRP_A": exchange.srp_a(),
        });
        let reply = self.answer("DEVICE_SRP_AUTH", None, responses).await;
        (exchange, reply)
    }

    /// Sends the proof of a device with this password. Returns the response.
    pub(crate) async fn proven(&self, device: &Device, password: &str) -> Reply {
        let (exchange, asked) = self.challenged(device).await;
        let responses = self.proof(device, exchange, &asked.ok(), password);
        self.answer("DEVICE_PASSWORD_VERIFIER", None, responses)
            .await
    }

    pub(crate) fn proof(
        &self,
        device: &Device,
        exchange: Exchange,
        asked: &Value,
        password: &str,
    ) -> Value {
        proof_at(device, exchange, asked, password, self.clock.now())
    }

    pub(crate) async fn named(&self, operation: &str, device: &Device) -> Reply {
        let fields = json!({ "AccessToken": device.tokens.access, "DeviceKey": device.key });
        self.call(operation, fields).await
    }

    pub(crate) async fn refresh(&self, token: &str, key: Option<&str>) -> Reply {
        let mut fields = json!({ "ClientId": CLIENT, "RefreshToken": token });
        if let Some(key) = key {
            fields["DeviceKey"] = json!(key);
        }
        self.call("GetTokensFromRefreshToken", fields).await
    }
}

/// Returns the proof of a device, signed with this time.
pub(crate) fn proof_at(
    device: &Device,
    exchange: Exchange,
    asked: &Value,
    password: &str,
    now: SystemTime,
) -> Value {
    assert_eq!(asked["ChallengeName"], "DEVICE_PASSWORD_VERIFIER");
    let asked = &asked["ChallengeParameters"];
    let challenge = Challenge::from_parameters(|name| asked[name].as_str()).expect("a challenge");
    let subject = Subject::device(device.group_key.as_str(), device.key.as_str());
    let proof = exchange
        .prove(&subject, password, &challenge, now)
        .expect("a proof");
    let mut responses = json!({ "USERNAME": asked["USERNAME"], "DEVICE_KEY": device.key });
    for (name, value) in proof.into_parameters() {
        responses[name] = json!(value);
    }
    responses
}

pub(crate) fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).expect("a payload");
    let payload = URL_SAFE_NO_PAD.decode(payload).expect("base64url");
    serde_json::from_slice(&payload).expect("JSON")
}

pub(crate) fn asks_for_the_device(reply: Reply) {
    assert_eq!(reply.ok()["ChallengeName"], "DEVICE_SRP_AUTH");
}

#[tokio::test]
async fn pool_without_devices_returns_no_key() {
    let pool = pool().await;
    pool.person();
    let answer = pool.sign_in_on(Some(STRANGER)).await.ok();
    assert_eq!(
        answer["AuthenticationResult"].get("NewDeviceMetadata"),
        None
    );
    let tokens = Tokens::read(&answer);
    assert_eq!(claims(&tokens.access).get("device_key"), None);
    let fields = json!({
        "AccessToken": tokens.access,
        "DeviceKey": STRANGER,
        "DeviceSecretVerifierConfig": { "Salt": "AQ==", "PasswordVerifier": "AQ==" },
    });
    pool.call("ConfirmDevice", fields)
        .await
        .invalid_parameter("Device tracking is not enabled for the user pool.");
}

#[tokio::test]
async fn sign_in_without_device_returns_key_in_tokens() {
    let pool = pool_of_devices(standing()).await;
    let answer = pool.sign_in_on(None).await.ok();
    let (device, confirmed) = pool.confirm(&answer).await;
    assert_eq!(confirmed["UserConfirmationNecessary"], false);
    assert!(device.key.starts_with("us-east-1_"), "{}", device.key);
    assert_eq!(claims(&device.tokens.access)["device_key"], device.key);
    let other = pool.sign_in_on(None).await.ok();
    assert_ne!(
        other["AuthenticationResult"]["NewDeviceMetadata"]["DeviceKey"],
        device.key
    );
}

#[tokio::test]
async fn unconfirmed_device_skips_nothing() {
    let configuration = standing().device_only_remembered_on_user_prompt(true);
    let pool = pool_of_devices(configuration).await;
    let answer = pool.sign_in_on(None).await.ok();
    let (device, confirmed) = pool.confirm(&answer).await;
    assert_eq!(confirmed["UserConfirmationNecessary"], true);
    pool.with_software_token().await;
    let asked = |reply: Reply| reply.ok()["ChallengeName"].clone();
    let update = |status: &str| {
        json!({
            "AccessToken": device.tokens.access,
            "DeviceKey": device.key,
            "DeviceRememberedStatus": status,
        })
    };
    for (status, challenge) in [
        (None, "SOFTWARE_TOKEN_MFA"),
        (Some("remembered"), "DEVICE_SRP_AUTH"),
        (Some("not_remembered"), "SOFTWARE_TOKEN_MFA"),
    ] {
        if let Some(status) = status {
            pool.call("UpdateDeviceStatus", update(status)).await.ok();
        }
        assert_eq!(
            asked(pool.sign_in_on(Some(&device.key)).await),
            challenge,
            "{status:?}"
        );
    }
    let reply = pool.call("UpdateDeviceStatus", update("perhaps")).await;
    assert_eq!(reply.body["__type"], "InvalidParameterException");
}

#[tokio::test]
async fn device_of_another_user_is_not_found() {
    let pool = pool_of_devices(standing()).await;
    let theirs = pool.device().await;
    let other = "other@example.com";
    pool.emulator
        .create_user(other, PASSWORD, &[])
        .expect("a person");
    let (code, message) = NO_DEVICE;
    let mine = Tokens::read(&pool.sign_in(other, PASSWORD).await.ok());
    for operation in ["GetDevice", "ForgetDevice", "UpdateDeviceStatus"] {
        let fields = json!({ "AccessToken": mine.access, "DeviceKey": theirs.key });
        pool.call(operation, fields).await.fails(code, message);
    }
    let made = DeviceRegistration::new(&theirs.group_key, &theirs.key).expect("randomness");
    let fields = json!({
        "AccessToken": mine.access,
        "DeviceKey": theirs.key,
        "DeviceSecretVerifierConfig": {
            "Salt": made.salt,
            "PasswordVerifier": made.password_verifier,
        },
    });
    // boto3#4059, amplify-js#2087, aws-aspnet-cognito-identity-provider#206.
    pool.call("ConfirmDevice", fields)
        .await
        .invalid_parameter("Invalid device key given.");
    let fields = json!({
        "AuthFlow": "USER_PASSWORD_AUTH",
        "ClientId": CLIENT,
        "AuthParameters": {
            "USERNAME": other,
            "PASSWORD": PASSWORD,
            "DEVICE_KEY": theirs.key,
        },
    });
    pool.call("InitiateAuth", fields).await.fails(code, message);
}

#[tokio::test]
async fn forgotten_device_loses_tokens_and_key() {
    let pool = pool_of_devices(standing()).await;
    let device = pool.device().await;
    let again = pool.named("ForgetDevice", &device).await;
    assert_eq!(again.body, Value::Null);
    let (code, message) = NO_DEVICE;
    for operation in ["GetDevice", "ForgetDevice"] {
        pool.named(operation, &device).await.fails(code, message);
    }
    pool.refresh(&device.tokens.refresh, Some(&device.key))
        .await
        .not_authorized("Invalid Refresh Token.");
    pool.sign_in_on(Some(&device.key))
        .await
        .fails(code, message);
    let made = DeviceRegistration::new(&device.group_key, &device.key).expect("randomness");
    let fields = json!({
        "AccessToken": device.tokens.access,
        "DeviceKey": device.key,
        "DeviceSecretVerifierConfig": {
            "Salt": made.salt,
            "PasswordVerifier": made.password_verifier,
        },
    });
    // boto3#4059, amplify-js#2087, aws-aspnet-cognito-identity-provider#206.
    pool.call("ConfirmDevice", fields)
        .await
        .invalid_parameter("Invalid device key given.");
}

#[tokio::test]
async fn device_is_described_and_listed_by_page() {
    let pool = pool_of_devices(standing()).await;
    let device = pool.device().await;
    let described = pool.named("GetDevice", &device).await.ok();
    let described = &described["Device"];
    assert_eq!(described["DeviceKey"], device.key);
    let attributes = described["DeviceAttributes"].as_array().expect("a list");
    for (name, value) in [
        ("device_name", "My iPhone"),
        ("dev:device_remembered_status", "remembered"),
    ] {
        let attribute = json!({ "Name": name, "Value": value });
        assert!(attributes.contains(&attribute), "{attributes:?}");
    }
    let mut keys = vec![device.key.clone()];
    for _ in 0..2 {
        keys.push(pool.device().await.key);
    }
    keys.sort();
    let mut found = Vec::new();
    let mut token = Value::Null;
    loop {
        let fields = json!({
            "AccessToken": device.tokens.access,
            "Limit": 2,
            "PaginationToken": token,
        });
        let page = pool.call("ListDevices", fields).await.ok();
        let devices = page["Devices"].as_array().expect("a list");
        assert!(devices.len() <= 2);
        let key = |device: &Value| device["DeviceKey"].as_str().expect("a key").to_owned();
        found.extend(devices.iter().map(key));
        token = page["PaginationToken"].clone();
        if token.is_null() {
            break;
        }
    }
    assert_eq!(found, keys);
    let fields = json!({ "Username": EMAIL, "Limit": 60 });
    let theirs = pool.admin("AdminListDevices", fields).await.ok();
    assert_eq!(theirs["Devices"].as_array().map(Vec::len), Some(3));
}

#[tokio::test]
async fn operator_manages_devices_of_user() {
    let pool = pool_of_devices(standing()).await;
    let device = pool.device().await;
    let fields = |status: Option<&str>| {
        json!({
            "Username": EMAIL,
            "DeviceKey": device.key,
            "DeviceRememberedStatus": status,
        })
    };
    let answer = pool.admin("AdminGetDevice", fields(None)).await.ok();
    assert_eq!(answer["Device"]["DeviceKey"], device.key);
    pool.admin("AdminUpdateDeviceStatus", fields(Some("not_remembered")))
        .await
        .ok();
    Tokens::read(&pool.sign_in_on(Some(&device.key)).await.ok());
    pool.admin("AdminForgetDevice", fields(None)).await.ok();
    let (code, message) = NO_DEVICE;
    for operation in [
        "AdminGetDevice",
        "AdminForgetDevice",
        "AdminUpdateDeviceStatus",
    ] {
        pool.admin(operation, fields(None))
            .await
            .fails(code, message);
    }
    for operation in ["AdminGetDevice", "AdminListDevices"] {
        let nobody = json!({ "Username": "nobody@example.com", "DeviceKey": device.key });
        let reply = pool.admin(operation, nobody).await;
        assert_eq!(reply.body["__type"], "UserNotFoundException");
    }
}

#[tokio::test]
async fn device_is_confirmed_once_with_verifier() {
    let pool = pool_of_devices(standing()).await;
    let device = pool.device().await;
    let made = DeviceRegistration::new(&device.group_key, &device.key).expect("randomness");
    let fields = |verifier: Value| {
        json!({
            "AccessToken": device.tokens.access,
            "DeviceKey": device.key,
            "DeviceSecretVerifierConfig": verifier,
        })
    };
    let whole = json!({ "Salt": made.salt, "PasswordVerifier": made.password_verifier });
    let reply = pool.call("ConfirmDevice", fields(whole)).await;
    assert_eq!(reply.body["__type"], "DeviceKeyExistsException");
    pool.call("ConfirmDevice", fields(json!({ "Salt": made.salt })))
        .await
        .invalid_parameter("Missing required parameter DeviceSecretVerifierConfig");
    let answer = pool.sign_in_on(None).await.ok();
    let tokens = Tokens::read(&answer);
    let new = &answer["AuthenticationResult"]["NewDeviceMetadata"];
    for (verifier, is_read) in [("//8=", false), ("not Base64", false), ("AQ==", true)] {
        let fields = json!({
            "AccessToken": tokens.access,
            "DeviceKey": new["DeviceKey"],
            "DeviceSecretVerifierConfig": { "Salt": made.salt, "PasswordVerifier": verifier },
        });
        let reply = pool.call("ConfirmDevice", fields).await;
        if is_read {
            reply.ok();
        } else {
            assert_eq!(reply.body["__type"], "InvalidParameterException");
        }
    }
}

#[tokio::test]
async fn device_tracking_is_configured_over_the_wire() {
    let pool = pool().await;
    pool.person();
    let change = json!({
        "DeviceConfiguration": { "ChallengeRequiredOnNewDevice": true },
        "SmsConfiguration": { "SnsCallerArn": "arn:aws:iam::123456789012:role/sms" },
        "MfaConfiguration": "OPTIONAL",
    });
    pool.admin("UpdateUserPool", change.clone()).await.ok();
    let described = pool.admin("DescribeUserPool", json!({})).await.ok();
    assert_eq!(
        described["UserPool"]["DeviceConfiguration"],
        change["DeviceConfiguration"]
    );
    let device = pool.device().await;
    pool.with_phone().await;
    let factor = json!({
        "Username": EMAIL,
        "SMSMfaSettings": { "Enabled": true, "PreferredMfa": true },
    });
    pool.admin("AdminSetUserMFAPreference", factor).await.ok();
    asks_for_the_device(pool.sign_in_on(Some(&device.key)).await);
    assert_eq!(pool.sign_in_on(None).await.ok()["ChallengeName"], "SMS_MFA");
}

#[tokio::test]
async fn in_process_pool_describes_device_tracking() {
    let pool = pool_of_devices(standing()).await;
    let described = pool.admin("DescribeUserPool", json!({})).await.ok();
    assert_eq!(
        described["UserPool"]["DeviceConfiguration"],
        json!({
            "ChallengeRequiredOnNewDevice": true,
            "DeviceOnlyRememberedOnUserPrompt": false,
        })
    );
}
