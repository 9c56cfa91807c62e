//! The handle of an emulator ([`Emulator`]).

mod config;
mod state;

use std::fmt;
use std::sync::Arc;

use http::Method;
use http_body_util::BodyExt;
use parking_lot::Mutex;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

use crate::builder::EmulatorBuilder;
use crate::http::fault::Fault;
use crate::http::instance::Instance;
use crate::http::message::{Request, Response};
use crate::http::server;
use crate::http::server::DRAIN;
use crate::model::attributes;
use crate::model::attributes::Writer;
use crate::model::client::Client;
use crate::model::error::{ConnectionClosed, FaultError, SeedError};
use crate::model::failure::Failure;
use crate::model::group::Group;
use crate::model::password::StoredPassword;
use crate::model::random::WarmUp;
use crate::model::risk::RiskLevel;
use crate::model::user::Status;
use crate::operations::administration::groups;
use crate::operations::authentication::sign_up::reachable;
use crate::operations::services::secrets::managed;
use crate::operations::template::stack::Output;
use crate::state::call::Call;
use crate::state::inbox::Inbox;
use crate::state::names::{
    as_username_exists, check_addresses_free, claim_verified, new_user, with_username,
};
use crate::state::parameters::ParameterStore;
use crate::state::service::Service;

/// A running emulator: its user pools, the inbox with the messages to users, and the parameters of
/// the emulated SSM Parameter Store. [`EmulatorBuilder::start`] also starts a server for the
/// emulator. If the emulator is dropped, the server stops.
pub struct Emulator {
    pub(crate) instance: Arc<Instance>,
    /// The first pool, with its settings at the start. Later changes of the settings are not
    /// visible here.
    first: Arc<Service>,
    first_client: String,
    state_note: Option<String>,
    stop: watch::Sender<bool>,
    task: Mutex<Option<JoinHandle<()>>>,
    _warm_up: WarmUp,
}

impl Emulator {
    /// Returns a builder. Its default is one user pool with one public app client.
    pub fn builder() -> EmulatorBuilder {
        EmulatorBuilder::new()
    }

    pub(crate) fn new(
        instance: Arc<Instance>,
        (first, first_client): (Arc<Service>, String),
        state_note: Option<String>,
        warm_up: WarmUp,
    ) -> Self {
        Self {
            instance,
            first,
            first_client,
            state_note,
            stop: watch::Sender::new(false),
            task: Mutex::new(None),
            _warm_up: warm_up,
        }
    }

    /// Starts the server. `serve` gets a receiver, and spawns the task of the server. The task must
    /// end when the value of the receiver changes.
    pub(crate) fn with_server(
        self,
        serve: impl FnOnce(Arc<Instance>, watch::Receiver<bool>) -> JoinHandle<()>,
    ) -> Self {
        let task = serve(Arc::clone(&self.instance), self.stop.subscribe());
        *self.task.lock() = Some(task);
        self
    }

    /// Handles a request in memory, as the server does. If the request is invalid, the status of
    /// the response is 400. An emulator without a server ([`EmulatorBuilder::build`]) receives
    /// requests only through this method.
    ///
    /// The method requires a Tokio runtime with time enabled. I/O need not be enabled.
    ///
    /// ```
    /// use cognito_emulator::{Emulator, Request};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let emulator = Emulator::builder().build()?;
    /// let request = Request::new("GET", &emulator.jwks_uri());
    /// assert_eq!(emulator.respond(request).await?.status(), 200);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ConnectionClosed`] if an injected fault closes the connection.
    pub async fn respond(&self, request: Request) -> Result<Response, ConnectionClosed> {
        let Ok(request) = request.into_http() else {
            return Ok(Response::bad_request());
        };
        let is_head = request.method() == Method::HEAD;
        let (head, body) = server::handle(&self.instance, request).await?.into_parts();
        let body = match body.collect().await {
            Ok(body) if !is_head => body.to_bytes().into(),
            Ok(_) => Vec::new(),
            Err(never) => match never {},
        };
        Ok(Response::new(http::Response::from_parts(head, body)))
    }

    /// Returns the base URL of the emulated Cognito and SSM, such as `http://127.0.0.1:40123`. With
    /// HTTPS, the scheme is `https`. If the emulator has no server, the URL is `http://localhost`,
    /// where nothing listens.
    pub fn endpoint(&self) -> &str {
        &self.first.settings.endpoint
    }

    /// Returns the id of the first user pool.
    pub fn user_pool_id(&self) -> &str {
        &self.first.settings.pool_id
    }

    /// Returns the region of the first user pool: the part of the pool id before the underscore.
    pub fn region(&self) -> &str {
        &self.first.settings.region
    }

    /// Returns the ids of all user pools, in alphabetical order.
    pub fn user_pool_ids(&self) -> Vec<String> {
        let pools = self.instance.pools.all();
        let ids = pools.iter().map(|pool| pool.settings.pool_id.clone());
        ids.collect()
    }

    /// Returns the ids of the app clients of a user pool, in alphabetical order. Returns an empty
    /// list if the pool does not exist.
    pub fn client_ids(&self, user_pool_id: &str) -> Vec<String> {
        let Ok(pool) = self.instance.pools.get(user_pool_id) else {
            return Vec::new();
        };
        let mut ids: Vec<_> = pool.clients.read().keys().cloned().collect();
        ids.sort();
        ids
    }

    /// Returns the id of the first app client of the first user pool. Returns an empty string if
    /// the first pool of a seed has no client.
    pub fn client_id(&self) -> &str {
        &self.first_client
    }

    /// Returns the secret of the [first app client](Self::client_id). If the client has two
    /// secrets, returns the older one. Returns `None` if the client is public or was deleted.
    pub fn client_secret(&self) -> Option<String> {
        let pool = self.pool().ok()?;
        let clients = pool.clients.read();
        let secret = clients.get(&self.first_client)?.secrets.first()?;
        Some(secret.text.clone())
    }

    /// Returns the outputs of the [`Template`](crate::Template), sorted by name. The list is empty
    /// without a template.
    ///
    /// Outputs whose condition is false are omitted. Outputs with a value that the emulator does not
    /// have, such as the URL of an API, are omitted too, and are in the
    /// [notes](Self::template_notes).
    pub fn outputs(&self) -> &[Output] {
        let report = self.instance.initial.report();
        report.map_or(&[], |report| &report.outputs)
    }

    /// Returns the value of an output of the [`Template`](crate::Template). `name` is the name of the
    /// output or of its export. Returns `None` if there is no such [output](Self::outputs).
    pub fn output(&self, name: &str) -> Option<&str> {
        let outputs = || self.outputs().iter();
        let named = outputs().find(|output| output.name == name);
        let exported = || outputs().find(|output| output.export.as_deref() == Some(name));
        Some(&named.or_else(exported)?.value)
    }

    /// Returns sentences about the parts of the [`Template`](crate::Template) that have no effect:
    /// skipped resources, functions without a URL, and values that the emulator does not have. The
    /// notes about duplicate keys of a template in YAML come first.
    pub fn template_notes(&self) -> &[String] {
        let report = self.instance.initial.report();
        report.map_or(&[], |report| &report.notes)
    }

    /// Returns the name of the stack of the [`Template`](crate::Template): `AWS::StackName`. Returns
    /// `None` without a template.
    pub fn stack_name(&self) -> Option<&str> {
        let report = self.instance.initial.report();
        report.map(|report| report.name.as_str())
    }

    /// Returns the issuer (`iss`) of the tokens of the first user pool.
    pub fn issuer(&self) -> &str {
        &self.first.settings.issuer
    }

    /// Returns the URL of the public keys of the first user pool. The URL does not depend on the
    /// issuer.
    pub fn jwks_uri(&self) -> String {
        self.first.settings.jwks_uri()
    }

    /// Returns the certificate of the certificate authority (CA) that clients must trust to use HTTPS,
    /// in PEM. Returns `None` if the emulator does not serve HTTPS, or if the certificate was
    /// provided by the caller.
    #[cfg(feature = "https")]
    pub fn ca_certificate(&self) -> Option<&str> {
        self.instance.ca_certificate.as_deref()
    }

    /// Returns the inbox. It contains the messages to users, which the emulator does not send.
    pub fn inbox(&self) -> &Inbox {
        &self.instance.pools.inbox
    }

    /// Returns the parameters of the emulated SSM Parameter Store.
    pub fn ssm(&self) -> &ParameterStore {
        &self.instance.pools.parameters
    }

    /// Injects a fault: later requests to an operation or endpoint fail or are delayed.
    ///
    /// # Errors
    ///
    /// [`FaultError`] if the name in the fault is not the name of an operation or endpoint, or if the
    /// exception of the fault is too long. The fault is then not injected.
    pub fn inject(&self, fault: Fault) -> Result<(), FaultError> {
        self.instance.traffic.inject(fault)
    }

    /// Removes all injected faults.
    pub fn clear_faults(&self) {
        self.instance.traffic.faults.clear();
    }

    /// Returns the number of requests to an operation or endpoint since the start or the last
    /// [`reset`](Self::reset). Requests with injected faults are included. Returns 0 for an unknown
    /// name.
    ///
    /// The name `jwks.json` stands for the public keys of all pools.
    pub fn calls(&self, operation: &str) -> u64 {
        self.instance.traffic.calls(operation)
    }

    /// Removes all users, groups, sessions, messages, parameters, import jobs, faults and logged
    /// requests, and the secrets that callers have stored in Secrets Manager. Sets the
    /// [counts](Self::calls) to zero. The groups and users of a [`Seed`](crate::Seed) document or
    /// template are created again.
    ///
    /// Pools, app clients, settings and IAM roles are kept, except app clients that were registered
    /// dynamically. The secrets that Cognito itself stores in Secrets Manager are kept too.
    pub fn reset(&self) {
        let _change = self.change();
        self.instance.reset();
    }

    /// Replaces all secrets of an app client of the first user pool with one secret. Returns
    /// `false` if the pool has no client with this id.
    pub fn set_client_secret(&self, client_id: &str, secret: impl Into<String>) -> bool {
        let _change = self.change();
        let Ok(pool) = self.pool() else {
            return false;
        };
        let mut clients = pool.clients.write();
        clients.get_mut(client_id).is_some_and(|client| {
            let changed = Client::clone(client).secret(secret);
            managed::renew(&self.instance.pools, &pool, &changed);
            *client = Arc::new(changed);
            true
        })
    }

    /// Creates a confirmed user in the first user pool and returns the `sub`. The e-mail address of
    /// the user is verified. If the user has no e-mail address, the phone number is verified.
    ///
    /// The user does not need the required attributes of the pool.
    ///
    /// # Errors
    ///
    /// [`SeedError`] if the user name, the password or an attribute is invalid, if the user name is
    /// already in use, or if the first user pool was deleted. With
    /// [`Usernames::Email`](crate::Usernames::Email), the e-mail address and the phone number must
    /// not be in use either. With [`Usernames::Plain`](crate::Usernames::Plain), the address that
    /// becomes verified must not be an alias of another user.
    pub fn create_user(
        &self,
        username: &str,
        password: &str,
        attributes: &[(&str, &str)],
    ) -> Result<String, SeedError> {
        let _change = self.change();
        let service = &*self.pool()?;
        let settings = &service.settings;
        let fields = serde_json::Map::new();
        let call = Call {
            calls_triggers: false,
            ..Call::new(&self.instance.pools, service, &fields, "AdminCreateUser")
        };
        attributes::check(settings, Writer::Operator, attributes)?;
        let named = with_username(settings, username, attributes)?;
        settings.policy.check(password)?;
        let mut state = call.state();
        if state.users.find(username).is_some() {
            let failure = Failure::new("UsernameExistsException", "User already exists");
            return Err(failure.into());
        }
        check_addresses_free(settings, &state.users, &named)?;
        let mut user = new_user(&call, username, Status::Confirmed);
        user.attributes = named;
        if let Some(attribute) = reachable(&user) {
            user.mark_verified(attribute);
        }
        claim_verified(&call, &mut state, &user, false).map_err(as_username_exists)?;
        user.set_password(StoredPassword::new(password), None);
        let sub = user.sub.clone();
        state.users.insert(user);
        Ok(sub)
    }

    /// Sets the risk of the sign-ins of a user in the first user pool. The risk is kept until it is
    /// set again. `None` removes the risk. Default: no risk.
    ///
    /// If threat protection is off in the pool, the risk has no effect
    /// ([`EmulatorBuilder::threat_protection`]). Otherwise `SetRiskConfiguration` selects the
    /// response to the risk (`AccountTakeoverRiskConfiguration`).
    ///
    /// # Errors
    ///
    /// [`SeedError`] if the user does not exist.
    pub fn set_risk(&self, username: &str, risk: Option<RiskLevel>) -> Result<(), SeedError> {
        let _change = self.change();
        let pool = self.pool()?;
        let mut state = pool.state.lock();
        state.users.expect(username)?.risk = risk;
        Ok(())
    }

    /// Creates a group in the first user pool. Does nothing if the group already exists, or if the
    /// pool was deleted.
    pub fn create_group(&self, name: &str) {
        let _change = self.change();
        let Ok(pool) = self.pool() else {
            return;
        };
        let mut state = pool.state.lock();
        let now = pool.clock.now();
        state.begin(now);
        if !state.groups.contains_key(name) {
            state.users.history.copy_group(name, None);
            state.groups.insert(name.to_owned(), Group::new(name, now));
        }
    }

    /// Adds a user of the first user pool to a group of the pool.
    ///
    /// # Errors
    ///
    /// [`SeedError`] if the user or the group does not exist.
    pub fn add_user_to_group(&self, username: &str, group: &str) -> Result<(), SeedError> {
        let _change = self.change();
        let pool = self.pool()?;
        let mut state = pool.state.lock();
        state.begin(pool.clock.now());
        groups::join(&mut state, username, group)?;
        Ok(())
    }

    /// Stops the server. Waits at most two seconds for requests in progress, then closes their
    /// connections. Also waits at most two seconds for the delivery of logs. When this method
    /// returns, all tasks of the server have ended. Further calls have no effect.
    pub async fn shutdown(&self) {
        let _ = self.stop.send(true);
        let task = self.task.lock().take();
        if let Some(task) = task {
            let _ = task.await;
        }
        self.instance.journal.close(&self.instance.pools);
        let instance = Arc::clone(&self.instance);
        let (done, delivered) = oneshot::channel();
        // Not a blocking task: the runtime could not stop before the end of the delivery.
        let waiting = std::thread::Builder::new().spawn(move || {
            instance.pools.logs.finish();
            let _ = done.send(());
        });
        if waiting.is_ok() {
            let _ = tokio::time::timeout(DRAIN, delivered).await;
        }
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // The tasks of the connections belong to this task and end with it.
        if let Some(task) = self.task.lock().take() {
            task.abort();
        }
        // The file must be free for another emulator, although aborted tasks can still exist.
        self.instance.journal.close(&self.instance.pools);
    }
}

impl fmt::Debug for Emulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emulator")
            .field("endpoint", &self.endpoint())
            .field("user_pool_id", &self.user_pool_id())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
