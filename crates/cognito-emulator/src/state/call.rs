//! A request that is in progress ([`Call`]).

use std::cell::RefCell;
use std::net::{IpAddr, Ipv4Addr};
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
use crate::model::risk::Assessment;
use crate::model::settings::{DEFAULT_ACCOUNT, Settings};
use crate::model::time::seconds;
use crate::model::user::User;
use crate::state::background::Background;
use crate::state::inbox::{Message, Purpose, delivery, medium};
use crate::state::outbox::Outbox;
use crate::state::pool::State;
use crate::state::pools::{Pools, unknown};
use crate::state::service::Service;
use crate::state::sessions::Session;
use crate::state::tokens::claims::AccessToken;

/// The path of the sign-in page, and the value of [`Call::operation`] for calls that this page
/// makes. The page discards the tokens of a sign-in and sends an authorization code to the browser.
/// Therefore these calls run no token trigger and record no session.
pub(crate) const LOGIN: &str = "/login";

/// The IP address of the client for a request that is handled in memory.
pub(crate) const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// A request in progress: its pool, its members and the current time.
pub(crate) struct Call<'a> {
    pub(crate) pools: &'a Pools,
    pub(crate) service: &'a Service,
    /// The members of the request.
    pub(crate) fields: &'a Map<String, Value>,
    pub(crate) now: SystemTime,
    /// The name of the operation, or the path of a hosted page.
    pub(crate) operation: &'static str,
    /// `true` if the call runs the triggers of the pool and reads the metadata of SAML providers.
    /// It is `false` for the methods of [`Emulator`](crate::Emulator), for seeds and for templates.
    pub(crate) calls_triggers: bool,
    /// `true` if a hosted page or an OAuth 2.0 endpoint makes the call. The authentication flows of
    /// the app client do not apply to these calls.
    pub(crate) is_hosted: bool,
    /// `true` if the call may wait for the response of a trigger at a URL or of an identity
    /// provider. If it is `false`, the call runs on a thread of the runtime that must not wait.
    pub(crate) may_wait: bool,
    /// `true` if this emulator or another one has sent the request; see
    /// [`NESTED`](crate::outgoing::NESTED). The call then sends no request to another server.
    /// Otherwise the emulator could call itself again and again.
    pub(crate) is_nested: bool,
    /// The id of the account that signed the request. Without a signature, this is
    /// [`DEFAULT_ACCOUNT`].
    pub(crate) account: &'a str,
    /// The region in the signature of the request. `None` if the request has no signature with a
    /// valid region.
    pub(crate) region: Option<&'a str>,
    /// `true` if the request has an `Authorization` header with a signature and is not from a web
    /// page of another site. The emulator does not verify signatures, so such a page could send an
    /// invented signature. AWS would reject that signature.
    pub(crate) is_signed: bool,
    /// `true` if the quotas of the account apply to the call. They do not apply to calls from the
    /// emulator's window (its web interface).
    pub(crate) has_quotas: bool,
    /// The messages of the operation. They are sent when the operation ends.
    pub(crate) outbox: Outbox,
    /// The work that the operation continues after the response.
    pub(crate) background: Background,
    /// The IP address of the client that sent the request.
    pub(crate) peer: IpAddr,
    /// The id of the request. Empty for a hosted page.
    pub(crate) request_id: &'a str,
    /// The risk that threat protection has found in the request.
    pub(crate) assessment: RefCell<Assessment>,
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
            calls_triggers: true,
            is_hosted: false,
            may_wait: true,
            is_nested: false,
            account: DEFAULT_ACCOUNT,
            region: None,
            is_signed: false,
            has_quotas: true,
            outbox: Outbox::default(),
            background: Background::default(),
            peer: LOOPBACK,
            request_id: "",
            assessment: RefCell::default(),
        }
    }

    /// Returns a string member of the request. Returns `None` if the member is missing or not a
    /// string.
    pub(crate) fn text(&self, member: &str) -> Option<&'a str> {
        self.fields.get(member).and_then(Value::as_str)
    }

    /// Returns a string member that the service model requires. Fails with `InternalErrorException`
    /// if it is missing, because the request was validated before.
    pub(crate) fn required(&self, member: &str) -> Result<&'a str, Failure> {
        self.text(member).ok_or_else(|| {
            tracing::error!(member, "a validated request lacks a member");
            Failure::new("InternalErrorException", "Something went wrong")
        })
    }

    /// Returns a member of the structure `structure` in the request. Returns `None` if the
    /// structure or the member is missing.
    pub(crate) fn nested(&self, structure: &str, member: &str) -> Option<&'a Value> {
        self.fields.get(structure)?.get(member)
    }

    /// Returns `true` if a boolean member of the request is `true`. Returns `false` if the member
    /// is missing.
    pub(crate) fn flag(&self, member: &str) -> bool {
        self.fields.get(member) == Some(&Value::Bool(true))
    }

    /// Deserializes a member of the request. Returns the default value if the member is missing.
    /// Fails if the member has another type.
    pub(crate) fn member<T: Deserialize<'a> + Default>(&self, name: &str) -> Result<T, Failure> {
        match self.fields.get(name) {
            None | Some(Value::Null) => Ok(T::default()),
            Some(member) => request::read(member),
        }
    }

    /// Returns the names and values in the member `UserAttributes`. The list is empty if the member
    /// is missing.
    pub(crate) fn attributes(&self) -> Result<Vec<(&'a str, &'a str)>, Failure> {
        let attributes: Vec<Attribute<'a>> = self.member("UserAttributes")?;
        Ok(attributes.into_iter().map(Attribute::pair).collect())
    }

    pub(crate) fn client_id(&self) -> Option<&'a str> {
        self.text("ClientId")
    }

    /// Returns the IP address of the user's device. In a request of an operator (`Admin…`), this is
    /// the address in `ContextData`. In other requests, it is the address in `UserContextData`, if
    /// the app client has a secret and `EnablePropagateAdditionalUserContextData`. Default: the
    /// address of the client that sent the request.
    ///
    /// Security: an app client without a secret cannot set the address. Otherwise any caller could
    /// choose an address outside the ranges that a risk configuration blocks.
    pub(crate) fn address(&self) -> IpAddr {
        let name = if self.operation.starts_with("Admin") {
            Some("ContextData")
        } else {
            let client = self.client().ok();
            let is_trusted = client.is_some_and(|client| client.propagates_context());
            is_trusted.then_some("UserContextData")
        };
        let given = name.and_then(|name| self.nested(name, "IpAddress")?.as_str());
        // The service model allows any string.
        let given = given.and_then(|text| text.parse().ok());
        given.unwrap_or(self.peer)
    }

    /// Returns `true` if the request contains data about the user's device.
    pub(crate) fn has_context_data(&self) -> bool {
        let mut names = ["ContextData", "UserContextData"].into_iter();
        names.any(|name| self.fields.contains_key(name))
    }

    /// Returns the member `ClientMetadata`, which triggers receive. Returns an empty object if the
    /// member is missing.
    pub(crate) fn client_metadata(&self) -> Value {
        let metadata = self.fields.get("ClientMetadata").cloned();
        metadata.unwrap_or_else(|| json!({}))
    }

    /// Locks the state of the pool.
    pub(crate) fn state(&self) -> MutexGuard<'a, State> {
        let mut state = self.service.state.lock();
        state.begin(self.now);
        state
    }

    /// Opens a session and returns the session string. The session expires after the session
    /// validity of the app client.
    pub(crate) fn open_session(
        &self,
        state: &mut State,
        client: &Client,
        session: Session,
    ) -> String {
        let (seal, random) = (&self.service.tokens.seal, &self.service.random);
        let validity = client.validity.session;
        let sessions = &mut state.sessions;
        sessions.open(session, validity, self.now, seal, random)
    }

    /// Returns an open session with its id. Fails if the session string is forged, expired or used.
    pub(crate) fn find_session<'s>(
        &self,
        state: &'s State,
        word: &str,
    ) -> Result<(String, &'s Session), Failure> {
        let seal = &self.service.tokens.seal;
        state.sessions.find(word, self.now, seal)
    }

    /// Sends a message to the address in an attribute of a user. The message is stored until the
    /// operation ends. Returns `CodeDeliveryDetails`.
    pub(crate) fn send(&self, user: &User, attribute: &str, purpose: Purpose, code: &str) -> Value {
        let to = user.attribute(attribute).unwrap_or_default();
        self.send_to(user, (attribute, to), purpose, code)
    }

    /// Sends a message to an address. The address need not be an attribute of the user. Returns
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
            // It is set when the message is delivered, and a template then replaces the body.
            subject: String::new(),
            text: purpose.text(&user.username, code),
            trigger: None,
            sent_at: self.now,
        };
        self.outbox.post(user, message);
        delivery(to, medium, attribute)
    }

    /// Creates a code, stores it for the user and sends it. `proof` is the purpose of the code.
    /// Returns `CodeDeliveryDetails`.
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

    /// Returns the app client in the member `ClientId`. Fails with `ResourceNotFoundException` if
    /// it does not exist.
    pub(crate) fn client(&self) -> Result<Arc<Client>, Failure> {
        self.service.client(self.client_id().unwrap_or_default())
    }

    /// Returns the user name and the app client of a request without an access token. Fails if the
    /// client does not exist, or if `SecretHash` is wrong or missing.
    pub(crate) fn username_and_client(&self) -> Result<(&'a str, Arc<Client>), Failure> {
        let (username, client) = (self.required("Username")?, self.client()?);
        check_secret_hash(&client, username, self.text("SecretHash"))?;
        Ok((username, client))
    }

    /// Fails with `ResourceNotFoundException` if `UserPoolId` is missing or is not the id of this
    /// pool.
    pub(crate) fn check_pool(&self) -> Result<(), Failure> {
        let id = self.text("UserPoolId").unwrap_or_default();
        if id == self.service.settings.pool_id {
            return Ok(());
        }
        Err(unknown(id))
    }

    /// Verifies and parses the access token in the member `AccessToken`. No lock is held while the
    /// signature is verified.
    ///
    /// Fails if the member is missing. The service model marks it as optional in some operations
    /// that require it.
    pub(crate) fn access_token(&self) -> Result<AccessToken, Failure> {
        let token = self.text("AccessToken").ok_or_else(|| {
            Failure::invalid_parameter(
                "1 validation error detected: Value at 'accessToken' failed to satisfy constraint: \
                 Member must not be null",
            )
        })?;
        self.service.tokens.read_access(token, self.now)
    }

    /// Returns a reference to the user whom the request concerns.
    ///
    /// In an operation of operators (`Admin…`), this is the user in `Username`. In all others, it
    /// is the user of `AccessToken`. Fails if the member is missing, or if the access token is
    /// invalid.
    pub(crate) fn user_ref(&self) -> Result<UserRef<'a>, Failure> {
        if self.operation.starts_with("Admin") {
            return Ok(UserRef::Named(self.required("Username")?));
        }
        Ok(UserRef::Bearer(self.access_token()?))
    }

    /// Returns the user of a [`user_ref`](Self::user_ref). Fails if the user does not exist. For an
    /// access token, also fails in the cases in which [`bearer`](Self::bearer) fails.
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

    /// Returns the user of an access token. Fails if the user was deleted, is disabled, is not
    /// confirmed or must reset the password, or if the token was revoked.
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
            .find_same(&token.username, &token.sub)
            .ok_or_else(Failure::user_not_found)?;
        if !user.enabled {
            return Err(Failure::disabled());
        }
        let signed_out = match &token.sign_in.origin_jti {
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

/// A reference to the user whom a request concerns: a verified access token or a user name.
pub(crate) enum UserRef<'a> {
    Bearer(AccessToken),
    Named(&'a str),
}

/// Changes the settings of the call's pool, and sets the time of the change. If `change` fails, the
/// settings do not change.
///
/// If the call is in the region of a replica, only settings that can differ between regions are
/// stored. Changes of other settings are ignored, and the time of the change is not set.
pub(crate) fn change<T>(
    call: &Call<'_>,
    change: impl FnOnce(&mut Settings) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let (id, region) = (
        &call.service.settings.pool_id,
        &call.service.settings.region,
    );
    call.pools.update(id, |settings| {
        if *region == settings.region {
            settings.modified = call.now;
            return change(settings);
        }
        // The replica may have been deleted in the meantime.
        let mut of_replica = settings.of_replica(region).ok_or_else(|| unknown(id))?;
        let value = change(&mut of_replica)?;
        settings.keep_regional(of_replica);
        Ok(value)
    })
}
