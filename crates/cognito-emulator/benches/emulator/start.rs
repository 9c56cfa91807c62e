//! Measures how long the emulators take to start.

use std::time::Instant;

use cognito_emulator::Emulator;

use crate::report::{Report, paired};
use crate::server::{Fixture, Kind, Server};
use crate::{Effort, Result, target};

/// The number of times this emulator is started for each start of another emulator.
const OURS_FOR_ONE: usize = 5;
/// The number of measured starts of each other emulator. It is small, because these starts take
/// seconds.
const OTHERS: usize = 3;

/// Measures how long this emulator takes to start inside the benchmark's own process. Tests start it
/// in the same way.
pub(crate) fn in_process(effort: Effort, report: &mut Report) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut times = Vec::new();
    for _ in 0..effort.starts {
        let time = runtime.block_on(async {
            let start = Instant::now();
            let emulator = Emulator::builder().start().await?;
            let time = start.elapsed();
            emulator.shutdown().await;
            Result::Ok(time)
        })?;
        times.push(time.as_secs_f64() * 1e3);
    }
    report.add("start in process, ours", "ms", times);
    Ok(())
}

/// Measures how long the emulators take to start as processes. There are two times: until the first
/// response of the health page, and until the first sign-in of a user. The user is created after
/// the start.
pub(crate) fn as_processes(effort: Effort, kinds: &[Kind], report: &mut Report) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let turns = OTHERS.min(effort.starts);
    let mut times = vec![Vec::new(); kinds.len()];
    let mut sign_ins = times.clone();
    // The first start of each reads its files from the disk and does not count.
    for counts in (0..=turns).map(|turn| turn > 0) {
        for ((kind, times), sign_ins) in kinds.iter().zip(&mut times).zip(&mut sign_ins) {
            let starts = if *kind == Kind::Ours { OURS_FOR_ONE } else { 1 };
            for _ in 0..starts {
                let start = Instant::now();
                let server = Server::start(*kind, &target())?;
                runtime.block_on(Fixture::make(*kind, server.address()))?;
                if counts {
                    times.push(server.started_in.as_secs_f64() * 1e3);
                    sign_ins.push(start.elapsed().as_secs_f64() * 1e3);
                }
            }
        }
    }
    for (what, times) in [
        ("start as a process", &times),
        ("start to the first sign-in", &sign_ins),
    ] {
        for (kind, times) in kinds.iter().zip(times) {
            report.add(format!("{what}, {}", kind.name()), "ms", times.clone());
        }
    }
    let of = |kind| kinds.iter().position(|one| *one == kind);
    let both = of(Kind::Moto).zip(of(Kind::Ours));
    if let Some((moto, ours)) = both.and_then(|(moto, ours)| times.get(moto).zip(times.get(ours))) {
        // Compares each start of moto with the slowest start of this emulator in the same turn.
        let slowest = |turn: &[f64]| turn.iter().copied().fold(0.0, f64::max);
        let ours: Vec<_> = ours.chunks(OURS_FOR_ONE).map(slowest).collect();
        report.at_least("start as a process, moto / ours", paired(moto, &ours), 10.0);
    }
    Ok(())
}
