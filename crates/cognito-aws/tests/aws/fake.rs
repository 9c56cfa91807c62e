//! A fake Cognito that accepts every request, but responds only to some of them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use cognito_aws::AwsCognito;
use cognito_core::PoolConfig;
use cognito_core::config::StaticConfig;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// The response to `GetUser`, so that a connection is reused for the next request.
const REFUSAL: &str = r#"{"__type":"NotAuthorizedException","message":"Access Token has expired"}"#;

/// Stores the received requests by operation.
#[derive(Clone, Default)]
pub(crate) struct FakeCognito(Arc<Mutex<Seen>>);

#[derive(Default)]
struct Seen {
    requests: BTreeMap<String, Vec<Value>>,
    answers: BTreeMap<String, Value>,
}

impl FakeCognito {
    /// Returns an adapter that calls this server.
    pub(crate) async fn adapter(&self) -> AwsCognito {
        let pool = PoolConfig::new(
            "us-east-1_Lossy0001".parse().unwrap(),
            "lossyclient1".parse().unwrap(),
        );
        AwsCognito::builder(Arc::new(StaticConfig::new(pool)))
            .endpoint_url(self.listen().await)
            .static_credentials("test", "test")
            .build_isolated()
            .unwrap()
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

    /// Reads complete requests. `GetUser` is rejected, and requests with a configured response get
    /// it. After any other request the connection is closed.
    async fn serve(&self, stream: TcpStream) -> Option<()> {
        let mut stream = BufReader::new(stream);
        loop {
            let (operation, body) = read_request(&mut stream).await?;
            let (status, kind, body) = self.take(&operation, body)?;
            let length = body.len();
            let reply = format!(
                "HTTP/1.1 {status}\r\nContent-Type: application/x-amz-json-1.1\r\n{kind}\
                 Content-Length: {length}\r\n\r\n{body}"
            );
            stream.write_all(reply.as_bytes()).await.ok()?;
        }
    }

    /// Sets the response to an operation. With a `__type`, it is an exception.
    #[allow(dead_code, reason = "not every test program needs an answer")]
    pub(crate) fn answer(&self, operation: &str, body: Value) {
        let mut seen = self.0.lock().unwrap();
        seen.answers.insert(operation.to_owned(), body);
    }

    /// Sets the response to a challenge response.
    #[allow(dead_code, reason = "not every test program answers challenges")]
    pub(crate) fn answer_challenge(&self, challenge: &str, body: Value) {
        self.answer(challenge, body);
    }

    /// Stores a request. Returns the configured response.
    fn take(&self, operation: &str, body: Value) -> Option<(&'static str, &'static str, String)> {
        let mut seen = self.0.lock().unwrap();
        // The response to a challenge response depends on the challenge.
        let challenge = body["ChallengeName"].as_str().unwrap_or(operation);
        let answer = seen.answers.get(challenge).cloned();
        seen.requests
            .entry(operation.to_owned())
            .or_default()
            .push(body);
        match answer.as_ref().or_else(|| seen.answers.get(operation)) {
            Some(answer) if answer.get("__type").is_some() => {
                Some(("400 Bad Request", "", answer.to_string()))
            }
            Some(answer) => Some(("200 OK", "", answer.to_string())),
            None if operation == "GetUser" => Some((
                "400 Bad Request",
                "x-amzn-ErrorType: NotAuthorizedException:\r\n",
                REFUSAL.to_owned(),
            )),
            None => None,
        }
    }

    /// Returns how often an operation was received.
    #[allow(dead_code, reason = "not every test program counts")]
    pub(crate) fn count(&self, operation: &str) -> usize {
        let seen = self.0.lock().unwrap();
        seen.requests.get(operation).map_or(0, Vec::len)
    }

    /// Returns all received requests of an operation.
    #[allow(dead_code, reason = "not every test program looks inside")]
    pub(crate) fn all(&self, operation: &str) -> Vec<Value> {
        let seen = self.0.lock().unwrap();
        seen.requests.get(operation).cloned().unwrap_or_default()
    }

    /// Returns the last received request of an operation.
    #[allow(dead_code, reason = "not every test program looks inside")]
    pub(crate) fn last(&self, operation: &str) -> Value {
        let seen = self.0.lock().unwrap();
        seen.requests
            .get(operation)
            .and_then(|bodies| bodies.last())
            .cloned()
            .unwrap_or_default()
    }
}

/// Reads a request and returns its operation and body.
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

/// Returns a challenge of a sign-in by SRP. Any values work, because the proof is not checked.
#[allow(dead_code, reason = "not every test program signs in by SRP")]
pub(crate) fn password_verifier() -> Value {
    json!({
        "ChallengeName": "PASSWORD_VERIFIER",
        "ChallengeParameters": {
            "SALT": "1",
            "SECRET_BLOCK": "c2VjcmV0",
            "SRP_B": "5",
            "USERNAME": "ann",
            "USER_ID_FOR_SRP": "ann",
        },
    })
}
