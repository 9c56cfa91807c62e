//! A site on which people sign up, sign in and look after their account, with everything that Cognito
//! asks on the way in plain sight.
//!
//! ```sh
//! cargo run --example auth_server                 # on a user pool of its own, http://localhost:3000
//! cargo run --example auth_server -- --pool env   # on yours, from the environment
//! ```
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "it says on the terminal where it is"
)]

mod arguments;
// By its path, as the tests have it, so that its rooms are found in the same place.
#[path = "site.rs"]
mod site;

use std::io;
use std::net::Ipv4Addr;
use std::process::ExitCode;
use std::sync::Arc;

use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

use arguments::Arguments;
use site::{App, Failure, WalkClock};

#[tokio::main]
async fn main() -> ExitCode {
    let log = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(log)
        .with_writer(io::stderr)
        .init();
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("auth_server: {failure}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Failure> {
    let arguments = Arguments::read(std::env::args().skip(1))?;
    // Listened for before the start is told, so that whoever reads that can stop the program.
    let stop = stop_signal()?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, arguments.port)).await?;
    let app = app(&arguments).await?;
    println!("http://localhost:{}", listener.local_addr()?.port());
    Ok(site::serve(listener, app, stop).await?)
}

async fn app(arguments: &Arguments) -> Result<App, Failure> {
    if arguments.own_pool {
        return site::from_environment(&arguments.settings).await;
    }
    let clock = WalkClock::default();
    let app = site::emulated(&arguments.settings, Arc::new(clock.clone())).await?;
    Ok(if arguments.test_clock {
        app.with_walk_clock(clock)
    } else {
        app
    })
}

/// Ends when the process is asked to: by ctrl-c, and by SIGTERM where there are signals.
#[cfg(unix)]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

#[cfg(not(unix))]
#[allow(clippy::unnecessary_wraps, reason = "on Unix it can fail")]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}
