//! Reads from CloudWatch how much of the quotas is used.

use std::collections::BTreeMap;
use std::time::Duration;

use cognito::Error;
use cognito::attempt::QuotaCategory;
use cognito::config::{AwsService, configured_endpoint};
use cognito::monitoring::{CloudWatch, QuotaUse};

use crate::context::Context;
use crate::endpoint::of_emulator;
use crate::failure::Outcome;

/// The time for which the use is not read again. Cognito publishes one value for five minutes, and
/// AWS charges for each metric that is read.
const LASTING: Duration = Duration::from_secs(60);

/// The use of each category, or the reason why it is unknown.
type Read = Result<BTreeMap<QuotaCategory, QuotaUse>, String>;

/// A reader of the current use. It keeps the last result for [`LASTING`].
pub(super) struct CurrentUse {
    /// The client, or the reason why there is none.
    cloud_watch: Result<CloudWatch, String>,
    last: Option<Read>,
    /// The time since `last` was read.
    age: Duration,
}

impl CurrentUse {
    /// Creates the reader. If the endpoint of Cognito is an emulator and no endpoint of CloudWatch is
    /// configured, both have the same endpoint.
    pub(super) async fn new(context: &Context) -> Outcome<Self> {
        let pool = context.settings(false).await?;
        let config = context.aws_config().await?;
        let cognito = context.endpoint(&config);
        // The quotas are shown without the use rather than late.
        let mut builder = CloudWatch::builder(&pool).max_attempts(2);
        if configured_endpoint(&config, AwsService::CloudWatch).is_none()
            && let Some(url) = of_emulator(cognito.as_deref())
        {
            builder = builder.endpoint_url(url);
        }
        Ok(Self {
            cloud_watch: builder.build(&config).map_err(|error| why(&error)),
            last: None,
            age: Duration::ZERO,
        })
    }

    /// Returns the use of each category. `passed` is the time since the last call.
    pub(super) async fn read(&mut self, passed: Duration) -> &Read {
        self.age += passed;
        if self.age >= LASTING {
            self.last = None;
        }
        let last = match self.last.take() {
            Some(last) => last,
            None => {
                self.age = Duration::ZERO;
                find(&self.cloud_watch).await
            }
        };
        self.last.insert(last)
    }
}

async fn find(cloud_watch: &Result<CloudWatch, String>) -> Read {
    let cloud_watch = cloud_watch.as_ref().map_err(Clone::clone)?;
    let found = cloud_watch.quota_use().await.map_err(|error| why(&error))?;
    Ok(found.into_iter().map(|one| (one.category, one)).collect())
}

/// Returns why CloudWatch did not return the use.
fn why(error: &Error) -> String {
    match error.code() {
        Some("AccessDenied" | "AccessDeniedException") => {
            "needs the IAM action cloudwatch:GetMetricData".to_owned()
        }
        _ => error.to_string(),
    }
}
