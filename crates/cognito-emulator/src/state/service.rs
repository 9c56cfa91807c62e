//! One pool's innards, and what every operation needs of them.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::SystemTime;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cognito_core::Clock;
use parking_lot::{Mutex, MutexGuard, RwLock};
use serde_json::{Map, Value, json};

use crate::http::hosted::login;
use crate::model::attributes::mask;
use crate::model::aws;
use crate::model::client::{Client, Secret};
use crate::model::code::{Attempt, Proof};
use crate::model::form::{CLIENT_ID, Form, POOL_ID, TOKEN};
use crate::model::random::Random;
use crate::model::settings::Settings;
use crate::model::user::User;
use crate::model::wire::{Answer, Failure};
use crate::operations::ssm::ParameterStore;
use crate::state::inbox::{Inbox, Medium, Message, Purpose};
use crate::state::pool::{Roles, State};
use crate::state::pools::{Pools, unknown};
use crate::state::tokens::{AccessToken, Grant, Tokens, seconds};
use crate::triggers::{Outbox, Overrides};

/// A pool as its settings were at one moment. What the settings are not is shared by all moments.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) settings: Settings,
    pub(crate) tokens: Arc<Tokens>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<Random>,
    pub(crate) inbox: Inbox,
    pub(crate) parameters: ParameterStore,
    pub(crate) state: Arc<Mutex<State>>,
    pub(crate) clients: Arc<RwLock<HashMap<String, Arc<Client>>>>,
}

impl Service {
    pub(crate) fn client(&self, id: &str) -> Result<Arc<Client>, Failure> {
        let client = self.clients.read().get(id).cloned();
        client.ok_or_else(|| Failure::not_found(format!("User pool client {id} does not exist.")))
    }

    /// The same pool with other settings: what happens in one is seen in the other.
    pub(crate) fn with(&self, settings: Settings) -> Self {
        Self {
            settings,
            tokens: Arc::clone(&self.tokens),
            clock: Arc::clone(&self.clock),
            random: Arc::clone(&self.random),
            inbox: self.inbox.clone(),
            parameters: self.parameters.clone(),
            state: Arc::clone(&self.state),
            clients: Arc::clone(&self.clients),
        }
    }

    /// Counts an attempt of a person, unless limits are off.
    pub(crate) fn spend(
        &self,
        user: &mut User,
        attempt: Attempt,
        now: SystemTime,
    ) -> Result<(), Failure> {
        if self.settings.attempt_limits {
            user.attempts.spend(attempt, now)
        } else {
            Ok(())
        }
    }
}

/// `CodeDeliveryDetails`.
pub(crate) fn delivery(to: &str, medium: Medium, attribute: &str) -> Value {
    json!({
        "Destination": mask(to),
        "DeliveryMedium": medium.name(),
        "AttributeName": attribute,
    })
}

pub(crate) fn medium(attribute: &str) -> Medium {
    if attribute == "phone_number" {
        Medium::Sms
    } else {
        Medium::Email
    }
}

/// One request while it is answered.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub(crate) pools: &'a Pools,
    /// The pool that the request is for.
    pub(crate) service: &'a Service,
    pub(crate) fields: &'a Map<String, Value>,
    pub(crate) now: SystemTime,
    /// The name of the operation; empty for what is done in process.
    pub(crate) operation: &'static str,
    /// The region that the request is signed for.
    pub(crate) region: Option<&'a str>,
    pub(crate) outbox: Outbox,
}

impl<'a> Call<'a> {
    pub(crate) fn new(
        pools: &'a Pools,
        service: &'a Service,
        fields: &'a Map<String, Value>,
        operation: &'static str,
    ) -> Self {
        Self {
            pools,
            service,
            fields,
            now: service.clock.now(),
            operation,
            region: None,
            outbox: Outbox::default(),
        }
    }

    /// Returns the members of the request. A seed validates its requests before, as the server does.
    pub(crate) fn form(&self) -> Form<'a> {
        if self.operation.is_empty() || aws::has(self.operation) {
            Form::validated(self.fields)
        } else {
            Form::new(self.fields)
        }
    }

    pub(crate) fn state(&self) -> MutexGuard<'a, State> {
        self.service.state.lock()
    }

    /// Sends a message to one of a person's addresses and describes where it went.
    pub(crate) fn send(&self, user: &User, attribute: &str, purpose: Purpose, code: &str) -> Value {
        let to = user.attribute(attribute).unwrap_or_default();
        self.send_to(user, (attribute, to), purpose, code)
    }

    /// Sends a message to an address that need not be the person's yet.
    pub(crate) fn send_to(
        &self,
        user: &User,
        (attribute, to): (&str, &str),
        purpose: Purpose,
        code: &str,
    ) -> Value {
        let medium = medium(attribute);
        let message = Message {
            to: to.to_owned(),
            medium,
            purpose,
            code: code.to_owned(),
            text: purpose.text(&user.username, code),
            sent_at: self.now,
        };
        self.post(user, message);
        delivery(to, medium, attribute)
    }

    /// Makes a code, remembers it and sends it.
    pub(crate) fn send_code(&self, user: &mut User, attribute: &str, proof: Proof) -> Value {
        let code = self.service.random.code();
        let purpose = match proof {
            Proof::Attribute(_) => Purpose::AttributeVerification,
            Proof::PasswordReset => Purpose::PasswordReset,
            Proof::SignUp => Purpose::SignUp,
        };
        // Only the code that proves a changed address goes to it before it is in force.
        let to = match proof {
            Proof::Attribute(_) => user.to_prove(attribute),
            Proof::PasswordReset | Proof::SignUp => user.attribute(attribute),
        };
        let to = to.unwrap_or_default().to_owned();
        let details = self.send_to(user, (attribute, &to), purpose, &code);
        user.codes.put(proof, code, to, self.now);
        details
    }

    /// Signs a grant. The roles of its groups are looked up here, so that whoever makes a grant
    /// needs to know the person only.
    pub(crate) fn issue(&self, grant: &Grant) -> Answer {
        let groups = grant.groups();
        let roles = if groups.is_empty() {
            Roles::default()
        } else {
            self.state().roles(groups)
        };
        let service = self.service;
        let overrides = self.overrides(grant, &roles)?;
        service
            .tokens
            .issue(grant, &roles, &overrides, &service.random)
    }

    /// What the pool's trigger wants the tokens of a grant to say otherwise.
    fn overrides(&self, grant: &Grant, roles: &Roles) -> Result<Overrides, Failure> {
        let triggers = &self.service.settings.triggers;
        // Tokens of the sign-in page are thrown away: its browser takes a code.
        let is_used = self.operation != login::PATH;
        let Some(trigger) = triggers.token_generation().filter(|_| is_used) else {
            return Ok(Overrides::default());
        };
        let user = self.state().users.find(grant.username()).cloned();
        let user = user.ok_or_else(Failure::user_not_found)?;
        let answered = self.fields.get("ChallengeName").and_then(Value::as_str);
        let source = match answered {
            _ if grant.is_renewal() => "RefreshTokens",
            _ if self.operation.starts_with('/') => "HostedAuth",
            Some("NEW_PASSWORD_REQUIRED") => "NewPasswordChallenge",
            Some("DEVICE_PASSWORD_VERIFIER") => "AuthenticateDevice",
            _ => "Authentication",
        };
        let said = (grant.groups(), roles, grant.scope());
        Overrides::for_user(self, trigger, &user, &grant.client.id, said, source)
    }

    /// Finishes the form and finds the app client that its `ClientId` names.
    pub(crate) fn client(&self, mut form: Form<'_>) -> Result<Arc<Client>, Failure> {
        let id = form.required("ClientId", &CLIENT_ID).to_owned();
        form.finish()?;
        self.service.client(&id)
    }

    /// Finishes the form and checks that its `UserPoolId` names this pool.
    pub(crate) fn pool(&self, mut form: Form<'_>) -> Result<(), Failure> {
        let id = form.required("UserPoolId", &POOL_ID).to_owned();
        form.finish()?;
        if id == self.service.settings.pool_id {
            return Ok(());
        }
        Err(unknown(&id))
    }

    /// Finishes the form and reads its `AccessToken`. No lock is held while the signature is
    /// checked.
    pub(crate) fn access_token(&self, mut form: Form<'_>) -> Result<AccessToken, Failure> {
        let token = form.required("AccessToken", &TOKEN);
        form.finish()?;
        self.service.tokens.read_access(token, self.now)
    }

    /// The person whom an access token belongs to, unless the token was revoked.
    pub(crate) fn bearer<'s>(
        &self,
        state: &'s mut State,
        token: &AccessToken,
    ) -> Result<&'s mut User, Failure> {
        let revoked = || Failure::not_authorized("Access Token has been revoked");
        let State {
            users, families, ..
        } = state;
        let user = users
            .find_mut(&token.username)
            .filter(|user| user.sub == token.sub)
            .ok_or_else(Failure::user_not_found)?;
        if !user.enabled {
            return Err(Failure::disabled());
        }
        let signed_out = match &token.origin_jti {
            Some(family) => {
                !self.service.tokens.is_current(family, user) || families.is_revoked(family)
            }
            None => user.signed_out.is_some_and(|at| token.iat < seconds(at)),
        };
        if signed_out {
            return Err(revoked());
        }
        user.check_usable()?;
        Ok(user)
    }
}

/// The `SECRET_HASH` that a call of the client must bring, where it has a secret.
pub(crate) fn secret_hash(client: &Client, username: &str) -> Option<String> {
    let secret = client.secrets.first()?;
    Some(hash_with(secret, username, &client.id))
}

/// HMAC-SHA-256 over user name and client id under the secret, in base64.
fn hash_with(secret: &Secret, username: &str, id: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.text.as_bytes());
    let mut context = hmac::Context::with_key(&key);
    context.update(username.as_bytes());
    context.update(id.as_bytes());
    STANDARD.encode(context.sign())
}

/// Checks the `SECRET_HASH` that a client with a secret must send.
pub(crate) fn check_secret_hash(
    client: &Client,
    username: &str,
    given: Option<&str>,
) -> Result<(), Failure> {
    let id = &client.id;
    let mismatch =
        || Failure::not_authorized(format!("Unable to verify secret hash for client {id}"));
    match given {
        None if client.secrets.is_empty() => Ok(()),
        None => Err(Failure::not_authorized(format!(
            "Client {id} is configured with secret but SECRET_HASH was not received"
        ))),
        Some(_) if client.secrets.is_empty() => Err(Failure::invalid_parameter(format!(
            "Client {id} is not configured for secret but secret hash was received"
        ))),
        Some(given) => {
            let is_right = |secret: &Secret| {
                let expected = hash_with(secret, username, id);
                verify_slices_are_equal(expected.as_bytes(), given.as_bytes()).is_ok()
            };
            // A client that has several secrets takes a hash made with any of them.
            let found = client.secrets.iter().any(is_right);
            found.then_some(()).ok_or_else(mismatch)
        }
    }
}
