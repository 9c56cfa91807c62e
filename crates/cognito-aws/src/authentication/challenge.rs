//! `RespondToAuthChallenge`, `AdminRespondToAuthChallenge`, and what comes before them where an
//! authenticator app is set up: `AssociateSoftwareToken`, `VerifySoftwareToken`.

use std::collections::HashMap;

use aws_sdk_cognitoidentityprovider::types::{
    ChallengeNameType, ContextDataType, VerifySoftwareTokenResponseType,
};
use cognito_core::authentication::challenge::{Answer, TotpAssociation};
use cognito_core::authentication::sign_in::ChallengeApi;
use cognito_core::{
    ChallengeAnswer, ChallengeName, DeviceName, Error, ErrorKind, Result, Session, SignIn,
    TotpCode, TotpSecret,
};

use crate::AwsCognito;
use crate::attributes::metadata;
use crate::authentication::outcome::Outcome;
use crate::context::{analytics, context_data, user_context};
use crate::error::{answered, from_sdk, missing};
use crate::quiet::Quiet;

pub(super) async fn respond(aws: &AwsCognito, answer: &ChallengeAnswer) -> Result<SignIn> {
    // What can be wrong here is found before anything is sent.
    let context = match answer.challenge().step().api() {
        ChallengeApi::Admin => context_data(answer.context())?,
        _ => None,
    };
    let session = answer.challenge().step().session();
    let session = session.map(|session| session.expose().to_owned());
    let Answer::TotpSetup {
        code, device_name, ..
    } = answer.answer()?
    else {
        return send(aws, answer, session, context).await;
    };
    let session = prove_totp(aws, session, code, device_name.as_ref()).await?;
    send(aws, answer, session, context)
        .await
        .map_err(after_proof)
}

/// The code and the session of a set-up are used up once the code is proven: what may otherwise be
/// tried again, may not.
fn after_proof(error: Error) -> Error {
    match error.kind() {
        ErrorKind::Credentials | ErrorKind::Network | ErrorKind::Throttled => {
            Error::new(ErrorKind::ChallengeExpired)
                .with_detail("the code was proven, then the sign-in could not go on")
                .with_source(error)
        }
        _ => error,
    }
}

async fn send(
    aws: &AwsCognito,
    answer: &ChallengeAnswer,
    session: Option<String>,
    context: Option<ContextDataType>,
) -> Result<SignIn> {
    let pool = aws.pool();
    let step = answer.challenge().step();
    let mut responses = responses(step.name(), answer.answer()?)?;
    // One name for both: the hash must be over the name that is sent with it.
    responses.insert("USERNAME".to_owned(), step.username().as_str().to_owned());
    if let Some(hash) = aws.secret_hashes.hash(&pool, step.username()) {
        responses.insert("SECRET_HASH".to_owned(), hash);
    }
    let name = ChallengeNameType::from(step.name().as_str());
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
            .set_context_data(context)
            .set_analytics_metadata(analytics(answer.context()))
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
            .set_user_context_data(user_context(answer.context()))
            .set_analytics_metadata(analytics(answer.context()))
            .send()
            .quietly()
            .await
            .map(Outcome::from)
            .map_err(from_sdk)?,
    };
    outcome.into_sign_in(step.username(), step.api())
}

pub(super) async fn enroll_totp(aws: &AwsCognito, session: &Session) -> Result<TotpAssociation> {
    // Once: Cognito answers with another session, and the first one may be used up.
    let output = aws
        .once
        .associate_software_token()
        .session(session.expose())
        .send()
        .quietly()
        .await
        .map_err(from_sdk)?;
    let secret = output.secret_code.ok_or_else(|| missing("secret code"))?;
    let session = output.session.map(Session::new).map(answered).transpose()?;
    Ok(TotpAssociation::new(
        answered(TotpSecret::new(secret))?,
        session,
    ))
}

/// Proves that the authenticator app has the secret; gives the session to go on with.
async fn prove_totp(
    aws: &AwsCognito,
    session: Option<String>,
    code: &TotpCode,
    device_name: Option<&DeviceName>,
) -> Result<Option<String>> {
    let output = aws
        .once
        .verify_software_token()
        .set_session(session.clone())
        .user_code(code.expose())
        .set_friendly_device_name(device_name.map(|name| name.as_str().to_owned()))
        .send()
        .quietly()
        .await
        .map_err(from_sdk)?;
    match output.status() {
        Some(VerifySoftwareTokenResponseType::Success) => Ok(output.session.or(session)),
        _ => Err(Error::new(ErrorKind::CodeMismatch)),
    }
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
        // The code was proven before; the session says so.
        (ChallengeName::MfaSetup, Answer::TotpSetup { .. }) => HashMap::new(),
        (ChallengeName::WebAuthn, Answer::Passkey(credential)) => {
            one("CREDENTIAL", &credential.as_json().to_string())
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
