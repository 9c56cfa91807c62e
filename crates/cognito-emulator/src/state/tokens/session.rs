//! Records the sessions of users when tokens are issued. A session is a sign-in and all refreshes
//! of its tokens ([`UserSession`]).

use crate::model::time::seconds;
use crate::model::user::User;
use crate::model::user_sessions::UserSession;
use crate::state::call::{Call, LOGIN};
use crate::state::families::Families;
use crate::state::pool::State;
use crate::state::pools::LOWER;
use crate::state::tokens::grant::Grant;

impl Call<'_> {
    /// Records the session of issued tokens: a sign-in and all refreshes of its tokens. If the
    /// tokens were issued in exchange for a refresh token, updates the recorded session. Does
    /// nothing if the pool does not track sessions, or if the call is from the sign-in page of the
    /// hosted pages: this page discards the tokens.
    ///
    /// If the user then has too many sessions, the tokens of the least recently used sessions are
    /// revoked.
    pub(crate) fn record_session(&self, grant: &Grant) {
        let tracking = self.service.settings.session_tracking;
        if !tracking.is_enabled || self.operation == LOGIN {
            return;
        }
        let mut state = self.state();
        let State {
            users, families, ..
        } = &mut *state;
        let Some(user) = users.find_same(&grant.username, &grant.sub) else {
            return;
        };
        let access = grant.expiry(grant.client.validity.access);
        if grant.is_renewal {
            if let Some(session) = user.sessions.find_mut(&grant.family) {
                session.active = self.now;
                session.expires = session.expires.max(access);
                session.address = self.address();
            }
            return;
        }
        let refresh = grant.refresh.as_ref();
        let session = UserSession {
            id: format!("tkn{}", self.service.random.word(25, LOWER)),
            family: grant.family.clone(),
            client: grant.client.id.clone(),
            created: self.now,
            active: self.now,
            expires: refresh.map_or(access, |refresh| access.max(refresh.expires)),
            address: self.address(),
        };
        // A session that has ended must not count towards the maximum.
        self.remove_ended_sessions(user, families);
        for evicted in user.sessions.add(session, tracking.most) {
            families.revoke(&evicted.family, evicted.expires, self.now);
        }
    }

    /// Removes a user's sessions whose tokens are revoked or expired.
    pub(crate) fn remove_ended_sessions(&self, user: &mut User, families: &Families) {
        let mut sessions = user.sessions.take();
        sessions.retain(|session| {
            let is_expired = session.expires <= seconds(self.now);
            let is_revoked = families.is_revoked(&session.family);
            !is_expired && !is_revoked && self.service.tokens.is_current(&session.family, user)
        });
        user.sessions = sessions.into();
    }
}
