//! A limiter for the rate of requests to Cognito.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use cognito_core::operations::QuotaCategory;
use cognito_core::{Clock, Error, ErrorKind, Result};
use parking_lot::Mutex;

/// The default maximum time that the limiter delays a request.
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// A limiter for the rate of requests to Cognito, with a separate limit for each quota category.
///
/// AWS limits the requests per second of the whole AWS account. For example, a job that reads every
/// user can use up the quota of `UserRead`, so AWS throttles other services of the account. If the
/// job uses a limiter with a share of the quota, only the job is slowed down. Clones of a limiter
/// share its state, so several `Cognito` clients of a process can use one limiter.
///
/// A request over the rate waits for its turn, in the order of arrival. If it would wait longer
/// than [`longest_wait`](Self::longest_wait), it fails immediately with
/// [`Throttled`](ErrorKind::Throttled). After a pause, as many requests as the rate allows in one
/// second may be sent at once. Further requests follow at the rate, so almost twice the rate can be
/// sent within one second.
///
/// The algorithm is the generic cell rate algorithm (ITU-T I.371). Its state is one time per
/// category.
#[derive(Clone)]
pub struct RateLimiter(Arc<Limits>);

struct Limits {
    clock: Arc<dyn Clock>,
    longest_wait: Duration,
    meters: Vec<Option<Meter>>,
}

/// The limit of one quota category. `rate` is the number of requests per second. `next` is the time
/// of the next request in a schedule that sends the requests at equal intervals.
struct Meter {
    rate: u32,
    next: Mutex<Duration>,
}

impl RateLimiter {
    /// Returns a builder for a limiter. Default: no category is limited.
    pub fn builder(clock: Arc<dyn Clock>) -> RateLimiterBuilder {
        RateLimiterBuilder {
            clock,
            longest_wait: LONGEST_WAIT,
            rates: BTreeMap::new(),
        }
    }

    /// Takes a turn for one request of the category, and returns how long to wait before sending
    /// it. Returns zero if the category is not limited. The turn is used up even if the caller
    /// sends no request.
    ///
    /// # Errors
    ///
    /// [`Throttled`](ErrorKind::Throttled) if the wait would be longer than
    /// [`longest_wait`](Self::longest_wait). No turn is then taken.
    pub fn turn(&self, category: QuotaCategory) -> Result<Duration> {
        let meter = self.0.meters.get(category.index());
        let Some(meter) = meter.and_then(Option::as_ref) else {
            return Ok(Duration::ZERO);
        };
        meter
            .turn(self.0.clock.monotonic(), self.0.longest_wait)
            .ok_or_else(|| {
                Error::new(ErrorKind::Throttled).with_detail(format!(
                    "this service limits {} to {} requests per second: retry later",
                    category.name(),
                    meter.rate
                ))
            })
    }

    /// Returns the maximum time that a request waits for its turn.
    pub fn longest_wait(&self) -> Duration {
        self.0.longest_wait
    }
}

impl Meter {
    fn turn(&self, now: Duration, longest: Duration) -> Option<Duration> {
        let apart = Duration::from_secs(1) / self.rate;
        // The number of requests that a second accumulates, minus the request itself.
        let burst = apart * (self.rate - 1);
        let mut next = self.next.lock();
        let due = (*next).max(now);
        let wait = due.saturating_sub(burst).saturating_sub(now);
        if wait > longest {
            return None;
        }
        *next = due + apart;
        Some(wait)
    }
}

impl fmt::Debug for RateLimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rates = QuotaCategory::ALL.iter().zip(&self.0.meters);
        let rates = rates.filter_map(|(category, meter)| Some((category, meter.as_ref()?.rate)));
        f.debug_map().entries(rates).finish()
    }
}

/// A builder for a [`RateLimiter`].
#[must_use = "a builder does nothing until it is built"]
pub struct RateLimiterBuilder {
    clock: Arc<dyn Clock>,
    longest_wait: Duration,
    rates: BTreeMap<QuotaCategory, u32>,
}

impl RateLimiterBuilder {
    /// Limits a category to this many requests per second. If `per_second` is zero or above
    /// 1,000,000, `build` fails.
    pub fn rate(mut self, category: QuotaCategory, per_second: u32) -> Self {
        self.rates.insert(category, per_second);
        self
    }

    /// Limits every category to a percentage of AWS's default quota, but to at least one request
    /// per second. For example, 20 leaves 80 % of the quota to other services on average.
    ///
    /// After a pause, almost twice the rate can be sent within one second (see [`RateLimiter`]). If
    /// `percent` is above 50, the requests of this second can therefore exceed the quota.
    pub fn share_of_defaults(mut self, percent: u32) -> Self {
        for category in QuotaCategory::ALL {
            let rate = category.default_rate().saturating_mul(percent) / 100;
            self.rates.insert(*category, rate.max(1));
        }
        self
    }

    /// Sets the maximum time that a request waits for its turn. Default: 2 seconds. Use a shorter
    /// time than the timeouts of your callers.
    pub const fn longest_wait(mut self, wait: Duration) -> Self {
        self.longest_wait = wait;
        self
    }

    /// Creates the limiter.
    ///
    /// # Errors
    ///
    /// [`Misuse`](ErrorKind::Misuse) if the rate of a category is zero or above 1,000,000.
    pub fn build(self) -> Result<RateLimiter> {
        if self
            .rates
            .values()
            .any(|rate| !(1..=1_000_000).contains(rate))
        {
            return Err(Error::new(ErrorKind::Misuse)
                .with_detail("a rate must be 1 to 1,000,000 requests per second"));
        }
        let meters = QuotaCategory::ALL.iter().map(|category| {
            let rate = *self.rates.get(category)?;
            let next = Mutex::new(Duration::ZERO);
            Some(Meter { rate, next })
        });
        Ok(RateLimiter(Arc::new(Limits {
            meters: meters.collect(),
            clock: self.clock,
            longest_wait: self.longest_wait,
        })))
    }
}

cognito_core::impl_debug!(RateLimiterBuilder {
    rates,
    longest_wait
});
