//! The operations `RespondToAuthChallenge` and `AdminRespondToAuthChallenge`.

use aws_lc_rs::constant_time::verify_slices_are_equal;

use crate::model::acr::Method;
use crate::model::attributes::standard::address;
use crate::model::attributes::{self, Writer};
use crate::model::factors::{self, due};
use crate::model::failure::{Answer, Failure};
use crate::model::options::Factor;
use crate::model::password::{Lockout, StoredPassword};
use crate::model::risk::PasswordEvent;
use crate::model::settings::Settings;
use crate::model::totp::matching_step;
use crate::model::user::{Status, User};
use crate::model::webauthn::{Expected, assertion};
use crate::operations::authentication::risk::check_new_password;
use crate::operations::authentication::sign_in::{Next, SignIn, locked_out};
use crate::operations::common::invalid;
use crate::operations::restorations::check_writable;
use crate::state::call::Call;
use crate::state::names::{check_not_taken, claim_alias, claim_preferred};
use crate::state::pool::State;
use crate::state::sessions::{self, Step};

pub(crate) fn respond(call: &Call<'_>) -> Answer {
    let name = call.required("ChallengeName")?;
    check_writable(call, call.operation)?;
    let parameters = call.member("ChallengeResponses")?;
    let mut sign_in = SignIn::read(call, call.client()?, parameters)?;
    match name {
        "PASSWORD_VERIFIER" => return sign_in.verify_password(),
        "DEVICE_SRP_AUTH" => return sign_in.start_device_proof(),
        "DEVICE_PASSWORD_VERIFIER" => return sign_in.verify_device(),
        _ => {}
    }
    let session = call.text("Session");
    let session =
        session.ok_or_else(|| Failure::invalid_parameter("Missing required parameter Session"))?;
    match name {
        "CUSTOM_CHALLENGE" => sign_in.respond_to_custom(session),
        "PASSWORD" | "PASSWORD_SRP" | "SELECT_CHALLENGE" => sign_in.choose(name, session),
        _ => {
            let next = {
                let mut state = call.state();
                let step = sign_in.find_session(&mut state, name, session)?;
                sign_in.respond(&mut state, step)?
            };
            sign_in.finish(next)
        }
    }
}

/// Fails if the step of an open session is no longer allowed. This has two possible causes:
///
/// - Another sign-in or an operator has completed the step while the session was open.
/// - The step is a first factor that the user can no longer use.
///
/// Security: without the first check, an attacker who has only the old password could replace the
/// new password or a registered factor. Without the second check, an attacker could sign in with a
/// first factor that is no longer sufficient.
pub(crate) fn check_still_due(
    settings: &Settings,
    user: &User,
    step: &Step,
) -> Result<(), Failure> {
    let is_due = match step {
        Step::NewPassword => user.status == Status::ForceChangePassword,
        // This session has registered the factor.
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

impl SignIn<'_> {
    /// Finds the session in the request, and returns the sign-in step that the session stores.
    /// Fails in these cases:
    ///
    /// - The session is forged, expired or used.
    /// - The session belongs to another user, app client or challenge.
    /// - The step is no longer required.
    /// - The user is not allowed to sign in.
    /// - The request has an unknown device key.
    pub(super) fn find_session(
        &mut self,
        state: &mut State,
        challenge: &str,
        session: &str,
    ) -> Result<Step, Failure> {
        let (id, session) = self.call.find_session(state, session)?;
        let session = session.clone();
        let is_owner = match state.users.find(&self.username) {
            Some(user) => user.sub == session.user.sub,
            None => session.is_without_user(&self.username),
        };
        let is_of_challenge = session.step.challenge() == challenge;
        if session.client != self.client.id || !is_of_challenge || !is_owner {
            return Err(sessions::unknown());
        }
        if session.has_user() {
            let user = state.user_of(&session)?;
            user.check_usable()?;
            check_still_due(&self.call.service.settings, user, &session.step)?;
            self.check_device(Some(user))?;
            self.username = session.user.username;
        } else {
            self.check_device(None)?;
        }
        self.session = id;
        self.progress = session.progress;
        Ok(session.step)
    }

    fn close_session(&self, state: &mut State) {
        state.sessions.close(&self.session, self.call.now);
    }

    /// Checks the response to a challenge, and returns the next step. A right response closes the
    /// session. After a wrong response, the session stays open, so that the user can try again.
    /// Only a wrong response to a passkey challenge closes it.
    fn respond(&mut self, state: &mut State, step: Step) -> Result<Next, Failure> {
        let stands_for_two = factors::is_passkey_multi_factor(&self.call.service.settings)
            && matches!(step, Step::WebAuthn { verification, .. } if verification);
        let method = match step {
            Step::Code {
                factor,
                code,
                enrols,
            } => {
                let given = self.parameters.require(factor.code())?;
                let check = |_: &mut User| check_code(given, &code);
                match enrols {
                    // Does not end the lockout. Otherwise, a user could confirm an address of their
                    // own after every few guesses of the code for another address.
                    Some(address) => {
                        self.check_limited(state, |user| &mut user.set_up_lockout, check)?;
                        self.enable_email(state, &address)?;
                    }
                    None => self.check_second_code(state, check)?,
                }
                Method::of(factor)
            }
            Step::FirstCode { factor, code } => {
                self.check_first_code(state, factor, &code)?;
                Method::of(factor)
            }
            Step::MfaSetup { proved: true, .. } => Method::SoftwareToken,
            Step::MfaSetup { proved: false, .. } => return self.set_up_email(state),
            Step::NewPassword => {
                self.set_new_password(state)?;
                self.close_session(state);
                return self.after_new_password(state);
            }
            Step::SelectMfa => return self.select_factor(state),
            Step::SoftwareToken => {
                let code = self.parameters.require("SOFTWARE_TOKEN_MFA_CODE")?;
                self.check_second_code(state, |user| check_totp(user, code, self.call))?;
                Method::SoftwareToken
            }
            Step::WebAuthn {
                challenge,
                verification,
            } => self.check_passkey(state, &challenge, verification)?,
            // Other functions handle the first four steps. The last three are not challenges.
            Step::Custom(_)
            | Step::Password
            | Step::PasswordSrp
            | Step::Select
            | Step::SignUp
            | Step::SignedUp
            | Step::Confirmed(_) => return Err(sessions::unknown()),
        };
        self.progress.methods.insert(method);
        self.close_session(state);
        self.after_factor(state, stands_for_two)
    }

    /// Checks a code that is the first factor. A wrong code counts toward the lockout, like a wrong
    /// password.
    fn check_first_code(
        &self,
        state: &mut State,
        factor: Factor,
        code: &str,
    ) -> Result<(), Failure> {
        let given = self.parameters.require(match factor {
            Factor::Sms => "SMS_OTP_CODE",
            other => other.code(),
        })?;
        let check = |_: &mut User| check_code(given, code);
        // Security: a code after the right password has the lockout of second factors.
        if self.progress.methods.has(Method::Password) {
            return self.check_second_code(state, check);
        }
        self.check_limited(state, |user| &mut user.lockout, check)?;
        state.users.expect(&self.username)?.lockout.succeed();
        Ok(())
    }

    /// Checks a code that is the second factor. Wrong codes and wrong passwords have separate
    /// lockouts.
    ///
    /// Security: the right password ends the lockout after wrong passwords. It must not end the
    /// lockout after wrong codes, because an attacker who has the password could then guess codes
    /// without limit.
    fn check_second_code(
        &self,
        state: &mut State,
        check: impl FnOnce(&mut User) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        self.check_limited(state, |user| &mut user.second_factor_lockout, check)?;
        state
            .users
            .expect(&self.username)?
            .second_factor_lockout
            .succeed();
        Ok(())
    }

    /// Checks a code with `check`, and counts a failure toward `lockout`. Fails without a check if
    /// the user is locked out.
    fn check_limited(
        &self,
        state: &mut State,
        lockout: fn(&mut User) -> &mut Lockout,
        check: impl FnOnce(&mut User) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let user = state.users.expect(&self.username)?;
        if lockout(user).is_locked(self.call.now) {
            return Err(locked_out());
        }
        let checked = check(user);
        if checked.is_err() {
            lockout(user).fail(self.call.now);
        }
        checked
    }

    /// Verifies the response of a passkey, and stores the passkey's counter. Returns the
    /// authentication method for this kind of passkey. A wrong response closes the session too,
    /// because each challenge accepts one response. The error is the same as for a wrong password,
    /// because `RespondToAuthChallenge` has no other exception for passkeys.
    fn check_passkey(
        &self,
        state: &mut State,
        challenge: &str,
        verification: bool,
    ) -> Result<Method, Failure> {
        let credential = serde_json::from_str(self.parameters.require("CREDENTIAL")?)
            .map_err(|_| Failure::invalid_parameter("The credential is not valid JSON"))?;
        self.close_session(state);
        let user = state.users.expect(&self.username)?;
        // Passkeys may have been disabled in the meantime.
        let relying_party = factors::relying_party(&self.call.service.settings);
        let expected = Expected {
            challenge,
            relying_party: relying_party.map_err(|_| Failure::incorrect())?,
            verification,
        };
        let (handle, passkeys) = (user.sub.as_bytes(), &mut user.passkeys);
        let proven = assertion::verify(&expected, handle, &passkeys.registered, &credential)
            .map_err(|_| Failure::incorrect())?;
        Ok(passkeys.used(&proven))
    }

    /// Handles the e-mail address that the user enters for `MFA_SETUP`. Sends a code to it and
    /// returns the challenge for the code. The right code assigns the address to the user.
    fn set_up_email(&self, state: &mut State) -> Result<Next, Failure> {
        let settings = &self.call.service.settings;
        let Some(address) = self.parameters.get("EMAIL") else {
            return invalid("User has not set up software token mfa");
        };
        if !settings.factors.email {
            return invalid("Email MFA is not enabled for the user pool.");
        }
        attributes::check(settings, Writer::Operator, &[("email", address)])?;
        self.claim_email(state, address)?;
        self.close_session(state);
        let challenge = self.send_second_factor(state, Factor::Email, address, true)?;
        Ok(Next::Challenge(challenge))
    }

    /// Assigns an e-mail address, which a code has verified, to the user. Enables e-mail codes as a
    /// second factor.
    fn enable_email(&self, state: &mut State, address: &str) -> Result<(), Failure> {
        self.claim_email(state, address)?;
        let user = state.users.expect(&self.username)?;
        user.forget_address("email");
        user.attributes.insert("email", address);
        user.mark_verified("email");
        user.mfa.email_enabled = true;
        user.modified = self.call.now;
        state.users.reindex(&self.username);
        Ok(())
    }

    /// Fails if the e-mail address is already a user name or an alias of another user.
    fn claim_email(&self, state: &mut State, address: &str) -> Result<(), Failure> {
        let service = self.call.service;
        check_not_taken(&service.settings, state, &self.username, address)?;
        claim_alias(service, state, &self.username, ("email", address), false)
    }

    fn set_new_password(&self, state: &mut State) -> Result<(), Failure> {
        let settings = &self.call.service.settings;
        let password = self.parameters.require("NEW_PASSWORD")?;
        settings.policy.check(password)?;
        let (event, client) = (PasswordEvent::PasswordChange, &self.client.id);
        check_new_password(self.call, client, event, password)?;
        let given = self.given_attributes(state)?;
        let user = state.users.expect(&self.username)?;
        let mut changed = user.attributes.clone();
        for (name, value) in given {
            changed.insert(name, value);
            if address(name).is_some() {
                changed.insert(&format!("{name}_verified"), "false");
            }
        }
        if let Some(missing) = attributes::missing(settings, &changed).next() {
            return invalid(format!("Invalid attributes given, {missing} is missing"));
        }
        user.attributes = changed;
        user.set_password(StoredPassword::new(password), None);
        user.status = Status::Confirmed;
        user.modified = self.call.now;
        state.users.reindex(&self.username);
        Ok(())
    }

    /// Returns the attributes that the user sets together with a new password. Attributes with an
    /// empty value are omitted.
    ///
    /// Required attributes, immutable attributes and addresses can only be set if they have no
    /// value yet. Otherwise this method fails (AWS API reference of `RespondToAuthChallenge`,
    /// parameter `ChallengeResponses`).
    fn given_attributes(&self, state: &mut State) -> Result<Vec<(&str, &str)>, Failure> {
        let settings = &self.call.service.settings;
        let given = self.parameters.iter();
        let given =
            given.filter_map(|(name, value)| Some((name.strip_prefix("userAttributes.")?, value)));
        let mut given: Vec<(&str, &str)> = given.collect();
        let user = state.users.expect(&self.username)?;
        let is_fixed = |name: &str| {
            address(name).is_some()
                || settings.required_attributes.contains(name)
                || attributes::check_mutable(settings, &[name]).is_err()
        };
        let has = |name: &str| user.attribute(name).is_some_and(|value| !value.is_empty());
        if let Some((name, _)) = given.iter().find(|(name, _)| is_fixed(name) && has(name)) {
            let message = format!("Cannot modify an already provided {name}");
            return Err(Failure::not_authorized(message));
        }
        attributes::check(settings, Writer::User(&self.client), &given)?;
        given.retain(|(_, value)| !value.is_empty());
        for (name, value) in &given {
            if address(name).is_some() {
                check_not_taken(settings, state, &self.username, value)?;
            }
        }
        claim_preferred(self.call, state, &self.username, &given)?;
        Ok(given)
    }

    fn select_factor(&self, state: &mut State) -> Result<Next, Failure> {
        let wanted = self.parameters.require("ANSWER")?;
        let user = state.users.expect(&self.username)?;
        let factor = if self.progress.goal.is_some() {
            self.goal_factor(user, wanted)
        } else {
            let mut factors = self.second_factors(user).into_iter();
            factors.find(|factor| factor.name() == wanted)
        };
        let factor =
            factor.ok_or_else(|| Failure::invalid_parameter("Invalid MFA type selected"))?;
        self.close_session(state);
        self.second_factor(state, factor).map(Next::Challenge)
    }
}

pub(crate) fn no_totp() -> Failure {
    Failure::new(
        "SoftwareTokenMFANotFoundException",
        "Software Token MFA does not exist for the user.",
    )
}

fn check_code(given: &str, code: &str) -> Result<(), Failure> {
    verify_slices_are_equal(given.as_bytes(), code.as_bytes()).map_err(|_| {
        Failure::new(
            "CodeMismatchException",
            "Invalid code or auth state for the user.",
        )
    })
}

fn check_totp(user: &mut User, given: &str, call: &Call<'_>) -> Result<(), Failure> {
    let secret = user.mfa.totp.as_ref().ok_or_else(no_totp)?;
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
