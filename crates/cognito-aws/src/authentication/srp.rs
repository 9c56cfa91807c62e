//! The SRP proof of a password. It starts with one request and is completed with the next one.

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

/// An SRP exchange that has started. Cognito has not yet requested the proof with a challenge.
pub(super) struct ProofBegun {
    exchange: Exchange,
    srp_a: String,
    date: ServerDate,
}

impl ProofBegun {
    pub(super) async fn new(computations: &Computations) -> Result<Self> {
        let start = || Exchange::start().map_err(from_srp);
        let exchange = computations.run(start).await?;
        Ok(Self {
            srp_a: exchange.srp_a(),
            exchange,
            date: ServerDate::default(),
        })
    }

    /// Returns `SRP_A` for the first request.
    pub(super) fn srp_a(&self) -> String {
        self.srp_a.clone()
    }

    /// Returns the [`ServerDate`] for the first request. The request stores the time of its
    /// response there.
    pub(super) const fn date(&self) -> &ServerDate {
        &self.date
    }

    /// Responds to `PASSWORD_VERIFIER`. Returns any other challenge to the caller; for example, the
    /// user may have to choose first. Rejects tokens that Cognito returns without a proof.
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
                self.give(turn, challenge, subject, secret).await
            }
            SignIn::Challenge(challenge) if *challenge.name() == ChallengeName::SelectChallenge => {
                // The user has no password.
                let step = challenge.step();
                if step.api() == ChallengeApi::Public {
                    self.pretend(turn, step.username(), password).await;
                }
                Ok(SignIn::Challenge(challenge))
            }
            _ => Err(Error::new(ErrorKind::TriggerFailed).with_detail(
                "Cognito went on without the proof of the password: DefineAuthChallenge must ask \
                 for PASSWORD_VERIFIER after SRP_A",
            )),
        }
    }

    /// Makes the same computation and second call as [`respond`](Self::respond), for a user whom
    /// Cognito has already rejected. The result is ignored.
    ///
    /// Security: otherwise a sign-in would make one call for an unknown user and two for an
    /// existing one, and the time would reveal whether an account exists.
    pub(super) async fn pretend(self, turn: &Turn<'_>, username: &Username, password: &Password) {
        let name = ChallengeName::PasswordVerifier;
        let parameters = [
            // Any member of the group works, and this one is available.
            ("SRP_B", self.srp_a.clone()),
            ("SALT", "5b".repeat(16)),
            ("SECRET_BLOCK", "AAAA".repeat(PRETENDED_BLOCK / 4)),
        ];
        let parameters = parameters.map(|(name, value)| (name.to_owned(), value));
        let api = ChallengeApi::Public;
        let step = ChallengeStep::new(name, username.clone(), None, parameters.into(), api);
        let challenge = Challenge::from(step);
        let Ok(subject) = user(turn, &challenge) else {
            return;
        };
        let secret = Secret::User(password.clone());
        drop(self.give(turn, challenge, subject, secret).await);
    }

    /// Sends the proof for the secret of this subject.
    pub(super) async fn give(
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

/// The approximate length of the block that Cognito sends.
const PRETENDED_BLOCK: usize = 1_024;

/// The secret to prove.
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

/// Returns the name of the user in the challenge.
fn user(turn: &Turn<'_>, challenge: &Challenge) -> Result<Subject> {
    let step = challenge.step();
    let user_id = step.parameter("USER_ID_FOR_SRP");
    let user_id = user_id.unwrap_or_else(|| step.username().as_str());
    Subject::user(turn.pool.user_pool_id.as_str(), user_id).map_err(from_srp)
}

fn prove(
    exchange: Exchange,
    subject: &Subject,
    secret: &Secret,
    challenge: &Challenge,
    now: SystemTime,
) -> Result<Proof> {
    let step = challenge.step();
    let parameters =
        srp6a::Challenge::from_parameters(|name| step.parameter(name)).map_err(broken)?;
    exchange
        .prove(subject, secret.expose(), &parameters, now)
        .map_err(broken)
}

/// Returns the error for values that a correct server never sends.
fn broken(error: SrpError) -> Error {
    Error::new(ErrorKind::Unknown)
        .with_detail("the SRP challenge has no usable parameters")
        .with_source(error)
}
