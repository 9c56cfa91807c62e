//! The client secret in Secrets Manager, and its rotation.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use cognito::administration::JsonDocument;
use cognito::clock::{Clock, SystemClock};
use cognito::config::{ConfigSource, PoolConfig, SecretsManagerConfigSource, Setting};
use cognito::{Cognito, ErrorKind, Operation, Scope, SignInFlow};
use cognito_emulator::{Emulator, Fault};
use cognito_testkit::FixedClock;
use serde_json::{Value, json};

use crate::fixture::{EMAIL, PASSWORD, complete, refused};

/// A pool with a user, and an app client whose secret Cognito publishes in Secrets Manager.
struct Managed {
    emulator: Emulator,
    clock: FixedClock,
    client_id: String,
    arn: String,
    operator: Cognito,
}

impl Managed {
    async fn start() -> Self {
        let clock = FixedClock::new(SystemClock::new().now());
        let emulator = Emulator::builder().clock(clock.clone());
        let emulator = emulator.start().await.unwrap();
        emulator.create_user(EMAIL, PASSWORD, &[]).unwrap();
        let pool = emulator.user_pool_id().parse().unwrap();
        let config = PoolConfig::new(pool, emulator.client_id().parse().unwrap());
        let operator = Cognito::builder().config(config);
        let operator = operator
            .emulator(emulator.endpoint())
            .build()
            .await
            .unwrap();
        let mut managed = Self {
            emulator,
            clock,
            client_id: String::new(),
            arn: String::new(),
            operator,
        };
        let client = json!({
            "ClientName": "web",
            "GenerateSecret": true,
            "PublishSecretsInAWSSecretsManager": true,
            "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        });
        let created = managed.send(Operation::CreateUserPoolClient, client).await;
        let text = |member: &str| {
            created["UserPoolClient"][member]
                .as_str()
                .unwrap()
                .to_owned()
        };
        managed.client_id = text("ClientId");
        managed.arn = text("ClientSecretArn");
        managed
    }

    async fn send(&self, operation: Operation, members: Value) -> Value {
        let members = JsonDocument::try_from(members).unwrap();
        let call = self.operator.admin().document(operation, members);
        call.await.unwrap().into_json()
    }

    fn source(&self) -> SecretsManagerConfigSource {
        let credentials = Credentials::new("test", "test", None, None, "test");
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(aws_config::Region::new("us-east-1"))
            .endpoint_url(self.emulator.endpoint())
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .build();
        SecretsManagerConfigSource::from_sdk_config(&config, &self.arn)
    }

    async fn facade(&self) -> Cognito {
        Cognito::builder()
            .config_source(self.source())
            .emulator(self.emulator.endpoint())
            .clock(self.clock.clone())
            .sign_in_flow(SignInFlow::UserPassword)
            .build()
            .await
            .unwrap()
    }

    async fn secret_ids(&self) -> Vec<Value> {
        let members = json!({ "ClientId": self.client_id });
        let list = self
            .send(Operation::ListUserPoolClientSecrets, members)
            .await;
        let list = list["ClientSecrets"].as_array().unwrap().iter();
        list.map(|secret| secret["ClientSecretId"].clone())
            .collect()
    }

    /// Adds a secret, which becomes the current version in Secrets Manager.
    async fn add_secret(&self) {
        let members = json!({ "ClientId": self.client_id });
        self.send(Operation::AddUserPoolClientSecret, members).await;
    }

    /// Deletes the first secret of the app client.
    async fn delete_first_secret(&self) {
        let first = self.secret_ids().await.swap_remove(0);
        let members = json!({ "ClientId": self.client_id, "ClientSecretId": first });
        self.send(Operation::DeleteUserPoolClientSecret, members)
            .await;
    }

    /// Replaces the secret at once. Services have no time to read the new one.
    async fn rotate(&self) {
        self.clock.advance(Duration::from_secs(60));
        self.add_secret().await;
        self.delete_first_secret().await;
    }
}

#[tokio::test]
async fn managed_secret_signs_in() {
    let managed = Managed::start().await;
    let cognito = managed.facade().await;
    assert_eq!(cognito.config().client_id.as_str(), managed.client_id);
    drop(complete(cognito.login(EMAIL, PASSWORD).await.unwrap()));
    // Cognito has rotated the secret: the version before is the previous secret.
    managed.add_secret().await;
    let settings = managed.source().load().await.unwrap();
    let (current, previous) = (Setting::ClientSecret, Setting::PreviousClientSecret);
    assert!(settings.value(previous).is_some());
    assert_ne!(settings.value(previous), settings.value(current));
}

/// Each rotation deletes the old secret before the service has read the new one.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rotation_under_load_fails_no_call() {
    const SIGN_INS: usize = 1000;
    let managed = Managed::start().await;
    let cognito = managed.facade().await;
    let done = Arc::new(AtomicUsize::new(0));
    let callers: Vec<_> = (0..8)
        .map(|_| {
            let (cognito, done) = (cognito.clone(), Arc::clone(&done));
            tokio::spawn(async move {
                while done.fetch_add(1, Ordering::Relaxed) < SIGN_INS {
                    let signed_in = complete(cognito.login(EMAIL, PASSWORD).await.unwrap());
                    let refreshed = cognito.refresh(signed_in.refresh_token).await;
                    drop(refreshed.unwrap());
                }
            })
        })
        .collect();
    let mut rotations = 0;
    for progress in (100..SIGN_INS).step_by(100) {
        while done.load(Ordering::Relaxed) < progress {
            tokio::task::yield_now().await;
        }
        managed.rotate().await;
        rotations += 1;
    }
    for caller in callers {
        caller.await.unwrap();
    }
    assert_eq!(rotations, 9);
    assert_eq!(managed.secret_ids().await.len(), 1);
}

/// The token endpoint receives the secret itself.
#[tokio::test]
async fn rotation_fails_no_client_credentials() {
    let scope: Scope = "api/read".parse().unwrap();
    let managed = Managed::start().await;
    let server = json!({
        "Identifier": "api",
        "Name": "api",
        "Scopes": [{ "ScopeName": "read", "ScopeDescription": "reads" }],
    });
    managed.send(Operation::CreateResourceServer, server).await;
    let update = json!({
        "ClientId": managed.client_id,
        "AllowedOAuthFlows": ["client_credentials"],
        "AllowedOAuthFlowsUserPoolClient": true,
        "AllowedOAuthScopes": [scope.as_str()],
    });
    managed.send(Operation::UpdateUserPoolClient, update).await;
    let cognito = managed.facade().await;
    for _ in 0..3 {
        let call = cognito.hosted_login().client_credentials();
        drop(call.scope(scope.clone()).fresh().await.unwrap());
        managed.rotate().await;
    }
}

/// The new secret is not accepted yet, or never: the secret before is used.
#[tokio::test]
async fn previous_secret_is_used_until_it_fails() {
    let managed = Managed::start().await;
    let cognito = managed.facade().await;
    managed.add_secret().await;
    cognito.refresh_config().await.unwrap();
    // Another operator deletes the secret that is published.
    let ids = managed.secret_ids().await;
    let members = json!({ "ClientId": managed.client_id, "ClientSecretId": ids[1] });
    managed
        .send(Operation::DeleteUserPoolClientSecret, members)
        .await;
    let calls = || managed.emulator.calls("InitiateAuth");
    for _ in 0..3 {
        drop(complete(cognito.login(EMAIL, PASSWORD).await.unwrap()));
    }
    // One request had the secret that is deleted.
    assert_eq!(calls(), 4);
    managed.add_secret().await;
    managed.delete_first_secret().await;
    managed.clock.advance(Duration::from_secs(60));
    drop(complete(cognito.login(EMAIL, PASSWORD).await.unwrap()));
}

/// A wrong secret is reported, and does not cause a request to Secrets Manager for each sign-in.
#[tokio::test]
async fn wrong_secret_is_read_again_at_intervals() {
    let managed = Managed::start().await;
    let cognito = managed.facade().await;
    managed.rotate().await;
    let denied = Fault::error("GetSecretValue", "AccessDeniedException", "denied");
    managed.emulator.inject(denied).unwrap();
    let before = managed.emulator.calls("GetSecretValue");
    let mut expected = before;
    for _ in 0..2 {
        for _ in 0..5 {
            let error = cognito.login(EMAIL, PASSWORD).await;
            assert_eq!(refused(error), ErrorKind::Configuration);
        }
        expected += 2;
        assert_eq!(managed.emulator.calls("GetSecretValue"), expected);
        managed.clock.advance(Duration::from_secs(10));
    }
    managed.emulator.clear_faults();
    drop(complete(cognito.login(EMAIL, PASSWORD).await.unwrap()));
}

#[tokio::test]
async fn missing_permission_names_action_and_secret() {
    let managed = Managed::start().await;
    let denied = Fault::error("GetSecretValue", "AccessDeniedException", "denied");
    managed.emulator.inject(denied).unwrap();
    let built = Cognito::builder().config_source(managed.source());
    let error = built.build().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    let action = format!(
        "secretsmanager:GetSecretValue on the secret {}",
        managed.arn
    );
    assert!(error.to_string().contains(&action), "{error}");
}
