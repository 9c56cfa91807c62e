//! One attempt to send a request ([`Attempt`]).

use std::fmt;
use std::time::Duration;

use super::Error;

/// One attempt to send a request to AWS. After a temporary failure, the request is sent again, so a
/// request can have several attempts.
///
/// `Display` shows the attempt for a log, such as `503 after 12.5 ms`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attempt {
    /// The wait between the end of the previous attempt and the start of this attempt. Zero for the
    /// first attempt.
    pub delay: Duration,
    /// The time from the start of the attempt to the response or the failure.
    pub duration: Duration,
    /// The HTTP status of the response, or `None` if there was no response.
    pub status: Option<u16>,
    /// `true` if AWS rejected this attempt because a quota of requests per second was exceeded.
    pub is_throttled: bool,
}

impl Attempt {
    /// Creates an attempt that was not throttled.
    pub const fn new(delay: Duration, duration: Duration, status: Option<u16>) -> Self {
        Self {
            delay,
            duration,
            status,
            is_throttled: false,
        }
    }

    /// Sets [`is_throttled`](Self::is_throttled).
    #[must_use]
    pub const fn throttled(mut self, is_throttled: bool) -> Self {
        self.is_throttled = is_throttled;
        self
    }
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.status {
            Some(status) => write!(f, "{status}")?,
            None => f.write_str("no response")?,
        }
        if self.is_throttled {
            f.write_str(" (throttled)")?;
        }
        write!(f, " after {:.1} ms", milliseconds(self.duration))
    }
}

/// The attempts of one request, for a log.
///
/// `Display` shows the attempts in order, such as
/// `503 after 12.5 ms, waited 104.0 ms, 200 after 10.1 ms`.
#[derive(Clone, Copy, Debug)]
pub struct Attempts<'a>(&'a [Attempt]);

impl<'a> Attempts<'a> {
    /// Creates a value that displays these attempts.
    pub const fn new(attempts: &'a [Attempt]) -> Self {
        Self(attempts)
    }
}

impl fmt::Display for Attempts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, attempt) in self.0.iter().enumerate() {
            if index > 0 {
                write!(f, ", waited {:.1} ms, ", milliseconds(attempt.delay))?;
            }
            write!(f, "{attempt}")?;
        }
        Ok(())
    }
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

impl Error {
    /// Sets the attempts of the failed request. Default: none.
    pub fn with_attempts(mut self, attempts: impl Into<Box<[Attempt]>>) -> Self {
        self.0.attempts = attempts.into();
        self
    }

    /// Returns the attempts of the failed request, in order. Returns an empty slice if no request
    /// was sent, or if the attempts are unknown.
    pub fn attempts(&self) -> &[Attempt] {
        &self.0.attempts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    #[test]
    fn attempts_are_shown_in_order() {
        let at = |delay, duration, status| {
            let (delay, duration) = (
                Duration::from_micros(delay),
                Duration::from_micros(duration),
            );
            Attempt::new(delay, duration, status)
        };
        let attempts = [
            at(0, 12_500, Some(503)),
            at(50_000, 5_000, Some(400)).throttled(true),
            at(104_000, 3_000_000, None),
            at(210_040, 10_100, Some(200)),
        ];
        let error = Error::new(ErrorKind::Upstream).with_attempts(attempts);
        assert_eq!(
            Attempts::new(error.attempts()).to_string(),
            "503 after 12.5 ms, waited 50.0 ms, 400 (throttled) after 5.0 ms, waited 104.0 ms, no \
             response after 3000.0 ms, waited 210.0 ms, 200 after 10.1 ms"
        );
        assert_eq!(Attempts::new(&[]).to_string(), "");
    }
}
