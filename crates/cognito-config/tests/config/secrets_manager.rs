//! Secrets Manager, simulated by a small server.

use aws_credential_types::Credentials;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::config::retry::RetryConfig;
use aws_sdk_secretsmanager::config::{BehaviorVersion, Config, Region};
use cognito_config::{ChainConfigSource, SecretsManagerConfigSource};
use cognito_core::config::Setting;
use cognito_core::{ConfigSource, ErrorKind, PoolConfig};
use cognito_testkit::{LogCapture, conformance};
use serde_json::{Value, json};
use wiremock::matchers::{body_partial_json, header, method};
use wiremock::{Mock, MockServer, ResponseTemplate};

const POOL: &str = "eu-central-1_AbCdEfGhI";
const CLIENT: &str = "1example23456789";
const SECRET: &str = "abcdefghijklmnopqrstuvwxyz0123456789";
const PREVIOUS: &str = "zyxwvutsrqponmlkjihgfedcba9876543210";
const NAME: &str = "shop/cognito";

fn client(endpoint: &str) -> Client {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .endpoint_url(endpoint)
        .retry_config(RetryConfig::disabled())
        .credentials_provider(Credentials::new("AKIDTEST", "secret", None, None, "test"));
    Client::from_conf(config.build())
}

fn source(server: &MockServer) -> SecretsManagerConfigSource {
    SecretsManagerConfigSource::new(client(&server.uri()), NAME)
}

/// Returns the JSON that Cognito publishes.
fn published(client: &str, secret: &str) -> Value {
    json!({
        "userPoolId": POOL,
        "userPoolClientId": client,
        "clientSecretValue": secret,
    })
}

/// Responds to requests for a version.
async fn respond(server: &MockServer, stage: &str, status: u16, body: Value) {
    Mock::given(method("POST"))
        .and(header("x-amz-target", "secretsmanager.GetSecretValue"))
        .and(body_partial_json(
            json!({ "SecretId": NAME, "VersionStage": stage }),
        ))
        .respond_with(ResponseTemplate::new(status).set_body_json(body))
        .mount(server)
        .await;
}

fn failure(code: &str, message: &str) -> Value {
    json!({ "__type": code, "message": message })
}

/// Starts a server with these versions of the secret.
async fn serving(current: Option<Value>, previous: Option<Value>) -> MockServer {
    let server = MockServer::start().await;
    for (stage, version) in [("AWSCURRENT", current), ("AWSPREVIOUS", previous)] {
        match version {
            Some(version) => {
                let body = json!({ "Name": NAME, "SecretString": version.to_string() });
                respond(&server, stage, 200, body).await;
            }
            None => {
                let body = failure("ResourceNotFoundException", "not found");
                respond(&server, stage, 400, body).await;
            }
        }
    }
    server
}

async fn failing(code: &str, message: &str) -> MockServer {
    let server = MockServer::start().await;
    for stage in ["AWSCURRENT", "AWSPREVIOUS"] {
        respond(&server, stage, 400, failure(code, message)).await;
    }
    server
}

#[tokio::test]
async fn both_versions_are_read() {
    let mut current = published(CLIENT, SECRET);
    current["domain"] = json!("https://login.example.com");
    let server = serving(Some(current), Some(published(CLIENT, PREVIOUS))).await;
    let expected = [
        (Setting::UserPoolId, POOL),
        (Setting::ClientId, CLIENT),
        (Setting::ClientSecret, SECRET),
        (Setting::PreviousClientSecret, PREVIOUS),
        (Setting::LoginDomain, "https://login.example.com"),
    ];
    conformance::config_source(&source(&server), &expected).await;
    let name = source(&server).shared_name();
    assert_eq!(name, "secretsmanager:eu-west-1:shop/cognito");
}

/// Another client's secret is never used.
#[tokio::test]
async fn previous_version_must_be_of_same_client() {
    let other = published("2example23456789", PREVIOUS);
    for previous in [None, Some(other)] {
        let server = serving(Some(published(CLIENT, SECRET)), previous).await;
        let settings = source(&server).load().await.unwrap();
        assert_eq!(settings.value(Setting::PreviousClientSecret), None);
    }
}

/// A service works with the current version alone. The log names the reason, and no value.
#[tokio::test]
async fn unusable_previous_version_is_only_logged() {
    let string = |value: &str| json!({ "Name": NAME, "SecretString": value });
    let placeholder = published(CLIENT, "change me: hunter2").to_string();
    let denied = "User: hunter2 is not authorized to perform: secretsmanager:GetSecretValue";
    for (status, body, reason) in [
        (200, string(&placeholder), "its client secret"),
        (200, string("hunter2"), "cannot be read"),
        (
            200,
            json!({ "SecretBinary": "aHVudGVyMg==" }),
            "cannot be read",
        ),
        (
            400,
            failure("DecryptionFailure", "hunter2"),
            "enable the key",
        ),
        (400, failure("AccessDeniedException", denied), "missing IAM"),
        (
            400,
            failure("ThrottlingException", "hunter2"),
            "cannot be read",
        ),
        (
            500,
            failure("InternalServiceError", "hunter2"),
            "cannot be read",
        ),
    ] {
        let server = MockServer::start().await;
        let current = published(CLIENT, SECRET).to_string();
        respond(&server, "AWSCURRENT", 200, string(&current)).await;
        respond(&server, "AWSPREVIOUS", status, body).await;
        let logs = LogCapture::start();
        let source = source(&server);
        let settings = source.load().await.unwrap();
        assert!(PoolConfig::from_settings(&settings, &source).is_ok());
        assert_eq!(settings.value(Setting::ClientSecret), Some(SECRET));
        assert_eq!(settings.value(Setting::PreviousClientSecret), None);
        // Below that level, the AWS SDK itself logs its responses.
        let logged = logs.text();
        let warnings = logged.lines().filter(|line| line.starts_with("WARN"));
        let logged = warnings.collect::<Vec<_>>().join("\n");
        assert!(logged.contains(reason), "{reason}: {logged}");
        assert!(!logged.contains("hunter2"), "{logged}");
    }
}

#[tokio::test]
async fn equal_previous_version_is_ignored() {
    let version = || Some(published(CLIENT, SECRET));
    let server = serving(version(), version()).await;
    let settings = source(&server).load().await.unwrap();
    assert_eq!(settings.value(Setting::PreviousClientSecret), None);
}

#[tokio::test]
async fn missing_member_names_its_place() {
    let server = serving(Some(json!({ "clientSecretValue": SECRET })), None).await;
    let source = source(&server);
    let settings = source.load().await.unwrap();
    let error = PoolConfig::from_settings(&settings, &source).unwrap_err();
    let place = "searched: userPoolId of the secret shop/cognito in Secrets Manager";
    assert!(error.to_string().contains(place), "{error}");
}

#[tokio::test]
async fn missing_secret_is_an_error() {
    let error = source(&serving(None, None).await).load().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    let text = "there is no secret shop/cognito in Secrets Manager";
    assert!(error.to_string().contains(text), "{error}");
}

#[tokio::test]
async fn other_values_are_rejected_and_not_shown() {
    for value in [json!("hunter2"), json!(["hunter2"])] {
        let server = serving(Some(value), None).await;
        let source = source(&server);
        let error = source.load().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        let chain = ChainConfigSource::first_try(source);
        let chained = chain.load().await.unwrap_err();
        let shown = format!("{error} {error:?} {chained} {chained:?} {chain:?}");
        assert!(shown.contains("not a JSON object"), "{shown}");
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}

#[tokio::test]
async fn missing_permission_is_named() {
    for (message, expected) in [
        (
            "User: hunter2 is not authorized to perform: secretsmanager:GetSecretValue",
            "missing IAM permission secretsmanager:GetSecretValue on the secret shop/cognito",
        ),
        (
            "Access to KMS is not allowed",
            "missing IAM permission kms:Decrypt on the key of the secret shop/cognito",
        ),
    ] {
        let server = failing("AccessDeniedException", message).await;
        let error = source(&server).load().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        let text = format!("{error} {error:?}");
        assert!(text.contains(expected), "{text}");
        assert!(!text.contains("hunter2"), "{text}");
    }
}

#[tokio::test]
async fn every_response_has_its_kind() {
    for (code, kind) in [
        ("DecryptionFailure", ErrorKind::Configuration),
        ("ExpiredTokenException", ErrorKind::Credentials),
        ("InternalServiceError", ErrorKind::Upstream),
        ("InvalidRequestException", ErrorKind::Configuration),
        ("NobodyKnowsThis", ErrorKind::Unknown),
        ("ThrottlingException", ErrorKind::Throttled),
    ] {
        let server = failing(code, "hunter2").await;
        let error = source(&server).load().await.unwrap_err();
        assert_eq!(error.kind(), kind, "{code}");
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{code}");
    }
}

/// 0.0.0.0 is not a loopback address, but leads to this host: it stands for another container.
#[tokio::test]
async fn plain_http_to_other_hosts_needs_opt_in() {
    let server = serving(Some(published(CLIENT, SECRET)), None).await;
    let endpoint = server.uri().replace("127.0.0.1", "0.0.0.0");
    let source = || SecretsManagerConfigSource::new(client(&endpoint), NAME);
    let error = source().load().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration, "{error:?}");
    let shown = error.to_string();
    assert!(
        shown.contains("AWS_ENDPOINT_URL_SECRETS_MANAGER"),
        "{shown}"
    );
    assert!(server.received_requests().await.unwrap().is_empty());
    let settings = source().danger_allow_http().load().await.unwrap();
    assert_eq!(settings.value(Setting::ClientSecret), Some(SECRET));
}
