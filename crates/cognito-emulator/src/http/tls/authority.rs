//! A certificate authority (CA) that signs the server certificate of an emulator.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use std::{fmt::Write as _, io};

use aws_lc_rs::digest::{SHA256, digest};
use cognito_core::{Clock, SystemClock};
use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DnType, ExtendedKeyUsagePurpose,
    GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose, NameConstraints, PublicKeyData,
};
use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName, UnixTime};
use time::OffsetDateTime;

use super::{Tls, failed};
use crate::model::error::StartError;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const AUTHORITY_VALIDITY: Duration = DAY.saturating_mul(5 * 365);
const SERVER_VALIDITY: Duration = DAY.saturating_mul(365);

/// A CA: its certificate in PEM, and its private key.
pub(super) struct Authority {
    pub(super) certificate: String,
    key: KeyPair,
}

impl Authority {
    /// Creates a CA that can sign only for `localhost`, loopback addresses and `hosts`.
    ///
    /// Security: clients trust the CA. Its name constraints (RFC 5280 section 4.2.1.10) limit what a
    /// stolen key can do.
    pub(super) fn new(hosts: &[String]) -> Result<Self, StartError> {
        let key = KeyPair::generate().map_err(unusable)?;
        let mut params = authority_params(&key);
        let loopback = [
            CidrSubnet::from_addr_prefix(Ipv4Addr::new(127, 0, 0, 0).into(), 8),
            CidrSubnet::from_v6_prefix(Ipv6Addr::LOCALHOST.octets(), 128),
        ];
        let hosts = hosts.iter().map(|host| match host.parse::<IpAddr>() {
            Ok(ip) => GeneralSubtree::IpAddress(single(ip)),
            Err(_) => GeneralSubtree::DnsName(host.clone()),
        });
        params.name_constraints = Some(NameConstraints {
            permitted_subtrees: [GeneralSubtree::DnsName("localhost".to_owned())]
                .into_iter()
                .chain(loopback.map(GeneralSubtree::IpAddress))
                .chain(hosts)
                .collect(),
            excluded_subtrees: Vec::new(),
        });
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        set_validity(&mut params, AUTHORITY_VALIDITY);
        let certificate = params.self_signed(&key).map_err(unusable)?.pem();
        Ok(Self { certificate, key })
    }

    /// Reads the CA from the PEM that [`to_pem`](Self::to_pem) returns. Returns `None` if it is
    /// invalid.
    pub(super) fn from_pem(text: &str) -> Option<Self> {
        let (certificate, key) = text.split_at(text.find("-----BEGIN PRIVATE KEY-----")?);
        Some(Self {
            certificate: certificate.to_owned(),
            key: KeyPair::from_pem(key).ok()?,
        })
    }

    /// Returns the certificate and the private key in PEM.
    pub(super) fn to_pem(&self) -> String {
        format!("{}{}", self.certificate, self.key.serialize_pem())
    }

    /// Creates a server certificate for `localhost`, `127.0.0.1`, `::1` and `hosts`. Returns a TLS
    /// acceptor that uses this certificate, and the certificate of the CA in PEM (always `Some`).
    /// Fails if clients would reject the server certificate: the CA has expired, or it cannot sign
    /// for one of these hosts.
    ///
    /// Consumes the CA, so that its private key does not stay in memory.
    pub(super) fn serve(self, hosts: &[String]) -> Result<(Tls, Option<String>), StartError> {
        // Without a wildcard for `localhost`, because rustls rejects the certificate with it, and
        // OpenSSL ignores it.
        let mut names = ["localhost", "127.0.0.1", "::1"].map(String::from).to_vec();
        names.extend_from_slice(hosts);
        let mut params = CertificateParams::new(names.clone()).map_err(unusable)?;
        params.distinguished_name = rcgen::DistinguishedName::new();
        params
            .distinguished_name
            .push(DnType::CommonName, "cognito-emulator");
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        set_validity(&mut params, SERVER_VALIDITY);
        let key = KeyPair::generate().map_err(unusable)?;
        let authority = authority_params(&self.key);
        let issuer = Issuer::from_params(&authority, &self.key);
        let certificate = params.signed_by(&key, &issuer).map_err(unusable)?;
        let certificate = certificate.der().clone();
        check(&self.certificate, &certificate, &names)?;
        let key = PrivatePkcs8KeyDer::from(key.serialize_der());
        let tls = Tls::new(vec![certificate], key.into())?;
        Ok((tls, Some(self.certificate)))
    }
}

/// Returns the certificate parameters of the CA with this key: its name and its key usages. They
/// are needed to create the certificate of the CA and to sign server certificates. The name
/// contains a hash of the key, so that clients that trust several CAs can distinguish them.
fn authority_params(key: &KeyPair) -> CertificateParams {
    let hash = digest(&SHA256, &key.subject_public_key_info());
    let mut name = "cognito-emulator CA ".to_owned();
    for byte in &hash.as_ref()[..4] {
        let _ = write!(name, "{byte:02x}");
    }
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

/// Returns the subnet that contains only this address.
fn single(ip: IpAddr) -> CidrSubnet {
    match ip {
        IpAddr::V4(ip) => CidrSubnet::V4(ip.octets(), [0xff; 4]),
        IpAddr::V6(ip) => CidrSubnet::V6(ip.octets(), [0xff; 16]),
    }
}

/// Sets the validity period of a certificate. It begins a day before the current time, because the
/// clock of a client can be behind, and ends when `validity` has passed.
fn set_validity(params: &mut CertificateParams, validity: Duration) {
    let now = now();
    params.not_before = OffsetDateTime::from(now - DAY);
    params.not_after = OffsetDateTime::from(now + validity);
}

/// Returns the time of the host. Clients check certificates with their own clock, so the clock of
/// the emulator has no effect.
fn now() -> SystemTime {
    SystemClock::new().now()
}

/// Fails if a client that trusts the CA would reject the server certificate for one of the names.
fn check(
    authority: &str,
    certificate: &CertificateDer<'_>,
    names: &[String],
) -> Result<(), StartError> {
    let authority = CertificateDer::from_pem_slice(authority.as_bytes());
    let authority = authority.map_err(|_| failed("the certificate of the CA is not valid PEM"))?;
    let mut roots = RootCertStore::empty();
    roots.add(authority).map_err(unusable)?;
    let provider = Arc::new(default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build();
    let verifier = verifier.map_err(unusable)?;
    let since = now().duration_since(UNIX_EPOCH).unwrap_or_default();
    for name in names {
        let host = ServerName::try_from(name.as_str()).map_err(unusable)?;
        let now = UnixTime::since_unix_epoch(since);
        let verified = verifier.verify_server_cert(certificate, &[], &host, &[], now);
        verified.map_err(|error| StartError::Https {
            reason: format!(
                "the CA has expired, or cannot sign for every host ({}): remove ca-key.pem, and \
                 trust the new ca.pem",
                names.join(", ")
            ),
            source: Some(io::Error::other(error)),
        })?;
    }
    Ok(())
}

/// Returns the error for a certificate that cannot be created. A host name that is not valid in a
/// certificate is the main reason.
fn unusable(error: impl std::error::Error + Send + Sync + 'static) -> StartError {
    StartError::Https {
        reason: "no certificate can be created for the host names".to_owned(),
        source: Some(io::Error::other(error)),
    }
}
