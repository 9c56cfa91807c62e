//! `RespondToAuthChallenge`, `AdminRespondToAuthChallenge`.

use std::collections::HashMap;

use aws_sdk_cognitoidentityprovider::types::ChallengeNameType;
use cognito_core::authentication::challenge::Answer;
use cognito_core::authentication::sign_in::ChallengeApi;
use cognito_core::{ChallengeAnswer, ChallengeName, Error, ErrorKind, Result, SignIn};

use crate::AwsCognito;
use crate::attributes::metadata;
use crate::authentication::outcome::Outcome;
use crate::error::from_sdk;
use crate::quiet::Quiet;

pub(super) async fn respond(aws: &AwsCognito, answer: &ChallengeAnswer) -> Result<SignIn> {
    let pool = aws.pool();
    let step = answer.challenge().step();
    let mut responses = responses(step.name(), answer.answer()?)?;
    // One name for both: the hash must be over the name that is sent with it.
    responses.insert("USERNAME".to_owned(), step.username().as_str().to_owned());
    if let Some(hash) = aws.secret_hashes.hash(&pool, step.username()) {
        responses.insert("SECRET_HASH".to_owned(), hash);
    }
    let name = ChallengeNameType::from(step.name().as_str());
    let session = step.session().map(|session| session.expose().to_owned());
    let outcome = match step.api() {
        ChallengeApi::Admin => aws
            .once
            .admin_respond_to_auth_challenge()
            .user_pool_id(pool.user_pool_id.as_str())
            .client_id(pool.client_id.as_str())
            .challenge_name(name)
            .set_session(session)
            .set_challenge_responses(Some(responses))
            .set_client_metadata(metadata(answer.client_metadata()))
            .send()
            .quietly()
            .await
            .map(Outcome::from)
            .map_err(from_sdk)?,
        _ => aws
            .once
            .respond_to_auth_challenge()
            .client_id(pool.client_id.as_str())
            .challenge_name(name)
            .set_session(session)
            .set_challenge_responses(Some(responses))
            .set_client_metadata(metadata(answer.client_metadata()))
            .send()
            .quietly()
            .await
            .map(Outcome::from)
            .map_err(from_sdk)?,
    };
    outcome.into_sign_in(step.username(), step.api())
}

/// The answer under the names that the challenge gives it (`RespondToAuthChallenge`,
/// "ChallengeResponses").
fn responses(name: &ChallengeName, answer: &Answer) -> Result<HashMap<String, String>> {
    let one = |key: &str, value: &str| HashMap::from([(key.to_owned(), value.to_owned())]);
    Ok(match (name, answer) {
        (_, Answer::Parameters(parameters)) => parameters.clone().into_iter().collect(),
        (ChallengeName::EmailOtp, Answer::Code(code)) => one("EMAIL_OTP_CODE", code.expose()),
        (ChallengeName::SmsMfa, Answer::Code(code)) => one("SMS_MFA_CODE", code.expose()),
        (ChallengeName::SmsOtp, Answer::Code(code)) => one("SMS_OTP_CODE", code.expose()),
        (ChallengeName::SoftwareTokenMfa, Answer::TotpCode(code)) => {
            one("SOFTWARE_TOKEN_MFA_CODE", code.expose())
        }
        (ChallengeName::SelectMfaType, Answer::Choice(factor)) => one("ANSWER", factor.as_str()),
        (
            ChallengeName::NewPasswordRequired,
            Answer::NewPassword {
                password,
                attributes,
                ..
            },
        ) => {
            let mut responses = one("NEW_PASSWORD", password.expose());
            for (name, value) in attributes {
                responses.insert(format!("userAttributes.{name}"), value.to_owned());
            }
            responses
        }
        _ => {
            return Err(Error::new(ErrorKind::Misuse)
                .with_detail("this answer does not belong to this challenge"));
        }
    })
}
