//! The SRP proof of a password or of a device.

use std::time::SystemTime;

use cognito_core::authentication::challenge::ChallengeStep;
use cognito_core::authentication::sign_in::ChallengeApi;
use cognito_core::secret::DevicePassword;
use cognito_core::{
    Challenge, ChallengeName, Error, ErrorKind, Password, Result, SignIn, Username,
};
use cognito_srp6a::{self as srp6a, Exchange, Proof, SrpError, Subject};

use crate::authentication::turn::Turn;
use crate::blocking::Computations;
use crate::error::from_srp;
use crate::server_date::ServerDate;

/// An SRP exchange after its first step. The first request contains [`srp_a`](Self::srp_a). Cognito
/// then returns a challenge that requests the proof.
pub(super) struct StartedProof {
    exchange: Exchange,
    srp_a: String,
    date: ServerDate,
}

impl StartedProof {
    /// Starts an SRP exchange with a new random private value.
    pub(super) async fn new(computations: &Computations) -> Result<Self> {
        let start = || Exchange::start().map_err(from_srp);
        let exchange = computations.run(start).await?;
        Ok(Self {
            srp_a: exchange.srp_a(),
            exchange,
            date: ServerDate::default(),
        })
    }

    /// Returns `SRP_A`, a parameter of the first request.
    pub(super) fn srp_a(&self) -> String {
        self.srp_a.clone()
    }

    /// Returns the [`ServerDate`] that stores the time of Cognito's first response. Pass it to the
    /// first request of this exchange. If the clock of this process is wrong, the SRP proof
    /// contains the stored time; see [`ServerDate::or_ours`].
    pub(super) const fn date(&self) -> &ServerDate {
        &self.date
    }

    /// Responds to `next`, the result of the request with `SRP_A`:
    ///
    /// - If `next` is the challenge `PASSWORD_VERIFIER`, sends the proof of the password.
    /// - If `next` is the challenge `SELECT_CHALLENGE`, the user has no password. Returns `next`
    ///   unchanged. With [`ChallengeApi::Public`], first [simulates](Self::simulate) a proof, so
    ///   that the duration does not reveal that the user has no password.
    /// - Otherwise Cognito did not request the proof. Returns an error.
    pub(super) async fn respond(
        self,
        turn: &Turn<'_>,
        next: SignIn,
        password: &Password,
    ) -> Result<SignIn> {
        match next {
            SignIn::Challenge(challenge)
                if *challenge.name() == ChallengeName::PasswordVerifier =>
            {
                let subject = user(turn, &challenge)?;
                let secret = Secret::User(password.clone());
                self.send_proof(turn, challenge, subject, secret).await
            }
            SignIn::Challenge(challenge) if *challenge.name() == ChallengeName::SelectChallenge => {
                // The user has no password.
                let step = challenge.step();
                if step.api() == ChallengeApi::Public {
                    self.simulate(turn, step.username(), password).await;
                }
                Ok(SignIn::Challenge(challenge))
            }
            _ => Err(Error::new(ErrorKind::TriggerFailed).with_detail(
                "Cognito did not request the proof of the password: DefineAuthChallenge must return \
                 PASSWORD_VERIFIER after SRP_A",
            )),
        }
    }

    /// Computes and sends a proof for a user whom Cognito has already rejected, and ignores the
    /// result.
    ///
    /// Security: without this call, a sign-in would send one request for an unknown user and two
    /// requests for an existing user. The duration would then reveal whether an account exists.
    pub(super) async fn simulate(self, turn: &Turn<'_>, username: &Username, password: &Password) {
        let name = ChallengeName::PasswordVerifier;
        let parameters = [
            // Any member of the group is valid as B, and this one is already computed.
            ("SRP_B", self.srp_a.clone()),
            ("SALT", "5b".repeat(16)),
            ("SECRET_BLOCK", "AAAA".repeat(SIMULATED_BLOCK / 4)),
        ];
        let parameters = parameters.map(|(name, value)| (name.to_owned(), value));
        let api = ChallengeApi::Public;
        let step = ChallengeStep::new(name, username.clone(), None, parameters.into(), api);
        let challenge = Challenge::from(step);
        let Ok(subject) = user(turn, &challenge) else {
            return;
        };
        let secret = Secret::User(password.clone());
        drop(self.send_proof(turn, challenge, subject, secret).await);
    }

    /// Computes the proof that the client has `secret`, and sends it as the response to
    /// `challenge`.
    pub(super) async fn send_proof(
        self,
        turn: &Turn<'_>,
        challenge: Challenge,
        subject: Subject,
        secret: Secret,
    ) -> Result<SignIn> {
        let now = self.date.or_ours(turn.aws.clock.now());
        let exchange = self.exchange;
        let work = move || {
            let proof = prove(exchange, &subject, &secret, &challenge, now);
            proof.map(|proof| (proof, challenge))
        };
        let (proof, challenge) = turn.aws.computations.run(work).await?;
        let step = challenge.step();
        let session = step.session().map(|session| session.expose().to_owned());
        let proof = proof.into_parameters().into_iter();
        let responses = proof
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        turn.respond(step.name(), step.username(), session, responses, None)
            .await
    }
}

/// The length in bytes of `SECRET_BLOCK` in a simulated challenge. A real `SECRET_BLOCK` has about
/// the same length.
const SIMULATED_BLOCK: usize = 1_024;

/// The password of a user or a device. SRP proves the password without sending it.
pub(super) enum Secret {
    Device(DevicePassword),
    User(Password),
}

impl Secret {
    fn expose(&self) -> &str {
        match self {
            Self::Device(password) => password.expose(),
            Self::User(password) => password.expose(),
        }
    }
}

/// Returns the subject of a user's SRP proof: the user pool, and the user name in the challenge.
fn user(turn: &Turn<'_>, challenge: &Challenge) -> Result<Subject> {
    let step = challenge.step();
    let user_id = step.parameter("USER_ID_FOR_SRP");
    let user_id = user_id.unwrap_or_else(|| step.username().as_str());
    Subject::user(turn.pool.user_pool_id.as_str(), user_id).map_err(from_srp)
}

/// Computes the SRP proof for the parameters of a challenge. `now` is the time that the proof
/// contains.
fn prove(
    exchange: Exchange,
    subject: &Subject,
    secret: &Secret,
    challenge: &Challenge,
    now: SystemTime,
) -> Result<Proof> {
    let step = challenge.step();
    let parameters = srp6a::Challenge::from_parameters(|name| step.parameter(name))
        .map_err(invalid_challenge)?;
    exchange
        .prove(subject, secret.expose(), &parameters, now)
        .map_err(invalid_challenge)
}

/// Creates the error for a challenge whose parameters are missing or invalid. Cognito never sends
/// such a challenge.
fn invalid_challenge(error: SrpError) -> Error {
    Error::new(ErrorKind::Unknown)
        .with_detail("the SRP challenge has missing or invalid parameters: check the endpoint")
        .with_source(error)
}
