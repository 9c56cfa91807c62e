//! Effects of the pool's Lambda triggers on a sign-in: custom challenges, rejections, claims,
//! migrated users.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use cognito::authentication::{ChallengeApi, FirstFactor};
use cognito::{Challenge, ErrorKind};
use cognito_emulator::{AuthFlow, Client, EmulatorBuilder, Trigger, TriggerError};
use serde_json::{Value, json};

use crate::fixture::{
    EMAIL, Fixture, OTHER_PASSWORD, PASSWORD, SECRET, challenge, complete, refused,
};

async fn pool(settings: impl FnOnce(EmulatorBuilder) -> EmulatorBuilder) -> Fixture {
    Fixture::ours_with(settings, |cognito| cognito).await
}

/// Requires the sum of two numbers until it is right, three times at most.
pub(crate) fn with_sums(emulator: EmulatorBuilder) -> EmulatorBuilder {
    emulator
        .trigger(Trigger::DefineAuthChallenge, |mut event| {
            let rounds = event["request"]["session"].as_array().cloned();
            let rounds = rounds.unwrap_or_default();
            let failed_password = rounds.iter().any(|round| {
                round["challengeName"] == "PASSWORD_VERIFIER" && round["challengeResult"] == false
            });
            let sums = rounds
                .iter()
                .filter(|round| round["challengeName"] == "CUSTOM_CHALLENGE");
            let wrong = sums
                .clone()
                .filter(|round| round["challengeResult"] == false);
            event["response"] = match rounds.last() {
                Some(last) if last["challengeName"] == "SRP_A" => {
                    json!({ "challengeName": "PASSWORD_VERIFIER" })
                }
                Some(last)
                    if last["challengeName"] == "CUSTOM_CHALLENGE"
                        && last["challengeResult"] == true
                        && last["challengeMetadata"] == "sum" =>
                {
                    json!({ "issueTokens": true })
                }
                _ if failed_password || wrong.count() == 3 => json!({ "failAuthentication": true }),
                _ => json!({ "challengeName": "CUSTOM_CHALLENGE", "issueTokens": false }),
            };
            Ok(event)
        })
        .trigger(Trigger::CreateAuthChallenge, |mut event| {
            event["response"] = json!({
                "publicChallengeParameters": { "sum": "2 + 3" },
                "privateChallengeParameters": { "answer": "5" },
                "challengeMetadata": "sum",
            });
            Ok(event)
        })
        .trigger(Trigger::VerifyAuthChallengeResponse, |mut event| {
            let request = &event["request"];
            let right =
                request["challengeAnswer"] == request["privateChallengeParameters"]["answer"];
            event["response"]["answerCorrect"] = json!(right);
            Ok(event)
        })
}

pub(crate) fn sum(challenge: Challenge) -> cognito::challenge::CustomChallenge {
    match challenge {
        Challenge::CustomChallenge(asked) => asked,
        other => panic!("a sum was expected, not {other:?}"),
    }
}

#[tokio::test]
async fn custom_challenge_signs_in() {
    // With and without a client secret.
    for client in [Client::new("open"), Client::new("with").secret(SECRET)] {
        let fixture = pool(|emulator| with_sums(emulator).client(client)).await;
        fixture.confirmed_user(EMAIL).await;
        for api in [ChallengeApi::Public, ChallengeApi::Admin] {
            let login = fixture.cognito.login_by_custom_challenge(EMAIL).api(api);
            let asked = sum(challenge(login.await.unwrap()));
            assert_eq!(asked.parameter("sum"), Some("2 + 3"));
            assert_eq!(asked.parameter("answer"), None, "that is the pool's secret");
            let answer = asked.answer("5");
            drop(complete(fixture.cognito.respond(answer).await.unwrap()));
        }
    }
}

#[tokio::test]
async fn wrong_answer_repeats_up_to_pool_limit() {
    let fixture = pool(with_sums).await;
    fixture.confirmed_user(EMAIL).await;
    let login = fixture.cognito.login_by_custom_challenge(EMAIL).await;
    let mut asked = sum(challenge(login.unwrap()));
    for _ in 0..2 {
        let answered = fixture.cognito.respond(asked.answer("6")).await.unwrap();
        asked = sum(challenge(answered));
    }
    let rejection = fixture
        .cognito
        .respond(asked.answer("6"))
        .await
        .unwrap_err();
    assert_eq!(rejection.error().kind(), ErrorKind::InvalidCredentials);
    assert!(rejection.into_challenge().is_none());
}

#[tokio::test]
async fn a_custom_challenge_travels_through_a_browser() {
    let fixture = pool(with_sums).await;
    fixture.confirmed_user(EMAIL).await;
    let login = fixture.cognito.login_by_custom_challenge(EMAIL).await;
    let before = challenge(login.unwrap());
    let state = fixture.cognito.challenge_to_state(&before).unwrap();
    drop(before);
    let asked = sum(fixture.cognito.challenge_from_state(&state).unwrap());
    assert_eq!(asked.parameter("sum"), Some("2 + 3"));
    drop(complete(
        fixture.cognito.respond(asked.answer("5")).await.unwrap(),
    ));
    // The session was used up, although its state can be opened again.
    let asked = sum(fixture.cognito.challenge_from_state(&state).unwrap());
    let rejection = fixture
        .cognito
        .respond(asked.answer("5"))
        .await
        .unwrap_err();
    assert_eq!(rejection.error().kind(), ErrorKind::ChallengeExpired);
}

#[tokio::test]
async fn custom_challenge_follows_password_proof() {
    for client in [Client::new("open"), Client::new("with").secret(SECRET)] {
        let fixture = pool(|emulator| with_sums(emulator).client(client)).await;
        fixture.confirmed_user(EMAIL).await;
        let login = fixture.cognito.login_by_custom_challenge(EMAIL);
        let asked = sum(challenge(login.password(PASSWORD).await.unwrap()));
        drop(complete(
            fixture.cognito.respond(asked.answer("5")).await.unwrap(),
        ));
        let login = fixture.cognito.login_by_custom_challenge(EMAIL);
        let wrong = login.password(OTHER_PASSWORD).await;
        assert_eq!(refused(wrong), ErrorKind::InvalidCredentials);
    }
}

#[tokio::test]
async fn function_without_password_check_allows_no_guessing() {
    let fixture = pool(|emulator| {
        with_sums(emulator).trigger(Trigger::DefineAuthChallenge, |mut event| {
            event["response"] = json!({ "challengeName": "CUSTOM_CHALLENGE" });
            Ok(event)
        })
    })
    .await;
    fixture.confirmed_user(EMAIL).await;
    let address = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
    let guess = || {
        fixture
            .cognito
            .login(EMAIL, OTHER_PASSWORD)
            .client_address(address)
    };
    for _ in 0..3 {
        assert_eq!(refused(guess().await), ErrorKind::InvalidCredentials);
    }
    // Otherwise the response would count as a right password, and the earlier guesses would be
    // deleted.
    let login = fixture.cognito.login_by_custom_challenge(EMAIL);
    let login = login.password(OTHER_PASSWORD).client_address(address).await;
    assert_eq!(refused(login), ErrorKind::TriggerFailed);
    assert_eq!(refused(guess().await), ErrorKind::InvalidCredentials);
    assert_eq!(refused(guess().await), ErrorKind::AttemptLimit);
}

#[tokio::test]
async fn pool_without_functions_rejects_custom_sign_in() {
    let fixture = pool(|emulator| emulator).await;
    fixture.confirmed_user(EMAIL).await;
    let login = fixture.cognito.login_by_custom_challenge(EMAIL).await;
    assert_eq!(refused(login), ErrorKind::FlowNotEnabled);
    let narrow = Client::new("narrow").flow(AuthFlow::UserSrp);
    let fixture = pool(|emulator| with_sums(emulator).client(narrow)).await;
    fixture.confirmed_user(EMAIL).await;
    let error = fixture.cognito.login_by_custom_challenge(EMAIL).await;
    let error = error.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::FlowNotEnabled);
    assert!(error.to_string().contains("ALLOW_CUSTOM_AUTH"), "{error}");
}

#[tokio::test]
async fn unknown_user_gets_no_tokens_from_functions() {
    let hiding = Client::new("hiding").prevent_user_existence_errors(true);
    let fixture = pool(|emulator| with_sums(emulator).client(hiding)).await;
    let login = fixture
        .cognito
        .login_by_custom_challenge("nobody@example.com");
    let asked = sum(challenge(login.await.unwrap()));
    let rejection = fixture
        .cognito
        .respond(asked.answer("5"))
        .await
        .unwrap_err();
    assert_eq!(rejection.error().kind(), ErrorKind::InvalidCredentials);
    let login = fixture
        .cognito
        .login_by_custom_challenge("nobody@example.com");
    let login = login.password(PASSWORD).await;
    assert_eq!(refused(login), ErrorKind::InvalidCredentials);
}

#[tokio::test]
async fn function_can_reject_or_confirm_sign_up() {
    let fixture = pool(|emulator| {
        emulator.trigger(Trigger::PreSignUp, |mut event| {
            assert_eq!(event["triggerSource"], "PreSignUp_SignUp");
            let request = &event["request"];
            if request["clientMetadata"]["invitation"] != "golden" {
                return Err("no invitation".into());
            }
            assert_eq!(request["userAttributes"]["email"], EMAIL);
            event["response"]["autoConfirmUser"] = json!(true);
            event["response"]["autoVerifyEmail"] = json!(true);
            Ok(event)
        })
    })
    .await;
    let error = fixture.cognito.sign_up(EMAIL, PASSWORD).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TriggerRejected);
    let sign_up = fixture.cognito.sign_up(EMAIL, PASSWORD);
    let signed_up = sign_up.client_metadata("invitation", "golden").await;
    let signed_up = signed_up.unwrap();
    assert!(signed_up.confirmed && signed_up.code_delivery.is_none());
    assert!(fixture.emulator().inbox().is_empty());
    let tokens = complete(fixture.cognito.login(EMAIL, PASSWORD).await.unwrap());
    let claims = fixture.cognito.verify_id_token(tokens.id_token.expose());
    assert_eq!(claims.await.unwrap().email_verified, Some(true));
}

#[tokio::test]
async fn failed_confirmation_function_undoes_nothing() {
    let heard = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&heard);
    let fixture = pool(|emulator| {
        emulator.trigger(Trigger::PostConfirmation, move |event| {
            assert_eq!(
                event["request"]["userAttributes"]["cognito:user_status"],
                "CONFIRMED"
            );
            match counted.fetch_add(1, Ordering::Relaxed) {
                0 => Err("the mailing list is down".into()),
                _ => Ok(event),
            }
        })
    })
    .await;
    fixture.cognito.sign_up(EMAIL, PASSWORD).await.unwrap();
    let code = fixture.sign_up_code(EMAIL);
    let confirm = fixture.cognito.confirm_sign_up(EMAIL, code).await;
    assert_eq!(refused(confirm), ErrorKind::TriggerRejected);
    drop(complete(
        fixture.cognito.login(EMAIL, PASSWORD).await.unwrap(),
    ));
    fixture.cognito.forgot_password(EMAIL).await.unwrap();
    let code = fixture.reset_code(EMAIL);
    let reset = fixture
        .cognito
        .confirm_forgot_password(EMAIL, code, OTHER_PASSWORD);
    reset.await.unwrap();
    assert_eq!(heard.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn function_rejects_user_before_password_check() {
    let fixture = pool(|emulator| {
        emulator.trigger(Trigger::PreAuthentication, |event| {
            match event["request"]["validationData"]["building"].as_str() {
                Some("north") => Ok(event),
                _ => Err("the building is closed".into()),
            }
        })
    })
    .await;
    fixture.confirmed_user(EMAIL).await;
    for password in [PASSWORD, OTHER_PASSWORD] {
        let login = fixture.cognito.login(EMAIL, password).await;
        assert_eq!(refused(login), ErrorKind::TriggerRejected);
    }
    let factor = FirstFactor::Password(PASSWORD.parse().unwrap());
    let choice = fixture.cognito.login_by_choice(EMAIL).prefer(factor).await;
    assert_eq!(refused(choice), ErrorKind::TriggerRejected);
    let login = fixture.cognito.login(EMAIL, PASSWORD);
    let login = login.client_metadata("building", "north").await.unwrap();
    drop(complete(login));
}

#[tokio::test]
async fn function_changes_only_permitted_claims() {
    let fixture = pool(|emulator| {
        emulator
            .trigger(Trigger::PreTokenGenerationV2, |mut event| {
                assert_eq!(event["version"], "2");
                let source = event["triggerSource"].clone();
                event["response"]["claimsAndScopeOverrideDetails"] = json!({
                    "idTokenGeneration": {
                        "claimsToAddOrOverride": { "tenant": "blue", "sub": "forged" },
                        "claimsToSuppress": ["email", "iss"],
                    },
                    "accessTokenGeneration": {
                        "claimsToAddOrOverride": {
                            "tenant": { "name": "blue", "plan": 3 },
                            "source": source,
                            "client_id": "forged",
                        },
                        "scopesToAdd": ["orders/read"],
                    },
                    "groupOverrideDetails": { "groupsToOverride": ["editors"] },
                });
                Ok(event)
            })
            .client(Client::new("rotating"))
    })
    .await;
    let tokens = fixture.signed_in().await;
    let refreshed = fixture.cognito.refresh(tokens.refresh_token.clone()).await;
    for (tokens, source) in [
        (tokens, "TokenGeneration_Authentication"),
        (refreshed.unwrap(), "TokenGeneration_RefreshTokens"),
    ] {
        let access = fixture
            .cognito
            .verify_access_token(tokens.access_token.expose());
        let access = access.await.unwrap();
        assert_eq!(
            access.get("tenant"),
            Some(json!({ "name": "blue", "plan": 3 }))
        );
        assert_eq!(access.get("source"), Some(json!(source)));
        assert!(access.has_scope("orders/read") && access.has_group("editors"));
        let id = fixture.cognito.verify_id_token(tokens.id_token.expose());
        let id = id.await.unwrap();
        assert_eq!(id.get("tenant"), Some(json!("blue")));
        assert_eq!((id.email.as_deref(), &id.sub), (None, &access.sub));
    }
}

#[tokio::test]
async fn function_migrates_users_at_first_sign_in() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let fixture = pool(|emulator| {
        emulator.trigger(Trigger::UserMigration, move |mut event| {
            counted.fetch_add(1, Ordering::Relaxed);
            let is_right = event["request"]["password"] == PASSWORD
                || event["triggerSource"] == "UserMigration_ForgotPassword";
            if event["userName"] == "nobody@example.com" || !is_right {
                return Err("Bad user or password".into());
            }
            event["response"] = json!({
                "userAttributes": {
                    "email": event["userName"],
                    "email_verified": "true",
                    "name": "Ann",
                },
                "finalUserStatus": "CONFIRMED",
                "messageAction": "SUPPRESS",
            });
            Ok(event)
        })
    })
    .await;
    let by_password = |name: &'static str, password: &'static str| {
        let login = fixture.cognito.login(name, password);
        login.flow(cognito::SignInFlow::UserPassword)
    };
    assert_eq!(
        refused(by_password(EMAIL, OTHER_PASSWORD).await),
        ErrorKind::UserNotFound
    );
    assert_eq!(
        refused(by_password("nobody@example.com", PASSWORD).await),
        ErrorKind::UserNotFound
    );
    drop(complete(by_password(EMAIL, PASSWORD).await.unwrap()));
    assert_eq!(asked.load(Ordering::Relaxed), 3);
    // From then on the user exists in this pool.
    drop(complete(
        fixture.cognito.login(EMAIL, PASSWORD).await.unwrap(),
    ));
    assert_eq!(asked.load(Ordering::Relaxed), 3);
    let other = "other@example.com";
    fixture.cognito.forgot_password(other).await.unwrap();
    let code = fixture.reset_code(other);
    let reset = fixture
        .cognito
        .confirm_forgot_password(other, code, PASSWORD);
    reset.await.unwrap();
    drop(complete(
        fixture.cognito.login(other, PASSWORD).await.unwrap(),
    ));
}

#[tokio::test]
async fn a_function_words_a_message() {
    let fixture = pool(|emulator| {
        emulator.trigger(Trigger::CustomMessage, |mut event| {
            let source = event["triggerSource"].as_str().unwrap_or_default();
            let text = match source {
                "CustomMessage_SignUp" => "Welcome! {####}",
                "CustomMessage_ForgotPassword" => return Err("no words".into()),
                _ => "this one has no place for the code",
            };
            event["response"]["emailMessage"] = json!(text);
            Ok(event)
        })
    })
    .await;
    fixture.cognito.sign_up(EMAIL, PASSWORD).await.unwrap();
    let inbox = fixture.emulator().inbox();
    let welcome = inbox.latest(EMAIL).unwrap();
    assert_eq!(welcome.text, format!("Welcome! {}", welcome.code));
    fixture
        .cognito
        .resend_confirmation_code(EMAIL)
        .await
        .unwrap();
    let again = inbox.latest(EMAIL).unwrap();
    assert_eq!(
        again.text,
        format!("Your verification code is {}", again.code)
    );
    fixture
        .cognito
        .confirm_sign_up(EMAIL, again.code)
        .await
        .unwrap();
    let before = inbox.len();
    let forgot = fixture.cognito.forgot_password(EMAIL).await;
    assert_eq!(refused(forgot), ErrorKind::TriggerRejected);
    assert_eq!(inbox.len(), before);
}

#[tokio::test]
async fn failing_function_is_no_wrong_password() {
    type Answer = fn(Value) -> Result<Value, TriggerError>;
    let answers: [(Answer, ErrorKind); 4] = [
        (|_| Err("no".into()), ErrorKind::TriggerRejected),
        (
            |_| Err(TriggerError::Failed("the time-out".to_owned())),
            ErrorKind::TriggerFailed,
        ),
        (|_| Ok(Value::Null), ErrorKind::TriggerFailed),
        (
            |mut event| {
                event["response"] = json!({ "challengeName": 7 });
                Ok(event)
            },
            ErrorKind::TriggerFailed,
        ),
    ];
    for (answer, expected) in answers {
        let fixture = pool(|emulator| emulator.trigger(Trigger::DefineAuthChallenge, answer)).await;
        fixture.confirmed_user(EMAIL).await;
        let login = fixture.cognito.login_by_custom_challenge(EMAIL).await;
        assert_eq!(refused(login), expected);
        // A rejection by a trigger is not counted as a guess, so no user is locked.
        for _ in 0..6 {
            let login = fixture.cognito.login_by_custom_challenge(EMAIL);
            let login = login.password(PASSWORD).await;
            assert_eq!(refused(login), expected);
        }
        drop(complete(
            fixture.cognito.login(EMAIL, PASSWORD).await.unwrap(),
        ));
    }
}
