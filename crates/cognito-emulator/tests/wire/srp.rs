//! `USER_SRP_AUTH` and `PASSWORD_VERIFIER`.

use std::time::{Duration, SystemTime};

use cognito_core::Clock;
use cognito_emulator::{AuthFlow, Client, DeviceConfiguration, FirstFactor};
use cognito_srp6a::{Challenge, Exchange, Subject};
use serde_json::{Value, json};

use crate::support::{CLIENT, EMAIL, PASSWORD, Pool, Reply, Tokens, pool, pool_with};
use crate::window::send;

fn asking(srp_a: &str) -> Value {
    asking_for(EMAIL, srp_a)
}

fn asking_for(username: &str, srp_a: &str) -> Value {
    json!({
        "AuthFlow": "USER_SRP_AUTH",
        "ClientId": CLIENT,
        "AuthParameters": { "USERNAME": username, "SRP_A": srp_a },
    })
}

/// Starts a sign-in. Returns the client's exchange and the challenge.
async fn challenged(pool: &Pool) -> (Exchange, Value) {
    let exchange = Exchange::start().expect("randomness");
    let answer = pool.call("InitiateAuth", asking(&exchange.srp_a())).await;
    let answer = answer.ok();
    assert_eq!(answer["ChallengeName"], "PASSWORD_VERIFIER");
    assert!(answer.get("Session").is_none());
    (exchange, answer["ChallengeParameters"].clone())
}

/// Returns a response that proves the password.
fn proving(pool: &Pool, exchange: Exchange, asked: &Value, password: &str) -> Value {
    proving_at(pool, exchange, asked, password, pool.clock.now())
}

/// Returns a response that proves the password, signed with this time.
fn proving_at(
    pool: &Pool,
    exchange: Exchange,
    asked: &Value,
    password: &str,
    now: SystemTime,
) -> Value {
    let text = |name: &str| asked[name].as_str().expect("a parameter").to_owned();
    let user =
        Subject::user(pool.emulator.user_pool_id(), text("USER_ID_FOR_SRP")).expect("a pool");
    let challenge = Challenge::from_parameters(|name| asked[name].as_str()).expect("a challenge");
    let proof = exchange
        .prove(&user, password, &challenge, now)
        .expect("a proof");
    let mut responses = json!({ "USERNAME": text("USER_ID_FOR_SRP") });
    for (name, value) in proof.into_parameters() {
        responses[name] = json!(value);
    }
    json!({
        "ChallengeName": "PASSWORD_VERIFIER",
        "ClientId": CLIENT,
        "ChallengeResponses": responses,
    })
}

/// Signs in with SRP.
pub(crate) async fn sign_in(pool: &Pool, username: &str, password: &str) -> Reply {
    let (exchange, asked) = asked_for(pool, username).await;
    let proof = proving(pool, exchange, &asked, password);
    pool.call("RespondToAuthChallenge", proof).await
}

#[tokio::test]
async fn a_proof_signs_in_once() {
    let pool = pool().await;
    pool.person();
    let (exchange, asked) = challenged(&pool).await;
    let proof = proving(&pool, exchange, &asked, PASSWORD);
    let answer = pool
        .call("RespondToAuthChallenge", proof.clone())
        .await
        .ok();
    Tokens::read(&answer);
    pool.call("RespondToAuthChallenge", proof)
        .await
        .not_authorized("Incorrect username or password.");
}

#[tokio::test]
async fn salt_is_stable_and_other_values_change() {
    let pool = pool().await;
    pool.person();
    let (_, first) = challenged(&pool).await;
    let (_, second) = challenged(&pool).await;
    assert_eq!(first["SALT"], second["SALT"]);
    assert_ne!(first["SRP_B"], second["SRP_B"]);
    assert_ne!(first["SECRET_BLOCK"], second["SECRET_BLOCK"]);
}

#[tokio::test]
async fn wrong_proof_counts_as_failure() {
    let pool = pool().await;
    pool.person();
    for _ in 0..5 {
        let (exchange, asked) = challenged(&pool).await;
        let proof = proving(&pool, exchange, &asked, "Wrong1234!");
        pool.call("RespondToAuthChallenge", proof)
            .await
            .not_authorized("Incorrect username or password.");
    }
    let (exchange, asked) = challenged(&pool).await;
    let proof = proving(&pool, exchange, &asked, PASSWORD);
    pool.call("RespondToAuthChallenge", proof)
        .await
        .not_authorized("Password attempts exceeded");
}

#[tokio::test]
async fn rejects_changed_signed_data() {
    let pool = pool().await;
    pool.person();
    for (name, value) in [
        ("PASSWORD_CLAIM_SIGNATURE", json!("AAAA")),
        ("PASSWORD_CLAIM_SECRET_BLOCK", json!("AAAA")),
        ("TIMESTAMP", json!("Mon Jan 4 08:00:00 UTC 2027")),
        ("USERNAME", json!("somebody-else")),
    ] {
        let (exchange, asked) = challenged(&pool).await;
        let mut proof = proving(&pool, exchange, &asked, PASSWORD);
        proof["ChallengeResponses"][name] = value;
        pool.call("RespondToAuthChallenge", proof)
            .await
            .not_authorized("Incorrect username or password.");
    }
}

#[tokio::test]
async fn the_time_must_be_written_as_java_does() {
    let pool = pool().await;
    pool.person();
    for time in ["2027-01-15T08:00:00Z", "Fri Jan 05 08:00:00 UTC 2027", ""] {
        let (exchange, asked) = challenged(&pool).await;
        let mut proof = proving(&pool, exchange, &asked, PASSWORD);
        proof["ChallengeResponses"]["TIMESTAMP"] = json!(time);
        pool.call("RespondToAuthChallenge", proof)
            .await
            .invalid_parameter("TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english.");
    }
}

#[tokio::test]
async fn a_proof_must_come_in_time() {
    let pool = pool().await;
    pool.person();
    let (exchange, asked) = challenged(&pool).await;
    let proof = proving(&pool, exchange, &asked, PASSWORD);
    pool.advance(Duration::from_secs(180));
    pool.call("RespondToAuthChallenge", proof)
        .await
        .not_authorized("Incorrect username or password.");
}

#[tokio::test]
async fn rejects_public_values_that_reveal_the_key() {
    let pool = pool().await;
    pool.person();
    for (srp_a, message) in [
        ("0", "SRP_A is outside the group"),
        ("00", "SRP_A is outside the group"),
        ("xyz", "SRP_A is malformed"),
        ("", "Missing required parameter SRP_A"),
    ] {
        pool.call("InitiateAuth", asking(srp_a))
            .await
            .invalid_parameter(message);
    }
}

#[tokio::test]
async fn the_flow_can_be_off() {
    let client = Client::new(CLIENT).flow(AuthFlow::UserPassword);
    let pool = pool_with(|builder| builder.client(client)).await;
    pool.person();
    pool.call("InitiateAuth", asking("2"))
        .await
        .invalid_parameter("USER_SRP_AUTH is not enabled for the client.");
}

#[tokio::test]
async fn changed_password_invalidates_exchange() {
    let pool = pool().await;
    pool.person();
    let (exchange, asked) = challenged(&pool).await;
    let proof = proving(&pool, exchange, &asked, PASSWORD);
    let change = json!({ "Username": EMAIL, "Password": "EvenBetter456!", "Permanent": true });
    pool.admin("AdminSetUserPassword", change).await.ok();
    pool.call("RespondToAuthChallenge", proof)
        .await
        .not_authorized("Incorrect username or password.");
}

#[tokio::test]
async fn rejects_proof_with_distant_time() {
    let pool = pool().await;
    pool.person();
    let quarter = Duration::from_secs(15 * 60);
    let second = Duration::from_secs(1);
    let now = pool.clock.now();
    for (time, is_taken) in [
        (now - quarter, true),
        (now + quarter, true),
        (now - quarter - second, false),
        (now + quarter + second, false),
    ] {
        let (exchange, asked) = challenged(&pool).await;
        let proof = proving_at(&pool, exchange, &asked, PASSWORD, time);
        let answer = pool.call("RespondToAuthChallenge", proof).await;
        if is_taken {
            answer.ok();
        } else {
            answer.not_authorized("Incorrect username or password.");
        }
    }
}

/// A browser signs its host's time, which the emulator's advanced clock does not change.
#[tokio::test]
async fn advanced_clock_accepts_srp_of_real_time() {
    let pool = pool().await;
    pool.person();
    let day = Duration::from_secs(24 * 3600);
    let fields = [("do", "advance"), ("seconds", "86400")];
    assert_eq!(send(&pool, "/clock", &fields).await.status, 303);
    let now = pool.clock.now();
    for (time, is_taken) in [(now, true), (now + day, true), (now + day / 2, false)] {
        let (exchange, asked) = challenged(&pool).await;
        let proof = proving_at(&pool, exchange, &asked, PASSWORD, time);
        let answer = pool.call("RespondToAuthChallenge", proof).await;
        if is_taken {
            answer.ok();
        } else {
            answer.not_authorized("Incorrect username or password.");
        }
    }
}

#[tokio::test]
async fn unknown_device_keeps_exchange_open() {
    let devices = DeviceConfiguration::new();
    let pool = pool_with(|builder| builder.device_configuration(devices)).await;
    pool.person();
    let (exchange, asked) = challenged(&pool).await;
    let mut proof = proving(&pool, exchange, &asked, PASSWORD);
    let stranger = "us-east-1_4d2ad41e-3ad1-4ad5-b0a1-8a5a1f2f7c11";
    proof["ChallengeResponses"]["DEVICE_KEY"] = json!(stranger);
    pool.call("RespondToAuthChallenge", proof.clone())
        .await
        .fails("ResourceNotFoundException", "Device does not exist.");
    proof["ChallengeResponses"]["DEVICE_KEY"] = Value::Null;
    let answer = pool.call("RespondToAuthChallenge", proof).await.ok();
    Tokens::read(&answer);
}

/// Returns a pool whose client has `PreventUserExistenceErrors` set to `ENABLED`.
async fn hiding() -> Pool {
    let client = Client::new(CLIENT).prevent_user_existence_errors(true);
    pool_with(|builder| builder.client(client)).await
}

async fn asked_for(pool: &Pool, username: &str) -> (Exchange, Value) {
    let exchange = Exchange::start().expect("randomness");
    let request = asking_for(username, &exchange.srp_a());
    let answer = pool.call("InitiateAuth", request).await.ok();
    (exchange, answer["ChallengeParameters"].clone())
}

#[tokio::test]
async fn simulated_salt_and_id_stay_the_same() {
    let pool = hiding().await;
    pool.person();
    let (_, real) = asked_for(&pool, EMAIL).await;
    let (_, first) = asked_for(&pool, "nobody@example.com").await;
    let (_, second) = asked_for(&pool, "nobody@example.com").await;
    let (_, other) = asked_for(&pool, "nobody-else@example.com").await;
    for name in ["SALT", "USER_ID_FOR_SRP", "USERNAME"] {
        assert_eq!(first[name], second[name], "{name}");
        assert_ne!(first[name], other[name], "{name}");
    }
    for name in ["SECRET_BLOCK", "SRP_B"] {
        assert_ne!(first[name], second[name], "{name}");
    }
    let id = first["USER_ID_FOR_SRP"].as_str().expect("text");
    let real_id = real["USER_ID_FOR_SRP"].as_str().expect("text");
    assert_eq!(id.len(), real_id.len(), "{id} and {real_id}");
    // The salt has no leading zeros. Its 128 bits have at most 32 digits.
    let digits = first["SALT"].as_str().map_or(0, str::len);
    assert!((24..=32).contains(&digits), "{digits}");
}

#[tokio::test]
async fn proof_for_unknown_user_fails_alike() {
    let pool = hiding().await;
    pool.person();
    for username in [EMAIL, "nobody@example.com"] {
        for (name, value) in [("", json!("")), ("PASSWORD_CLAIM_SIGNATURE", json!("AAAA"))] {
            let (exchange, asked) = asked_for(&pool, username).await;
            let mut proof = proving(&pool, exchange, &asked, "Wrong1234!");
            if !name.is_empty() {
                proof["ChallengeResponses"][name] = value;
            }
            pool.call("RespondToAuthChallenge", proof)
                .await
                .not_authorized("Incorrect username or password.");
        }
        // A proof that cannot be parsed is rejected in the same way.
        let (exchange, asked) = asked_for(&pool, username).await;
        let mut proof = proving(&pool, exchange, &asked, "Wrong1234!");
        proof["ChallengeResponses"]["TIMESTAMP"] = json!("2027-01-15T08:00:00Z");
        pool.call("RespondToAuthChallenge", proof)
            .await
            .invalid_parameter("TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english.");
    }
}

#[tokio::test]
async fn salt_of_user_without_password_stays() {
    let pool = pool_with(|builder| builder.first_factor(FirstFactor::EmailOtp)).await;
    let sign_up = json!({
        "ClientId": CLIENT,
        "Username": EMAIL,
        "UserAttributes": [{ "Name": "email", "Value": EMAIL }],
    });
    pool.call("SignUp", sign_up).await.ok();
    let (_, first) = asked_for(&pool, EMAIL).await;
    let (_, second) = asked_for(&pool, EMAIL).await;
    assert_eq!(first["SALT"], second["SALT"]);
}
