//! The flow `USER_AUTH`: the user chooses the first factor.

use serde_json::{Value, json};

use crate::model::client::AuthFlow;
use crate::model::factors::{available, has_second, relying_party};
use crate::model::failure::{Answer, Failure};
use crate::model::options::{Factor, UserVerification};
use crate::model::passkeys::{PATIENCE, new_challenge};
use crate::model::user::User;
use crate::operations::authentication::sign_in::{Next, SignIn, delivery_parameters};
use crate::operations::authentication::step_up::ALREADY_REACHED;
use crate::operations::common::invalid;
use crate::state::inbox::Purpose;
use crate::state::pool::State;
use crate::state::sessions::{self, Session, Step};

const CHOICES: [&str; 5] = [
    "EMAIL_OTP",
    "PASSWORD",
    "PASSWORD_SRP",
    "SMS_OTP",
    "WEB_AUTHN",
];

/// The challenges with a password. If the app client hides users (`PreventUserExistenceErrors`),
/// these challenges are offered for a user name that does not exist.
pub(super) const BY_PASSWORD: [&str; 2] = ["PASSWORD", "PASSWORD_SRP"];

const NOT_AVAILABLE: &str = "The challenge is not available to the user.";

impl SignIn<'_> {
    pub(super) fn start_choice(&mut self) -> Answer {
        self.read_goal()?;
        if let Some(session) = self.call.text("Session")
            && let Some(next) = self.after_sign_up(session)?
        {
            return self.finish(next);
        }
        let available = self.available_factors()?;
        if self.progress.goal.is_some() && available.is_empty() {
            return invalid(ALREADY_REACHED);
        }
        match self.parameters.get("PREFERRED_CHALLENGE") {
            Some(name) if !CHOICES.contains(&name) => invalid(NOT_AVAILABLE),
            Some(name) if available.contains(&name) => self.continue_with(name, &available),
            _ if self.progress.methods.is_empty() => {
                Ok(self.offer(&mut self.call.state(), Step::Select, json!({}), &available))
            }
            _ => {
                let next = self.toward_goal(&mut self.call.state())?;
                self.finish(next)
            }
        }
    }

    /// Handles the response to `SELECT_CHALLENGE`, `PASSWORD` or `PASSWORD_SRP`.
    pub(super) fn choose(&mut self, challenge: &str, session: &str) -> Answer {
        let chosen = match challenge {
            "SELECT_CHALLENGE" => self.parameters.require("ANSWER")?,
            challenge => challenge,
        };
        self.find_session(&mut self.call.state(), challenge, session)?;
        let available = self.available_factors()?;
        if !available.contains(&chosen) {
            return invalid(NOT_AVAILABLE);
        }
        // A wrong response closes the session too: the sign-in must start again.
        let mut state = self.call.state();
        state.sessions.take(&self.session, self.call.now)?;
        drop(state);
        self.continue_with(chosen, &available)
    }

    /// Continues the sign-in with the chosen factor. If the request contains the password or
    /// `SRP_A` for the factor, uses it. Otherwise returns the challenge of the factor.
    fn continue_with(&mut self, chosen: &str, available: &[&str]) -> Answer {
        let (password, srp_a) = (
            self.parameters.get("PASSWORD"),
            self.parameters.get("SRP_A"),
        );
        match (chosen, password, srp_a) {
            ("PASSWORD", Some(password), _) => return self.by_password(password),
            ("PASSWORD_SRP", _, Some(srp_a)) => return self.start_srp(srp_a, None),
            _ => {}
        }
        self.request_factor(&mut self.call.state(), chosen, available)
    }

    /// Opens the session for the challenge of the chosen factor, and returns the challenge.
    /// `available` are the factors that the user can choose.
    pub(super) fn request_factor(
        &self,
        state: &mut State,
        chosen: &str,
        available: &[&str],
    ) -> Answer {
        // The user may be unknown: then only the password challenges are available.
        let user = state.users.find(&self.username);
        if let Some(factor) = user.and_then(|user| self.goal_factor(user, chosen)) {
            return self.second_factor(state, factor);
        }
        let (step, parameters) = match chosen {
            "PASSWORD" => (Step::Password, json!({})),
            "PASSWORD_SRP" => (Step::PasswordSrp, json!({})),
            "EMAIL_OTP" => self.send_first_factor(state, Factor::Email)?,
            "SMS_OTP" => self.send_first_factor(state, Factor::Sms)?,
            "WEB_AUTHN" => self.request_passkey(state.users.expect(&self.username)?)?,
            _ => return invalid(NOT_AVAILABLE),
        };
        Ok(self.offer(state, step, parameters, available))
    }

    /// Returns the first factors that the user can choose. If the user does not exist, returns the
    /// two password factors if `PreventUserExistenceErrors` of the client is `ENABLED`, and fails
    /// otherwise.
    fn available_factors(&mut self) -> Result<Vec<&'static str>, Failure> {
        let state = self.call.state();
        Ok(match self.find_user(&state)?.cloned() {
            Some(user) if self.progress.goal.is_some() => self.offered_ways(&user)?,
            Some(user) => available(&self.call.service.settings, &user),
            None => BY_PASSWORD.to_vec(),
        })
    }

    /// Opens a session for `step`, and returns the challenge of the step. `AvailableChallenges` of
    /// the challenge lists the factors in `available`. A challenge that requests the password does
    /// not have this list.
    pub(super) fn offer(
        &self,
        state: &mut State,
        step: Step,
        parameters: Value,
        available: &[&str],
    ) -> Value {
        let is_password = matches!(step, Step::Password | Step::PasswordSrp);
        let session = self.new_session(state, step);
        let mut challenge = self.open(state, session, parameters);
        if !is_password {
            challenge["AvailableChallenges"] = json!(available);
        }
        challenge
    }

    fn send_first_factor(
        &self,
        state: &mut State,
        factor: Factor,
    ) -> Result<(Step, Value), Failure> {
        let user = state.users.expect(&self.username)?;
        self.spend_code(user)?;
        let code = self.call.service.random.code();
        let address = factor.address().unwrap_or_default();
        let delivery = self.call.send(user, address, Purpose::SignIn, &code);
        let parameters = delivery_parameters(&delivery);
        Ok((Step::FirstCode { factor, code }, parameters))
    }

    fn request_passkey(&self, user: &User) -> Result<(Step, Value), Failure> {
        let settings = &self.call.service.settings;
        let relying_party = relying_party(settings)?;
        // The authenticator must verify the user if the passkey replaces both factors.
        let verification =
            has_second(settings, user) || settings.web_authn.is_verification_required();
        let requirement = if verification {
            UserVerification::Required
        } else {
            settings.web_authn.verification()
        };
        let challenge = new_challenge(&self.call.service.random);
        let options = json!({
            "challenge": challenge,
            "timeout": PATIENCE.as_millis(),
            "rpId": relying_party,
            "allowCredentials": user.passkeys.descriptors(relying_party),
            "userVerification": requirement.name(),
        });
        let step = Step::WebAuthn {
            challenge,
            verification,
        };
        let parameters = json!({ "CREDENTIAL_REQUEST_OPTIONS": options.to_string() });
        Ok((step, parameters))
    }

    /// Opens a session during a sign-up and returns its string. `step` decides whether the session
    /// is for the confirmation of the sign-up or for the first sign-in. Returns `None` if the
    /// client does not allow `USER_AUTH` and the call is not from a hosted page.
    pub(super) fn open_sign_up(&self, state: &mut State, step: Step) -> Option<String> {
        if !self.client.allows(AuthFlow::UserAuth) && !self.call.is_hosted {
            return None;
        }
        let session = Session::of(state.users.find(&self.username)?, &self.client, step);
        Some(self.call.open_session(state, &self.client, session))
    }

    /// Closes a session of the user, and returns the sign-in step that the session stores. Fails if
    /// the session belongs to another user or app client, or if `is_expected` returns `false` for
    /// the step.
    pub(super) fn take_step(
        &self,
        state: &mut State,
        session: &str,
        is_expected: impl FnOnce(&Step) -> bool,
    ) -> Result<Step, Failure> {
        let sub = state.users.find(&self.username).map(|user| &user.sub);
        let (id, session) = self.call.find_session(state, session)?;
        let is_owner = session.client == self.client.id && Some(&session.user.sub) == sub;
        if !is_owner || !is_expected(&session.step) {
            return Err(sessions::unknown());
        }
        let step = session.step.clone();
        state.sessions.close(&id, self.call.now);
        Ok(step)
    }

    /// Signs a user in with the session of a confirmed sign-up. The code that confirmed the sign-up
    /// counts as the first factor.
    ///
    /// The code was sent by e-mail or by SMS. If the pool does not have codes of this medium as a
    /// first factor, returns `None`. The caller then continues as if the request had no session.
    fn after_sign_up(&mut self, session: &str) -> Result<Option<Next>, Failure> {
        let mut state = self.call.state();
        self.check_device(state.users.find(&self.username))?;
        let step = self.take_step(&mut state, session, |step| {
            matches!(step, Step::SignedUp | Step::Confirmed(_))
        })?;
        let mut first_factors = self.call.service.settings.first_factors.iter();
        let is_enough = match step {
            Step::Confirmed(address) => first_factors.any(|it| it.address() == Some(address)),
            _ => true,
        };
        state.users.expect(&self.username)?.check_usable()?;
        if !is_enough {
            return Ok(None);
        }
        self.after_factor(&mut state, false).map(Some)
    }
}
