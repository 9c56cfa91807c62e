//! [`IdentityPool`], and the requests that it sends.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sdk_cognitoidentity as identity;
use aws_sdk_sts as sts;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::DateTime;
use cognito_cache::TtlCache;
use cognito_core::{Clock, IdToken, Result, UserPoolId};

use crate::builder::IdentityPoolBuilder;
use crate::credentials::IdentityCredentialsBuilder;
use crate::error::missing;
use crate::id::{IdentityId, IdentityPoolId};
use crate::plain_http::check_endpoint;
use crate::send::send;
use crate::token_source::{IdTokenSource, User};

/// The name of the provider in [`Credentials`].
const PROVIDER: &str = "CognitoIdentityPool";

/// The name of the STS session of every guest. In the enhanced flow, the identity pool uses the
/// same name.
const GUEST_SESSION: &str = "CognitoIdentityCredentials";

/// An identity pool of Amazon Cognito. It gives AWS credentials to the users of a user pool, and to
/// guests.
///
/// Create one value at the start of the program, and clone it where you need it. Clones share the
/// HTTP connections and the cache of identity ids.
///
/// ```no_run
/// use cognito_identity_pool::{IdToken, IdentityPool, Result};
///
/// # async fn example(id_token: IdToken) -> Result<()> {
/// let pool = IdentityPool::builder(
///     "eu-central-1:128d0a74-c82f-4553-916d-90053e4a8b0f".parse()?,
///     &"eu-central-1_aBcDeFgHi".parse()?,
/// );
/// let pool = pool.load().await;
///
/// // The closure is called again when the credentials expire. It must return a fresh ID token.
/// let user = pool.user(move || {
///     let id_token = id_token.clone();
///     async move { Ok(id_token) }
/// });
/// let credentials = user.build()?; // For `credentials_provider` of a client of the AWS SDK.
/// # drop(credentials); Ok(()) }
/// ```
#[derive(Clone)]
pub struct IdentityPool(Arc<Inner>);

impl IdentityPool {
    /// Returns a builder for an identity pool. `user_pool` is the user pool whose ID tokens the
    /// identity pool accepts.
    pub fn builder(id: IdentityPoolId, user_pool: &UserPoolId) -> IdentityPoolBuilder {
        IdentityPoolBuilder::new(id, user_pool)
    }

    pub(crate) fn new(inner: Inner) -> Self {
        Self(Arc::new(inner))
    }

    /// Returns the id of the identity pool.
    pub fn id(&self) -> &IdentityPoolId {
        &self.0.id
    }

    /// Returns a builder for the credentials of a signed-in user. `source` returns the ID tokens of
    /// this user.
    pub fn user(&self, source: impl IdTokenSource) -> IdentityCredentialsBuilder {
        IdentityCredentialsBuilder::new(Arc::clone(&self.0), Some(Box::new(source)))
    }

    /// Returns a builder for the credentials of a new guest. The identity pool must allow guests
    /// (`AllowUnauthenticatedIdentities`).
    ///
    /// Each value is another guest. To continue as the same guest later, store the
    /// [identity id](crate::IdentityCredentials::identity_id), and set it with
    /// [`identity_id`](IdentityCredentialsBuilder::identity_id).
    pub fn guest(&self) -> IdentityCredentialsBuilder {
        IdentityCredentialsBuilder::new(Arc::clone(&self.0), None)
    }
}

// Security: shows neither the cached identity ids nor the clients of the SDK.
impl fmt::Debug for IdentityPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdentityPool")
            .field("id", &self.0.id)
            .field("provider", &self.0.provider)
            .finish_non_exhaustive()
    }
}

/// The state that all clones of an [`IdentityPool`] share.
pub(crate) struct Inner {
    pub(crate) id: IdentityPoolId,
    /// The name of the user pool in the identity pool.
    pub(crate) provider: String,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) renew_before: Duration,
    /// The identity ids of users. `None` if they are not cached.
    pub(crate) identities: Option<TtlCache<User, IdentityId>>,
    pub(crate) client: identity::Client,
    pub(crate) sts: sts::Client,
    pub(crate) allow_http: bool,
}

/// AWS credentials, and the identity that they belong to.
pub(crate) struct Issued {
    pub(crate) identity: IdentityId,
    pub(crate) credentials: Credentials,
}

impl Inner {
    /// Returns a function that rejects requests that would be sent unencrypted.
    fn check(&self) -> impl Fn(HttpRequest) -> Result<HttpRequest> + Send + Sync + use<> {
        check_endpoint(self.allow_http)
    }

    /// Returns the identity id of a user, or of a new guest (`GetId`).
    pub(crate) async fn get_id(&self, login: Option<&IdToken>) -> Result<IdentityId> {
        let request = self.client.get_id().identity_pool_id(self.id.as_str());
        let request = request.set_logins(self.logins(login)).customize();
        let response = send("GetId", request.map_request(self.check()).send()).await?;
        identity_id("GetId", response.identity_id())
    }

    /// Returns credentials for an identity (`GetCredentialsForIdentity`, the enhanced flow).
    pub(crate) async fn enhanced(
        &self,
        identity: &IdentityId,
        login: Option<&IdToken>,
        custom_role: Option<&str>,
    ) -> Result<Issued> {
        const OPERATION: &str = "GetCredentialsForIdentity";
        let request = self.client.get_credentials_for_identity();
        let request = request
            .identity_id(identity.as_str())
            .set_logins(self.logins(login))
            .set_custom_role_arn(custom_role.map(ToOwned::to_owned))
            .customize();
        let response = send(OPERATION, request.map_request(self.check()).send()).await?;
        let found = response.credentials();
        let credentials = found.and_then(|found| {
            let (key, secret) = (found.access_key_id()?, found.secret_key()?);
            credentials(key, secret, found.session_token()?, found.expiration()?)
        });
        Ok(Issued {
            identity: identity_id(OPERATION, response.identity_id())?,
            credentials: credentials.ok_or_else(|| missing(OPERATION, "credentials"))?,
        })
    }

    /// Returns credentials for an identity with a role (`GetOpenIdToken`, then
    /// `AssumeRoleWithWebIdentity` of STS; the basic flow).
    pub(crate) async fn basic(
        &self,
        identity: &IdentityId,
        login: Option<&IdToken>,
        role: &str,
    ) -> Result<Issued> {
        const OPERATION: &str = "AssumeRoleWithWebIdentity";
        let request = self
            .client
            .get_open_id_token()
            .identity_id(identity.as_str());
        let request = request.set_logins(self.logins(login)).customize();
        let token = send("GetOpenIdToken", request.map_request(self.check()).send()).await?;
        let identity = identity_id("GetOpenIdToken", token.identity_id())?;
        let token = token
            .token()
            .ok_or_else(|| missing("GetOpenIdToken", "token"))?;
        let request = self.sts.assume_role_with_web_identity();
        let request = request
            .role_arn(role)
            .role_session_name(session_name(&identity, login.is_none()))
            .web_identity_token(token)
            .customize();
        let response = send(OPERATION, request.map_request(self.check()).send()).await?;
        let found = response.credentials();
        let credentials = found.and_then(|found| {
            let (key, secret) = (found.access_key_id(), found.secret_access_key());
            credentials(key, secret, found.session_token(), found.expiration())
        });
        Ok(Issued {
            identity,
            credentials: credentials.ok_or_else(|| missing(OPERATION, "credentials"))?,
        })
    }

    fn logins(&self, login: Option<&IdToken>) -> Option<HashMap<String, String>> {
        let token = login?.expose().to_owned();
        Some(HashMap::from([(self.provider.clone(), token)]))
    }
}

fn identity_id(operation: &'static str, id: Option<&str>) -> Result<IdentityId> {
    let id = id.and_then(|id| IdentityId::new(id).ok());
    id.ok_or_else(|| missing(operation, "identity id"))
}

/// Creates credentials from a response. Returns `None` if the time of the expiry is invalid.
fn credentials(key: &str, secret: &str, token: &str, expiration: &DateTime) -> Option<Credentials> {
    let expiry = SystemTime::try_from(*expiration).ok()?;
    let token = Some(token.to_owned());
    Some(Credentials::new(key, secret, token, Some(expiry), PROVIDER))
}

/// Returns the name of the STS session for an identity. For a user, it is the UUID of the identity.
/// All guests have the same name.
///
/// Security: AWS shows the name in error messages and in logs. Anyone who has the identity id of a
/// guest can request the guest's credentials, so the name does not contain this id.
fn session_name(identity: &IdentityId, is_guest: bool) -> &str {
    match identity.as_str().split_once(':') {
        Some((_, id)) if !is_guest => id,
        _ => GUEST_SESSION,
    }
}
