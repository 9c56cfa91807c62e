//! The proof of a password with SRP: the flow `USER_SRP_AUTH` and its challenge
//! `PASSWORD_VERIFIER`.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use cognito_srp6a::{self as srp6a, ServerExchange, SrpError, Subject, Verifier};
use serde_json::{Value, json};

use crate::model::client::Client;
use crate::model::client::no_such_user;
use crate::model::custom::Round;
use crate::model::failure::{Answer, Failure};
use crate::model::form::Texts;
use crate::model::password::StoredPassword;
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
    // What takes milliseconds is done without the lock.
    let verifier = known.verifier(&call.service.settings.pool_id)?;
    let exchange = ServerExchange::start(&verifier, srp_a).map_err(refused)?;
    let answer = asked(&known.srp_id, &exchange);
    let expires = call.now.checked_add(client.session_validity);
    let mut state = call.state();
    if let Some(person) = &known.username {
        let user = state.users.expect(person)?;
        // The password may have been changed since it was looked at.
        if let Some(password) = &mut user.password
            && password.matches(known.password.expose())
        {
            password.verifier.get_or_insert(verifier);
        }
    }
    state.exchanges.insert(Pending {
        exchange,
        client: client.id.clone(),
        expires: expires.unwrap_or(call.now),
        subject: OfPassword {
            username: known.username,
            password: known.password,
            custom,
        },
    });
    Ok(answer)
}

/// The user whose password must be proven.
struct Known {
    username: Option<String>,
    srp_id: String,
    password: StoredPassword,
}

impl Known {
    fn verifier(&self, pool_id: &str) -> Result<Arc<Verifier>, Failure> {
        if let Some(verifier) = &self.password.verifier {
            return Ok(Arc::clone(verifier));
        }
        let subject = Subject::user(pool_id, self.srp_id.as_str()).map_err(refused)?;
        let verifier = Verifier::new(subject, self.password.expose()).map_err(refused)?;
        Ok(Arc::new(verifier))
    }
}

/// Returns the user with this name. If there is none and the client hides that, returns a made-up
/// user with an unknown password.
fn known(call: &Call<'_>, client: &Client, username: &str) -> Result<Known, Failure> {
    let random = &call.service.random;
    let state = call.state();
    let found = state.users.find(username).map(|user| Known {
        username: Some(user.username.clone()),
        srp_id: user.username.clone(),
        password: (user.password.clone()).unwrap_or_else(|| StoredPassword::new(&random.uuid())),
    });
    match found {
        Some(known) => Ok(known),
        None if client.hides_users => Ok(Known {
            username: None,
            srp_id: random.uuid(),
            password: StoredPassword::new(&random.uuid()),
        }),
        None => Err(no_such_user(client)),
    }
}

/// Cognito sends no session with this challenge; the secret block replaces it.
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
        if state.exchanges.is_open(answer.secret_block) {
            // Before the exchange is used up, because a client may leave out the device and respond
            // again.
            device::check(call, state.users.find(username))?;
        }
        let pending = state.exchanges.take(answer.secret_block, client, call.now);
        let Pending {
            exchange, subject, ..
        } = pending.ok_or_else(Failure::incorrect)?;
        let person = subject.username.ok_or_else(Failure::incorrect)?;
        let is_owner = state
            .users
            .find(username)
            .is_some_and(|user| user.username == person);
        if !is_owner {
            return Err(Failure::incorrect());
        }
        let verdict = match exchange.verify(&answer) {
            Ok(said) if apart(said.time(), call.now) > CLOCK_DRIFT => {
                return Err(Failure::incorrect());
            }
            Ok(_) => true,
            Err(SrpError::WrongSignature) => false,
            Err(error) => return Err(refused(error)),
        };
        let name = check_password(call, &mut state, client, &person, |user| {
            let stored = user.password.as_ref();
            verdict && stored.is_some_and(|stored| stored.matches(subject.password.expose()))
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
        // The triggers decide about a wrong password. Other failures are final.
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
