//! [`CloudWatch`]: how much of the quotas of Cognito is used.
//!
//! Cognito publishes the numbers of its calls in the namespace `AWS/Usage` (Cognito developer guide,
//! "Metrics for Amazon Cognito user pools" and "Dimensions for Amazon Cognito user pools").
//! CloudWatch's own SDK is not used, because one operation does not justify it. CloudWatch accepts
//! AWS JSON 1.0, too (the member `protocols` in its service model).

mod endpoint;
mod usage;

use std::sync::Arc;

use aws_config::SdkConfig;
use aws_sdk_cognitoidentityprovider::Client;
use aws_sdk_cognitoidentityprovider::config::Builder as ClientConfigBuilder;
use cognito_core::config::StaticConfig;
use cognito_core::{Clock, Error, ErrorKind, PoolConfig, Result};
use serde_json::{Value, json};

pub use self::usage::QuotaUse;

use self::endpoint::MonitoringEndpoint;
use self::usage::{CALLS, PERIOD, THROTTLES, Usage};
use crate::AwsCognito;
use crate::client::{AwsCognitoBuilder, AwsService, Endpoint, Retries, Timeouts};
use crate::json_call::{JsonRequest, Protocol};

/// The protocol of CloudWatch.
const PROTOCOL: Protocol = Protocol {
    service: "GraniteServiceVersion20100801",
    content_type: "application/x-amz-json-1.0",
};

/// The length of the time whose metrics are read, in seconds.
const WINDOW: u64 = 60 * 60;

/// The maximum number of pages of a result. One page has up to 100,800 values.
const MOST_PAGES: usize = 10;

/// A client for Amazon CloudWatch. It reads how much of the quotas of Cognito is used.
///
/// ```no_run
/// # async fn example(pool: cognito_core::PoolConfig) -> cognito_core::Result<()> {
/// let cloud_watch = cognito_aws::CloudWatch::builder(&pool).load().await?;
/// for usage in cloud_watch.quota_use().await? {
///     let category = usage.category;
///     println!("{}: up to {:.1} per second", category.name(), usage.peak);
/// }
/// # Ok(()) }
/// ```
pub struct CloudWatch {
    client: Client,
    clock: Arc<dyn Clock>,
}

cognito_core::impl_debug!(CloudWatch);

impl CloudWatch {
    /// Returns a builder for a client in the Region of a user pool.
    pub fn builder(pool: &PoolConfig) -> CloudWatchBuilder {
        CloudWatchBuilder {
            settings: AwsCognito::builder(Arc::new(StaticConfig::new(pool.clone()))),
        }
    }

    /// Returns how much of the quota of each category was used in the last hour
    /// (`cloudwatch:GetMetricData`). Like the quotas, the values are those of the AWS account in the
    /// Region, not of one user pool.
    ///
    /// The list is sorted by category. It does not contain categories for which CloudWatch has no
    /// value, such as categories without requests. AWS does not document in which category it counts
    /// the responses to challenges, so
    /// [`UserAuthenticationResponse`](cognito_core::operations::QuotaCategory::UserAuthenticationResponse)
    /// is never contained.
    ///
    /// AWS charges for each metric that this operation reads.
    ///
    /// # Errors
    ///
    /// - [`ErrorKind::Configuration`] if the IAM identity does not have the permission.
    /// - [`ErrorKind::Credentials`] if there are no AWS credentials.
    /// - [`ErrorKind::Throttled`] if CloudWatch throttles the request.
    /// - [`ErrorKind::Network`] or [`ErrorKind::Timeout`] if CloudWatch is unreachable.
    /// - [`ErrorKind::Unknown`], [`ErrorKind::ReplyLost`] or [`ErrorKind::Upstream`] if the response
    ///   is invalid or incomplete.
    pub async fn quota_use(&self) -> Result<Vec<QuotaUse>> {
        // The last interval of five minutes is incomplete.
        let end = self.clock.unix_seconds() / PERIOD * PERIOD;
        let mut usage = Usage::default();
        let mut token = None;
        for _ in 0..MOST_PAGES {
            let mut members = json!({
                "MetricDataQueries": [query(CALLS, "CallCount"), query(THROTTLES, "ThrottleCount")],
                "StartTime": end.saturating_sub(WINDOW),
                "EndTime": end,
            });
            if let Some(token) = token {
                members["NextToken"] = token;
            }
            let request = JsonRequest::new(&PROTOCOL, "GetMetricData", &members);
            let response = request.send(&self.client, true).await?;
            let mut page = response.members.into_json();
            usage.add(&page)?;
            token = Some(page["NextToken"].take()).filter(Value::is_string);
            if token.is_none() {
                return Ok(usage.finish(end));
            }
        }
        Err(Error::new(ErrorKind::Upstream)
            .with_detail("the response of CloudWatch has too many pages: check the endpoint"))
    }
}

/// Returns the query for one metric in all categories. The results of the query have its `id`.
///
/// AWS's documentation contradicts itself about the dimensions: the metrics have `Class`, and
/// Cognito does not use `Class`. A query by dimensions finds nothing if one of them is wrong. This
/// search finds the metrics in both cases. The label of each result contains the category.
fn query(id: &str, metric: &str) -> Value {
    let search = format!("Namespace=\"AWS/Usage\" MetricName=\"{metric}\" Service=Cognito");
    json!({
        "Id": id,
        "Expression": format!("SEARCH('{search}', 'Sum', {PERIOD})"),
        "Label": "${PROP('Dim.Resource')}",
        "Period": PERIOD,
    })
}

/// A builder for a [`CloudWatch`]. [`CloudWatch::builder`] creates it.
#[must_use = "a builder does nothing until it is built"]
pub struct CloudWatchBuilder {
    settings: AwsCognitoBuilder,
}

cognito_core::impl_debug!(CloudWatchBuilder { settings });

impl CloudWatchBuilder {
    /// Sets the clock that determines the last hour. Default: the clock of the operating system.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.settings = self.settings.clock(clock);
        self
    }

    /// Sets the timeouts of calls to CloudWatch. Default: the timeouts of [`Timeouts::new`].
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.settings = self.settings.timeouts(timeouts);
        self
    }

    /// Sets the maximum number of attempts of a call, including the first attempt. Default: 3. Zero
    /// counts as 1.
    pub fn max_attempts(mut self, max_attempts: u32) -> Self {
        self.settings = self.settings.max_attempts(max_attempts);
        self
    }

    /// Sets the URL of CloudWatch's API. It must be `https`; `http` is accepted on loopback hosts.
    ///
    /// If no URL is set here, the URL is [configured](crate::configured_endpoint) in
    /// `AWS_ENDPOINT_URL_CLOUDWATCH`, in `AWS_ENDPOINT_URL` or in the AWS profile. If there is no
    /// such URL either, requests are sent to AWS.
    pub fn endpoint_url(mut self, url: impl Into<String>) -> Self {
        self.settings = self.settings.endpoint_url(url);
        self
    }

    /// Allows endpoint URLs with plain `http` on any host. Use it for an emulator in another
    /// container. Default: `http` is accepted only on loopback hosts.
    pub fn danger_allow_http(mut self) -> Self {
        self.settings = self.settings.danger_allow_http();
        self
    }

    /// Creates the client. Credentials, profile and endpoint are read from the environment, in the
    /// same way as the AWS CLI reads them. No request is sent.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Configuration`] if the endpoint is plain `http`, its host is not a loopback
    /// host, and [`danger_allow_http`](Self::danger_allow_http) is not set.
    pub async fn load(self) -> Result<CloudWatch> {
        let sdk_config = self.settings.sdk_config().await;
        self.build(&sdk_config)
    }

    /// Creates the client with the credentials and the endpoint of `sdk_config`. Values that are
    /// set in the builder have precedence.
    ///
    /// # Errors
    ///
    /// The errors of [`load`](Self::load).
    pub fn build(mut self, sdk_config: &SdkConfig) -> Result<CloudWatch> {
        let configured = Endpoint::of(sdk_config, AwsService::CloudWatch);
        let url = self.settings.endpoint(configured)?;
        let base = ClientConfigBuilder::from(sdk_config);
        let mut config = self
            .settings
            .client_config(base)
            .retry_classifier(Retries::Allowed)
            .endpoint_resolver(MonitoringEndpoint::new(url));
        config.set_endpoint_url(None);
        Ok(CloudWatch {
            client: Client::from_conf(config.build()),
            clock: self.settings.shared_clock(),
        })
    }
}
