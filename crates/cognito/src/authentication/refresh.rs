//! New tokens for a refresh token, and the end of one.

use cognito_core::authentication::refresh::{RefreshRequest, RevokeTokenRequest};
use cognito_core::{
    AccessToken, Authentication, ClientMetadata, Done, Error, ErrorKind, InvalidInput, Operation,
    RefreshToken, Result, Revocation, RevocationList, TokenVerifier,
};

use crate::Cognito;
use crate::cognito::Inner;
use crate::operation::{Call, awaitable, with_client_metadata};

impl Cognito {
    /// Buys new tokens. Store all of them: where the pool rotates refresh tokens the old one is
    /// dead from now on, and where it does not the answer carries the old one.
    ///
    /// # Errors
    ///
    /// [`RefreshInvalid`](crate::ErrorKind::RefreshInvalid),
    /// [`RefreshRevoked`](crate::ErrorKind::RefreshRevoked),
    /// [`RefreshReuse`](crate::ErrorKind::RefreshReuse): the person must sign in again.
    pub fn refresh(
        &self,
        refresh_token: impl TryInto<RefreshToken, Error: Into<InvalidInput>>,
    ) -> Refresh<'_> {
        Refresh {
            cognito: self,
            refresh_token: refresh_token.try_into().map_err(Into::into),
            client_metadata: ClientMetadata::new(),
        }
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
        }
    }
}

/// [`Cognito::refresh`] with its options.
#[derive(Debug)]
#[must_use = "an operation does nothing until it is awaited"]
pub struct Refresh<'a> {
    cognito: &'a Cognito,
    refresh_token: Result<RefreshToken, InvalidInput>,
    client_metadata: ClientMetadata,
}

impl Refresh<'_> {
    async fn send(self) -> Result<crate::Tokens> {
        let request = self.refresh_token.map_err(Into::into).map(|token| {
            let mut request = RefreshRequest::new(token);
            request.client_metadata = self.client_metadata;
            request
        });
        let call = Call::new(Operation::Refresh);
        self.cognito
            .perform(call, request, async |inner, request| {
                inner.authentication.refresh(request).await
            })
            .await
    }
}

/// [`Cognito::revoke`] with its options.
#[derive(Debug)]
#[must_use = "an operation does nothing until it is awaited"]
pub struct Revoke<'a> {
    cognito: &'a Cognito,
    refresh_token: Result<RefreshToken, InvalidInput>,
    access_token: Option<Result<AccessToken, InvalidInput>>,
}

impl Revoke<'_> {
    /// An access token of the same sign-in: from now on this service refuses all tokens of that
    /// sign-in. It is verified first; one that is not valid any more needs no revoking.
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
                Call::new(Operation::RevokeToken),
                request,
                async |inner, (request, access_token)| {
                    inner.authentication.revoke_token(request).await?;
                    match &access_token {
                        Some(token) => inner.refuse_session_of(token).await,
                        None => Ok(()),
                    }
                },
            )
            .await?;
        Ok(Done::new("Token revoked successfully"))
    }
}

impl Inner {
    /// Enters the sign-in that an access token came from into the revocation list.
    async fn refuse_session_of(&self, token: &AccessToken) -> Result<()> {
        let claims = match self.verifier.verify_access(token.expose()).await {
            Ok(claims) => claims,
            Err(error) if is_no_good_anyway(&error) => return Ok(()),
            Err(error) => return Err(error),
        };
        // Any token of this sign-in was issued before now and lives a day at most.
        let expires_at = self.clock.unix_seconds() + 24 * 60 * 60;
        let revocation = match (&claims.origin_jti, &claims.jti) {
            (Some(origin_jti), _) => Revocation::session(origin_jti, expires_at),
            (None, Some(jti)) => Revocation::token(jti, claims.exp),
            (None, None) => Revocation::user(&claims.sub, claims.iat),
        };
        self.revocations.revoke(revocation).await
    }
}

fn is_no_good_anyway(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::TokenExpired | ErrorKind::TokenInvalid
    )
}

awaitable!(Refresh => crate::Tokens);
awaitable!(Revoke => Done);
with_client_metadata!(Refresh);
