//! TLS on the port of the server.

mod authority;
mod directory;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use cognito_core::impl_debug;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::model::error::StartError;
use authority::Authority;

/// The certificate with which an emulator serves HTTPS. Pass it to
/// [`EmulatorBuilder::https`](crate::EmulatorBuilder::https).
#[derive(Clone)]
#[must_use = "it does nothing until `EmulatorBuilder::https`"]
pub struct Https(Source);

#[derive(Clone)]
enum Source {
    NewAuthority,
    Directory(PathBuf),
    Certificate { chain: String, key: String },
}

impl Https {
    /// Creates a new certificate authority (CA) at each start, and a server certificate. The private
    /// key of the CA is deleted when the emulator has started, so it never signs another
    /// certificate. [`Emulator::ca_certificate`](crate::Emulator::ca_certificate) returns the
    /// certificate that clients must trust.
    ///
    /// The server certificate is valid for a year, for `localhost`, `127.0.0.1`, `::1`, the address
    /// of [`EmulatorBuilder::host`](crate::EmulatorBuilder::host) and the names of
    /// [`EmulatorBuilder::allow_host`](crate::EmulatorBuilder::allow_host). Clients accept no
    /// certificate of this CA for a host outside of these names, their subdomains and 127.0.0.0/8.
    pub const fn new() -> Self {
        Self(Source::NewAuthority)
    }

    /// Stores the certificate authority (CA) in a directory, so that clients need to trust it only
    /// once. The first start creates the directory and the CA, which is valid for five years. Each
    /// start creates a server certificate, as [`new`](Self::new) does.
    ///
    /// Clients trust the file `ca.pem` in this directory. The file `ca-key.pem` contains the private
    /// key of the CA.
    ///
    /// # Security
    ///
    /// Anyone who can read `ca-key.pem` can act as `localhost` and as the allowed host names towards
    /// every client that trusts the CA. On Unix, the start fails if the directory belongs to another
    /// user or is writable for others, or if others can read the key. On Windows, choose a directory
    /// that only you can read.
    pub fn directory(directory: impl Into<PathBuf>) -> Self {
        Self(Source::Directory(directory.into()))
    }

    /// Uses a certificate that you provide, in PEM. `chain` begins with the server certificate, and
    /// continues with intermediate certificates. `key` is the private key of the server certificate
    /// (PKCS#8, PKCS#1 or SEC1).
    pub fn certificate(chain: impl Into<String>, key: impl Into<String>) -> Self {
        Self(Source::Certificate {
            chain: chain.into(),
            key: key.into(),
        })
    }

    /// Creates or reads the server certificate. Returns the acceptor that uses it, and the
    /// certificate of the CA in PEM. The second value is `None` if the server certificate is
    /// user-provided, because the emulator then has no CA.
    ///
    /// A certificate that the emulator creates is valid for `localhost`, `127.0.0.1`, `::1` and
    /// `hosts` (names and IP addresses).
    pub(crate) fn open(&self, hosts: &[String]) -> Result<(Tls, Option<String>), StartError> {
        match &self.0 {
            Source::NewAuthority => Authority::new(hosts)?.serve(hosts),
            Source::Directory(directory) => directory::authority(directory, hosts)?.serve(hosts),
            Source::Certificate { chain, key } => {
                let invalid = |what: &str| failed(format!("the {what} is not valid PEM"));
                let chain = CertificateDer::pem_slice_iter(chain.as_bytes())
                    .collect::<Result<Vec<_>, _>>()
                    .map_err(|_| invalid("certificate"))?;
                let key = PrivateKeyDer::from_pem_slice(key.as_bytes());
                let key = key.map_err(|_| invalid("private key"))?;
                Ok((Tls::new(chain, key)?, None))
            }
        }
    }
}

impl Default for Https {
    fn default() -> Self {
        Self::new()
    }
}

// Security: does not show the private key.
impl_debug!(Https as https {
    directory: match &https.0 {
        Source::Directory(directory) => Some(directory),
        Source::Certificate { .. } | Source::NewAuthority => None,
    }
});

/// Returns the error for HTTPS that cannot be served. `reason` is the cause, for the error message.
fn failed(reason: impl Into<String>) -> StartError {
    StartError::Https {
        reason: reason.into(),
        source: None,
    }
}

/// An acceptor of TLS connections. All connections use the same certificate.
#[derive(Clone)]
pub(crate) struct Tls(TlsAcceptor);

/// A connection whose protocol is known: plain HTTP, or TLS after the handshake.
pub(crate) enum Opened {
    Plain(TcpStream),
    Encrypted(Box<TlsStream<TcpStream>>),
}

/// The first byte of a TLS connection: the type of a handshake record (RFC 8446 section 5.1). No
/// HTTP request begins with it.
const HANDSHAKE: u8 = 22;

impl Tls {
    fn new(
        chain: Vec<CertificateDer<'static>>,
        key: PrivateKeyDer<'static>,
    ) -> Result<Self, StartError> {
        // The provider is explicit, because another crate may set the default of the process.
        let provider = Arc::new(default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(|builder| {
                let builder = builder.with_no_client_auth();
                builder.with_single_cert(chain, key)
            });
        let mut config = config.map_err(|error| StartError::Https {
            reason: "the certificate and the private key cannot be used".to_owned(),
            source: Some(io::Error::other(error)),
        })?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self(TlsAcceptor::from(Arc::new(config))))
    }

    /// Reads the first byte of a connection. If this byte begins a TLS handshake, completes the
    /// handshake. Otherwise returns the connection as it is, for plain HTTP.
    pub(crate) async fn open(&self, stream: TcpStream) -> io::Result<Opened> {
        let mut first = [0];
        stream.peek(&mut first).await?;
        if first != [HANDSHAKE] {
            return Ok(Opened::Plain(stream));
        }
        let stream = self.0.accept(stream).await?;
        Ok(Opened::Encrypted(Box::new(stream)))
    }
}
