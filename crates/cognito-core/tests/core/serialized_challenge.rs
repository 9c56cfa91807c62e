//! Tests of the serialization of a challenge without encryption.

use cognito_core::authentication::challenge::{Answer, ChallengeStep};
use cognito_core::authentication::sign_in::ChallengeApi;
use cognito_core::device::{NewDevice, RememberedDevice};
use cognito_core::id::DeviceKey;
use cognito_core::secret::SerializedChallenge;
use cognito_core::{Challenge, ChallengeName, Session, Username};

const PARAMETERS: [(&str, &str); 2] = [
    ("requiredAttributes", r#"["userAttributes.name"]"#),
    ("CODE_DELIVERY_DESTINATION", "+*******7890"),
];

fn step(name: ChallengeName, api: ChallengeApi) -> ChallengeStep {
    ChallengeStep::new(
        name,
        Username::new("3f0c-sub").unwrap(),
        Some(Session::new("a-session-of-twenty-characters").unwrap()),
        PARAMETERS
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into(),
        api,
    )
    .with_available(vec![ChallengeName::PasswordSrp, ChallengeName::EmailOtp])
}

fn through(challenge: &Challenge) -> Challenge {
    Challenge::from_secret_string(&challenge.to_secret_string().unwrap()).unwrap()
}

#[test]
fn every_challenge_comes_back_whole() {
    let unknown = ChallengeName::from("RETINA_SCAN");
    for name in ChallengeName::KNOWN.iter().chain([&unknown]) {
        for api in [ChallengeApi::Admin, ChallengeApi::Public] {
            let before = Challenge::from(step(name.clone(), api));
            let after = through(&before);
            assert_eq!(
                std::mem::discriminant(&before),
                std::mem::discriminant(&after)
            );
            let (before, after) = (before.step(), after.step());
            assert_eq!(before.name(), after.name());
            assert_eq!(before.username(), after.username());
            for (parameter, value) in PARAMETERS {
                assert_eq!(after.parameter(parameter), Some(value));
            }
            assert_eq!(before.available(), after.available());
            assert_eq!(before.api(), after.api());
            assert_eq!(
                before.session().map(Session::expose),
                after.session().map(Session::expose)
            );
        }
    }
}

#[test]
fn challenge_string_keeps_the_device() {
    let key = || DeviceKey::new("us-east-1_00aa").unwrap();
    let device = NewDevice::new(key(), "-group".parse().unwrap());
    let device = RememberedDevice::new(device, "the-device-s".parse().unwrap());
    let on = step(ChallengeName::CustomChallenge, ChallengeApi::Public);
    let on = through(&on.with_device(device).into());
    let device = on.step().device().unwrap();
    assert_eq!(device.key, key());
    assert_eq!(device.group_key.as_str(), "-group");
    assert_eq!(device.password.expose(), "the-device-s");
    assert_eq!(on.step().stale_device(), None);
    let without = step(ChallengeName::SmsMfa, ChallengeApi::Public);
    let without = through(&without.with_stale_device(key()).into());
    assert_eq!(without.step().stale_device(), Some(&key()));
    assert!(without.step().device().is_none());
}

#[test]
fn device_is_not_serialized_for_clients() {
    let key = DeviceKey::new("us-east-1_00aa").unwrap();
    let device = NewDevice::new(key, "-group".parse().unwrap());
    let device = RememberedDevice::new(device, "the-device-s".parse().unwrap());
    let on = step(ChallengeName::SmsMfa, ChallengeApi::Public);
    let on = Challenge::from(on.with_device(device));
    let shown = format!("{on:?} {}", serde_json::to_string(&on).unwrap());
    for part in ["00aa", "-group", "the-device"] {
        assert!(!shown.contains(part), "{shown}");
    }
}

#[test]
fn a_challenge_without_a_session_has_none_afterwards() {
    let without = ChallengeStep::new(
        ChallengeName::CustomChallenge,
        Username::new("3f0c-sub").unwrap(),
        None,
        [].into(),
        ChallengeApi::Public,
    );
    assert!(through(&without.into()).step().session().is_none());
}

#[test]
fn challenge_string_keeps_answer_settings() {
    let required = step(ChallengeName::NewPasswordRequired, ChallengeApi::Public);
    let Challenge::NewPasswordRequired(required) = Challenge::from(required) else {
        panic!("wrong variant");
    };
    let required = required
        .attribute("name", "Ann")
        .client_metadata("tenant", "7");
    let Challenge::NewPasswordRequired(required) = through(&required.into()) else {
        panic!("wrong variant");
    };
    assert_eq!(required.required_attributes(), ["name"]);
    let answer = required.new_password("EvenBetter456!");
    assert_eq!(
        answer.client_metadata().iter().collect::<Vec<_>>(),
        [("tenant", "7")]
    );
    assert!(matches!(
        answer.answer(),
        Ok(Answer::NewPassword { attributes, .. })
            if attributes.value("name") == Some("Ann")
    ));
}

#[test]
fn rejected_attribute_is_not_serialized() {
    let required = step(ChallengeName::NewPasswordRequired, ChallengeApi::Public);
    let Challenge::NewPasswordRequired(required) = Challenge::from(required) else {
        panic!("wrong variant");
    };
    let refused = Challenge::from(required.attribute("email_verified", "true"));
    assert_eq!(
        refused.to_secret_string().unwrap_err().field(),
        "attribute name"
    );
}

#[test]
fn rejects_string_of_another_version() {
    let text = Challenge::from(step(ChallengeName::SmsMfa, ChallengeApi::Public))
        .to_secret_string()
        .unwrap();
    let newer = text.expose().replacen('{', r#"{"tenant":"x","#, 1);
    for text in ["", "{}", "null", newer.as_str()] {
        let text = SerializedChallenge::new(text).unwrap();
        assert!(Challenge::from_secret_string(&text).is_err());
    }
}

#[test]
fn debug_hides_the_string() {
    let text = Challenge::from(step(ChallengeName::SmsMfa, ChallengeApi::Public))
        .to_secret_string()
        .unwrap();
    assert_eq!(format!("{text:?}"), "SerializedChallenge(** redacted **)");
}
