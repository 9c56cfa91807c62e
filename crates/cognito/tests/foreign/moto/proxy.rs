//! A proxy between the facade and moto that reads the codes in moto's responses.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// moto sends no mail: the code of a password reset is in this header of its response.
const HEADER: &str = "x-moto-forgot-password-confirmation-code:";

/// A proxy that passes every byte on, in both directions.
pub struct Proxy {
    url: String,
    reset_code: ResetCode,
}

type ResetCode = Arc<Mutex<Option<String>>>;

impl Proxy {
    /// Starts it on a free port. It ends with the runtime of the test.
    pub async fn start(moto: &str) -> Self {
        let upstream = moto.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let reset_code = ResetCode::default();
        let seen = Arc::clone(&reset_code);
        tokio::spawn(async move {
            while let Ok((downstream, _)) = listener.accept().await {
                let upstream = TcpStream::connect(&upstream).await.unwrap();
                tokio::spawn(connection(downstream, upstream, Arc::clone(&seen)));
            }
        });
        Self { url, reset_code }
    }

    /// Returns its URL.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the code of the last requested password reset.
    pub fn latest_reset_code(&self) -> String {
        self.reset_code.lock().unwrap().clone().unwrap()
    }
}

async fn connection(mut downstream: TcpStream, mut upstream: TcpStream, seen: ResetCode) {
    let (from_client, to_client) = downstream.split();
    let (mut from_moto, mut to_moto) = upstream.split();
    let requests = async {
        let mut from_client = from_client;
        drop(tokio::io::copy(&mut from_client, &mut to_moto).await);
        drop(to_moto.shutdown().await);
    };
    tokio::join!(requests, answers(&mut from_moto, to_client, &seen));
}

/// Passes responses on. Stores the code in them before the client can receive it.
async fn answers(
    from_moto: &mut (impl AsyncRead + Unpin),
    mut to_client: impl AsyncWrite + Unpin,
    seen: &Mutex<Option<String>>,
) {
    let mut text = String::new();
    let mut buffer = [0; 4096];
    while let Ok(length @ 1..) = from_moto.read(&mut buffer).await {
        // The header may come in two pieces, so what came before is kept.
        text.push_str(&String::from_utf8_lossy(&buffer[..length]));
        if let Some(code) = reset_code(&text) {
            *seen.lock().unwrap() = Some(code);
        }
        if to_client.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
    drop(to_client.shutdown().await);
}

fn reset_code(answers: &str) -> Option<String> {
    let lower = answers.to_ascii_lowercase();
    let start = lower.rfind(HEADER)? + HEADER.len();
    let (code, _) = answers[start..].split_once("\r\n")?;
    Some(code.trim().to_owned())
}
