//! [`IdentityCredentials`], the credentials of one user or guest.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, future};
use cognito_cache::{CallName, SingleFlight};
use cognito_core::{Clock, Error, ErrorKind, IdToken, Result};
use parking_lot::Mutex;

use crate::error::for_sdk;
use crate::id::IdentityId;
use crate::pool::{Inner, Issued};
use crate::token_source::{IdTokenSource, User};

/// A builder for the credentials of one user or guest. [`IdentityPool::user`] and
/// [`IdentityPool::guest`] return it.
///
/// [`IdentityPool::user`]: crate::IdentityPool::user
/// [`IdentityPool::guest`]: crate::IdentityPool::guest
#[must_use = "a builder does nothing until it is built"]
pub struct IdentityCredentialsBuilder {
    pool: Arc<Inner>,
    source: Option<Box<dyn IdTokenSource>>,
    identity: Option<IdentityId>,
    role: Role,
}

/// The role of the credentials.
enum Role {
    /// The role that the identity pool selects.
    OfPool,
    /// A role of the user that the caller has selected, in the enhanced flow.
    Custom(String),
    /// A role that the caller assumes with STS, in the basic flow.
    Assumed(String),
}

impl IdentityCredentialsBuilder {
    pub(crate) const fn new(pool: Arc<Inner>, source: Option<Box<dyn IdTokenSource>>) -> Self {
        Self {
            pool,
            source,
            identity: None,
            role: Role::OfPool,
        }
    }

    /// Sets the identity id, which an earlier program has stored. No request `GetId` is then sent.
    /// If the identity does not exist, the credentials fail with
    /// [`ErrorKind::NotFound`](cognito_core::ErrorKind::NotFound).
    ///
    /// # Security
    ///
    /// For a signed-in user, set only an id from a store that an attacker cannot write, not from a
    /// cookie or a request. If the id is that of a guest, AWS links the identity of the guest to the
    /// user (Cognito developer guide, "Switching unauthenticated users to authenticated users"). An
    /// attacker who can choose the id can therefore choose the identity of a new user.
    pub fn identity_id(mut self, id: IdentityId) -> Self {
        self.identity = Some(id);
        self
    }

    /// Selects one of the user's roles (`CustomRoleArn`). It must be in the claim `cognito:roles` of
    /// the ID token, and the identity pool must choose the role from the token. Default: the role
    /// that the identity pool selects.
    pub fn custom_role_arn(mut self, arn: impl Into<String>) -> Self {
        self.role = Role::Custom(arn.into());
        self
    }

    /// Uses the basic (classic) flow: the caller selects the role, and STS returns its credentials
    /// (`GetOpenIdToken`, then `AssumeRoleWithWebIdentity`). The identity pool must allow it
    /// (`AllowClassicFlow`), and the trust policy of the role must allow the identity pool. Default:
    /// the enhanced flow, which AWS recommends.
    pub fn basic_flow(mut self, role_arn: impl Into<String>) -> Self {
        self.role = Role::Assumed(role_arn.into());
        self
    }

    /// Creates the credentials. No request is sent yet.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unknown`](cognito_core::ErrorKind::Unknown): the operating system returned no
    /// random numbers.
    pub fn build(self) -> Result<IdentityCredentials> {
        let flight = SingleFlight::new()?;
        Ok(IdentityCredentials(Arc::new(Provider {
            name: flight.name(["credentials"]),
            flight,
            pool: self.pool,
            source: self.source,
            role: self.role,
            identity: self.identity,
            current: Mutex::default(),
        })))
    }
}

// Security: the ARN of a role contains the id of the AWS account.
cognito_core::impl_debug!(IdentityCredentialsBuilder as builder {
    pool: builder.pool.id,
    is_guest: builder.source.is_none()
});

/// The AWS credentials of one user or guest, for any client of the AWS SDK.
///
/// The first use sends the requests. Later uses return the cached credentials. They are renewed
/// [before](crate::IdentityPoolBuilder::renew_before) they expire. Concurrent uses share one
/// renewal. Clones share everything.
///
/// The value belongs to one user. If the source of the ID tokens returns a token of another user, no
/// credentials are returned ([`ErrorKind::Misuse`]). Create a value for each user.
///
/// [`ErrorKind::Misuse`]: cognito_core::ErrorKind::Misuse
#[derive(Clone)]
pub struct IdentityCredentials(Arc<Provider>);

struct Provider {
    pool: Arc<Inner>,
    /// The source of the user's ID tokens. `None` for a guest.
    source: Option<Box<dyn IdTokenSource>>,
    role: Role,
    /// The identity id that the caller has set.
    identity: Option<IdentityId>,
    current: Mutex<Option<Current>>,
    flight: SingleFlight<Result<Current>>,
    name: CallName,
}

/// The credentials of the last renewal, and their identity and user.
#[derive(Clone)]
struct Current {
    issued: Arc<Issued>,
    user: Option<User>,
    /// The expiry of the credentials by the monotonic clock.
    deadline: Duration,
}

impl Current {
    fn new(issued: Issued, user: Option<User>, clock: &dyn Clock) -> Self {
        let expiry = issued.credentials.expiry();
        let remaining = expiry.and_then(|expiry| expiry.duration_since(clock.now()).ok());
        Self {
            issued: Arc::new(issued),
            user,
            deadline: clock
                .monotonic()
                .saturating_add(remaining.unwrap_or_default()),
        }
    }

    /// Returns `true` if the credentials are valid for longer than `margin`, by both clocks. If the
    /// wall clock is set back, the monotonic clock still ends the credentials.
    fn lives(&self, clock: &dyn Clock, margin: Duration) -> bool {
        let expiry = self.issued.credentials.expiry();
        let end = clock.now().checked_add(margin);
        end.zip(expiry).is_some_and(|(end, expiry)| end < expiry)
            && clock.monotonic().saturating_add(margin) < self.deadline
    }
}

impl IdentityCredentials {
    /// Returns the credentials.
    ///
    /// A client of the AWS SDK calls [`ProvideCredentials`] instead. Its error contains the error of
    /// this method as a source.
    ///
    /// # Errors
    ///
    /// - The error of the source of the ID tokens.
    /// - [`ErrorKind::TokenExpired`] or [`ErrorKind::TokenInvalid`]: AWS rejected the ID token.
    /// - [`ErrorKind::NotAuthorized`]: the user may not have this role or this identity.
    /// - [`ErrorKind::NotEnabled`]: the identity pool does not allow guests.
    /// - [`ErrorKind::NotFound`]: the identity that the caller has set does not exist.
    /// - [`ErrorKind::Configuration`]: the identity pool does not exist, does not accept ID tokens of
    ///   the user pool, or has no role for the user; or an endpoint is plain `http`.
    /// - [`ErrorKind::Misuse`]: the source returned the ID token of another user.
    /// - [`ErrorKind::Throttled`], [`ErrorKind::Network`], [`ErrorKind::Timeout`] or
    ///   [`ErrorKind::Upstream`]: AWS is unavailable. While the last credentials are valid, they are
    ///   returned instead of the error, and a warning is logged.
    pub async fn credentials(&self) -> Result<Credentials> {
        let current = self.current().await?;
        Ok(current.issued.credentials.clone())
    }

    /// Returns the identity id. It is requested together with the credentials.
    ///
    /// # Errors
    ///
    /// The errors of [`credentials`](Self::credentials).
    pub async fn identity_id(&self) -> Result<IdentityId> {
        let current = self.current().await?;
        Ok(current.issued.identity.clone())
    }

    async fn current(&self) -> Result<Current> {
        let provider = &self.0;
        let current = provider.current.lock().clone();
        let lives = |current: &Current, margin| current.lives(&*provider.pool.clock, margin);
        if let Some(current) = &current
            && lives(current, provider.pool.renew_before)
        {
            return Ok(current.clone());
        }
        let renewal = Arc::clone(provider).renew();
        match (provider.flight.join(provider.name, renewal).await, current) {
            (Err(error), Some(current))
                if is_temporary(&error) && lives(&current, Duration::ZERO) =>
            {
                tracing::warn!(%error, "the AWS credentials of a user could not be renewed; the last ones are used");
                Ok(current)
            }
            (renewed, _) => renewed,
        }
    }
}

impl Provider {
    /// Gets new credentials, and stores them.
    async fn renew(self: Arc<Self>) -> Result<Current> {
        let login = self.login().await?;
        let token = login.as_ref().map(|login| &login.token);
        let issued = match self.known_identity(login.as_ref()) {
            Some(identity) => self.issue(&identity, token).await,
            None => Err(ErrorKind::NotFound.into()),
        };
        let issued = match issued {
            // There is no known identity, or it was deleted.
            Err(error) if error.kind() == ErrorKind::NotFound && self.identity.is_none() => {
                let identity = self.pool.get_id(token).await?;
                self.issue(&identity, token).await?
            }
            Err(error) => {
                self.forget_identity(&error, login.as_ref());
                return Err(error);
            }
            Ok(issued) => issued,
        };
        let user = login.map(|login| login.user);
        if let (Some(cache), Some(user)) = (&self.pool.identities, &user) {
            cache.insert(user.clone(), issued.identity.clone());
        }
        let current = Current::new(issued, user, &*self.pool.clock);
        *self.current.lock() = Some(current.clone());
        Ok(current)
    }

    /// Gets an ID token from the source. Returns `None` for a guest. Fails if the token is of
    /// another user than the current credentials.
    async fn login(&self) -> Result<Option<Login>> {
        let Some(source) = &self.source else {
            return Ok(None);
        };
        let token = source.id_token().await?;
        let user = User::of(&token)?;
        let before = self.current.lock();
        if before
            .as_ref()
            .is_some_and(|before| before.user.as_ref() != Some(&user))
        {
            return Err(Error::new(ErrorKind::Misuse).with_detail(
                "the source returned the ID token of another user: create credentials for each user",
            ));
        }
        Ok(Some(Login { token, user }))
    }

    /// Returns the identity id, if it is known without a request.
    fn known_identity(&self, login: Option<&Login>) -> Option<IdentityId> {
        let current = || Some(self.current.lock().as_ref()?.issued.identity.clone());
        let cached = || self.pool.identities.as_ref()?.get(&login?.user);
        self.identity.clone().or_else(current).or_else(cached)
    }

    /// Removes the identity id of the user from the cache if AWS forbids the user to use it. A
    /// possible cause is that the identity is no longer linked to the user (`UnlinkIdentity`). In
    /// this case, `GetId` returns another identity id.
    fn forget_identity(&self, error: &Error, login: Option<&Login>) {
        if error.kind() == ErrorKind::NotAuthorized
            && let (Some(cache), Some(login)) = (&self.pool.identities, login)
        {
            cache.remove(&login.user);
        }
    }

    async fn issue(&self, identity: &IdentityId, token: Option<&IdToken>) -> Result<Issued> {
        match &self.role {
            Role::OfPool => self.pool.enhanced(identity, token, None).await,
            Role::Custom(arn) => self.pool.enhanced(identity, token, Some(arn)).await,
            Role::Assumed(arn) => self.pool.basic(identity, token, arn).await,
        }
    }
}

/// An ID token, and its user.
struct Login {
    token: IdToken,
    user: User,
}

/// Returns `true` if AWS or the source of the ID tokens is unavailable, so that the last credentials
/// can be used.
fn is_temporary(error: &Error) -> bool {
    error.is_retryable() || matches!(error.kind(), ErrorKind::ReplyLost | ErrorKind::Timeout)
}

impl ProvideCredentials for IdentityCredentials {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async { self.credentials().await.map_err(for_sdk) })
    }

    fn fallback_on_interrupt(&self) -> Option<Credentials> {
        let current = self.0.current.lock().clone()?;
        let lives = current.lives(&*self.0.pool.clock, Duration::ZERO);
        lives.then(|| current.issued.credentials.clone())
    }
}

// Security: shows neither the credentials nor the identity.
impl fmt::Debug for IdentityCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdentityCredentials")
            .field("pool", &self.0.pool.id)
            .field("is_guest", &self.0.source.is_none())
            .finish_non_exhaustive()
    }
}
