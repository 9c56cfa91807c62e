//! The certificates for TLS connections, and the errors of TLS.

use std::error::Error as StdError;
use std::io;
use std::sync::Arc;

use cognito_core::Result;
use redis::{ClientTlsConfig, RedisError, TlsCertificates};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use rustls::{AlertDescription, CertificateError, Error as TlsError, RootCertStore};

use crate::error::configuration;

/// Installs aws-lc-rs as the default crypto provider of rustls, if this process has no default yet.
///
/// The Redis driver uses the default. Without a default, it panics if rustls was built with several
/// providers. This happens, for example, if a dependency of the program enables the feature `ring`
/// of rustls.
pub(crate) fn choose_provider() {
    if CryptoProvider::get_default().is_none() {
        // Another thread may have installed a provider in the meantime. That provider is kept.
        drop(aws_lc_rs::default_provider().install_default());
    }
}

/// Checks the root certificates in PEM, and returns them unchanged. Fails if there is no
/// certificate, or if a certificate cannot be parsed.
pub(crate) fn roots(pem: &[u8]) -> Result<Vec<u8>> {
    let unusable = || {
        configuration("a root certificate for Redis cannot be used: give X.509 certificates in PEM")
    };
    let mut roots = RootCertStore::empty();
    for certificate in certificates(pem).map_err(|error| unusable().with_source(error))? {
        let added = roots.add(certificate);
        added.map_err(|error| unusable().with_source(error))?;
    }
    if roots.is_empty() {
        return Err(configuration(
            "the root certificates for Redis are empty: give at least one certificate in PEM",
        ));
    }
    Ok(pem.to_vec())
}

/// Checks a client certificate and its key, both in PEM, and returns them. Fails if one of them
/// cannot be parsed, or if the key does not belong to the certificate.
///
/// Security: the errors have no source, because it could contain a part of the key.
pub(crate) fn client(chain_pem: &[u8], key_pem: &[u8]) -> Result<ClientTlsConfig> {
    let chain = certificates(chain_pem).map_err(|_| {
        configuration(
            "the client certificate for Redis cannot be used: give X.509 certificates in PEM",
        )
    })?;
    if chain.is_empty() {
        return Err(configuration(
            "the client certificate for Redis is empty: give a certificate in PEM",
        ));
    }
    let unusable =
        "the key of the client certificate for Redis cannot be used: give a private key in PEM";
    let parsed = PrivateKeyDer::from_pem_slice(key_pem).map_err(|_| configuration(unusable))?;
    match CertifiedKey::from_der(chain, parsed, &aws_lc_rs::default_provider()) {
        Ok(_) => Ok(ClientTlsConfig {
            client_cert: chain_pem.to_vec(),
            client_key: key_pem.to_vec(),
        }),
        Err(TlsError::InconsistentKeys(_)) => Err(configuration(
            "the key does not match the client certificate for Redis: give the key of that certificate",
        )),
        Err(TlsError::InvalidCertificate(_)) => Err(configuration(
            "the client certificate for Redis cannot be used: give X.509 certificates in PEM",
        )),
        Err(_) => Err(configuration(unusable)),
    }
}

/// Parses the certificates in PEM. The list is empty if there is none.
fn certificates(pem: &[u8]) -> std::result::Result<Vec<CertificateDer<'static>>, pem::Error> {
    CertificateDer::pem_slice_iter(pem).collect()
}

/// Returns a configuration without root certificates and client certificate.
pub(crate) const fn nothing() -> TlsCertificates {
    TlsCertificates {
        client_tls: None,
        root_cert: None,
    }
}

/// Returns the detail of the error if TLS failed, or `None` for another error.
pub(crate) fn detail(error: &RedisError) -> Option<&'static str> {
    // The driver returns the pointer that it stores as the source of the error.
    let cause = StdError::source(error)?.downcast_ref::<Arc<dyn StdError + Send + Sync>>()?;
    let tls = match cause.downcast_ref::<io::Error>() {
        Some(error) => error.get_ref()?.downcast_ref::<TlsError>()?,
        None => cause.downcast_ref::<TlsError>()?,
    };
    Some(match tls {
        TlsError::InvalidCertificate(why) => of_certificate(why),
        TlsError::AlertReceived(alert) => of_alert(*alert),
        _ => "TLS with Redis failed: check that its port accepts TLS",
    })
}

const fn of_certificate(why: &CertificateError) -> &'static str {
    match why {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "the certificate of Redis has expired: renew it"
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "the certificate of Redis is not valid yet: check the clock of this host"
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "the certificate of Redis is for another host: use a host name of the certificate in the URL"
        }
        CertificateError::Revoked => "the certificate of Redis was revoked: renew it",
        _ => "the certificate of Redis is not trusted: pass its root to with_root_certificates",
    }
}

const fn of_alert(alert: AlertDescription) -> &'static str {
    match alert {
        AlertDescription::AccessDenied
        | AlertDescription::BadCertificate
        | AlertDescription::CertificateExpired
        | AlertDescription::CertificateRequired
        | AlertDescription::CertificateRevoked
        | AlertDescription::CertificateUnknown
        | AlertDescription::UnknownCA
        | AlertDescription::UnsupportedCertificate => {
            "Redis refused the client certificate: use one that its tls-ca-cert-file signed"
        }
        _ => "TLS with Redis failed: check that its port accepts TLS",
    }
}
