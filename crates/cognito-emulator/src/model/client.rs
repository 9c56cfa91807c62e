//! The app clients of a pool ([`Client`]), with their settings and secrets.

pub(crate) mod metadata;
pub(crate) mod oauth;
pub(crate) mod redirect;
pub(crate) mod secret_hash;
pub(crate) mod stored;
pub(crate) mod validity;

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use cognito_core::{impl_debug, setters};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::model::attributes::schema::is_developer_only;
use crate::model::failure::Failure;
use crate::model::named::named;
use oauth::{OAuth, OAuthFlow};
use validity::Validity;

/// An app client of a user pool, and its settings.
///
/// A new client is public (no secret), allows every flow of users, and has AWS's defaults:
///
/// - access and ID tokens are valid for one hour, and refresh tokens for 30 days without rotation;
/// - sessions of challenges are valid for three minutes;
/// - tokens can be revoked;
/// - `PreventUserExistenceErrors` is `LEGACY`;
/// - all attributes can be read and written, except those that only operators or Cognito can read
///   or write.
///
/// OAuth 2.0 is disabled until [`oauth_flow`](Self::oauth_flow) enables it.
#[derive(Clone)]
pub struct Client {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) secrets: Vec<Secret>,
    /// The ARN of the secret in Secrets Manager (`PublishSecretsInAWSSecretsManager`). `None` if
    /// the secret is not stored there.
    pub(crate) secret_arn: Option<String>,
    /// The flows that the client allows. `None` allows every flow except `ALLOW_CLIENT_TOKEN_AUTH`,
    /// because AWS does not allow this flow together with other flows. If refresh tokens rotate,
    /// `None` also does not allow `ALLOW_REFRESH_TOKEN_AUTH`.
    pub(crate) flows: Option<BTreeSet<AuthFlow>>,
    pub(crate) validity: Validity,
    /// How long a refresh token is still accepted after it was replaced. `None` if refresh tokens
    /// are not rotated.
    pub(crate) rotation_grace: Option<Duration>,
    /// `true` if `PreventUserExistenceErrors` of the client is `ENABLED`.
    pub(crate) hides_users: bool,
    /// The value of `EnablePropagateAdditionalUserContextData`.
    pub(crate) propagates_context: bool,
    /// `true` if tokens of the client can be revoked (`EnableTokenRevocation`).
    pub(crate) revocation: bool,
    /// The attributes that the client may read (`ReadAttributes`). `None` allows all attributes
    /// that users can read. Exception: for a dynamically registered client (RFC 7591), `None` does
    /// not allow custom attributes.
    pub(crate) readable: Option<BTreeSet<String>>,
    /// The attributes that the client may write (`WriteAttributes`). `None` allows all attributes
    /// that users can write. Exception: for a dynamically registered client (RFC 7591), `None` does
    /// not allow custom attributes.
    pub(crate) writable: Option<BTreeSet<String>>,
    pub(crate) oauth: OAuth,
    /// The names of the identity providers that the client supports (`SupportedIdentityProviders`).
    /// `COGNITO` is the user pool. If this is `None`, the client supports the user pool and all of
    /// its providers.
    pub(crate) providers: Option<BTreeSet<String>>,
    /// The party that has registered the client dynamically. `None` if an operator has created the
    /// client.
    pub(crate) registrant: Option<Registrant>,
    /// The client id metadata document, if the `client_id` of the request is the URL of this
    /// document. `None` if the `client_id` is the id of an app client.
    pub(crate) document: Option<OfDocument>,
    pub(crate) created: SystemTime,
    pub(crate) modified: SystemTime,
    /// The settings as `DescribeUserPoolClient` returns them. `None` for a client of
    /// [`EmulatorBuilder`](crate::EmulatorBuilder): then `DescribeUserPoolClient` creates its
    /// response from the other fields of this struct.
    pub(crate) description: Option<Map<String, Value>>,
}

/// The settings of a client that is identified by a client id metadata document.
///
/// The `client_id` of such a client is the URL of its document. A policy of the pool allows the URL
/// and names an app client. The client has the settings of this app client, restricted by its
/// document.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct OfDocument {
    /// The URL of the client id metadata document. It is the `client_id` in requests.
    pub(crate) url: String,
    /// `true` if the client can get and use refresh tokens.
    pub(crate) is_renewable: bool,
}

/// The party that registers app clients dynamically. The number of clients that one party can
/// register is limited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Registrant {
    /// A caller without an initial access token. The value is the [`network`] of the caller's
    /// address.
    Address(IpAddr),
    /// A caller with an initial access token of an app client. The value is the id of that client.
    Client(String),
    /// A caller with an initial access token of a user. The value is the `sub` of that user.
    User(String),
}

impl Registrant {
    pub(crate) fn at(address: IpAddr) -> Self {
        Self::Address(network(address))
    }
}

/// Returns the address that represents a caller in counts and limits. For IPv4, this is the address
/// itself. For IPv6, this is the 64-bit network of the address, because one host can use all
/// addresses of its network. All loopback addresses have the same result.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        address if address.is_loopback() => Ipv4Addr::LOCALHOST.into(),
        address @ IpAddr::V4(_) => address,
        IpAddr::V6(address) => {
            let network = address.to_bits() & !u128::from(u64::MAX);
            Ipv6Addr::from_bits(network).into()
        }
    }
}

/// A secret of an app client. A client has two secrets while its secret is replaced.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Secret {
    pub(crate) id: String,
    pub(crate) text: String,
    pub(crate) created: SystemTime,
}

impl From<&str> for Client {
    /// Creates a public client with this id. See [`Client::new`].
    fn from(id: &str) -> Self {
        Self::new(id)
    }
}

impl Client {
    /// Creates a public client with this id. A valid id has 1 to 128 letters, digits, `_` and `+`.
    /// With an invalid id, [`EmulatorBuilder::start`](crate::EmulatorBuilder::start) and
    /// [`EmulatorBuilder::build`](crate::EmulatorBuilder::build) fail.
    pub fn new(id: impl Into<String>) -> Self {
        let id = id.into();
        Self {
            name: id.clone(),
            id,
            secrets: Vec::new(),
            secret_arn: None,
            flows: None,
            validity: Validity::DEFAULT,
            rotation_grace: None,
            hides_users: false,
            propagates_context: false,
            revocation: true,
            readable: None,
            writable: None,
            oauth: OAuth::default(),
            providers: None,
            registrant: None,
            document: None,
            created: UNIX_EPOCH,
            modified: UNIX_EPOCH,
            description: None,
        }
    }

    /// Sets the client secret and removes all other secrets of the client. Requests with this
    /// client id then need a `SECRET_HASH`. Default: no secret.
    pub fn secret(mut self, secret: impl Into<String>) -> Self {
        self.secrets.clear();
        self.add_secret(secret.into(), UNIX_EPOCH);
        self
    }

    /// Returns `true` if the pool uses the IP address of the user's device that this client sends
    /// (`EnablePropagateAdditionalUserContextData`). For a client without a secret, the result is
    /// always `false`.
    pub(crate) fn propagates_context(&self) -> bool {
        self.propagates_context && !self.secrets.is_empty()
    }

    /// Adds a client secret, for example to test the replacement of a secret. A `SECRET_HASH` with
    /// any of the secrets is valid. AWS allows two secrets. This method does not check that limit.
    pub fn additional_secret(mut self, secret: impl Into<String>) -> Self {
        self.add_secret(secret.into(), UNIX_EPOCH);
        self
    }

    /// Allows a sign-in flow (`ExplicitAuthFlows`). The first call allows only this flow. Each
    /// further call adds a flow. Default: every flow except [`AuthFlow::ClientToken`], because AWS
    /// does not allow this flow together with other flows. With
    /// [`refresh_rotation`](Self::refresh_rotation), the default also excludes
    /// [`AuthFlow::RefreshToken`].
    pub fn flow(mut self, flow: AuthFlow) -> Self {
        self.flows.get_or_insert_default().insert(flow);
        self
    }

    setters! {
        /// Sets the display name of the client. Default: the id.
        pub fn name(name: impl Into<String>) { name = name.into() }

        /// Sets the lifetime of access tokens. AWS allows five minutes to one day. The emulator
        /// accepts any lifetime. Default: one hour.
        pub fn access_token_validity(validity: Duration) { validity.access = validity }

        /// Sets the lifetime of ID tokens. AWS allows five minutes to one day. The emulator accepts
        /// any lifetime. Default: one hour.
        pub fn id_token_validity(validity: Duration) { validity.id = validity }

        /// Sets the lifetime of refresh tokens. AWS allows one hour to ten years. The emulator
        /// accepts any lifetime. Default: 30 days.
        pub fn refresh_token_validity(validity: Duration) { validity.refresh = validity }

        /// Sets how long the session of a challenge is valid (`AuthSessionValidity`). AWS allows
        /// three to fifteen minutes. The emulator accepts any duration. Default: three minutes.
        pub fn session_validity(validity: Duration) { validity.session = validity }

        /// Enables the rotation of refresh tokens: each refresh replaces the token. The replaced
        /// token is still accepted for the time `grace`. AWS allows up to 60 seconds. Default: no
        /// rotation.
        ///
        /// With rotation, the flow `REFRESH_TOKEN_AUTH` is rejected, as in AWS.
        pub fn refresh_rotation(grace: Duration) { rotation_grace = Some(grace) }

        /// Sets whether errors hide that a user does not exist (`PreventUserExistenceErrors`:
        /// `true` is `ENABLED`, `false` is `LEGACY`). Default: `false`.
        pub fn prevent_user_existence_errors(prevent: bool) { hides_users = prevent }

        /// Sets whether requests can contain the IP address of the user's device
        /// (`EnablePropagateAdditionalUserContextData`). Without this setting, or without a client
        /// secret, the IP address in `UserContextData` is ignored. Default: `false`.
        pub fn propagate_user_context(enabled: bool) { propagates_context = enabled }

        /// Sets whether tokens can be revoked (`EnableTokenRevocation`). If they can, they contain
        /// `jti` and `origin_jti`, and `RevokeToken` works. Default: yes.
        pub fn token_revocation(enabled: bool) { revocation = enabled }

        /// Sets the attributes that the client may read (`ReadAttributes`). Default: all attributes
        /// except those that only operators can read.
        pub fn read_attributes(names: impl IntoIterator<Item = impl Into<String>>) {
            readable = Some(names.into_iter().map(Into::into).collect())
        }

        /// Sets the attributes that the client may write (`WriteAttributes`). Default: all
        /// attributes except those that only Cognito or operators can write.
        pub fn write_attributes(names: impl IntoIterator<Item = impl Into<String>>) {
            writable = Some(names.into_iter().map(Into::into).collect())
        }

        /// Allows an OAuth 2.0 scope (`AllowedOAuthScopes`). May be called several times. Default:
        /// no scope.
        ///
        /// Pass a standard scope such as `openid`, or a scope of a [resource
        /// server](crate::EmulatorBuilder::resource_server) such as `https://api.example.com/read`.
        pub fn oauth_scope(scope: impl Into<String>) { oauth.scopes.insert(scope.into()) }

        /// Allows a URL to which the browser can return after a sign-out (`LogoutURLs`). May be
        /// called several times. Default: no URL.
        pub fn logout_url(url: impl Into<String>) { oauth.logouts.push(url.into()) }
    }

    /// Allows a grant of OAuth 2.0, and enables OAuth 2.0 for the client (`AllowedOAuthFlows`,
    /// `AllowedOAuthFlowsUserPoolClient`). May be called several times. Default: OAuth 2.0 is
    /// disabled.
    pub fn oauth_flow(mut self, flow: OAuthFlow) -> Self {
        self.oauth.enabled = true;
        self.oauth.flows.insert(flow);
        self
    }

    /// Allows a redirect URL (`CallbackURLs`). May be called several times. The first URL is the
    /// default (`DefaultRedirectURI`). Default: no URL.
    pub fn callback_url(mut self, url: impl Into<String>) -> Self {
        let url = url.into();
        self.oauth
            .default_callback
            .get_or_insert_with(|| url.clone());
        self.oauth.callbacks.push(url);
        self
    }

    /// Adds a client secret and returns it. As in AWS, the id of the secret consists of the id of
    /// the client and the time.
    pub(crate) fn add_secret(&mut self, text: String, now: SystemTime) -> &Secret {
        let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        let mut number = since.as_millis();
        let id = loop {
            let id = format!("{}--{number}", self.id);
            if self.secrets.iter().all(|secret| secret.id != id) {
                break id;
            }
            number += 1;
        };
        self.secrets.push(Secret {
            id,
            text,
            created: now,
        });
        &self.secrets[self.secrets.len() - 1]
    }

    /// Allows sign-ins through an identity provider (`SupportedIdentityProviders`). `COGNITO` is
    /// the user pool itself. After the first call, only this provider is allowed. Each further call
    /// allows one more provider. Default: the user pool and all its providers.
    pub fn supported_identity_provider(mut self, name: impl Into<String>) -> Self {
        self.providers.get_or_insert_default().insert(name.into());
        self
    }

    /// Returns `true` if users of the client can sign in through this identity provider.
    pub(crate) fn supports(&self, provider: &str) -> bool {
        let providers = self.providers.as_ref();
        providers.is_none_or(|providers| providers.contains(provider))
    }

    /// Returns the id with which the client identifies itself: the URL of its client id metadata
    /// document, or the id of the app client.
    pub(crate) fn public_id(&self) -> &str {
        self.document
            .as_ref()
            .map_or(&self.id, |document| &document.url)
    }

    /// Returns `true` if the client can get refresh tokens at the token endpoint, and use them
    /// there.
    pub(crate) fn is_renewable(&self) -> bool {
        let document = self.document.as_ref();
        document.is_none_or(|document| document.is_renewable)
    }

    pub(crate) fn allows(&self, flow: AuthFlow) -> bool {
        match &self.flows {
            Some(flows) => flows.contains(&flow),
            None => match flow {
                AuthFlow::ClientToken => false,
                AuthFlow::RefreshToken => self.rotation_grace.is_none(),
                _ => true,
            },
        }
    }

    pub(crate) fn may_read(&self, attribute: &str) -> bool {
        !is_developer_only(attribute)
            && self
                .readable
                .as_ref()
                .is_none_or(|names| attribute == "sub" || names.contains(attribute))
            && !(self.readable.is_none() && self.is_barred(attribute))
    }

    /// Returns `true` if users of the client may write an attribute.
    pub(crate) fn may_write(&self, attribute: &str) -> bool {
        self.may_map(attribute) && !(self.writable.is_none() && self.is_barred(attribute))
    }

    /// Returns `true` if the client allows an identity provider to write an attribute at a sign-in.
    pub(crate) fn may_map(&self, attribute: &str) -> bool {
        !is_developer_only(attribute)
            && self
                .writable
                .as_ref()
                .is_none_or(|names| names.contains(attribute))
    }

    /// Returns `true` if the client needs an entry in `ReadAttributes` or `WriteAttributes` to read
    /// or write the attribute. This is the case for custom attributes if the client was registered
    /// dynamically.
    ///
    /// Security: anyone can register a client. Without this check, users could write every custom
    /// attribute through a registered client, even if `WriteAttributes` of the operator's clients
    /// does not contain the attribute.
    fn is_barred(&self, attribute: &str) -> bool {
        self.registrant.is_some() && attribute.starts_with("custom:")
    }
}

/// Returns the error for a user who does not exist. If the client has `PreventUserExistenceErrors`,
/// the error is the same as for a wrong password.
pub(crate) fn no_such_user(client: &Client) -> Failure {
    if client.hides_users {
        Failure::incorrect()
    } else {
        Failure::user_not_found()
    }
}

// Security: shows the number of secrets, not their values.
impl_debug!(Client as client {
    id,
    secrets: client.secrets.len(),
    flows,
    rotation_grace,
    prevent_user_existence_errors: client.hides_users
});

named! {
    /// A sign-in flow that an app client allows (`ExplicitAuthFlows`).
    #[derive(PartialOrd, Ord, Hash)]
    #[non_exhaustive]
    pub enum AuthFlow {
        /// `ALLOW_ADMIN_USER_PASSWORD_AUTH`: sign-in with a user name and a password through
        /// `AdminInitiateAuth`.
        AdminUserPassword = "ALLOW_ADMIN_USER_PASSWORD_AUTH",
        /// `ALLOW_CLIENT_TOKEN_AUTH`: access tokens for the app client itself (`GetClientToken`).
        ClientToken = "ALLOW_CLIENT_TOKEN_AUTH",
        /// `ALLOW_CUSTOM_AUTH`: sign-in with challenges that triggers of the pool define.
        Custom = "ALLOW_CUSTOM_AUTH",
        /// `ALLOW_REFRESH_TOKEN_AUTH`: new tokens in exchange for a refresh token.
        RefreshToken = "ALLOW_REFRESH_TOKEN_AUTH",
        /// `ALLOW_TOKEN_EXCHANGE_DELEGATION`: tokens for a service that acts for a user, with an actor
        /// token (`GetDerivedToken`).
        TokenExchangeDelegation = "ALLOW_TOKEN_EXCHANGE_DELEGATION",
        /// `ALLOW_TOKEN_EXCHANGE_IMPERSONATION`: tokens for a service that acts for a user, without an
        /// actor token (`GetDerivedToken`).
        TokenExchangeImpersonation = "ALLOW_TOKEN_EXCHANGE_IMPERSONATION",
        /// `ALLOW_USER_AUTH`: choice-based sign-in. Users choose their first factor.
        UserAuth = "ALLOW_USER_AUTH",
        /// `ALLOW_USER_PASSWORD_AUTH`: sign-in with a user name and a password through
        /// `InitiateAuth`.
        UserPassword = "ALLOW_USER_PASSWORD_AUTH",
        /// `ALLOW_USER_SRP_AUTH`: sign-in with the SRP protocol, which proves the password without
        /// sending it.
        UserSrp = "ALLOW_USER_SRP_AUTH",
    }
}
