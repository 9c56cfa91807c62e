//! The SRP proof of a device after the session was used up: sign-ins that cannot continue.

use std::collections::BTreeMap;

use cognito_core::authentication::challenge::ChallengeStep;
use cognito_core::authentication::sign_in::{ChallengeApi, SignInRequest};
use cognito_core::device::{NewDevice, RememberedDevice};
use cognito_core::id::DeviceKey;
use cognito_core::ports::Authentication;
use cognito_core::{
    Challenge, ChallengeAnswer, ChallengeName, ErrorKind, Session, SignIn, SignInFlow, Username,
};
use serde_json::json;

use crate::fake::FakeCognito;

fn name() -> Username {
    Username::new("ann@example.com").unwrap()
}

fn key() -> DeviceKey {
    DeviceKey::new("us-east-1_4d2ad41e-3ad1-4ad5-b0a1-8a5a1f2f7c11").unwrap()
}

fn device() -> RememberedDevice {
    let device = NewDevice::new(key(), "-group".parse().unwrap());
    RememberedDevice::new(device, "the-device-s".parse().unwrap())
}

/// Returns a response with a code, in a sign-in on the device.
fn code() -> ChallengeAnswer {
    let session = Session::new("s".repeat(40)).unwrap();
    let step = ChallengeStep::new(
        ChallengeName::SmsMfa,
        name(),
        Some(session),
        BTreeMap::new(),
        ChallengeApi::Public,
    );
    match Challenge::from(step.with_device(device())) {
        Challenge::SmsMfa(mfa) => mfa.code("123456"),
        other => panic!("{} is another challenge", other.name()),
    }
}

#[tokio::test]
async fn sign_in_lost_after_its_code_has_expired() {
    let asked = json!({ "ChallengeName": "DEVICE_SRP_AUTH" });
    for (exception, message) in [
        ("ResourceNotFoundException", "Device does not exist."),
        ("UnrecognizedClientException", "The token is not valid."),
    ] {
        let fake = FakeCognito::default();
        let aws = fake.adapter().await;
        fake.answer_challenge("SMS_MFA", asked.clone());
        let rejection = json!({ "__type": exception, "message": message });
        fake.answer_challenge("DEVICE_SRP_AUTH", rejection);
        let error = aws.respond_to_challenge(&code()).await.unwrap_err();
        // After an error of this kind, the challenge is not returned to the caller.
        assert_eq!(error.kind(), ErrorKind::ChallengeExpired, "{exception}");
        assert!(!error.to_string().contains(key().as_str()));
        assert_eq!(fake.count("RespondToAuthChallenge"), 2, "{exception}");
    }
}

#[tokio::test]
async fn unknown_device_proof_is_left_to_caller() {
    let fake = FakeCognito::default();
    let aws = fake.adapter().await;
    let session = "d".repeat(40);
    let asked = json!({ "ChallengeName": "DEVICE_SRP_AUTH", "Session": session });
    fake.answer("InitiateAuth", asked);
    let password = "SecurePass123!".parse().unwrap();
    let request = SignInRequest::password(name(), password, SignInFlow::UserPassword);
    let SignIn::Challenge(Challenge::DeviceSrpAuth(asked)) = aws.sign_in(request).await.unwrap()
    else {
        panic!("the challenge was expected");
    };
    assert_eq!(asked.step().session().map(Session::expose), Some(&*session));
    assert_eq!(fake.count("RespondToAuthChallenge"), 0);
}

#[tokio::test]
async fn rejected_device_is_tried_only_twice() {
    let fake = FakeCognito::default();
    let aws = fake.adapter().await;
    let rejection = json!({
        "__type": "ResourceNotFoundException",
        "message": "Device does not exist.",
    });
    fake.answer("InitiateAuth", rejection);
    let password = "SecurePass123!".parse().unwrap();
    let mut request = SignInRequest::password(name(), password, SignInFlow::UserPassword);
    request.device = Some(device());
    let error = aws.sign_in(request).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let sent = fake.all("InitiateAuth");
    let keys: Vec<_> = sent
        .iter()
        .map(|body| body["AuthParameters"]["DEVICE_KEY"].as_str())
        .collect();
    assert_eq!(keys, [Some(key().as_str()), None]);
}
