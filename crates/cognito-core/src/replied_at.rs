//! The time of a response, by Cognito's clock.

/// The time of a response of Cognito, by Cognito's clock: the HTTP header `Date`, in whole seconds.
///
/// Cognito sets the `iat` of tokens by the same clock. A revocation list compares the time of a
/// sign-out with the `iat` of tokens. The time of the sign-out must therefore be from Cognito's
/// clock, not from the clock of this process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RepliedAt(Option<u64>);

impl RepliedAt {
    /// Creates a known time from seconds since 1970-01-01T00:00:00Z.
    pub const fn at(unix_seconds: u64) -> Self {
        Self(Some(unix_seconds))
    }

    /// Creates an unknown time. Use it if the response has no valid `Date` header, or if a custom
    /// [port](crate::ports) does not provide the time.
    pub const fn unknown() -> Self {
        Self(None)
    }

    /// Returns the seconds since 1970-01-01T00:00:00Z, or `None` if the time is unknown.
    pub const fn unix_seconds(self) -> Option<u64> {
        self.0
    }
}
