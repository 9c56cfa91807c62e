//! Refreshing tokens, and revoking refresh tokens.

use std::sync::Arc;

use cognito_cache::{Budget, CallName};
use cognito_core::authentication::refresh::{RefreshFlow, RefreshRequest, RevokeTokenRequest};
use cognito_core::{
    AccessToken, Authentication, ClientMetadata, DeviceKey, Done, InvalidInput, Operation,
    RefreshToken, Result, UserSession, Username,
};

use crate::Cognito;
use crate::cognito::Inner;
use crate::operation::{Call, ClientAddress, awaitable, with_client_address, with_client_metadata};

impl Cognito {
    /// Refreshes tokens. Store all of them: if the app client rotates refresh tokens, the old one
    /// is invalid from now on; if not, the result contains the old one.
    ///
    /// Concurrent refreshes of one token (for example of several tabs of a browser) are one call to
    /// Cognito, and all callers get its result, tokens or an error. The call continues if a caller
    /// is dropped. Nothing is cached afterwards: a later refresh with a rotated token is rejected,
    /// unless the app client has a grace period.
    ///
    /// # Errors
    ///
    /// [`RefreshInvalid`](crate::ErrorKind::RefreshInvalid) (also if the token belongs to a device
    /// that was not [named](Refresh::device_key)),
    /// [`RefreshRevoked`](crate::ErrorKind::RefreshRevoked),
    /// [`RefreshReuse`](crate::ErrorKind::RefreshReuse): the user must sign in again.
    pub fn refresh(
        &self,
        refresh_token: impl TryInto<RefreshToken, Error: Into<InvalidInput>>,
    ) -> Refresh<'_> {
        Refresh {
            cognito: self,
            refresh_token: refresh_token.try_into().map_err(Into::into),
            flow: Ok(RefreshFlow::GetTokens),
            device_key: Ok(None),
            client_address: ClientAddress::UNKNOWN,
            client_metadata: ClientMetadata::new(),
        }
    }

    /// Refreshes a complete session, including its device. The returned session replaces the given
    /// one.
    ///
    /// ```no_run
    /// # async fn example(cognito: cognito::Cognito, kept: cognito::SessionText) -> cognito::Result<()> {
    /// use cognito::UserSession;
    ///
    /// let session = UserSession::read_back(&kept)?;
    /// let session = cognito.refresh_session(&session).await?;
    /// let kept = session.write_out()?;
    /// # drop(kept); Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// The same as [`refresh`](Self::refresh). The given session stays valid, unless Cognito
    /// rejected it.
    pub fn refresh_session<'a>(&'a self, session: &'a UserSession) -> RefreshSession<'a> {
        let mut refresh = self.refresh(&session.tokens.refresh_token);
        refresh.device_key = Ok(session.tokens.device_key.clone());
        RefreshSession { refresh, session }
    }

    /// Revokes a refresh token, and with it every token of the same sign-in.
    ///
    /// Cognito's own API then rejects the access tokens, but services that verify them offline do
    /// not. If you add [`Revoke::access_token`], this service rejects them as well.
    ///
    /// # Errors
    ///
    /// [`NotEnabled`](crate::ErrorKind::NotEnabled) if token revocation is turned off for the app
    /// client.
    pub fn revoke(
        &self,
        refresh_token: impl TryInto<RefreshToken, Error: Into<InvalidInput>>,
    ) -> Revoke<'_> {
        Revoke {
            cognito: self,
            refresh_token: refresh_token.try_into().map_err(Into::into),
            access_token: None,
            client_address: ClientAddress::UNKNOWN,
        }
    }
}

/// The builder of [`Cognito::refresh`].
#[derive(Debug)]
#[must_use = "an operation does nothing until it is awaited"]
pub struct Refresh<'a> {
    cognito: &'a Cognito,
    refresh_token: Result<RefreshToken, InvalidInput>,
    flow: Result<RefreshFlow, InvalidInput>,
    device_key: Result<Option<DeviceKey>, InvalidInput>,
    client_address: ClientAddress,
    client_metadata: ClientMetadata,
}

impl Refresh<'_> {
    /// Uses the older `REFRESH_TOKEN_AUTH`, for an app client without a secret. A client with a
    /// secret needs [`legacy_for`](Self::legacy_for). Neither works if refresh tokens rotate.
    ///
    /// # Errors
    ///
    /// [`Misuse`](crate::ErrorKind::Misuse) if the app client has a secret, before anything is
    /// sent; [`FlowNotEnabled`](crate::ErrorKind::FlowNotEnabled) if it does not allow the flow;
    /// [`NotEnabled`](crate::ErrorKind::NotEnabled) if it rotates refresh tokens.
    pub fn legacy(mut self) -> Self {
        self.flow = Ok(RefreshFlow::legacy(None));
        self
    }

    /// Uses the older `REFRESH_TOKEN_AUTH`, for an app client with a secret, whose secret hash
    /// needs the user's name. It must be the name in Cognito: the `username` claim of the access
    /// token, not the address that the user signed in with.
    ///
    /// # Errors
    ///
    /// The same as [`legacy`](Self::legacy), and [`Configuration`](crate::ErrorKind::Configuration)
    /// if the name or the client secret is wrong: Cognito does not return which.
    pub fn legacy_for(mut self, username: impl Into<String>) -> Self {
        let username = Username::new(username);
        self.flow = username.map(|username| RefreshFlow::legacy(Some(username)));
        self
    }

    /// Sets the device that the refresh token belongs to
    /// ([`Tokens::device_key`](crate::Tokens::device_key)). If the pool remembers devices, Cognito
    /// rejects a refresh without it. [`refresh_session`](Cognito::refresh_session) sets it
    /// automatically.
    pub fn device_key(mut self, key: impl TryInto<DeviceKey, Error: Into<InvalidInput>>) -> Self {
        self.device_key = key.try_into().map(Some).map_err(Into::into);
        self
    }

    async fn send(self) -> Result<crate::Tokens> {
        let cognito = self.cognito;
        let request = (|| {
            let mut request = RefreshRequest::new(self.refresh_token?);
            request.flow = self.flow?;
            request.device_key = self.device_key?;
            request.client_metadata = self.client_metadata;
            Ok(request)
        })();
        cognito
            .perform(
                Call::new(Operation::GetTokensFromRefreshToken)
                    .shared()
                    .limited(Budget::Tokens)
                    .from(self.client_address, None),
                request,
                async |inner, request| {
                    let name = inner.name_of(&request);
                    let ours = Arc::clone(&inner);
                    let call = async move {
                        ours.turn(Operation::GetTokensFromRefreshToken).await?;
                        let tokens = ours.authentication.refresh(request).await?;
                        ours.note_issued(&tokens);
                        Ok(tokens)
                    };
                    inner.refreshes.join(name, call).await
                },
            )
            .await
    }
}

/// The builder of [`Cognito::refresh_session`].
#[derive(Debug)]
#[must_use = "an operation does nothing until it is awaited"]
pub struct RefreshSession<'a> {
    refresh: Refresh<'a>,
    session: &'a UserSession,
}

impl RefreshSession<'_> {
    /// Uses the older flow; see [`Refresh::legacy`].
    pub fn legacy(mut self) -> Self {
        self.refresh = self.refresh.legacy();
        self
    }

    /// Uses the older flow with a user name; see [`Refresh::legacy_for`].
    pub fn legacy_for(mut self, username: impl Into<String>) -> Self {
        self.refresh = self.refresh.legacy_for(username);
        self
    }

    /// Adds a pair for the pool's Lambda triggers (`ClientMetadata`).
    pub fn client_metadata(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.refresh = self.refresh.client_metadata(key, value);
        self
    }

    /// Sets the client's address; see [`Refresh::client_address`].
    pub const fn client_address(mut self, address: std::net::IpAddr) -> Self {
        self.refresh.client_address = ClientAddress(Some(address));
        self
    }

    async fn send(self) -> Result<UserSession> {
        let tokens = self.refresh.send().await?;
        Ok(self.session.refreshed(tokens))
    }
}

impl Inner {
    /// Returns the name under which equal refreshes are combined: everything that is sent to
    /// Cognito.
    fn name_of(&self, request: &RefreshRequest) -> CallName {
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

/// The builder of [`Cognito::revoke`].
#[derive(Debug)]
#[must_use = "an operation does nothing until it is awaited"]
pub struct Revoke<'a> {
    cognito: &'a Cognito,
    refresh_token: Result<RefreshToken, InvalidInput>,
    access_token: Option<Result<AccessToken, InvalidInput>>,
    client_address: ClientAddress,
}

impl Revoke<'_> {
    /// Adds an access token of the same sign-in: this service then rejects all tokens of that sign-in
    /// from now on. It is verified first; an expired or invalid one is ignored.
    ///
    /// If the access token has expired, nothing is written to the revocation list, although an ID token of
    /// the same sign-in may be valid for longer. In an app client whose ID tokens live longer than its access
    /// tokens, call [`refresh`](Cognito::refresh) first, then revoke with both new tokens.
    ///
    /// The entry in the revocation list lives as long as tokens of the sign-in can: the validity of this
    /// access token, or of the longest-lived ID token that this process has seen, whichever is longer.
    /// Before the first ID token, that is a day, the longest validity that Cognito allows.
    pub fn access_token(
        mut self,
        access_token: impl TryInto<AccessToken, Error: Into<InvalidInput>>,
    ) -> Self {
        self.access_token = Some(access_token.try_into().map_err(Into::into));
        self
    }

    async fn send(self) -> Result<Done> {
        let cognito = self.cognito;
        let access_token = self.access_token.transpose();
        let request = (|| {
            let token = self.refresh_token?;
            Ok((RevokeTokenRequest::new(token), access_token?))
        })();
        cognito
            .perform(
                Call::new(Operation::RevokeToken)
                    .limited(Budget::Tokens)
                    .from(self.client_address, None),
                request,
                async |inner, (request, access_token)| {
                    let revoked = inner.authentication.revoke_token(request).await;
                    inner
                        .revoke_session_of(access_token.as_ref(), revoked)
                        .await
                },
            )
            .await?;
        Ok(Done::new("Token revoked successfully"))
    }
}

awaitable!(Refresh => crate::Tokens);
awaitable!(RefreshSession => UserSession);
awaitable!(Revoke => Done);
with_client_metadata!(Refresh);
with_client_address!(Refresh);
with_client_address!(Revoke);
