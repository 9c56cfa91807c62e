//! What time it is for Cognito.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::BeforeDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::DateTime;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::date_time::Format;

/// How far apart the clocks may be before ours is held to be wrong. `Date` has whole seconds and is
/// as old as the answer's way here.
const TOLERATED: Duration = Duration::from_secs(60);

/// Reads the `Date` of the answer to one call.
///
/// The SDK puts its clock right by it for calls that are signed. The proof of a password carries a
/// time too, and its calls are not signed.
#[derive(Clone, Debug, Default)]
pub(crate) struct ServerDate(Arc<OnceLock<SystemTime>>);

impl ServerDate {
    /// The time of our clock, or Cognito's if ours is wrong.
    pub(crate) fn or_ours(&self, ours: SystemTime) -> SystemTime {
        match self.0.get() {
            Some(theirs) if apart(*theirs, ours) > TOLERATED => *theirs,
            _ => ours,
        }
    }
}

impl Intercept for ServerDate {
    fn name(&self) -> &'static str {
        "the Date of the answer"
    }

    fn read_after_transmit(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let date = context.response().headers().get("date");
        let date = date.and_then(|date| DateTime::from_str(date, Format::HttpDate).ok());
        if let Some(date) = date.and_then(|date| SystemTime::try_from(date).ok()) {
            // Set before only if the call was tried twice; the first will do.
            let _ = self.0.set(date);
        }
        Ok(())
    }
}

fn apart(one: SystemTime, other: SystemTime) -> Duration {
    one.duration_since(other)
        .unwrap_or_else(|earlier| earlier.duration())
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    #[test]
    fn ours_is_the_time_unless_it_is_a_minute_off() {
        let at = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
        let theirs = ServerDate::default();
        assert_eq!(theirs.or_ours(at(5)), at(5));
        theirs.0.set(at(1000)).expect("the first");
        for (ours, expected) in [(940, 940), (1060, 1060), (939, 1000), (1061, 1000)] {
            assert_eq!(theirs.or_ours(at(ours)), at(expected), "{ours}");
        }
    }
}
