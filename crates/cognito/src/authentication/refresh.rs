//! Refresh and revocation of tokens.

use std::sync::Arc;

use cognito_cache::{Budget, CallName};
use cognito_core::authentication::refresh::{RefreshFlow, RefreshRequest, RevokeTokenRequest};
use cognito_core::id::DeviceKey;
use cognito_core::ports::Authentication;
use cognito_core::{
    Done, InvalidInput, Operation, RefreshToken, Result, Tokens, UserSession, Username,
};

use crate::call::valid;
use crate::cognito::Inner;
use crate::revoking::SessionTokens;
use crate::{Call, Cognito};

impl Cognito {
    /// Gets new tokens for a refresh token. Store all of them: if the pool rotates refresh tokens,
    /// the old one becomes invalid; otherwise the response contains the old one.
    ///
    /// Concurrent refreshes of one token (for example from several browser tabs) are one call to
    /// Cognito. All callers receive its result, tokens or an error. The call continues if a caller
    /// disconnects. The result is not cached: a later refresh with a rotated token is rejected,
    /// unless the app client allows a grace period.
    ///
    /// # Errors
    ///
    /// [`RefreshInvalid`](crate::ErrorKind::RefreshInvalid),
    /// [`RefreshRevoked`](crate::ErrorKind::RefreshRevoked) or
    /// [`RefreshReuse`](crate::ErrorKind::RefreshReuse): the user must sign in again. The first one
    /// also occurs if the token belongs to a device that was not [set](Call::device_key).
    pub fn refresh(
        &self,
        refresh_token: impl TryInto<RefreshToken, Error: Into<InvalidInput>>,
    ) -> Call<RefreshRequest, Tokens> {
        self.refresh_with(valid(refresh_token).map(RefreshRequest::new))
    }

    /// Gets new tokens for a session, including its device. The result replaces the session.
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
    /// The errors of [`refresh`](Self::refresh). After an error the given session stays valid,
    /// except after an error that requires a new sign-in.
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
        Call::new(
            self,
            Operation::GetTokensFromRefreshToken,
            request,
            async |inner, request| {
                let name = inner.name_of_refresh(&request);
                let port = Arc::clone(&inner);
                let call = async move { port.authentication.refresh(request).await };
                inner
                    .refresh_once(name, Operation::GetTokensFromRefreshToken, call)
                    .await
            },
        )
        .shared()
        .limited(Budget::Tokens)
    }

    /// Revokes a refresh token and all tokens of the same sign-in.
    ///
    /// Cognito's own API then rejects the access tokens; services that verify them offline accept
    /// them until they expire. If the [access token](Call::access_token) or the
    /// [ID token](Call::id_token) is added, this service rejects them as well.
    ///
    /// # Errors
    ///
    /// [`NotEnabled`](crate::ErrorKind::NotEnabled) if token revocation is disabled for the app
    /// client.
    pub fn revoke(
        &self,
        refresh_token: impl TryInto<RefreshToken, Error: Into<InvalidInput>>,
    ) -> Call<TokenRevocationRequest, Done> {
        Call::new(
            self,
            Operation::RevokeToken,
            TokenRevocationRequest::new(refresh_token),
            async |inner, request| {
                let revoke = RevokeTokenRequest::new(request.refresh_token);
                let revoked = inner.authentication.revoke_token(revoke).await;
                inner.revoke_session_of(&request.session, revoked).await
            },
        )
        .done("Token revoked successfully")
        .limited(Budget::Tokens)
    }
}

/// Options for refreshes.
impl<T> Call<RefreshRequest, T> {
    /// Uses the older `REFRESH_TOKEN_AUTH`, for an app client without a secret. With a secret, use
    /// [`legacy_for`](Self::legacy_for). Both fail if refresh tokens rotate.
    ///
    /// # Errors
    ///
    /// [`Misuse`](crate::ErrorKind::Misuse) if the app client has a secret (no request is sent);
    /// [`FlowNotEnabled`](crate::ErrorKind::FlowNotEnabled) if it does not allow the flow;
    /// [`NotEnabled`](crate::ErrorKind::NotEnabled) if it rotates refresh tokens.
    pub fn legacy(self) -> Self {
        self.set(|request| request.flow = RefreshFlow::legacy(None))
    }

    /// Uses the older `REFRESH_TOKEN_AUTH`, for an app client with a secret. `username` is
    /// Cognito's name of the user, which is part of the secret hash: the `username` claim of the
    /// access token, not the address that the user signed in with.
    ///
    /// # Errors
    ///
    /// The errors of [`legacy`](Self::legacy); [`Configuration`](crate::ErrorKind::Configuration)
    /// if the name or the client secret is wrong (Cognito does not reveal which).
    pub fn legacy_for(self, username: impl Into<String>) -> Self {
        self.try_set(Username::new(username), |request, username| {
            request.flow = RefreshFlow::legacy(Some(username));
        })
    }
}

/// Options for refreshes of a token.
impl Call<RefreshRequest, Tokens> {
    /// Sets the device of the refresh token ([`Tokens::device_key`](crate::Tokens::device_key)). If
    /// the pool remembers devices, Cognito rejects a refresh without it.
    /// [`refresh_session`](Cognito::refresh_session) always sends it.
    pub fn device_key(self, key: impl TryInto<DeviceKey, Error: Into<InvalidInput>>) -> Self {
        self.try_set(key.try_into(), |request, key| {
            request.device_key = Some(key);
        })
    }
}

/// The request of [`Cognito::revoke`].
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
    /// Refreshes tokens. Concurrent callers with the same name share one call.
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

    /// Returns the name of a refresh. Concurrent refreshes with the same name share one call to
    /// Cognito, so the name depends on everything that is sent.
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
