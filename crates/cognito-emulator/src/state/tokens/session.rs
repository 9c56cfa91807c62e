//! Recording of users' sessions when tokens are issued.

use crate::model::user_sessions::UserSession;
use crate::state::call::{Call, LOGIN};
use crate::state::pool::State;
use crate::state::pools::LOWER;
use crate::state::tokens::grant::Grant;

impl Call<'_> {
    /// Records the session of issued tokens. Does nothing if the pool does not track sessions.
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
        if grant.is_renewal {
            return user.sessions.touch(&grant.family, self.now, self.address());
        }
        let access = grant.expiry(grant.client.access_validity);
        let session = UserSession {
            id: format!("tkn{}", self.service.random.word(25, LOWER)),
            family: grant.family.clone(),
            client: grant.client.id.clone(),
            created: self.now,
            active: self.now,
            expires: grant
                .refresh
                .as_ref()
                .map_or(access, |refresh| refresh.expires),
            address: self.address().to_owned(),
        };
        for evicted in user.sessions.add(session, tracking.most) {
            families.revoke(&evicted.family, evicted.expires, self.now);
        }
    }
}
