//! The service from its first request to its last.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time;

use crate::site::{App, router};

/// How long requests under way may take when the program is asked to end.
const FAREWELL: Duration = Duration::from_secs(10);

/// Answers requests until it is asked to stop, at each address by an instance of its own. Then no more
/// are taken, those under way are answered, and only after that what they need is put away.
///
/// # Errors
///
/// When a listener fails.
pub(crate) async fn serve(
    instances: Vec<(TcpListener, App)>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    // It is the same one for all.
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
        let ended = ended.map_err(io::Error::other).flatten();
        outcome = outcome.and(ended);
    }
    if let Some(emulator) = emulator {
        emulator.shutdown().await;
    }
    outcome
}

async fn serve_one(
    listener: TcpListener,
    app: App,
    stopped: watch::Receiver<()>,
) -> io::Result<()> {
    let cognito = app.cognito.clone();
    let service = router(app).into_make_service_with_connect_info::<SocketAddr>();
    let server = axum::serve(listener, service).with_graceful_shutdown(end(stopped.clone()));
    // Whoever is not done by then is cut off.
    let late = pin!(async {
        end(stopped).await;
        time::sleep(FAREWELL).await;
    });
    let ended = tokio::select! {
        ended = server.into_future() => ended,
        () = late => Ok(()),
    };
    cognito.shutdown().await;
    ended
}

/// Until the program is asked to stop: nothing is ever sent, and then nobody can.
async fn end(mut stopped: watch::Receiver<()>) {
    while stopped.changed().await.is_ok() {}
}
