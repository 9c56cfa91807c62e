//! The groups of routes that are mounted ([`Groups`]).

/// The groups of routes that are mounted only on request.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Groups {
    pub(crate) devices: bool,
    pub(crate) hosted_login: bool,
    pub(crate) mfa: bool,
    pub(crate) passkeys: bool,
    pub(crate) passkey_sign_in: bool,
    pub(crate) profile: bool,
    pub(crate) sessions: bool,
    pub(crate) metrics: bool,
    pub(crate) health: bool,
    pub(crate) probes: bool,
}
