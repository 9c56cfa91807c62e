//! The flow `USER_SRP_AUTH`: two calls, and between them the proof of the password.

use std::time::SystemTime;

use aws_sdk_cognitoidentityprovider::types::{AuthFlowType, ChallengeNameType};
use cognito_core::authentication::sign_in::{SignInFlow, SignInRequest};
use cognito_core::{
    Challenge, ChallengeName, Error, ErrorKind, Password, PoolConfig, Result, SignIn,
};
use cognito_srp6a::{self as srp6a, Exchange, Proof, SrpError, Subject};
use tokio::task::spawn_blocking;

use crate::AwsCognito;
use crate::attributes::metadata;
use crate::authentication::outcome::Outcome;
use crate::authentication::sign_in::{name_the_setting, named};
use crate::context::{analytics, user_context};
use crate::error::from_sdk;
use crate::quiet::Quiet;
use crate::server_date::ServerDate;

pub(super) async fn sign_in(
    aws: &AwsCognito,
    pool: &PoolConfig,
    request: SignInRequest,
) -> Result<SignIn> {
    let exchange = computed(|| Exchange::start().map_err(failed)).await?;
    let mut parameters = named(aws, pool, &request.username);
    parameters.insert("SRP_A".to_owned(), exchange.srp_a());
    let flow = SignInFlow::UserSrp;
    let date = ServerDate::default();
    let asked = aws
        .once
        .initiate_auth()
        .client_id(pool.client_id.as_str())
        .auth_flow(AuthFlowType::UserSrpAuth)
        .set_auth_parameters(Some(parameters))
        .set_client_metadata(metadata(&request.client_metadata))
        .set_user_context_data(user_context(&request.context))
        .set_analytics_metadata(analytics(&request.context))
        .customize()
        .interceptor(date.clone())
        .send()
        .quietly()
        .await
        .map(Outcome::from)
        .map_err(|error| name_the_setting(from_sdk(error), flow))?
        .into_sign_in(&request.username, flow.api())?;
    match asked {
        SignIn::Challenge(challenge) if *challenge.name() == ChallengeName::PasswordVerifier => {
            let now = date.or_ours(aws.clock.now());
            answer(aws, pool, (exchange, now), challenge, request).await
        }
        other => Ok(other),
    }
}

/// Answers `PASSWORD_VERIFIER`.
async fn answer(
    aws: &AwsCognito,
    pool: &PoolConfig,
    (exchange, now): (Exchange, SystemTime),
    challenge: Challenge,
    request: SignInRequest,
) -> Result<SignIn> {
    let password = request.password.clone();
    let pool_id = pool.user_pool_id.as_str().to_owned();
    let (proof, challenge) = computed(move || {
        let proof = prove(exchange, &pool_id, &password, &challenge, now);
        proof.map(|proof| (proof, challenge))
    })
    .await?;
    respond(aws, pool, &challenge, proof, &request).await
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

async fn respond(
    aws: &AwsCognito,
    pool: &PoolConfig,
    challenge: &Challenge,
    proof: Proof,
    request: &SignInRequest,
) -> Result<SignIn> {
    let step = challenge.step();
    let mut responses = named(aws, pool, step.username());
    for (name, value) in proof.into_parameters() {
        responses.insert(name.to_owned(), value);
    }
    aws.once
        .respond_to_auth_challenge()
        .client_id(pool.client_id.as_str())
        .challenge_name(ChallengeNameType::PasswordVerifier)
        .set_session(step.session().map(|session| session.expose().to_owned()))
        .set_challenge_responses(Some(responses))
        .set_client_metadata(metadata(&request.client_metadata))
        .set_user_context_data(user_context(&request.context))
        .set_analytics_metadata(analytics(&request.context))
        .send()
        .quietly()
        .await
        .map(Outcome::from)
        .map_err(from_sdk)?
        .into_sign_in(step.username(), step.api())
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
