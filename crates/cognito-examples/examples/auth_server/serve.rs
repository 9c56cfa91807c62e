//! The service from its first request to its last.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::time;

use crate::site::{App, router};

/// How long requests under way may take when the program is asked to end.
const FAREWELL: Duration = Duration::from_secs(10);

/// Answers requests until it is asked to stop. Then no more are taken, those under way are answered,
/// and only after that what they need is put away.
///
/// # Errors
///
/// When the listener fails.
pub(crate) async fn serve(
    listener: TcpListener,
    app: App,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let (cognito, emulator) = (app.cognito.clone(), app.emulator.clone());
    let service = router(app).into_make_service_with_connect_info::<SocketAddr>();
    let (stopping, is_stopping) = oneshot::channel::<()>();
    let server = axum::serve(listener, service).with_graceful_shutdown(async move {
        stop.await;
        drop(stopping);
    });
    // Whoever is not done by then is cut off.
    let late = pin!(async {
        drop(is_stopping.await);
        time::sleep(FAREWELL).await;
    });
    let ended = tokio::select! {
        ended = server.into_future() => ended,
        () = late => Ok(()),
    };
    cognito.shutdown().await;
    if let Some(emulator) = emulator {
        emulator.shutdown().await;
    }
    ended
}
