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
    /// Security: the client that used a session last determines its device, IP address and place.
    /// Do not decide by them, and escape them before you display them.
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
    /// For a sign-in with managed login, the browser keeps its session there, and so can get new
    /// tokens without a password. To end that session too, use
    /// [`with_linked_sessions`](Call::with_linked_sessions).
    ///
    /// ```no_run
    /// # async fn example(cognito: cognito::Cognito, access_token: &str) -> cognito::Result<()> {
    /// use cognito::ErrorKind;
    ///
    /// let account = cognito.account(access_token);
    /// let mut sessions = account.sessions().stream();
    /// let mut others = Vec::new();
    /// while let Some(session) = sessions.next().await.transpose()? {
    ///     if !session.is_current {
    ///         others.push(session.session_id);
    ///     }
    /// }
    /// for session_id in &others {
    ///     match account.revoke_session(session_id).await {
    ///         // The session has ended before.
    ///         Err(error) if error.kind() == ErrorKind::NotFound => {}
    ///         outcome => drop(outcome?),
    ///     }
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// - [`NotFound`](crate::ErrorKind::NotFound) if the user has no such session. It may have ended
    ///   before. This service rejects the user's tokens anyway, because a previous call may have
    ///   revoked the session. Further calls with the same access token reject no newer tokens.
    /// - [`InvalidParameter`](crate::ErrorKind::InvalidParameter) if it is the session of the access
    ///   token.
    /// - [`ReplyLost`](crate::ErrorKind::ReplyLost) or [`Timeout`](crate::ErrorKind::Timeout):
    ///   Cognito may have revoked the session. This service rejects the user's tokens anyway. Because
    ///   Cognito's time is then unknown, tokens that are issued within 60 seconds are rejected too.
    /// - [`TokenInvalid`](crate::ErrorKind::TokenInvalid) also if the access token is of another
    ///   user pool. Cognito accepts it, but this service rejects no tokens.
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
                let (token, linked) = (request.access_token.clone(), request.linked_sessions);
                let revoked = inner.account.revoke_session(request).await;
                inner
                    .revoke_tokens_after_session(&token, linked, revoked)
                    .await
            },
        )
        .done("Session revoked successfully")
    }
}

/// Options of [`OwnAccount::revoke_session`].
impl<T> Call<RevokeSessionRequest, T> {
    /// Also revokes the sessions that are linked to the session. Default: only the session itself
    /// is revoked.
    ///
    /// - A sign-in with managed login is linked to the session of the browser.
    /// - The session of a browser is linked to the sign-ins that came from it.
    ///
    /// Cognito revokes the linked sessions within a few seconds, in which they can get new tokens.
    /// Therefore this service also rejects all tokens that Cognito issues to the user within 60
    /// seconds after its response. The user can use this service again after this time.
    ///
    /// In these seconds, the browser can also start a new session at an app client. To end it, call
    /// [`sign_out_everywhere`](OwnAccount::sign_out_everywhere) some seconds later. A sign-out everywhere
    /// alone is not enough: it does not end the session of the browser at managed login.
    pub fn with_linked_sessions(self) -> Self {
        self.set(|request| request.linked_sessions = true)
    }
}
