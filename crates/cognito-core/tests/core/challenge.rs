//! Tests of challenges and their responses.

use cognito_core::authentication::challenge::{Answer, ChallengeStep, NewPasswordRequired};
use cognito_core::authentication::sign_in::ChallengeApi;
use cognito_core::{Challenge, ChallengeName, Session, Username};

fn step(name: ChallengeName, parameters: &[(&str, &str)]) -> Challenge {
    Challenge::from(ChallengeStep::new(
        name,
        Username::new("3f0c-sub").unwrap(),
        Some(Session::new("a-session-of-twenty-characters").unwrap()),
        parameters
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect(),
        ChallengeApi::Public,
    ))
}

#[test]
fn all_challenge_names_are_mapped() {
    // The sixteen names of the model, and unknown ones.
    assert_eq!(ChallengeName::KNOWN.len(), 16);
    for name in ChallengeName::KNOWN {
        assert_eq!(&ChallengeName::from(name.as_str()), name);
        assert_eq!(&ChallengeName::from(name.as_str().to_owned()), name);
        let challenge = step(name.clone(), &[]);
        assert_eq!(challenge.name(), name);
        assert!(!matches!(challenge, Challenge::Other(_)), "{name}");
    }
    let unknown = step(ChallengeName::from("RETINA_SCAN"), &[]);
    assert!(matches!(unknown, Challenge::Other(_)));
    assert_eq!(unknown.name().as_str(), "RETINA_SCAN");
    let answer = unknown.answer_with([("RETINA", "blue")]);
    assert!(matches!(answer.answer(), Ok(Answer::Parameters(p)) if p["RETINA"] == "blue"));
}

#[test]
fn mfa_challenge_json_matches_document() {
    let challenge = step(ChallengeName::SoftwareTokenMfa, &[]);
    assert_eq!(
        serde_json::to_value(&challenge).unwrap(),
        serde_json::json!({
            "requiresMFA": true,
            "challenge": "SOFTWARE_TOKEN_MFA",
            "session": "a-session-of-twenty-characters",
            "username": "3f0c-sub",
        })
    );
}

#[test]
fn new_password_challenge_json_matches_document() {
    let challenge = step(ChallengeName::NewPasswordRequired, &[]);
    assert_eq!(
        serde_json::to_value(&challenge).unwrap(),
        serde_json::json!({
            "requiresNewPassword": true,
            "challenge": "NEW_PASSWORD_REQUIRED",
            "session": "a-session-of-twenty-characters",
            "username": "3f0c-sub",
        })
    );
}

#[test]
fn passkey_challenge_json_has_browser_options() {
    let options = [("CREDENTIAL_REQUEST_OPTIONS", r#"{"challenge":"zsBch6Dl"}"#)];
    assert_eq!(
        serde_json::to_value(step(ChallengeName::WebAuthn, &options)).unwrap(),
        serde_json::json!({
            "challenge": "WEB_AUTHN",
            "session": "a-session-of-twenty-characters",
            "username": "3f0c-sub",
            "credentialRequestOptions": {"challenge": "zsBch6Dl"},
        })
    );
    for unreadable in ["", "[]", "{"] {
        let challenge = step(
            ChallengeName::WebAuthn,
            &[("CREDENTIAL_REQUEST_OPTIONS", unreadable)],
        );
        let json = serde_json::to_value(&challenge).unwrap();
        assert!(json.get("credentialRequestOptions").is_none());
    }
}

#[test]
fn passkey_challenge_accepts_only_a_proof() {
    let challenge = || match step(ChallengeName::WebAuthn, &[]) {
        Challenge::WebAuthn(passkey) => passkey,
        other => panic!("{} is another challenge", other.name()),
    };
    let proof = r#"{"id":"AQ","response":{"signature":"MEU"}}"#;
    let answer = challenge().credential(proof);
    assert!(matches!(answer.answer(), Ok(Answer::Passkey(_))));
    assert_eq!(format!("{:?}", answer.answer().unwrap()), "Passkey");
    let value: serde_json::Value = serde_json::from_str(proof).unwrap();
    assert!(challenge().credential(value).answer().is_ok());
    let registration = r#"{"id":"AQ","response":{"attestationObject":"oA"}}"#;
    let refused = challenge().credential(registration);
    assert_eq!(refused.answer().unwrap_err().field(), "passkey assertion");
}

#[test]
fn code_is_checked_on_read() {
    let Challenge::SoftwareTokenMfa(mfa) = step(ChallengeName::SoftwareTokenMfa, &[]) else {
        panic!("wrong variant");
    };
    let answer = mfa.code("12345");
    assert_eq!(answer.answer().unwrap_err().field(), "TOTP code");
    let Challenge::SoftwareTokenMfa(mfa) = answer.into_challenge() else {
        panic!("wrong variant");
    };
    assert!(matches!(
        mfa.code("123456").answer(),
        Ok(Answer::TotpCode(_))
    ));
}

#[test]
fn new_password_cannot_set_verified_flags() {
    let parameters = [(
        "requiredAttributes",
        r#"["userAttributes.name","birthdate"]"#,
    )];
    let Challenge::NewPasswordRequired(required) =
        step(ChallengeName::NewPasswordRequired, &parameters)
    else {
        panic!("wrong variant");
    };
    assert_eq!(required.required_attributes(), ["name", "birthdate"]);
    let answer = required
        .attribute("name", "Ann")
        .new_password("EvenBetter456!");
    match answer.answer() {
        Ok(Answer::NewPassword { attributes, .. }) => {
            assert_eq!(attributes.value("name"), Some("Ann"));
        }
        other => panic!("{other:?}"),
    }
    let Challenge::NewPasswordRequired(required) = answer.into_challenge() else {
        panic!("wrong variant");
    };
    let answer = required
        .attribute("email_verified", "true")
        .new_password("EvenBetter456!");
    assert!(answer.answer().is_err());
}

fn new_password_required() -> NewPasswordRequired {
    match step(ChallengeName::NewPasswordRequired, &[]) {
        Challenge::NewPasswordRequired(required) => required,
        other => panic!("{other:?}"),
    }
}

#[test]
fn returned_challenge_keeps_attributes_and_metadata() {
    let answer = new_password_required()
        .attribute("name", "Ann")
        .client_metadata("tenant", "7")
        .new_password("short");
    assert_eq!(
        answer.client_metadata().iter().collect::<Vec<_>>(),
        [("tenant", "7")]
    );
    let Challenge::NewPasswordRequired(again) = answer.into_challenge() else {
        panic!("wrong variant");
    };
    let answer = again
        .attribute("birthdate", "2000-01-01")
        .new_password("EvenBetter456!");
    assert_eq!(
        answer.client_metadata().iter().collect::<Vec<_>>(),
        [("tenant", "7")]
    );
    match answer.answer() {
        Ok(Answer::NewPassword { attributes, .. }) => {
            assert_eq!(attributes.value("name"), Some("Ann"));
            assert_eq!(attributes.value("birthdate"), Some("2000-01-01"));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn rejected_attribute_keeps_the_challenge() {
    let answer = new_password_required()
        .attribute("name", "Ann")
        .attribute("email_verified", "true")
        .attribute("birthdate", "2000-01-01")
        .new_password("EvenBetter456!");
    assert_eq!(answer.answer().unwrap_err().field(), "attribute name");
    let Challenge::NewPasswordRequired(again) = answer.into_challenge() else {
        panic!("wrong variant");
    };
    match again.new_password("EvenBetter456!").answer() {
        Ok(Answer::NewPassword { attributes, .. }) => {
            assert_eq!(attributes.value("name"), Some("Ann"));
            assert_eq!(attributes.value("birthdate"), Some("2000-01-01"));
            assert_eq!(attributes.value("email_verified"), None);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn response_api_can_be_changed() {
    for name in ChallengeName::KNOWN
        .iter()
        .cloned()
        .chain([ChallengeName::from("RETINA_SCAN".to_owned())])
    {
        let challenge = step(name.clone(), &[]);
        let answer = challenge
            .answer_with([("ANSWER", "blue")])
            .with_api(ChallengeApi::Admin);
        assert_eq!(answer.challenge().step().api(), ChallengeApi::Admin);
        assert_eq!(answer.challenge().name(), &name);
        assert!(matches!(answer.answer(), Ok(Answer::Parameters(_))));
    }
}

#[test]
fn mfa_factors_to_choose_from() {
    let parameters = [("MFAS_CAN_CHOOSE", r#"["SMS_MFA","SOFTWARE_TOKEN_MFA"]"#)];
    let Challenge::SelectMfaType(select) = step(ChallengeName::SelectMfaType, &parameters) else {
        panic!("wrong variant");
    };
    assert_eq!(
        select.options(),
        [ChallengeName::SmsMfa, ChallengeName::SoftwareTokenMfa]
    );
    let answer = select.choose(&ChallengeName::SmsMfa);
    assert!(matches!(
        answer.answer(),
        Ok(Answer::Choice(ChallengeName::SmsMfa))
    ));
}

#[test]
fn debug_hides_session_parameters_and_response() {
    let parameters = [("userAttributes", r#"{"email":"ann@example.com"}"#)];
    let Challenge::NewPasswordRequired(required) =
        step(ChallengeName::NewPasswordRequired, &parameters)
    else {
        panic!("wrong variant");
    };
    let before = format!("{required:?}");
    let shown = format!("{before} {:?}", required.new_password("EvenBetter456!"));
    for secret in ["a-session", "ann@", "EvenBetter", "3f0c-sub"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}
