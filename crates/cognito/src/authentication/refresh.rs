//! Refresh and revocation of tokens: [`Cognito::refresh`], [`Cognito::refresh_session`] and
//! [`Cognito::revoke`].

use std::sync::Arc;

use cognito_cache::{Budget, CallName};
use cognito_core::authentication::refresh::{RefreshFlow, RefreshRequest, RevokeTokenRequest};
use cognito_core::id::DeviceKey;
use cognito_core::ports::{Authentication, RepliedAt};
use cognito_core::{
    Done, InvalidInput, Operation, RefreshToken, Result, Tokens, UserSession, Username,
};

use crate::call::valid;
use crate::cognito::Inner;
use crate::revoking::SessionTokens;
use crate::{Call, Cognito};

impl Cognito {
    /// Returns new tokens for a refresh token. Store all returned tokens: if the app client rotates
    /// refresh tokens, the result contains a new refresh token, and the old refresh token becomes
    /// invalid. Without rotation, the result contains the same refresh token.
    ///
    /// Concurrent refreshes of one token, for example from several browser tabs, share one request
    /// to Cognito, and every caller receives its result. The request continues if a caller
    /// disconnects. The result is not cached. If a refresh has rotated a token, Cognito rejects
    /// later refreshes with the old token. With a grace period (`RetryGracePeriodSeconds` of the
    /// app client), Cognito accepts them until the period ends.
    ///
    /// # Errors
    ///
    /// [`RefreshInvalid`](crate::ErrorKind::RefreshInvalid),
    /// [`RefreshRevoked`](crate::ErrorKind::RefreshRevoked) or
    /// [`RefreshReuse`](crate::ErrorKind::RefreshReuse). The user must then sign in again.
    /// `RefreshInvalid` also occurs if the token belongs to a device, and
    /// [`device_key`](Call::device_key) was not set.
    pub fn refresh(
        &self,
        refresh_token: impl TryInto<RefreshToken, Error: Into<InvalidInput>>,
    ) -> Call<RefreshRequest, Tokens> {
        self.refresh_with(valid(refresh_token).map(RefreshRequest::new))
    }

    /// Refreshes the tokens of a session, and returns the session with the new tokens. The request
    /// contains the device key of the session. Store the result instead of `session`.
    ///
    /// ```no_run
    /// # use cognito::authentication::SerializedSession;
    /// # async fn example(cognito: cognito::Cognito, stored: SerializedSession) -> cognito::Result<()> {
    /// use cognito::UserSession;
    ///
    /// let session = UserSession::from_secret_string(&stored)?;
    /// let session = cognito.refresh_session(&session).await?;
    /// let stored = session.to_secret_string()?;
    /// # drop(stored); Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of [`refresh`](Self::refresh). If the error does not require a new sign-in,
    /// `session` is still valid.
    pub fn refresh_session(&self, session: &UserSession) -> Call<RefreshRequest, UserSession> {
        let mut request = RefreshRequest::new(session.tokens.refresh_token.clone());
        request.device_key = session.tokens.device_key.clone();
        let session = session.clone();
        self.refresh_with(Ok(request))
            .map(move |tokens| session.refreshed(tokens))
    }

    fn refresh_with(
        &self,
        request: Result<RefreshRequest, InvalidInput>,
    ) -> Call<RefreshRequest, Tokens> {
        self.refresh_call(
            Operation::GetTokensFromRefreshToken,
            request,
            Inner::name_of_refresh,
            async |inner, request| inner.authentication.refresh(request).await,
        )
    }

    /// Creates a call that refreshes tokens. Concurrent calls with the same `name` share one
    /// request to Cognito.
    pub(crate) fn refresh_call<R: Send + 'static, F>(
        &self,
        operation: Operation,
        request: Result<R, InvalidInput>,
        name: fn(&Inner, &R) -> CallName,
        send: impl Fn(Arc<Inner>, R) -> F + Send + Sync + 'static,
    ) -> Call<R, Tokens>
    where
        F: Future<Output = Result<Tokens>> + Send + 'static,
    {
        self.call(operation, request, move |inner: Arc<Inner>, request| {
            let name = name(&inner, &request);
            let refresh = send(Arc::clone(&inner), request);
            inner.refresh_once(name, operation, refresh)
        })
        .shared()
        .limited(Budget::Tokens)
    }

    /// Revokes a refresh token and all tokens of the same sign-in (`RevokeToken`).
    ///
    /// Cognito's API then rejects the access tokens. This service rejects them too if you add the
    /// [access token](Call::access_token) or the [ID token](Call::id_token). Other services that
    /// verify tokens offline accept them until they expire.
    ///
    /// # Errors
    ///
    /// - [`NotEnabled`](crate::ErrorKind::NotEnabled) if token revocation is disabled for the app
    ///   client.
    /// - [`KeysUnavailable`](crate::ErrorKind::KeysUnavailable) or
    ///   [`StoreUnavailable`](crate::ErrorKind::StoreUnavailable): Cognito has revoked the refresh
    ///   token, but this service does not reject the access tokens yet. Either the token that you
    ///   added could not be verified, or the revocation list is unavailable. Retry until the call
    ///   succeeds.
    pub fn revoke(
        &self,
        refresh_token: impl TryInto<RefreshToken, Error: Into<InvalidInput>>,
    ) -> Call<TokenRevocationRequest, Done> {
        self.revoke_sign_in(refresh_token, false)
    }

    /// Revokes a refresh token like [`revoke`](Self::revoke), and the session of the user's browser
    /// at managed login (`RevokeToken` with `RevokeAssociatedSessions`). The browser can then no
    /// longer sign in at other app clients without a password. The tokens of the other app clients
    /// stay valid.
    ///
    /// If the user did not sign in with managed login, or if the user pool does not track sessions,
    /// only the refresh token is revoked. The session of the browser ends within a few seconds.
    ///
    /// # Errors
    ///
    /// The errors of [`revoke`](Self::revoke).
    pub fn revoke_with_browser_session(
        &self,
        refresh_token: impl TryInto<RefreshToken, Error: Into<InvalidInput>>,
    ) -> Call<TokenRevocationRequest, Done> {
        self.revoke_sign_in(refresh_token, true)
    }

    /// Creates a call for `RevokeToken`. If `linked_sessions` is `true`, Cognito also ends the
    /// session of the browser at managed login.
    fn revoke_sign_in(
        &self,
        refresh_token: impl TryInto<RefreshToken, Error: Into<InvalidInput>>,
        linked_sessions: bool,
    ) -> Call<TokenRevocationRequest, Done> {
        self.revoke_call(
            Operation::RevokeToken,
            refresh_token,
            move |inner, token| async move {
                let mut request = RevokeTokenRequest::new(token);
                request.linked_sessions = linked_sessions;
                inner.authentication.revoke_token(request).await
            },
        )
    }

    /// Creates a call that revokes a refresh token with `send`, and then adds the sign-in to the
    /// revocation list. The sign-in is added only if the request contains a token that identifies
    /// this sign-in. That token is checked before `send` is called.
    pub(crate) fn revoke_call<F>(
        &self,
        operation: Operation,
        refresh_token: impl TryInto<RefreshToken, Error: Into<InvalidInput>>,
        send: impl Fn(Arc<Inner>, RefreshToken) -> F + Send + Sync + 'static,
    ) -> Call<TokenRevocationRequest, Done>
    where
        F: Future<Output = Result<RepliedAt>> + Send + 'static,
    {
        let request = TokenRevocationRequest::new(refresh_token);
        self.call(operation, request, move |inner: Arc<Inner>, request| {
            let revoked = send(Arc::clone(&inner), request.refresh_token);
            async move {
                let session = inner.session_of(&request.session).await;
                inner.revoke_session(session, revoked.await).await
            }
        })
        .done("Token revoked successfully")
        .limited(Budget::Tokens)
    }
}

/// Options of [`Cognito::refresh`] and [`Cognito::refresh_session`].
impl<T> Call<RefreshRequest, T> {
    /// Refreshes with the older flow `REFRESH_TOKEN_AUTH`, for an app client without a secret. For
    /// an app client with a secret, use [`legacy_for`](Self::legacy_for). Default:
    /// `GetTokensFromRefreshToken`.
    ///
    /// # Errors
    ///
    /// - [`Misuse`](crate::ErrorKind::Misuse) if the app client has a secret. No request is sent.
    /// - [`FlowNotEnabled`](crate::ErrorKind::FlowNotEnabled) if the app client does not allow
    ///   `ALLOW_REFRESH_TOKEN_AUTH`.
    /// - [`NotEnabled`](crate::ErrorKind::NotEnabled) if the app client rotates refresh tokens.
    pub fn legacy(self) -> Self {
        self.set(|request| request.flow = RefreshFlow::legacy(None))
    }

    /// Refreshes with the older flow `REFRESH_TOKEN_AUTH`, for an app client with a secret.
    /// `username` must be the `username` claim of the access token. An alias, such as an e-mail
    /// address, is rejected, because the secret hash depends on the name.
    ///
    /// # Errors
    ///
    /// - [`Configuration`](crate::ErrorKind::Configuration) if the name or the client secret is
    ///   wrong. Cognito does not report which of the two is wrong.
    /// - [`FlowNotEnabled`](crate::ErrorKind::FlowNotEnabled) if the app client does not allow
    ///   `ALLOW_REFRESH_TOKEN_AUTH`.
    /// - [`NotEnabled`](crate::ErrorKind::NotEnabled) if the app client rotates refresh tokens.
    pub fn legacy_for(self, username: impl Into<String>) -> Self {
        self.try_set(Username::new(username), |request, username| {
            request.flow = RefreshFlow::legacy(Some(username));
        })
    }
}

/// Options of [`Cognito::refresh`].
impl Call<RefreshRequest, Tokens> {
    /// Sets the key of the device to which the refresh token belongs
    /// ([`Tokens::device_key`](crate::Tokens::device_key)). Default: no device. If the user pool
    /// remembers devices, Cognito rejects a refresh without this key.
    /// [`refresh_session`](Cognito::refresh_session) sets the key of the session.
    pub fn device_key(self, key: impl TryInto<DeviceKey, Error: Into<InvalidInput>>) -> Self {
        self.try_set(key.try_into(), |request, key| {
            request.device_key = Some(key);
        })
    }
}

/// The request of [`Cognito::revoke`] and
/// [`ManagedLogin::revoke`](crate::hosted_login::ManagedLogin::revoke).
#[derive(Clone, Debug)]
pub struct TokenRevocationRequest {
    pub(crate) refresh_token: RefreshToken,
    pub(crate) session: SessionTokens,
}

impl TokenRevocationRequest {
    pub(crate) fn new(
        refresh_token: impl TryInto<RefreshToken, Error: Into<InvalidInput>>,
    ) -> Result<Self, InvalidInput> {
        Ok(Self {
            refresh_token: valid(refresh_token)?,
            session: SessionTokens::default(),
        })
    }
}

impl Inner {
    /// Runs `refresh`. Concurrent callers with the same `name` share one run and its result.
    pub(crate) async fn refresh_once(
        self: Arc<Self>,
        name: CallName,
        operation: Operation,
        refresh: impl Future<Output = Result<Tokens>> + Send + 'static,
    ) -> Result<Tokens> {
        let inner = Arc::clone(&self);
        let call = async move {
            inner.turn(operation).await?;
            let tokens = refresh.await?;
            inner.note_issued(&tokens);
            Ok(tokens)
        };
        self.refreshes.join(name, call).await
    }

    /// Returns the name under which concurrent refreshes share one request. It is derived from
    /// everything that the request contains.
    fn name_of_refresh(&self, request: &RefreshRequest) -> CallName {
        let (flow, username) = match &request.flow {
            RefreshFlow::Legacy { username, .. } => ("legacy", username.as_ref()),
            _ => ("", None),
        };
        let parts = [
            request.refresh_token.expose(),
            flow,
            username.map_or("", Username::as_str),
            request.device_key.as_ref().map_or("", DeviceKey::as_str),
        ];
        let metadata = request.client_metadata.iter();
        let metadata = metadata.flat_map(|(key, value)| [key, value]);
        self.refreshes.name(parts.into_iter().chain(metadata))
    }
}
