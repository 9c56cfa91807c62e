//! Challenges that the pool of the site does not use by default.

use std::sync::Arc;

use cognito::SignIn;
use cognito::account::{FactorChange, MfaPreference};
use cognito_emulator::{Emulator, EmulatorBuilder, Trigger};
use cognito_testkit::FixedClock;
use http::{HeaderMap, StatusCode};
use serde_json::json;

use crate::browser::{Browser, EMAIL, PASSWORD};
use crate::site::stage::on;
use crate::site::{App, Settings};

const PHONE: &str = "+15555550100";

/// Creates the site on this pool, with a user who has a phone number and an e-mail address.
async fn site_on(pool: EmulatorBuilder) -> (App, Browser) {
    let clock = FixedClock::at_unix(1_700_000_000);
    let pool = pool.clock(Arc::new(clock.clone())).start().await;
    let (pool, settings) = (pool.expect("the emulator starts"), Settings::default());
    let app = on(&settings, pool, Arc::new(clock.clone()));
    let app = app.await.expect("the site starts");
    let admin = app.cognito.admin();
    let person = admin.create_user(EMAIL).without_invitation();
    let person = person
        .attribute("email", EMAIL)
        .attribute("phone_number", PHONE);
    let created = person.contact_verified().await;
    created.expect("a person");
    let person = admin.user(EMAIL);
    let chosen = person.set_permanent_password(PASSWORD).await;
    chosen.expect("a password");
    (app.clone(), Browser::at(app, clock))
}

async fn prefer(app: &App, preference: MfaPreference) {
    let admin = app.cognito.admin();
    let person = admin.user(EMAIL);
    let set = person.set_mfa_preference(preference);
    set.await.expect("a preference");
}

#[tokio::test]
async fn sms_code_is_requested_and_accepted() {
    let (app, mut browser) = site_on(Emulator::builder()).await;
    prefer(&app, MfaPreference::new().sms(FactorChange::Preferred)).await;
    assert_eq!(browser.sign_in(PASSWORD).await.location(), "/login/step");
    let page = browser.get("/login/step").await.text;
    assert!(
        page.contains("SMS_MFA") && page.contains("It was sent by text message to"),
        "{page}"
    );
    assert!(!page.contains(PHONE), "the whole number is on the page");
    let empty = browser.post("/login/step", &[("code", "")]).await;
    assert!(empty.text.contains("id=\"code-error\""), "{}", empty.text);
    let code = browser.emulator.inbox().latest_code(PHONE);
    let code = code.expect("a code");
    let wrong = if code == "000000" { "000001" } else { "000000" };
    let refused = browser.post("/login/step", &[("code", wrong)]).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{}", refused.text);
    let right = browser.post("/login/step", &[("code", &code)]).await;
    assert_eq!(right.location(), "/?done=signed-in", "{}", right.text);
}

#[tokio::test]
async fn user_chooses_among_second_factors() {
    let (app, mut browser) = site_on(Emulator::builder().email_mfa(true)).await;
    let both = MfaPreference::new()
        .sms(FactorChange::On)
        .email(FactorChange::On);
    prefer(&app, both).await;
    assert_eq!(browser.sign_in(PASSWORD).await.location(), "/login/step");
    let page = browser.get("/login/step").await.text;
    for words in [
        "SELECT_MFA_TYPE",
        "A code by text message",
        "A code by e-mail",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(!page.contains("name=\"password\""), "{page}");
    let none = browser.post("/login/step", &[]).await;
    assert!(none.text.contains("id=\"choice-error\""), "{}", none.text);
    let form = [("choice", "EMAIL_OTP")];
    let chosen = browser.post("/login/step", &form).await;
    assert_eq!(chosen.location(), "/login/step", "{}", chosen.text);
    let page = browser.get("/login/step").await.text;
    assert!(page.contains("It was sent by e-mail to"), "{page}");
    let code = browser.emulator.inbox().latest_code(EMAIL).expect("a code");
    let right = browser.post("/login/step", &[("code", &code)]).await;
    assert_eq!(right.location(), "/?done=signed-in", "{}", right.text);
}

/// Requires the sum of two numbers until it is right.
fn with_a_sum(pool: EmulatorBuilder) -> EmulatorBuilder {
    pool.trigger(Trigger::DefineAuthChallenge, |mut event| {
        let rounds = event["request"]["session"].as_array();
        let last = rounds.and_then(|rounds| rounds.last());
        let is_right = last.is_some_and(|round| round["challengeResult"] == true);
        event["response"] = match is_right {
            true => json!({ "issueTokens": true }),
            false => json!({ "challengeName": "CUSTOM_CHALLENGE", "issueTokens": false }),
        };
        Ok(event)
    })
    .trigger(Trigger::CreateAuthChallenge, |mut event| {
        event["response"] = json!({
            "publicChallengeParameters": { "question": "2 + 3" },
            "privateChallengeParameters": { "answer": "5" },
        });
        Ok(event)
    })
    .trigger(Trigger::VerifyAuthChallengeResponse, |mut event| {
        let right = event["request"]["challengeAnswer"] == "5";
        event["response"]["answerCorrect"] = json!(right);
        Ok(event)
    })
}

#[tokio::test]
async fn custom_challenge_is_shown_and_answered() {
    let (app, mut browser) = site_on(with_a_sum(Emulator::builder())).await;
    // The site's form does not start a sign-in of this kind. A sign-in that was started elsewhere
    // continues here.
    let begun = app.cognito.login_by_custom_challenge(EMAIL).await;
    let SignIn::Challenge(challenge) = begun.expect("a challenge") else {
        panic!("nothing was asked");
    };
    let state = app.cognito.challenge_to_state(&challenge).expect("sealed");
    let kept = app.cookies.challenge(&state, &HeaderMap::new());
    kept.expect("cookies")
        .iter()
        .for_each(|cookie| browser.keep(cookie));

    let page = browser.get("/login/step").await.text;
    assert!(
        page.contains("CUSTOM_CHALLENGE") && page.contains("2 + 3"),
        "{page}"
    );
    let empty = browser.post("/login/step", &[("answer", "")]).await;
    assert!(empty.text.contains("id=\"answer-error\""), "{}", empty.text);
    let wrong = browser.post("/login/step", &[("answer", "6")]).await;
    assert_eq!(wrong.location(), "/login/step", "{}", wrong.text);
    let right = browser.post("/login/step", &[("answer", "5")]).await;
    assert_eq!(right.location(), "/?done=signed-in", "{}", right.text);
}
