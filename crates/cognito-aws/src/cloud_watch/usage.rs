//! Reads the results of `GetMetricData`.

use std::collections::BTreeMap;

use cognito_core::operations::QuotaCategory;
use cognito_core::{Error, ErrorKind, Result};
use serde_json::Value;

use crate::error::{missing, not_valid};

/// The interval for which Cognito publishes one value, in seconds.
pub(super) const PERIOD: u64 = 5 * 60;

/// The age from which a value is no longer recent, in seconds. CloudWatch can have a value some
/// minutes after the end of its interval.
const RECENT: u64 = 3 * PERIOD;

/// The id of the query for the numbers of calls.
pub(super) const CALLS: &str = "calls";

/// The id of the query for the numbers of throttled calls.
pub(super) const THROTTLES: &str = "throttles";

/// How much of the quota of one category was used in the last hour. The result of
/// [`CloudWatch::quota_use`](crate::CloudWatch::quota_use).
///
/// Cognito publishes one number of requests for five minutes. A rate is the average of five minutes,
/// so a short burst can exceed the quota although the rate is lower. Such a burst shows in
/// [`throttled`](Self::throttled).
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct QuotaUse {
    /// The category of operations.
    pub category: QuotaCategory,
    /// The requests per second in the last five minutes for which CloudWatch has a value. `None` if
    /// this value is older than 15 minutes. Throttled requests and requests that failed count, too.
    pub recent: Option<f64>,
    /// The highest rate of requests per second in five minutes of the last hour.
    pub peak: f64,
    /// The number of throttled requests in the last hour.
    pub throttled: u64,
}

/// The values of one metric, by the start of their interval (in seconds since 1970).
type Series = BTreeMap<u64, f64>;

/// The values of both metrics.
#[derive(Default)]
pub(super) struct Usage {
    calls: BTreeMap<QuotaCategory, Series>,
    throttles: BTreeMap<QuotaCategory, Series>,
}

impl Usage {
    /// Adds the results on one page. Results of categories that this crate does not have are
    /// ignored.
    pub(super) fn add(&mut self, page: &Value) -> Result<()> {
        let results = page["MetricDataResults"].as_array();
        for result in results.ok_or_else(|| missing("MetricDataResults"))? {
            check_status(result)?;
            let metric = match result["Id"].as_str() {
                Some(CALLS) => &mut self.calls,
                Some(THROTTLES) => &mut self.throttles,
                _ => return Err(not_valid("id of a metric")),
            };
            let label = result["Label"].as_str().ok_or_else(|| missing("Label"))?;
            let values = values(result)?;
            let Some(category) = category(label) else {
                continue;
            };
            let series: &mut Series = metric.entry(category).or_default();
            for (start, value) in values {
                let known = series.entry(start).or_default();
                // The same metric can be published with and without the dimension `Class`.
                *known = known.max(value);
            }
        }
        Ok(())
    }

    /// Returns the use of each category. `end` is the end of the hour.
    pub(super) fn finish(self, end: u64) -> Vec<QuotaUse> {
        let oldest = end.saturating_sub(RECENT);
        let uses = self.calls.iter().filter(|(_, series)| !series.is_empty());
        let uses = uses.map(|(category, series)| {
            let rates = series.values().map(|calls| rate(*calls));
            let newest = series.last_key_value();
            let recent = newest.filter(|(start, _)| **start >= oldest);
            let throttles = self.throttles.get(category).into_iter();
            QuotaUse {
                category: *category,
                recent: recent.map(|(_, calls)| rate(*calls)),
                peak: rates.fold(0.0, f64::max),
                throttled: count(throttles.flat_map(BTreeMap::values).sum()),
            }
        });
        uses.collect()
    }
}

/// Returns an error if the result has not all values.
fn check_status(result: &Value) -> Result<()> {
    match result["StatusCode"].as_str() {
        // A result without a status is complete. The rest of partial data is on the next page.
        None | Some("Complete" | "PartialData") => Ok(()),
        Some(_) => Err(Error::new(ErrorKind::Upstream)
            .with_detail("CloudWatch returned a result without all values: try again later")),
    }
}

/// Returns the values of a result, with the start of their interval.
fn values(result: &Value) -> Result<Vec<(u64, f64)>> {
    let list = |name: &'static str| result[name].as_array().ok_or_else(|| missing(name));
    let (starts, values) = (list("Timestamps")?, list("Values")?);
    if starts.len() != values.len() {
        return Err(not_valid("number of the values of a metric"));
    }
    let pairs = starts.iter().zip(values);
    let pairs = pairs.map(|(start, value)| {
        let start = start.as_f64().filter(|start| *start >= 0.0);
        let value = value.as_f64().filter(|value| *value >= 0.0);
        Some((count(start?), value?))
    });
    let pairs: Option<Vec<_>> = pairs.collect();
    pairs.ok_or_else(|| not_valid("value of a metric"))
}

/// Returns the category in the label of a result. CloudWatch can add other words to the label of a
/// query.
fn category(label: &str) -> Option<QuotaCategory> {
    let mut words = label.split(|letter: char| !letter.is_ascii_alphanumeric());
    words.find_map(|word| {
        let mut all = QuotaCategory::ALL.iter();
        all.find(|category| category.name() == word).copied()
    })
}

#[allow(
    clippy::cast_precision_loss,
    reason = "the length of the interval is a small number"
)]
fn rate(calls: f64) -> f64 {
    calls / PERIOD as f64
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the number is not negative, and a fraction is not relevant"
)]
fn count(number: f64) -> u64 {
    number as u64
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const END: u64 = 1_700_000_100;

    fn of(results: &Value) -> Result<Vec<QuotaUse>> {
        let mut usage = Usage::default();
        usage.add(&json!({ "MetricDataResults": results }))?;
        Ok(usage.finish(END))
    }

    #[test]
    fn use_is_rate_of_each_category() {
        let found = of(&json!([
            { "Id": "calls", "Label": "UserAuthentication", "StatusCode": "Complete",
              "Timestamps": [END - 300, END - 600], "Values": [3000.0, 30000] },
            // The same metric, with the dimension `Class`.
            { "Id": "calls", "Label": "UserAuthentication CallCount",
              "Timestamps": [END - 300], "Values": [2000.0] },
            { "Id": "throttles", "Label": "UserAuthentication", "StatusCode": "PartialData",
              "Timestamps": [END - 300, END - 600], "Values": [2.0, 5.0] },
            { "Id": "calls", "Label": "UserRead", "Timestamps": [END - 1200], "Values": [600.0] },
            { "Id": "calls", "Label": "UserList", "Timestamps": [], "Values": [] },
            { "Id": "calls", "Label": "GetId", "Timestamps": [END - 300], "Values": [1.0] },
        ]));
        let of = |category, recent, peak, throttled| QuotaUse {
            category,
            recent,
            peak,
            throttled,
        };
        let expected = [
            of(QuotaCategory::UserAuthentication, Some(10.0), 100.0, 7),
            of(QuotaCategory::UserRead, None, 2.0, 0),
        ];
        assert_eq!(found.unwrap(), expected);
        assert_eq!(of_nothing(), []);
    }

    fn of_nothing() -> Vec<QuotaUse> {
        of(&json!([])).unwrap()
    }

    #[test]
    fn pages_are_added() {
        let mut usage = Usage::default();
        for (start, value) in [(END - 300, 300), (END - 600, 600)] {
            let result = json!({
                "Id": "calls", "Label": "UserRead", "Timestamps": [start], "Values": [value],
            });
            usage
                .add(&json!({ "MetricDataResults": [result] }))
                .unwrap();
        }
        let [usage] = usage.finish(END)[..] else {
            panic!("one category");
        };
        assert_eq!((usage.recent, usage.peak), (Some(1.0), 2.0));
    }

    #[test]
    fn broken_result_is_error() {
        let good = json!({
            "Id": "calls", "Label": "UserRead", "Timestamps": [END - 300], "Values": [1],
        });
        assert!(of(&json!([good])).is_ok());
        for (member, value, kind) in [
            ("Id", json!("other"), ErrorKind::Unknown),
            ("Label", Value::Null, ErrorKind::Unknown),
            ("Timestamps", json!([]), ErrorKind::Unknown),
            (
                "Timestamps",
                json!(["2023-11-14T22:15:00Z"]),
                ErrorKind::Unknown,
            ),
            ("Values", json!(1), ErrorKind::Unknown),
            ("Values", json!([-1]), ErrorKind::Unknown),
            ("StatusCode", json!("InternalError"), ErrorKind::Upstream),
            ("StatusCode", json!("Forbidden"), ErrorKind::Upstream),
        ] {
            let mut result = good.clone();
            result[member] = value;
            let error = of(&json!([result])).expect_err(member);
            assert_eq!(error.kind(), kind, "{result}");
        }
        let error = Usage::default().add(&json!({})).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unknown);
    }
}
