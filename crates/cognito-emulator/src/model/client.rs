//! App clients of the pool.

pub(crate) mod oauth;
pub(crate) mod secret_hash;

use std::collections::BTreeSet;
use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value};

use crate::model::attributes::schema::is_developer_only;
use crate::model::failure::Failure;
use crate::model::named::named;
use oauth::{OAuth, OAuthFlow};

/// An app client and its settings.
///
/// A new client is public (no secret), allows every flow, and has AWS's defaults: access and ID
/// tokens of one hour, refresh tokens of 30 days without rotation, challenge sessions of three
/// minutes, token revocation, `PreventUserExistenceErrors` set to `LEGACY`, and all attributes
/// readable and writable. OAuth 2.0 is disabled until [`oauth_flow`](Self::oauth_flow) enables it.
#[derive(Clone)]
pub struct Client {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) secrets: Vec<Secret>,
    pub(crate) flows: Option<BTreeSet<AuthFlow>>,
    pub(crate) access_validity: Duration,
    pub(crate) id_validity: Duration,
    pub(crate) refresh_validity: Duration,
    pub(crate) session_validity: Duration,
    pub(crate) rotation_grace: Option<Duration>,
    pub(crate) hides_users: bool,
    pub(crate) revocation: bool,
    pub(crate) readable: Option<BTreeSet<String>>,
    pub(crate) writable: Option<BTreeSet<String>>,
    pub(crate) oauth: OAuth,
    pub(crate) created: SystemTime,
    pub(crate) modified: SystemTime,
    /// The settings from requests, as `DescribeUserPoolClient` returns them. `None` for a client
    /// that was created in process; its description is derived from the other fields.
    pub(crate) description: Option<Map<String, Value>>,
}

/// A secret of an app client. A client may have two during a rotation.
#[derive(Clone)]
pub(crate) struct Secret {
    pub(crate) id: String,
    pub(crate) text: String,
    pub(crate) created: SystemTime,
}

impl From<&str> for Client {
    /// Creates a client with this id, like [`Client::new`].
    fn from(id: &str) -> Self {
        Self::new(id)
    }
}

impl Client {
    /// Creates a client with this id (letters, digits, `_` and `+`; up to 128 characters).
    pub fn new(id: impl Into<String>) -> Self {
        let id = id.into();
        Self {
            name: id.clone(),
            id,
            secrets: Vec::new(),
            flows: None,
            access_validity: Duration::from_secs(3600),
            id_validity: Duration::from_secs(3600),
            refresh_validity: Duration::from_secs(30 * 24 * 3600),
            session_validity: Duration::from_secs(180),
            rotation_grace: None,
            hides_users: false,
            revocation: true,
            readable: None,
            writable: None,
            oauth: OAuth::default(),
            created: UNIX_EPOCH,
            modified: UNIX_EPOCH,
            description: None,
        }
    }

    /// Sets a secret. Every call with this client then needs a `SECRET_HASH`.
    pub fn secret(mut self, secret: impl Into<String>) -> Self {
        self.secrets.clear();
        self.add_secret(secret.into(), UNIX_EPOCH);
        self
    }

    /// Adds a second secret. The client then accepts calls with either one. AWS allows two.
    pub fn additional_secret(mut self, secret: impl Into<String>) -> Self {
        self.add_secret(secret.into(), UNIX_EPOCH);
        self
    }

    /// Sets the display name. Default: the id.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Allows a flow. Default: every flow. The first call restricts the client to this flow, and
    /// further calls add flows.
    pub fn flow(mut self, flow: AuthFlow) -> Self {
        self.flows.get_or_insert_default().insert(flow);
        self
    }

    /// Sets the lifetime of access tokens. AWS allows five minutes to one day. Default: one hour.
    pub const fn access_token_validity(mut self, validity: Duration) -> Self {
        self.access_validity = validity;
        self
    }

    /// Sets the lifetime of ID tokens. AWS allows five minutes to one day. Default: one hour.
    pub const fn id_token_validity(mut self, validity: Duration) -> Self {
        self.id_validity = validity;
        self
    }

    /// Sets the lifetime of refresh tokens. AWS allows one hour to ten years. Default: 30 days.
    pub const fn refresh_token_validity(mut self, validity: Duration) -> Self {
        self.refresh_validity = validity;
        self
    }

    /// Sets the lifetime of a challenge's session. AWS allows three to fifteen minutes. Default:
    /// three minutes.
    pub const fn session_validity(mut self, validity: Duration) -> Self {
        self.session_validity = validity;
        self
    }

    /// Enables refresh token rotation. A used token is accepted for a further `grace` (AWS allows
    /// up to 60 seconds). `REFRESH_TOKEN_AUTH` is then rejected, as in AWS.
    pub const fn refresh_rotation(mut self, grace: Duration) -> Self {
        self.rotation_grace = Some(grace);
        self
    }

    /// Sets `PreventUserExistenceErrors`: `true` is `ENABLED`, `false` is `LEGACY`, the default.
    pub const fn prevent_user_existence_errors(mut self, prevent: bool) -> Self {
        self.hides_users = prevent;
        self
    }

    /// Sets whether tokens have `jti` and `origin_jti`, and whether `RevokeToken` works. Default:
    /// yes.
    pub const fn token_revocation(mut self, enabled: bool) -> Self {
        self.revocation = enabled;
        self
    }

    /// Sets the attributes that the client may read. Default: all.
    pub fn read_attributes(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.readable = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// Sets the attributes that the client may write. Default: all except those that only Cognito
    /// writes.
    pub fn write_attributes(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.writable = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// Allows a grant of OAuth 2.0 (`AllowedOAuthFlows`, `AllowedOAuthFlowsUserPoolClient`).
    pub fn oauth_flow(mut self, flow: OAuthFlow) -> Self {
        self.oauth.enabled = true;
        self.oauth.flows.insert(flow);
        self
    }

    /// Allows a scope (`AllowedOAuthScopes`): `openid`, or a scope of a
    /// [resource server](crate::EmulatorBuilder::resource_server) such as
    /// `https://api.example.com/read`.
    pub fn oauth_scope(mut self, scope: impl Into<String>) -> Self {
        self.oauth.scopes.insert(scope.into());
        self
    }

    /// Adds a redirect URL (`CallbackURLs`). The first one is the default (`DefaultRedirectURI`).
    pub fn callback_url(mut self, url: impl Into<String>) -> Self {
        let url = url.into();
        self.oauth
            .default_callback
            .get_or_insert_with(|| url.clone());
        self.oauth.callbacks.push(url);
        self
    }

    /// Adds a redirect URL for sign-outs (`LogoutURLs`).
    pub fn logout_url(mut self, url: impl Into<String>) -> Self {
        self.oauth.logouts.push(url.into());
        self
    }

    /// Adds a secret. Its id is derived from the client's id and the time, as in AWS.
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

    pub(crate) fn allows(&self, flow: AuthFlow) -> bool {
        self.flows
            .as_ref()
            .is_none_or(|flows| flows.contains(&flow))
    }

    pub(crate) fn may_read(&self, attribute: &str) -> bool {
        !is_developer_only(attribute)
            && self
                .readable
                .as_ref()
                .is_none_or(|names| attribute == "sub" || names.contains(attribute))
    }

    pub(crate) fn may_write(&self, attribute: &str) -> bool {
        !is_developer_only(attribute)
            && self
                .writable
                .as_ref()
                .is_none_or(|names| names.contains(attribute))
    }
}

/// Returns the error for a user who does not exist. If the client hides missing users, it is the
/// error for a wrong password.
pub(crate) fn no_such_user(client: &Client) -> Failure {
    if client.hides_users {
        Failure::incorrect()
    } else {
        Failure::user_not_found()
    }
}

/// Security: shows whether there is a secret, not its value.
impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("id", &self.id)
            .field("secrets", &self.secrets.len())
            .field("flows", &self.flows)
            .field("rotation_grace", &self.rotation_grace)
            .field("prevent_user_existence_errors", &self.hides_users)
            .finish_non_exhaustive()
    }
}

named! {
    /// A sign-in flow that an app client allows (`ExplicitAuthFlows`).
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
    #[non_exhaustive]
    pub enum AuthFlow {
        /// `ALLOW_ADMIN_USER_PASSWORD_AUTH`: user name and password in a signed call.
        AdminUserPassword = "ALLOW_ADMIN_USER_PASSWORD_AUTH",
        /// `ALLOW_CLIENT_TOKEN_AUTH`: tokens for the app client itself (`GetClientToken`).
        ClientToken = "ALLOW_CLIENT_TOKEN_AUTH",
        /// `ALLOW_CUSTOM_AUTH`: custom challenges of the pool.
        Custom = "ALLOW_CUSTOM_AUTH",
        /// `ALLOW_REFRESH_TOKEN_AUTH`: the refresh flows of `InitiateAuth`.
        RefreshToken = "ALLOW_REFRESH_TOKEN_AUTH",
        /// `ALLOW_USER_AUTH`: users choose the factor.
        UserAuth = "ALLOW_USER_AUTH",
        /// `ALLOW_USER_PASSWORD_AUTH`: user name and password in an unsigned call.
        UserPassword = "ALLOW_USER_PASSWORD_AUTH",
        /// `ALLOW_USER_SRP_AUTH`: the password is proven with SRP.
        UserSrp = "ALLOW_USER_SRP_AUTH",
    }
}
