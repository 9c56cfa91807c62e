//! A Cognito that takes every request and answers few.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use cognito_aws::AwsCognito;
use cognito_core::{PoolConfig, StaticConfig};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// What it answers to `GetUser`, so that a connection is used again for the request after it.
const REFUSAL: &str = r#"{"__type":"NotAuthorizedException","message":"Access Token has expired"}"#;

/// Keeps what arrives, by operation.
#[derive(Clone, Default)]
pub struct FakeCognito(Arc<Mutex<BTreeMap<String, Vec<Value>>>>);

impl FakeCognito {
    /// An adapter that speaks to it.
    pub async fn adapter(&self) -> AwsCognito {
        let pool = PoolConfig::new(
            "us-east-1_Lossy0001".parse().unwrap(),
            "lossyclient1".parse().unwrap(),
        );
        AwsCognito::builder(Arc::new(StaticConfig::new(pool)))
            .endpoint_url(self.listen().await)
            .static_credentials("test", "test")
            .build_isolated()
    }

    async fn listen(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let fake = self.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let fake = fake.clone();
                tokio::spawn(async move { fake.serve(stream).await });
            }
        });
        url
    }

    /// Reads whole requests. `GetUser` is refused; after anything else the connection ends.
    async fn serve(&self, stream: TcpStream) -> Option<()> {
        let mut stream = BufReader::new(stream);
        loop {
            let (operation, body) = read_request(&mut stream).await?;
            self.keep(&operation, body);
            if operation != "GetUser" {
                return None;
            }
            let length = REFUSAL.len();
            let reply = format!(
                "HTTP/1.1 400 Bad Request\r\nContent-Type: application/x-amz-json-1.1\r\n\
                 x-amzn-ErrorType: NotAuthorizedException:\r\nContent-Length: {length}\r\n\r\n{REFUSAL}"
            );
            stream.write_all(reply.as_bytes()).await.ok()?;
        }
    }

    fn keep(&self, operation: &str, body: Value) {
        let mut seen = self.0.lock().unwrap();
        seen.entry(operation.to_owned()).or_default().push(body);
    }

    /// How often an operation arrived.
    #[allow(dead_code, reason = "not every test program counts")]
    pub fn count(&self, operation: &str) -> usize {
        let seen = self.0.lock().unwrap();
        seen.get(operation).map_or(0, Vec::len)
    }

    /// What arrived last of an operation.
    #[allow(dead_code, reason = "not every test program looks inside")]
    pub fn last(&self, operation: &str) -> Value {
        let seen = self.0.lock().unwrap();
        seen.get(operation)
            .and_then(|bodies| bodies.last())
            .cloned()
            .unwrap_or_default()
    }
}

/// The operation that a request names, and its body.
async fn read_request(stream: &mut BufReader<TcpStream>) -> Option<(String, Value)> {
    let (mut operation, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        let Some((name, value)) = line.split_once(": ") else {
            continue;
        };
        if name.eq_ignore_ascii_case("x-amz-target") {
            operation = value.rsplit('.').next()?.to_owned();
        } else if name.eq_ignore_ascii_case("content-length") {
            length = value.parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some((operation, serde_json::from_slice(&body).ok()?))
}
