//! The operations `InitiateAuth` and `AdminInitiateAuth`, and the steps from a password to tokens.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::model::acr::{Level, Method, Progress};
use crate::model::attributes;
use crate::model::client::secret_hash::check_secret_hash;
use crate::model::client::{AuthFlow, Client, no_such_user};
use crate::model::factors::{due, usable_seconds};
use crate::model::failure::{Answer, Failure};
use crate::model::options::{Factor, MfaMode};
use crate::model::request::Texts;
use crate::model::trigger::Trigger;
use crate::model::user::{Status, User, not_confirmed, reset_required};
use crate::operations::authentication::refresh;
use crate::operations::authentication::risk::Demand;
use crate::operations::common::invalid;
use crate::state::call::Call;
use crate::state::inbox::Purpose;
use crate::state::pool::State;
use crate::state::sessions::{Session, Step};
use crate::state::tokens::grant::Grant;
use crate::triggers::{migrate, post_authentication, pre_authentication};

/// A sign-in request: its client, parameters and user.
pub(crate) struct SignIn<'a> {
    pub(super) call: &'a Call<'a>,
    pub(super) client: Arc<Client>,
    /// The parameters of the request: `AuthParameters` or `ChallengeResponses`.
    pub(super) parameters: Texts<'a>,
    /// The user name. Before the user is found, this is the name in the request, which may be an
    /// alias.
    pub(super) username: String,
    /// The id of the session in the request. Empty until the session is found.
    pub(super) session: String,
    pub(super) progress: Progress,
    /// The authentication levels that a request to the hosted pages contains, most preferred first.
    /// After the right password, [`aim`](SignIn::aim) selects the level that the sign-in must
    /// reach. The list is empty for requests to the API: [`read_goal`](SignIn::read_goal) reads
    /// their levels.
    pub(crate) levels: Vec<Level>,
}

/// The result of a step of a sign-in: the next challenge, or tokens.
pub(crate) enum Next {
    Challenge(Value),
    Tokens(Box<Grant>),
}

pub(crate) fn initiate_auth(call: &Call<'_>) -> Answer {
    let name = call.required("AuthFlow")?;
    let parameters: Texts<'_> = call.member("AuthParameters")?;
    let client = call.client()?;
    let flow = match (name, call.operation == "AdminInitiateAuth") {
        ("USER_PASSWORD_AUTH", false) => AuthFlow::UserPassword,
        ("ADMIN_NO_SRP_AUTH" | "ADMIN_USER_PASSWORD_AUTH", true) => AuthFlow::AdminUserPassword,
        ("USER_PASSWORD_AUTH" | "ADMIN_NO_SRP_AUTH" | "ADMIN_USER_PASSWORD_AUTH", _) => {
            return invalid("Initiate Auth method not supported.");
        }
        ("USER_SRP_AUTH", _) => AuthFlow::UserSrp,
        ("CUSTOM_AUTH", _) => AuthFlow::Custom,
        ("USER_AUTH", _) => AuthFlow::UserAuth,
        ("REFRESH_TOKEN" | "REFRESH_TOKEN_AUTH", _) => {
            return refresh::by_flow(call, client, &parameters);
        }
        _ => return invalid(NOT_ENABLED),
    };
    if !client.allows(flow) {
        return invalid(match flow {
            AuthFlow::UserPassword => "USER_PASSWORD_AUTH flow not enabled for this client",
            AuthFlow::UserSrp => "USER_SRP_AUTH is not enabled for the client.",
            _ => NOT_ENABLED,
        });
    }
    let triggers = &call.service.settings.triggers;
    if flow == AuthFlow::Custom && !triggers.has(Trigger::DefineAuthChallenge) {
        return invalid("Custom auth lambda trigger is not configured for the user pool.");
    }
    parameters.require("USERNAME")?;
    let secret = match flow {
        AuthFlow::UserPassword | AuthFlow::AdminUserPassword => parameters.require("PASSWORD")?,
        AuthFlow::UserSrp => parameters.require("SRP_A")?,
        _ => "",
    };
    let mut sign_in = SignIn::read(call, client, parameters)?;
    if matches!(flow, AuthFlow::UserPassword | AuthFlow::AdminUserPassword) {
        migrate(call, &sign_in.username, Some(secret), "Authentication")?;
    }
    pre_authentication(call, &sign_in.client, &sign_in.username)?;
    match flow {
        AuthFlow::UserSrp => sign_in.start_srp(secret, None),
        AuthFlow::Custom => sign_in.start_custom(),
        AuthFlow::UserAuth => sign_in.start_choice(),
        _ => sign_in.by_password(secret),
    }
}

pub(super) const NOT_ENABLED: &str = "Auth flow not enabled for this client";

impl<'a> SignIn<'a> {
    pub(crate) fn new(call: &'a Call<'a>, client: &Arc<Client>, username: &str) -> Self {
        Self {
            call,
            client: Arc::clone(client),
            parameters: Texts::default(),
            username: username.to_owned(),
            session: String::new(),
            progress: Progress::default(),
            levels: Vec::new(),
        }
    }

    /// Creates a sign-in for the user name in the parameters. Fails if the user name is missing, or
    /// if the secret hash is wrong.
    pub(super) fn read(
        call: &'a Call<'a>,
        client: Arc<Client>,
        parameters: Texts<'a>,
    ) -> Result<Self, Failure> {
        let username = parameters.require("USERNAME")?.to_owned();
        check_secret_hash(&client, &username, parameters.get("SECRET_HASH"))?;
        Ok(Self {
            call,
            client,
            parameters,
            username,
            session: String::new(),
            progress: Progress::default(),
            levels: Vec::new(),
        })
    }

    pub(crate) fn by_password(&mut self, password: &str) -> Answer {
        let next = {
            let _adoption = self.call.adopt_password(&self.username, password)?;
            let mut state = self.call.state();
            self.check_password(&mut state, |user| {
                let stored = user.password.as_ref();
                stored.is_some_and(|stored| stored.matches(password))
            })?;
            self.check_compromised(&mut state, password)?;
            if !self.levels.is_empty() {
                let levels = std::mem::take(&mut self.levels);
                self.aim(&state, &levels, false)?;
            }
            self.after_password(&mut state)?
        };
        self.finish(next)
    }

    /// Finds the user, and checks that the user may sign in with this password. `matches` compares
    /// the password. Fails if the user is unknown, disabled, locked out or not confirmed, or must
    /// reset the password. Also fails if the password is wrong, if a temporary password has
    /// expired, or if the request has an unknown device key. A wrong password counts toward the
    /// lockout.
    pub(super) fn check_password(
        &mut self,
        state: &mut State,
        matches: impl FnOnce(&User) -> bool,
    ) -> Result<(), Failure> {
        let now = self.call.now;
        let user = state.users.find_mut(&self.username);
        let user = user.ok_or_else(|| no_such_user(&self.client))?;
        if !user.enabled {
            return Err(Failure::disabled());
        }
        if user.lockout.is_locked(now) {
            return Err(locked_out());
        }
        match user.status {
            // An imported user (AWS developer guide, "Managing user existence error responses").
            Status::ResetRequired if user.password.is_none() && self.client.hides_users => {
                return Err(Failure::incorrect());
            }
            Status::ResetRequired => return Err(reset_required()),
            Status::Unconfirmed => return Err(not_confirmed()),
            // A federated user has no password.
            Status::Confirmed | Status::ExternalProvider | Status::ForceChangePassword => {}
        }
        if !matches(user) {
            user.lockout.fail(now);
            return Err(Failure::incorrect());
        }
        if user.password_expires.is_some_and(|expires| now >= expires) {
            return Err(Failure::not_authorized(
                "Temporary password has expired and must be reset by an administrator.",
            ));
        }
        user.lockout.succeed();
        self.check_device(Some(user))?;
        self.username.clone_from(&user.username);
        Ok(())
    }

    /// Finds the user. Fails if the user is not allowed to sign in, or if the request has an
    /// unknown device key. If the user does not exist, returns `None` if
    /// `PreventUserExistenceErrors` of the client is `ENABLED`, and fails otherwise.
    pub(super) fn find_user<'s>(&mut self, state: &'s State) -> Result<Option<&'s User>, Failure> {
        let user = state.users.find(&self.username);
        match user {
            // A federated user signs in only through the identity provider.
            Some(user) if user.status == Status::ExternalProvider => {
                return Err(Failure::incorrect());
            }
            Some(user) => user.check_usable()?,
            None if self.client.hides_users => {}
            None => return Err(no_such_user(&self.client)),
        }
        self.check_device(user)?;
        if let Some(user) = user {
            self.username.clone_from(&user.username);
        }
        Ok(user)
    }

    /// Returns the step after a right password: a new password, a second factor, or tokens. Fails
    /// if the sign-in must reach an authentication level for which the user does not have the
    /// factors.
    pub(super) fn after_password(&mut self, state: &mut State) -> Result<Next, Failure> {
        self.progress.methods.insert(Method::Password);
        self.progress.is_assessed = true;
        let user = state.users.expect(&self.username)?;
        if self.progress.goal.is_some() {
            self.ways(user)?;
        }
        if user.status != Status::ForceChangePassword {
            return self.with_second_factor(state, true);
        }
        self.assess(user, true)?;
        let required = attributes::missing(&self.call.service.settings, &user.attributes);
        let required: Value = required
            .map(|name| format!("userAttributes.{name}"))
            .collect();
        let shown = user.attributes.iter();
        let shown = shown.filter(|(name, _)| self.client.may_read(name));
        let parameters = json!({
            "USER_ID_FOR_SRP": user.username,
            "requiredAttributes": required.to_string(),
            "userAttributes": json!(shown.collect::<BTreeMap<_, _>>()).to_string(),
        });
        let challenge = self.challenge(state, Step::NewPassword, parameters);
        Ok(Next::Challenge(challenge))
    }

    /// Returns the step after a new password: a second factor, or tokens.
    pub(super) fn after_new_password(&self, state: &mut State) -> Result<Next, Failure> {
        self.with_second_factor(state, false)
    }

    /// Assesses the risk of the sign-in, and returns the next step after the password. Fails if the
    /// risk configuration blocks the sign-in. The next step is:
    ///
    /// - If the sign-in must reach an authentication level, the next challenge toward it.
    /// - If the pool requires a second factor and the user has none, the challenge to set it up.
    /// - If the user must enter a second factor, the challenge for it.
    /// - Otherwise, tokens or the challenge for the device.
    ///
    /// If the risk requires a second factor, the challenge for this factor comes before the
    /// challenges for the level. A remembered device then does not replace the factor. `is_first`
    /// is `true` if the risk was not assessed before.
    fn with_second_factor(&self, state: &mut State, is_first: bool) -> Result<Next, Failure> {
        let settings = &self.call.service.settings;
        let user = state.users.expect(&self.username)?;
        let demand = self.assess(user, is_first)?;
        if self.progress.goal.is_some() && demand == Demand::Nothing {
            return self.toward_goal(state);
        }
        let factors = match demand {
            Demand::Nothing => due(settings, user),
            Demand::IfConfigured | Demand::Required => self.second_factors(user),
        };
        if factors.is_empty() && settings.mfa == MfaMode::On {
            let step = Step::MfaSetup {
                secret: None,
                proved: false,
            };
            let names = settings.factors.set_up_names();
            let parameters = factor_parameters("MFAS_CAN_SETUP", &names, user);
            return Ok(Next::Challenge(self.challenge(state, step, parameters)));
        }
        if demand == Demand::Nothing && self.device_replaces_factor(user) {
            return Ok(self.grant(user));
        }
        self.request_one_of(state, &factors)
    }

    /// Returns the challenge for one of the second factors in `factors`. If there are several and
    /// the user prefers none of them, returns the challenge to choose one. If `factors` is empty,
    /// returns tokens or the challenge for the device.
    pub(super) fn request_one_of(
        &self,
        state: &mut State,
        factors: &[Factor],
    ) -> Result<Next, Failure> {
        let user = state.users.expect(&self.username)?;
        let preferred = user.mfa.preferred.filter(|factor| factors.contains(factor));
        let challenge = match (factors, preferred) {
            ([], _) => return Ok(self.grant(user)),
            (_, Some(factor)) | (&[factor], None) => self.second_factor(state, factor)?,
            (several, None) => {
                let names: Vec<_> = several.iter().map(|factor| factor.name()).collect();
                let parameters = factor_parameters("MFAS_CAN_CHOOSE", &names, user);
                self.challenge(state, Step::SelectMfa, parameters)
            }
        };
        Ok(Next::Challenge(challenge))
    }

    /// Returns the second factors with which the user can continue the sign-in: those that the user
    /// has set up and that the sign-in has not completed yet.
    pub(super) fn second_factors(&self, user: &User) -> Vec<Factor> {
        let done = &self.progress.methods;
        let mut factors = usable_seconds(&self.call.service.settings, user);
        factors.retain(|factor| !done.has(Method::of(*factor)));
        factors
    }

    /// Returns the challenge of a second factor. Sends a code if the factor uses SMS or e-mail.
    pub(super) fn second_factor(&self, state: &mut State, factor: Factor) -> Answer {
        let user = state.users.expect(&self.username)?;
        let Some(attribute) = factor.address() else {
            let parameters = json!({ "USER_ID_FOR_SRP": user.username });
            return Ok(self.challenge(state, Step::SoftwareToken, parameters));
        };
        let address = user.attribute(attribute).unwrap_or_default().to_owned();
        self.send_second_factor(state, factor, &address, false)
    }

    /// Sends a code to an address, and returns the challenge for the code. If `new` is `true`, the
    /// right code assigns the address to the user and enables e-mail codes.
    pub(super) fn send_second_factor(
        &self,
        state: &mut State,
        factor: Factor,
        address: &str,
        new: bool,
    ) -> Answer {
        let user = state.users.expect(&self.username)?;
        self.spend_code(user)?;
        let code = self.call.service.random.code();
        let to = (factor.address().unwrap_or_default(), address);
        let delivery = self.call.send_to(user, to, Purpose::Mfa, &code);
        let mut parameters = delivery_parameters(&delivery);
        parameters["USER_ID_FOR_SRP"] = json!(user.username);
        let step = Step::Code {
            factor,
            code,
            enrols: new.then(|| address.to_owned()),
        };
        Ok(self.challenge(state, step, parameters))
    }

    /// Returns the tokens of the sign-in. If the user must first prove a remembered device, returns
    /// the device challenge and no tokens.
    pub(super) fn grant(&self, user: &mut User) -> Next {
        self.request_device(user)
            .unwrap_or_else(|| self.tokens(user))
    }

    /// Returns the tokens of the sign-in. If the pool remembers devices, the tokens belong to the
    /// device in the request. If the request has no device key, they belong to a new device.
    pub(super) fn tokens(&self, user: &User) -> Next {
        let service = self.call.service;
        let (tokens, random) = (&service.tokens, &service.random);
        let grant = tokens.sign_in(user, &self.client, self.call.now, random);
        let grant = grant.proven(&self.progress, &service.settings.acr);
        let grant = match (service.settings.devices, self.device_key()) {
            (None, _) => grant,
            (Some(_), Some(key)) => grant.on_device(key),
            (Some(_), None) => {
                let region = &service.settings.region;
                grant.on_new_device(tokens.devices.new_device(region, &user.sub, random))
            }
        };
        Next::Tokens(Box::new(grant))
    }

    /// Opens a session for a step, and returns the challenge of the step.
    pub(super) fn challenge(&self, state: &mut State, step: Step, parameters: Value) -> Value {
        let session = self.new_session(state, step);
        self.open(state, session, parameters)
    }

    /// Returns a new session for the user. If the user does not exist, the session contains only
    /// the user name of the request.
    pub(super) fn new_session(&self, state: &State, step: Step) -> Session {
        match state.users.find(&self.username) {
            Some(user) => Session::of(user, &self.client, step),
            None => Session::without_user(&self.username, &self.client.id, step),
        }
        .with_progress(&self.progress)
    }

    /// Opens a session. Returns the challenge that the session belongs to, with the session string
    /// and `parameters`.
    pub(super) fn open(&self, state: &mut State, session: Session, parameters: Value) -> Value {
        let mut challenge = json!({ "ChallengeName": session.step.challenge() });
        challenge["Session"] = json!(self.call.open_session(state, &self.client, session));
        challenge["ChallengeParameters"] = parameters;
        challenge
    }

    /// Returns the response for the next step. This function signs tokens and calls triggers, so
    /// the caller must not hold the lock of the state.
    pub(super) fn finish(&self, next: Next) -> Answer {
        match next {
            Next::Challenge(answer) => Ok(answer),
            Next::Tokens(grant) => {
                post_authentication(self.call, &grant)?;
                let result = self.call.issue(&grant)?;
                Ok(json!({ "AuthenticationResult": result, "ChallengeParameters": {} }))
            }
        }
    }
}

/// Returns the parameters of a challenge that lists second factors. `member` is the name of the
/// parameter with the list.
pub(super) fn factor_parameters(member: &str, names: &[&str], user: &User) -> Value {
    json!({ member: json!(names).to_string(), "USER_ID_FOR_SRP": user.username })
}

/// Returns the challenge parameters with the delivery medium and the masked destination of a code.
pub(super) fn delivery_parameters(delivery: &Value) -> Value {
    json!({
        "CODE_DELIVERY_DELIVERY_MEDIUM": delivery["DeliveryMedium"],
        "CODE_DELIVERY_DESTINATION": delivery["Destination"],
    })
}

pub(crate) fn locked_out() -> Failure {
    Failure::not_authorized("Password attempts exceeded")
}
