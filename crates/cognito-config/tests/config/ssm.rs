//! Parameter Store, simulated by a small server.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, future};
use aws_sdk_ssm::Client;
use aws_sdk_ssm::config::retry::RetryConfig;
use aws_sdk_ssm::config::timeout::TimeoutConfig;
use aws_sdk_ssm::config::{
    AsyncSleep, BehaviorVersion, Builder, Config, Region, SharedCredentialsProvider, Sleep,
};
use cognito_config::{ChainConfigSource, EnvConfigSource, SsmConfigSource};
use cognito_core::config::Setting;
use cognito_core::{ConfigSource, ErrorKind, PoolConfig};
use cognito_testkit::conformance;
use serde_json::{Value, json};
use wiremock::matchers::{body_json, header, method};
use wiremock::{Mock, MockServer, ResponseTemplate};

const POOL: &str = "eu-central-1_AbCdEfGhI";
const CLIENT: &str = "1example23456789";
const SECRET: &str = "abcdefghijklmnopqrstuvwxyz0123456789";
const PREVIOUS: &str = "zyxwvutsrqponmlkjihgfedcba9876543210";

fn builder(endpoint: &str) -> Builder {
    Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .endpoint_url(endpoint)
        .retry_config(RetryConfig::disabled())
}

fn credentials() -> Credentials {
    Credentials::new("AKIDTEST", "secret", None, None, "test")
}

fn source(server: &MockServer) -> SsmConfigSource {
    let config = builder(&server.uri()).credentials_provider(credentials());
    SsmConfigSource::new(Client::from_conf(config.build()))
}

fn parameter(name: &str, value: &str) -> Value {
    json!({ "Name": name, "Type": "SecureString", "Value": value, "Version": 1 })
}

async fn answering(status: u16, body: Value) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(status).set_body_json(body))
        .mount(&server)
        .await;
    server
}

async fn failing(status: u16, code: &str, message: &str) -> MockServer {
    answering(status, json!({ "__type": code, "message": message })).await
}

#[tokio::test]
async fn one_decrypted_call_reads_them_all() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(header("x-amz-target", "AmazonSSM.GetParameters"))
        .and(body_json(json!({
            "Names": [
                "/cognito/user_pool_id",
                "/cognito/client_id",
                "/cognito/client_secret",
                "/cognito/previous_client_secret",
                "/cognito/domain",
            ],
            "WithDecryption": true,
        })))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({
            "Parameters": [
                parameter("/cognito/client_secret", &format!("{SECRET}\n")),
                parameter("/cognito/previous_client_secret", PREVIOUS),
                parameter("/cognito/user_pool_id", POOL),
                parameter("/cognito/client_id", CLIENT),
                parameter("/cognito/domain", "https://login.example.com"),
            ],
            "InvalidParameters": [],
        })))
        .expect(2)
        .mount(&server)
        .await;
    conformance::config_source(
        &source(&server),
        &[
            (Setting::UserPoolId, POOL),
            (Setting::ClientId, CLIENT),
            (Setting::ClientSecret, SECRET),
            (Setting::PreviousClientSecret, PREVIOUS),
            (Setting::LoginDomain, "https://login.example.com"),
        ],
    )
    .await;
}

#[tokio::test]
async fn absent_parameter_falls_back_to_environment() {
    let server = answering(
        200,
        json!({
            "Parameters": [parameter("/prod/shop/client_id", CLIENT)],
            "InvalidParameters": ["/prod/shop/user_pool_id", "/prod/shop/client_secret"],
        }),
    )
    .await;
    let ssm = source(&server).with_prefix("/prod/shop/");
    let settings = ssm.load().await.unwrap();
    assert_eq!(settings.value(Setting::ClientId), Some(CLIENT));
    let error = PoolConfig::from_settings(&settings, &ssm).unwrap_err();
    let place = "user pool id (searched: SSM parameter /prod/shop/user_pool_id)";
    assert!(error.to_string().contains(place), "{error}");

    let env: EnvConfigSource = [
        ("AWS_COGNITO_CLIENT_ID", "environment"),
        ("AWS_COGNITO_USER_POOL_ID", POOL),
    ]
    .into_iter()
    .collect();
    let chain = ChainConfigSource::first_try(ssm).or_else(env);
    let config = PoolConfig::from_settings(&chain.load().await.unwrap(), &chain).unwrap();
    assert_eq!(config.client_id.as_str(), CLIENT);
    assert_eq!(config.user_pool_id.as_str(), POOL);
}

#[tokio::test]
async fn a_missing_permission_is_named() {
    let message = "User: arn:aws:iam::123456789012:user/hunter2 is not authorized to perform: \
                   ssm:GetParameters on resource: arn:aws:ssm:eu-west-1:123456789012:parameter/x";
    let server = failing(400, "AccessDeniedException", message).await;
    let error = source(&server).load().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert_eq!(error.code(), Some("AccessDeniedException"));
    let text = format!("{error} {error:?}");
    let missing = "missing IAM permission ssm:GetParameters on \
                   arn:aws:ssm:eu-west-1:*:parameter/cognito/*";
    assert!(text.contains(missing), "{text}");
    assert!(!text.contains("hunter2"), "{text}");

    let message = "The ciphertext refers to a key that you may not use (Service: AWSKMS)";
    let server = failing(400, "AccessDeniedException", message).await;
    let error = source(&server).load().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(error.to_string().contains("kms:Decrypt"), "{error}");
}

#[tokio::test]
async fn every_response_has_its_kind() {
    for (status, code, kind) in [
        (400, "ThrottlingException", ErrorKind::Throttled),
        (500, "InternalServerError", ErrorKind::Upstream),
        (400, "InvalidKeyId", ErrorKind::Configuration),
        (400, "UnrecognizedClientException", ErrorKind::Credentials),
        (400, "ExpiredTokenException", ErrorKind::Credentials),
        (400, "NobodyKnowsThis", ErrorKind::Unknown),
    ] {
        let server = failing(status, code, "hunter2").await;
        let error = source(&server).load().await.unwrap_err();
        assert_eq!(error.kind(), kind, "{code}");
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{code}");
    }
}

#[tokio::test]
async fn unreadable_response_is_not_repeated() {
    let server = MockServer::start().await;
    let broken = format!("{{\"Parameters\": [{{\"Value\": \"{SECRET}\"");
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(200).set_body_raw(broken, "application/x-amz-json-1.1"))
        .mount(&server)
        .await;
    let error = source(&server).load().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Upstream);
    assert!(!format!("{error} {error:?}").contains(SECRET));
    let chain = ChainConfigSource::first_try(source(&server));
    let error = chain.load().await.unwrap_err();
    assert!(!format!("{error} {error:?} {chain:?}").contains(SECRET));
}

/// A provider that finds no credentials.
#[derive(Debug)]
struct NoCredentials;

impl ProvideCredentials for NoCredentials {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::ready(Err(CredentialsError::not_loaded("there are none")))
    }
}

#[tokio::test]
async fn missing_credentials_are_reported() {
    let server = failing(500, "InternalServerError", "").await;
    let without_provider = builder(&server.uri());
    let with_empty_provider = builder(&server.uri()).credentials_provider(NoCredentials);
    for config in [without_provider, with_empty_provider] {
        let source = SsmConfigSource::new(Client::from_conf(config.build()));
        let error = source.load().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Credentials, "{error:?}");
    }
    assert!(server.received_requests().await.unwrap().is_empty());
}

/// 0.0.0.0 is not a loopback address, but leads to this host: it stands for another container.
#[tokio::test]
async fn plain_http_to_other_hosts_needs_opt_in() {
    let name = "/cognito/client_secret";
    let body = json!({ "Parameters": [parameter(name, SECRET)], "InvalidParameters": [] });
    let server = answering(200, body).await;
    let endpoint = server.uri().replace("127.0.0.1", "0.0.0.0");
    assert_ne!(endpoint, server.uri());
    let config = aws_config::SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .endpoint_url(&endpoint)
        .credentials_provider(SharedCredentialsProvider::new(credentials()))
        .build();
    let client = Client::from_conf(
        builder(&endpoint)
            .credentials_provider(credentials())
            .build(),
    );
    let sources = || {
        let given = SsmConfigSource::new(client.clone());
        [given, SsmConfigSource::from_sdk_config(&config)]
    };
    for source in sources() {
        let error = source.load().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration, "{error:?}");
        let shown = error.to_string();
        assert!(shown.contains("AWS_ENDPOINT_URL_SSM"), "{shown}");
        assert!(shown.contains("danger_allow_http"), "{shown}");
    }
    assert!(server.received_requests().await.unwrap().is_empty());
    for source in sources() {
        let settings = source.danger_allow_http().load().await.unwrap();
        assert_eq!(settings.value(Setting::ClientSecret), Some(SECRET));
    }
}

#[tokio::test]
async fn unreachable_ssm_is_a_network_error() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    let config = builder(&format!("http://{address}")).credentials_provider(credentials());
    let source = SsmConfigSource::new(Client::from_conf(config.build()));
    let error = source.load().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Network, "{error:?}");
}

#[tokio::test]
async fn silent_server_is_a_timeout() {
    // It accepts connections and never responds.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap();
    let short = TimeoutConfig::builder().read_timeout(Duration::from_millis(20));
    let config = builder(&format!("http://{address}"))
        .credentials_provider(credentials())
        .timeout_config(short.build());
    let source = SsmConfigSource::new(Client::from_conf(config.build()));
    let error = source.load().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error:?}");
    drop(silent);
}

#[tokio::test]
async fn rejects_invalid_prefix_before_sending() {
    let server = failing(500, "InternalServerError", "").await;
    let deep = "/a".repeat(15);
    for prefix in ["cognito", "/a b", "//x", "/a//b", "/é", &deep] {
        let source = source(&server).with_prefix(prefix);
        let error = source.load().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration, "{prefix:?}");
    }
    assert!(server.received_requests().await.unwrap().is_empty());
}

/// Sleeps for no time before a retry, and never completes longer sleeps, which are timeouts here.
#[derive(Clone, Debug, Default)]
struct Impatient(Arc<Mutex<Vec<Duration>>>);

impl AsyncSleep for Impatient {
    fn sleep(&self, duration: Duration) -> Sleep {
        self.0.lock().unwrap().push(duration);
        if duration < Duration::from_secs(3) {
            Sleep::new(std::future::ready(()))
        } else {
            Sleep::new(std::future::pending())
        }
    }
}

#[tokio::test]
async fn shared_name_includes_region_and_prefix() {
    let server = MockServer::start().await;
    assert_eq!(source(&server).shared_name(), "ssm:eu-west-1:/cognito");
    let other = source(&server).with_prefix("/prod/shop/");
    assert_eq!(other.shared_name(), "ssm:eu-west-1:/prod/shop");
}

#[tokio::test]
async fn sdk_defaults_give_three_tries_and_timeouts() {
    let server = failing(500, "InternalServerError", "").await;
    let sleep = Impatient::default();
    let config = aws_config::SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .endpoint_url(server.uri())
        .credentials_provider(SharedCredentialsProvider::new(credentials()))
        .sleep_impl(sleep.clone())
        .build();
    let source = SsmConfigSource::from_sdk_config(&config);
    let error = source.load().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Upstream);
    assert_eq!(server.received_requests().await.unwrap().len(), 3);
    let waits = sleep.0.lock().unwrap();
    for timeout in [Duration::from_secs(3), Duration::from_secs(5)] {
        assert!(waits.contains(&timeout), "{waits:?}");
    }
}
