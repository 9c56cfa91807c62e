//! The proof of a remembered device, which may replace a second factor.

use std::time::Duration;

use cognito_core::Clock;
use cognito_emulator::{Client, DeviceConfiguration, Trigger};
use cognito_srp6a::Exchange;
use serde_json::{Value, json};

use crate::devices::{
    NO_DEVICE, STRANGER, asks_for_the_device, claims, pool_of_devices, proof_at, standing,
};
use crate::support::{CLIENT, EMAIL, Tokens, pool_with};
use crate::window::send;

#[tokio::test]
async fn remembered_device_replaces_second_factor() {
    let pool = pool_of_devices(standing()).await;
    let device = pool.device().await;
    pool.with_software_token().await;
    assert_eq!(
        pool.sign_in_on(None).await.ok()["ChallengeName"],
        "SOFTWARE_TOKEN_MFA"
    );
    asks_for_the_device(pool.sign_in_on(Some(&device.key)).await);
    let answer = pool.proven(&device, &device.password).await.ok();
    let tokens = Tokens::read(&answer);
    assert_eq!(claims(&tokens.access)["device_key"], device.key);
    assert_eq!(
        answer["AuthenticationResult"].get("NewDeviceMetadata"),
        None
    );
}

#[tokio::test]
async fn other_pools_require_device_and_factor() {
    // In this pool, a device does not replace the second factor.
    let pool = pool_of_devices(DeviceConfiguration::new()).await;
    let device = pool.device().await;
    let secret = pool.with_software_token().await;
    let asked = pool.sign_in_on(Some(&device.key)).await.ok();
    assert_eq!(asked["ChallengeName"], "SOFTWARE_TOKEN_MFA");
    pool.advance(Duration::from_secs(30));
    let responses = json!({
        "USERNAME": EMAIL,
        "SOFTWARE_TOKEN_MFA_CODE": pool.totp(&secret),
        "DEVICE_KEY": device.key,
    });
    let session = Some(&asked["Session"]);
    asks_for_the_device(pool.answer("SOFTWARE_TOKEN_MFA", session, responses).await);
    Tokens::read(&pool.proven(&device, &device.password).await.ok());
}

#[tokio::test]
async fn wrong_device_proof_ends_sign_in() {
    let pool = pool_of_devices(standing()).await;
    let device = pool.device().await;
    asks_for_the_device(pool.sign_in_on(Some(&device.key)).await);
    pool.proven(&device, "another password")
        .await
        .not_authorized("Incorrect username or password.");
    let (_, again) = pool.challenged(&device).await;
    again.not_authorized("Invalid session for the user.");
}

#[tokio::test]
async fn proof_is_valid_once_for_its_device() {
    let pool = pool_of_devices(standing()).await;
    let (device, other) = (pool.device().await, pool.device().await);
    asks_for_the_device(pool.sign_in_on(Some(&device.key)).await);
    let (exchange, asked) = pool.challenged(&device).await;
    let proof = pool.proof(&device, exchange, &asked.ok(), &device.password);
    let mut of_another = proof.clone();
    of_another["DEVICE_KEY"] = json!(other.key);
    pool.answer("DEVICE_PASSWORD_VERIFIER", None, of_another)
        .await
        .not_authorized("Incorrect username or password.");
    pool.answer("DEVICE_PASSWORD_VERIFIER", None, proof)
        .await
        .not_authorized("Incorrect username or password.");
}

#[tokio::test]
async fn device_proof_needs_password_first() {
    let pool = pool_of_devices(standing()).await;
    let device = pool.device().await;
    let (_, reply) = pool.challenged(&device).await;
    reply.not_authorized("Invalid session for the user.");
    asks_for_the_device(pool.sign_in_on(Some(&device.key)).await);
    pool.advance(Duration::from_secs(180));
    let (_, reply) = pool.challenged(&device).await;
    reply.not_authorized("Invalid session for the user.");
}

#[tokio::test]
async fn stale_key_is_rejected_without_using_session() {
    let pool = pool_of_devices(standing()).await;
    let (code, message) = NO_DEVICE;
    pool.sign_in_on(Some(STRANGER)).await.fails(code, message);
    let secret = pool.with_software_token().await;
    let asked = pool.sign_in_on(None).await.ok();
    pool.advance(Duration::from_secs(30));
    let mut responses = json!({
        "USERNAME": EMAIL,
        "SOFTWARE_TOKEN_MFA_CODE": pool.totp(&secret),
        "DEVICE_KEY": STRANGER,
    });
    let session = Some(&asked["Session"]);
    pool.answer("SOFTWARE_TOKEN_MFA", session, responses.clone())
        .await
        .fails(code, message);
    responses["DEVICE_KEY"] = Value::Null;
    Tokens::read(
        &pool
            .answer("SOFTWARE_TOKEN_MFA", session, responses)
            .await
            .ok(),
    );
}

#[tokio::test]
async fn password_is_checked_before_device() {
    let pool = pool_of_devices(standing()).await;
    let fields = json!({
        "AuthFlow": "USER_PASSWORD_AUTH",
        "ClientId": CLIENT,
        "AuthParameters": {
            "USERNAME": EMAIL,
            "PASSWORD": "Wrong1234!",
            "DEVICE_KEY": STRANGER,
        },
    });
    pool.call("InitiateAuth", fields)
        .await
        .not_authorized("Incorrect username or password.");
}

#[tokio::test]
async fn refresh_requires_device_of_sign_in() {
    let pool = pool_of_devices(standing()).await;
    let device = pool.device().await;
    let token = &device.tokens.refresh;
    for key in [None, Some(STRANGER)] {
        pool.refresh(token, key)
            .await
            .not_authorized("Invalid Refresh Token.");
    }
    let fresh = pool.refresh(token, Some(&device.key)).await.ok();
    let access = fresh["AuthenticationResult"]["AccessToken"]
        .as_str()
        .expect("a token");
    assert_eq!(claims(access)["device_key"], device.key);
    let older = |key: Option<&str>| {
        json!({
            "AuthFlow": "REFRESH_TOKEN_AUTH",
            "ClientId": CLIENT,
            "AuthParameters": { "REFRESH_TOKEN": token, "DEVICE_KEY": key },
        })
    };
    pool.call("InitiateAuth", older(None))
        .await
        .not_authorized("Invalid Refresh Token.");
    pool.call("InitiateAuth", older(Some(&device.key)))
        .await
        .ok();
}

#[tokio::test]
async fn other_client_cannot_continue_sign_in() {
    let pool = pool_with(|builder| {
        builder
            .device_configuration(standing())
            .client(Client::new(CLIENT))
            .client(Client::new("anotherclient"))
    })
    .await;
    pool.person();
    let device = pool.device().await;
    asks_for_the_device(pool.sign_in_on(Some(&device.key)).await);
    let fields = json!({
        "ChallengeName": "DEVICE_SRP_AUTH",
        "ClientId": "anotherclient",
        "ChallengeResponses": { "USERNAME": EMAIL, "DEVICE_KEY": device.key, "SRP_A": "2" },
    });
    pool.call("RespondToAuthChallenge", fields)
        .await
        .not_authorized("Invalid session for the user.");
}

#[tokio::test]
async fn rejects_proof_with_distant_time() {
    let pool = pool_of_devices(standing()).await;
    let device = pool.device().await;
    let quarter = Duration::from_secs(15 * 60);
    let second = Duration::from_secs(1);
    let now = pool.clock.now();
    for (time, is_taken) in [
        (now + quarter, true),
        (now - quarter, true),
        (now + quarter + second, false),
        (now - quarter - second, false),
    ] {
        asks_for_the_device(pool.sign_in_on(Some(&device.key)).await);
        let (exchange, asked) = pool.challenged(&device).await;
        let proof = proof_at(&device, exchange, &asked.ok(), &device.password, time);
        let reply = pool.answer("DEVICE_PASSWORD_VERIFIER", None, proof).await;
        if is_taken {
            reply.ok();
        } else {
            reply.not_authorized("Incorrect username or password.");
        }
    }
}

#[tokio::test]
async fn advanced_clock_accepts_device_of_real_time() {
    let pool = pool_of_devices(standing()).await;
    let device = pool.device().await;
    let fields = [("do", "advance"), ("seconds", "86400")];
    assert_eq!(send(&pool, "/clock", &fields).await.status, 303);
    asks_for_the_device(pool.sign_in_on(Some(&device.key)).await);
    pool.proven(&device, &device.password).await.ok();
}

#[tokio::test]
async fn user_disabled_during_sign_in_is_rejected() {
    // The proof is also rejected after an operator has deleted the device or disabled the user.
    let pool = pool_of_devices(standing()).await;
    let (code, message) = NO_DEVICE;
    for operation in ["AdminForgetDevice", "AdminDisableUser"] {
        let device = pool.device().await;
        asks_for_the_device(pool.sign_in_on(Some(&device.key)).await);
        let (exchange, asked) = pool.challenged(&device).await;
        let proof = pool.proof(&device, exchange, &asked.ok(), &device.password);
        let fields = json!({ "Username": EMAIL, "DeviceKey": device.key });
        pool.admin(operation, fields).await.ok();
        let reply = pool.answer("DEVICE_PASSWORD_VERIFIER", None, proof).await;
        if operation == "AdminForgetDevice" {
            reply.fails(code, message);
        } else {
            reply.not_authorized("User is disabled.");
        }
    }
}

/// Sends the same requests with an unknown and with an existing user name. The responses must only
/// reveal that the device is unknown.
#[tokio::test]
async fn unknown_user_looks_like_unknown_device() {
    let hiding = Client::new(CLIENT).prevent_user_existence_errors(true);
    let pool = pool_with(|builder| {
        builder
            .device_configuration(standing())
            .client(hiding)
            .trigger(Trigger::DefineAuthChallenge, |mut event| {
                event["response"]["challengeName"] = json!("CUSTOM_CHALLENGE");
                Ok(event)
            })
            .trigger(Trigger::CreateAuthChallenge, Ok)
    })
    .await;
    pool.person();
    let (code, message) = NO_DEVICE;
    let exchange = Exchange::start().expect("randomness");
    for name in [EMAIL, "nobody@example.com"] {
        let begin = |flow: &str, key: Option<&str>| {
            let fields = json!({
                "AuthFlow": flow,
                "ClientId": CLIENT,
                "AuthParameters": {
                    "USERNAME": name,
                    "SRP_A": exchange.srp_a(),
                    "DEVICE_KEY": key,
                },
            });
            pool.call("InitiateAuth", fields)
        };
        for flow in ["USER_AUTH", "CUSTOM_AUTH"] {
            begin(flow, Some(STRANGER)).await.fails(code, message);
        }
        for (flow, challenge, answer) in [
            ("USER_AUTH", "SELECT_CHALLENGE", "PASSWORD"),
            ("CUSTOM_AUTH", "CUSTOM_CHALLENGE", "5"),
        ] {
            let asked = begin(flow, None).await.ok();
            let responses = json!({ "USERNAME": name, "ANSWER": answer, "DEVICE_KEY": STRANGER });
            let reply = pool.answer(challenge, Some(&asked["Session"]), responses);
            reply.await.fails(code, message);
        }
        let asked = begin("USER_SRP_AUTH", None).await.ok();
        let responses = json!({
            "USERNAME": asked["ChallengeParameters"]["USER_ID_FOR_SRP"],
            "PASSWORD_CLAIM_SECRET_BLOCK": asked["ChallengeParameters"]["SECRET_BLOCK"],
            "PASSWORD_CLAIM_SIGNATURE": "AAAA",
            "TIMESTAMP": "Tue Nov 14 22:13:20 UTC 2023",
            "DEVICE_KEY": STRANGER,
        });
        let reply = pool.answer("PASSWORD_VERIFIER", None, responses);
        reply.await.fails(code, message);
        let responses = json!({
            "USERNAME": name,
            "DEVICE_KEY": STRANGER,
            "SRP_A": exchange.srp_a(),
        });
        let reply = pool.answer("DEVICE_SRP_AUTH", None, responses);
        reply.await.fails(code, message);
    }
}
