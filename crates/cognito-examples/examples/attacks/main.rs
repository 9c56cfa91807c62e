//! Runs attacks on the library at full size, and prints the figures of each attack. Fails if a
//! figure is out of bounds.
//!
//! ```sh
//! cargo xtask attacks            # every attack
//! cargo xtask attacks guessing   # the attacks whose name contains a word
//! ```
//!
//! `tests/attacks` runs the same attacks at a reduced size with every build.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a program that times itself, prints what it measured and may fail"
)]

#[path = "attacks.rs"]
mod attacks;
#[path = "../auth_server/site.rs"]
#[allow(dead_code, unused_imports, reason = "only its router is needed")]
mod site;

use std::io;
use std::process::ExitCode;
use std::time::Instant;

use attacks::{ALL, Size};
use tracing_subscriber::filter::LevelFilter;

#[tokio::main]
async fn main() -> ExitCode {
    // Logging takes time too. INFO is the level of most services.
    let log = tracing_subscriber::fmt().with_max_level(LevelFilter::INFO);
    log.with_writer(io::sink).init();
    let word = std::env::args().nth(1).unwrap_or_default();
    let mut failed = 0;
    for attack in ALL.iter().filter(|attack| attack.name.contains(&word)) {
        let start = Instant::now();
        let figures = (attack.run)(Size::Full).await;
        println!("{} ({:.1} s)", attack.name, start.elapsed().as_secs_f64());
        for figure in figures {
            println!("  {figure}");
            failed += usize::from(!figure.holds());
        }
    }
    if failed == 0 {
        ExitCode::SUCCESS
    } else {
        eprintln!("{failed} figures are out of bounds");
        ExitCode::FAILURE
    }
}
