//! A site on which users sign up, sign in and manage their account. It shows every challenge of
//! Cognito.
//!
//! ```sh
//! cargo run --example auth_server                # an emulated user pool, on http://localhost:3000
//! cargo run --example auth_server -- --pool env  # the pool in the environment variables
//! cargo run --example auth_server -- --redis redis://127.0.0.1:6379  # two instances, shared state
//! ```
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "it prints its URL"
)]

mod arguments;
// By its path, like the tests, so that its modules are found in the same place.
#[path = "site.rs"]
mod site;

use std::io;
use std::net::Ipv4Addr;
use std::process::ExitCode;
use std::sync::Arc;

use cognito::clock::Clock;
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

use arguments::Arguments;
use site::{App, Failure, Instance, WalkClock};

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
    let variable = |name: &str| std::env::var(name).ok();
    let arguments = Arguments::read(std::env::args().skip(1), variable)?;
    // Installed before the start is printed, so that a test that reads the output can stop the
    // program.
    let stop = stop_signal()?;
    let listeners = listeners(&arguments).await?;
    let ports: Result<Vec<u16>, _> = listeners
        .iter()
        .map(|listener| Ok::<_, io::Error>(listener.local_addr()?.port()))
        .collect();
    let ports = ports?;
    let apps = apps(&arguments).await?;
    let instances = apps.into_iter().zip(&ports).map(|(app, port)| {
        app.named(Instance {
            port: *port,
            of: ports.clone(),
        })
    });
    let instances = listeners.into_iter().zip(instances).collect();
    for port in &ports {
        println!("http://localhost:{port}");
    }
    Ok(site::serve(instances, stop).await?)
}

/// Returns one listener for each instance, on consecutive ports, or on free ports if the port is 0.
/// Fails if a port cannot be bound.
async fn listeners(arguments: &Arguments) -> Result<Vec<TcpListener>, Failure> {
    let mut listeners = Vec::new();
    for number in 0..arguments.instances {
        let port = match arguments.port {
            0 => 0,
            first => u16::try_from(usize::from(first) + number)?,
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
        listeners.push(listener.map_err(|error| format!("port {port}: {error}"))?);
    }
    Ok(listeners)
}

async fn apps(arguments: &Arguments) -> Result<Vec<App>, Failure> {
    if arguments.own_pool {
        return Ok(vec![site::from_environment(&arguments.settings).await?]);
    }
    let clock = WalkClock::default();
    let shown: Arc<dyn Clock> = Arc::new(clock.clone());
    let apps = site::emulated(&arguments.settings, shown, arguments.instances).await?;
    Ok(if arguments.test_clock {
        let moved = |app: App| app.with_walk_clock(clock.clone());
        apps.into_iter().map(moved).collect()
    } else {
        apps
    })
}

/// Returns a future that completes when the process must stop: at SIGINT (ctrl-c) or SIGTERM.
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
