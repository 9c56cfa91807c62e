//! The command `cognito quota`: shows the quotas of request rates, and how much of them is used.

mod current_use;

use std::time::Duration;

use clap::Args;
use cognito::attempt::QuotaCategory;
use cognito::monitoring::QuotaUse;
use cognito::{Error, ErrorKind, Operation};
use serde::Serialize;
use serde_json::{Value, json};

use self::current_use::CurrentUse;
use crate::context::Context;
use crate::document;
use crate::failure::{Exit, Failure, Outcome};
use crate::interrupt;
use crate::output::{self, Row};

/// The number by which the quota of `UserAuthentication` is multiplied for responses to challenges.
const RESPONSES: u64 = 3;

/// The shortest interval that `--watch` accepts.
const SHORTEST: Duration = Duration::from_millis(100);

/// Show how many requests per second AWS allows and how many are sent, by category of operations.
///
/// The quotas and the use are those of the AWS account in the region of the pool. If AWS does not
/// return the quota of a category, AWS's default is shown. The use is read from CloudWatch, which
/// needs the IAM action cloudwatch:GetMetricData, and for which AWS charges. The column `used` shows
/// the requests per second in the last five minutes. `peak` shows the highest rate in the last hour,
/// and `throttled` the number of throttled requests in this hour. The column `free` shows the
/// requests per second that have no charge. The column `this command` shows the maximum rate of the
/// commands of `cognito`, unless --rate is set.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  cognito quota\n  cognito quota --watch=10m")]
pub(crate) struct Quota {
    /// Read the quotas again and again, and show them when they or the use change. `--watch=10m`
    /// reads every 10 minutes. CloudWatch is read at most once per minute. Default: 60s.
    #[arg(
        long,
        value_name = "TIME",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "60s",
        value_parser = humantime::parse_duration
    )]
    watch: Option<Duration>,
}

/// The quota of one category, and its use.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Limit {
    category: &'static str,
    /// The allowed requests per second.
    per_second: u64,
    /// The use, if CloudWatch has it.
    #[serde(flatten)]
    current: Option<Current>,
    /// The requests per second that the account gets without a charge.
    #[serde(skip_serializing_if = "Option::is_none")]
    free: Option<u64>,
    source: String,
    /// The maximum rate of the commands of `cognito`, without `--rate`.
    this_command: u64,
}

/// How much of a quota is used.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
struct Current {
    /// The requests per second in the last five minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    used: Option<f64>,
    /// The highest rate of requests per second in the last hour.
    peak: f64,
    /// The part of the quota that `peak` is, in percent.
    peak_percent: f64,
    /// The number of throttled requests in the last hour.
    throttled: u64,
}

impl Current {
    /// Rounds the rates to one decimal place.
    fn new(usage: &QuotaUse, per_second: u64) -> Self {
        #[allow(clippy::cast_precision_loss, reason = "quotas are small numbers")]
        let quota = per_second.max(1) as f64;
        let rounded = |rate: f64| (rate * 10.0).round() / 10.0;
        Self {
            used: usage.recent.map(rounded),
            peak: rounded(usage.peak),
            peak_percent: (usage.peak / quota * 100.0).round(),
            throttled: usage.throttled,
        }
    }
}

impl Row for Limit {
    const COLUMNS: &'static [&'static str] = &[
        "category",
        "per second",
        "used",
        "peak",
        "peak %",
        "throttled",
        "free",
        "source",
        "this command",
    ];

    fn cells(&self) -> Vec<String> {
        let current = |cell: fn(&Current) -> String| self.current.as_ref().map(cell);
        let used = self.current.and_then(|current| current.used);
        vec![
            self.category.to_owned(),
            self.per_second.to_string(),
            used.map(|rate| rate.to_string()).unwrap_or_default(),
            current(|current| current.peak.to_string()).unwrap_or_default(),
            current(|current| current.peak_percent.to_string()).unwrap_or_default(),
            current(|current| current.throttled.to_string()).unwrap_or_default(),
            self.free.map(|free| free.to_string()).unwrap_or_default(),
            self.source.clone(),
            self.this_command.to_string(),
        ]
    }
}

impl Quota {
    pub(crate) async fn run(self, context: &Context) -> Outcome {
        if self.watch.is_some_and(|pause| pause < SHORTEST) {
            return Err(Failure::usage("--watch needs at least 100ms"));
        }
        let mut view = View {
            context,
            current: CurrentUse::new(context).await?,
            shown: Vec::new(),
            reason: None,
        };
        view.show(Duration::ZERO).await?;
        let Some(pause) = self.watch else {
            return Ok(Exit::Done);
        };
        interrupt::watched(async {
            loop {
                tokio::time::sleep(pause).await;
                view.show(pause).await?;
            }
        })
        .await?;
        Ok(Exit::Done)
    }
}

/// The table of limits that the command shows. With `--watch`, it is shown again when it changes.
struct View<'a> {
    context: &'a Context,
    current: CurrentUse,
    shown: Vec<Limit>,
    /// The last reason why the use was unknown.
    reason: Option<String>,
}

impl View<'_> {
    /// Reads the quotas and their use, and shows them if they have changed. `passed` is the time
    /// since the last call.
    async fn show(&mut self, passed: Duration) -> Outcome<()> {
        let context = self.context;
        let mut limits = limits(context).await?;
        let reason = match self.current.read(passed).await {
            Ok(uses) => {
                for (limit, category) in limits.iter_mut().zip(QuotaCategory::ALL) {
                    let usage = uses.get(category);
                    limit.current = usage.map(|usage| Current::new(usage, limit.per_second));
                }
                None
            }
            Err(reason) => Some(reason.clone()),
        };
        if limits != self.shown {
            output::rows(context.global.output, &limits)?;
            self.shown = limits;
        }
        if reason != self.reason {
            if let Some(reason) = &reason {
                context.message(&format!(
                    "the current use is not shown, because CloudWatch did not return it: {reason}"
                ));
            }
            self.reason = reason;
        }
        Ok(())
    }
}

/// Reads the quotas of all categories, in the order of [`QuotaCategory::ALL`].
async fn limits(context: &Context) -> Outcome<Vec<Limit>> {
    let mut limits = Vec::new();
    for category in QuotaCategory::ALL {
        limits.push(limit(context, *category).await?);
    }
    Ok(limits)
}

/// Reads the quota of a category. AWS has no category for responses to challenges: their quota is
/// [`RESPONSES`] times the quota of `UserAuthentication`.
async fn limit(context: &Context, category: QuotaCategory) -> Outcome<Limit> {
    let (named, times) = match category {
        QuotaCategory::UserAuthenticationResponse => (QuotaCategory::UserAuthentication, RESPONSES),
        other => (other, 1),
    };
    let members = json!({ "LimitDefinition": {
        "LimitClass": "API_CATEGORY", "Attributes": { "Category": named.name() },
    } });
    let default = u64::from(category.default_rate());
    let response = document::send(context, Operation::GetProvisionedLimit, members).await?;
    let (per_second, free, source) = match response {
        Ok(response) => {
            let value = |name: &str| value(&response["Limit"], name, times);
            match value("ProvisionedLimitValue") {
                Some(limit) => (limit, value("FreeLimitValue"), "account".to_owned()),
                None => (default, None, "AWS default".to_owned()),
            }
        }
        Err(error) if ends(&error) => return Err(error.into()),
        Err(error) => (default, None, format!("AWS default ({})", why(&error))),
    };
    Ok(Limit {
        category: category.name(),
        per_second,
        current: None,
        free,
        source,
        this_command: default / 2,
    })
}

/// Returns the member `name` of a limit, multiplied by `times`. Returns `None` if the member is not a
/// whole number.
fn value(limit: &Value, name: &str, times: u64) -> Option<u64> {
    Some(limit[name].as_u64()?.saturating_mul(times))
}

/// Returns the reason why AWS did not return a quota.
fn why(error: &Error) -> String {
    match error.code() {
        Some("AccessDenied" | "AccessDeniedException") => {
            let action = Operation::GetProvisionedLimit.name();
            format!("needs the IAM action cognito-idp:{action}")
        }
        Some(code) => code.to_owned(),
        None => error.kind().name().to_owned(),
    }
}

/// Returns `true` if the command ends after `error`, because requests for the quotas of other
/// categories would fail, too.
fn ends(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Credentials | ErrorKind::Network | ErrorKind::Throttled | ErrorKind::Timeout
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quota_of_responses_is_a_multiple() {
        let limit = json!({ "a": 120, "b": u64::MAX, "c": "120" });
        for (name, expected) in [("a", Some(360)), ("b", Some(u64::MAX)), ("c", None)] {
            assert_eq!(value(&limit, name, RESPONSES), expected, "{name}");
        }
    }
}
