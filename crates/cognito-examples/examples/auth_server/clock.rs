//! A clock that tests of the example web site can advance, so that they need not wait until tokens
//! and codes expire.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use axum::extract::State;
use axum::http::StatusCode;
use cognito::clock::{Clock, SystemClock};

use crate::site::App;
use crate::site::fields::Fields;

/// The maximum number of seconds by which one request can advance the clock: 31 days.
const FARTHEST: u64 = 31 * 24 * 3600;

/// A clock that is ahead of the operating system's clock by a number of seconds. Clones share this
/// number.
#[derive(Clone, Default)]
pub(crate) struct WalkClock(Arc<AtomicU64>);

impl WalkClock {
    fn ahead(&self) -> Duration {
        Duration::from_secs(self.0.load(Ordering::Relaxed))
    }
}

impl Clock for WalkClock {
    fn now(&self) -> SystemTime {
        SystemClock::new().now() + self.ahead()
    }

    fn monotonic(&self) -> Duration {
        SystemClock::new().monotonic() + self.ahead()
    }
}

impl fmt::Debug for WalkClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("WalkClock").field(&self.ahead()).finish()
    }
}

/// Handles `POST /walk/clock`, which exists only with `--test-clock`: advances the clock by the
/// number of seconds in the field `seconds`. Responds 400 if the number is invalid or above 31
/// days.
pub(super) async fn advance(State(app): State<App>, fields: Fields) -> StatusCode {
    let seconds = fields.text("seconds").parse().ok();
    match (
        app.walk_clock,
        seconds.filter(|seconds| *seconds <= FARTHEST),
    ) {
        (Some(clock), Some(seconds)) => {
            clock.0.fetch_add(seconds, Ordering::Relaxed);
            StatusCode::NO_CONTENT
        }
        _ => StatusCode::BAD_REQUEST,
    }
}
