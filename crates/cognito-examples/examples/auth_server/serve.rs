//! The HTTP servers of the site's instances.

use cognito_axum::Server;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};

use crate::site::{App, router};

/// Serves each instance on its listener until `stop` completes. The servers then accept no more
/// connections, and current requests finish. After that, the instances and the emulator shut down.
///
/// # Errors
///
/// Fails if an instance panics.
pub(crate) async fn serve(
    instances: Vec<(TcpListener, App)>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), JoinError> {
    // All instances use the same emulator.
    let emulator = instances.iter().find_map(|(_, app)| app.emulator.clone());
    let (stopping, stopped) = watch::channel(());
    let mut running = JoinSet::new();
    for (listener, app) in instances {
        running.spawn(serve_one(listener, app, stopped.clone()));
    }
    tokio::spawn(async move {
        stop.await;
        drop(stopping);
    });
    let mut outcome = Ok(());
    while let Some(ended) = running.join_next().await {
        outcome = outcome.and(ended);
    }
    if let Some(emulator) = emulator {
        emulator.shutdown().await;
    }
    outcome
}

async fn serve_one(listener: TcpListener, app: App, stopped: watch::Receiver<()>) {
    let (cognito, delegation) = (app.cognito.clone(), app.delegation.clone());
    Server::new()
        .trusted_proxies(app.proxies.clone())
        .serve_until(listener, router(app), end(stopped))
        .await;
    cognito.shutdown().await;
    if let Some(delegation) = delegation {
        delegation.shutdown().await;
    }
}

/// Completes when the servers must stop: when the sender of `stopped` is dropped.
async fn end(mut stopped: watch::Receiver<()>) {
    while stopped.changed().await.is_ok() {}
}
