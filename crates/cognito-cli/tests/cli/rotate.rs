//! `cognito client rotate-secret`.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use cognito::config::PoolConfig;
use cognito::{Cognito, Operation};
use cognito_emulator::Fault;
use serde_json::{Value, json};

use crate::pool_fixture::{SECRET, full_pool, read, send};
use crate::support::{Folder, PASSWORD, Pool, Ran, run, without_pool};

/// The secret in Secrets Manager.
const NAME: &str = "shop/cognito";

/// The place from which the services of a test read the client secret.
#[derive(Clone, Copy)]
enum Place {
    File,
    SecretsManager,
}

/// A pool, and the files of a rotation.
struct Rotation {
    pool: Pool,
    state: PathBuf,
    secret: PathBuf,
    _folder: Folder,
}

impl Rotation {
    async fn new(test: &str) -> Self {
        let folder = Folder::new(test);
        let rotation = Self {
            pool: full_pool().await,
            state: folder.path("state.json"),
            secret: folder.path("secret"),
            _folder: folder,
        };
        fs::write(&rotation.secret, SECRET).unwrap();
        rotation
    }

    async fn run(&self, rest: &[&str]) -> Ran {
        let state = self.state.to_str().unwrap();
        let fixed = [
            "client",
            "rotate-secret",
            "webclient1",
            "--yes",
            "--rate",
            "500",
            "--state",
            state,
        ];
        self.pool.run(&[&fixed[..], rest].concat()).await
    }

    /// Publishes the new secret to the file.
    async fn publish(&self, rest: &[&str]) -> Ran {
        let target = format!("file:{}", self.secret.display());
        self.run(&[&["--publish", &target][..], rest].concat())
            .await
    }

    fn published(&self) -> String {
        fs::read_to_string(&self.secret).unwrap()
    }

    /// Reads the client secret as the services do.
    async fn read_from(&self, place: Place) -> String {
        match place {
            Place::File => self.published(),
            Place::SecretsManager => {
                let value = self.secret_value().await;
                value["clientSecretValue"].as_str().unwrap().to_owned()
            }
        }
    }

    /// Creates the secret in Secrets Manager with the secret that the app client has now.
    async fn create_secret(&self, value: Value) {
        let fields = json!({ "Name": NAME, "SecretString": value.to_string() });
        self.pool
            .signed("secretsmanager.CreateSecret", &fields)
            .await;
    }

    /// Returns the JSON in Secrets Manager.
    async fn secret_value(&self) -> Value {
        let fields = json!({ "SecretId": NAME });
        let read = self.pool.signed("secretsmanager.GetSecretValue", &fields);
        serde_json::from_str(read.await["SecretString"].as_str().unwrap()).unwrap()
    }

    /// Returns the JSON that Cognito publishes for a client secret.
    fn document(&self, secret: &str) -> Value {
        json!({
            "userPoolId": self.pool.emulator.user_pool_id(),
            "userPoolClientId": "webclient1",
            "clientSecretValue": secret,
        })
    }

    async fn secrets(&self) -> usize {
        let members = json!({ "ClientId": "webclient1" });
        let list = send(&self.pool, Operation::ListUserPoolClientSecrets, members).await;
        list["ClientSecrets"].as_array().map_or(0, Vec::len)
    }

    /// Signs a user in with a client secret.
    async fn signs_in(&self, secret: &str) -> bool {
        sign_in(&self.pool, secret).await
    }
}

async fn sign_in(pool: &Pool, secret: &str) -> bool {
    let id = pool.emulator.user_pool_id().parse().unwrap();
    let config = PoolConfig::new(id, "webclient1".parse().unwrap());
    let config = config.with_client_secret(secret.parse().unwrap());
    let cognito = Cognito::builder().config(config);
    let cognito = cognito.emulator(pool.emulator.endpoint()).build().await;
    let login = cognito.unwrap().login("ann@example.com", PASSWORD).await;
    login.is_ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn secret_is_rotated_in_two_runs() {
    let rotation = Rotation::new("rotate").await;
    rotation
        .run(&["--finish"])
        .await
        .check(2, "no rotation has begun");
    rotation.run(&[]).await.check(2, "--publish");
    let dry = rotation.publish(&["--dry-run"]).await;
    dry.check(0, "dry run, not done: adds a secret");
    assert!(!rotation.state.exists());
    let ran = rotation.publish(&[]).await;
    ran.check(0, "run the command again with --finish");
    let new = rotation.published();
    assert_ne!(new, SECRET);
    assert!(!format!("{ran:?}").contains(&new), "{ran:?}");
    assert_eq!(rotation.secrets().await, 2);
    for secret in [SECRET, &new] {
        assert!(rotation.signs_in(secret).await);
    }
    #[cfg(unix)]
    for file in [&rotation.state, &rotation.secret] {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    rotation
        .run(&["--finish"])
        .await
        .check(0, "the old secret is deleted");
    assert_eq!(rotation.secrets().await, 1);
    assert!(rotation.signs_in(&new).await);
    assert!(!rotation.signs_in(SECRET).await);
    assert!(!rotation.state.exists());
}

/// A client signs in again and again during the whole rotation, with the secret that is published.
async fn rotate_under_load(test: &str, place: Place) {
    let rotation = Arc::new(Rotation::new(test).await);
    let file = format!("file:{}", rotation.secret.display());
    let target = match place {
        Place::File => file,
        Place::SecretsManager => format!("secretsmanager:{NAME}"),
    };
    rotation.create_secret(rotation.document(SECRET)).await;
    let ends = Arc::new(AtomicBool::new(false));
    let (count, failed) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let load = {
        let (rotation, ends) = (Arc::clone(&rotation), Arc::clone(&ends));
        let (count, failed) = (Arc::clone(&count), Arc::clone(&failed));
        tokio::spawn(async move {
            while !ends.load(Ordering::Relaxed) {
                let secret = rotation.read_from(place).await;
                if !rotation.signs_in(&secret).await {
                    failed.fetch_add(1, Ordering::Relaxed);
                }
                count.fetch_add(1, Ordering::Relaxed);
            }
        })
    };
    // The wait is longer than a sign-in that has read the old secret.
    let ran = rotation.run(&["--publish", &target, "--wait", "3s"]).await;
    let before = count.load(Ordering::Relaxed);
    while count.load(Ordering::Relaxed) < before + 3 {
        tokio::task::yield_now().await;
    }
    ends.store(true, Ordering::Relaxed);
    load.await.unwrap();
    ran.check(0, "the old secret is deleted");
    assert!(before > 0);
    assert_eq!(failed.load(Ordering::Relaxed), 0);
    assert!(!rotation.signs_in(SECRET).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rotation_under_load_fails_no_sign_in() {
    tokio::join!(
        rotate_under_load("rotate-load", Place::File),
        rotate_under_load("rotate-load-secret", Place::SecretsManager),
    );
}

/// Each response can be lost, and each run continues where the last one ended.
#[tokio::test(flavor = "multi_thread")]
async fn interrupted_rotation_is_resumed() {
    let rotation = Rotation::new("rotate-resume").await;
    let lost = |operation: &str| {
        rotation
            .pool
            .emulator
            .inject(Fault::cut(operation).times(1))
            .unwrap();
    };
    lost("AddUserPoolClientSecret");
    assert_eq!(rotation.publish(&[]).await.code, Some(1));
    let text = "Rate exceeded";
    let throttled = Fault::error("InitiateAuth", "TooManyRequestsException", text);
    rotation.pool.emulator.inject(throttled).unwrap();
    rotation
        .publish(&["--max-retries", "0"])
        .await
        .check(4, "InitiateAuth");
    rotation.pool.emulator.clear_faults();
    // Nothing was published before the check.
    assert_eq!(rotation.published(), SECRET);
    rotation
        .publish(&[])
        .await
        .check(0, "accepts the new secret");
    let new = rotation.published();
    assert_eq!(rotation.pool.emulator.calls("AddUserPoolClientSecret"), 1);
    lost("DeleteUserPoolClientSecret");
    assert_eq!(rotation.run(&["--finish"]).await.code, Some(1));
    rotation
        .run(&["--finish"])
        .await
        .check(0, "the old secret is deleted");
    assert_eq!(
        rotation.pool.emulator.calls("DeleteUserPoolClientSecret"),
        1
    );
    assert!(rotation.signs_in(&new).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn working_secret_is_never_deleted() {
    let rotation = Rotation::new("rotate-wrong").await;
    rotation.publish(&[]).await.check(0, "");
    let new = read(&rotation.state)["new_secret_id"].clone();
    // Another operator deletes the new secret, and adds another one.
    let members = json!({ "ClientId": "webclient1", "ClientSecretId": new });
    send(
        &rotation.pool,
        Operation::DeleteUserPoolClientSecret,
        members,
    )
    .await;
    rotation
        .run(&["--finish"])
        .await
        .check(1, "somebody else has changed the secrets");
    let add = json!({ "ClientId": "webclient1" });
    send(&rotation.pool, Operation::AddUserPoolClientSecret, add).await;
    rotation
        .run(&["--finish"])
        .await
        .check(1, "somebody else has changed the secrets");
    // A new rotation does not know which of the two secrets is used.
    fs::remove_file(&rotation.state).unwrap();
    rotation.publish(&[]).await.check(2, "has 2 secrets");
    assert!(rotation.signs_in(SECRET).await);
}

/// The response was lost, and another operator has added a secret. The check finds that.
#[tokio::test(flavor = "multi_thread")]
async fn secret_of_another_rotation_is_not_adopted() {
    let rotation = Rotation::new("rotate-other").await;
    let refused = Fault::refuse("AddUserPoolClientSecret").times(1);
    rotation.pool.emulator.inject(refused).unwrap();
    let ran = rotation.publish(&["--max-retries", "0"]).await;
    assert_ne!(ran.code, Some(0), "{ran:?}");
    let add = json!({ "ClientId": "webclient1" });
    send(&rotation.pool, Operation::AddUserPoolClientSecret, add).await;
    let ran = rotation.publish(&[]).await;
    ran.check(1, "the new secret is not verified");
    // The app client does not allow a request that checks the secret.
    let update = json!({
        "ClientId": "webclient1",
        "ClientName": "web",
        "ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH"]
    });
    send(&rotation.pool, Operation::UpdateUserPoolClient, update).await;
    let ran = rotation.publish(&["--no-verify"]).await;
    ran.check(1, "it is not known who added the other secret");
    assert_eq!(rotation.published(), SECRET);
}

#[tokio::test(flavor = "multi_thread")]
async fn secret_is_published_to_parameter_store() {
    let rotation = Rotation::new("rotate-ssm").await;
    let ran = rotation
        .run(&["--publish", "ssm:/cognito/client_secret"])
        .await;
    ran.check(0, "the parameter /cognito/client_secret has the new secret");
    let denied = Fault::error("PutParameter", "AccessDeniedException", "denied");
    rotation.pool.emulator.inject(denied).unwrap();
    let ran = rotation.run(&["--publish", "ssm:/other"]).await;
    ran.check(3, "ssm:PutParameter");
    rotation.pool.emulator.clear_faults();
    rotation.pool.emulator.ssm().put("/plain", "x");
    rotation
        .run(&["--publish", "ssm:/plain"])
        .await
        .check(2, "not a SecureString");
    let ran = rotation
        .run(&["--publish", "stdout", "--output", "json"])
        .await;
    ran.check(0, "");
    let printed: Value = serde_json::from_str(&ran.stdout).unwrap();
    let secret = printed["client_secret"].as_str().unwrap();
    assert!(rotation.signs_in(secret).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn secret_is_published_to_secrets_manager() {
    let rotation = Rotation::new("rotate-secret").await;
    let target = format!("secretsmanager:{NAME}");
    let publish = ["--publish", &target];
    let ran = rotation.run(&publish).await;
    ran.check(0, "the secret shop/cognito has the new client secret");
    let new = read(&rotation.state)["new_secret"].clone();
    let new = new.as_str().unwrap();
    assert_eq!(rotation.secret_value().await, rotation.document(new));
    assert!(!format!("{ran:?}").contains(new), "{ran:?}");
    // A repetition changes nothing.
    rotation.run(&publish).await.check(0, "");
    assert_eq!(rotation.pool.emulator.calls("PutSecretValue"), 0);
    // Other members are kept.
    let mut value = rotation.document(SECRET);
    value["team"] = json!("web");
    let fields = json!({ "SecretId": NAME, "SecretString": value.to_string() });
    let put = rotation
        .pool
        .signed("secretsmanager.PutSecretValue", &fields);
    put.await;
    let wait = ["--publish", &target, "--wait", "1ms"];
    let ran = rotation.run(&wait).await;
    ran.check(0, "the old secret is deleted");
    value["clientSecretValue"] = json!(new);
    assert_eq!(rotation.secret_value().await, value);
    assert!(rotation.signs_in(new).await);
}

/// Each step of the publication can fail, and each run continues where the last one ended.
#[tokio::test(flavor = "multi_thread")]
async fn publication_to_secrets_manager_is_resumed() {
    let rotation = Rotation::new("rotate-secret-resume").await;
    let emulator = &rotation.pool.emulator;
    let target = format!("secretsmanager:{NAME}");
    let publish = ["--publish", &target];
    for operation in ["GetSecretValue", "CreateSecret"] {
        let denied = Fault::error(operation, "AccessDeniedException", "denied");
        emulator.inject(denied).unwrap();
        let ran = rotation.run(&publish).await;
        ran.check(3, &format!("secretsmanager:{operation}"));
        emulator.clear_faults();
    }
    // The secret is created, and all responses are lost.
    emulator.inject(Fault::cut("CreateSecret")).unwrap();
    rotation.run(&publish).await.check(1, "CreateSecret");
    emulator.clear_faults();
    let new = rotation.read_from(Place::SecretsManager).await;
    rotation
        .run(&publish)
        .await
        .check(0, "continues the rotation");
    // Another process has restored the old value.
    let old = rotation.document(SECRET).to_string();
    let fields = json!({ "SecretId": NAME, "SecretString": old });
    let put = rotation
        .pool
        .signed("secretsmanager.PutSecretValue", &fields);
    put.await;
    let throttled = Fault::error("PutSecretValue", "ThrottlingException", "Rate exceeded");
    emulator.inject(throttled).unwrap();
    rotation.run(&publish).await.check(4, "PutSecretValue");
    emulator.clear_faults();
    let message = "Access to KMS is not allowed";
    let denied = Fault::error("PutSecretValue", "AccessDeniedException", message);
    emulator.inject(denied).unwrap();
    rotation.run(&publish).await.check(3, "kms:GenerateDataKey");
    emulator.clear_faults();
    rotation.run(&publish).await.check(0, "--finish");
    assert_eq!(rotation.read_from(Place::SecretsManager).await, new);
    assert_eq!(rotation.secrets().await, 2);
}

/// A secret with another value is never overwritten.
#[tokio::test(flavor = "multi_thread")]
async fn other_secrets_are_not_overwritten() {
    let rotation = Rotation::new("rotate-secret-other").await;
    let target = format!("secretsmanager:{NAME}");
    let publish = ["--publish", &target];
    let mut other = rotation.document(SECRET);
    other["userPoolClientId"] = json!("appclient1");
    rotation.create_secret(other.clone()).await;
    let message = "is not the JSON of this app client";
    rotation.run(&publish).await.check(2, message);
    assert_eq!(rotation.secret_value().await, other);
    let fields = json!({ "SecretId": NAME, "SecretString": "password" });
    let put = rotation
        .pool
        .signed("secretsmanager.PutSecretValue", &fields);
    put.await;
    rotation.run(&publish).await.check(2, message);
    let delete = json!({ "SecretId": NAME });
    let delete = rotation.pool.signed("secretsmanager.DeleteSecret", &delete);
    delete.await;
    let ran = rotation.run(&publish).await;
    ran.check(1, "scheduled for deletion");
}

/// Another process creates the secret of another app client between two requests.
#[tokio::test(flavor = "multi_thread")]
async fn secret_created_meanwhile_is_not_overwritten() {
    let rotation = Rotation::new("rotate-secret-race").await;
    let mut other = rotation.document(SECRET);
    other["userPoolClientId"] = json!("appclient1");
    rotation.create_secret(other.clone()).await;
    let missing = Fault::error("GetSecretValue", "ResourceNotFoundException", "missing");
    rotation.pool.emulator.inject(missing.times(1)).unwrap();
    let target = format!("secretsmanager:{NAME}");
    let ran = rotation.run(&["--publish", &target]).await;
    ran.check(2, "is not the JSON of this app client");
    // The first call is of this test.
    assert_eq!(rotation.pool.emulator.calls("CreateSecret"), 2);
    assert_eq!(rotation.pool.emulator.calls("PutSecretValue"), 0);
    assert_eq!(rotation.secret_value().await, other);
}

/// The section `services` of an AWS profile can also choose an emulator.
#[tokio::test(flavor = "multi_thread")]
async fn emulator_of_profile_gets_the_secret() {
    let rotation = Rotation::new("rotate-profile").await;
    let config = rotation.state.with_file_name("config");
    let url = rotation.pool.emulator.endpoint();
    let endpoint = format!("cognito-identity-provider =\n  endpoint_url = {url}\n");
    let profile = format!("[profile dev]\nservices = local\n[services local]\n{endpoint}");
    fs::write(&config, profile).unwrap();
    let secret = format!("secretsmanager:{NAME}");
    for (target, message) in [
        (
            "ssm:/shop",
            "Parameter Store has the same endpoint as Cognito",
        ),
        (&*secret, "Secrets Manager has the same endpoint as Cognito"),
    ] {
        let state = rotation.state.to_str().unwrap();
        let fixed = [
            "client",
            "rotate-secret",
            "webclient1",
            "--yes",
            "--profile",
            "dev",
        ];
        let rest = ["--state", state, "--rate", "500", "--publish", target];
        let mut command = without_pool(&[&fixed[..], &rest].concat());
        command.args(["--pool", rotation.pool.emulator.user_pool_id()]);
        command.env("AWS_CONFIG_FILE", &config);
        run(command).await.check(0, message);
    }
    let new = read(&rotation.state)["new_secret"].clone();
    let new = new.as_str().unwrap();
    assert_eq!(rotation.secret_value().await, rotation.document(new));
    assert_eq!(rotation.pool.emulator.calls("PutParameter"), 1);
}

/// Only the old and the new secret are overwritten without a flag.
#[tokio::test(flavor = "multi_thread")]
async fn other_parameters_need_overwrite() {
    let rotation = Rotation::new("rotate-ssm-other").await;
    let ssm = rotation.pool.emulator.ssm();
    ssm.put_secure("/old", SECRET);
    ssm.put_secure("/other", "password");
    let ran = rotation.run(&["--publish", "ssm:/other"]).await;
    ran.check(2, "the parameter /other has another value");
    assert!(!format!("{ran:?}").contains("password"), "{ran:?}");
    assert_eq!(rotation.pool.emulator.calls("PutParameter"), 0);
    // The second run finds the new secret.
    for _ in 0..2 {
        rotation.run(&["--publish", "ssm:/old"]).await.check(0, "");
    }
    let overwrite = ["--publish", "ssm:/other", "--overwrite"];
    rotation
        .run(&overwrite)
        .await
        .check(0, "has the new secret");
    assert_eq!(rotation.pool.emulator.calls("PutParameter"), 3);
}

/// The services read the target whose publication has failed.
#[tokio::test(flavor = "multi_thread")]
async fn failed_publication_prevents_finish() {
    let rotation = Rotation::new("rotate-target").await;
    rotation.run(&["--publish", "stdout"]).await.check(0, "");
    let denied = Fault::error("GetSecretValue", "AccessDeniedException", "denied");
    rotation.pool.emulator.inject(denied).unwrap();
    let target = format!("secretsmanager:{NAME}");
    rotation.run(&["--publish", &target]).await.check(3, "");
    rotation.pool.emulator.clear_faults();
    let text = "the publication to secretsmanager:shop/cognito has not succeeded";
    rotation.run(&["--finish"]).await.check(2, text);
    assert_eq!(rotation.secrets().await, 2);
    rotation.run(&["--publish", &target]).await.check(0, "");
    let ran = rotation.run(&["--finish"]).await;
    ran.check(0, "the old secret is deleted");
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_rotations_are_rejected() {
    let rotation = Rotation::new("rotate-usage").await;
    let public = [
        "client",
        "rotate-secret",
        "appclient1",
        "--yes",
        "--publish",
        "stdout",
    ];
    rotation.pool.run(&public).await.check(2, "has no secret");
    rotation
        .run(&["--publish", "vault:a"])
        .await
        .check(2, "stdout, file:PATH, ssm:NAME or secretsmanager:NAME");
    let denied = Fault::error("AddUserPoolClientSecret", "AccessDeniedException", "denied");
    rotation.pool.emulator.inject(denied).unwrap();
    let ran = rotation.publish(&[]).await;
    ran.check(3, "cognito-idp:AddUserPoolClientSecret");
    fs::remove_file(&rotation.state).unwrap();
    fs::write(&rotation.state, "{}").unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |mode| fs::set_permissions(&rotation.state, fs::Permissions::from_mode(mode));
        mode(0o644).unwrap();
        let ran = rotation.publish(&[]).await;
        ran.check(2, "others can read or change it");
        mode(0o600).unwrap();
    }
    rotation
        .publish(&[])
        .await
        .check(2, "is not the state of a rotation");
}

/// The state file has the only copy of a secret that is not published.
#[tokio::test(flavor = "multi_thread")]
async fn unpublished_secret_is_not_lost() {
    let rotation = Rotation::new("rotate-unpublished").await;
    let delete_old = async || {
        let members = json!({ "ClientId": "webclient1" });
        let list = send(
            &rotation.pool,
            Operation::ListUserPoolClientSecrets,
            members,
        );
        let old = list.await["ClientSecrets"][0]["ClientSecretId"].clone();
        let members = json!({ "ClientId": "webclient1", "ClientSecretId": old });
        send(
            &rotation.pool,
            Operation::DeleteUserPoolClientSecret,
            members,
        )
        .await;
    };
    // The secret is added, and the response is lost. Then another operator deletes the old secret.
    let lost = Fault::cut("AddUserPoolClientSecret").times(1);
    rotation.pool.emulator.inject(lost).unwrap();
    assert_eq!(rotation.publish(&[]).await.code, Some(1));
    delete_old().await;
    rotation.run(&["--finish"]).await.check(2, "--publish");
    assert!(rotation.state.exists());
    let ran = rotation.publish(&[]).await;
    ran.check(0, "continues the rotation");
    ran.check(0, "the old secret is deleted");
    assert!(rotation.signs_in(&rotation.published()).await);
    assert!(!rotation.state.exists());
}
