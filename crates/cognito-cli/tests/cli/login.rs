//! `cognito login` and `cognito logout`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use cognito::Cognito;
use cognito::account::{FactorChange, MfaPreference};
use cognito::clock::{Clock, SystemClock};
use cognito::config::PoolConfig;
use cognito_emulator::{
    AuthFlow, Client, Emulator, EmulatorBuilder, Fault, FirstFactor, MfaMode, totp_code,
};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStderr, Command};

use crate::support::{Folder, PASSWORD, Pool, Ran};
use crate::token::with_input;

pub(crate) const ANN: &str = "ann@example.com";
const OTHER_PASSWORD: &str = "OtherPass456!";

/// Starts an emulator with these settings, and with Ann.
pub(crate) async fn pool(settings: impl FnOnce(EmulatorBuilder) -> EmulatorBuilder) -> Pool {
    let emulator = settings(Emulator::builder()).start().await.unwrap();
    emulator.create_user(ANN, PASSWORD, &[]).unwrap();
    Pool { emulator }
}

pub(crate) fn client() -> Client {
    Client::new("myclient")
}

/// Returns a client library for the pool.
async fn library(pool: &Pool) -> Cognito {
    let id = pool.emulator.user_pool_id().parse().unwrap();
    let config = PoolConfig::new(id, "myclient".parse().unwrap());
    let builder = Cognito::builder().config(config);
    builder
        .emulator(pool.emulator.endpoint())
        .build()
        .await
        .unwrap()
}

pub(crate) fn login(pool: &Pool, arguments: &[&str]) -> Command {
    let mut command = pool.command(&["login", "--client", "myclient"]);
    command.args(arguments);
    command
}

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

/// Checks that the command wrote tokens, and neither secret in a message.
pub(crate) fn assert_tokens(ran: &Ran, secrets: &[&str]) {
    ran.check(0, "");
    let tokens: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    for name in ["accessToken", "idToken", "refreshToken"] {
        assert!(
            tokens[name].as_str().is_some_and(|token| token.len() > 100),
            "{name}"
        );
    }
    for secret in secrets {
        assert!(!ran.stderr.contains(secret), "{ran:?}");
    }
}

/// A running command. A test reads its questions and types the responses.
pub(crate) struct Dialogue {
    child: Child,
    pub(crate) stderr: BufReader<ChildStderr>,
    seen: String,
}

impl Dialogue {
    pub(crate) fn start(mut command: Command) -> Self {
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let seen = String::new();
        Self {
            child,
            stderr,
            seen,
        }
    }

    /// Waits until the command has written this string to stderr.
    pub(crate) async fn wait_for(&mut self, text: &str) {
        let start = self.seen.len();
        while !self.seen[start..].contains(text) {
            let mut byte = [0];
            let read = self.stderr.read(&mut byte).await.unwrap();
            assert_eq!(read, 1, "the command ended: {}", self.seen);
            self.seen.push(char::from(byte[0]));
        }
    }

    pub(crate) async fn answer(&mut self, text: &str) {
        let stdin = self.child.stdin.as_mut().unwrap();
        stdin
            .write_all(format!("{text}\n").as_bytes())
            .await
            .unwrap();
    }

    pub(crate) async fn end(mut self) -> Ran {
        self.stderr.read_to_string(&mut self.seen).await.unwrap();
        let mut ran = Ran::from(self.child.wait_with_output().await.unwrap());
        ran.stderr = self.seen;
        ran
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn password_signs_in() {
    let pool = pool(|emulator| emulator.client(client())).await;
    let signed_in = with_input(login(&pool, &[ANN]), &format!("{PASSWORD}\n")).await;
    assert_tokens(&signed_in, &[PASSWORD]);
    let wrong = with_input(login(&pool, &[ANN]), "WrongPass789!\n").await;
    wrong.check(1, "InitiateAuth");
    assert_eq!(wrong.stdout, "");
    let none = with_input(login(&pool, &[ANN]), "").await;
    none.check(2, "stdin ended before the answer to: Password");
    pool.run(&["login", ANN]).await.check(2, "add --client ID");
    pool.run(&["login"]).await.check(2, "<USER>");
}

#[tokio::test(flavor = "multi_thread")]
async fn throttled_sign_in_has_its_exit_code() {
    let pool = pool(|emulator| emulator.client(client())).await;
    let throttled = Fault::error("InitiateAuth", "TooManyRequestsException", "Rate exceeded");
    pool.emulator.inject(throttled).unwrap();
    let ran = with_input(login(&pool, &[ANN]), &format!("{PASSWORD}\n")).await;
    ran.check(4, "InitiateAuth");
}

#[tokio::test(flavor = "multi_thread")]
async fn saved_file_is_private_until_logout() {
    let pool = pool(|emulator| emulator.client(client())).await;
    let file = path("saved-tokens.json");
    // An existing file with wide permissions is replaced.
    fs::write(&file, "old").unwrap();
    let name = file.to_str().unwrap();
    let arguments = [ANN, "--save", name];
    let ran = with_input(login(&pool, &arguments), &format!("{PASSWORD}\n")).await;
    ran.check(0, "the access token is valid for 60 minutes");
    assert_eq!(ran.stdout, "");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let logout = ["logout", name, "--client", "myclient"];
    let dry: Vec<_> = logout.iter().copied().chain(["--dry-run"]).collect();
    pool.run(&dry).await.check(0, "dry run, not done");
    assert_eq!(pool.emulator.calls("RevokeToken"), 0);
    assert!(file.exists());

    let failure = Fault::error("RevokeToken", "TooManyRequestsException", "Rate exceeded");
    pool.emulator.inject(failure.times(1)).unwrap();
    pool.run(&logout).await.check(4, "RevokeToken");
    assert!(
        file.exists(),
        "a token that was not revoked must not be lost"
    );
    pool.run(&logout).await.check(0, "signed out");
    assert_eq!(pool.emulator.calls("RevokeToken"), 2);
    assert!(!file.exists());
    pool.run(&logout).await.check(2, "cannot be read");
    // Files of other tools have a refresh token, too.
    fs::write(&file, r#"{"accessToken":"a","refreshToken":"r"}"#).unwrap();
    pool.run(&logout)
        .await
        .check(2, "not a file of cognito login");
    assert_eq!(pool.emulator.calls("RevokeToken"), 2);
    assert!(file.exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn unwritable_file_is_reported() {
    let pool = pool(|emulator| emulator.client(client())).await;
    let folder = Folder::new("unwritable");
    for file in ["/nowhere/tokens.json", folder.path("").to_str().unwrap()] {
        let arguments = [ANN, "--save", file];
        let ran = with_input(login(&pool, &arguments), &format!("{PASSWORD}\n")).await;
        ran.check(1, &format!("cannot write {file}"));
        assert_eq!(ran.stdout, "");
    }
    // Tokens that cannot be saved are not requested.
    assert_eq!(pool.emulator.calls("InitiateAuth"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn failed_save_revokes_refresh_token() {
    let pool = pool(|emulator| emulator.client(client())).await;
    let folder = Folder::new("failed-save");
    let file = folder.path("tokens.json");
    let mut dialogue = Dialogue::start(login(&pool, &[ANN, "--save", file.to_str().unwrap()]));
    dialogue.wait_for("Password").await;
    // The file can be written before the sign-in, but not after it.
    fs::create_dir(&file).unwrap();
    dialogue.answer(PASSWORD).await;
    let ran = dialogue.end().await;
    ran.check(1, "cannot write");
    ran.check(1, "the refresh token is revoked");
    assert_eq!(ran.stdout, "");
    assert_eq!(pool.emulator.calls("RevokeToken"), 1);
    let files = fs::read_dir(file.parent().unwrap()).unwrap();
    assert_eq!(files.count(), 1, "no other file has the tokens");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn logout_rejects_symbolic_link() {
    let pool = pool(|emulator| emulator.client(client())).await;
    let folder = Folder::new("logout-link");
    let (file, link) = (folder.path("tokens.json"), folder.path("link.json"));
    let arguments = [ANN, "--save", file.to_str().unwrap()];
    let ran = with_input(login(&pool, &arguments), &format!("{PASSWORD}\n")).await;
    ran.check(0, "");
    std::os::unix::fs::symlink(&file, &link).unwrap();
    let logout = ["logout", link.to_str().unwrap(), "--client", "myclient"];
    pool.run(&logout).await.check(2, "symbolic link");
    assert_eq!(pool.emulator.calls("RevokeToken"), 0);
    assert!(file.exists() && link.is_symlink());
}

#[tokio::test(flavor = "multi_thread")]
async fn dry_run_of_login_is_rejected() {
    let pool = pool(|emulator| emulator.client(client())).await;
    let ran = with_input(login(&pool, &[ANN, "--dry-run"]), &format!("{PASSWORD}\n")).await;
    ran.check(2, "--dry-run");
    assert_eq!(pool.emulator.calls("InitiateAuth"), 0);
}

/// The secret of an authenticator app is shown on a terminal only.
#[tokio::test(flavor = "multi_thread")]
async fn app_is_not_set_up_without_terminal() {
    let pool = pool(|emulator| emulator.client(client()).mfa(MfaMode::On)).await;
    let input = format!("{PASSWORD}\n123456\n");
    let ran = with_input(login(&pool, &[ANN]), &input).await;
    ran.check(1, "in a terminal");
    assert!(!ran.stderr.contains("secret="), "{ran:?}");
    assert_eq!(pool.emulator.calls("AssociateSoftwareToken"), 0);
}

/// Returns a command that runs `command` in a separate terminal, and writes everything that the
/// terminal shows to stderr.
#[cfg(target_os = "linux")]
fn in_terminal(command: &Command) -> Command {
    let command = command.as_std();
    let words = [command.get_program()]
        .into_iter()
        .chain(command.get_args());
    let words: Vec<_> = words.map(|word| word.to_str().unwrap()).collect();
    let mut terminal = Command::new("sh");
    terminal.args([
        "-c",
        "exec script -qefc \"$0\" /dev/null >&2",
        &words.join(" "),
    ]);
    terminal
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .kill_on_drop(true);
    terminal
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn authenticator_app_is_set_up_in_terminal() {
    let pool = pool(|emulator| emulator.client(client()).mfa(MfaMode::On)).await;
    let mut set_up = Dialogue::start(in_terminal(&login(&pool, &[ANN])));
    set_up.wait_for("Password: ").await;
    set_up.answer(PASSWORD).await;
    set_up.wait_for("First code of the app").await;
    let (_, secret) = set_up.seen.split_once("secret=").unwrap();
    let secret = secret.split('&').next().unwrap().to_owned();
    let code = totp_code(&secret, SystemClock::new().now());
    set_up.answer(&code).await;
    set_up.end().await.check(0, "refreshToken");
}

#[tokio::test(flavor = "multi_thread")]
async fn code_of_authenticator_app_signs_in() {
    let pool = pool(|emulator| emulator.client(client()).mfa(MfaMode::Optional)).await;
    let (secret, used) = pool.set_up_app(ANN).await;
    let library = library(&pool).await;
    let on = MfaPreference::new().totp(FactorChange::Preferred);
    let user = library.admin().user(ANN);
    user.set_mfa_preference(on).await.unwrap();

    let mut sign_in = Dialogue::start(login(&pool, &[ANN]));
    sign_in.answer(PASSWORD).await;
    sign_in.wait_for("Code of the authenticator app").await;
    sign_in.answer("abc").await;
    sign_in.wait_for("try again").await;
    sign_in.wait_for("Code of the authenticator app").await;
    // A code is good once, so the sign-in uses the code of the next step.
    let next = used + std::time::Duration::from_secs(30);
    sign_in.answer(&totp_code(&secret, next)).await;
    assert_tokens(&sign_in.end().await, &[PASSWORD]);
}

#[tokio::test(flavor = "multi_thread")]
async fn code_by_email_signs_in() {
    let client = client().flow(AuthFlow::UserAuth);
    let pool = pool(|emulator| emulator.client(client).first_factor(FirstFactor::EmailOtp)).await;
    for arguments in [&[ANN, "--factor", "email"], &[ANN, "--factor", "choose"]] {
        let mut dialogue = Dialogue::start(login(&pool, arguments));
        if arguments[2] == "choose" {
            dialogue.wait_for("Factor (").await;
            dialogue.answer("EMAIL_OTP").await;
        }
        dialogue.wait_for("sent by e-mail to").await;
        let code = pool.emulator.inbox().latest_code(ANN).unwrap();
        dialogue.answer(&code).await;
        assert_tokens(&dialogue.end().await, &[&code]);
    }
    let choose = [ANN, "--factor", "choose"];
    let ran = with_input(login(&pool, &choose), "PIGEON\n").await;
    ran.check(2, "the factor must be one of");
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_code_may_be_repeated_three_times() {
    let pool = pool(|emulator| emulator.client(client()).email_mfa(true)).await;
    let library = library(&pool).await;
    let signed_in = library.login(ANN, PASSWORD).await.unwrap();
    let token = signed_in.into_tokens().unwrap().access_token;
    let preference = MfaPreference::new().email(FactorChange::Preferred);
    let account = library.account(&token);
    account.set_mfa_preference(preference).await.unwrap();
    let answers = format!("{PASSWORD}\n000000\n000000\n000000\n000000\n");
    let ran = with_input(login(&pool, &[ANN]), &answers).await;
    ran.check(1, "try again");
    assert_eq!(ran.stderr.matches("try again").count(), 2, "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn temporary_password_is_replaced() {
    let pool = pool(|emulator| emulator.client(client())).await;
    let user = library(&pool).await.admin().user(ANN);
    user.set_temporary_password(OTHER_PASSWORD).await.unwrap();
    let mut dialogue = Dialogue::start(login(&pool, &[ANN]));
    dialogue.answer(OTHER_PASSWORD).await;
    dialogue.wait_for("New password").await;
    dialogue.answer("short").await;
    dialogue.wait_for("try again").await;
    dialogue.answer(PASSWORD).await;
    assert_tokens(&dialogue.end().await, &[PASSWORD, OTHER_PASSWORD]);
}
