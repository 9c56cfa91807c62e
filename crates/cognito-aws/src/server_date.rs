//! The time of Cognito's clock. It is in the header `Date` of Cognito's responses.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::BeforeDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::Headers;
use aws_smithy_types::DateTime;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::date_time::Format;
use cognito_core::ports::RepliedAt;

/// The tolerated difference between the clock of this process and Cognito's clock. If the
/// difference is larger, an SRP proof contains Cognito's time. Otherwise it contains the time of
/// this process. Small differences are ignored because `Date` has whole seconds, and the response
/// takes some time.
const TOLERATED: Duration = Duration::from_secs(60);

/// An interceptor that stores the `Date` of the response to a call. After retries, it is the `Date`
/// of the last response. Clones share the value.
///
/// The `Date` has two uses. An SRP proof contains it if the clock of this process is wrong. A
/// revocation, such as a sign-out, uses it as the time that is compared with the `iat` of tokens.
/// It is not used for the signatures of signed requests, because the SDK corrects the time in a
/// signature itself.
#[derive(Clone, Debug, Default)]
pub(crate) struct ServerDate(Arc<AtomicU64>);

impl ServerDate {
    /// Returns the time for an SRP proof. If the time of Cognito is known and differs from `ours`
    /// by more than a minute, this is the time of Cognito. Otherwise it is `ours`, the time of this
    /// process.
    pub(crate) fn or_ours(&self, ours: SystemTime) -> SystemTime {
        let theirs = self.replied_at().unix_seconds();
        let theirs = theirs.and_then(|theirs| UNIX_EPOCH.checked_add(Duration::from_secs(theirs)));
        match theirs {
            Some(theirs) if difference(theirs, ours) > TOLERATED => theirs,
            _ => ours,
        }
    }

    /// Returns the `Date` of Cognito's last response. It is unknown if there was no response, or if
    /// the response had no valid `Date`.
    pub(crate) fn replied_at(&self) -> RepliedAt {
        match self.0.load(Ordering::Relaxed) {
            0 => RepliedAt::unknown(),
            seconds => RepliedAt::at(seconds),
        }
    }

    /// Stores the `Date` of a response of Cognito. If it is unknown, removes the `Date` of an
    /// earlier attempt. If a sign-out used this earlier time as its revocation time, tokens that
    /// were issued between the two attempts would stay valid.
    fn set(&self, replied_at: RepliedAt) {
        let seconds = replied_at.unix_seconds().unwrap_or_default();
        self.0.store(seconds, Ordering::Relaxed);
    }
}

/// Returns the time in the `Date` header of a response. It is unknown if the header is missing or
/// invalid.
pub(crate) fn date_of(headers: &Headers) -> RepliedAt {
    let date = headers.get("date");
    let date = date.and_then(|date| DateTime::from_str(date, Format::HttpDate).ok());
    let seconds = date.and_then(|date| u64::try_from(date.secs()).ok());
    seconds.map_or(RepliedAt::unknown(), RepliedAt::at)
}

impl Intercept for ServerDate {
    fn name(&self) -> &'static str {
        "Date of the response"
    }

    fn read_after_transmit(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.set(date_of(context.response().headers()));
        Ok(())
    }
}

fn difference(one: SystemTime, other: SystemTime) -> Duration {
    one.duration_since(other)
        .unwrap_or_else(|earlier| earlier.duration())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_clock_is_used_within_a_minute() {
        let at = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
        let theirs = ServerDate::default();
        assert_eq!(theirs.or_ours(at(5)), at(5));
        theirs.set(RepliedAt::at(1000));
        for (ours, expected) in [(940, 940), (1060, 1060), (939, 1000), (1061, 1000)] {
            assert_eq!(theirs.or_ours(at(ours)), at(expected), "{ours}");
        }
    }

    #[test]
    fn last_response_counts() {
        let date = ServerDate::default();
        assert_eq!(date.replied_at(), RepliedAt::unknown());
        for (header, expected) in [
            ("Sun, 06 Nov 1994 08:49:37 GMT", RepliedAt::at(784_111_777)),
            ("Sun, 06 Nov 1994 08:49:38 GMT", RepliedAt::at(784_111_778)),
            ("yesterday", RepliedAt::unknown()),
        ] {
            let mut headers = Headers::new();
            headers.insert("date", header);
            date.set(date_of(&headers));
            assert_eq!(date.replied_at(), expected, "{header}");
        }
        assert_eq!(date_of(&Headers::new()), RepliedAt::unknown());
    }
}
