//! The recorded sessions of a user ([`UserSessions`]). If session tracking is enabled, the pool
//! records a session for each sign-in.

use std::net::IpAddr;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::model::thin::Empty;
use crate::model::time::timestamp;

/// The recorded sessions of a user, oldest first.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct UserSessions(Vec<UserSession>);

/// A session of a user: a sign-in and all refreshes of its tokens (`UserSessionType`).
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct UserSession {
    /// The id of the session (`SessionId`).
    pub(crate) id: String,
    /// The `origin_jti` of all tokens of the session.
    pub(crate) family: String,
    pub(crate) client: String,
    pub(crate) created: SystemTime,
    /// The time at which the tokens were last refreshed, or at which the user signed in if they
    /// were never refreshed.
    pub(crate) active: SystemTime,
    /// The time when all tokens of the session have expired, in seconds since 1970.
    pub(crate) expires: u64,
    /// The IP address from which tokens were last requested.
    pub(crate) address: IpAddr,
}

impl Empty for UserSessions {
    const EMPTY: &'static Self = &Self(Vec::new());
}

impl UserSessions {
    /// Adds a session of the user.
    ///
    /// If the user then has more than `most` sessions, removes the least recently used ones.
    /// Returns the removed sessions, so that the caller can revoke their tokens.
    pub(crate) fn add(&mut self, session: UserSession, most: usize) -> Vec<UserSession> {
        self.0.push(session);
        let mut evicted = Vec::new();
        while self.0.len() > most {
            let sessions = self.0.iter().enumerate();
            let Some((oldest, _)) = sessions.min_by_key(|(_, session)| session.active) else {
                break;
            };
            evicted.push(self.0.remove(oldest));
        }
        evicted
    }

    /// Returns the session whose tokens have this `origin_jti`. Returns `None` if there is none.
    pub(crate) fn find_mut(&mut self, family: &str) -> Option<&mut UserSession> {
        self.0.iter_mut().find(|session| session.family == family)
    }

    /// Removes the recorded sessions of the user for which `is_live` returns `false`.
    pub(crate) fn retain(&mut self, is_live: impl Fn(&UserSession) -> bool) {
        self.0.retain(is_live);
    }

    /// Returns the recorded sessions of the user, from the newest to the oldest.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &UserSession> {
        self.0.iter().rev()
    }
}

impl UserSession {
    /// Returns the session as AWS's `UserSessionType`. `current` is the `origin_jti` of the
    /// caller's access token.
    pub(crate) fn describe(&self, current: Option<&str>) -> Value {
        json!({
            "ClientId": self.client,
            "CreateDate": timestamp(self.created),
            "DeviceType": "unknown",
            "IsCurrentSession": current == Some(&self.family),
            "LastActiveDate": timestamp(self.active),
            "LastIPAddress": self.address,
            "LastLocation": { "Country": "unknown" },
            "SessionId": self.id,
            "SessionType": "TOKEN",
        })
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    fn session(id: &str, active: u64) -> UserSession {
        UserSession {
            id: id.to_owned(),
            family: format!("family of {id}"),
            client: "web".to_owned(),
            created: UNIX_EPOCH,
            active: UNIX_EPOCH + Duration::from_secs(active),
            expires: 100,
            address: IpAddr::V4(Ipv4Addr::LOCALHOST),
        }
    }

    #[test]
    fn least_recently_used_session_is_evicted() {
        let mut sessions = UserSessions::default();
        for (id, active) in [("a", 1), ("b", 2)] {
            assert!(sessions.add(session(id, active), 2).is_empty());
        }
        let refreshed = sessions.find_mut("family of a").expect("a session");
        refreshed.active = UNIX_EPOCH + Duration::from_secs(3);

        let evicted = sessions.add(session("c", 4), 2);

        let evicted: Vec<_> = evicted.iter().map(|session| session.id.as_str()).collect();
        assert_eq!(evicted, ["b"]);
        let left: Vec<_> = sessions.iter().map(|session| session.id.as_str()).collect();
        assert_eq!(left, ["c", "a"]);
    }
}
