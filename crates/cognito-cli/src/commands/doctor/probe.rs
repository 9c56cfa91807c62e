//! An HTTP request without credentials, to see whether a server can be reached.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::Uri;
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use rustls::crypto::aws_lc_rs;
use tokio::net::lookup_host;
use tokio::time::timeout;

/// The time in which a server must respond.
const DEADLINE: Duration = Duration::from_secs(10);

/// The maximum length of a response body.
const MAX_LENGTH: usize = 64 * 1024;

/// The response of a server.
pub(super) struct Reached {
    pub(super) status: u16,
    /// The time of the server, in whole seconds.
    pub(super) date: Option<SystemTime>,
    pub(super) body: Bytes,
}

/// The reason why there is no response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unreached {
    Url,
    Dns,
    Connection,
    Timeout,
}

impl Unreached {
    /// Returns two strings for the user: the reason and the remedy.
    pub(super) const fn texts(self) -> (&'static str, &'static str) {
        match self {
            Self::Url => ("the URL is invalid", "correct the URL"),
            Self::Dns => (
                "the name of the host has no address (DNS)",
                "correct the region and the URL; check the DNS server of this host",
            ),
            Self::Connection => (
                "no connection (TCP or TLS)",
                "allow HTTPS to the host in the firewall; check the root certificates of this host; \
                 proxies are not supported",
            ),
            Self::Timeout => (
                "no response in 10 seconds",
                "allow HTTPS to the host in the firewall",
            ),
        }
    }
}

/// Sends a GET request.
pub(super) async fn get(url: &str) -> Result<Reached, Unreached> {
    let uri: Uri = url.parse().map_err(|_| Unreached::Url)?;
    let host = uri.host().ok_or(Unreached::Url)?;
    let is_https = uri.scheme_str() == Some("https");
    let port = uri.port_u16().unwrap_or(if is_https { 443 } else { 80 });
    let name = host.trim_start_matches('[').trim_end_matches(']');
    let addresses = timeout(DEADLINE, lookup_host((name, port))).await;
    let mut addresses = addresses
        .map_err(|_| Unreached::Timeout)?
        .map_err(|_| Unreached::Dns)?;
    addresses.next().ok_or(Unreached::Dns)?;
    match timeout(DEADLINE, request(uri.clone())).await {
        Err(_) => Err(Unreached::Timeout),
        Ok(reached) => reached.ok_or(Unreached::Connection),
    }
}

async fn request(uri: Uri) -> Option<Reached> {
    let tls = HttpsConnectorBuilder::new()
        .with_provider_and_native_roots(aws_lc_rs::default_provider())
        .ok()?;
    let connector = tls.https_or_http().enable_http1().build();
    let client: Client<_, Full<Bytes>> = Client::builder(TokioExecutor::new()).build(connector);
    let response = client.get(uri).await.ok()?;
    let status = response.status().as_u16();
    let date = response.headers().get(http::header::DATE);
    let date = date.and_then(|date| httpdate::parse_http_date(date.to_str().ok()?).ok());
    let body = Limited::new(response.into_body(), MAX_LENGTH)
        .collect()
        .await;
    let body = body.ok()?.to_bytes();
    Some(Reached { status, date, body })
}
