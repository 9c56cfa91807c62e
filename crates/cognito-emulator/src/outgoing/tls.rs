//! TLS connections, for requests to `https` URLs.

use std::future::poll_fn;
use std::io;
use std::sync::Arc;

use http::Uri;
use hyper::rt::{Read, Write};
use hyper_rustls::{ConfigBuilderExt, HttpsConnector};
use hyper_util::client::legacy::connect::HttpConnector;
use rustls::ClientConfig;
use rustls::crypto::aws_lc_rs;
use tokio::sync::OnceCell;
use tokio::task::spawn_blocking;
use tower_service::Service;

use super::NoResponse;

/// The TLS configuration with the operating system's root certificates. It is created by the first
/// request over `https`, so it does not delay the start.
static CONFIGURATION: OnceCell<Arc<ClientConfig>> = OnceCell::const_new();

pub(super) async fn connect(
    uri: &Uri,
) -> Result<impl Read + Write + Send + Unpin + use<>, NoResponse> {
    let configuration = CONFIGURATION.get_or_try_init(configuration).await;
    let configuration = configuration.map_err(|error| {
        tracing::warn!(%error, "the root certificates of the system cannot be read");
        NoResponse::Unreachable
    })?;
    let mut connector = HttpConnector::new();
    connector.enforce_http(false);
    let mut connector = HttpsConnector::from((connector, Arc::clone(configuration)));
    let connected = async {
        poll_fn(|context| connector.poll_ready(context)).await?;
        connector.call(uri.clone()).await
    };
    connected.await.map_err(|_| NoResponse::Unreachable)
}

async fn configuration() -> io::Result<Arc<ClientConfig>> {
    // The provider is explicit, because another crate may set the default of the process.
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?;
    // Reading and parsing several hundred files takes time.
    let read = spawn_blocking(|| builder.with_native_roots()).await;
    let builder = read.map_err(io::Error::other).flatten()?;
    Ok(Arc::new(builder.with_no_client_auth()))
}
