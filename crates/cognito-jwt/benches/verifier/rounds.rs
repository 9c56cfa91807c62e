//! Measures the rows of the results table in rounds. In each round, every row is measured once.

use std::hint::black_box;
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Instant;

use rustix::time::{ClockId, clock_gettime};

use crate::Result;

/// The size of the benchmark: the number of rounds, and the duration of one measurement.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Effort {
    pub(crate) rounds: usize,
    /// The approximate duration of a measurement in nanoseconds.
    turn: f64,
}

impl Effort {
    pub(crate) const FULL: Self = Self {
        rounds: 51,
        turn: 8e6,
    };
    pub(crate) const LITTLE: Self = Self {
        rounds: 2,
        turn: 5e4,
    };
}

/// A function that calls a verifier a given number of times, and returns how many calls had the
/// expected result.
pub(crate) type Calls = Arc<dyn Fn(u32) -> u32 + Send + Sync>;

/// Creates a function that runs `call` a given number of times, and counts how often it returns
/// `true`. `call` must return `true` if its result is the expected one. The compiler can inline
/// `call` into the loop, so the measured time contains no indirect call.
pub(crate) fn calls(call: impl Fn() -> bool + Send + Sync + 'static) -> Calls {
    Arc::new(move |times| (0..times).map(|_| u32::from(black_box(call()))).sum())
}

/// Code that a row of the results table measures. It is measured once in each round.
pub(crate) trait Turns {
    /// Makes `calls` calls and returns the time per call in nanoseconds. Fails if a call does not
    /// have the expected result.
    fn turn(&mut self, calls: u32) -> Result<f64>;
}

/// A row of the results table that is not measured yet.
pub(crate) struct Row {
    name: String,
    /// The measured code, or the reason why it cannot be measured.
    turns: std::result::Result<Box<dyn Turns>, String>,
}

impl Row {
    pub(crate) fn new(
        name: impl Into<String>,
        turns: std::result::Result<Box<dyn Turns>, String>,
    ) -> Self {
        let name = name.into();
        Self { name, turns }
    }

    /// Creates a row that is measured on one thread, the calling thread.
    pub(crate) fn here(name: &str, calls: &Calls) -> Self {
        Self::new(name, Ok(Box::new(Here(Arc::clone(calls)))))
    }

    /// Creates a row that is measured on two threads at the same time.
    pub(crate) fn two_threads(name: &str, calls: &Calls) -> Self {
        Self::new(name, Ok(Box::new(TwoThreads(Arc::clone(calls)))))
    }
}

/// A measured row of the results table: the nanoseconds per call in each round, or the reason why
/// the row could not be measured.
pub(crate) struct Measured {
    pub(crate) name: String,
    pub(crate) times: std::result::Result<Vec<f64>, String>,
}

/// Measures the rows of the results table: every row once in each round. Each round starts with a
/// different row.
pub(crate) fn measure(rows: Vec<Row>, effort: Effort) -> Vec<Measured> {
    let mut running: Vec<_> = rows
        .into_iter()
        .map(|row| Running::new(row, effort))
        .collect();
    let count = running.len();
    for round in 0..effort.rounds {
        for place in 0..count {
            if let Some(row) = running.get_mut((round + place) % count) {
                row.take_turn();
            }
        }
    }
    running.into_iter().map(Running::end).collect()
}

struct Running {
    row: Row,
    calls: u32,
    times: Vec<f64>,
}

impl Running {
    /// Prepares the measurement of a row: runs the measured code twice, to fill the caches and to
    /// find the time of one call. This time determines the number of calls in a measurement.
    fn new(mut row: Row, effort: Effort) -> Self {
        let mut calls = 10;
        for _ in 0..2 {
            if let Ok(turns) = &mut row.turns {
                match turns.turn(calls) {
                    Ok(time) => calls = (effort.turn / time.max(1.0)).clamp(5.0, 1e6) as u32,
                    Err(error) => row.turns = Err(error.to_string()),
                }
            }
        }
        let times = Vec::with_capacity(effort.rounds);
        Self { row, calls, times }
    }

    fn take_turn(&mut self) {
        let Ok(turns) = &mut self.row.turns else {
            return;
        };
        match turns.turn(self.calls) {
            Ok(time) => self.times.push(time),
            Err(error) => self.row.turns = Err(error.to_string()),
        }
    }

    fn end(self) -> Measured {
        let times = self.row.turns.map(|_| self.times);
        let name = self.row.name;
        Measured { name, times }
    }
}

/// A measurement of the CPU time of the calling thread.
struct Here(Calls);

impl Turns for Here {
    fn turn(&mut self, calls: u32) -> Result<f64> {
        // The caches of the CPU contain the data of other rows, so the first calls are not counted.
        all(&self.0, calls / 10 + 1)?;
        let start = thread_cpu();
        all(&self.0, calls)?;
        Ok((thread_cpu() - start) / f64::from(calls))
    }
}

/// A measurement of the elapsed time of two threads, divided by the number of calls of both. If the
/// threads do not block each other and the host is idle, the result is half the time of a call on
/// one thread.
struct TwoThreads(Calls);

impl Turns for TwoThreads {
    fn turn(&mut self, calls: u32) -> Result<f64> {
        let barrier = Barrier::new(2);
        let work = || {
            all(&self.0, calls / 10 + 1)?;
            barrier.wait();
            let start = Instant::now();
            all(&self.0, calls)?;
            Result::Ok((start, Instant::now()))
        };
        let (here, there) = thread::scope(|scope| {
            let there = scope.spawn(work);
            (work(), there.join())
        });
        let (here, there) = (here?, there.map_err(|_| "a thread panicked")??);
        let time = here.1.max(there.1) - here.0.min(there.0);
        Ok(time.as_nanos() as f64 / (2.0 * f64::from(calls)))
    }
}

fn all(calls: &Calls, times: u32) -> Result<()> {
    if calls(times) == times {
        Ok(())
    } else {
        Err("a call had the wrong result".into())
    }
}

/// Returns the CPU time of the calling thread in nanoseconds.
fn thread_cpu() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}
