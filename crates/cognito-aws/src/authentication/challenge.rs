//! Responses to challenges: the operations `RespondToAuthChallenge` and
//! `AdminRespondToAuthChallenge`. The set-up of an authenticator app also uses
//! `AssociateSoftwareToken` and `VerifySoftwareToken`.

use std::collections::HashMap;

use aws_sdk_cognitoidentityprovider::types::VerifySoftwareTokenResponseType;
use cognito_core::authentication::challenge::{Answer, ChallengeStep, TotpAssociation};
use cognito_core::authentication::sign_in::ChallengeApi;
use cognito_core::authentication::sign_in::FirstFactor;
use cognito_core::id::DeviceName;
use cognito_core::secret::TotpSecret;
use cognito_core::{
    ChallengeAnswer, ChallengeName, Error, ErrorKind, Operation, Password, Result, Session, SignIn,
    TotpCode,
};

use crate::AwsCognito;
use crate::authentication::srp::StartedProof;
use crate::authentication::turn::{Parameters, Turn};
use crate::authentication::{device, outcome};
use crate::error::{from_response, missing};
use crate::quiet::SdkCall;
use crate::send::send;
use crate::server_date::ServerDate;

pub(crate) async fn respond_to_challenge(
    aws: &AwsCognito,
    answer: &ChallengeAnswer,
) -> Result<SignIn> {
    let step = answer.challenge().step();
    let (metadata, context) = (answer.client_metadata(), answer.context());
    // Everything that can be checked locally is checked before a request is sent.
    let turn = Turn::new(aws, step.api(), metadata, context)?;
    let turn = turn.on(step.device(), step.stale_device());
    let responses = responses(step.name(), answer.answer()?)?;
    let session = step.session().map(|session| session.expose().to_owned());
    let next = match answer.answer()? {
        Answer::TotpSetup {
            code, device_name, ..
        } => {
            let session = prove_totp(aws, session, code, device_name.as_ref()).await?;
            let sent = send(&turn, step, session, responses, None).await;
            sent.map_err(after_proof)?
        }
        other => match to_prove(step.name(), other) {
            Some(password) => with_proof(&turn, step, session, responses, password).await?,
            None => send(&turn, step, session, responses, None).await?,
        },
    };
    let signed_in = device::respond(&turn, next).await;
    signed_in.map_err(|error| after_counted(&turn, error))
}

/// Converts an error that occurred after Cognito had accepted a response to the challenge. Cognito
/// does not accept the session of the challenge again. Therefore a retryable error, or the error
/// for a missing device, becomes an error that requires a new sign-in. Other errors are returned
/// unchanged.
fn after_counted(turn: &Turn<'_>, error: Error) -> Error {
    if turn.has_lost_device(&error) {
        sign_in_ended(error).with_detail(
            "the device no longer exists in Cognito: delete the stored device, and sign in without it",
        )
    } else {
        after_proof(error)
    }
}

/// Proves the password with SRP, in two requests. The first request contains `SRP_A`, and responds
/// to the challenge `step`. Cognito then returns another challenge. The second request contains the
/// SRP proof, and responds to this other challenge.
async fn with_proof(
    turn: &Turn<'_>,
    step: &ChallengeStep,
    session: Option<String>,
    mut responses: Parameters,
    password: &Password,
) -> Result<SignIn> {
    let proof = StartedProof::new(&turn.aws.computations).await?;
    responses.insert("SRP_A".to_owned(), proof.srp_a());
    let next = match send(turn, step, session, responses, Some(proof.date())).await {
        Ok(next) => next,
        Err(error) => {
            let error = error.with_operation(step.api().respond_operation());
            // The user does not have the factor, or Cognito does not know the session.
            let is_unknown = matches!(
                error.kind(),
                ErrorKind::ChallengeExpired | ErrorKind::InvalidParameter
            );
            if step.api() == ChallengeApi::Public && (is_unknown || error.reveals_account()) {
                proof.simulate(turn, step.username(), password).await;
            }
            return Err(error);
        }
    };
    let proven = proof.respond(turn, next, password).await;
    proven.map_err(|error| after_counted(turn, error))
}

/// Sends a response to the challenge. If Cognito reports that the device no longer exists, sends
/// the response again without the device.
async fn send(
    turn: &Turn<'_>,
    step: &ChallengeStep,
    session: Option<String>,
    responses: Parameters,
    date: Option<&ServerDate>,
) -> Result<SignIn> {
    let respond =
        |session, responses| turn.respond(step.name(), step.username(), session, responses, date);
    match respond(session.clone(), responses.clone()).await {
        // Cognito has not checked the response, so the session is still valid.
        Err(error) if turn.has_lost_device(&error) => respond(session, responses).await,
        other => other,
    }
}

/// Returns the password in `answer` if the response to the challenge needs an SRP proof, otherwise
/// `None`.
const fn to_prove<'a>(name: &ChallengeName, answer: &'a Answer) -> Option<&'a Password> {
    match (name, answer) {
        (ChallengeName::PasswordSrp, Answer::Password(password))
        | (_, Answer::FirstFactor(FirstFactor::PasswordSrp(password))) => Some(password),
        _ => None,
    }
}

/// Converts a retryable error to an error that requires a new sign-in, because the session of the
/// challenge is used up. Returns other errors unchanged.
fn after_proof(error: Error) -> Error {
    match error.kind() {
        ErrorKind::Credentials | ErrorKind::Network | ErrorKind::Throttled => sign_in_ended(error),
        _ => error,
    }
}

/// Creates the error for a sign-in that must be started again. `error` becomes its source.
fn sign_in_ended(error: Error) -> Error {
    Error::new(ErrorKind::ChallengeExpired)
        .with_detail(
            "Cognito accepted the response, but the sign-in could not continue: start the sign-in \
             again",
        )
        .with_source(error)
}

pub(crate) async fn enroll_totp(aws: &AwsCognito, session: &Session) -> Result<TotpAssociation> {
    // Not retried, because Cognito returns another session, and the first one may be used up.
    let output = aws
        .non_idempotent
        .associate_software_token()
        .session(session.expose())
        .send()
        .response(Operation::AssociateSoftwareToken)
        .await?;
    let secret = output.secret_code.ok_or_else(|| missing("secret code"))?;
    let secret = from_response(TotpSecret::new(secret))?;
    Ok(TotpAssociation::new(
        secret,
        outcome::session(output.session)?,
    ))
}

/// Verifies the first code of an authenticator app during its set-up. Returns the session for the
/// next step.
async fn prove_totp(
    aws: &AwsCognito,
    session: Option<String>,
    code: &TotpCode,
    device_name: Option<&DeviceName>,
) -> Result<Option<String>> {
    let output = send!(aws, VerifySoftwareToken.verify_software_token {
        set_session: session.clone(),
        user_code: code.expose(),
        set_friendly_device_name: device_name.map(String::from),
    })?;
    match output.status() {
        Some(VerifySoftwareTokenResponseType::Success) => Ok(output.session.or(session)),
        _ => Err(Error::new(ErrorKind::CodeMismatch)),
    }
}

/// Returns the parameters of the response to a challenge (`ChallengeResponses` of
/// `RespondToAuthChallenge`). Fails if the response does not fit the challenge.
fn responses(name: &ChallengeName, answer: &Answer) -> Result<Parameters> {
    let one = |key: &str, value: &str| HashMap::from([(key.to_owned(), value.to_owned())]);
    Ok(match (name, answer) {
        (_, Answer::Parameters(parameters)) => parameters.clone().into_iter().collect(),
        (ChallengeName::EmailOtp, Answer::Code(code)) => one("EMAIL_OTP_CODE", code.expose()),
        (ChallengeName::PasswordChallenge, Answer::Password(password)) => {
            one("PASSWORD", password.expose())
        }
        (ChallengeName::PasswordSrp, Answer::Password(_)) => HashMap::new(),
        (ChallengeName::SelectChallenge, Answer::FirstFactor(factor)) => {
            let mut responses = one("ANSWER", factor.challenge_name().as_str());
            if let FirstFactor::Password(password) = factor {
                responses.insert("PASSWORD".to_owned(), password.expose().to_owned());
            }
            responses
        }
        (ChallengeName::SmsMfa, Answer::Code(code)) => one("SMS_MFA_CODE", code.expose()),
        (ChallengeName::SmsOtp, Answer::Code(code)) => one("SMS_OTP_CODE", code.expose()),
        (ChallengeName::SoftwareTokenMfa, Answer::TotpCode(code)) => {
            one("SOFTWARE_TOKEN_MFA_CODE", code.expose())
        }
        // The code was verified before. The session contains the result.
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
                .with_detail("this response does not belong to this challenge: use a method of the returned challenge"));
        }
    })
}
