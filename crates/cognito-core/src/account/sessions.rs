//! The sessions of users, which a pool records if it tracks them (`UserSessionTracking`).
//!
//! Source: `SessionDescriptionType` of the API.

use std::time::SystemTime;

use serde::Serialize;

use crate::administration::page::{PageToken, list_page};
use crate::id::{ClientId, SessionId};
use crate::open_enum::open_enum;
use crate::secret::AccessToken;
use crate::user::moment;

open_enum! {
    /// The type of a session.
    SessionType {
        /// The session of a browser at managed login. While it lasts, the browser can sign in at
        /// app clients without a password (single sign-on).
        SingleSignOn = "SSO",
        /// A sign-in at an app client, with its refresh token and all tokens of its refreshes.
        Token = "TOKEN",
    }
}

record! {
    /// A session of a user.
    ///
    /// The IP address, the device and the city are personal data. `Debug` does not show them.
    ///
    /// Security: the client that used the session last determines the device, the IP address and the
    /// place. Do not decide by them, and escape them before you display them.
    #[derive(Clone, PartialEq, Eq, Serialize)]
    #[serde(rename_all = "camelCase")]
    pub struct SessionDescription {
        /// The id of the session. A request to revoke the session needs it.
        pub session_id: SessionId,
        ..
        /// The type of the session, if Cognito returned it.
        pub session_type: Option<SessionType>,
        /// The app client of the session, if Cognito returned it.
        pub client_id: Option<ClientId>,
        /// `true` if the access token of the request belongs to this session. Always `false` in a
        /// list that an operator requests.
        pub is_current: bool,
        /// The time of the sign-in, if Cognito returned it.
        #[serde(serialize_with = "moment")]
        pub created: Option<SystemTime>,
        /// The time of the last activity, such as a refresh, if Cognito returned it.
        #[serde(serialize_with = "moment")]
        pub last_active: Option<SystemTime>,
        /// The operating system and the browser or application of the last activity. `None` if
        /// Cognito did not return them.
        pub device: Option<String>,
        /// The IP address of the last activity, if Cognito returned it. If a service calls Cognito,
        /// it can be the address of the service.
        pub ip_address: Option<String>,
        /// The city of the last activity, derived from the IP address. `None` if it is unknown.
        pub city: Option<String>,
        /// The country of the last activity, derived from the IP address. `None` if it is unknown.
        pub country: Option<String>,
        /// The session at managed login from which this session was started. `None` if the user
        /// signed in with the API.
        pub origin_session_id: Option<SessionId>,
    }
}

// Security: address, device and city can identify a user.
impl_debug!(SessionDescription {
    session_id,
    session_type,
    client_id,
    is_current,
    created,
    last_active,
    country,
    origin_session_id
});

list_page! {
    /// One page of sessions.
    ///
    /// The list is eventually consistent: a session of the last few seconds may be missing.
    SessionPage {
        /// The sessions on this page.
        sessions: SessionDescription
    }
}

record! {
    /// A request for a page of the signed-in user's sessions (`ListUserSessions`). Cognito
    /// determines the number of entries on the page.
    #[derive(Clone, Debug)]
    pub struct ListSessionsRequest {
        /// The access token of the signed-in user.
        pub access_token: AccessToken,
        ..
        /// The `next_token` of the previous page, or `None` for the first page.
        pub page_token: Option<PageToken>,
    }
}

record! {
    /// A request to revoke a session of the signed-in user (`RevokeUserSession`).
    #[derive(Clone, Debug)]
    pub struct RevokeSessionRequest {
        /// The access token of the signed-in user. Its own session cannot be revoked.
        pub access_token: AccessToken,
        /// The id of the session ([`SessionDescription::session_id`]).
        pub session_id: SessionId,
        ..
        /// `true` to also revoke the sessions that are linked to the session. Default: `false`.
        pub linked_sessions: bool,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_hides_personal_data() {
        let id = SessionId::new("tkn0123456789abcdefghijklmno").unwrap();
        let mut session = SessionDescription::new(id);
        session.ip_address = Some("192.0.2.7".to_owned());
        session.device = Some("Firefox".to_owned());
        session.city = Some("Rome".to_owned());
        session.country = Some("Italy".to_owned());

        let shown = format!("{session:?}");

        for hidden in ["192.0.2.7", "Firefox", "Rome"] {
            assert!(!shown.contains(hidden), "{shown}");
        }
        assert!(shown.contains("Italy"), "{shown}");
    }

    #[test]
    fn session_serializes_in_camel_case() {
        let id = SessionId::new("sso0123456789abcdefghijklmno").unwrap();
        let mut session = SessionDescription::new(id);
        session.session_type = Some(SessionType::SingleSignOn);
        session.created = Some(SystemTime::UNIX_EPOCH);

        let json = serde_json::to_value(SessionPage::new(vec![session], None)).unwrap();

        let entry = &json["sessions"][0];
        assert_eq!(entry["sessionId"], "sso0123456789abcdefghijklmno");
        assert_eq!(entry["sessionType"], "SSO");
        assert_eq!(entry["isCurrent"], false);
        assert_eq!(entry["created"], "1970-01-01T00:00:00.000Z");
        assert!(entry["ipAddress"].is_null());
        assert!(json.get("nextToken").is_none());
    }
}
