//! `cognito login` and `cognito logout`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use cognito::Cognito;
use cognito::account::{FactorChange, MfaPreference};
use cognito::clock::{Clock, SystemClock};
use cognito::config::PoolConfig;
use cognito_emulator::{
    AuthFlow, Client, Emulator, EmulatorBuilder, Fault, FirstFactor, MfaMode, OAuthFlow, totp_code,
};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStderr, Command};

use crate::browser::Browser;
use crate::fixture::Fixture;
use crate::support::{PASSWORD, Pool, Ran};
use crate::token::with_input;

const ANN: &str = "ann@example.com";
const OTHER_PASSWORD: &str = "OtherPass456!";

/// Starts an emulator with these settings, and with Ann.
async fn pool(settings: impl FnOnce(EmulatorBuilder) -> EmulatorBuilder) -> Pool {
    let emulator = settings(Emulator::builder()).start().await.unwrap();
    emulator.create_user(ANN, PASSWORD, &[]).unwrap();
    Pool { emulator }
}

fn client() -> Client {
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

fn login(pool: &Pool, arguments: &[&str]) -> Command {
    let mut command = pool.command(&["login", "--client", "myclient"]);
    command.args(arguments);
    command
}

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

/// Checks that the command wrote tokens, and neither secret in a message.
fn assert_tokens(ran: &Ran, secrets: &[&str]) {
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

/// A running command, whose questions a test reads and answers.
struct Dialogue {
    child: Child,
    stderr: BufReader<ChildStderr>,
    seen: String,
}

impl Dialogue {
    fn start(mut command: Command) -> Self {
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

    /// Waits until the command has written this text to stderr.
    async fn wait_for(&mut self, text: &str) {
        let start = self.seen.len();
        while !self.seen[start..].contains(text) {
            let mut byte = [0];
            let read = self.stderr.read(&mut byte).await.unwrap();
            assert_eq!(read, 1, "the command ended: {}", self.seen);
            self.seen.push(char::from(byte[0]));
        }
    }

    async fn answer(&mut self, text: &str) {
        let stdin = self.child.stdin.as_mut().unwrap();
        stdin
            .write_all(format!("{text}\n").as_bytes())
            .await
            .unwrap();
    }

    async fn end(mut self) -> Ran {
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
    pool.run(&logout).await.check(2, name);
    fs::write(&file, "{}").unwrap();
    pool.run(&logout)
        .await
        .check(2, "not a file of cognito login");
}

#[tokio::test(flavor = "multi_thread")]
async fn unwritable_file_is_reported() {
    let pool = pool(|emulator| emulator.client(client())).await;
    let arguments = [ANN, "--save", "/nowhere/tokens.json"];
    let ran = with_input(login(&pool, &arguments), &format!("{PASSWORD}\n")).await;
    ran.check(1, "cannot write /nowhere/tokens.json");
    assert_eq!(ran.stdout, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn authenticator_app_is_set_up_and_used() {
    let pool = pool(|emulator| emulator.client(client()).mfa(MfaMode::On)).await;
    let mut set_up = Dialogue::start(login(&pool, &[ANN]));
    set_up.answer(PASSWORD).await;
    set_up.wait_for("First code of the app").await;
    let (_, secret) = set_up.seen.split_once("secret=").unwrap();
    let secret = secret.split('&').next().unwrap().to_owned();
    let now = SystemClock::new().now();
    set_up.answer(&totp_code(&secret, now)).await;
    assert_tokens(&set_up.end().await, &[PASSWORD]);

    // A code is good once, so the next sign-in uses the code of the next step.
    let mut sign_in = Dialogue::start(login(&pool, &[ANN]));
    sign_in.answer(PASSWORD).await;
    sign_in.wait_for("Code of the authenticator app").await;
    sign_in.answer("abc").await;
    sign_in.wait_for("try again").await;
    sign_in.wait_for("Code of the authenticator app").await;
    let next = now + std::time::Duration::from_secs(30);
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

/// Sends a request to the server of the command, and returns the status line and the body.
async fn get(port: u16, target: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let request = format!("GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).await.unwrap();
    response
}

/// Returns a port that is free.
fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    listener.local_addr().unwrap().port()
}

#[tokio::test(flavor = "multi_thread")]
async fn hosted_login_accepts_its_own_response_only() {
    let port = free_port();
    let client = client()
        .oauth_flow(OAuthFlow::Code)
        .oauth_scope("openid")
        .oauth_scope("email")
        .callback_url(format!("http://127.0.0.1:{port}/callback"));
    let pool = pool(|emulator| emulator.client(client)).await;
    let port_text = port.to_string();
    let arguments = [
        "--hosted", "--port", &port_text, "--scope", "email", "--quiet",
    ];
    let mut dialogue = Dialogue::start(login(&pool, &arguments));
    dialogue.wait_for("browser: ").await;
    let mut url = String::new();
    dialogue.stderr.read_line(&mut url).await.unwrap();
    let url = url.trim();
    assert!(url.contains("code_challenge_method=S256"), "{url}");

    // Browsers open connections in advance, without a request.
    let _idle = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let page = get(port, "/favicon.ico").await;
    assert!(page.starts_with("HTTP/1.1 404 "), "{page}");
    let page = get(port, "/callback?code=stolen&state=other").await;
    assert!(page.starts_with("HTTP/1.1 400 "), "{page}");
    assert_eq!(pool.emulator.calls("/oauth2/token"), 0);

    let back = Browser::of(&Fixture).signed_in(url, ANN, PASSWORD).await;
    let target = back.split_once("/callback").unwrap().1;
    let page = get(port, &format!("/callback{target}")).await;
    assert!(page.starts_with("HTTP/1.1 200 "), "{page}");
    assert!(page.ends_with("You are signed in. You can close this window."));
    assert_tokens(&dialogue.end().await, &[PASSWORD]);
    // One response is accepted, so nothing listens any more.
    assert!(TcpStream::connect(("127.0.0.1", port)).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn hosted_login_reports_rejection() {
    let port = free_port();
    let pool = pool(|emulator| emulator.client(client())).await;
    let port_text = port.to_string();
    let mut dialogue = Dialogue::start(login(&pool, &["--hosted", "--port", &port_text]));
    dialogue.wait_for("state=").await;
    let mut rest = String::new();
    dialogue.stderr.read_line(&mut rest).await.unwrap();
    let state = rest.split('&').next().unwrap().trim();
    let target = format!("/callback?error=access_denied&state={state}");
    let page = get(port, &target).await;
    assert!(page.ends_with("The terminal shows the reason."), "{page}");
    let ran = dialogue.end().await;
    ran.check(1, "");
    assert_eq!(ran.stdout, "");
    let taken = std::net::TcpListener::bind(("127.0.0.1", port)).unwrap();
    let ran = with_input(login(&pool, &["--hosted", "--port", &port_text]), "").await;
    ran.check(2, "set --port");
    drop(taken);
}
