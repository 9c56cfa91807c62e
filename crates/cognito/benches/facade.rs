//! A benchmark of the cost of the crate `cognito` compared with the AWS SDK and the token verifier.
//!
//! It measures three calls: `GetUser`, a sign-in with a password, and the verification of an access
//! token. Each call runs through the facade and directly. The two clients have the same settings:
//! HTTP client, timeouts, attempts, no stalled-stream protection. All requests go to one emulator,
//! which runs on another thread.
//!
//! The result is the CPU time of the calling thread. Batches through the facade and direct batches
//! alternate, and the ratio compares adjacent batches. A change in the speed of the host therefore
//! affects both.
//!
//! Two more comparisons show what spans cost: the same two operations of the facade, with spans that
//! an OpenTelemetry layer receives and does not sample, and without a subscriber.
//!
//! `--calls CASE N` only makes `N` calls of one case: `get-user`, `get-user-bare`, `login` or
//! `login-bare`. With `--unsampled`, the layer is installed for the whole process. Valgrind can then
//! count the instructions of the calling thread, which do not depend on the load of the host. The
//! difference between two runs, divided by the difference of their `N`, is the cost of one call:
//!
//! ```text
//! valgrind --tool=callgrind --separate-threads=yes target/release/deps/facade-… --calls login 300
//! ```
//!
//! The benchmark prints microseconds, and writes `bench/facade.json` in the target folder. Without
//! `--bench`, as in a test run, it makes only a short measurement and writes nothing.
#![allow(clippy::print_stdout, reason = "a benchmark prints its result")]

use std::error::Error;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;
use std::{env, fs, io, thread};

use aws_sdk_cognitoidentityprovider::Client;
use aws_sdk_cognitoidentityprovider::config::retry::RetryConfig;
use aws_sdk_cognitoidentityprovider::config::timeout::TimeoutConfig;
use aws_sdk_cognitoidentityprovider::config::{
    BehaviorVersion, Config, Region, StalledStreamProtectionConfig,
};
use aws_sdk_cognitoidentityprovider::operation::initiate_auth::builders::InitiateAuthFluentBuilder;
use aws_sdk_cognitoidentityprovider::types::AuthFlowType;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use cognito::config::{PoolConfig, Timeouts};
use cognito::verifier::CognitoVerifier;
use cognito::{Cognito, SignIn, SignInFlow};
use cognito_emulator::Emulator;
use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tracing::Dispatch;
use tracing::instrument::WithSubscriber;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::{Layer, SubscriberExt};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

const EMAIL: &str = "user@example.com";
const PASSWORD: &str = "SecurePass123!";
/// The maximum accepted ratio of two CPU times: the time of an operation through the crate
/// `cognito`, divided by the time of the same operation without this crate.
const BAR: f64 = 1.05;
/// The same for spans that are not sampled, compared with no subscriber.
const BAR_OF_SPANS: f64 = 1.02;
const BREATH: Duration = Duration::from_millis(1);

/// The size of a measurement: the number of rounds, and the number of calls in a batch. A round has
/// one batch of calls through the crate `cognito`, and one batch of calls without it.
#[derive(Clone, Copy)]
struct Effort {
    rounds: usize,
    calls: u32,
}

impl Effort {
    const FULL: Self = Self {
        rounds: 500,
        calls: 60,
    };
    const LITTLE: Self = Self {
        rounds: 2,
        calls: 5,
    };

    /// Divides the number of calls in a batch by `divisor`, for a call that takes longer. A batch
    /// keeps at least one call.
    const fn calls_through(self, divisor: u32) -> Self {
        let calls = if self.calls < divisor {
            1
        } else {
            self.calls / divisor
        };
        Self { calls, ..self }
    }
}

/// Returns the mean CPU time of `$call` in microseconds, over `$calls` calls.
///
/// It is a macro because the futures of an async closure cannot be proven to be `Send`.
macro_rules! batch {
    ($calls:expr, $call:expr) => {{
        // A task switch updates the kernel's accounting.
        tokio::time::sleep(BREATH).await;
        let start = thread_cpu()?;
        for _ in 0..$calls {
            drop(black_box($call.await?));
        }
        tokio::time::sleep(BREATH).await;
        (thread_cpu()? - start) / f64::from($calls) / 1_000.0
    }};
}

/// Measures an operation through the crate `cognito` (`$facade`), and the same operation without
/// it, for example as a call of the AWS SDK (`$bare`). Each round has one batch of calls for each
/// of the two. Returns the measurements as a [`Pair`]. The first round is a warm-up and is not
/// recorded.
macro_rules! pair {
    ($names:expr, $effort:expr, $facade:expr, $bare:expr) => {{
        let effort: Effort = $effort;
        let mut pair = Pair::new($names);
        for round in 0..=effort.rounds {
            // The second batch of a round has warmer caches, so the order changes in each round.
            for is_facade in [round % 2 == 0, round % 2 == 1] {
                let time = if is_facade {
                    batch!(effort.calls, $facade)
                } else {
                    batch!(effort.calls, $bare)
                };
                // The first round connects and fetches keys.
                if round > 0 {
                    pair.add(is_facade, time);
                }
            }
        }
        pair
    }};
}

fn main() -> Result<()> {
    let given = |option: &str| env::args().any(|argument| argument == option);
    if given("--list") {
        // A test runner lists the tests.
        return Ok(());
    }
    let full = given("--bench");
    let pool = Pool::start()?;
    let mut arguments = env::args().skip_while(|argument| argument != "--calls");
    if let Some((case, calls)) = arguments.nth(1).zip(arguments.next()) {
        let calls = calls.parse()?;
        if given("--unsampled") {
            tracing::dispatcher::set_global_default(unsampled())?;
        }
        let task = async move { tokio::spawn(async move { only(pool, &case, calls).await }).await };
        return runtime()?.block_on(task)?;
    }
    let effort = if full { Effort::FULL } else { Effort::LITTLE };
    // In a separate task, like the handlers of a service.
    let task = async { tokio::spawn(measure(pool, effort)).await };
    let measured = runtime()?.block_on(task)??;
    for pair in &measured {
        pair.print();
    }
    if full {
        let cases: Vec<_> = measured.iter().flat_map(Pair::json).collect();
        write("facade", &cases)?;
    }
    Ok(())
}

async fn measure(pool: Pool, effort: Effort) -> Result<Vec<Pair>> {
    let facade = pool.facade().await?;
    let bare = pool.bare();
    let SignIn::Complete(tokens) = facade.login(EMAIL, PASSWORD).await? else {
        return Err("the emulator requires more than a password".into());
    };
    let token = tokens.access_token.expose();
    let verifier = pool.verifier()?;
    let get_user = pair!(
        ["GetUser through the facade", "GetUser, bare SDK"],
        effort,
        facade.account(token).details(),
        bare.get_user().access_token(token).send()
    );
    let login = pair!(
        ["login through the facade", "InitiateAuth, bare SDK"],
        effort.calls_through(4),
        facade.login(EMAIL, PASSWORD),
        pool.bare_login(&bare).send()
    );
    let verify = pair!(
        [
            "verify_access_token through the facade",
            "verify_access, bare verifier",
        ],
        effort,
        facade.verify_access_token(token),
        verifier.verify_access(token)
    );
    let traced = unsampled();
    let get_user_traced = pair!(
        ["GetUser, spans not sampled", "GetUser, no subscriber"],
        effort,
        facade
            .account(token)
            .details()
            .into_future()
            .with_subscriber(traced.clone()),
        facade.account(token).details()
    );
    let login_traced = pair!(
        ["login, spans not sampled", "login, no subscriber"],
        effort.calls_through(4),
        facade
            .login(EMAIL, PASSWORD)
            .into_future()
            .with_subscriber(traced.clone()),
        facade.login(EMAIL, PASSWORD)
    );
    Ok(vec![
        get_user.with_bar(BAR),
        login.with_bar(BAR),
        verify,
        get_user_traced.with_bar(BAR_OF_SPANS),
        login_traced.with_bar(BAR_OF_SPANS),
    ])
}

/// Returns a subscriber that gives all spans of level INFO to an OpenTelemetry layer, which samples
/// none of them.
fn unsampled() -> Dispatch {
    let tracers = SdkTracerProvider::builder()
        .with_sampler(Sampler::AlwaysOff)
        .build();
    let spans = tracing_opentelemetry::layer()
        .with_tracer(tracers.tracer("bench"))
        .with_location(false)
        .with_threads(false)
        .with_tracked_inactivity(false);
    tracing_subscriber::registry()
        .with(spans.with_filter(LevelFilter::INFO))
        .into()
}

/// Makes `calls` calls of one case, for a tool that counts instructions.
async fn only(pool: Pool, case: &str, calls: u32) -> Result<()> {
    let facade = pool.facade().await?;
    let bare = pool.bare();
    let SignIn::Complete(tokens) = facade.login(EMAIL, PASSWORD).await? else {
        return Err("the emulator requires more than a password".into());
    };
    let token = tokens.access_token.expose();
    for _ in 0..calls {
        match case {
            "get-user" => drop(facade.account(token).details().await?),
            "get-user-bare" => drop(bare.get_user().access_token(token).send().await?),
            "login" => drop(facade.login(EMAIL, PASSWORD).await?),
            "login-bare" => drop(pool.bare_login(&bare).send().await?),
            _ => return Err("the cases are get-user, get-user-bare, login and login-bare".into()),
        }
    }
    Ok(())
}

/// An emulator on a separate thread and runtime, with one user in its pool.
struct Pool {
    endpoint: String,
    id: String,
    client: String,
    issuer: String,
    jwks_uri: String,
    /// The sender that stops the emulator when the sender is dropped.
    _running: oneshot::Sender<()>,
}

impl Pool {
    fn start() -> Result<Self> {
        let (running, stopped) = oneshot::channel();
        let (said, started) = mpsc::channel();
        thread::spawn(move || {
            let runtime = runtime()?;
            runtime.block_on(async move {
                let emulator = Emulator::builder().start().await?;
                emulator.create_user(EMAIL, PASSWORD, &[("name", "John Doe")])?;
                said.send(Self {
                    endpoint: emulator.endpoint().to_owned(),
                    id: emulator.user_pool_id().to_owned(),
                    client: emulator.client_id().to_owned(),
                    issuer: emulator.issuer().to_owned(),
                    jwks_uri: emulator.jwks_uri(),
                    _running: running,
                })?;
                // Nothing is ever sent. The error means that the sender was dropped.
                drop(stopped.await);
                emulator.shutdown().await;
                Result::Ok(())
            })
        });
        Ok(started.recv()?)
    }

    async fn facade(&self) -> Result<Cognito> {
        let config = PoolConfig::new(self.id.parse()?, self.client.parse()?)
            .with_issuer(&self.issuer, &self.jwks_uri);
        let facade = Cognito::builder()
            .config(config)
            .emulator(&self.endpoint)
            .sign_in_flow(SignInFlow::UserPassword)
            .timeouts(Timeouts::default())
            .max_attempts(3);
        Ok(facade.build().await?)
    }

    /// Returns a client of the AWS SDK with the same settings as the `Cognito` client.
    fn bare(&self) -> Client {
        let timeouts = Timeouts::default();
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(timeouts.connect)
            .read_timeout(timeouts.read)
            .operation_attempt_timeout(timeouts.attempt)
            .operation_timeout(timeouts.operation)
            .build();
        let http = aws_smithy_http_client::Builder::new()
            .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
            .build_https();
        let config = Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::from_static("us-east-1"))
            .endpoint_url(&self.endpoint)
            .http_client(http)
            .timeout_config(timeouts)
            .retry_config(RetryConfig::standard().with_max_attempts(3))
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        Client::from_conf(config.build())
    }

    /// Returns the request of a sign-in with the AWS SDK.
    fn bare_login(&self, bare: &Client) -> InitiateAuthFluentBuilder {
        bare.initiate_auth()
            .auth_flow(AuthFlowType::UserPasswordAuth)
            .client_id(&self.client)
            .auth_parameters("USERNAME", EMAIL)
            .auth_parameters("PASSWORD", PASSWORD)
    }

    fn verifier(&self) -> Result<CognitoVerifier> {
        let verifier = CognitoVerifier::builder(self.id.parse()?)
            .client_id(&self.client)
            .issuer(&self.issuer)
            .jwks_uri(&self.jwks_uri);
        Ok(verifier.build()?)
    }
}

fn runtime() -> io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
}

/// The CPU times of one call with and without the crate `cognito`: the mean of each batch, in
/// microseconds.
struct Pair {
    names: [&'static str; 2],
    facade: Vec<f64>,
    bare: Vec<f64>,
    bar: Option<f64>,
}

/// Returns the CPU time of the current thread in nanoseconds (Linux, `proc_pid_schedstat(5)`).
fn thread_cpu() -> Result<f64> {
    let text = fs::read_to_string("/proc/thread-self/schedstat")?;
    let first = text.split(' ').next().unwrap_or_default();
    Ok(first.parse()?)
}

impl Pair {
    const fn new(names: [&'static str; 2]) -> Self {
        Self {
            names,
            facade: Vec::new(),
            bare: Vec::new(),
            bar: None,
        }
    }

    fn add(&mut self, is_facade: bool, time: f64) {
        let times = if is_facade {
            &mut self.facade
        } else {
            &mut self.bare
        };
        times.push(time);
    }

    const fn with_bar(mut self, bar: f64) -> Self {
        self.bar = Some(bar);
        self
    }

    fn ratios(&self) -> Vec<f64> {
        let both = self.facade.iter().zip(&self.bare);
        both.map(|(facade, bare)| facade / bare).collect()
    }

    fn verdict(&self) -> Option<String> {
        let bar = self.bar?;
        let said = if Summary::of(self.ratios()).median <= bar {
            "PASS"
        } else {
            "FALLS SHORT"
        };
        Some(format!("at most {bar}: {said}"))
    }

    fn rows(&self) -> [(String, &'static str, Summary); 3] {
        let [facade, bare] = self.names;
        [
            (bare.to_owned(), "us CPU", Summary::of(self.bare.clone())),
            (
                facade.to_owned(),
                "us CPU",
                Summary::of(self.facade.clone()),
            ),
            (
                format!("{facade} / {bare}"),
                "x",
                Summary::of(self.ratios()),
            ),
        ]
    }

    fn print(&self) {
        for (name, unit, summary) in self.rows() {
            let Summary { median, min, max } = summary;
            println!("{name:66} {median:9.3} {unit:7} ({min:.3} to {max:.3})");
        }
        if let Some(verdict) = self.verdict() {
            println!("BAR  {}: {verdict}", self.names.join(" / "));
        }
    }

    fn json(&self) -> Vec<Value> {
        let case = |(name, unit, summary): (String, &str, Summary)| {
            let Summary { median, min, max } = summary;
            let mut case = json!({
                "name": name, "unit": unit, "median": median, "min": min, "max": max,
            });
            if let Some(verdict) = self.verdict().filter(|_| unit == "x") {
                case["bar"] = Value::String(verdict);
            }
            case
        };
        self.rows().into_iter().map(case).collect()
    }
}

#[derive(Clone, Copy)]
struct Summary {
    median: f64,
    min: f64,
    max: f64,
}

impl Summary {
    fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let at = |place: usize| values.get(place).copied().unwrap_or(f64::NAN);
        Self {
            median: at(values.len() / 2),
            min: at(0),
            max: at(values.len().saturating_sub(1)),
        }
    }
}

/// Writes the measurements to `bench/{name}.json` in the target folder. `cargo xtask bench` reads
/// this file.
fn write(name: &str, cases: &[Value]) -> io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let target =
        env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from);
    let folder = root.join(target).join("bench");
    fs::create_dir_all(&folder)?;
    let text = serde_json::to_string_pretty(&json!({ "cases": cases }))?;
    fs::write(folder.join(format!("{name}.json")), text)
}
