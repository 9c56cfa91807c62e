//! `InitiateAuth`, `AdminInitiateAuth`, and the steps from a password to tokens.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::model::attributes;
use crate::model::client::secret_hash::check_secret_hash;
use crate::model::client::{AuthFlow, Client, no_such_user};
use crate::model::factors::due;
use crate::model::failure::{Answer, Failure};
use crate::model::options::{Factor, MfaMode};
use crate::model::request::Texts;
use crate::model::user::{Status, User, not_confirmed, reset_required};
use crate::operations::authentication::{choice, custom, device, refresh, srp};
use crate::state::call::Call;
use crate::state::inbox::Purpose;
use crate::state::pool::State;
use crate::state::sessions::{Session, Step};
use crate::state::tokens::grant::Grant;
use crate::triggers;
use crate::triggers::{post_authentication, pre_authentication};

/// The next step of a sign-in.
pub(crate) enum Next {
    Challenge(Value),
    Tokens(Box<Grant>),
}

/// `InitiateAuth`.
pub(crate) fn initiate_auth(call: &Call<'_>) -> Answer {
    let asked = Asked::read(call)?;
    match asked.flow {
        "USER_PASSWORD_AUTH" => {
            if !asked.client.allows(AuthFlow::UserPassword) {
                return Err(Failure::invalid_parameter(
                    "USER_PASSWORD_AUTH flow not enabled for this client",
                ));
            }
            asked.with_password(call)
        }
        "ADMIN_NO_SRP_AUTH" | "ADMIN_USER_PASSWORD_AUTH" => Err(not_supported()),
        _ => asked.by_either_api(call),
    }
}

/// `AdminInitiateAuth`.
pub(crate) fn admin_initiate_auth(call: &Call<'_>) -> Answer {
    call.check_pool()?;
    let asked = Asked::read(call)?;
    match asked.flow {
        "ADMIN_NO_SRP_AUTH" | "ADMIN_USER_PASSWORD_AUTH" => {
            if !asked.client.allows(AuthFlow::AdminUserPassword) {
                return Err(not_enabled());
            }
            asked.with_password(call)
        }
        "USER_PASSWORD_AUTH" => Err(not_supported()),
        _ => asked.by_either_api(call),
    }
}

/// The parameters of a request.
struct Asked<'a> {
    flow: &'a str,
    parameters: Texts<'a>,
    session: Option<&'a str>,
    client: Arc<Client>,
}

impl<'a> Asked<'a> {
    fn read(call: &Call<'a>) -> Result<Self, Failure> {
        Ok(Self {
            flow: call.required("AuthFlow")?,
            parameters: call.member("AuthParameters")?,
            session: call.text("Session"),
            client: call.client()?,
        })
    }

    fn with_password(&self, call: &Call<'_>) -> Answer {
        let username = self.parameters.require("USERNAME")?;
        let password = self.parameters.require("PASSWORD")?;
        self.check_secret_hash(username)?;
        triggers::migrate(call, username, Some(password), "Authentication")?;
        pre_authentication(call, &self.client, username)?;
        by_password(call, &self.client, username, password)
    }

    /// Handles the flows that `InitiateAuth` and `AdminInitiateAuth` share.
    fn by_either_api(self, call: &Call<'_>) -> Answer {
        let (client, parameters) = (&self.client, &self.parameters);
        match self.flow {
            "USER_SRP_AUTH" => {
                if !client.allows(AuthFlow::UserSrp) {
                    return Err(Failure::invalid_parameter(
                        "USER_SRP_AUTH is not enabled for the client.",
                    ));
                }
                let username = parameters.require("USERNAME")?;
                let srp_a = parameters.require("SRP_A")?;
                self.check_secret_hash(username)?;
                pre_authentication(call, client, username)?;
                srp::challenge(call, client, username, srp_a, None)
            }
            "CUSTOM_AUTH" => custom::start(call, client, parameters),
            "USER_AUTH" => choice::start(call, client, parameters, self.session),
            "REFRESH_TOKEN" | "REFRESH_TOKEN_AUTH" => refresh::by_flow(call, client, parameters),
            _ => Err(not_enabled()),
        }
    }

    fn check_secret_hash(&self, username: &str) -> Result<(), Failure> {
        check_secret_hash(&self.client, username, self.parameters.get("SECRET_HASH"))
    }
}

fn not_supported() -> Failure {
    Failure::invalid_parameter("Initiate Auth method not supported.")
}

pub(crate) fn not_enabled() -> Failure {
    Failure::invalid_parameter("Auth flow not enabled for this client")
}

pub(crate) fn by_password(
    call: &Call<'_>,
    client: &Arc<Client>,
    username: &str,
    password: &str,
) -> Answer {
    let next = {
        let mut state = call.state();
        let matches = |user: &User| {
            let stored = user.password.as_ref();
            stored.is_some_and(|stored| stored.matches(password))
        };
        let name = check_password(call, &mut state, client, username, matches)?;
        after_password(call, &mut state, client, &name)?
    };
    finish(call, next)
}

/// Checks a password with `matches`, and everything that may prevent a sign-in. Returns the
/// internal user name.
pub(crate) fn check_password(
    call: &Call<'_>,
    state: &mut State,
    client: &Client,
    username: &str,
    matches: impl FnOnce(&User) -> bool,
) -> Result<String, Failure> {
    let Some(user) = state.users.find_mut(username) else {
        return Err(no_such_user(client));
    };
    if !user.enabled {
        return Err(Failure::disabled());
    }
    if user.lockout.is_locked(call.now) {
        return Err(Failure::not_authorized("Password attempts exceeded"));
    }
    match user.status {
        Status::ResetRequired => return Err(reset_required()),
        Status::Unconfirmed => return Err(not_confirmed()),
        Status::Confirmed | Status::ForceChangePassword => {}
    }
    if !matches(user) {
        user.lockout.fail(call.now);
        return Err(Failure::incorrect());
    }
    if user
        .password_expires
        .is_some_and(|expires| call.now >= expires)
    {
        return Err(Failure::not_authorized(
            "Temporary password has expired and must be reset by an administrator.",
        ));
    }
    user.lockout.succeed();
    device::check(call, Some(user))?;
    Ok(user.username.clone())
}

/// Returns the step after the password: a new password, a second factor, or tokens.
pub(crate) fn after_password(
    call: &Call<'_>,
    state: &mut State,
    client: &Arc<Client>,
    name: &str,
) -> Result<Next, Failure> {
    let user = state.users.expect(name)?;
    if user.status != Status::ForceChangePassword {
        return after_new_password(call, state, client, name);
    }
    let settings = &call.service.settings;
    let required: Vec<String> = attributes::missing(settings, &user.attributes)
        .map(|name| format!("userAttributes.{name}"))
        .collect();
    let shown = user.attributes.iter();
    let shown: BTreeMap<_, _> = shown.filter(|(name, _)| client.may_read(name)).collect();
    let parameters = json!({
        "USER_ID_FOR_SRP": user.username,
        "requiredAttributes": json!(required).to_string(),
        "userAttributes": json!(shown).to_string(),
    });
    let step = Step::NewPassword;
    ask(call, state, client, name, step, parameters)
}

/// Returns the challenge for the second factor, or grants tokens.
pub(crate) fn after_new_password(
    call: &Call<'_>,
    state: &mut State,
    client: &Arc<Client>,
    name: &str,
) -> Result<Next, Failure> {
    let settings = &call.service.settings;
    let user = state.users.expect(name)?;
    let factors = due(settings, user);
    let preferred = user.mfa.preferred.filter(|factor| factors.contains(factor));
    match (factors.as_slice(), preferred) {
        ([], _) if settings.mfa == MfaMode::On => {
            let parameters = json!({
                "MFAS_CAN_SETUP": json!(settings.factors.set_up_names()).to_string(),
                "USER_ID_FOR_SRP": user.username,
            });
            let step = Step::MfaSetup {
                secret: None,
                proved: false,
            };
            ask(call, state, client, name, step, parameters)
        }
        ([], _) => Ok(grant(call, user, client)),
        _ if device::stands_for_factor(call, user) => Ok(grant(call, user, client)),
        (_, Some(factor)) | (&[factor], None) => ask_for(call, state, client, name, factor),
        (several, None) => {
            let names: Vec<_> = several.iter().map(|factor| factor.name()).collect();
            let parameters = json!({
                "MFAS_CAN_CHOOSE": json!(names).to_string(),
                "USER_ID_FOR_SRP": user.username,
            });
            let step = Step::SelectMfa;
            ask(call, state, client, name, step, parameters)
        }
    }
}

/// Returns the challenge for a second factor.
pub(crate) fn ask_for(
    call: &Call<'_>,
    state: &mut State,
    client: &Arc<Client>,
    name: &str,
    factor: Factor,
) -> Result<Next, Failure> {
    let user = state.users.expect(name)?;
    let Some(attribute) = factor.address() else {
        let parameters = json!({ "USER_ID_FOR_SRP": user.username });
        let step = Step::SoftwareToken;
        return ask(call, state, client, name, step, parameters);
    };
    let address = user.attribute(attribute).unwrap_or_default().to_owned();
    send_code(call, state, client, name, factor, Address::Own(address))
}

/// The destination of a code.
pub(crate) enum Address {
    /// An address of the user.
    Own(String),
    /// A new address, which is assigned to the user when the code is entered. Codes to it then
    /// become a factor.
    New(String),
}

/// Sends a code to an address and returns its challenge.
pub(crate) fn send_code(
    call: &Call<'_>,
    state: &mut State,
    client: &Arc<Client>,
    name: &str,
    factor: Factor,
    address: Address,
) -> Result<Next, Failure> {
    let service = call.service;
    let user = state.users.expect(name)?;
    let code = service.random.code();
    let (to, enrols) = match address {
        Address::Own(address) => (address, None),
        Address::New(address) => (address.clone(), Some(address)),
    };
    let to = (factor.address().unwrap_or_default(), to.as_str());
    let sent = call.send_to(user, to, Purpose::Mfa, &code);
    let parameters = json!({
        "USER_ID_FOR_SRP": user.username,
        "CODE_DELIVERY_DELIVERY_MEDIUM": sent["DeliveryMedium"],
        "CODE_DELIVERY_DESTINATION": sent["Destination"],
    });
    let step = Step::Code {
        factor,
        code,
        enrols,
    };
    ask(call, state, client, name, step, parameters)
}

/// Grants tokens. If the device must be proven first, returns its challenge instead.
pub(crate) fn grant(call: &Call<'_>, user: &mut User, client: &Arc<Client>) -> Next {
    device::ask(call, user, client).unwrap_or_else(|| tokens(call, user, client))
}

/// Grants tokens. If the pool remembers devices, the tokens belong to the device in the request, or
/// to a new device.
pub(crate) fn tokens(call: &Call<'_>, user: &User, client: &Arc<Client>) -> Next {
    let service = call.service;
    let (tokens, random) = (&service.tokens, &service.random);
    let grant = tokens.sign_in(user, client, call.now, random);
    let grant = match (service.settings.devices, device::named(call)) {
        (None, _) => grant,
        (Some(_), Some(key)) => grant.on_device(key),
        (Some(_), None) => {
            let region = &service.settings.region;
            grant.on_new_device(tokens.devices.new_device(region, &user.sub, random))
        }
    };
    Next::Tokens(Box::new(grant))
}

/// Opens a session of a user and returns the challenge.
fn ask(
    call: &Call<'_>,
    state: &mut State,
    client: &Client,
    name: &str,
    step: Step,
    parameters: Value,
) -> Result<Next, Failure> {
    let session = Session::of(state.users.expect(name)?, client, step);
    Ok(challenge(call, state, client, session, parameters))
}

/// Opens a session and returns its challenge.
pub(super) fn challenge(
    call: &Call<'_>,
    state: &mut State,
    client: &Client,
    session: Session,
    parameters: Value,
) -> Next {
    let question = session.step.challenge();
    let word = call.open_session(state, client, session);
    let mut answer = json!({ "ChallengeName": question, "Session": word });
    answer["ChallengeParameters"] = parameters;
    Next::Challenge(answer)
}

/// Returns the response to a step of a sign-in. Tokens are signed here, after the lock of the state
/// was released.
pub(crate) fn finish(call: &Call<'_>, next: Next) -> Answer {
    match next {
        Next::Challenge(answer) => Ok(answer),
        Next::Tokens(grant) => {
            post_authentication(call, &grant)?;
            let result = call.issue(&grant)?;
            Ok(json!({ "AuthenticationResult": result, "ChallengeParameters": {} }))
        }
    }
}
