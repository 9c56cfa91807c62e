//! A local server that replaces Cognito's JWKS endpoint. Two libraries always use the URL of
//! Cognito. Their requests reach this server because `HTTPS_PROXY` contains its address, and they
//! trust it because `SSL_CERT_FILE` contains the path of its certificate. All other libraries that
//! fetch keys use plain HTTP.

use std::env;
use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::{Result, Setup};

/// A server that returns the JWKS to every request. It runs until the process ends.
#[derive(Debug)]
pub struct StandIn {
    address: SocketAddr,
}

impl StandIn {
    /// Starts the server that replaces Cognito's JWKS endpoint. Sets the environment variables of
    /// this process, so that HTTP clients use the server as a proxy and trust it. Call this
    /// function before the measured library creates its HTTP client, which reads the environment
    /// only once.
    ///
    /// # Errors
    ///
    /// Fails if no port can be bound, if the certificate cannot be created or written, or if the
    /// TLS configuration is invalid.
    pub fn start(setup: &Setup) -> Result<Self> {
        let host = format!("cognito-idp.{}.amazonaws.com", setup.region);
        let made = rcgen::generate_simple_self_signed(vec![host])?;
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der())?;
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let certificate = env::temp_dir().join(format!("cognito-jwt-peers-{}.pem", address.port()));
        fs::write(&certificate, made.cert.pem())?;
        for name in ["ALL_PROXY", "HTTP_PROXY", "NO_PROXY", "SSL_CERT_DIR"] {
            env::remove_var(name);
            env::remove_var(name.to_lowercase());
        }
        env::remove_var("https_proxy");
        env::set_var("HTTPS_PROXY", format!("http://{address}"));
        env::set_var("SSL_CERT_FILE", certificate);
        let config = Arc::new(config);
        let jwks: Arc<str> = setup.jwks.as_str().into();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (config, jwks) = (Arc::clone(&config), Arc::clone(&jwks));
                // An error of one connection does not stop the server.
                thread::spawn(move || drop(serve(stream, config, &jwks)));
            }
        });
        Ok(Self { address })
    }

    /// Returns the URL of the JWKS over plain HTTP.
    pub fn jwks_url(&self) -> String {
        format!("http://{}/.well-known/jwks.json", self.address)
    }
}

fn serve(mut stream: TcpStream, config: Arc<ServerConfig>, jwks: &str) -> Result<()> {
    if request(&mut stream)?.starts_with(b"CONNECT ") {
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
        let mut stream = StreamOwned::new(ServerConnection::new(config)?, stream);
        request(&mut stream)?;
        return answer(&mut stream, jwks);
    }
    answer(&mut stream, jwks)
}

/// Reads the head of a request, up to the empty line. The requests to this server have no body.
fn request(stream: &mut impl Read) -> Result<Vec<u8>> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        head.extend(byte);
    }
    Ok(head)
}

fn answer(stream: &mut impl Write, jwks: &str) -> Result<()> {
    let length = jwks.len();
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\
         Connection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(jwks.as_bytes())?;
    Ok(stream.flush()?)
}
