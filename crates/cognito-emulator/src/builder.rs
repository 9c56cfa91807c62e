//! The builder of an emulator.

mod start;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use cognito_core::{Clock, SystemClock};
use serde_json::Value;

use crate::emulator::Emulator;
use crate::http::instance::Instance;
use crate::http::origin::Hosts;
use crate::http::server;
use crate::model::attributes::schema::Definition;
use crate::model::attributes::standard::ADDRESSES;
use crate::model::client::Client;
use crate::model::error::StartError;
use crate::model::options::{
    DeviceConfiguration, FirstFactor, MfaMode, ProviderType, ThreatProtection, UserVerification,
    Usernames,
};
use crate::model::policy::PasswordPolicy;
use crate::model::random::WarmUp;
use crate::model::settings::{ResourceServer, Settings};
use crate::model::trigger::{Target, Trigger, TriggerError};
use crate::operations::seed::Seed;

/// A builder for an emulator. Created by [`Emulator::builder`](crate::Emulator::builder).
#[must_use = "a builder does nothing until `start` or `build`"]
pub struct EmulatorBuilder {
    /// The settings of the pool, except for those that are known only at the start.
    settings: Settings,
    clients: Vec<Client>,
    email_mfa: bool,
    identity_providers: BTreeMap<String, ProviderType>,
    issuer: Option<String>,
    keys: Option<(String, String)>,
    clock: Arc<dyn Clock>,
    seed: Option<u64>,
    prepared: Option<Seed>,
    host: IpAddr,
    port: u16,
    hosts: Hosts,
}

impl EmulatorBuilder {
    pub(crate) fn new() -> Self {
        let id = "us-east-1_EmuPool01".to_owned();
        Self {
            settings: Settings {
                mfa: MfaMode::Optional,
                usernames: Usernames::Email,
                case_sensitive: false,
                auto_verified: BTreeSet::from(ADDRESSES),
                ..Settings::new(id, String::new(), true, UNIX_EPOCH)
            },
            clients: Vec::new(),
            email_mfa: false,
            identity_providers: BTreeMap::new(),
            issuer: None,
            keys: None,
            clock: Arc::new(SystemClock::new()),
            seed: None,
            prepared: None,
            host: Ipv4Addr::LOCALHOST.into(),
            port: 0,
            hosts: Hosts::default(),
        }
    }

    /// Allows requests that address the emulator by this host name, and web pages of that host.
    /// Default: `localhost`, names that end in `.localhost`, and loopback addresses.
    ///
    /// Use it if the emulator is reached through the name of a proxy or a container. The name has
    /// no port.
    pub fn allow_host(mut self, host: impl Into<String>) -> Self {
        self.hosts.allow(host);
        self
    }

    /// Sets the id of the pool. Default: `us-east-1_EmuPool01`. The part before the underscore is
    /// the region.
    pub fn user_pool_id(mut self, id: impl Into<String>) -> Self {
        self.settings.pool_id = id.into();
        self
    }

    /// Adds an app client. A string creates a public client with this id. Default: one public
    /// client, `emulatorclient1`, that allows every flow.
    pub fn client(mut self, client: impl Into<Client>) -> Self {
        self.clients.push(client.into());
        self
    }

    /// Sets the password policy. Default: Cognito's.
    pub fn password_policy(mut self, policy: PasswordPolicy) -> Self {
        self.settings.policy = policy;
        self
    }

    /// Sets whether second factors are required. Default: [`MfaMode::Optional`].
    pub const fn mfa(mut self, mode: MfaMode) -> Self {
        self.settings.mfa = mode;
        self
    }

    /// Sets whether codes by e-mail can be a second factor (`EmailMfaConfiguration`). Default: no,
    /// as in AWS.
    pub const fn email_mfa(mut self, enabled: bool) -> Self {
        self.email_mfa = enabled;
        self
    }

    /// Allows a first factor for choice-based sign-in (`USER_AUTH`), in addition to the password.
    /// May be called several times. Default: none, as in AWS.
    pub fn first_factor(mut self, factor: FirstFactor) -> Self {
        self.settings.first_factors.insert(factor);
        self
    }

    /// Sets whether a changed e-mail address or phone number takes effect only when its code is
    /// entered (`AttributesRequireVerificationBeforeUpdate`). Default: no, as in AWS: the change
    /// takes effect at once and is unverified.
    pub fn verify_before_update(mut self, enabled: bool) -> Self {
        let addresses = ADDRESSES.into_iter().filter(|_| enabled);
        self.settings.verified_first = addresses.collect();
        self
    }

    /// Allows users to register passkeys for this domain (`RelyingPartyId`) and to sign in with
    /// them ([`FirstFactor::WebAuthn`]). Default: no passkeys, as in AWS. For a browser on this
    /// host, use `localhost`.
    pub fn passkeys(mut self, relying_party_id: impl Into<String>) -> Self {
        self.settings.web_authn.relying_party = Some(relying_party_id.into());
        self.first_factor(FirstFactor::WebAuthn)
    }

    /// Allows a passkey to replace both factors if its authenticator has verified the user
    /// (`FactorConfiguration`, `MULTI_FACTOR_WITH_USER_VERIFICATION`). Default: no, as in AWS; a
    /// user with a second factor then cannot sign in with a passkey.
    pub const fn multi_factor_passkeys(mut self) -> Self {
        self.settings.web_authn.is_multi_factor = Some(true);
        self
    }

    /// Sets whether authenticators must verify the user. Default: [`UserVerification::Preferred`].
    pub const fn user_verification(mut self, verification: UserVerification) -> Self {
        self.settings.web_authn.verification = Some(verification);
        self
    }

    /// Sets how the pool remembers devices (`DeviceConfiguration`). Default: the pool remembers no
    /// devices, as in AWS.
    pub const fn device_configuration(mut self, configuration: DeviceConfiguration) -> Self {
        self.settings.devices = Some(configuration);
        self
    }

    /// Sets the kind of name with which users sign in. Default: [`Usernames::Email`].
    pub const fn usernames(mut self, usernames: Usernames) -> Self {
        self.settings.usernames = usernames;
        self
    }

    /// Adds a custom attribute to the schema. Pass the name without `custom:`.
    pub fn custom_attribute(mut self, name: impl Into<String>) -> Self {
        let name = format!("custom:{}", name.into());
        self.settings.schema.define(name, Definition::text());
        self
    }

    /// Makes an attribute required. Pass the full name.
    pub fn required_attribute(mut self, name: impl Into<String>) -> Self {
        self.settings.required_attributes.insert(name.into());
        self
    }

    /// Sets whether attempts per hour are limited, as in AWS. Default: yes. Disable it for
    /// benchmarks that repeat one operation for one user. The lockout after wrong passwords is not
    /// affected.
    pub const fn attempt_limits(mut self, enabled: bool) -> Self {
        self.settings.attempt_limits = enabled;
        self
    }

    /// Sets whether users' actions are recorded for `AdminListUserAuthEvents`. Default: no.
    pub const fn threat_protection(mut self, mode: ThreatProtection) -> Self {
        self.settings.threat_protection = mode;
        self
    }

    /// Adds an identity provider, to which users can be linked. Users cannot sign in with it,
    /// because the emulator has no pages for that.
    pub fn identity_provider(mut self, name: impl Into<String>, kind: ProviderType) -> Self {
        self.identity_providers.insert(name.into(), kind);
        self
    }

    /// Adds a resource server with scopes. For example, the scope `read` of
    /// `https://api.example.com` is `https://api.example.com/read`.
    pub fn resource_server(
        mut self,
        identifier: impl Into<String>,
        scopes: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        let identifier = identifier.into();
        let scopes = scopes.into_iter().map(Into::into);
        let server = ResourceServer {
            name: identifier.clone(),
            scopes: scopes.map(|scope| (scope.clone(), scope)).collect(),
        };
        self.settings.resource_servers.insert(identifier, server);
        self
    }

    /// Sets a function for a trigger of the pool. Like a Lambda function, it receives the event and
    /// returns it with the response filled in
    /// ([the events](https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-working-with-lambda-triggers.html)).
    ///
    /// It runs on a separate thread and may call the emulator. For a trigger in another process,
    /// set an `http://` URL of this host in `LambdaConfig`, by a request or in a seed.
    ///
    /// ```
    /// # use cognito_emulator::{Emulator, Trigger};
    /// let settings = Emulator::builder().trigger(Trigger::PreSignUp, |mut event| {
    ///     let email = event["request"]["userAttributes"]["email"].as_str().unwrap_or_default();
    ///     if !email.ends_with("@example.com") {
    ///         return Err("Only addresses of example.com may sign up".into());
    ///     }
    ///     event["response"]["autoConfirmUser"] = true.into();
    ///     Ok(event)
    /// });
    /// # drop(settings);
    /// ```
    pub fn trigger(
        mut self,
        trigger: Trigger,
        function: impl Fn(Value) -> Result<Value, TriggerError> + Send + Sync + 'static,
    ) -> Self {
        let function = Target::Function(Arc::new(function));
        self.settings.triggers.set(trigger, function);
        self
    }

    /// Sets the URL of a trigger. The emulator sends the event to it as JSON (`POST`). If the
    /// response has a status other than 2xx and the body `{"errorMessage": …}`, the trigger rejects
    /// the request.
    ///
    /// The URL must be an `http://` URL of `localhost`, `127.0.0.1` or `[::1]`; otherwise
    /// [`start`](Self::start) fails. Events can contain passwords, so they are not sent to other
    /// hosts.
    pub fn trigger_url(mut self, trigger: Trigger, url: impl Into<String>) -> Self {
        self.settings.triggers.set(trigger, Target::Url(url.into()));
        self
    }

    /// Sets the timeout of triggers with a URL. Default: 5 seconds, as in AWS.
    pub const fn trigger_timeout(mut self, timeout: Duration) -> Self {
        self.settings.triggers.timeout = timeout;
        self
    }

    /// Sets the `iss` of tokens. Default: the endpoint followed by the pool id. With the default,
    /// clients can derive the URL of the keys from the issuer, as in AWS.
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = Some(issuer.into());
        self
    }

    /// Sets the RSA private keys (PEM, PKCS#8 or PKCS#1, at least 2048 bits). Default: the embedded
    /// test keys, which are public.
    pub fn signing_keys(
        mut self,
        access_token_key: impl Into<String>,
        id_token_key: impl Into<String>,
    ) -> Self {
        self.keys = Some((access_token_key.into(), id_token_key.into()));
        self
    }

    /// Sets the clock for all expiries, lockouts and limits. Default: the system's clock.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Makes random values reproducible. The same requests in the same order then result in the
    /// same identifiers and codes after every start.
    pub const fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Starts with the pools of a seed instead of the pool of this builder.
    ///
    /// The seed determines the settings of its pools. Of this builder, only
    /// [`signing_keys`](Self::signing_keys), [`clock`](Self::clock), [`seed`](Self::seed),
    /// [`host`](Self::host), [`port`](Self::port), [`attempt_limits`](Self::attempt_limits) and
    /// [`allow_host`](Self::allow_host) apply, to every pool. All other settings are ignored.
    pub fn prepared(mut self, seed: Seed) -> Self {
        self.prepared = Some(seed);
        self
    }

    /// Sets the IP address on which the server listens. Default: 127.0.0.1.
    ///
    /// 0.0.0.0 and `::` listen on all interfaces; the endpoint is then a loopback URL. Use another
    /// address than a loopback address only in a container or in an isolated network: anyone who can
    /// reach the port can read every code and change every user. Requests may then also address the
    /// emulator by an IP address. Names still need [`allow_host`](Self::allow_host).
    pub const fn host(mut self, host: IpAddr) -> Self {
        self.host = host;
        self
    }

    /// Sets the port. Default: 0, a free port.
    pub const fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Starts the emulator on the current tokio runtime.
    ///
    /// # Errors
    ///
    /// [`StartError`] if the server cannot listen on the host and port, or if a setting or key is invalid for Cognito.
    pub async fn start(mut self) -> Result<Emulator, StartError> {
        self.complete()?;
        let warm_up = WarmUp::begin();
        let address = SocketAddr::new(self.host, self.port);
        let (listener, bound) = server::listen(address)
            .await
            .map_err(|source| StartError::Listen { address, source })?;
        if !bound.ip().is_loopback() {
            self.hosts.allow_addresses();
        }
        let emulator = self.finish(format!("http://{}", reachable(bound)), warm_up)?;
        Ok(emulator.with_server(|instance, stopped| {
            tokio::spawn(server::serve(listener, instance, stopped))
        }))
    }

    /// Creates an emulator without a server. [`Emulator::respond`] handles its requests; no port is
    /// opened. Its endpoint is `http://localhost`.
    ///
    /// # Errors
    ///
    /// [`StartError`] if a setting or key is invalid for Cognito.
    pub fn build(mut self) -> Result<Emulator, StartError> {
        self.complete()?;
        self.finish("http://localhost".to_owned(), WarmUp::begin())
    }

    /// Adds the defaults and checks the settings.
    fn complete(&mut self) -> Result<(), StartError> {
        if let Some(seed) = &self.prepared {
            seed.first_pool().clone_into(&mut self.settings.pool_id);
        }
        if self.clients.is_empty() {
            self.clients.push(Client::new("emulatorclient1"));
        }
        self.check()
    }

    fn finish(self, endpoint: String, warm_up: WarmUp) -> Result<Emulator, StartError> {
        let first = match &self.prepared {
            Some(seed) => seed.first_client().to_owned(),
            None => self.clients[0].id.clone(),
        };
        let id = self.settings.pool_id.clone();
        let (hosts, seed) = (self.hosts.clone(), self.prepared.clone());
        let pools = self.pools(endpoint)?;
        let instance = Arc::new(Instance::new(pools, hosts, seed));
        let pool = instance
            .pools
            .get(&id)
            .map_err(|_| StartError::SigningKey { use_of: "access" })?;
        Ok(Emulator::new(instance, pool, first, warm_up))
    }
}

/// Returns the address with which a client on this host reaches the server.
fn reachable(bound: SocketAddr) -> SocketAddr {
    let host = match bound.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        host => host,
    };
    SocketAddr::new(host, bound.port())
}

/// Security: does not show the signing keys.
impl fmt::Debug for EmulatorBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmulatorBuilder")
            .field("user_pool_id", &self.settings.pool_id)
            .field("clients", &self.clients)
            .field("mfa", &self.settings.mfa)
            .field("usernames", &self.settings.usernames)
            .field("host", &self.host)
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}
