//! The certificates that TLS connections trust, and the errors of TLS.

use std::error::Error as StdError;
use std::io;
use std::sync::Arc;

use cognito_core::Result;
use redis::{ClientTlsConfig, RedisError, TlsCertificates};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use rustls::{AlertDescription, CertificateError, Error as TlsError, RootCertStore};

use crate::error::configuration;

/// Sets the default crypto provider of the process, unless there is one.
///
/// The driver uses the process's default provider. It panics if there is none and rustls was built
/// with two providers. That is the case if any crate of the program enables the feature `ring` of
/// rustls.
pub(crate) fn choose_provider() {
    if CryptoProvider::get_default().is_none() {
        // Another thread may be faster. Its provider is then kept.
        drop(aws_lc_rs::default_provider().install_default());
    }
}

/// Checks root certificates in PEM, and returns them.
pub(crate) fn roots(pem: &[u8]) -> Result<Vec<u8>> {
    let unusable = || configuration("a root certificate for Redis cannot be used");
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|error| unusable().with_source(error))?;
        roots
            .add(certificate)
            .map_err(|error| unusable().with_source(error))?;
    }
    if roots.is_empty() {
        return Err(configuration(
            "the root certificates for Redis are empty: give at least one certificate in PEM",
        ));
    }
    Ok(pem.to_vec())
}

/// Checks a client certificate and its key, both in PEM, and returns them.
///
/// Security: errors have no source, because it might contain part of the key.
pub(crate) fn client(certificates: &[u8], key: &[u8]) -> Result<ClientTlsConfig> {
    let chain: Vec<_> = CertificateDer::pem_slice_iter(certificates)
        .collect::<std::result::Result<_, _>>()
        .map_err(|_| configuration("the client certificate for Redis cannot be used"))?;
    if chain.is_empty() {
        return Err(configuration(
            "the client certificate for Redis is empty: give a certificate in PEM",
        ));
    }
    let unusable = "the key of the client certificate for Redis cannot be used";
    let parsed = PrivateKeyDer::from_pem_slice(key).map_err(|_| configuration(unusable))?;
    match CertifiedKey::from_der(chain, parsed, &aws_lc_rs::default_provider()) {
        Ok(_) => Ok(ClientTlsConfig {
            client_cert: certificates.to_vec(),
            client_key: key.to_vec(),
        }),
        Err(TlsError::InconsistentKeys(_)) => Err(configuration(
            "the key does not match the client certificate for Redis",
        )),
        Err(TlsError::InvalidCertificate(_)) => Err(configuration(
            "the client certificate for Redis cannot be used",
        )),
        Err(_) => Err(configuration(unusable)),
    }
}

/// Returns an empty configuration.
pub(crate) const fn nothing() -> TlsCertificates {
    TlsCertificates {
        client_tls: None,
        root_cert: None,
    }
}

/// Returns a description of a TLS error, or `None` for any other error.
pub(crate) fn detail(error: &RedisError) -> Option<&'static str> {
    // The driver returns its cause as the pointer that it stores.
    let cause = StdError::source(error)?.downcast_ref::<Arc<dyn StdError + Send + Sync>>()?;
    let tls = match cause.downcast_ref::<io::Error>() {
        Some(error) => error.get_ref()?.downcast_ref::<TlsError>()?,
        None => cause.downcast_ref::<TlsError>()?,
    };
    Some(match tls {
        TlsError::InvalidCertificate(why) => of_certificate(why),
        TlsError::AlertReceived(alert) => of_alert(*alert),
        _ => "TLS with Redis failed",
    })
}

const fn of_certificate(why: &CertificateError) -> &'static str {
    match why {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "the certificate of Redis has expired"
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "the certificate of Redis is not valid yet"
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "the certificate of Redis is for another host"
        }
        CertificateError::Revoked => "the certificate of Redis was revoked",
        _ => "the certificate of Redis is not trusted",
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
        | AlertDescription::UnsupportedCertificate => "Redis refused the client certificate",
        _ => "TLS with Redis failed",
    }
}
