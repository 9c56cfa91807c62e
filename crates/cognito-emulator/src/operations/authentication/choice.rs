//! The flow `USER_AUTH`: users choose the factor.

use std::sync::Arc;

use serde_json::json;

use crate::model::client::secret_hash::check_secret_hash;
use crate::model::client::{AuthFlow, Client, no_such_user};
use crate::model::factors::{available, has_second};
use crate::model::failure::{Answer, Failure};
use crate::model::options::Factor;
use crate::model::request::Texts;
use crate::operations::authentication::challenge::find_session;
use crate::operations::authentication::sign_in::{
    Next, by_password, challenge, finish, grant, not_enabled,
};
use crate::operations::authentication::{device, passkey, srp};
use crate::state::call::Call;
use crate::state::inbox::Purpose;
use crate::state::pool::State;
use crate::state::sessions;
use crate::state::sessions::{Session, Step};
use crate::triggers::pre_authentication;

/// The names of the challenges that a user can choose.
const CHOICES: [&str; 5] = [
    "EMAIL_OTP",
    "PASSWORD",
    "PASSWORD_SRP",
    "SMS_OTP",
    "WEB_AUTHN",
];

/// The challenges that this module handles.
pub(super) const CHALLENGES: [&str; 3] = ["PASSWORD", "PASSWORD_SRP", "SELECT_CHALLENGE"];

/// Starts the flow.
pub(super) fn start(
    call: &Call<'_>,
    client: &Arc<Client>,
    parameters: &Texts<'_>,
    word: Option<&str>,
) -> Answer {
    if !client.allows(AuthFlow::UserAuth) {
        return Err(not_enabled());
    }
    let username = parameters.require("USERNAME")?;
    check_secret_hash(client, username, parameters.get("SECRET_HASH"))?;
    pre_authentication(call, client, username)?;
    if let Some(word) = word
        && let Some(next) = after_sign_up(call, client, username, word)?
    {
        return finish(call, next);
    }
    let available = check_person(call, client, username)?;
    match parameters.get("PREFERRED_CHALLENGE") {
        Some(name) if !CHOICES.contains(&name) => Err(not_a_choice()),
        Some(name) if available.contains(&name) => {
            take(call, client, username, name, parameters, &available)
        }
        _ => {
            let mut state = call.state();
            let next = offer(call, &mut state, client, username, &available)?;
            finish(call, next)
        }
    }
}

/// Handles responses to `SELECT_CHALLENGE`, `PASSWORD` and `PASSWORD_SRP`.
pub(super) fn answer(
    call: &Call<'_>,
    client: &Arc<Client>,
    name: &str,
    word: &str,
    responses: &Texts<'_>,
) -> Answer {
    let username = responses.require("USERNAME")?;
    let chosen = match name {
        "SELECT_CHALLENGE" => responses.require("ANSWER")?,
        name => name,
    };
    let id = {
        let mut state = call.state();
        find_session(call, &mut state, client, name, username, word)?.0
    };
    let available = check_person(call, client, username)?;
    if !available.contains(&chosen) {
        return Err(not_a_choice());
    }
    // A wrong response uses up the session too: the sign-in must start again.
    call.state().sessions.take(&id, call.now)?;
    take(call, client, username, chosen, responses, &available)
}

/// Continues with the chosen factor. If its parameters are missing, returns its challenge.
fn take(
    call: &Call<'_>,
    client: &Arc<Client>,
    username: &str,
    chosen: &str,
    texts: &Texts<'_>,
    available: &[&'static str],
) -> Answer {
    let step = match chosen {
        "PASSWORD" => match texts.get("PASSWORD") {
            Some(password) => return by_password(call, client, username, password),
            None => Step::Password,
        },
        "PASSWORD_SRP" => match texts.get("SRP_A") {
            Some(srp_a) => return srp::challenge(call, client, username, srp_a, None),
            None => Step::PasswordSrp,
        },
        "EMAIL_OTP" => return send_code(call, client, username, Factor::Email, available),
        "SMS_OTP" => return send_code(call, client, username, Factor::Sms, available),
        "WEB_AUTHN" => return ask_for_passkey(call, client, username, available),
        _ => return Err(not_a_choice()),
    };
    let mut state = call.state();
    let next = ask(call, &mut state, client, username, step)?;
    finish(call, next)
}

fn not_a_choice() -> Failure {
    Failure::invalid_parameter("The challenge is not available to the user.")
}

/// Returns the factors with which a user can sign in. Fails if the user cannot sign in. If the
/// client hides missing users, an unknown user is treated like one with a password.
fn check_person(
    call: &Call<'_>,
    client: &Client,
    username: &str,
) -> Result<Vec<&'static str>, Failure> {
    let state = call.state();
    match state.users.find(username) {
        Some(user) => {
            user.check_usable()?;
            device::check(call, Some(user))?;
            Ok(available(&call.service.settings, user))
        }
        None if client.hides_users => {
            device::check(call, None)?;
            Ok(vec!["PASSWORD", "PASSWORD_SRP"])
        }
        None => Err(no_such_user(client)),
    }
}

/// Returns the challenge to choose a factor.
fn offer(
    call: &Call<'_>,
    state: &mut State,
    client: &Arc<Client>,
    username: &str,
    available: &[&'static str],
) -> Result<Next, Failure> {
    let next = ask(call, state, client, username, Step::Select)?;
    Ok(with_available(next, available))
}

fn with_available(next: Next, available: &[&'static str]) -> Next {
    match next {
        Next::Challenge(mut answer) => {
            answer["AvailableChallenges"] = json!(available);
            Next::Challenge(answer)
        }
        next @ Next::Tokens(_) => next,
    }
}

/// Opens a session that waits for this step, for a user or an unknown name.
fn ask(
    call: &Call<'_>,
    state: &mut State,
    client: &Client,
    username: &str,
    step: Step,
) -> Result<Next, Failure> {
    let session = match state.users.find(username) {
        Some(user) => Session::of(user, client, step),
        None => Session::of_nobody(username, &client.id, step),
    };
    Ok(challenge(call, state, client, session, json!({})))
}

/// Sends a code to an address of the user and returns its challenge.
fn send_code(
    call: &Call<'_>,
    client: &Arc<Client>,
    username: &str,
    factor: Factor,
    available: &[&'static str],
) -> Answer {
    let service = call.service;
    let mut state = call.state();
    let user = state.users.expect(username)?;
    let code = service.random.code();
    let address = factor.address().unwrap_or_default();
    let sent = call.send(user, address, Purpose::SignIn, &code);
    let session = Session::of(user, client, Step::FirstCode { factor, code });
    let parameters = json!({
        "CODE_DELIVERY_DELIVERY_MEDIUM": sent["DeliveryMedium"],
        "CODE_DELIVERY_DESTINATION": sent["Destination"],
    });
    let next = challenge(call, &mut state, client, session, parameters);
    finish(call, with_available(next, available))
}

/// Returns the challenge for a passkey of the user. If it replaces both factors, its authenticator
/// must verify the user.
fn ask_for_passkey(
    call: &Call<'_>,
    client: &Arc<Client>,
    username: &str,
    available: &[&'static str],
) -> Answer {
    let settings = &call.service.settings;
    let mut state = call.state();
    let user = state.users.expect(username)?;
    let is_second = has_second(settings, user);
    let (step, parameters) = passkey::question(call, user, is_second)?;
    let session = Session::of(user, client, step);
    let next = challenge(call, &mut state, client, session, parameters);
    finish(call, with_available(next, available))
}

/// Returns a session for a user who signs up, if the client allows choice-based sign-in. It is used
/// for the confirmation, and then signs the user in.
pub(super) fn session_of_sign_up(
    call: &Call<'_>,
    state: &mut State,
    client: &Client,
    username: &str,
    step: Step,
) -> Option<String> {
    if !client.allows(AuthFlow::UserAuth) {
        return None;
    }
    let session = Session::of(state.users.find(username)?, client, step);
    Some(call.open_session(state, client, session))
}

/// Consumes the session of a sign-up. It must belong to the user and wait for this step.
pub(super) fn take_session(
    call: &Call<'_>,
    state: &mut State,
    client: &Client,
    username: &str,
    word: &str,
    step: &Step,
) -> Result<(), Failure> {
    let is_meant = |found: &Step| found.challenge() == step.challenge();
    take_step(call, state, client, username, word, is_meant)?;
    Ok(())
}

/// Consumes a session of the user and returns its step. The step must be one of the expected ones.
fn take_step(
    call: &Call<'_>,
    state: &mut State,
    client: &Client,
    username: &str,
    word: &str,
    is_meant: impl FnOnce(&Step) -> bool,
) -> Result<Step, Failure> {
    let sub = state.users.find(username).map(|user| &user.sub);
    let (id, session) = call.find_session(state, word)?;
    let is_owner = session.client == client.id && Some(&session.sub) == sub;
    if !is_owner || !is_meant(&session.step) {
        return Err(sessions::unknown());
    }
    let step = session.step.clone();
    state.sessions.close(&id, call.now);
    Ok(step)
}

/// Signs a user in with the session of a confirmed sign-up. The code of the sign-up counts as the
/// first factor.
///
/// Returns `None` if the session proves only that the user received a code at an address, and codes
/// to that address are not a first factor of the pool. The sign-in then continues as if the request
/// had no session.
fn after_sign_up(
    call: &Call<'_>,
    client: &Arc<Client>,
    username: &str,
    word: &str,
) -> Result<Option<Next>, Failure> {
    let mut state = call.state();
    device::check(call, state.users.find(username))?;
    let is_meant = |step: &Step| matches!(step, Step::SignedUp | Step::Confirmed(_));
    let step = take_step(call, &mut state, client, username, word, is_meant)?;
    let first_factors = &call.service.settings.first_factors;
    let is_enough = match step {
        Step::Confirmed(attribute) => first_factors
            .iter()
            .any(|factor| factor.address() == Some(attribute)),
        _ => true,
    };
    let user = state.users.expect(username)?;
    user.check_usable()?;
    Ok(is_enough.then(|| grant(call, user, client)))
}
