//! `RespondToAuthChallenge`, `AdminRespondToAuthChallenge`.

use std::sync::Arc;

use aws_lc_rs::constant_time::verify_slices_are_equal;

use crate::model::attributes;
use crate::model::attributes::Writer;
use crate::model::attributes::standard::address;
use crate::model::client::Client;
use crate::model::client::secret_hash::check_secret_hash;
use crate::model::factors::{self, due};
use crate::model::failure::{Answer, Failure};
use crate::model::options::Factor;
use crate::model::password::StoredPassword;
use crate::model::request::Texts;
use crate::model::settings::Settings;
use crate::model::totp::matching_step;
use crate::model::user::{Status, User};
use crate::operations::authentication::sign_in::{
    Address, Next, after_new_password, ask_for, finish, grant, send_code,
};
use crate::operations::authentication::{choice, custom, device, passkey, srp};
use crate::state::call::Call;
use crate::state::names::claim_alias;
use crate::state::names::{check_not_taken, claim_preferred};
use crate::state::pool::State;
use crate::state::sessions;
use crate::state::sessions::Step;

/// `AdminRespondToAuthChallenge`.
pub(crate) fn admin_respond(call: &Call<'_>) -> Answer {
    call.check_pool()?;
    respond(call)
}

/// `RespondToAuthChallenge`.
pub(crate) fn respond(call: &Call<'_>) -> Answer {
    let (name, word) = (call.required("ChallengeName")?, call.text("Session"));
    let responses: Texts<'_> = call.member("ChallengeResponses")?;
    let client = call.client()?;
    let username = responses.require("USERNAME")?;
    check_secret_hash(&client, username, responses.get("SECRET_HASH"))?;
    match name {
        "PASSWORD_VERIFIER" => return srp::verify(call, &client, username, &responses),
        "DEVICE_SRP_AUTH" => return device::challenge(call, &client, username, &responses),
        "DEVICE_PASSWORD_VERIFIER" => {
            return device::verify(call, &client, username, &responses);
        }
        _ => {}
    }
    let word =
        word.ok_or_else(|| Failure::invalid_parameter("Missing required parameter Session"))?;
    if name == "CUSTOM_CHALLENGE" {
        return custom::answer(call, &client, word, &responses);
    }
    if choice::CHALLENGES.contains(&name) {
        return choice::answer(call, &client, name, word, &responses);
    }
    let next = {
        let mut state = call.state();
        let (id, person, step) = find_session(call, &mut state, &client, name, username, word)?;
        let turn = Turn {
            call,
            client: &client,
            id,
            person,
            responses,
        };
        turn.take(&mut state, step)?
    };
    finish(call, next)
}

/// Returns the id, the user name and the step of a session.
pub(super) fn find_session(
    call: &Call<'_>,
    state: &mut State,
    client: &Client,
    challenge: &str,
    username: &str,
    word: &str,
) -> Result<(String, String, Step), Failure> {
    let (id, session) = call.find_session(state, word)?;
    let session = session.clone();
    let is_owner = match state.users.find(username) {
        Some(user) => user.sub == session.sub,
        None => session.is_of_nobody(username),
    };
    if session.client != client.id || session.step.challenge() != challenge || !is_owner {
        return Err(sessions::unknown());
    }
    if session.sub.is_empty() {
        device::check(call, None)?;
        return Ok((id, session.username, session.step));
    }
    let user = state.person_of(&session)?;
    user.check_usable()?;
    check_still_due(&call.service.settings, user, &session.step)?;
    device::check(call, Some(user))?;
    Ok((id, session.username, session.step))
}

/// Rejects a step that is no longer required, because another sign-in or an operator has completed
/// it in the meantime.
///
/// Security: an attacker who knows only the old password must not replace the new one, must not
/// replace a registered factor, and must not sign in with a first factor that is no longer
/// sufficient.
pub(crate) fn check_still_due(
    settings: &Settings,
    user: &User,
    step: &Step,
) -> Result<(), Failure> {
    let is_due = match step {
        Step::NewPassword => user.status == Status::ForceChangePassword,
        // The session registered this same factor.
        Step::MfaSetup {
            secret,
            proved: true,
        } => user.mfa.totp_enabled && user.mfa.totp == *secret,
        Step::MfaSetup { proved: false, .. }
        | Step::Code {
            enrols: Some(_), ..
        } => due(settings, user).is_empty(),
        Step::FirstCode { .. } => factors::available(settings, user).contains(&step.challenge()),
        Step::WebAuthn { verification, .. } => {
            factors::is_passkey_enough(settings, user, *verification)
        }
        Step::Code { enrols: None, .. }
        | Step::Custom(_)
        | Step::Password
        | Step::PasswordSrp
        | Step::Select
        | Step::SelectMfa
        | Step::SoftwareToken => true,
        Step::SignUp | Step::SignedUp | Step::Confirmed(_) => false,
    };
    is_due.then_some(()).ok_or_else(sessions::unknown)
}

/// One response to a challenge.
struct Turn<'a> {
    call: &'a Call<'a>,
    client: &'a Arc<Client>,
    id: String,
    person: String,
    responses: Texts<'a>,
}

impl Turn<'_> {
    /// Checks the response. A wrong response leaves the session open, a right one uses it up.
    fn take(&self, state: &mut State, step: Step) -> Result<Next, Failure> {
        match step {
            Step::Code {
                factor,
                code,
                enrols,
            } => {
                let given = self.responses.require(factor.code())?;
                verify_slices_are_equal(given.as_bytes(), code.as_bytes())
                    .map_err(|_| wrong_code())?;
                if let Some(address) = enrols {
                    self.enable_email(state, address)?;
                }
                self.done(state)
            }
            Step::FirstCode { factor, code } => self.first_code(state, factor, &code),
            Step::MfaSetup { proved: true, .. } => self.done(state),
            Step::MfaSetup { proved: false, .. } => match self.responses.get("EMAIL") {
                Some(address) => self.set_up_email(state, address),
                None => Err(Failure::invalid_parameter(
                    "User has not set up software token mfa",
                )),
            },
            Step::NewPassword => self.new_password(state),
            Step::SelectMfa => self.select(state),
            Step::SoftwareToken => {
                let given = self.responses.require("SOFTWARE_TOKEN_MFA_CODE")?;
                let user = state.users.expect(&self.person)?;
                check_totp(user, given, self.call)?;
                self.done(state)
            }
            Step::WebAuthn {
                challenge,
                verification,
            } => self.passkey(state, &challenge, verification),
            // These steps are handled elsewhere, and the last three have no response.
            Step::Custom(_)
            | Step::Password
            | Step::PasswordSrp
            | Step::Select
            | Step::SignUp
            | Step::SignedUp
            | Step::Confirmed(_) => Err(sessions::unknown()),
        }
    }

    /// Checks the response to a passkey challenge. A challenge accepts one response, so the session
    /// is closed even if the passkey is rejected. A response that cannot be parsed does not close
    /// the session.
    fn passkey(
        &self,
        state: &mut State,
        challenge: &str,
        verification: bool,
    ) -> Result<Next, Failure> {
        let credential = passkey::read(self.responses.require("CREDENTIAL")?)?;
        state.sessions.close(&self.id, self.call.now);
        let user = state.users.expect(&self.person)?;
        let settings = &self.call.service.settings;
        passkey::check(settings, user, challenge, verification, &credential)?;
        self.done(state)
    }

    /// Checks a code as the first factor. A wrong code counts toward the lockout like a wrong
    /// password.
    fn first_code(&self, state: &mut State, factor: Factor, code: &str) -> Result<Next, Failure> {
        let given = self.responses.require(match factor {
            Factor::Sms => "SMS_OTP_CODE",
            other => other.code(),
        })?;
        let user = state.users.expect(&self.person)?;
        if user.lockout.is_locked(self.call.now) {
            return Err(Failure::not_authorized("Password attempts exceeded"));
        }
        if verify_slices_are_equal(given.as_bytes(), code.as_bytes()).is_err() {
            user.lockout.fail(self.call.now);
            return Err(wrong_code());
        }
        user.lockout.succeed();
        self.done(state)
    }

    /// Sends a code to a new e-mail address for codes. When the code is entered, the address is
    /// assigned to the user.
    fn set_up_email(&self, state: &mut State, address: &str) -> Result<Next, Failure> {
        let settings = &self.call.service.settings;
        if !settings.factors.email {
            return Err(Failure::invalid_parameter(
                "Email MFA is not enabled for the user pool.",
            ));
        }
        attributes::check(settings, Writer::Operator, &[("email", address)])?;
        self.claim_email(state, address)?;
        state.sessions.close(&self.id, self.call.now);
        let to = Address::New(address.to_owned());
        send_code(
            self.call,
            state,
            self.client,
            &self.person,
            Factor::Email,
            to,
        )
    }

    /// Assigns the verified address to the user, and enables codes to it as the second factor.
    fn enable_email(&self, state: &mut State, address: String) -> Result<(), Failure> {
        self.claim_email(state, &address)?;
        let user = state.users.expect(&self.person)?;
        user.forget_address("email");
        user.attributes.insert("email".to_owned(), address);
        user.mark_verified("email");
        user.mfa.email_enabled = true;
        user.modified = self.call.now;
        state.users.reindex(&self.person);
        Ok(())
    }

    /// Rejects an address that is the name of another user.
    fn claim_email(&self, state: &mut State, address: &str) -> Result<(), Failure> {
        let service = self.call.service;
        check_not_taken(&service.settings, state, &self.person, address)?;
        claim_alias(service, state, &self.person, ("email", address), false)
    }

    fn done(&self, state: &mut State) -> Result<Next, Failure> {
        state.sessions.close(&self.id, self.call.now);
        let user = state.users.expect(&self.person)?;
        Ok(grant(self.call, user, self.client))
    }

    fn new_password(&self, state: &mut State) -> Result<Next, Failure> {
        let settings = &self.call.service.settings;
        let password = self.responses.require("NEW_PASSWORD")?;
        settings.policy.check(password)?;
        let given = self.given_attributes(state)?;
        let user = state.users.expect(&self.person)?;
        let mut changed = user.attributes.clone();
        for (name, value) in given {
            changed.insert(name.to_owned(), value.to_owned());
            if address(name).is_some() {
                changed.insert(format!("{name}_verified"), "false".to_owned());
            }
        }
        if let Some(missing) = attributes::missing(settings, &changed).next() {
            return Err(Failure::invalid_parameter(format!(
                "Invalid attributes given, {missing} is missing"
            )));
        }
        user.attributes = changed;
        user.set_password(StoredPassword::new(password), None);
        user.status = Status::Confirmed;
        user.modified = self.call.now;
        state.users.reindex(&self.person);
        state.sessions.close(&self.id, self.call.now);
        after_new_password(self.call, state, self.client, &self.person)
    }

    /// Returns the attributes that are set together with a new password. Existing attributes do not
    /// change if they are required, immutable or addresses (`RespondToAuthChallenge`,
    /// "ChallengeResponses").
    fn given_attributes(&self, state: &mut State) -> Result<Vec<(&str, &str)>, Failure> {
        let settings = &self.call.service.settings;
        let mut given: Vec<(&str, &str)> = self
            .responses
            .iter()
            .filter_map(|(name, value)| Some((name.strip_prefix("userAttributes.")?, value)))
            .collect();
        let user = state.users.expect(&self.person)?;
        let stays = |name: &str| {
            address(name).is_some()
                || settings.required_attributes.contains(name)
                || attributes::check_mutable(settings, &[name]).is_err()
        };
        let has = |name: &str| user.attribute(name).is_some_and(|value| !value.is_empty());
        let provided = given.iter().find(|(name, _)| stays(name) && has(name));
        if let Some((name, _)) = provided {
            return Err(Failure::not_authorized(format!(
                "Cannot modify an already provided {name}"
            )));
        }
        attributes::check(settings, Writer::Person(self.client), &given)?;
        given.retain(|(_, value)| !value.is_empty());
        for (name, value) in &given {
            if address(name).is_some() {
                check_not_taken(settings, state, &self.person, value)?;
            }
        }
        claim_preferred(self.call, state, &self.person, &given)?;
        Ok(given)
    }

    fn select(&self, state: &mut State) -> Result<Next, Failure> {
        let wanted = self.responses.require("ANSWER")?;
        let user = state.users.expect(&self.person)?;
        let factor = due(&self.call.service.settings, user)
            .into_iter()
            .find(|factor| factor.name() == wanted)
            .ok_or_else(|| Failure::invalid_parameter("Invalid MFA type selected"))?;
        state.sessions.close(&self.id, self.call.now);
        ask_for(self.call, state, self.client, &self.person, factor)
    }
}

fn wrong_code() -> Failure {
    Failure::new(
        "CodeMismatchException",
        "Invalid code or auth state for the user.",
    )
}

fn check_totp(user: &mut User, given: &str, call: &Call<'_>) -> Result<(), Failure> {
    let secret = user.mfa.totp.as_ref().ok_or_else(|| {
        Failure::new(
            "SoftwareTokenMFANotFoundException",
            "Software Token MFA does not exist for the user.",
        )
    })?;
    let step = matching_step(secret, given, call.now)
        .ok_or_else(|| Failure::new("CodeMismatchException", "Invalid code received for user"))?;
    // The code that verified the secret at its set-up counts as used too.
    if user.mfa.totp_used.is_some_and(|used| step <= used) {
        return Err(Failure::new(
            "ExpiredCodeException",
            "Your software token has already been used once.",
        ));
    }
    user.mfa.totp_used = Some(step);
    Ok(())
}
