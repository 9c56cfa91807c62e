//! Limits the rate of requests. The rate is halved if AWS throttles a request, and grows slowly
//! after successful requests.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use cognito::Operation;
use cognito::clock::Clock;
use parking_lot::Mutex;

/// The lowest rate, in requests per second.
const LOWEST: f64 = 0.5;

/// The divisor of the growth: each successful request raises a lowered rate by 1/50, which is 2 %.
const GROWTH: f64 = 50.0;

/// A limiter for the rate of requests. It adapts the rate to the throttling of AWS. Each quota
/// category of Cognito has its own rate. If `--rate` is set, all requests share one rate.
pub(crate) struct Pace {
    clock: Arc<dyn Clock>,
    asked: Option<u32>,
    started: Duration,
    meters: Mutex<BTreeMap<&'static str, Meter>>,
    requests: Mutex<Requests>,
}

/// The numbers of requests since the command started.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Requests {
    pub(crate) sent: u64,
    pub(crate) repeated: u64,
    pub(crate) throttled: u64,
    /// The time since the command started.
    elapsed: Duration,
}

impl Requests {
    /// Returns the average number of sent requests per second.
    pub(crate) fn rate(&self) -> f64 {
        let seconds = self.elapsed.as_secs_f64().max(0.001);
        #[allow(
            clippy::cast_precision_loss,
            reason = "the rate is shown with one digit"
        )]
        let sent = self.sent as f64;
        sent / seconds
    }
}

struct Meter {
    /// The highest rate, in requests per second.
    limit: f64,
    rate: f64,
    /// The earliest time of the next request.
    next: Duration,
    /// The time before which a throttled request does not lower the rate again. Such a request may
    /// have been sent at the earlier, higher rate.
    settled: Duration,
}

impl Pace {
    pub(crate) fn new(clock: Arc<dyn Clock>, asked: Option<u32>) -> Self {
        Self {
            started: clock.monotonic(),
            requests: Mutex::default(),
            clock,
            asked,
            meters: Mutex::new(BTreeMap::new()),
        }
    }

    /// Returns the numbers of requests so far.
    pub(crate) fn requests(&self) -> Requests {
        Requests {
            elapsed: self.clock.monotonic().saturating_sub(self.started),
            ..*self.requests.lock()
        }
    }

    /// Waits until a request of the operation may be sent.
    pub(crate) async fn turn(&self, operation: Operation) {
        self.requests.lock().sent += 1;
        let wait = self.with_meter(operation, |meter, now| {
            let at = meter.next.max(now);
            meter.next = at + Duration::from_secs_f64(1.0 / meter.rate);
            at.saturating_sub(now)
        });
        if !wait.is_zero() {
            self.clock.sleep(wait).await;
        }
    }

    /// Halves the rate after a throttled request, at most once per second.
    pub(crate) fn throttled(&self, operation: Operation) {
        self.requests.lock().throttled += 1;
        self.with_meter(operation, |meter, now| {
            if now >= meter.settled {
                meter.rate = (meter.rate / 2.0).max(LOWEST);
                meter.settled = now + Duration::from_secs(1);
            }
        });
    }

    /// Raises the rate a little after a successful request.
    pub(crate) fn succeeded(&self, operation: Operation) {
        self.with_meter(operation, |meter, _| {
            meter.rate = (meter.rate + meter.rate / GROWTH).min(meter.limit);
        });
    }

    /// Waits before a request is repeated: 250 ms after attempt 0, then twice as long after each
    /// attempt, up to 8 seconds.
    pub(crate) async fn back_off(&self, attempt: u32) {
        self.requests.lock().repeated += 1;
        let wait = Duration::from_millis(250) * 2_u32.pow(attempt.min(5));
        self.clock.sleep(wait).await;
    }

    /// Waits for this time.
    pub(crate) async fn pause(&self, time: Duration) {
        self.clock.sleep(time).await;
    }

    fn with_meter<T>(
        &self,
        operation: Operation,
        act: impl FnOnce(&mut Meter, Duration) -> T,
    ) -> T {
        let category = operation.category();
        let (name, limit) = match (self.asked, category) {
            (Some(asked), _) => ("all", f64::from(asked)),
            (None, Some(category)) => (category.name(), f64::from(category.default_rate()) / 2.0),
            (None, None) => ("other", 10.0),
        };
        let now = self.clock.monotonic();
        let mut meters = self.meters.lock();
        let meter = meters.entry(name).or_insert(Meter {
            limit,
            rate: limit,
            next: Duration::ZERO,
            settled: Duration::ZERO,
        });
        act(meter, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cognito_testkit::FixedClock;

    const LIST: Operation = Operation::ListUsers;

    fn rate(pace: &Pace) -> f64 {
        pace.with_meter(LIST, |meter, _| meter.rate)
    }

    #[test]
    fn throttling_halves_rate_once_per_second() {
        let clock = Arc::new(FixedClock::at_unix(1_700_000_000));
        let pace = Pace::new(Arc::<FixedClock>::clone(&clock), Some(16));
        pace.throttled(LIST);
        pace.throttled(LIST);
        assert!((rate(&pace) - 8.0).abs() < 1e-9);
        clock.advance(Duration::from_secs(1));
        pace.throttled(LIST);
        assert!((rate(&pace) - 4.0).abs() < 1e-9);
        for _ in 0..200 {
            pace.succeeded(LIST);
        }
        assert!((rate(&pace) - 16.0).abs() < 1e-9);
    }

    #[test]
    fn default_is_half_of_quota() {
        let pace = Pace::new(Arc::new(FixedClock::at_unix(1_700_000_000)), None);
        let quota = LIST
            .category()
            .map(cognito::attempt::QuotaCategory::default_rate);
        assert_eq!(quota.map(|quota| f64::from(quota) / 2.0), Some(rate(&pace)));
    }
}
