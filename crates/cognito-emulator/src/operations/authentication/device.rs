//! The proof of a remembered device with SRP: `DEVICE_SRP_AUTH` and `DEVICE_PASSWORD_VERIFIER`.

use std::sync::Arc;

use cognito_srp6a::{self as srp6a, ServerExchange, SrpError};
use serde_json::json;

use crate::model::client::Client;
use crate::model::device::{Device, Waiting, unknown};
use crate::model::failure::{Answer, Failure};
use crate::model::request::Texts;
use crate::model::user::User;
use crate::operations::authentication::sign_in::{Next, finish, tokens};
use crate::operations::authentication::srp::{CLOCK_DRIFT, apart, refused};
use crate::state::call::Call;
use crate::state::exchanges::{OfDevice, Pending};
use crate::state::sessions;

/// Returns the device key in a request, if the pool remembers devices. The key applies only to this
/// request: later requests of the sign-in must contain it again.
pub(crate) fn named<'a>(call: &Call<'a>) -> Option<&'a str> {
    call.service.settings.devices?;
    ["AuthParameters", "ChallengeResponses"]
        .into_iter()
        .find_map(|parameters| call.fields.get(parameters)?.get("DEVICE_KEY")?.as_str())
        .filter(|key| !key.is_empty())
}

/// Rejects a device that the user has not confirmed, or has deleted. An unknown user has no
/// devices.
pub(crate) fn check(call: &Call<'_>, user: Option<&User>) -> Result<(), Failure> {
    let is_known = |key| user.is_some_and(|user| user.devices.find(key).is_some());
    match named(call) {
        Some(key) if !is_known(key) => Err(unknown()),
        _ => Ok(()),
    }
}

/// Returns `true` if the proof of the device in the request replaces the second factor.
pub(crate) fn stands_for_factor(call: &Call<'_>, user: &User) -> bool {
    let configuration = call.service.settings.devices;
    let may_stand = configuration.is_some_and(|told| told.challenge_required_on_new_device);
    may_stand && remembered(call, user).is_some()
}

fn remembered<'u>(call: &Call<'_>, user: &'u User) -> Option<&'u Device> {
    let device = user.devices.find(named(call)?)?;
    device.remembered.then_some(device)
}

/// Returns the challenge for the remembered device in the request, if there is one. All other steps
/// must be complete. Cognito's clients respond without a session, so the challenge has none.
pub(crate) fn ask(call: &Call<'_>, user: &mut User, client: &Client) -> Option<Next> {
    let key = remembered(call, user)?.key.clone();
    let expires = call.now.checked_add(client.session_validity);
    let waiting = Waiting {
        client: client.id.clone(),
        expires: expires.unwrap_or(call.now),
    };
    user.devices.expect(&key).ok()?.wait(waiting, call.now);
    Some(Next::Challenge(json!({
        "ChallengeName": "DEVICE_SRP_AUTH",
        "ChallengeParameters": {},
    })))
}

/// Handles `DEVICE_SRP_AUTH` and returns the next challenge.
pub(crate) fn challenge(
    call: &Call<'_>,
    client: &Client,
    username: &str,
    responses: &Texts<'_>,
) -> Answer {
    let key = responses.require("DEVICE_KEY")?;
    let srp_a = responses.require("SRP_A")?;
    let (name, sub, verifier) = {
        let mut state = call.state();
        let user = match state.users.find_mut(username) {
            // Like an unknown device of a user, if the client hides missing users.
            None if client.hides_users => return Err(unknown()),
            user => person(user)?,
        };
        let (name, sub) = (user.username.clone(), user.sub.clone());
        (name, sub, user.devices.expect(key)?.verifier.clone())
    };
    // Computations of milliseconds are made without the lock.
    let exchange = ServerExchange::start(&verifier, srp_a).map_err(refused)?;
    let answer = json!({
        "ChallengeName": "DEVICE_PASSWORD_VERIFIER",
        "ChallengeParameters": {
            "DEVICE_KEY": key,
            "SALT": exchange.salt(),
            "SECRET_BLOCK": exchange.secret_block(),
            "SRP_B": exchange.srp_b(),
            "USERNAME": name,
        },
    });
    let mut state = call.state();
    let user = person(
        state
            .users
            .find_mut(username)
            .filter(|user| user.sub == sub),
    )?;
    let device = user.devices.expect(key)?;
    let waiting = device.take_waiting(&client.id, call.now);
    let Waiting { client, expires } = waiting.ok_or_else(sessions::unknown)?;
    let subject = OfDevice {
        sub,
        key: key.to_owned(),
    };
    let pending = Pending {
        exchange,
        client,
        expires,
        subject,
    };
    state.device_exchanges.insert(pending, call.now);
    Ok(answer)
}

/// Checks the response to `DEVICE_PASSWORD_VERIFIER`. A wrong response ends the sign-in.
pub(crate) fn verify(
    call: &Call<'_>,
    client: &Arc<Client>,
    username: &str,
    responses: &Texts<'_>,
) -> Answer {
    let key = responses.require("DEVICE_KEY")?;
    let answer = srp6a::Answer::from_parameters(|name| responses.get(name)).map_err(refused)?;
    let next = {
        let mut state = call.state();
        let exchanges = &mut state.device_exchanges;
        let pending = exchanges.take(answer.secret_block, client, call.now);
        let Pending {
            exchange, subject, ..
        } = pending.ok_or_else(Failure::incorrect)?;
        let user = state.users.find_mut(username);
        let user = person(user.filter(|user| user.sub == subject.sub && key == subject.key))?;
        let device = user.devices.expect(key)?;
        match exchange.verify(&answer) {
            Ok(said) if apart(said.time(), call.now) <= CLOCK_DRIFT => {}
            Ok(_) | Err(SrpError::WrongSignature) => return Err(Failure::incorrect()),
            Err(error) => return Err(refused(error)),
        }
        device.authenticated = call.now;
        tokens(call, user, client)
    };
    finish(call, next)
}

/// Returns the user. Fails if there is no user, or if the user is not allowed to sign in.
fn person(user: Option<&mut User>) -> Result<&mut User, Failure> {
    let user = user.ok_or_else(Failure::incorrect)?;
    user.check_usable()?;
    Ok(user)
}
