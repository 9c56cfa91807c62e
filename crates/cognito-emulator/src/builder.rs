//! The builder that sets up an emulator before its start ([`EmulatorBuilder`]).

mod logs;
mod providers;
mod start;
mod state;
mod threats;
mod triggers;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use cognito_core::{Clock, SystemClock, impl_debug, setters};

use crate::emulator::Emulator;
use crate::http::origin::Hosts;
use crate::http::server;
#[cfg(feature = "https")]
use crate::http::tls::Https;
use crate::http::tls::Tls;
use crate::model::attributes::schema::Definition;
use crate::model::attributes::standard::ADDRESSES;
use crate::model::client::Client;
use crate::model::error::StartError;
use crate::model::options::{
    DeviceConfiguration, FirstFactor, MfaMode, ProviderType, UserVerification, Usernames,
};
use crate::model::policy::PasswordPolicy;
use crate::model::random::WarmUp;
use crate::model::risk::RiskLevel;
use crate::model::settings::{ResourceServer, Settings};
use crate::operations::seed::Seed;
use crate::operations::template::Template;
use crate::operations::test_provider::IN_MEMORY;
use crate::state::log_delivery::Target;

/// The default id of the user pool.
const POOL_ID: &str = "us-east-1_EmuPool01";
/// The default id of the app client.
const CLIENT_ID: &str = "emulatorclient1";

/// A builder for an [`Emulator`], created by [`Emulator::builder`].
///
/// Default: one user pool, `us-east-1_EmuPool01`, with one public app client, `emulatorclient1`, on
/// a free port of 127.0.0.1.
#[must_use = "a builder does nothing until `start` or `build`"]
pub struct EmulatorBuilder {
    /// The settings of the pool. Values that are known only at the start, such as the endpoint, are
    /// empty until then.
    settings: Settings,
    clients: Vec<Client>,
    email_mfa: bool,
    identity_providers: BTreeMap<String, ProviderType>,
    test_providers: BTreeSet<String>,
    calls_remote_providers: bool,
    enforces_quotas: bool,
    /// The destinations of logs, by ARN.
    logs: BTreeMap<String, Target>,
    has_invalid_log_target: bool,
    compromised: HashSet<String>,
    new_address_risk: Option<RiskLevel>,
    issuer: Option<String>,
    keys: Option<(String, String)>,
    clock: Arc<dyn Clock>,
    seed: Option<u64>,
    prepared: Option<Seed>,
    template: Option<Template>,
    /// The error message for an invalid name or URL that was passed to
    /// [`function`](Self::function). `None` if all names and URLs are valid.
    function_error: Option<&'static str>,
    host: IpAddr,
    port: u16,
    hosts: Hosts,
    /// The path of the state file. `None` if the data is only in memory.
    state: Option<PathBuf>,
    #[cfg(feature = "https")]
    https: Option<Https>,
}

impl EmulatorBuilder {
    pub(crate) fn new() -> Self {
        let id = POOL_ID.to_owned();
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
            test_providers: BTreeSet::new(),
            calls_remote_providers: false,
            enforces_quotas: false,
            logs: BTreeMap::new(),
            has_invalid_log_target: false,
            compromised: HashSet::new(),
            new_address_risk: None,
            issuer: None,
            keys: None,
            clock: Arc::new(SystemClock::new()),
            seed: None,
            prepared: None,
            template: None,
            function_error: None,
            host: Ipv4Addr::LOCALHOST.into(),
            port: 0,
            hosts: Hosts::default(),
            state: None,
            #[cfg(feature = "https")]
            https: None,
        }
    }

    setters! {
        /// Sets the id of the user pool, such as `eu-west-1_AbCdEf123`. The part before the
        /// underscore is the region. Default: `us-east-1_EmuPool01`.
        pub fn user_pool_id(id: impl Into<String>) { settings.pool_id = id.into() }

        /// Sets the password policy. Default: [`PasswordPolicy::default`], the policy of a new pool
        /// in AWS.
        pub fn password_policy(policy: PasswordPolicy) { settings.policy = policy }

        /// Sets the kind of name with which users sign in: an address or a chosen user name.
        /// Default: [`Usernames::Email`].
        pub fn usernames(usernames: Usernames) { settings.usernames = usernames }

        /// Sets whether users need a second factor (`MfaConfiguration`). Default:
        /// [`MfaMode::Optional`].
        pub fn mfa(mode: MfaMode) { settings.mfa = mode }

        /// Sets whether codes by e-mail can be a second factor (`EmailMfaConfiguration`). This has
        /// no effect with [`MfaMode::Off`]. Default: no, as in AWS.
        pub fn email_mfa(enabled: bool) { email_mfa = enabled }

        /// Sets whether an authenticator must verify the user before a passkey is used, for example
        /// by a PIN (`UserVerification`). Default: [`UserVerification::Preferred`].
        pub fn user_verification(verification: UserVerification) {
            settings.web_authn.verification = Some(verification)
        }

        /// Sets how the pool remembers the devices of users (`DeviceConfiguration`). Default: the
        /// pool remembers no devices, as in AWS.
        pub fn device_configuration(configuration: DeviceConfiguration) {
            settings.devices = Some(configuration)
        }

        /// Sets whether the number of attempts per user and hour is limited, as in AWS. This
        /// applies for example to password changes and to codes that are sent or entered. Default:
        /// yes.
        ///
        /// Disable the limits for benchmarks that repeat one operation for one user. This setting
        /// does not change the lockouts after wrong passwords and wrong codes.
        pub fn attempt_limits(enabled: bool) { settings.attempt_limits = enabled }

        /// Sets the time after which a call of a [trigger URL](Self::trigger_url) fails, for all
        /// pools. Trigger functions have no timeout. Default: 5 seconds, as in AWS.
        pub fn trigger_timeout(timeout: Duration) { settings.triggers.timeout = timeout }
    }

    setters! {
        /// Sets the issuer (`iss`) of tokens. Default: the endpoint, a slash and the pool id.
        ///
        /// Clients can derive the URL of the JWKS from the default issuer, as in AWS.
        pub fn issuer(issuer: impl Into<String>) { issuer = Some(issuer.into()) }

        /// Sets the clock of the emulator. It determines all stored times, expiries, lockouts and
        /// limits. Default: [`SystemClock`].
        pub fn clock(clock: impl Clock) { clock = Arc::new(clock) }

        /// Makes random values reproducible by deriving them from `seed`. The same requests in the
        /// same order then return the same identifiers and codes after each start.
        ///
        /// Default: random values of the operating system.
        pub fn seed(seed: u64) { seed = Some(seed) }

        /// Starts the emulator with the pools of a [`Seed`] document. The builder itself then
        /// creates no pool. (The document is not related to [`seed`](Self::seed), which sets the
        /// seed of random values.)
        ///
        /// All settings of the builder are then ignored, except these:
        ///
        /// - the server and logs: [`host`](Self::host), [`port`](Self::port), `https`,
        ///   [`allow_host`](Self::allow_host), [`log_delivery`](Self::log_delivery);
        /// - keys, time and random values: [`signing_keys`](Self::signing_keys),
        ///   [`clock`](Self::clock), [`seed`](Self::seed);
        /// - limits and risks: [`attempt_limits`](Self::attempt_limits),
        ///   [`compromised_passwords`](Self::compromised_passwords),
        ///   [`new_address_risk`](Self::new_address_risk);
        /// - triggers and providers: [`function`](Self::function),
        ///   [`trigger_timeout`](Self::trigger_timeout),
        ///   [`allow_remote_providers`](Self::allow_remote_providers).
        pub fn prepared(seed: Seed) { prepared = Some(seed) }

        /// Starts the emulator with the resources of a template. The builder then creates no
        /// other pool, and only the settings that [`prepared`](Self::prepared) lists have an effect. If the builder also has a [`Seed`] document, the emulator does not start.
        pub fn template(template: Template) { template = Some(template) }

        /// Sets the IP address on which the server listens. Default: 127.0.0.1.
        ///
        /// With 0.0.0.0 or `::`, the server listens on all interfaces, and the endpoint is a
        /// loopback URL. If the address is not a loopback address, the header `Host` of a request
        /// may be any IP address. Host names other than `localhost` and `*.localhost` still require
        /// [`allow_host`](Self::allow_host).
        ///
        /// # Security
        ///
        /// Anyone who can reach the port can read every code and change every user. Use an address
        /// that is not a loopback address only in a container or an isolated network.
        pub fn host(host: IpAddr) { host = host }

        /// Sets the port on which the server listens. Default: 0, which selects a free port.
        pub fn port(port: u16) { port = port }

        /// Serves HTTPS with a certificate. The scheme of the endpoint, of the issuer and of the
        /// discovery document is then `https`, and the cookies of the hosted pages are `Secure`.
        /// Default: no HTTPS.
        ///
        /// The same port still accepts `http` requests. An emulator without a server
        /// ([`build`](Self::build)) ignores this setting.
        #[cfg(feature = "https")]
        pub fn https(https: Https) { https = Some(https) }

        /// Sets whether identity providers on other hosts are called. Default: no, only URLs of
        /// `localhost`, `127.0.0.1` and `[::1]` over `http`.
        ///
        /// URLs over `https` also need the feature `remote-providers`.
        ///
        /// # Security
        ///
        /// Anyone who can reach the port can add a provider with any URL. This process then sends
        /// requests to it, also inside its own network. Allow it only if you trust all callers.
        pub fn allow_remote_providers(allowed: bool) { calls_remote_providers = allowed }

        /// Sets whether the emulator enforces AWS's default quotas of request rates. Default: no.
        ///
        /// All pools of an account in a region share the quota of a category of operations, such as
        /// `UserAuthentication`. If the requests in one second of the emulator's clock exceed the
        /// quota, further operations of the category fail with `TooManyRequestsException` until the
        /// next second. `UpdateProvisionedLimit` raises a quota. If a hosted page runs an
        /// operation, the quota of the operation applies. OAuth 2.0 endpoints and federated
        /// sign-ins have no quota.
        pub fn enforce_quotas(enforced: bool) { enforces_quotas = enforced }

        /// Allows a host name, in addition to `localhost`, names that end in `.localhost`, and
        /// loopback addresses. The emulator then accepts requests with this name in the header
        /// `Host`, and requests that web pages of this host send. May be called several times.
        ///
        /// Use this method if clients reach the emulator by the name of a proxy or a container.
        /// Pass the name without a port.
        pub fn allow_host(host: impl Into<String>) { hosts.allow(host) }

        /// Adds an app client. A string adds a public client with this id. May be called several
        /// times.
        ///
        /// Default: one public client, `emulatorclient1`, that allows every flow of users.
        pub fn client(client: impl Into<Client>) { clients.push(client.into()) }

        /// Allows a first factor other than a password for choice-based sign-in (`USER_AUTH`). May
        /// be called several times. Default: passwords only, as in AWS.
        pub fn first_factor(factor: FirstFactor) { settings.first_factors.insert(factor) }

        /// Makes an attribute required: `SignUp` fails without it. If an operator has created a
        /// user without the attribute, the user must add it when the user replaces the temporary
        /// password. Pass the full name, such as `given_name`. May be called several times.
        /// Default: no attribute is required.
        pub fn required_attribute(name: impl Into<String>) {
            settings.required_attributes.insert(name.into())
        }
    }

    /// Sets whether a new e-mail address or phone number takes effect only after the user has
    /// entered the code that was sent to it (`AttributesRequireVerificationBeforeUpdate`).
    ///
    /// Default: no, as in AWS. A new address then takes effect immediately and is unverified.
    pub fn verify_before_update(mut self, enabled: bool) -> Self {
        let addresses = ADDRESSES.into_iter().filter(|_| enabled);
        self.settings.verified_first = addresses.collect();
        self
    }

    /// Allows users to register passkeys and to sign in with them ([`FirstFactor::WebAuthn`]).
    /// `relying_party_id` is the domain of the passkeys (`RelyingPartyId`). Default: no passkeys,
    /// as in AWS.
    ///
    /// For web pages on this host, use `localhost`.
    pub fn passkeys(mut self, relying_party_id: impl Into<String>) -> Self {
        self.settings.web_authn.relying_party = Some(relying_party_id.into());
        self.first_factor(FirstFactor::WebAuthn)
    }

    /// Allows a passkey to replace both factors of a sign-in, if its authenticator has verified the
    /// user (`FactorConfiguration`: `MULTI_FACTOR_WITH_USER_VERIFICATION`).
    ///
    /// Default: no, as in AWS. Users who need a second factor then cannot sign in with a passkey.
    pub const fn multi_factor_passkeys(mut self) -> Self {
        self.settings.web_authn.is_multi_factor = Some(true);
        self
    }

    /// Adds a custom attribute to the schema: a mutable string whose length the schema does not
    /// limit. Pass the name without the prefix `custom:`. May be called several times.
    pub fn custom_attribute(mut self, name: impl Into<String>) -> Self {
        let name = format!("custom:{}", name.into());
        self.settings.schema.define(name, Definition::text());
        self
    }

    /// Adds a resource server with scopes. The full name of a scope is the identifier, a slash and
    /// the name. For example, the scope `read` of `https://api.example.com` is
    /// `https://api.example.com/read`. May be called several times.
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

    /// Sets the RSA private keys that sign access tokens and ID tokens. Each key is in PEM (PKCS#8
    /// or PKCS#1) and has at least 2048 bits. Default: test keys that are part of this crate and
    /// therefore public.
    pub fn signing_keys(
        mut self,
        access_token_key: impl Into<String>,
        id_token_key: impl Into<String>,
    ) -> Self {
        self.keys = Some((access_token_key.into(), id_token_key.into()));
        self
    }

    /// Starts the emulator and its server, on the current Tokio runtime.
    ///
    /// # Errors
    ///
    /// [`StartError`] if the server cannot listen on the host and port, if it cannot serve HTTPS, or
    /// if a setting, a key or the [`Seed`] document is invalid.
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
        let (tls, ca) = self.tls(bound.ip())?.unzip();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let endpoint = format!("{scheme}://{}", reachable(bound));
        let emulator = self.finish(endpoint, ca.flatten(), warm_up)?;
        Ok(emulator.with_server(|instance, stopped| {
            tokio::spawn(server::serve(listener, tls, instance, stopped))
        }))
    }

    /// Creates or reads the certificate for HTTPS. Also returns the certificate of the certificate
    /// authority, if the emulator has one. Returns `None` without HTTPS.
    #[cfg(feature = "https")]
    fn tls(&self, bound: IpAddr) -> Result<Option<(Tls, Option<String>)>, StartError> {
        let mut hosts = self.hosts.names().to_vec();
        if !bound.is_unspecified() && !bound.is_loopback() {
            hosts.push(bound.to_string());
        }
        let https = self.https.as_ref();
        https.map(|https| https.open(&hosts)).transpose()
    }

    #[cfg(not(feature = "https"))]
    #[allow(
        clippy::unnecessary_wraps,
        clippy::unused_self,
        reason = "with `https` it can fail"
    )]
    const fn tls(&self, _: IpAddr) -> Result<Option<(Tls, Option<String>)>, StartError> {
        Ok(None)
    }

    /// Creates an emulator without a server. It handles only the requests that are passed to
    /// [`Emulator::respond`]. No port is opened, although the endpoint is `http://localhost`.
    ///
    /// # Errors
    ///
    /// [`StartError`] if a setting, a key or the [`Seed`] document is invalid.
    pub fn build(mut self) -> Result<Emulator, StartError> {
        self.complete()?;
        self.finish(IN_MEMORY.to_owned(), None, WarmUp::begin())
    }

    /// Completes the settings, then checks them.
    ///
    /// If the builder has a [`Seed`] document, the id of the first pool is the id in the document.
    /// If it has a template, the region of the first pool is the region of the template. If the
    /// builder has no client, the default client is added.
    fn complete(&mut self) -> Result<(), StartError> {
        if let Some(seed) = &self.prepared {
            seed.first_pool().clone_into(&mut self.settings.pool_id);
        }
        if let Some(template) = &self.template {
            self.settings.pool_id = format!("{}_", template.region()?);
        }
        if self.clients.is_empty() {
            self.clients.push(Client::new(CLIENT_ID));
        }
        self.check()
    }
}

/// Returns the address with which a client on this host can reach the server. An unspecified
/// address, such as 0.0.0.0, is replaced by the loopback address.
fn reachable(bound: SocketAddr) -> SocketAddr {
    let host = match bound.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        host => host,
    };
    SocketAddr::new(host, bound.port())
}

// Security: does not show the signing keys.
impl_debug!(EmulatorBuilder as builder {
    user_pool_id: builder.settings.pool_id,
    clients,
    mfa: builder.settings.mfa,
    usernames: builder.settings.usernames,
    host,
    port
});
