//! The record of a user's sessions.

use crate::model::user_sessions::UserSession;
use crate::state::call::{Call, LOGIN};
use crate::state::pool::State;
use crate::state::pools::LOWER;
use crate::state::tokens::grant::Grant;

impl Call<'_> {
    /// Records the session of issued tokens, if the pool tracks sessions. If the user has too many
    /// sessions then, the least recently used ones are revoked.
    pub(crate) fn record_session(&self, grant: &Grant) {
        let tracking = self.service.settings.session_tracking;
        if !tracking.is_enabled || self.operation == LOGIN {
            return;
        }
        let mut state = self.state();
        let State {
            users, families, ..
        } = &mut *state;
        let user = users.find_mut(&grant.username);
        let Some(user) = user.filter(|user| user.sub == grant.sub) else {
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
