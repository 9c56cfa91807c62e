//! The cookies for the device of a user: the new device of a sign-in, and the remembered device.

use std::time::Duration;

use http::HeaderMap;

use crate::cookies::kind::CookieKind;
use crate::cookies::{CookieChanges, SessionCookies, parts};

impl SessionCookies {
    /// Sets the cookie for the new device of a sign-in. `state` is the encrypted device.
    pub(crate) fn new_device(&self, state: &str, request: &HeaderMap) -> CookieChanges {
        self.device(CookieKind::NewDevice, state, NEW_DEVICE_LIFETIME, request)
    }

    /// Returns the encrypted new device in the cookies of a request. Returns `None` if there is
    /// none, or if it cannot be read.
    pub(crate) fn new_device_state(&self, request: &HeaderMap) -> Option<String> {
        self.read(request, CookieKind::NewDevice, Ok).ok().flatten()
    }

    /// Deletes the cookie for the new device of a sign-in, if the request has this cookie.
    pub(crate) fn clear_new_device(&self, request: &HeaderMap) -> CookieChanges {
        self.clear_if_present(CookieKind::NewDevice, request)
    }

    /// Sets the cookie for the remembered device. `state` is the encrypted device.
    pub(crate) fn remembered_device(
        &self,
        state: &str,
        lifetime: Duration,
        request: &HeaderMap,
    ) -> CookieChanges {
        self.device(CookieKind::RememberedDevice, state, lifetime, request)
    }

    /// Returns the encrypted remembered device in the cookies of a request. Returns `None` if there
    /// is none, or if it cannot be read.
    pub(crate) fn remembered_device_state(&self, request: &HeaderMap) -> Option<String> {
        let kind = CookieKind::RememberedDevice;
        self.read(request, kind, Ok).ok().flatten()
    }

    /// Deletes the cookie for the remembered device, if the request has this cookie.
    pub(crate) fn clear_remembered_device(&self, request: &HeaderMap) -> CookieChanges {
        self.clear_if_present(CookieKind::RememberedDevice, request)
    }

    fn device(
        &self,
        kind: CookieKind,
        state: &str,
        lifetime: Duration,
        request: &HeaderMap,
    ) -> CookieChanges {
        let mut changes = CookieChanges::default();
        // An encrypted device always fits into cookies.
        self.keep(&mut changes, kind, state, lifetime, request);
        changes
    }

    fn clear_if_present(&self, kind: CookieKind, request: &HeaderMap) -> CookieChanges {
        let mut changes = CookieChanges::default();
        if !parts::present(request, &self.cookie_name(kind)).is_empty() {
            self.forget(&mut changes, kind, request);
        }
        changes
    }
}

/// The lifetime of an encrypted new device: one hour, like an access token by default.
pub(crate) const NEW_DEVICE_LIFETIME: Duration = Duration::from_secs(60 * 60);
