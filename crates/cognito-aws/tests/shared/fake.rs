//! A Cognito that takes every request and answers few.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use cognito_aws::AwsCognito;
use cognito_core::{PoolConfig, StaticConfig};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// What it answers to `GetUser`, so that a connection is used again for the request after it.
const REFUSAL: &str = r#"{"__type":"NotAuthorizedException","message":"Access Token has expired"}"#;

/// Keeps what arrives, by operation.
#[derive(Clone, Default)]
pub struct FakeCognito(Arc<Mutex<Seen>>);

#[derive(Default)]
struct Seen {
    requests: BTreeMap<String, Vec<Value>>,
    answers: BTreeMap<String, Value>,
}

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

    /// Reads whole requests. `GetUser` is refused, what has an answer is answered; after anything
    /// else the connection ends.
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

    /// From now on an operation is answered with this; an exception, if it has a `__type`.
    #[allow(dead_code, reason = "not every test program needs an answer")]
    pub fn answer(&self, operation: &str, body: Value) {
        let mut seen = self.0.lock().unwrap();
        seen.answers.insert(operation.to_owned(), body);
    }

    /// From now on the answer to a challenge is answered with this.
    #[allow(dead_code, reason = "not every test program answers challenges")]
    pub fn answer_challenge(&self, challenge: &str, body: Value) {
        self.answer(challenge, body);
    }

    /// Keeps a request; gives what is answered to it, if anything is.
    fn take(&self, operation: &str, body: Value) -> Option<(&'static str, &'static str, String)> {
        let mut seen = self.0.lock().unwrap();
        // What is answered to a challenge depends on which it is.
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

    /// How often an operation arrived.
    #[allow(dead_code, reason = "not every test program counts")]
    pub fn count(&self, operation: &str) -> usize {
        let seen = self.0.lock().unwrap();
        seen.requests.get(operation).map_or(0, Vec::len)
    }

    /// Everything that arrived of an operation.
    #[allow(dead_code, reason = "not every test program looks inside")]
    pub fn all(&self, operation: &str) -> Vec<Value> {
        let seen = self.0.lock().unwrap();
        seen.requests.get(operation).cloned().unwrap_or_default()
    }

    /// What arrived last of an operation.
    #[allow(dead_code, reason = "not every test program looks inside")]
    pub fn last(&self, operation: &str) -> Value {
        let seen = self.0.lock().unwrap();
        seen.requests
            .get(operation)
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

/// The challenge of a sign-in by SRP, as good as any: whoever answers it proves nothing here.
#[allow(dead_code, reason = "not every test program signs in by SRP")]
pub fn password_verifier() -> Value {
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
