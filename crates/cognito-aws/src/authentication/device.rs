//! Sends the SRP proof of a remembered device. The proof is the last step of a sign-in.

use cognito_core::device::RememberedDevice;
use cognito_core::error::GuessedSecret;
use cognito_core::{Challenge, ChallengeName, Error, ErrorKind, Result, SignIn};
use cognito_srp6a::Subject;

use crate::authentication::srp::{Secret, StartedProof};
use crate::authentication::turn::{Parameters, Turn};

/// Completes the device step of a sign-in. If `next` is the challenge `DEVICE_SRP_AUTH` and the
/// request has a device, responds to this challenge, and then to the challenge
/// `DEVICE_PASSWORD_VERIFIER`. Otherwise returns `next` unchanged.
pub(super) async fn respond(turn: &Turn<'_>, next: SignIn) -> Result<SignIn> {
    match (next, turn.device()) {
        (SignIn::Challenge(challenge), Some(device))
            if *challenge.name() == ChallengeName::DeviceSrpAuth =>
        {
            let proven = prove(turn, &challenge, device).await;
            proven.map_err(|error| error.with_guessed(GuessedSecret::Device))
        }
        (other, _) => Ok(other),
    }
}

/// Responds to `DEVICE_SRP_AUTH` with `SRP_A`, and to `DEVICE_PASSWORD_VERIFIER` with a proof that
/// the client has the device password.
async fn prove(
    turn: &Turn<'_>,
    challenge: &Challenge,
    device: &RememberedDevice,
) -> Result<SignIn> {
    let step = challenge.step();
    let session = step.session().map(|session| session.expose().to_owned());
    // A new private value is needed: the one of the password's proof must not be used again.
    let proof = StartedProof::new(&turn.aws.computations).await?;
    let responses = Parameters::from([("SRP_A".to_owned(), proof.srp_a())]);
    let next = turn
        .respond(
            step.name(),
            step.username(),
            session,
            responses,
            Some(proof.date()),
        )
        .await?;
    match next {
        SignIn::Challenge(challenge)
            if *challenge.name() == ChallengeName::DevicePasswordVerifier =>
        {
            let subject = Subject::device(device.group_key.as_str(), device.key.as_str());
            let secret = Secret::Device(device.password.clone());
            let proven = proof.send_proof(turn, challenge, subject, secret).await;
            proven.map_err(with_advice)
        }
        other => Ok(other),
    }
}

/// Converts the error that Cognito returns for a rejected device proof. This error has the code of
/// a wrong password, although Cognito has already accepted the user's password. The returned error
/// has the kind [`ErrorKind::NotAuthorized`], and a detail that says what to do. Returns other
/// errors unchanged.
fn with_advice(error: Error) -> Error {
    match error.kind() {
        ErrorKind::InvalidCredentials => error.with_kind(ErrorKind::NotAuthorized).with_detail(
            "the device proof was rejected: delete the stored device, and sign in without it",
        ),
        _ => error,
    }
}
