//! The sessions of a signed-in user: the sign-ins that have not ended.

use cognito_core::account::sessions::{ListSessionsRequest, RevokeSessionRequest, SessionPage};
use cognito_core::id::SessionId;
use cognito_core::ports::Account;
use cognito_core::{Done, InvalidInput, Operation};

use crate::Call;
use crate::account::OwnAccount;
use crate::call::{port_call, valid};

impl OwnAccount {
    /// Lists the sessions of the user at all app clients of the user pool (`ListUserSessions`).
    /// `.await` returns one page, and [`stream`](crate::Call::stream) returns all sessions.
    /// [`is_current`](crate::account::SessionDescription::is_current) marks the session of the
    /// access token.
    ///
    /// The user pool must track sessions (`UserSessionTracking`), which needs the feature plan
    /// Essentials or Plus. Otherwise `cognito-emulator` returns an empty list. AWS does not document
    /// its response.
    ///
    /// The list contains personal data: IP addresses, devices and cities. `Debug` does not show
    /// them.
    ///
    /// ```no_run
    /// # async fn example(cognito: cognito::Cognito, access_token: &str) -> cognito::Result<()> {
    /// let account = cognito.account(access_token);
    /// let mut sessions = account.sessions().stream();
    /// while let Some(session) = sessions.next().await.transpose()? {
    ///     let here = if session.is_current { "this device" } else { "" };
    ///     println!("{:?} {:?} {here}", session.device, session.last_active);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`NotEnabled`](crate::ErrorKind::NotEnabled) if the user pool does not support the operation.
    pub fn sessions(&self) -> Call<ListSessionsRequest, SessionPage> {
        port_call!(self, ListUserSessions => account.list_sessions(_), new ListSessionsRequest)
            .reads()
    }

    /// Revokes one session of the user, for example of a lost phone (`RevokeUserSession`). Cognito
    /// then rejects the refresh tokens of the session, and Cognito's API rejects its access tokens.
    /// The session of the access token itself cannot be revoked: to sign out, use
    /// [`Cognito::revoke`](crate::Cognito::revoke).
    ///
    /// This service rejects all tokens that Cognito issued to the user before its response, not only
    /// those of the session, because no token contains the id of its session. The user's other
    /// sessions must therefore refresh their tokens once. Other services that verify tokens offline
    /// accept the tokens of the session until they expire.
    ///
    /// ```no_run
    /// # async fn example(cognito: cognito::Cognito, access_token: &str) -> cognito::Result<()> {
    /// let account = cognito.account(access_token);
    /// let page = account.sessions().await?;
    /// for session in page.sessions.iter().filter(|session| !session.is_current) {
    ///     account.revoke_session(&session.session_id).await?;
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// - [`NotFound`](crate::ErrorKind::NotFound) if the user has no such session. It may have ended
    ///   before. This service rejects the user's tokens anyway, because a previous call may have
    ///   revoked the session.
    /// - [`InvalidParameter`](crate::ErrorKind::InvalidParameter) if it is the session of the access
    ///   token.
    /// - [`ReplyLost`](crate::ErrorKind::ReplyLost) or [`Timeout`](crate::ErrorKind::Timeout):
    ///   Cognito may have revoked the session. This service rejects the user's tokens anyway. Because
    ///   Cognito's time is then unknown, tokens that are issued within 60 seconds are rejected too.
    /// - [`KeysUnavailable`](crate::ErrorKind::KeysUnavailable): the response of Cognito was lost,
    ///   and this service could not verify the access token. Cognito may have revoked the session,
    ///   but this service does not reject the user's tokens. Retry.
    /// - [`StoreUnavailable`](crate::ErrorKind::StoreUnavailable): the session is revoked, but this
    ///   service does not reject the user's tokens yet. Retry until the result is
    ///   [`NotFound`](crate::ErrorKind::NotFound).
    pub fn revoke_session(
        &self,
        session_id: impl TryInto<SessionId, Error: Into<InvalidInput>>,
    ) -> Call<RevokeSessionRequest, Done> {
        self.call(
            Operation::RevokeUserSession,
            |token| Ok(RevokeSessionRequest::new(token, valid(session_id)?)),
            async |inner, request| {
                let token = request.access_token.clone();
                let revoked = inner.account.revoke_session(request).await;
                inner.revoke_tokens_after_session(&token, revoked).await
            },
        )
        .done("Session revoked successfully")
    }
}

/// Options of [`OwnAccount::revoke_session`].
impl<T> Call<RevokeSessionRequest, T> {
    /// Also revokes the sessions that are linked to the session: for a sign-in with managed login,
    /// the session of the browser, and for the session of a browser, the sign-ins that came from it.
    /// Default: only the session itself is revoked.
    ///
    /// Cognito revokes the linked sessions within a few seconds. This service accepts a token that a
    /// linked session gets in these seconds, until the token expires. If this is not acceptable, use
    /// [`sign_out_everywhere`](OwnAccount::sign_out_everywhere).
    pub fn with_linked_sessions(self) -> Self {
        self.set(|request| request.linked_sessions = true)
    }
}
