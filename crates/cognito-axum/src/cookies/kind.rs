//! The kinds of cookies of a session.

/// The content of a session cookie. It determines the name of the cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CookieKind {
    AccessToken,
    Challenge,
    DeviceKey,
    IdToken,
    /// The new device of a sign-in, which can be confirmed.
    NewDevice,
    /// A sign-in that is in progress at managed login.
    PendingLogin,
    RefreshToken,
    /// The remembered device of a user.
    RememberedDevice,
}

impl CookieKind {
    /// The cookies of a session.
    pub(super) const ALL: [Self; 5] = [
        Self::AccessToken,
        Self::IdToken,
        Self::RefreshToken,
        Self::DeviceKey,
        Self::Challenge,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::AccessToken => "access_token",
            Self::Challenge => "challenge",
            Self::DeviceKey => "device_key",
            Self::IdToken => "id_token",
            Self::NewDevice => "new_device",
            Self::PendingLogin => "login",
            Self::RefreshToken => "refresh_token",
            Self::RememberedDevice => "device",
        }
    }
}
