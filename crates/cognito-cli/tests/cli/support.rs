//! The emulator, and the command as a child process with a separate environment.

use std::fs;
use std::path::PathBuf;
use std::process::{Output, Stdio};
use std::time::{Duration, SystemTime};

use cognito::Cognito;
use cognito::account::{FactorChange, MfaPreference};
use cognito::clock::{Clock, SystemClock};
use cognito::config::PoolConfig;
use cognito_emulator::{
    Client, Emulator, EmulatorBuilder, MfaMode, Request, ThreatProtection, totp_code,
};
use serde_json::Value;
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// A user pool in an emulator.
pub(crate) struct Pool {
    pub(crate) emulator: Emulator,
}

impl Pool {
    /// Starts an emulator with an empty user pool.
    pub(crate) async fn start() -> Self {
        Self::start_with(|emulator| emulator).await
    }

    pub(crate) async fn start_with(
        change: impl FnOnce(EmulatorBuilder) -> EmulatorBuilder,
    ) -> Self {
        let emulator = Emulator::builder().client(Client::new("myclient"));
        Self {
            emulator: change(emulator).start().await.expect("starts"),
        }
    }

    /// Starts an emulator with the user `ann@example.com`.
    pub(crate) async fn with_ann() -> Self {
        let pool = Self::start().await;
        pool.create_ann();
        pool
    }

    /// Starts an emulator in which `ann@example.com` has SMS codes as second factor.
    pub(crate) async fn with_phone() -> Self {
        let pool = Self::start_with(|emulator| emulator.mfa(MfaMode::Optional)).await;
        pool.create_ann();
        let ann = pool.cognito().await.admin().user("ann@example.com");
        let phone = ann
            .update_attributes()
            .attribute("phone_number", "+4930123456");
        phone.await.expect("set");
        let on = MfaPreference::new().sms(FactorChange::On);
        ann.set_mfa_preference(on).await.expect("set");
        pool
    }

    /// Starts an emulator with threat protection, in which `ann@example.com` has signed in.
    pub(crate) async fn with_sign_in() -> Self {
        let protection = ThreatProtection::Enforced;
        let pool = Self::start_with(|emulator| emulator.threat_protection(protection)).await;
        pool.create_ann();
        let login = pool
            .cognito()
            .await
            .login("ann@example.com", PASSWORD)
            .await;
        assert!(login.is_ok(), "{login:?}");
        pool
    }

    fn create_ann(&self) {
        self.create("ann@example.com", &[("name", "Ann")]);
    }

    /// Creates a user.
    pub(crate) fn create(&self, email: &str, attributes: &[(&str, &str)]) {
        let created = self.emulator.create_user(email, PASSWORD, attributes);
        created.expect("created");
    }

    /// Sets up an authenticator app for a user, and turns it on. Returns the secret of the app and
    /// the time of the code that is used up.
    pub(crate) async fn set_up_app(&self, email: &str) -> (String, SystemTime) {
        let cognito = self.cognito().await;
        let signed_in = cognito.login(email, PASSWORD).await.expect("signed in");
        let tokens = signed_in.into_tokens().expect("no challenge");
        let account = cognito.account(&tokens.access_token);
        let setup = account.setup_totp().await.expect("started");
        let secret = setup.secret.expose().to_owned();
        let now = SystemClock::new().now();
        let confirmed = account.confirm_totp(totp_code(&secret, now));
        confirmed.await.expect("confirmed");
        (secret, now)
    }

    /// Calls a signed operation of Cognito. The id of the pool is added.
    pub(crate) async fn operator(&self, operation: &str, mut fields: Value) -> Value {
        fields["UserPoolId"] = self.emulator.user_pool_id().into();
        let target = format!("AWSCognitoIdentityProviderService.{operation}");
        self.signed(&target, &fields).await
    }

    /// Calls a signed operation of a service of AWS, which is named like its `X-Amz-Target`.
    pub(crate) async fn signed(&self, target: &str, fields: &Value) -> Value {
        let signature = "AWS4-HMAC-SHA256 Credential=test/20231114/us-east-1/x/aws4_request, \
                         SignedHeaders=host, Signature=0";
        let request = Request::new("POST", "/")
            .header("x-amz-target", target)
            .header("authorization", signature)
            .body(fields.to_string());
        let response = self.emulator.respond(request).await.expect("responds");
        let status = response.status();
        let body = response.into_body();
        assert_eq!(status, 200, "{target}: {}", String::from_utf8_lossy(&body));
        if body.is_empty() {
            return Value::Null;
        }
        serde_json::from_slice(&body).expect("JSON")
    }

    /// Returns a client for the pool.
    pub(crate) async fn cognito(&self) -> Cognito {
        let pool = self.emulator.user_pool_id().parse().expect("valid");
        let client = self.emulator.client_id().parse().expect("valid");
        let cognito = Cognito::builder().config(PoolConfig::new(pool, client));
        cognito
            .emulator(self.emulator.endpoint())
            .build()
            .await
            .expect("built")
    }

    /// Returns the command for the pool. Its environment has AWS credentials only.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = without_pool(arguments);
        command.args(["--pool", self.emulator.user_pool_id()]);
        command.args(["--endpoint-url", self.emulator.endpoint()]);
        command
    }

    /// Runs the command to its end.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Ran {
        run(self.command(arguments)).await
    }
}

/// A password that every pool accepts.
pub(crate) const PASSWORD: &str = "SecurePass123!";

/// Returns the command with an environment that has AWS credentials only.
pub(crate) fn without_pool(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cognito"));
    command
        .env_clear()
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .args(arguments);
    command
}

/// Runs the command to its end.
pub(crate) async fn run(mut command: Command) -> Ran {
    Ran::from(command.output().await.expect("runs"))
}

/// Waits until `reached` returns `true`, or until the command ends. Then returns its exit code.
pub(crate) async fn until(child: &mut Child, mut reached: impl FnMut() -> bool) -> Option<i32> {
    loop {
        let waited = timeout(Duration::from_millis(1), child.wait()).await;
        if let Ok(status) = waited {
            return status.unwrap().code();
        }
        if reached() {
            return None;
        }
    }
}

/// The exit code and the output of a command.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        Self {
            code: output.status.code(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }
}

impl Ran {
    /// Checks the exit code, and that stderr contains `message`.
    pub(crate) fn check(&self, code: i32, message: &str) {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert!(self.stderr.contains(message), "{self:?}");
    }
}

/// A folder that is deleted at the end of the test.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(test: &str) -> Self {
        let name = format!("cognito-cli-{}-{test}", std::process::id());
        let path = std::env::temp_dir().join(name);
        let _ = fs::remove_dir_all(&path);
        fs::create_dir(&path).expect("a directory");
        Self(path)
    }

    /// Returns the path of a file in the folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
