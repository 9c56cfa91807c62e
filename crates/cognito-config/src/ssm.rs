//! A source that reads AWS Systems Manager Parameter Store.

use async_trait::async_trait;
use aws_config::BehaviorVersion;
use aws_sdk_ssm::Client;
use aws_sdk_ssm::config::Builder;
use cognito_core::config::{Setting, Settings};
use cognito_core::{ConfigSource, Error, ErrorKind, Result, impl_debug};

use crate::aws::failure::Failed;
use crate::aws::plain_http::PlainHttp;
use crate::aws::{retries, timeouts};

/// The settings that Parameter Store can contain, and the names of their parameters below the
/// prefix.
const PARAMETERS: [(Setting, &str); 5] = [
    (Setting::UserPoolId, "user_pool_id"),
    (Setting::ClientId, "client_id"),
    (Setting::ClientSecret, "client_secret"),
    (Setting::PreviousClientSecret, "previous_client_secret"),
    (Setting::LoginDomain, "domain"),
];

/// A source that reads settings from Parameter Store: `/cognito/user_pool_id`,
/// `/cognito/client_id`, `/cognito/client_secret`, `/cognito/previous_client_secret` and
/// `/cognito/domain`, or the same names below another prefix.
///
/// One [`GetParameters`] call reads and decrypts all parameters. A missing parameter counts as not
/// set. The IAM role of the service needs `ssm:GetParameters` on all five, including missing
/// parameters (`parameter/cognito/*` is enough). If the parameters are encrypted with a customer
/// managed key, the role also needs `kms:Decrypt` on that key.
///
/// # Errors
///
/// - [`ErrorKind::Configuration`]: an IAM permission is missing (the error names it); the prefix is
///   invalid; or the endpoint is plain `http` on a host that is not a loopback host.
/// - [`ErrorKind::Credentials`]: there are no AWS credentials, or AWS does not accept them.
/// - [`ErrorKind::Network`], [`ErrorKind::Timeout`], [`ErrorKind::Throttled`],
///   [`ErrorKind::Upstream`]: AWS is unavailable.
///
/// [`GetParameters`]: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html
pub struct SsmConfigSource {
    client: Client,
    prefix: String,
    allow_http: bool,
}

impl SsmConfigSource {
    /// Creates a source that uses this client of the AWS SDK. The client's timeouts and retries
    /// apply.
    pub fn new(client: Client) -> Self {
        Self {
            client,
            prefix: "/cognito".to_owned(),
            allow_http: false,
        }
    }

    /// Creates a source with a client from this configuration. Connect timeout: 3 seconds. Read
    /// timeout: 5 seconds. Attempts: 3.
    pub fn from_sdk_config(config: &aws_config::SdkConfig) -> Self {
        let config = Builder::from(config)
            .timeout_config(timeouts())
            .retry_config(retries())
            .build();
        Self::new(Client::from_conf(config))
    }

    /// Creates a source with a new client. The AWS SDK loads the configuration and the credentials
    /// of the client from the environment of this process. The timeouts are the same as with
    /// [`from_sdk_config`](Self::from_sdk_config).
    pub async fn from_env() -> Self {
        let config = aws_config::defaults(BehaviorVersion::latest()).load().await;
        Self::from_sdk_config(&config)
    }

    /// Allows a plain `http` endpoint on any host. This applies to the endpoint of the client, of
    /// the environment (`AWS_ENDPOINT_URL_SSM`, `AWS_ENDPOINT_URL`) and of the AWS profile. Use it
    /// for an emulator in another container.
    ///
    /// # Security
    ///
    /// The client secret is then sent unencrypted. Never use it in production.
    pub const fn danger_allow_http(mut self) -> Self {
        self.allow_http = true;
        self
    }

    /// Sets the prefix, such as `/prod/shop` for one of several pools. Slashes at the end are
    /// removed. Default: `/cognito`.
    pub fn with_prefix(mut self, prefix: impl Into<String>) -> Self {
        let mut prefix = prefix.into();
        prefix.truncate(prefix.trim_end_matches('/').len());
        self.prefix = prefix;
        self
    }

    /// Returns a name for a [`SharedConfigSource`](crate::SharedConfigSource) that reads this
    /// source. The name consists of the region and the prefix, such as
    /// `ssm:eu-central-1:/prod/shop`.
    ///
    /// The name does not contain the AWS account. If services in several AWS accounts use the same
    /// store, give the `SharedConfigSource` of each account a different name instead.
    pub fn shared_name(&self) -> String {
        let region = self.client.config().region();
        let region = region.map_or("", |region| region.as_ref());
        format!("ssm:{region}:{}", self.prefix)
    }

    fn failed(&self) -> Failed {
        let region = self.client.config().region();
        let region = region.map_or("*", |region| region.as_ref());
        let prefix = &self.prefix;
        Failed {
            service: "Parameter Store",
            action: format!("ssm:GetParameters on arn:aws:ssm:{region}:*:parameter{prefix}/*"),
            encrypted: format!("the parameters {prefix}/*"),
        }
    }

    fn name(&self, parameter: &str) -> String {
        format!("{}/{parameter}", self.prefix)
    }

    /// Checks the prefix of the parameter names, such as `/prod/cognito`. A fully qualified
    /// parameter name starts with a slash and contains letters, digits and `.-_/`, with at most 15
    /// levels ([`PutParameter`]).
    ///
    /// [`PutParameter`]: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
    fn check_prefix(&self) -> Result<()> {
        let good = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b'/');
        let is_prefix =
            self.prefix.is_empty() || (self.prefix.starts_with('/') && !self.prefix.contains("//"));
        let levels = self.prefix.bytes().filter(|b| *b == b'/').count();
        if is_prefix && levels < 15 && self.prefix.len() <= 900 && self.prefix.bytes().all(good) {
            Ok(())
        } else {
            Err(Error::new(ErrorKind::Configuration).with_detail(
                "the prefix of the parameters must be like /prod/cognito, with at most 14 levels",
            ))
        }
    }
}

#[async_trait]
impl ConfigSource for SsmConfigSource {
    async fn load(&self) -> Result<Settings> {
        self.check_prefix()?;
        let names = PARAMETERS.map(|(_, parameter)| self.name(parameter));
        let found = self
            .client
            .get_parameters()
            .set_names(Some(names.to_vec()))
            .with_decryption(true)
            .customize()
            .interceptor(PlainHttp {
                is_allowed: self.allow_http,
                settings: ENDPOINT_SETTINGS,
            })
            .send()
            .await
            .map_err(|error| self.failed().explain(error))?;
        let mut settings = Settings::new();
        for parameter in found.parameters() {
            let setting = PARAMETERS
                .iter()
                .find(|(_, name)| parameter.name() == Some(self.name(name).as_str()));
            if let (Some((setting, _)), Some(value)) = (setting, parameter.value()) {
                let origin = format!("SSM parameter {}", parameter.name().unwrap_or_default());
                settings = settings.with_origin(*setting, value, origin);
            }
        }
        Ok(settings)
    }

    fn locations(&self, setting: Setting) -> Vec<String> {
        PARAMETERS
            .iter()
            .filter(|(kept, _)| *kept == setting)
            .map(|(_, parameter)| format!("SSM parameter {}", self.name(parameter)))
            .collect()
    }
}

/// The names of the settings that can contain the endpoint, for the error message.
const ENDPOINT_SETTINGS: &str =
    "AWS_ENDPOINT_URL_SSM, AWS_ENDPOINT_URL, the AWS profile or the given client";

impl_debug!(SsmConfigSource { prefix });
