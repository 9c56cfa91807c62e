//! The groups of routes that are mounted ([`Groups`]).

/// A group of routes that is mounted only on request.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Group {
    Devices,
    Health,
    HostedLogin,
    Metrics,
    Mfa,
    PasskeySignIn,
    Passkeys,
    Probes,
    Profile,
    RememberBrowsers,
    Sessions,
}

/// A set of [`Group`]s.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Groups(u16);

impl Groups {
    pub(crate) const fn contains(self, group: Group) -> bool {
        self.0 & bit(group) != 0
    }

    /// Adds the group to the set, or removes it from the set.
    pub(crate) const fn set(&mut self, group: Group, is_mounted: bool) {
        if is_mounted {
            self.0 |= bit(group);
        } else {
            self.0 &= !bit(group);
        }
    }
}

const fn bit(group: Group) -> u16 {
    1 << group as u16
}
