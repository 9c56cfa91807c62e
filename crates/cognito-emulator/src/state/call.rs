//! A request in progress.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::SystemTime;

use parking_lot::MutexGuard;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::model::client::Client;
use crate::model::client::secret_hash::check_secret_hash;
use crate::model::code::Proof;
use crate::model::failure::Failure;
use crate::model::request;
use crate::model::request::Attribute;
use crate::model::settings::Settings;
use crate::model::time::seconds;
use crate::model::user::User;
use crate::state::inbox::{Message, Purpose, delivery, medium};
use crate::state::outbox::Outbox;
use crate::state::pool::State;
use crate::state::pools::{Pools, unknown};
use crate::state::service::Service;
use crate::state::sessions::Session;
use crate::state::tokens::claims::AccessToken;

/// The path of the sign-in page. Tokens that are signed there are discarded, because the browser
/// gets a code.
pub(crate) const LOGIN: &str = "/login";

pub(crate) struct Call<'a> {
    pub(crate) pools: &'a Pools,
    pub(crate) service: &'a Service,
    pub(crate) fields: &'a Map<String, Value>,
    pub(crate) now: SystemTime,
    /// The name of the operation. Empty for methods of [`Emulator`](crate::Emulator) and for seeds.
    pub(crate) operation: &'static str,
    /// The region in the request's signature.
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

    pub(crate) fn text(&self, member: &str) -> Option<&'a str> {
        self.fields.get(member).and_then(Value::as_str)
    }

    /// Returns a string member that the model requires.
    pub(crate) fn required(&self, member: &str) -> Result<&'a str, Failure> {
        self.text(member).ok_or_else(|| {
            tracing::error!(member, "a validated request lacks a member");
            Failure::new("InternalErrorException", "Something went wrong")
        })
    }

    /// Returns a member of a structure in the request.
    pub(crate) fn nested(&self, structure: &str, member: &str) -> Option<&'a Value> {
        self.fields.get(structure)?.get(member)
    }

    /// Returns `true` if a boolean of the request is set.
    pub(crate) fn flag(&self, member: &str) -> bool {
        self.fields.get(member) == Some(&Value::Bool(true))
    }

    /// Reads a member of the request. Default: an empty value.
    pub(crate) fn member<T: Deserialize<'a> + Default>(&self, name: &str) -> Result<T, Failure> {
        match self.fields.get(name) {
            None | Some(Value::Null) => Ok(T::default()),
            Some(member) => request::read(member),
        }
    }

    pub(crate) fn attributes(&self) -> Result<Vec<(&'a str, &'a str)>, Failure> {
        let attributes: Vec<Attribute<'a>> = self.member("UserAttributes")?;
        Ok(attributes.into_iter().map(Attribute::pair).collect())
    }

    pub(crate) fn client_id(&self) -> Option<&'a str> {
        self.text("ClientId")
    }

    /// Returns the IP address in the request. Default: 127.0.0.1. The member may be any string of up
    /// to 131,072 characters, so other strings are not used.
    pub(crate) fn address(&self) -> &'a str {
        ["ContextData", "UserContextData"]
            .into_iter()
            .find_map(|name| self.nested(name, "IpAddress")?.as_str())
            .filter(|text| text.parse::<IpAddr>().is_ok())
            .unwrap_or("127.0.0.1")
    }

    /// Returns `ClientMetadata`, which triggers receive.
    pub(crate) fn client_metadata(&self) -> Value {
        let metadata = self.fields.get("ClientMetadata").cloned();
        metadata.unwrap_or_else(|| json!({}))
    }

    pub(crate) fn state(&self) -> MutexGuard<'a, State> {
        self.service.state.lock()
    }

    /// Opens a session of a client and returns its string.
    pub(crate) fn open_session(
        &self,
        state: &mut State,
        client: &Client,
        session: Session,
    ) -> String {
        let (seal, random) = (&self.service.tokens.seal, &self.service.random);
        let validity = client.session_validity;
        let sessions = &mut state.sessions;
        sessions.open(session, validity, self.now, seal, random)
    }

    /// Returns an open session with its id.
    pub(crate) fn find_session<'s>(
        &self,
        state: &'s State,
        word: &str,
    ) -> Result<(String, &'s Session), Failure> {
        let seal = &self.service.tokens.seal;
        state.sessions.find(word, self.now, seal)
    }

    /// Sends a message to an address of a user. Returns `CodeDeliveryDetails`.
    pub(crate) fn send(&self, user: &User, attribute: &str, purpose: Purpose, code: &str) -> Value {
        let to = user.attribute(attribute).unwrap_or_default();
        self.send_to(user, (attribute, to), purpose, code)
    }

    /// Sends a message to an address, which need not belong to the user yet. Returns
    /// `CodeDeliveryDetails`.
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
        self.outbox.post(user, message);
        delivery(to, medium, attribute)
    }

    /// Creates, stores and sends a code. Returns `CodeDeliveryDetails`.
    pub(crate) fn send_code(&self, user: &mut User, attribute: &str, proof: Proof) -> Value {
        let code = self.service.random.code();
        let purpose = match proof {
            Proof::Attribute(_) => Purpose::AttributeVerification,
            Proof::PasswordReset => Purpose::PasswordReset,
            Proof::SignUp => Purpose::SignUp,
        };
        // A code for a changed address goes to the new address before that address takes effect.
        // All other codes go to the current one.
        let to = match proof {
            Proof::Attribute(_) => user.to_prove(attribute),
            Proof::PasswordReset | Proof::SignUp => user.attribute(attribute),
        };
        let to = to.unwrap_or_default().to_owned();
        let details = self.send_to(user, (attribute, &to), purpose, &code);
        user.codes.put(proof, code, to, self.now);
        details
    }

    pub(crate) fn client(&self) -> Result<Arc<Client>, Failure> {
        self.service.client(self.client_id().unwrap_or_default())
    }

    /// Returns the user name and the app client of a caller who is not signed in, and checks
    /// `SecretHash`.
    pub(crate) fn username_and_client(&self) -> Result<(&'a str, Arc<Client>), Failure> {
        let (username, client) = (self.required("Username")?, self.client()?);
        check_secret_hash(&client, username, self.text("SecretHash"))?;
        Ok((username, client))
    }

    /// Checks that `UserPoolId` names this pool.
    pub(crate) fn check_pool(&self) -> Result<(), Failure> {
        let id = self.text("UserPoolId").unwrap_or_default();
        if id == self.service.settings.pool_id {
            return Ok(());
        }
        Err(unknown(id))
    }

    /// Parses `AccessToken`. No lock is held while the signature is checked.
    ///
    /// In a few operations the model marks the member as optional although it is required.
    pub(crate) fn access_token(&self) -> Result<AccessToken, Failure> {
        let token = self.text("AccessToken").ok_or_else(|| {
            Failure::invalid_parameter(
                "1 validation error detected: Value at 'accessToken' failed to satisfy constraint: \
                 Member must not be null",
            )
        })?;
        self.service.tokens.read_access(token, self.now)
    }

    /// Returns the user whom the request concerns: the user of its access token, or in an operation
    /// of operators (`Admin…`) the user in `Username`. Such operations are signed, and their pool
    /// was checked.
    pub(crate) fn user_ref(&self) -> Result<UserRef<'a>, Failure> {
        if self.operation.starts_with("Admin") {
            return Ok(UserRef::Named(self.required("Username")?));
        }
        Ok(UserRef::Bearer(self.access_token()?))
    }

    /// Returns the user that [`user_ref`](Self::user_ref) identifies.
    pub(crate) fn user<'s>(
        &self,
        state: &'s mut State,
        user_ref: &UserRef<'_>,
    ) -> Result<&'s mut User, Failure> {
        match user_ref {
            UserRef::Bearer(token) => self.bearer(state, token),
            UserRef::Named(username) => state.users.expect(username),
        }
    }

    /// Returns the user of an access token, unless the token was revoked.
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

/// A reference to the user whom a request concerns.
pub(crate) enum UserRef<'a> {
    Bearer(AccessToken),
    Named(&'a str),
}

/// Changes the settings of the pool in the request. If the change fails, no setting is changed.
pub(crate) fn change<T>(
    call: &Call<'_>,
    change: impl FnOnce(&mut Settings) -> Result<T, Failure>,
) -> Result<T, Failure> {
    call.pools
        .update(&call.service.settings.pool_id, |settings| {
            settings.modified = call.now;
            change(settings)
        })
}
