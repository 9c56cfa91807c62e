//! Finds the endpoint that the SDK would use, and the name of the setting that contains its URL.

use aws_config::SdkConfig;
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};
use cognito_core::Result;
use cognito_core::plain_http::reject_plain_http;

/// The environment variable for the endpoint of all AWS services.
const SHARED_VARIABLE: &str = "AWS_ENDPOINT_URL";
/// The name of the endpoint setting in an AWS profile.
const PROFILE_KEY: &str = "endpoint_url";

/// A service of AWS to which this project sends requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AwsService {
    /// Amazon CloudWatch, which has the metrics.
    CloudWatch,
    /// Amazon Cognito user pools.
    Cognito,
}

impl AwsService {
    /// Returns the service id in the AWS model. AWS derives the names of environment variables and
    /// profile sections from it.
    const fn id(self) -> &'static str {
        match self {
            Self::CloudWatch => "CloudWatch",
            Self::Cognito => "Cognito Identity Provider",
        }
    }

    /// Returns the environment variable for the endpoint of the service. It has precedence over
    /// [`SHARED_VARIABLE`].
    const fn variable(self) -> &'static str {
        match self {
            Self::CloudWatch => "AWS_ENDPOINT_URL_CLOUDWATCH",
            Self::Cognito => "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER",
        }
    }
}

/// Returns the URL of the endpoint that is configured for a service, by the rules of the AWS CLI:
/// the environment variable of the service, `AWS_ENDPOINT_URL`, the section `services` of the AWS
/// profile, or `endpoint_url` of the profile. Returns `None` if no URL is configured. Requests are
/// then sent to AWS.
pub fn configured_endpoint(config: &SdkConfig, service: AwsService) -> Option<String> {
    Endpoint::of(config, service).map(|endpoint| endpoint.url)
}

/// The configured URL of a service's endpoint, and the name of the setting that contains it.
pub(crate) struct Endpoint {
    pub(super) url: String,
    setting: &'static str,
}

impl Endpoint {
    /// Creates the endpoint that was set in the builder.
    pub(super) const fn of_builder(url: String) -> Self {
        let setting = "endpoint_url of the builder";
        Self { url, setting }
    }

    /// Returns the endpoint of `service` in `config`. Returns `None` if none is configured. The SDK
    /// then uses the endpoint of AWS.
    ///
    /// A URL that the program has set has precedence over the environment and the profile. This is
    /// the rule of the SDK in `From<&SdkConfig> for Builder`.
    pub(crate) fn of(config: &SdkConfig, service: AwsService) -> Option<Self> {
        let shared = || config.endpoint_url().map(str::to_owned);
        let is_set_by_program = config.get_origin("endpoint_url").is_client_config();
        let conf = config.service_config().filter(|_| !is_set_by_program);
        let url = |conf: &dyn LoadServiceConfig| load(conf, service, SHARED_VARIABLE, PROFILE_KEY);
        Some(match conf.and_then(|conf| Some((url(conf)?, conf))) {
            Some((url, conf)) => Self {
                url,
                setting: setting(conf, service),
            },
            None => Self {
                url: shared()?,
                setting: "endpoint_url of the given SdkConfig",
            },
        })
    }

    /// Fails if the endpoint is plain `http` and not on a loopback host, because passwords would be
    /// sent unencrypted.
    pub(super) fn check(&self) -> Result<()> {
        reject_plain_http(&self.url, self.setting)
    }
}

/// Returns the name of the setting that contains the endpoint: an environment variable, or
/// `endpoint_url` of the AWS profile. The SDK returns the endpoint without the name of its setting.
/// Therefore this function reads the variables one by one. If none is set, the endpoint is from the
/// profile.
fn setting(conf: &dyn LoadServiceConfig, service: AwsService) -> &'static str {
    const NO_KEY: &str = "-";
    let variables = [service.variable(), SHARED_VARIABLE];
    let set = variables
        .into_iter()
        .find(|variable| load(conf, service, variable, NO_KEY).is_some());
    set.unwrap_or("endpoint_url of the AWS profile")
}

/// Reads the endpoint of `service` from the environment variable `env`, or from the key `profile` of
/// the AWS profile.
fn load(
    conf: &dyn LoadServiceConfig,
    service: AwsService,
    env: &str,
    profile: &str,
) -> Option<String> {
    let key = ServiceConfigKey::builder()
        .service_id(service.id())
        .env(env)
        .profile(profile)
        .build()
        .ok()?;
    conf.load_config(key)
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::sync::Arc;

    use aws_config::BehaviorVersion;
    use aws_config::profile::{self, ProfileSet};
    use aws_runtime::env_config::EnvConfigValue;
    use aws_types::origin::Origin;
    use aws_types::os_shim_internal::{Env, Fs};
    use aws_types::sdk_config::Builder;
    use cognito_core::config::StaticConfig;
    use cognito_core::{ErrorKind, PoolConfig};

    use super::*;
    use crate::AwsCognito;
    use crate::client::AwsCognitoBuilder;

    const PLAIN: &str = "http://cognito.example:9229";
    const SERVICE_VARIABLE: &str = AwsService::Cognito.variable();

    fn builder() -> AwsCognitoBuilder {
        let pool = PoolConfig::new("us-east-1_Pool".parse().unwrap(), "client".parse().unwrap());
        AwsCognito::builder(Arc::new(StaticConfig::new(pool)))
    }

    /// An endpoint source for tests. It finds the endpoint by the same rules as `EnvServiceConfig`
    /// of `aws-config`. That type cannot be used here, because a test cannot pass its own variables
    /// and profiles to it.
    #[derive(Debug)]
    struct Environment {
        env: Env,
        profiles: ProfileSet,
        is_ignored: bool,
    }

    impl LoadServiceConfig for Environment {
        fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
            if self.is_ignored && key.env() == SHARED_VARIABLE {
                return None;
            }
            let value = EnvConfigValue::new()
                .env(key.env())
                .profile(key.profile())
                .service_id(key.service_id());
            let (value, _) = value.load(&self.env, Some(&self.profiles))?;
            Some(value.into_owned())
        }
    }

    fn sdk_config() -> Builder {
        SdkConfig::builder().behavior_version(BehaviorVersion::v2026_01_12())
    }

    /// Returns the configuration that the SDK would load with the environment variables
    /// `variables`. `profile` is the content of `~/.aws/config`. If `is_ignored` is `true`, the SDK
    /// ignores configured endpoints.
    async fn loaded(variables: &[(&str, &str)], profile: &str, is_ignored: bool) -> SdkConfig {
        let mut variables = variables.to_vec();
        variables.push(("AWS_CONFIG_FILE", "config"));
        let env = Env::from_slice(&variables);
        let files = [("config", profile)];
        let fs = Fs::from_slice(&files);
        let profiles = profile::load(&fs, &env, &Default::default(), None).await;
        let profiles = profiles.unwrap();
        let mut config = sdk_config();
        if !is_ignored {
            let (url, origin) = EnvConfigValue::new()
                .env(SHARED_VARIABLE)
                .profile(PROFILE_KEY)
                .validate_and_return_origin(&env, Some(&profiles), |url| {
                    Ok::<_, Infallible>(url.to_owned())
                })
                .unwrap();
            config.set_endpoint_url(url);
            config.insert_origin("endpoint_url", origin);
        }
        config
            .service_config(Environment {
                env,
                profiles,
                is_ignored,
            })
            .build()
    }

    #[test]
    fn debug_hides_endpoint_url() {
        let builder = builder().endpoint_url("https://user:password@proxy.example");
        let shown = format!("{builder:?}");
        assert!(shown.contains("has_endpoint_url: true"), "{shown}");
        assert!(!shown.contains("password"), "{shown}");
    }

    fn rejects(builder: AwsCognitoBuilder, config: &SdkConfig, setting: &str) {
        let error = builder.build(config).expect_err(setting);
        assert_eq!(error.kind(), ErrorKind::Configuration, "{setting}");
        let shown = error.to_string();
        assert!(shown.contains(&format!("in {setting} must")), "{shown}");
        assert!(shown.contains("danger_allow_http"), "{shown}");
        assert!(!error.may_have_taken_effect());
    }

    #[tokio::test]
    async fn rejects_plain_http_from_every_setting() {
        type Variables<'a> = &'a [(&'a str, &'a str)];
        // The SDK for Rust reads hyphens, where AWS's documentation has underscores.
        let service = format!(
            "[default]\nservices = dev\n[services dev]\ncognito-identity-provider =\n  endpoint_url = {PLAIN}\n"
        );
        let shared = format!("[default]\nendpoint_url = {PLAIN}\n");
        let https = "https://cognito.example";
        let cases: [(Variables<'_>, &str, &str); 6] = [
            (&[(SHARED_VARIABLE, PLAIN)], "", SHARED_VARIABLE),
            (&[(SERVICE_VARIABLE, PLAIN)], "", SERVICE_VARIABLE),
            // The more specific variable has precedence.
            (
                &[(SHARED_VARIABLE, https), (SERVICE_VARIABLE, PLAIN)],
                "",
                SERVICE_VARIABLE,
            ),
            // The SDK ignores the profile if a variable is set.
            (&[(SHARED_VARIABLE, PLAIN)], &service, SHARED_VARIABLE),
            (&[], &shared, "endpoint_url of the AWS profile"),
            (&[], &service, "endpoint_url of the AWS profile"),
        ];
        for (variables, profile, setting) in cases {
            let config = loaded(variables, profile, false).await;
            rejects(builder(), &config, setting);
            // The builder's endpoint has precedence over the environment.
            let aws = builder().endpoint_url(https).build(&config);
            assert!(aws.is_ok(), "{setting}");
            assert!(builder().danger_allow_http().build(&config).is_ok());
        }
    }

    #[tokio::test]
    async fn rejects_plain_http_of_given_sdk_config() {
        let setting = "endpoint_url of the given SdkConfig";
        rejects(
            builder(),
            &sdk_config().endpoint_url(PLAIN).build(),
            setting,
        );
        // A URL that the program sets has precedence over the environment.
        let https = [(SHARED_VARIABLE, "https://cognito.example")];
        let mut both = loaded(&https, "", false).await.into_builder();
        both.set_endpoint_url(Some(PLAIN.to_owned()));
        both.insert_origin("endpoint_url", Origin::shared_config());
        rejects(builder(), &both.build(), setting);
    }

    #[test]
    fn rejects_plain_http_of_builder() {
        let aws = builder().endpoint_url(PLAIN).build_isolated();
        let shown = aws.unwrap_err().to_string();
        assert!(shown.contains("endpoint_url of the builder"), "{shown}");
        let allowed = builder().endpoint_url(PLAIN).danger_allow_http();
        assert!(allowed.build_isolated().is_ok());
        assert!(builder().build_isolated().is_ok());
    }

    #[tokio::test]
    async fn each_service_has_its_own_endpoint() {
        let (cognito, cloud_watch) = ("https://a.example", "https://b.example");
        let profile = format!(
            "[default]\nservices = dev\n[services dev]\ncognito-identity-provider =\n  \
             endpoint_url = {cognito}\ncloudwatch =\n  endpoint_url = {cloud_watch}\n"
        );
        let found = |config: &SdkConfig| {
            [AwsService::Cognito, AwsService::CloudWatch]
                .map(|service| configured_endpoint(config, service))
        };
        let both = [Some(cognito.to_owned()), Some(cloud_watch.to_owned())];
        assert_eq!(found(&loaded(&[], &profile, false).await), both);
        let variables = [
            (AwsService::Cognito.variable(), cognito),
            (AwsService::CloudWatch.variable(), cloud_watch),
        ];
        assert_eq!(found(&loaded(&variables, "", false).await), both);
        let one = [(SHARED_VARIABLE, cognito), variables[1]];
        assert_eq!(found(&loaded(&one, "", false).await), both);
        assert_eq!(found(&loaded(&[], "", false).await), [None, None]);
    }

    #[tokio::test]
    async fn accepts_ignored_and_encrypted_endpoints() {
        let plain = [(SHARED_VARIABLE, PLAIN)];
        let loopback = [(SERVICE_VARIABLE, "http://127.0.0.1:9229")];
        let https = [(SHARED_VARIABLE, "https://cognito.example")];
        for (variables, is_ignored) in [
            (&plain[..], true),
            (&loopback, false),
            (&https, false),
            (&[], false),
        ] {
            let config = loaded(variables, "", is_ignored).await;
            assert!(builder().build(&config).is_ok(), "{variables:?}");
        }
    }
}
