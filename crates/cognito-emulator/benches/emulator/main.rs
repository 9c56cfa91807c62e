//! Measures the start time, throughput and memory of the emulator. Also measures moto and
//! ministack, two other emulators, in the same run.
//!
//! Each emulator is a separate process on the same host. Their measurements alternate in several
//! rounds, so that a change in the speed of the host affects all of them. moto and ministack are in
//! the virtual environment that `cargo xtask emulators` creates. An emulator that is not installed
//! there is not measured.
//!
//! Prints a table and writes `target/bench/emulator.json`. Each server is measured with two kinds
//! of requests: `GetUser` and sign-ins. `COGNITO_BENCH_SECONDS` sets how long each kind is sent to
//! each server, in seconds over all rounds. Default: 10. With `--users 1000000`, only this emulator
//! with so many users in one pool is measured ([`many_users`]). Without the option `--bench`, for example
//! in a test run, the measurement is short, includes only this emulator and writes no file. The
//! benchmark reads `/proc`, so it needs Linux.
#![allow(
    clippy::disallowed_methods,
    reason = "it measures real time; nothing expires here"
)]
#![allow(clippy::print_stdout, reason = "a benchmark prints its result")]

mod floor;
mod load;
mod many_users;
mod report;
mod server;
mod start;

use std::env;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Duration;

use load::Load;
use report::{Report, paired};
use server::{Fixture, Kind, Server};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// The size of the benchmark: the numbers and the durations of the measurements.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Effort {
    /// The number of rounds. In each round, every server is measured once.
    rounds: u32,
    /// The total time of the load tests, for each server and each kind of request. The kinds are
    /// `GetUser` and sign-in. The total is the sum over all rounds.
    load: Duration,
    /// The number of measured starts of this emulator within the benchmark's own process. (Starts
    /// as a separate process are measured too, but are not counted here.)
    starts: usize,
}

impl Effort {
    const LITTLE: Self = Self {
        rounds: 2,
        load: Duration::from_millis(20),
        starts: 2,
    };

    fn full() -> Result<Self> {
        let seconds = match env::var("COGNITO_BENCH_SECONDS") {
            Ok(text) => text.parse()?,
            Err(_) => 10.0,
        };
        Ok(Self {
            rounds: 5,
            load: Duration::try_from_secs_f64(seconds)?,
            starts: 50,
        })
    }

    fn turn(self) -> Duration {
        self.load / self.rounds
    }
}

fn main() -> Result<()> {
    let given = |option: &str| env::args().any(|argument| argument == option);
    if given("--list") {
        // A test runner lists the tests.
        return Ok(());
    }
    let full = given("--bench");
    let mut report = Report::default();
    if given("--users") {
        let mut rest = env::args().skip_while(|argument| argument != "--users");
        let users = rest.nth(1).ok_or("--users needs a number")?.parse()?;
        many_users::measure(users, &mut report)?;
        report.print();
        report.write(&target().join("bench"), "many-users")?;
        return Ok(());
    }
    let effort = if full {
        Effort::full()?
    } else {
        Effort::LITTLE
    };
    let kinds = if full {
        Kind::all(&target())
    } else {
        vec![Kind::Ours, Kind::Kept]
    };
    if full && kinds.len() == 2 {
        println!(
            "moto and ministack are not installed, so only this emulator is measured: run cargo xtask \
             emulators"
        );
    }
    if !full {
        many_users::measure(100, &mut report)?;
    }
    start::in_process(effort, &mut report)?;
    start::as_processes(effort, &kinds, &mut report)?;
    serve(effort, &kinds, &mut report)?;
    report.print();
    if full {
        report.write(&target().join("bench"), "emulator")?;
    }
    Ok(())
}

/// Returns the output folder of Cargo: `CARGO_TARGET_DIR`, or `target` in the workspace.
fn target() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from);
    root.join(target)
}

/// A measured server and its user. `at_start` and `warm` are the memory of the server in megabytes,
/// after its start and after the warm-up. `get_user` and `login` are the results of each round.
struct Contestant {
    fixture: Fixture,
    server: Server,
    at_start: f64,
    warm: f64,
    get_user: Vec<Load>,
    login: Vec<Load>,
}

fn serve(effort: Effort, kinds: &[Kind], report: &mut Report) -> Result<()> {
    // One thread, so that the client uses as little of the host as possible.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut contestants = Vec::new();
    for kind in kinds {
        let server = Server::start(*kind, &target())?;
        let at_start = server.memory()?;
        let fixture = runtime.block_on(Fixture::make(*kind, server.address()))?;
        contestants.push(Contestant {
            fixture,
            server,
            at_start,
            warm: 0.0,
            get_user: Vec::new(),
            login: Vec::new(),
        });
    }
    for contestant in &mut contestants {
        runtime.block_on(contestant.turn(effort.turn()))?;
        contestant.get_user.clear();
        contestant.login.clear();
        contestant.warm = contestant.server.memory()?;
    }
    let mut floor = Vec::new();
    for _ in 0..effort.rounds {
        floor.push(floor::logins(effort.turn() / 2)?);
        for contestant in &mut contestants {
            runtime.block_on(contestant.turn(effort.turn()))?;
        }
    }
    rates(&contestants, &floor, report);
    memory(&contestants, report)?;
    runtime.block_on(create_users(effort, &contestants, report))
}

/// Measures how many users this emulator creates per second, without and with a state file. This
/// measurement must be the last, because the users stay in memory.
async fn create_users(
    effort: Effort,
    contestants: &[Contestant],
    report: &mut Report,
) -> Result<()> {
    let (call, mut rates) = (Fixture::create_user(), [Vec::new(), Vec::new()]);
    for _ in 0..effort.rounds {
        for (kind, rates) in [Kind::Ours, Kind::Kept].iter().zip(&mut rates) {
            let found = contestants.iter().find(|one| one.server.kind() == *kind);
            let server = &found.ok_or("this emulator is not measured")?.server;
            let load = load::run(server, &call, effort.turn() / 2).await?;
            rates.push(load.rate());
        }
    }
    let [ours, kept] = rates;
    report.at_least(
        "AdminCreateUser, --state / without",
        paired(&kept, &ours),
        0.8,
    );
    for (kind, rates) in [(Kind::Ours, ours), (Kind::Kept, kept)] {
        report.add(format!("AdminCreateUser, {}", kind.name()), "1/s", rates);
    }
    Ok(())
}

impl Contestant {
    async fn turn(&mut self, time: Duration) -> Result<()> {
        let load = self.fixture.get_user();
        self.get_user
            .push(load::run(&self.server, &load, time).await?);
        let load = self.fixture.login();
        self.login.push(load::run(&self.server, &load, time).await?);
        Ok(())
    }
}

fn rates(contestants: &[Contestant], floor: &[f64], report: &mut Report) {
    type Loads = fn(&Contestant) -> &[Load];
    let loads: [(&str, Loads); 2] = [("GetUser", |of| &of.get_user), ("login", |of| &of.login)];
    for (operation, of) in loads {
        for contestant in contestants {
            let name = contestant.server.kind().name();
            let each = |what: fn(&Load) -> f64| of(contestant).iter().map(what).collect();
            report.add(format!("{operation}, {name}"), "1/s", each(Load::rate));
            report.add(format!("{operation} p50, {name}"), "ms", each(Load::p50));
            report.add(format!("{operation} p99, {name}"), "ms", each(Load::p99));
            let title = format!("{operation} CPU of the server, {name}");
            report.add(title, "us", each(Load::cpu));
        }
    }
    let rates = |loads: &[Load]| loads.iter().map(Load::rate).collect::<Vec<_>>();
    let rate_of = |kind, of: Loads| {
        let found = contestants.iter().find(|one| one.server.kind() == kind);
        found.map(|contestant| rates(of(contestant)))
    };
    report.add(
        "login limit, two signatures for each",
        "1/s",
        floor.to_vec(),
    );
    let Some(login) = rate_of(Kind::Ours, |of| &of.login) else {
        return;
    };
    report.at_least("login, ours / limit", paired(&login, floor), 0.7);
    if let Some(kept) = rate_of(Kind::Kept, |of| &of.login) {
        report.at_least("login, --state / without", paired(&kept, &login), 0.8);
    }
    let get_user = rate_of(Kind::Ours, |of| &of.get_user).unwrap_or_default();
    if let (Some(moto), Some(moto_login)) = (
        rate_of(Kind::Moto, |of| &of.get_user),
        rate_of(Kind::Moto, |of| &of.login),
    ) {
        report.at_least("GetUser, ours / moto", paired(&get_user, &moto), 40.0);
        report.add("login, ours / moto", "x", paired(&login, &moto_login));
    }
}

fn memory(contestants: &[Contestant], report: &mut Report) -> Result<()> {
    for contestant in contestants {
        let name = contestant.server.kind().name();
        let (warm, end) = (contestant.warm, contestant.server.memory()?);
        report.add(
            format!("memory at start, {name}"),
            "MB",
            vec![contestant.at_start],
        );
        report.add(format!("memory after warm-up, {name}"), "MB", vec![warm]);
        report.add(format!("memory at the end, {name}"), "MB", vec![end]);
        if contestant.server.kind() == Kind::Ours {
            let bar = (warm * 0.05).max(1.0);
            report.at_most("memory growth, ours", "MB", vec![end - warm], bar);
        }
    }
    Ok(())
}
