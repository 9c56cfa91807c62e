//! Requests with which an operator lists and revokes the sessions of a user.

use crate::administration::page::PageToken;
use crate::id::{SessionId, Username};

record! {
    /// A request for a page of a user's sessions (`AdminListUserSessions`). Cognito determines the
    /// number of entries on the page: up to 125.
    #[derive(Clone, Debug)]
    pub struct ListUserSessionsRequest {
        /// The user: a user name, an alias or a `sub`.
        pub username: Username,
        ..
        /// The `next_token` of the previous page, or `None` for the first page.
        pub page_token: Option<PageToken>,
    }
}

record! {
    /// A request to revoke a session of a user (`AdminRevokeUserSession`).
    #[derive(Clone, Debug)]
    pub struct RevokeUserSessionRequest {
        /// The user: a user name, an alias or a `sub`.
        pub username: Username,
        /// The id of the session
        /// ([`SessionDescription::session_id`](crate::account::sessions::SessionDescription::session_id)).
        pub session_id: SessionId,
        ..
        /// `true` to also revoke the sessions that are linked to the session. Default: `false`.
        pub linked_sessions: bool,
    }
}
