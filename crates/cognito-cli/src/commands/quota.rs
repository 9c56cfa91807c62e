//! The command `cognito quota`: shows the quotas of request rates.

use std::time::Duration;

use clap::Args;
use cognito::attempt::QuotaCategory;
use cognito::{Error, ErrorKind, Operation};
use serde::Serialize;
use serde_json::json;

use crate::context::Context;
use crate::document;
use crate::failure::{Exit, Failure, Outcome};
use crate::interrupt;
use crate::output::{self, Row};

/// The number by which the quota of `UserAuthentication` is multiplied for responses to challenges.
const RESPONSES: u64 = 3;

/// The shortest interval that `--watch` accepts.
const SHORTEST: Duration = Duration::from_millis(100);

/// Show how many requests per second AWS allows, by category of operations.
///
/// The quotas are those of the AWS account in the region of the pool. If AWS does not return the
/// quota of a category, AWS's default is shown. The column `free` shows the requests per second
/// that have no charge. The column `this command` shows the maximum rate of the commands of
/// `cognito`, unless --rate is set. The current use is in CloudWatch only: see
/// `aws cloudwatch list-metrics --namespace AWS/Usage`, and the Service Quotas console.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  cognito quota\n  cognito quota --watch=10m")]
pub(crate) struct Quota {
    /// Read the quotas again and again, and show them when they change. `--watch=10m` reads every
    /// 10 minutes. Default: 60s.
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

/// The quota of one category.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Limit {
    category: &'static str,
    /// The allowed requests per second.
    per_second: u64,
    /// The requests per second that the account gets without a charge.
    #[serde(skip_serializing_if = "Option::is_none")]
    free: Option<u64>,
    source: String,
    /// The maximum rate of the commands of `cognito`, without `--rate`.
    this_command: u64,
}

impl Row for Limit {
    const COLUMNS: &'static [&'static str] =
        &["category", "per second", "free", "source", "this command"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.category.to_owned(),
            self.per_second.to_string(),
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
        let mut shown = limits(context).await?;
        output::rows(context.global.output, &shown)?;
        context.message(
            "the current use is in CloudWatch: aws cloudwatch list-metrics --namespace AWS/Usage",
        );
        let Some(pause) = self.watch else {
            return Ok(Exit::Done);
        };
        interrupt::watched(async {
            loop {
                tokio::time::sleep(pause).await;
                let limits = limits(context).await?;
                if limits != shown {
                    output::rows(context.global.output, &limits)?;
                    shown = limits;
                }
            }
        })
        .await?;
        Ok(Exit::Done)
    }
}

/// Reads the quotas of all categories.
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
            let value = |name: &str| response["Limit"][name].as_u64().map(|value| value * times);
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
        free,
        source,
        this_command: default / 2,
    })
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
