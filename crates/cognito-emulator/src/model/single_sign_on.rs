//! The time for which app clients reuse the sign-in of a browser at the hosted pages
//! (`SetUserPoolClientSessionConfiguration`).

use std::time::Duration;

use crate::model::settings::Settings;

/// The default time for which an app client reuses the sign-in of a browser (`MaxValidityMinutes`),
/// in minutes.
pub(crate) const DEFAULT_MINUTES: u64 = 60;

impl Settings {
    /// Returns the time for which an app client reuses the sign-in of a browser. If the app client
    /// has no setting for this time, returns one hour. If the time is zero, the app client never
    /// reuses a sign-in.
    ///
    /// If session tracking is disabled, the time is one hour for all app clients. The settings of
    /// the app clients are kept, and apply again if session tracking is enabled (API reference of
    /// `SetUserPoolSessionConfiguration`).
    pub(crate) fn reuse_of_sign_in(&self, client: &str) -> Duration {
        let minutes = self.stored.sso_minutes.get(client);
        let minutes = minutes.filter(|_| self.session_tracking.is_enabled);
        of_minutes(minutes.copied().unwrap_or(DEFAULT_MINUTES))
    }

    /// Returns the longest time for which an app client of the pool reuses the sign-in of a browser.
    /// It is at least one hour.
    pub(crate) fn longest_reuse_of_sign_in(&self) -> Duration {
        let clients = self.stored.sso_minutes.keys();
        let longest = clients.map(|client| self.reuse_of_sign_in(client)).max();
        longest.unwrap_or_default().max(of_minutes(DEFAULT_MINUTES))
    }
}

const fn of_minutes(minutes: u64) -> Duration {
    Duration::from_secs(minutes.saturating_mul(60))
}
