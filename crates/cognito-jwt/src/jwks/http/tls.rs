//! The TLS configuration of fetches over HTTPS, with the trusted certificates.

use std::error::Error as StdError;
use std::io;
use std::sync::Arc;

use cognito_core::Error;
use hyper_rustls::ConfigBuilderExt;
use rustls::client::WantsClientCert;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier};
use tokio::sync::OnceCell;
use tokio::task::spawn_blocking;

use crate::error::configuration;
use crate::jwks::source::{SourceError, SourceErrorKind};

/// A TLS configuration. The root certificates of the operating system are read on first use.
pub(super) struct Tls {
    start: ConfigBuilder<ClientConfig, WantsVerifier>,
    configuration: OnceCell<Arc<ClientConfig>>,
}

impl Tls {
    pub(super) fn of_the_system() -> Result<Self, Error> {
        Ok(Self {
            start: start()?,
            configuration: OnceCell::new(),
        })
    }

    pub(super) fn with_roots(pem: &[u8]) -> Result<Self, Error> {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            roots
                .add(certificate.map_err(unusable)?)
                .map_err(unusable)?;
        }
        if roots.is_empty() {
            return Err(configuration(
                "the root certificates are empty: give at least one certificate in PEM \
                 (-----BEGIN CERTIFICATE-----)",
            ));
        }
        let start = start()?;
        let finished = finish(start.clone().with_root_certificates(roots));
        Ok(Self {
            start,
            configuration: OnceCell::new_with(Some(finished)),
        })
    }

    /// Returns the configuration. If no root certificates are configured, the first call reads the
    /// root certificates of the operating system. If that fails, the next call tries again.
    pub(super) async fn configuration(&self) -> Result<Arc<ClientConfig>, SourceError> {
        let read = || async {
            let start = self.start.clone();
            // Reading and parsing several hundred files takes time.
            let read = spawn_blocking(|| start.with_native_roots()).await;
            match read.map_err(io::Error::other).flatten() {
                Ok(builder) => Ok(finish(builder)),
                Err(error) => Err(SourceError::new(
                    SourceErrorKind::Other,
                    "the system's root certificates cannot be read: install them, or set \
                     `root_certificates`",
                )
                .with_source(error)),
            }
        };
        self.configuration.get_or_try_init(read).await.cloned()
    }
}

/// Creates the error for an invalid root certificate.
fn unusable(error: impl StdError + Send + Sync + 'static) -> Error {
    configuration("a root certificate cannot be read: give X.509 certificates in PEM")
        .with_source(error)
}

/// Returns `true` if the error of a connection is an error of TLS, such as an untrusted
/// certificate, and not of the network.
pub(super) fn is_at_fault(error: &(dyn StdError + 'static)) -> bool {
    match error.downcast_ref::<io::Error>() {
        Some(error) => error.get_ref().is_some_and(|inner| is_at_fault(inner)),
        None => error.is::<rustls::Error>(),
    }
}

fn start() -> Result<ConfigBuilder<ClientConfig, WantsVerifier>, Error> {
    // The provider is explicit, because another crate may set the default of the process.
    ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| {
            configuration("TLS cannot be set up: report it as an issue").with_source(error)
        })
}

fn finish(builder: ConfigBuilder<ClientConfig, WantsClientCert>) -> Arc<ClientConfig> {
    Arc::new(builder.with_no_client_auth())
}
