//! Threat protection: blocked addresses, compromised passwords, and the risk of sign-ins.

use cognito_core::clock::rfc3339;
use form_urlencoded::Serializer;

use crate::model::failure::Failure;
use crate::model::risk::{Action, Decision, PasswordEvent, Risk, RiskLevel, Rules};
use crate::model::user::{Status, User, reset_required};
use crate::operations::authentication::sign_in::{Next, SignIn};
use crate::state::call::Call;
use crate::state::inbox::{Medium, Message, Purpose};
use crate::state::pool::State;
use crate::state::pools::MIXED;

/// Whether the risk of a sign-in requires a second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Demand {
    /// A second factor is required if the user has one.
    IfConfigured,
    /// The risk requires no second factor.
    Nothing,
    /// A second factor is required. A user without one cannot sign in.
    Required,
}

/// The operations that are rejected if the address of the request is blocked: sign-ups and sign-ins.
/// "Devices with IP addresses in an Always block IP range can't sign up or sign in with SDK-based or
/// managed login applications, but they can sign in with third-party IdPs" (AWS developer guide,
/// "Advanced security with threat protection").
const BLOCKABLE: [&str; 5] = [
    "AdminInitiateAuth",
    "AdminRespondToAuthChallenge",
    "InitiateAuth",
    "RespondToAuthChallenge",
    "SignUp",
];

/// Fails for a sign-up or a sign-in from an address that the risk configuration of the app client
/// blocks. A refresh of tokens is never blocked (AWS developer guide, "Advanced security with
/// threat protection").
///
/// `operation` is AWS's name of the operation. For calls of the sign-in page, it differs from
/// `call.operation`, which is then the path of the page.
pub(crate) fn check_address(call: &Call<'_>, operation: &str) -> Result<(), Failure> {
    // Security: the other operations have no member `AuthFlow`. They ignore it if it is sent.
    let has_flow = matches!(operation, "AdminInitiateAuth" | "InitiateAuth");
    let flow = call.text("AuthFlow").filter(|_| has_flow);
    let is_refresh = flow.is_some_and(|flow| flow.starts_with("REFRESH_TOKEN"));
    if !BLOCKABLE.contains(&operation) || is_refresh {
        return Ok(());
    }
    let rules = Rules::of(&call.service.settings, call.client_id().unwrap_or_default());
    let rules = rules.filter(|rules| rules.is_enforced);
    if rules.is_some_and(|rules| rules.block(call.address())) {
        call.found(|risk| risk.decision = Decision::Block);
        call.assessment.borrow_mut().has_blocked_address = true;
        let message = "Request not allowed due to security reasons.";
        return Err(Failure::not_authorized(message));
    }
    Ok(())
}

/// Fails if a new password is compromised and the risk configuration of the app client rejects
/// compromised passwords in this kind of event, such as a sign-up.
pub(crate) fn check_new_password(
    call: &Call<'_>,
    client: &str,
    event: PasswordEvent,
    password: &str,
) -> Result<(), Failure> {
    if is_rejected(call, client, event, password) {
        return Err(Failure::new(
            "InvalidPasswordException",
            "Provided password cannot be used for security reasons.",
        ));
    }
    Ok(())
}

/// Records whether a password is compromised. Returns `true` if it must be rejected.
fn is_rejected(call: &Call<'_>, client: &str, event: PasswordEvent, password: &str) -> bool {
    let rules = Rules::of(&call.service.settings, client);
    let action = rules.as_ref().and_then(|rules| rules.on_compromised(event));
    if action.is_none() || !call.pools.compromised.contains(password) {
        return false;
    }
    let is_enforced = rules.is_some_and(|rules| rules.is_enforced);
    let is_rejected = is_enforced && action == Some(Action::Block);
    call.found(|risk| {
        risk.is_compromised = true;
        if is_rejected {
            risk.decision = Decision::Block;
        }
    });
    is_rejected
}

impl Call<'_> {
    /// Changes the risk in the event that is recorded for this operation.
    fn found(&self, change: impl FnOnce(&mut Risk)) {
        change(&mut self.assessment.borrow_mut().risk);
    }
}

impl SignIn<'_> {
    /// Fails if the right password of the user is compromised and must be rejected. The user must
    /// then reset the password: "When Amazon Cognito blocks sign-in for a user, it sets the user's
    /// UserStatus to RESET_REQUIRED" (AWS developer guide, "Working with compromised-credentials
    /// detection").
    ///
    /// Security: the caller must have verified the password. Otherwise anyone could make users
    /// reset their passwords.
    pub(super) fn check_compromised(
        &self,
        state: &mut State,
        password: &str,
    ) -> Result<(), Failure> {
        let (call, client) = (self.call, &self.client.id);
        if !is_rejected(call, client, PasswordEvent::SignIn, password) {
            return Ok(());
        }
        call.assessment.borrow_mut().is_proven = true;
        let user = state.users.expect(&self.username)?;
        user.status = Status::ResetRequired;
        user.modified = call.now;
        Err(reset_required())
    }

    /// Assesses the risk of a sign-in with a correct password. Returns whether a second factor is
    /// required. Fails if the risk configuration blocks the sign-in.
    ///
    /// If `is_first` is `true`, the user is notified of the risk. It is `false` if the sign-in was
    /// already assessed.
    pub(super) fn assess(&self, user: &User, is_first: bool) -> Result<Demand, Failure> {
        let rules = Rules::of(&self.call.service.settings, &self.client.id);
        self.assess_by(
            rules,
            user,
            (!self.second_factors(user).is_empty(), is_first),
        )
    }

    /// Assesses the risk of a sign-in after the user has completed a factor other than the
    /// password. If the risk was assessed before, returns `None`. Otherwise returns the challenge
    /// for the second factor that the risk requires, or `None` if the risk requires none. Fails if
    /// the risk configuration blocks the sign-in. `stands_for_two` is `true` if the factor is a
    /// passkey that replaces both factors.
    pub(super) fn assess_factor(
        &mut self,
        state: &mut State,
        stands_for_two: bool,
    ) -> Result<Option<Next>, Failure> {
        if self.progress.is_assessed {
            return Ok(None);
        }
        self.progress.is_assessed = true;
        let rules = Rules::of(&self.call.service.settings, &self.client.id);
        self.required_second(state, rules, stands_for_two)
    }

    /// Assesses the risk of a sign-in with the flow `CUSTOM_AUTH`, after the trigger
    /// `DefineAuthChallenge` has decided to issue tokens. Returns the challenge for the second
    /// factor that the risk requires. If the risk requires none, returns tokens or the challenge
    /// for the device. Fails if the risk configuration blocks the sign-in.
    pub(super) fn after_custom(&self, state: &mut State) -> Result<Next, Failure> {
        let rules = Rules::of_custom(&self.call.service.settings, &self.client.id);
        match self.required_second(state, rules, false)? {
            Some(next) => Ok(next),
            None => Ok(self.grant(state.users.expect(&self.username)?)),
        }
    }

    /// Assesses the risk of a sign-in with the rules of a risk configuration. Returns the challenge
    /// for the second factor that the risk requires. Returns `None` in these cases:
    ///
    /// - The risk requires no second factor.
    /// - The risk requires a second factor only from users who have one, and the user has none.
    /// - The sign-in has already completed several factors.
    /// - The sign-in has completed a passkey that replaces both factors (`stands_for_two`).
    fn required_second(
        &self,
        state: &mut State,
        rules: Option<Rules<'_>>,
        stands_for_two: bool,
    ) -> Result<Option<Next>, Failure> {
        let user = state.users.expect(&self.username)?;
        let is_enough = stands_for_two || self.progress.methods.are_several();
        let factors = self.second_factors(user);
        let demand = self.assess_by(rules, user, (is_enough || !factors.is_empty(), true))?;
        if demand == Demand::Nothing || is_enough || factors.is_empty() {
            return Ok(None);
        }
        self.request_one_of(state, &factors).map(Some)
    }

    /// Assesses the risk of a sign-in with the rules of a risk configuration. Returns whether a
    /// second factor is required. Fails if the rules block the sign-in, or if they require a second
    /// factor and `has_second` is `false`.
    ///
    /// `has_second` is `true` if the user has a second factor for the next step, or if the
    /// completed factors are sufficient. `is_first` is `true` if the sign-in was not assessed
    /// before. The user is notified only in this case.
    fn assess_by(
        &self,
        rules: Option<Rules<'_>>,
        user: &User,
        (has_second, is_first): (bool, bool),
    ) -> Result<Demand, Failure> {
        let call = self.call;
        let Some(rules) = rules else {
            return Ok(Demand::Nothing);
        };
        let address = call.address();
        let level = level(call, user).filter(|_| !rules.skip(address));
        let Some(level) = level else {
            return Ok(Demand::Nothing);
        };
        let (action, notifies) = rules.on_takeover(level);
        let is_blocked = rules.is_enforced
            && (action == Action::Block || (action == Action::MfaRequired && !has_second));
        call.assessment.borrow_mut().is_proven = true;
        call.found(|risk| {
            risk.level = Some(level);
            risk.decision = if is_blocked {
                Decision::Block
            } else {
                Decision::AccountTakeover
            };
        });
        if !rules.is_enforced {
            return Ok(Demand::Nothing);
        }
        let template = match action {
            _ if is_blocked => "BlockEmail",
            Action::MfaIfConfigured | Action::MfaRequired if has_second => "MfaEmail",
            _ => "NoActionEmail",
        };
        if let Some(template) = rules.template(template).filter(|_| notifies && is_first) {
            notify(call, user, template);
        }
        if is_blocked {
            let message = "Unable to login because of security reasons.";
            return Err(Failure::not_authorized(message));
        }
        Ok(match action {
            Action::MfaIfConfigured => Demand::IfConfigured,
            Action::MfaRequired => Demand::Required,
            Action::Block | Action::Allow => Demand::Nothing,
        })
    }
}

/// Returns the risk of a sign-in: the higher of the risk that `POST /_emulator/risk` has set for
/// the user, and the risk of an address that is new for the user. Returns `None` if there is
/// neither.
fn level(call: &Call<'_>, user: &User) -> Option<RiskLevel> {
    let of_address = call.pools.new_address_risk;
    let of_address = of_address.filter(|_| user.addresses.is_new(call.address()));
    user.risk.max(of_address)
}

/// Sends a message about a sign-in to the user's e-mail address. Does nothing if the user has none.
///
/// The links with which the user gives feedback are URLs of the emulator.
fn notify(call: &Call<'_>, user: &User, (subject, template): (&str, &str)) {
    let Some(to) = user.attribute("email") else {
        return;
    };
    let random = &call.service.random;
    let mut assessment = call.assessment.borrow_mut();
    let new = || (random.uuid(), random.word(43, MIXED));
    let (event, token) = assessment.notice.get_or_insert_with(new);
    let link = |value: &str| {
        let settings = &call.service.settings;
        let query = Serializer::new(String::new())
            .append_pair("pool", &settings.pool_id)
            .append_pair("username", &user.username)
            .append_pair("event", event)
            .append_pair("token", token)
            .append_pair("value", value)
            .finish();
        format!("{}/_emulator/feedback?{query}", settings.endpoint)
    };
    let mut text = template.to_owned();
    let (address, time) = (call.address().to_string(), rfc3339(call.now));
    for (placeholder, value) in [
        ("{ip-address}", address.as_str()),
        ("{login-time}", &time),
        ("{event-id}", event),
        ("{feedback-token}", token),
        ("{one-click-link-valid}", &link("Valid")),
        ("{one-click-link-invalid}", &link("Invalid")),
        // The emulator knows neither places nor devices.
        ("{city}", "unknown"),
        ("{country}", "unknown"),
        ("{device-name}", "unknown"),
        // The last one, because a user name can contain a placeholder.
        ("{username}", &user.username),
    ] {
        text = text.replace(placeholder, value);
    }
    let message = Message {
        to: to.to_owned(),
        medium: Medium::Email,
        purpose: Purpose::RiskNotification,
        code: String::new(),
        subject: subject.to_owned(),
        text,
        trigger: None,
        sent_at: call.now,
    };
    call.outbox.post(user, message);
}
