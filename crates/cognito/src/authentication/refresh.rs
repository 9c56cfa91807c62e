//! New tokens for a refresh token, and the end of one.

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
    /// Buys new tokens. Store all of them: where the pool rotates refresh tokens the old one is
    /// dead from now on, and where it does not the answer carries the old one.
    ///
    /// Several refreshes of one token at the same time (of the tabs of a browser, say) are one call
    /// to Cognito, and all of them get its result, be it tokens or an error. The call goes on if a
    /// caller hangs up. Once it has ended nothing is kept: who comes later with a token that was
    /// rotated away is refused, unless the app client grants a grace period.
    ///
    /// # Errors
    ///
    /// [`RefreshInvalid`](crate::ErrorKind::RefreshInvalid) (also where the token belongs to a device
    /// that was not [named](Refresh::device_key)),
    /// [`RefreshRevoked`](crate::ErrorKind::RefreshRevoked),
    /// [`RefreshReuse`](crate::ErrorKind::RefreshReuse): the person must sign in again.
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

    /// Buys new tokens for a whole session, device and all: the session that it gives takes the place
    /// of the one that was shown.
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
    /// As [`refresh`](Self::refresh). The session that was shown is as good as it was, unless
    /// Cognito said that it is not.
    pub fn refresh_session<'a>(&'a self, session: &'a UserSession) -> RefreshSession<'a> {
        let mut refresh = self.refresh(&session.tokens.refresh_token);
        refresh.device_key = Ok(session.tokens.device_key.clone());
        RefreshSession { refresh, session }
    }

    /// Revokes a refresh token and with it every token of the same sign-in.
    ///
    /// Cognito's own interface then refuses the access tokens; whoever verifies them offline does
    /// not know. Add [`Revoke::access_token`], and this service refuses them as well.
    ///
    /// # Errors
    ///
    /// [`NotEnabled`](crate::ErrorKind::NotEnabled) if the app client has token revocation off.
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

/// [`Cognito::refresh`] with its options.
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
    /// By the older `REFRESH_TOKEN_AUTH`, for an app client without a secret; one that has a
    /// secret needs [`legacy_for`](Self::legacy_for). Where refresh tokens rotate neither works.
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

    /// By the older `REFRESH_TOKEN_AUTH`, for an app client with a secret, which Cognito wants
    /// proven with the user's name. It must be the name that Cognito knows: the `username` claim
    /// of the access token, not the address that the person signed in with.
    ///
    /// # Errors
    ///
    /// As [`legacy`](Self::legacy); [`Configuration`](crate::ErrorKind::Configuration) if the name
    /// is another, or the client secret is wrong: Cognito does not tell which.
    pub fn legacy_for(mut self, username: impl Into<String>) -> Self {
        let username = Username::new(username);
        self.flow = username.map(|username| RefreshFlow::legacy(Some(username)));
        self
    }

    /// The device that the refresh token belongs to
    /// ([`Tokens::device_key`](crate::Tokens::device_key)). Where the pool remembers devices, Cognito
    /// refuses a refresh without it; [`refresh_session`](Cognito::refresh_session) cannot forget it.
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

/// [`Cognito::refresh_session`] with its options.
#[derive(Debug)]
#[must_use = "an operation does nothing until it is awaited"]
pub struct RefreshSession<'a> {
    refresh: Refresh<'a>,
    session: &'a UserSession,
}

impl RefreshSession<'_> {
    /// As [`Refresh::legacy`].
    pub fn legacy(mut self) -> Self {
        self.refresh = self.refresh.legacy();
        self
    }

    /// As [`Refresh::legacy_for`].
    pub fn legacy_for(mut self, username: impl Into<String>) -> Self {
        self.refresh = self.refresh.legacy_for(username);
        self
    }

    /// Adds a pair for the pool's Lambda triggers (`ClientMetadata`).
    pub fn client_metadata(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.refresh = self.refresh.client_metadata(key, value);
        self
    }

    /// As [`Refresh::client_address`].
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
    /// What makes two refreshes one: everything that Cognito would be told.
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

/// [`Cognito::revoke`] with its options.
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
