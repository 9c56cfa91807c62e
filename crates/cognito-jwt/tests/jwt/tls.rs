//! The document over HTTPS: which servers are trusted and which are not.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use cognito_core::ErrorKind;
use cognito_jwt::{HttpJwks, JwksSource, SourceErrorKind};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

const ROOT: &str = include_str!("../certificates/root.pem");
const GOOD: &str = include_str!("../certificates/good.pem");
const EXPIRED: &str = include_str!("../certificates/expired.pem");
const OTHER_HOST: &str = include_str!("../certificates/other-host.pem");
const SELF_SIGNED: &str = include_str!("../certificates/self-signed.pem");
const SERVER_KEY: &str = include_str!("../certificates/server-key.pem");

/// A server that responds `{}` to clients that trust its certificate.
struct Server {
    uri: String,
    connections: Arc<AtomicUsize>,
}

impl Server {
    async fn start(certificate: &str) -> Self {
        let certificates = CertificateDer::pem_slice_iter(certificate.as_bytes());
        let key = PrivateKeyDer::from_pem_slice(SERVER_KEY.as_bytes()).unwrap();
        let configuration =
            ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_no_client_auth()
                .with_single_cert(certificates.map(Result::unwrap).collect(), key)
                .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(configuration));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let uri = format!("https://{}/", listener.local_addr().unwrap());
        let connections = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&connections);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                let Ok(mut stream) = acceptor.accept(stream).await else {
                    continue;
                };
                let _ = stream.read(&mut [0; 1024]).await;
                let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
                let _ = stream.write_all(answer).await;
                let _ = stream.flush().await;
            }
        });
        Self { uri, connections }
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

#[tokio::test]
async fn trusts_server_with_trusted_root() {
    let source = HttpJwks::with_root_certificates(ROOT).unwrap();
    let server = Server::start(GOOD).await;
    assert_eq!(source.fetch(&server.uri).await.unwrap(), b"{}");
    let by_name = server.uri.replace("127.0.0.1", "localhost");
    assert_eq!(source.fetch(&by_name).await.unwrap(), b"{}");
}

#[tokio::test]
async fn untrusted_server_gets_no_request() {
    // The connection is not tried again.
    let source = HttpJwks::with_root_certificates(ROOT).unwrap();
    for (name, certificate) in [
        ("expired", EXPIRED),
        ("another host", OTHER_HOST),
        ("self-signed", SELF_SIGNED),
    ] {
        let server = Server::start(certificate).await;
        let error = source.fetch(&server.uri).await.unwrap_err();
        assert_eq!(error.kind(), SourceErrorKind::Tls, "{name}");
        assert_eq!(server.connections(), 1, "{name}");
    }
}

/// The roots of the system, if there are any, do not include this one.
#[tokio::test]
async fn by_default_only_the_systems_roots_are_trusted() {
    let server = Server::start(GOOD).await;
    let error = HttpJwks::new().unwrap().fetch(&server.uri).await;
    let kind = error.unwrap_err().kind();
    assert!(
        matches!(kind, SourceErrorKind::Tls | SourceErrorKind::Other),
        "{kind:?}"
    );
}

#[tokio::test]
async fn unreachable_server_is_no_trust_error() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let uri = format!("https://{}/", listener.local_addr().unwrap());
    drop(listener);
    let source = HttpJwks::with_root_certificates(ROOT).unwrap();
    let error = source.fetch(&uri).await.unwrap_err();
    assert_eq!(error.kind(), SourceErrorKind::Connection);
}

#[tokio::test]
async fn rejects_server_without_tls() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let uri = format!("https://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream
                .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
                .await;
            let _ = stream.read(&mut [0; 1024]).await;
        }
    });
    let source = HttpJwks::with_root_certificates(ROOT).unwrap();
    let error = source.fetch(&uri).await.unwrap_err();
    assert_eq!(error.kind(), SourceErrorKind::Tls);
}

#[test]
fn root_certificates_must_be_there_and_be_certificates() {
    let broken = ROOT.replacen("MII", "AAA", 1);
    for pem in ["", "nothing", SERVER_KEY, &broken] {
        let error = HttpJwks::with_root_certificates(pem).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
    }
}
