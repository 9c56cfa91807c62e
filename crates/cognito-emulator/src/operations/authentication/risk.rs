//! Threat protection: blocked addresses, compromised passwords, and the risk of sign-ins.

use cognito_core::clock::rfc3339;
use form_urlencoded::Serializer;

use crate::model::factors::usable_seconds;
use crate::model::failure::Failure;
use crate::model::risk::{Action, Decision, PasswordEvent, Risk, RiskLevel, Rules};
use crate::model::user::{Status, User, reset_required};
use crate::operations::authentication::sign_in::SignIn;
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

/// Fails if the risk configuration of the app client blocks the address of the request.
pub(crate) fn check_address(call: &Call<'_>, client: &str) -> Result<(), Failure> {
    let rules = Rules::of(&call.service.settings, client);
    let rules = rules.filter(|rules| rules.is_enforced);
    if rules.is_some_and(|rules| rules.block(call.address())) {
        call.found(|risk| risk.decision = Decision::Block);
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
    /// Changes the risk that this operation has found.
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
        call.assessment.borrow_mut().has_password = true;
        let user = state.users.expect(&self.username)?;
        user.status = Status::ResetRequired;
        user.modified = call.now;
        Err(reset_required())
    }

    /// Assesses the risk of a sign-in whose password was right. Returns whether a second factor is
    /// required. Fails if the risk configuration blocks the sign-in. If `is_first` is `true`, the
    /// user is notified, because the sign-in was not assessed before.
    pub(super) fn assess(&self, user: &User, is_first: bool) -> Result<Demand, Failure> {
        let call = self.call;
        let has_factor = !usable_seconds(&call.service.settings, user).is_empty();
        let Some(rules) = Rules::of(&call.service.settings, &self.client.id) else {
            return Ok(Demand::Nothing);
        };
        let address = call.address();
        let level = level(call, user).filter(|_| !rules.skip(address));
        let Some(level) = level else {
            return Ok(Demand::Nothing);
        };
        let (action, notifies) = rules.on_takeover(level);
        let is_blocked = rules.is_enforced
            && (action == Action::Block || (action == Action::MfaRequired && !has_factor));
        call.assessment.borrow_mut().has_password = true;
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
            Action::MfaIfConfigured | Action::MfaRequired if has_factor => "MfaEmail",
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

/// Returns the risk of a sign-in: the risk that was set for the user, or the risk of a new address,
/// whichever is higher. Returns `None` if there is no risk.
fn level(call: &Call<'_>, user: &User) -> Option<RiskLevel> {
    let of_address = call.pools.new_address_risk;
    let of_address = of_address.filter(|_| user.addresses.is_new(call.address()));
    user.risk.max(of_address)
}

/// Sends a message about a sign-in to the user's e-mail address. Does nothing if the user has none.
///
/// The links of the message are links of this emulator.
fn notify(call: &Call<'_>, user: &User, template: &str) {
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
        text,
        trigger: None,
        sent_at: call.now,
    };
    call.outbox.post(user, message);
}
