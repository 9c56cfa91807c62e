//! The proof of a password with SRP: begun with one request, given with the next.

use std::time::SystemTime;

use cognito_core::{Challenge, ChallengeName, Error, ErrorKind, Password, Result, SignIn};
use cognito_srp6a::{self as srp6a, Exchange, Proof, SrpError, Subject};
use tokio::task::spawn_blocking;

use crate::authentication::turn::Turn;
use crate::server_date::ServerDate;

/// A proof before Cognito has asked for it.
pub(super) struct ProofBegun {
    exchange: Exchange,
    srp_a: String,
    date: ServerDate,
}

impl ProofBegun {
    pub(super) async fn new() -> Result<Self> {
        let exchange = computed(|| Exchange::start().map_err(failed)).await?;
        Ok(Self {
            srp_a: exchange.srp_a(),
            exchange,
            date: ServerDate::default(),
        })
    }

    /// What goes with the request that begins it, as `SRP_A`.
    pub(super) fn srp_a(&self) -> String {
        self.srp_a.clone()
    }

    /// Takes the time from the answer to the request that begins it.
    pub(super) const fn date(&self) -> &ServerDate {
        &self.date
    }

    /// Answers `PASSWORD_VERIFIER`, if that was asked.
    pub(super) async fn answer(
        self,
        turn: &Turn<'_>,
        asked: SignIn,
        password: &Password,
    ) -> Result<SignIn> {
        match asked {
            SignIn::Challenge(challenge)
                if *challenge.name() == ChallengeName::PasswordVerifier =>
            {
                self.give(turn, challenge, password.clone()).await
            }
            other => Ok(other),
        }
    }

    async fn give(
        self,
        turn: &Turn<'_>,
        challenge: Challenge,
        password: Password,
    ) -> Result<SignIn> {
        let now = self.date.or_ours(turn.aws.clock.now());
        let pool_id = turn.pool.user_pool_id.as_str().to_owned();
        let exchange = self.exchange;
        let (proof, challenge) = computed(move || {
            let proof = prove(exchange, &pool_id, &password, &challenge, now);
            proof.map(|proof| (proof, challenge))
        })
        .await?;
        let step = challenge.step();
        let session = step.session().map(|session| session.expose().to_owned());
        let proof = proof.into_parameters().into_iter();
        let responses = proof
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        turn.respond(step.name(), step.username(), session, responses, &self.date)
            .await
    }
}

fn prove(
    exchange: Exchange,
    pool_id: &str,
    password: &Password,
    challenge: &Challenge,
    now: SystemTime,
) -> Result<Proof> {
    let step = challenge.step();
    let asked = srp6a::Challenge::from_parameters(|name| step.parameter(name)).map_err(broken)?;
    let user_id = step.parameter("USER_ID_FOR_SRP");
    let user_id = user_id.unwrap_or_else(|| step.username().as_str());
    let subject = Subject::user(pool_id, user_id).map_err(failed)?;
    exchange
        .prove(&subject, password.expose(), &asked, now)
        .map_err(broken)
}

/// What computes for milliseconds must not hold up the other tasks of its thread.
async fn computed<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    match spawn_blocking(work).await {
        Ok(result) => result,
        Err(_) => Err(Error::new(ErrorKind::Unknown).with_detail("the computation was torn down")),
    }
}

/// Cognito, or whoever says to be it, sent what no honest server sends.
fn broken(error: SrpError) -> Error {
    Error::new(ErrorKind::Unknown)
        .with_detail("the password challenge cannot be answered")
        .with_source(error)
}

fn failed(error: SrpError) -> Error {
    Error::new(ErrorKind::Unknown).with_source(error)
}
