//! The time of a response by Cognito's clock, with which tokens are dated.

/// The time of Cognito's response by Cognito's clock: its HTTP `Date`, in whole seconds.
///
/// Cognito dates tokens (`iat`) with that clock. A sign-out is compared with the `iat` of tokens,
/// so its time must be from the same clock, not from the clock of this process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RepliedAt(Option<u64>);

impl RepliedAt {
    /// Creates a known time from seconds since 1970-01-01T00:00:00Z.
    pub const fn at(unix_seconds: u64) -> Self {
        Self(Some(unix_seconds))
    }

    /// Creates an unknown time. Use it if the response has no readable `Date`, or if the port does
    /// not provide the time.
    pub const fn unknown() -> Self {
        Self(None)
    }

    /// Returns the seconds since 1970-01-01T00:00:00Z, if known.
    pub const fn unix_seconds(self) -> Option<u64> {
        self.0
    }
}
