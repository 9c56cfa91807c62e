//! Measures the cost of recording an event, compared with reading the clock.
//!
//! Prints nanoseconds and writes `target/bench/metrics-event.json`. Without the argument `--bench`,
//! which `cargo bench` adds, only a short measurement is made and no file is written.
#![allow(
    clippy::disallowed_methods,
    reason = "it measures what reading the clock costs"
)]
#![allow(clippy::print_stdout, reason = "a benchmark prints its result")]

use std::hint::black_box;
use std::path::Path;
use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};

use cognito_core::{Error, Event, EventSink, Operation, SystemClock};
use cognito_metrics::Metrics;
use serde_json::{Value, json};

const RUNS: usize = 21;
const CALLS: u64 = 500_000;

/// The results of one case: the nanoseconds per call in each run, sorted.
struct Case {
    name: &'static str,
    runs: Vec<f64>,
}

impl Case {
    fn new(name: &'static str, mut runs: Vec<f64>) -> Self {
        runs.sort_by(f64::total_cmp);
        Self { name, runs }
    }

    fn median(&self) -> f64 {
        self.runs.get(self.runs.len() / 2).copied().unwrap_or(0.0)
    }

    fn json(&self) -> Value {
        json!({
            "name": self.name,
            "unit": "ns",
            "median": self.median(),
            "min": self.runs.first(),
            "max": self.runs.last(),
        })
    }
}

fn main() -> std::io::Result<()> {
    let given = |option: &str| std::env::args().any(|argument| argument == option);
    if given("--list") {
        // A test runner lists the tests.
        return Ok(());
    }
    let test = !given("--bench");
    let (runs, calls) = if test { (3, 1_000) } else { (RUNS, CALLS) };
    let cases = measure(runs, calls);
    let clock = cases.first().map_or(1.0, Case::median);
    for case in &cases {
        let (name, median) = (case.name, case.median());
        println!(
            "{name:40} {median:8.2} ns  {:5.2} x Instant::now",
            median / clock
        );
    }
    if test {
        return Ok(());
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/bench");
    std::fs::create_dir_all(&folder)?;
    let cases: Vec<_> = cases.iter().map(Case::json).collect();
    let text = serde_json::to_string_pretty(&json!({ "cases": cases }))?;
    std::fs::write(folder.join("metrics-event.json"), text)
}

fn measure(runs: usize, calls: u64) -> Vec<Case> {
    let metrics = Metrics::new(Arc::new(SystemClock::new()));
    let error = Error::from_aws("NotAuthorizedException", "");
    let finished = |number: u64, error| {
        // Different durations use different buckets.
        let duration = Duration::from_nanos(black_box(100 + number * 37 % 1_000_000));
        Event::operation_finished(Operation::VerifyToken, duration, error)
    };
    let mut now = Vec::new();
    let mut success = Vec::new();
    let mut failure = Vec::new();
    let mut crowd = Vec::new();
    // The cases alternate, so that a change in the speed of the host affects all of them.
    for _ in 0..runs {
        now.push(per_call(calls, |_| {
            black_box(Instant::now());
        }));
        success.push(per_call(calls, |number| {
            metrics.record(black_box(&finished(number, None)));
        }));
        failure.push(per_call(calls, |number| {
            metrics.record(black_box(&finished(number, Some(&error))));
        }));
        crowd.push(in_a_crowd(calls, &|number| {
            metrics.record(black_box(&finished(number, None)));
        }));
    }
    vec![
        Case::new("Instant::now", now),
        Case::new("record success", success),
        Case::new("record error", failure),
        Case::new("record success, 2 threads at once", crowd),
    ]
}

fn per_call(calls: u64, mut call: impl FnMut(u64)) -> f64 {
    let start = Instant::now();
    for number in 0..calls {
        call(number);
    }
    start.elapsed().as_nanos() as f64 / calls as f64
}

/// Returns the mean time of one call in nanoseconds when two threads call at the same time.
fn in_a_crowd(calls: u64, call: &(impl Fn(u64) + Sync)) -> f64 {
    const THREADS: usize = 2;
    let start = Barrier::new(THREADS);
    let measured = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|_| {
                scope.spawn(|| {
                    start.wait();
                    per_call(calls, call)
                })
            })
            .collect();
        threads
            .into_iter()
            .filter_map(|thread| thread.join().ok())
            .sum::<f64>()
    });
    measured / THREADS as f64
}
