//! Operations of an operator on the sessions of a user.

use cognito_core::account::sessions::SessionPage;
use cognito_core::administration::sessions::{ListUserSessionsRequest, RevokeUserSessionRequest};
use cognito_core::id::SessionId;
use cognito_core::ports::Administration;
use cognito_core::{Done, InvalidInput, Operation};

use crate::Call;
use crate::administration::users::AdminUser;
use crate::call::{port_call, valid};

impl AdminUser {
    /// Lists the sessions of the user at all app clients of the user pool
    /// (`cognito-idp:AdminListUserSessions`). `.await` returns one page, and
    /// [`stream`](crate::Call::stream) returns all sessions.
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
    /// # Errors
    ///
    /// [`NotEnabled`](crate::ErrorKind::NotEnabled) if the user pool does not support the operation.
    pub fn sessions(&self) -> Call<ListUserSessionsRequest, SessionPage> {
        port_call!(
            self, AdminListUserSessions => administration.list_user_sessions(_),
            new ListUserSessionsRequest
        )
        .reads()
    }

    /// Revokes one session of the user (`cognito-idp:AdminRevokeUserSession`). Cognito then rejects
    /// the refresh tokens of the session, and Cognito's API rejects its access tokens. The operation
    /// also needs `cognito-idp:AdminGetUser`, which returns the user's `sub`.
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
    /// # async fn example(cognito: cognito::Cognito) -> cognito::Result<()> {
    /// let user = cognito.admin().user("ann@example.com");
    /// let mut sessions = user.sessions().stream();
    /// let mut newest = None;
    /// while let Some(session) = sessions.next().await.transpose()? {
    ///     // AWS does not document the order.
    ///     if newest.as_ref().is_none_or(|(created, _)| session.created > *created) {
    ///         newest = Some((session.created, session.session_id));
    ///     }
    /// }
    /// if let Some((_, session_id)) = newest {
    ///     user.revoke_session(&session_id).with_linked_sessions().await?;
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// - [`NotFound`](crate::ErrorKind::NotFound) if the user has no such session. It may have ended
    ///   before. This service rejects the user's tokens anyway, because a previous call may have
    ///   revoked the session.
    /// - [`ReplyLost`](crate::ErrorKind::ReplyLost) or [`Timeout`](crate::ErrorKind::Timeout):
    ///   Cognito may have revoked the session. This service rejects the user's tokens anyway. Because
    ///   Cognito's time is then unknown, tokens that are issued within 60 seconds are rejected too.
    /// - [`StoreUnavailable`](crate::ErrorKind::StoreUnavailable): the session is revoked, but this
    ///   service does not reject the user's tokens yet. Retry until the result is
    ///   [`NotFound`](crate::ErrorKind::NotFound).
    pub fn revoke_session(
        &self,
        session_id: impl TryInto<SessionId, Error: Into<InvalidInput>>,
    ) -> Call<RevokeUserSessionRequest, Done> {
        self.call(
            Operation::AdminRevokeUserSession,
            |username| Ok(RevokeUserSessionRequest::new(username, valid(session_id)?)),
            async |inner, request| {
                let user = inner.user_of(&request.username).await?;
                let linked = request.linked_sessions;
                let revoked = inner.administration.revoke_user_session(request).await;
                inner
                    .revoke_tokens_of_user_after_session(&user, linked, revoked)
                    .await
            },
        )
        .done("Session revoked successfully")
    }
}

/// Options of [`AdminUser::revoke_session`].
impl<T> Call<RevokeUserSessionRequest, T> {
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
    /// [`sign_out_everywhere`](AdminUser::sign_out_everywhere) some seconds later. A sign-out everywhere
    /// alone is not enough: it does not end the session of the browser at managed login.
    pub fn with_linked_sessions(self) -> Self {
        self.set(|request| request.linked_sessions = true)
    }
}
