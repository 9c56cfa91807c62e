//! HTTPS with a certificate of the emulator's own authority. The client is rustls with only this
//! authority as a root.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use cognito_emulator::{Emulator, Https, OAuthFlow, StartError};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::support::{CLIENT, EMAIL, PASSWORD, pool_with};

type Reply = Result<Response<Bytes>, std::io::Error>;

/// A client that trusts one certificate authority.
struct Browser {
    connector: TlsConnector,
    address: String,
}

impl Browser {
    fn new(emulator: &Emulator, ca: &str) -> Self {
        let mut roots = RootCertStore::empty();
        let ca = CertificateDer::from_pem_slice(ca.as_bytes()).expect("PEM");
        roots.add(ca).expect("a certificate authority");
        let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        let address = emulator.endpoint().trim_start_matches("https://");
        Self {
            connector: TlsConnector::from(Arc::new(config)),
            address: address.to_owned(),
        }
    }

    /// Sends a request with the host name `host` and the port of the emulator.
    async fn send(&self, host: &str, head: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        let stream = TcpStream::connect(&self.address).await?;
        let name = ServerName::try_from(host.to_owned()).expect("a name");
        let stream = self.connector.connect(name, stream).await?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.expect("HTTP");
        tokio::spawn(connection);
        let (method, path) = head.split_once(' ').expect("a method and a path");
        let port = self.address.rsplit(':').next().expect("a port");
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", format!("{host}:{port}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = Full::new(Bytes::from(body.to_owned()));
        let response = sender
            .send_request(request.body(body).expect("valid"))
            .await;
        let (head, body) = response.expect("a response").into_parts();
        let body = body.collect().await.expect("a body").to_bytes();
        Ok(Response::from_parts(head, body))
    }

    async fn get(&self, path: &str) -> Response<Bytes> {
        let head = format!("GET {path}");
        let reply = self.send("localhost", &head, &[], "").await;
        reply.expect("a trusted certificate")
    }
}

fn cookies(response: &Response<Bytes>) -> Vec<&str> {
    let cookies = response.headers().get_all("set-cookie").iter();
    cookies.map(|it| it.to_str().expect("ASCII")).collect()
}

fn json(response: &Response<Bytes>) -> Value {
    serde_json::from_slice(response.body()).expect("JSON")
}

async fn started(https: Https, hosts: &[&str]) -> Result<Emulator, StartError> {
    let builder = Emulator::builder().https(https);
    let builder = hosts
        .iter()
        .fold(builder, |builder, host| builder.allow_host(*host));
    builder.start().await
}

/// A folder for one test, which is removed at its end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let name = format!("https-{name}-{}", std::process::id());
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&path);
        Self(path)
    }

    fn https(&self) -> Https {
        Https::directory(&self.0)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("exists").permissions().mode() & 0o777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("own file");
}

fn reason(started: Result<Emulator, StartError>) -> String {
    match started {
        Err(StartError::Https { reason, .. }) => reason,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn certificate_covers_local_and_allowed_hosts() {
    let hosts = [
        "login.example.com",
        "shop.auth.eu-west-1.amazoncognito.com",
        "192.0.2.7",
    ];
    let emulator = started(Https::new(), &hosts).await.expect("starts");
    let browser = Browser::new(&emulator, emulator.ca_certificate().expect("its own"));
    for host in ["localhost", "127.0.0.1"].into_iter().chain(hosts) {
        let reply = browser.send(host, "GET /_emulator/health", &[], "").await;
        assert_eq!(reply.expect(host).status(), 200, "{host}");
    }
    for host in [
        "example.com",
        "192.0.2.8",
        "auth.eu-west-1.amazoncognito.com",
    ] {
        let reply = browser.send(host, "GET /_emulator/health", &[], "").await;
        assert!(reply.is_err(), "{host}");
    }
}

/// The port accepts both protocols: a client downloads the certificate before it trusts it.
#[tokio::test]
async fn plain_http_returns_the_authority() {
    let pool = pool_with(|builder| builder.https(Https::new())).await;
    let emulator = &pool.emulator;
    let port = emulator.endpoint().rsplit(':').next().expect("a port");
    let address = format!("127.0.0.1:{port}");
    let stream = TcpStream::connect(&address).await.expect("connects");
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.expect("HTTP");
    tokio::spawn(connection);
    let request = Request::get("/_emulator/ca.pem").header("host", &address);
    let request = request.body(Full::new(Bytes::new())).expect("valid");
    let response = sender.send_request(request).await.expect("a response");
    let body = response
        .into_body()
        .collect()
        .await
        .expect("a body")
        .to_bytes();
    assert_eq!(
        Some(&*String::from_utf8_lossy(&body)),
        emulator.ca_certificate()
    );
}

#[tokio::test]
async fn urls_and_cookies_are_secure() {
    let pool = pool_with(|builder| {
        let client = cognito_emulator::Client::new(CLIENT);
        builder
            .client(
                client
                    .callback_url("https://app.example/")
                    .oauth_scope("openid")
                    .oauth_flow(OAuthFlow::Code),
            )
            .https(Https::new())
    })
    .await;
    let emulator = &pool.emulator;
    emulator.create_user(EMAIL, PASSWORD, &[]).expect("new");
    let browser = Browser::new(emulator, emulator.ca_certificate().expect("its own"));
    let endpoint = emulator.endpoint();
    assert!(endpoint.starts_with("https://127.0.0.1:"), "{endpoint}");
    assert!(emulator.issuer().starts_with(endpoint));
    let path = format!(
        "/{}/.well-known/openid-configuration",
        emulator.user_pool_id()
    );
    let document = json(&browser.get(&path).await);
    for name in [
        "issuer",
        "jwks_uri",
        "token_endpoint",
        "authorization_endpoint",
    ] {
        let url = document[name].as_str().expect("a URL");
        assert!(url.starts_with(endpoint), "{name}: {url}");
    }
    let query = format!(
        "client_id={CLIENT}&response_type=code&scope=openid&redirect_uri=https://app.example/"
    );
    let page = browser.get(&format!("/login?{query}")).await;
    let csrf = cookies(&page);
    let [csrf] = csrf[..] else { panic!("{csrf:?}") };
    assert!(
        csrf.ends_with("; Path=/; HttpOnly; SameSite=Lax; Secure"),
        "{csrf}"
    );
    let word = csrf.split([';', '=']).nth(1).expect("a value");
    let body = format!("_csrf={word}&username={EMAIL}&password={PASSWORD}");
    let headers = [
        ("cookie", csrf.split(';').next().expect("a pair")),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    let head = format!("POST /login?{query}");
    let signed_in = browser
        .send("localhost", &head, &headers, &body)
        .await
        .expect("trusted");
    let target = signed_in.headers()["location"].to_str().expect("ASCII");
    assert!(target.starts_with("https://app.example/?code="), "{target}");
    let session = cookies(&signed_in);
    assert!(
        session[0].starts_with("cognito=") && session[0].ends_with("; Secure"),
        "{session:?}"
    );
}

#[tokio::test]
async fn kept_authority_is_trusted_again() {
    let folder = Folder::new("kept");
    let first = started(folder.https(), &[]).await.expect("starts");
    let ca = first.ca_certificate().expect("its own").to_owned();
    assert_eq!(
        fs::read_to_string(folder.0.join("ca.pem")).expect("written"),
        ca
    );
    assert_eq!(mode(&folder.0), 0o700);
    assert_eq!(mode(&folder.0.join("ca-key.pem")), 0o600);
    drop(first);
    let second = started(folder.https(), &[]).await.expect("starts");
    let browser = Browser::new(&second, &ca);
    assert_eq!(browser.get("/_emulator/health").await.status(), 200);
}

#[tokio::test]
async fn kept_authority_covers_only_its_hosts() {
    let folder = Folder::new("hosts");
    started(folder.https(), &["login.example.com"])
        .await
        .expect("starts");
    started(folder.https(), &["login.example.com"])
        .await
        .expect("starts again");
    let reason = reason(started(folder.https(), &["other.example.com"]).await);
    assert!(reason.contains("other.example.com"), "{reason}");
}

#[tokio::test]
async fn exposed_authority_is_rejected() {
    let folder = Folder::new("exposed");
    started(folder.https(), &[]).await.expect("starts");
    let key = folder.0.join("ca-key.pem");
    for (path, bad, good) in [
        (&key, 0o640, 0o600),
        (&folder.0, 0o770, 0o700),
        (&folder.0, 0o777, 0o700),
    ] {
        set_mode(path, bad);
        let reason = reason(started(folder.https(), &[]).await);
        assert!(reason.contains("other users"), "{reason}");
        set_mode(path, good);
    }
    fs::write(
        &key,
        "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n",
    )
    .expect("own");
    let reason = reason(started(folder.https(), &[]).await);
    assert!(reason.contains("remove it"), "{reason}");
}

#[tokio::test]
async fn provided_certificate_is_served() {
    let folder = Folder::new("provided");
    started(folder.https(), &[]).await.expect("starts");
    // A file with a certificate and its private key, from another source in practice.
    let both = fs::read_to_string(folder.0.join("ca-key.pem")).expect("written");
    let emulator = started(Https::certificate(&*both, &*both), &[])
        .await
        .expect("starts");
    assert_eq!(emulator.ca_certificate(), None);
    let unusable = started(Https::certificate("", &*both), &[]).await;
    assert!(matches!(unusable, Err(StartError::Https { .. })));
    let unusable = started(Https::certificate(&*both, "x"), &[]).await;
    assert!(reason(unusable).contains("private key"));
}

/// The test provider is part of the emulator, which calls it over HTTP.
#[tokio::test]
async fn test_provider_signs_in_over_https() {
    let pool = pool_with(|builder| {
        let client = cognito_emulator::Client::new(CLIENT);
        let client = client
            .callback_url("https://app.example/")
            .oauth_scope("openid")
            .oauth_flow(OAuthFlow::Code)
            .supported_identity_provider("Company");
        builder
            .client(client)
            .test_provider("Company")
            .https(Https::new())
    })
    .await;
    let browser = Browser::new(
        &pool.emulator,
        pool.emulator.ca_certificate().expect("its own"),
    );
    let begun = browser
        .get(&format!(
            "/oauth2/authorize?client_id={CLIENT}&response_type=code&scope=openid\
             &redirect_uri=https://app.example/&identity_provider=Company"
        ))
        .await;
    let state = cookies(&begun)[0]
        .split(';')
        .next()
        .expect("a pair")
        .to_owned();
    let location = begun.headers()["location"].to_str().expect("ASCII");
    let path = location.split_once("/_emulator").expect("the provider").1;
    let chosen = browser.get(&format!("/_emulator{path}&sub=ann")).await;
    let back = chosen.headers()["location"].to_str().expect("ASCII");
    assert!(back.starts_with("https://localhost:"), "{back}");
    let path = back.split_once("/oauth2").expect("the emulator").1;
    let head = format!("GET /oauth2{path}");
    let done = browser
        .send("localhost", &head, &[("cookie", &state)], "")
        .await
        .expect("trusted");
    let target = done.headers()["location"].to_str().expect("ASCII");
    assert!(target.starts_with("https://app.example/?code="), "{target}");
}
