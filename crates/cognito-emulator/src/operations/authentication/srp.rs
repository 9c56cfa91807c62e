//! The proof of a password with SRP: the flow `USER_SRP_AUTH` and its challenge
//! `PASSWORD_VERIFIER`.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_lc_rs::hmac;
use cognito_srp6a::{self as srp6a, ServerExchange, SrpError, Subject, Verifier};
use serde_json::{Value, json};

use crate::model::client::Client;
use crate::model::client::no_such_user;
use crate::model::custom::Round;
use crate::model::failure::{Answer, Failure};
use crate::model::password::StoredPassword;
use crate::model::random::uuid_text;
use crate::model::request::Texts;
use crate::operations::authentication::custom;
use crate::operations::authentication::device;
use crate::operations::authentication::sign_in::{after_password, check_password, finish};
use crate::state::call::Call;
use crate::state::exchanges::{OfPassword, Pending};

/// Returns the challenge to prove a password.
pub(crate) fn challenge(
    call: &Call<'_>,
    client: &Arc<Client>,
    username: &str,
    srp_a: &str,
    custom: Option<Vec<Round>>,
) -> Answer {
    let known = known(call, client, username)?;
    // Computations of milliseconds are made without the lock.
    let verifier = known.verifier(&call.service.settings.pool_id)?;
    let exchange = ServerExchange::start(&verifier, srp_a).map_err(refused)?;
    let answer = asked(&known.srp_id, &exchange);
    let expires = call.now.checked_add(client.session_validity);
    let mut state = call.state();
    if let Some(person) = &known.username {
        let user = state.users.expect(person)?;
        // The password may have been changed in the meantime.
        if let (Some(password), Some(seen)) = (&mut user.password, &known.password)
            && password.matches(seen.expose())
        {
            password.verifier.get_or_insert(verifier);
        }
    }
    let subject = OfPassword {
        username: known.username,
        password: known.password,
        custom,
    };
    let pending = Pending {
        exchange,
        client: client.id.clone(),
        expires: expires.unwrap_or(call.now),
        subject,
    };
    state.exchanges.insert(pending, call.now);
    Ok(answer)
}

/// The user whose password must be proven.
struct Known {
    username: Option<String>,
    srp_id: String,
    password: Option<StoredPassword>,
    simulation_key: [u8; 32],
}

impl Known {
    fn verifier(&self, pool_id: &str) -> Result<Arc<Verifier>, Failure> {
        let stored = self.password.as_ref().and_then(|it| it.verifier.as_ref());
        if let Some(verifier) = stored {
            return Ok(Arc::clone(verifier));
        }
        let subject = Subject::user(pool_id, self.srp_id.as_str()).map_err(refused)?;
        let verifier = match &self.password {
            Some(password) => Verifier::new(subject, password.expose()).map_err(refused)?,
            None => Verifier::simulated(subject, &self.simulation_key),
        };
        Ok(Arc::new(verifier))
    }
}

/// Returns the user with this name. If there is none and the client hides that, the response is
/// simulated: "the same salt and an internal user ID in UUID format for the same user name and user
/// pool combination" (AWS developer guide, "Managing user existence error responses"). It costs the
/// same as the response for a user with a stored verifier.
fn known(call: &Call<'_>, client: &Client, username: &str) -> Result<Known, Failure> {
    let mut state = call.state();
    let simulation_key = state.simulation_key(&call.service.random);
    let found = state.users.find(username).map(|user| Known {
        username: Some(user.username.clone()),
        srp_id: user.username.clone(),
        password: user.password.clone(),
        simulation_key,
    });
    match found {
        Some(known) => Ok(known),
        None if client.hides_users => Ok(Known {
            username: None,
            srp_id: {
                let name = call.service.settings.names().fold(username);
                simulated_id(&simulation_key, &name)
            },
            password: None,
            simulation_key,
        }),
        None => Err(no_such_user(client)),
    }
}

/// Returns the internal id of a user who does not exist.
fn simulated_id(key: &[u8], username: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key);
    let digest = hmac::sign(&key, format!("id:{username}").as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest.as_ref()[..16]);
    uuid_text(bytes)
}

/// Returns the challenge. Cognito sends no session with it; the secret block replaces it.
fn asked(srp_id: &str, exchange: &ServerExchange) -> Value {
    json!({
        "ChallengeName": "PASSWORD_VERIFIER",
        "ChallengeParameters": {
            "SALT": exchange.salt(),
            "SECRET_BLOCK": exchange.secret_block(),
            "SRP_B": exchange.srp_b(),
            "USERNAME": srp_id,
            "USER_ID_FOR_SRP": srp_id,
        },
    })
}

/// Checks the response to `PASSWORD_VERIFIER`.
pub(crate) fn verify(
    call: &Call<'_>,
    client: &Arc<Client>,
    username: &str,
    responses: &Texts<'_>,
) -> Answer {
    let answer = srp6a::Answer::from_parameters(|name| responses.get(name)).map_err(refused)?;
    let (name, custom) = {
        let mut state = call.state();
        if state.exchanges.is_open(answer.secret_block, call.now) {
            // Checked before the exchange is used up, because a client may omit the device and
            // respond again.
            device::check(call, state.users.find(username))?;
        }
        let pending = state.exchanges.take(answer.secret_block, client, call.now);
        let Pending {
            exchange, subject, ..
        } = pending.ok_or_else(Failure::incorrect)?;
        // Checked for every user, so that the response takes the same time whether the user exists
        // or not.
        let verdict = match exchange.verify(&answer) {
            Ok(said) if apart(said.time(), call.now) > CLOCK_DRIFT => {
                return Err(Failure::incorrect());
            }
            Ok(_) => true,
            Err(SrpError::WrongSignature) => false,
            Err(error) => return Err(refused(error)),
        };
        let person = subject.username.ok_or_else(Failure::incorrect)?;
        let is_owner = state
            .users
            .find(username)
            .is_some_and(|user| user.username == person);
        if !is_owner {
            return Err(Failure::incorrect());
        }
        let name = check_password(call, &mut state, client, &person, |user| {
            let (stored, proven) = (user.password.as_ref(), subject.password.as_ref());
            let is_same = |(stored, proven): (&StoredPassword, &StoredPassword)| {
                stored.matches(proven.expose())
            };
            verdict && stored.zip(proven).is_some_and(is_same)
        });
        match subject.custom {
            None => {
                let next = after_password(call, &mut state, client, &name?)?;
                drop(state);
                return finish(call, next);
            }
            Some(rounds) => (name.map_err(|failure| (failure, person)), rounds),
        }
    };
    match name {
        Ok(person) => custom::after_password(call, client, &person, custom, true),
        // The triggers handle a wrong password. Other failures are final.
        Err((failure, person)) if failure == Failure::incorrect() => {
            custom::after_password(call, client, &person, custom, false)
        }
        Err((failure, _)) => Err(failure),
    }
}

/// The tolerated difference to a client's clock. AWS does not document it.
pub(super) const CLOCK_DRIFT: Duration = Duration::from_secs(15 * 60);

pub(super) fn apart(one: SystemTime, other: SystemTime) -> Duration {
    one.duration_since(other)
        .unwrap_or_else(|earlier| earlier.duration())
}

pub(super) fn refused(error: SrpError) -> Failure {
    match error {
        SrpError::Malformed {
            parameter: "TIMESTAMP",
        } => Failure::invalid_parameter(
            "TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english.",
        ),
        SrpError::Missing { parameter } => {
            Failure::invalid_parameter(format!("Missing required parameter {parameter}"))
        }
        error => Failure::invalid_parameter(error.to_string()),
    }
}
