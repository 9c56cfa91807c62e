//! A source that reads AWS Secrets Manager.

use async_trait::async_trait;
use aws_config::BehaviorVersion;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::config::Builder;
use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueError;
use cognito_core::config::{Setting, Settings};
use cognito_core::{ClientSecret, ConfigSource, Error, ErrorKind, Result, impl_debug};
use futures_util::future;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use crate::aws::failure::Failed;
use crate::aws::plain_http::PlainHttp;
use crate::aws::{retries, timeouts};

/// The settings that a secret can contain, and the names of their members.
const MEMBERS: [(Setting, &str); 4] = [
    (Setting::UserPoolId, "userPoolId"),
    (Setting::ClientId, "userPoolClientId"),
    (Setting::ClientSecret, SECRET),
    (Setting::LoginDomain, "domain"),
];

/// The member with the client secret.
const SECRET: &str = "clientSecretValue";

/// The staging label of the current version of the secret.
const CURRENT: &str = "AWSCURRENT";
/// The staging label of the version before the current version.
const PREVIOUS: &str = "AWSPREVIOUS";

/// A source that reads settings from a secret in Secrets Manager.
///
/// The secret is the JSON that Cognito publishes for an app client with
/// `PublishSecretsInAWSSecretsManager`: the members `userPoolId`, `userPoolClientId` and
/// `clientSecretValue`. A custom secret may omit members, and may also have the member `domain`. A
/// missing member counts as not set. Other members are ignored.
///
/// Two [`GetSecretValue`] calls read the versions `AWSCURRENT` and `AWSPREVIOUS`. The client secret
/// of the version `AWSPREVIOUS` is the [`PreviousClientSecret`](Setting::PreviousClientSecret), if
/// the secret has such a version of the same app client. If this version cannot be read or used, a
/// warning is logged, and there is no previous secret. The IAM role of the service needs
/// `secretsmanager:GetSecretValue`. If the secret is encrypted with a customer managed key, the role
/// also needs `kms:Decrypt` on that key.
///
/// # Errors
///
/// - [`ErrorKind::Configuration`]: the secret does not exist or is not JSON; an IAM permission is
///   missing (the error names it); or the endpoint is plain `http` on a host that is not a loopback
///   host.
/// - [`ErrorKind::Credentials`]: there are no AWS credentials, or AWS does not accept them.
/// - [`ErrorKind::Network`], [`ErrorKind::Timeout`], [`ErrorKind::Throttled`],
///   [`ErrorKind::Upstream`]: AWS is unavailable.
///
/// [`GetSecretValue`]: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
pub struct SecretsManagerConfigSource {
    client: Client,
    secret_id: String,
    allow_http: bool,
}

impl SecretsManagerConfigSource {
    /// Creates a source that reads the secret with this name or ARN, with this client of the AWS
    /// SDK. The client's timeouts and retries apply.
    pub fn new(client: Client, secret_id: impl Into<String>) -> Self {
        Self {
            client,
            secret_id: secret_id.into(),
            allow_http: false,
        }
    }

    /// Creates a source that reads the secret with this name or ARN, with a client from this
    /// configuration. Connect timeout: 3 seconds. Read timeout: 5 seconds. Attempts: 3.
    pub fn from_sdk_config(config: &aws_config::SdkConfig, secret_id: impl Into<String>) -> Self {
        let config = Builder::from(config)
            .timeout_config(timeouts())
            .retry_config(retries())
            .build();
        Self::new(Client::from_conf(config), secret_id)
    }

    /// Creates a source that reads the secret with this name or ARN, with a new client. The AWS SDK
    /// loads the configuration and the credentials of the client from the environment of this
    /// process. The timeouts are the same as with [`from_sdk_config`](Self::from_sdk_config).
    pub async fn from_env(secret_id: impl Into<String>) -> Self {
        let config = aws_config::defaults(BehaviorVersion::latest()).load().await;
        Self::from_sdk_config(&config, secret_id)
    }

    /// Allows a plain `http` endpoint on any host. This applies to the endpoint of the client, of
    /// the environment (`AWS_ENDPOINT_URL_SECRETS_MANAGER`, `AWS_ENDPOINT_URL`) and of the AWS
    /// profile. Use it for an emulator in another container.
    ///
    /// # Security
    ///
    /// The client secret is then sent unencrypted. Never use it in production.
    pub const fn danger_allow_http(mut self) -> Self {
        self.allow_http = true;
        self
    }

    /// Returns a name for a [`SharedConfigSource`](crate::SharedConfigSource) that reads this
    /// source. The name consists of the region and the name or ARN of the secret, such as
    /// `secretsmanager:eu-central-1:shop/cognito`.
    ///
    /// The name does not contain the AWS account, unless the secret is named by its ARN. If services
    /// in several AWS accounts use the same store, give the `SharedConfigSource` of each account a
    /// different name instead.
    pub fn shared_name(&self) -> String {
        let region = self.client.config().region();
        let region = region.map_or("", |region| region.as_ref());
        format!("secretsmanager:{region}:{}", self.secret_id)
    }

    /// Reads a version of the secret. Returns `None` if the secret or the version does not exist.
    async fn version(&self, stage: &str) -> Result<Option<Version>> {
        let read = self
            .client
            .get_secret_value()
            .secret_id(&self.secret_id)
            .version_stage(stage)
            .customize()
            .interceptor(PlainHttp {
                is_allowed: self.allow_http,
                settings: ENDPOINT_SETTINGS,
            })
            .send()
            .await;
        match read {
            Ok(read) => Version::parse(read.secret_string).map(Some),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(GetSecretValueError::is_resource_not_found_exception) =>
            {
                Ok(None)
            }
            Err(error) => Err(self.failed().explain(error)),
        }
    }

    /// Returns the client secret of the version `AWSPREVIOUS`, if the version is of the same app
    /// client and has another valid secret. Logs the reason if the version cannot be read or used:
    /// the service must not fail while the current version is good.
    fn previous_secret(&self, current: &Version, read: Result<Option<Version>>) -> Option<String> {
        let secret_id = &self.secret_id;
        let previous = match read {
            Ok(previous) => previous?,
            // Security: the error does not contain the value.
            Err(error) => {
                tracing::warn!(
                    %error,
                    secret_id,
                    "the previous version of the secret is not used: it cannot be read"
                );
                return None;
            }
        };
        let secret = previous.text(SECRET)?;
        let current_secret = current.text(SECRET)?;
        if secret == current_secret || !previous.is_of_same_client(current) {
            return None;
        }
        if let Err(invalid) = ClientSecret::new(secret) {
            let rule = invalid.rule();
            tracing::warn!(
                secret_id,
                "the previous version of the secret is not used: its client secret {rule}"
            );
            return None;
        }
        Some(secret.to_owned())
    }

    fn failed(&self) -> Failed {
        let secret = self.place();
        Failed {
            service: "Secrets Manager",
            action: format!("secretsmanager:GetSecretValue on the {secret}"),
            encrypted: format!("the {secret}"),
        }
    }

    fn place(&self) -> String {
        format!("secret {} in Secrets Manager", self.secret_id)
    }
}

/// The members of a version of the secret. Security: it does not implement `Debug`.
struct Version(Map<String, Value>);

impl Version {
    /// Parses the value of a version. Security: the error does not contain the value.
    fn parse(value: Option<String>) -> Result<Self> {
        let value = Zeroizing::new(value.unwrap_or_default());
        let members = serde_json::from_str(&value).map_err(|_| {
            Error::new(ErrorKind::Configuration).with_detail(
                "the secret is not a JSON object with userPoolId, userPoolClientId and \
                 clientSecretValue: correct its value",
            )
        })?;
        Ok(Self(members))
    }

    fn text(&self, member: &str) -> Option<&str> {
        self.0.get(member)?.as_str()
    }

    /// Returns `true` if both versions are of the same app client.
    fn is_of_same_client(&self, other: &Self) -> bool {
        let ids = |version: &Self| {
            let id = |member| version.text(member).map(str::to_owned);
            (id("userPoolId"), id("userPoolClientId"))
        };
        ids(self) == ids(other)
    }
}

#[async_trait]
impl ConfigSource for SecretsManagerConfigSource {
    async fn load(&self) -> Result<Settings> {
        let versions = future::join(self.version(CURRENT), self.version(PREVIOUS));
        let (current, previous) = versions.await;
        let Some(current) = current? else {
            let place = self.place();
            return Err(Error::new(ErrorKind::Configuration)
                .with_detail(format!("there is no {place}: check its name and region")));
        };
        let mut settings = Settings::new();
        let origin = || self.place();
        for (setting, member) in MEMBERS {
            let value = current.text(member).unwrap_or_default();
            settings = settings.with_origin(setting, value, origin());
        }
        let previous = self.previous_secret(&current, previous);
        let setting = Setting::PreviousClientSecret;
        Ok(settings.with_origin(setting, &previous.unwrap_or_default(), origin()))
    }

    fn locations(&self, setting: Setting) -> Vec<String> {
        let place = self.place();
        let member = MEMBERS.iter().find(|(kept, _)| *kept == setting);
        match member {
            Some((_, member)) => vec![format!("{member} of the {place}")],
            None if setting == Setting::PreviousClientSecret => {
                vec![format!("{SECRET} of the version {PREVIOUS} of the {place}")]
            }
            None => Vec::new(),
        }
    }
}

/// The names of the settings that can contain the endpoint, for the error message.
const ENDPOINT_SETTINGS: &str =
    "AWS_ENDPOINT_URL_SECRETS_MANAGER, AWS_ENDPOINT_URL, the AWS profile or the given client";

impl_debug!(SecretsManagerConfigSource { secret_id });
