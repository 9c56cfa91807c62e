//! Sign-ins in several steps, with responses that only Cognito itself could give.

use std::collections::BTreeMap;

use cognito_core::authentication::challenge::ChallengeStep;
use cognito_core::authentication::sign_in::FirstFactor;
use cognito_core::authentication::sign_in::{ChallengeApi, SignInMethod, SignInRequest};
use cognito_core::ports::Authentication;
use cognito_core::{Challenge, ChallengeName, ErrorKind, Password, Session, SignIn, Username};
use serde_json::json;

use crate::fake::FakeCognito;

fn name() -> Username {
    Username::new("ann@example.com").unwrap()
}

fn password() -> Password {
    "SecurePass123!".parse().unwrap()
}

#[tokio::test]
async fn reads_choices_from_each_location() {
    let fake = FakeCognito::default();
    let aws = fake.adapter().await;
    let choice = json!({
        "ChallengeName": "SELECT_CHALLENGE",
        "Session": "s".repeat(40),
        "AvailableChallenges": ["PASSWORD_SRP", "EMAIL_OTP"],
    });
    fake.answer("InitiateAuth", choice.clone());
    fake.answer("AdminInitiateAuth", choice.clone());
    fake.answer_challenge("SMS_MFA", choice);
    for api in [ChallengeApi::Public, ChallengeApi::Admin] {
        let mut request = SignInRequest::new(name(), SignInMethod::choice(None));
        request.api = api;
        assert_choice(aws.sign_in(request).await.unwrap());
    }
    let session = Session::new("q".repeat(40)).unwrap();
    let (sms, public) = (ChallengeName::SmsMfa, ChallengeApi::Public);
    let step = ChallengeStep::new(sms, name(), Some(session), BTreeMap::new(), public);
    let Challenge::SmsMfa(mfa) = Challenge::from(step) else {
        panic!("another challenge was made");
    };
    assert_choice(aws.respond_to_challenge(&mfa.code("123456")).await.unwrap());
}

fn assert_choice(signed_in: SignIn) {
    let SignIn::Challenge(Challenge::SelectChallenge(select)) = signed_in else {
        panic!("a choice was expected");
    };
    let options = [ChallengeName::PasswordSrp, ChallengeName::EmailOtp];
    assert_eq!(select.options(), options);
}

#[tokio::test]
async fn sign_in_without_proof_is_rejected() {
    let fake = FakeCognito::default();
    let aws = fake.adapter().await;
    let skipped = json!({ "ChallengeName": "CUSTOM_CHALLENGE", "Session": "s".repeat(40) });
    fake.answer("InitiateAuth", skipped);
    for method in [
        SignInMethod::custom(Some(password())),
        SignInMethod::choice(Some(FirstFactor::PasswordSrp(password()))),
    ] {
        let refused = aws.sign_in(SignInRequest::new(name(), method)).await;
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::TriggerFailed);
    }
    // Without a password in the request, no password can be proven.
    let request = SignInRequest::new(name(), SignInMethod::custom(None));
    let SignIn::Challenge(Challenge::CustomChallenge(_)) = aws.sign_in(request).await.unwrap()
    else {
        panic!("the pool's own challenge was expected");
    };
}
