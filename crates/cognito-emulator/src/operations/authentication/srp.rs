//! The proof of a password with SRP: the flow `USER_SRP_AUTH` and its challenge
//! `PASSWORD_VERIFIER`.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_lc_rs::hmac;
use cognito_srp6a::{self as srp6a, ServerExchange, SrpError, Subject, Verifier};
use serde_json::{Value, json};

use crate::model::client::no_such_user;
use crate::model::custom::Round;
use crate::model::failure::{Answer, Failure};
use crate::model::password::StoredPassword;
use crate::model::random::uuid_text;
use crate::model::user::User;
use crate::operations::authentication::sign_in::SignIn;
use crate::state::call::Call;
use crate::state::exchanges::{OfPassword, Pending};

impl SignIn<'_> {
    /// Returns the challenge `PASSWORD_VERIFIER`. As in Cognito, the challenge has no session: its
    /// secret block identifies the exchange. `custom` contains the completed challenges of a
    /// `CUSTOM_AUTH` sign-in. It is `None` in all other flows.
    ///
    /// If the user does not exist, and `PreventUserExistenceErrors` of the client is `ENABLED`, the
    /// challenge is simulated: "the same salt and an internal user ID in UUID format for the same
    /// user name and user pool combination" (AWS developer guide, "Managing user existence error
    /// responses"). A simulated challenge needs the same computations as the challenge of a user
    /// with a stored verifier.
    pub(super) fn start_srp(&self, srp_a: &str, custom: Option<Vec<Round>>) -> Answer {
        let settings = &self.call.service.settings;
        let (user, simulation_key) = {
            let mut state = self.call.state();
            let simulation_key = state.simulation_key(&self.call.service.random);
            let user = state.users.find(&self.username);
            let user = user.map(|user| (user.username.clone(), user.password.clone()));
            (user, simulation_key)
        };
        if user.is_none() && !self.client.hides_users {
            return Err(no_such_user(&self.client));
        }
        let (username, password) = user.unzip();
        // An imported hash gives no verifier, so its challenge is simulated and no proof is right.
        let password = password
            .flatten()
            .filter(|stored| stored.expose().is_some());
        let srp_id = username.clone().unwrap_or_else(|| {
            let name = settings.names().fold(&self.username);
            simulated_id(&simulation_key, &name)
        });
        // These computations take milliseconds, so the state is not locked.
        let stored = password.as_ref().and_then(|stored| stored.verifier.clone());
        let verifier = match stored {
            Some(verifier) => verifier,
            None => {
                let subject = Subject::user(&settings.pool_id, srp_id.as_str());
                let subject = subject.map_err(rejected)?;
                let password = password.as_ref();
                Arc::new(new_verifier(subject, password, &simulation_key)?)
            }
        };
        let exchange = ServerExchange::start(&verifier, srp_a).map_err(rejected)?;
        let mut parameters = challenge_parameters(&exchange, &srp_id);
        parameters["USER_ID_FOR_SRP"] = json!(srp_id);
        let now = self.call.now;
        let expires = now.checked_add(self.client.validity.session);
        let mut state = self.call.state();
        if let Some(username) = &username {
            let user = state.users.expect(username)?;
            // The password may have been changed in the meantime.
            let password = password.as_ref().and_then(StoredPassword::expose);
            if let (Some(current), Some(password)) = (&mut user.password, password)
                && current.matches(password)
            {
                current.verifier.get_or_insert(verifier);
            }
        }
        let pending = Pending {
            exchange,
            client: self.client.id.clone(),
            expires: expires.unwrap_or(now),
            subject: OfPassword {
                username,
                password,
                custom,
                progress: self.progress.clone(),
            },
        };
        state.exchanges.insert(pending, now);
        Ok(json!({
            "ChallengeName": "PASSWORD_VERIFIER",
            "ChallengeParameters": parameters,
        }))
    }

    /// Checks the response to `PASSWORD_VERIFIER`, and returns the next challenge or tokens. Each
    /// challenge accepts one response.
    pub(super) fn verify_password(&mut self) -> Answer {
        let parameter = |name: &str| self.parameters.get(name);
        let proof = srp6a::Answer::from_parameters(parameter).map_err(rejected)?;
        let now = self.call.now;
        let mut state = self.call.state();
        let user = state.users.find(&self.username);
        if state.exchanges.is_open(proof.secret_block, now) {
            // Checked before the exchange is used up, because a client may omit the device and
            // respond again.
            self.check_device(user)?;
        }
        let name = user.map(|user| user.username.clone());
        let pending = state.exchanges.take(proof.secret_block, &self.client, now);
        let Pending {
            exchange, subject, ..
        } = pending.ok_or_else(Failure::incorrect)?;
        // Checked for every user, so that the response takes the same time whether the user exists
        // or not.
        let is_proven = is_proven(exchange, &proof, self.call)?;
        let Some(username) = subject
            .username
            .filter(|known| name.as_ref() == Some(known))
        else {
            return Err(Failure::incorrect());
        };
        self.username = username;
        let checked = self.check_password(&mut state, |user: &User| {
            let then = subject.password.as_ref().and_then(StoredPassword::expose);
            let passwords = user.password.as_ref().zip(then);
            let is_same = passwords.is_some_and(|(now, then)| now.matches(then));
            is_proven && is_same
        });
        let Some(rounds) = subject.custom else {
            checked?;
            self.progress = subject.progress;
            let next = self.after_password(&mut state)?;
            drop(state);
            return self.finish(next);
        };
        drop(state);
        match checked {
            // The triggers handle a wrong password. Other failures are final.
            Err(failure) if failure != Failure::incorrect() => Err(failure),
            checked => self.continue_custom(rounds, checked.is_ok()),
        }
    }
}

/// Returns the verifier of a password. Without a password, the verifier is simulated.
fn new_verifier(
    subject: Subject,
    password: Option<&StoredPassword>,
    simulation_key: &[u8],
) -> Result<Verifier, Failure> {
    match password.and_then(StoredPassword::expose) {
        Some(password) => Verifier::new(subject, password).map_err(rejected),
        None => Ok(Verifier::simulated(subject, simulation_key)),
    }
}

pub(super) fn challenge_parameters(exchange: &ServerExchange, username: &str) -> Value {
    json!({
        "SALT": exchange.salt(),
        "SECRET_BLOCK": exchange.secret_block(),
        "SRP_B": exchange.srp_b(),
        "USERNAME": username,
    })
}

/// The maximum difference between the time in an SRP proof and the current time of the emulator's
/// clock or of the host. AWS does not document Cognito's limit.
const CLOCK_DRIFT: Duration = Duration::from_secs(15 * 60);

/// Returns `true` if an SRP proof is right, and `false` if its signature is wrong. Fails if the
/// proof is malformed, or if its time differs by more than 15 minutes from the current time.
///
/// After the emulator's clock was frozen or advanced, the time of the host is accepted too. Browsers
/// use their own clock for the proof, which the emulator cannot advance.
pub(super) fn is_proven(
    exchange: ServerExchange,
    proof: &srp6a::Answer<'_>,
    call: &Call<'_>,
) -> Result<bool, Failure> {
    let time = match exchange.verify(proof) {
        Ok(timestamp) => timestamp.time(),
        Err(SrpError::WrongSignature) => return Ok(false),
        Err(error) => return Err(rejected(error)),
    };
    let host_now = call.pools.steered_clock.base().now();
    if is_near(time, call.now) || is_near(time, host_now) {
        Ok(true)
    } else {
        Err(Failure::incorrect())
    }
}

fn is_near(time: SystemTime, now: SystemTime) -> bool {
    let drift = time.duration_since(now);
    drift.unwrap_or_else(|earlier| earlier.duration()) <= CLOCK_DRIFT
}

/// Returns the simulated internal id for a user name that does not exist. The id depends only on
/// `key` and the name.
fn simulated_id(key: &[u8], username: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key);
    let digest = hmac::sign(&key, format!("id:{username}").as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest.as_ref()[..16]);
    uuid_text(bytes)
}

/// Returns Cognito's error for an error of SRP.
pub(super) fn rejected(error: SrpError) -> Failure {
    Failure::invalid_parameter(match error {
        SrpError::Malformed {
            parameter: "TIMESTAMP",
        } => "TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english.".to_owned(),
        SrpError::Missing { parameter } => format!("Missing required parameter {parameter}"),
        error => error.to_string(),
    })
}
