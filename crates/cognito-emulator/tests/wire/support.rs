//! A manual clock, and a client of the emulator. The client shares no code with the emulator.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use cognito_core::Clock;
use cognito_emulator::{Client, Emulator, EmulatorBuilder};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper::{HeaderMap, Request};
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::net::TcpStream;

pub(crate) const EMAIL: &str = "someone@example.com";
pub(crate) const PHONE: &str = "+15550101234";
pub(crate) const PASSWORD: &str = "SecurePass123!";
pub(crate) const CLIENT: &str = "emulatorclient1";
pub(crate) const START: u64 = 1_700_000_000;

#[derive(Debug)]
pub(crate) struct HandClock(Mutex<Duration>);

impl HandClock {
    pub(crate) fn advance(&self, by: Duration) {
        *self.0.lock() += by;
    }
}

impl Clock for HandClock {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + *self.0.lock()
    }

    fn monotonic(&self) -> Duration {
        *self.0.lock()
    }
}

/// An emulator with one pool, and the clock of the emulator.
pub(crate) struct Pool {
    pub(crate) emulator: Emulator,
    pub(crate) clock: Arc<HandClock>,
}

pub(crate) async fn pool() -> Pool {
    pool_with(|builder| builder).await
}

/// Returns an emulator whose pool has one client. `client` sets up the client.
pub(crate) async fn pool_of(client: impl FnOnce(Client) -> Client) -> Pool {
    let client = client(Client::new(CLIENT));
    pool_with(|builder| builder.client(client)).await
}

pub(crate) async fn pool_with(settings: impl FnOnce(EmulatorBuilder) -> EmulatorBuilder) -> Pool {
    let clock = Arc::new(HandClock(Mutex::new(Duration::from_secs(START))));
    let builder = Emulator::builder().clock(clock.clone());
    let emulator = settings(builder).start().await.expect("starts");
    Pool { emulator, clock }
}

impl Pool {
    /// Calls an unsigned operation.
    pub(crate) async fn call(&self, operation: &str, fields: Value) -> Reply {
        let target = format!("AWSCognitoIdentityProviderService.{operation}");
        let body = fields.to_string();
        self.send("POST", "/", &[("x-amz-target", &target)], body)
            .await
    }

    /// Calls a signed operation. Adds the id of the pool to the fields if it is missing.
    pub(crate) async fn admin(&self, operation: &str, mut fields: Value) -> Reply {
        if fields.get("UserPoolId").is_none() {
            fields["UserPoolId"] = json!(self.emulator.user_pool_id());
        }
        self.operator(operation, fields).await
    }

    /// Calls a signed operation with these fields only. The id of the pool is not added.
    pub(crate) async fn operator(&self, operation: &str, fields: Value) -> Reply {
        let target = format!("AWSCognitoIdentityProviderService.{operation}");
        self.signed(&target, fields).await
    }

    pub(crate) async fn signed(&self, target: &str, fields: Value) -> Reply {
        self.signed_by("test", target, fields).await
    }

    /// Calls an operation with the signature of an access key.
    pub(crate) async fn signed_by(&self, key: &str, target: &str, fields: Value) -> Reply {
        let signature = signature(key, "us-east-1");
        let headers = [("x-amz-target", target), ("authorization", &signature)];
        self.send("POST", "/", &headers, fields.to_string()).await
    }

    /// Calls an operation with the query protocol and the signature of an access key. The body of
    /// the reply is a string.
    pub(crate) async fn query(&self, key: &str, parameters: &[(&str, &str)]) -> Reply {
        let signature = signature(key, "us-east-1");
        let headers = [
            ("authorization", signature.as_str()),
            ("content-type", "application/x-www-form-urlencoded"),
        ];
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(parameters);
        self.send("POST", "/", &headers, body.finish()).await
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.send("GET", path, &[], String::new()).await
    }

    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Reply {
        self.try_send(method, path, headers, body)
            .await
            .expect("an answer")
    }

    pub(crate) async fn try_send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Result<Reply, hyper::Error> {
        let address = self.emulator.endpoint().trim_start_matches("http://");
        let stream = TcpStream::connect(address).await.expect("connects");
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        let mut request = Request::builder().method(method).uri(path);
        if headers.iter().all(|(name, _)| *name != "host") {
            request = request.header("host", address);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(body.into())).expect("a request");
        let response = sender.send_request(request).await?;
        let (head, body) = response.into_parts();
        let body = body.collect().await?.to_bytes();
        Ok(Reply {
            status: head.status.as_u16(),
            headers: head.headers,
            body: if body.is_empty() {
                Value::Null
            } else {
                // A body that is not JSON, such as HTML, becomes a string.
                let text = || Value::String(String::from_utf8_lossy(&body).into_owned());
                serde_json::from_slice(&body).unwrap_or_else(|_| text())
            },
        })
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }

    pub(crate) fn code(&self, to: &str) -> String {
        self.emulator.inbox().latest_code(to).expect("a code")
    }

    /// Returns a code that differs from the one that was sent to an address.
    pub(crate) fn wrong_code(&self, to: &str) -> &'static str {
        if self.code(to) == "000000" {
            "000001"
        } else {
            "000000"
        }
    }

    /// Creates a confirmed user, ready to sign in.
    pub(crate) fn person(&self) -> String {
        self.emulator
            .create_user(EMAIL, PASSWORD, &[("name", "Some One")])
            .expect("a person")
    }

    pub(crate) async fn sign_in(&self, username: &str, password: &str) -> Reply {
        self.call("InitiateAuth", sign_in_fields(username, password))
            .await
    }

    /// Returns the tokens of the user.
    pub(crate) async fn tokens(&self) -> Tokens {
        let answer = self.sign_in(EMAIL, PASSWORD).await.ok();
        Tokens::read(&answer)
    }

    /// Signs the user in through a server that reports the address of the user.
    pub(crate) async fn sign_in_from(&self, address: &str) -> Reply {
        let mut fields = sign_in_fields(EMAIL, PASSWORD);
        fields["AuthFlow"] = json!("ADMIN_USER_PASSWORD_AUTH");
        fields["ContextData"] = json!({
            "IpAddress": address, "ServerName": "example.com", "ServerPath": "/", "HttpHeaders": [],
        });
        self.admin("AdminInitiateAuth", fields).await
    }

    pub(crate) async fn get_user(&self, access_token: &str) -> Reply {
        self.call("GetUser", json!({ "AccessToken": access_token }))
            .await
    }

    /// Verifies a phone number of the user, and enables text messages as the second factor.
    pub(crate) async fn with_phone(&self) {
        self.admin(
            "AdminUpdateUserAttributes",
            json!({ "Username": EMAIL, "UserAttributes": [
                { "Name": "phone_number", "Value": PHONE },
                { "Name": "phone_number_verified", "Value": "true" },
            ] }),
        )
        .await
        .ok();
    }

    /// Sets up a software token for the user and returns its secret.
    pub(crate) async fn with_software_token(&self) -> String {
        let access = self.tokens().await.access;
        let answer = self
            .call("AssociateSoftwareToken", json!({ "AccessToken": access }))
            .await
            .ok();
        let secret = answer["SecretCode"].as_str().expect("a secret").to_owned();
        let code = self.totp(&secret);
        self.call(
            "VerifySoftwareToken",
            json!({ "AccessToken": access, "UserCode": code }),
        )
        .await
        .ok();
        self.call(
            "SetUserMFAPreference",
            json!({ "AccessToken": access, "SoftwareTokenMfaSettings": { "Enabled": true } }),
        )
        .await
        .ok();
        // The code of the set-up cannot be used again, so the clock is advanced to another time
        // step.
        self.advance(Duration::from_secs(60));
        secret
    }

    pub(crate) fn totp(&self, secret: &str) -> String {
        cognito_emulator::totp_code(secret, self.clock.now())
    }
}

pub(crate) fn sign_in_fields(username: &str, password: &str) -> Value {
    json!({
        "AuthFlow": "USER_PASSWORD_AUTH",
        "ClientId": CLIENT,
        "AuthParameters": { "USERNAME": username, "PASSWORD": password },
    })
}

/// Creates a pool and returns its id.
pub(crate) async fn new_pool(pool: &Pool, mut fields: Value) -> String {
    if fields.get("PoolName").is_none() {
        fields["PoolName"] = json!("people");
    }
    let answer = pool.operator("CreateUserPool", fields).await.ok();
    answer["UserPool"]["Id"].as_str().expect("an id").to_owned()
}

/// Creates a client that allows sign-ins with a password. Returns its description.
pub(crate) async fn new_client(pool: &Pool, pool_id: &str, mut fields: Value) -> Value {
    fields["UserPoolId"] = json!(pool_id);
    for (name, default) in [
        ("ClientName", json!("web")),
        (
            "ExplicitAuthFlows",
            json!(["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]),
        ),
    ] {
        if fields.get(name).is_none() {
            fields[name] = default;
        }
    }
    let mut answer = pool.operator("CreateUserPoolClient", fields).await.ok();
    answer["UserPoolClient"].take()
}

/// Creates a user who is ready to sign in.
pub(crate) async fn new_person(pool: &Pool, pool_id: &str, username: &str) {
    for (operation, more) in [
        ("AdminCreateUser", json!({ "MessageAction": "SUPPRESS" })),
        (
            "AdminSetUserPassword",
            json!({ "Password": PASSWORD, "Permanent": true }),
        ),
    ] {
        let mut fields = json!({ "UserPoolId": pool_id, "Username": username });
        for (name, value) in more.as_object().expect("fields") {
            fields[name] = value.clone();
        }
        pool.operator(operation, fields).await.ok();
    }
}

/// Returns the fields of a sign-in with a password, at any client.
pub(crate) fn password_fields(client_id: &Value, username: &str) -> Value {
    let mut fields = sign_in_fields(username, PASSWORD);
    fields["ClientId"] = client_id.clone();
    fields
}

/// Returns the header `Authorization` of a request that an access key has signed for a region.
pub(crate) fn signature(key: &str, region: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential={key}/20231114/{region}/x/aws4_request, SignedHeaders=host, \
         Signature=0"
    )
}

pub(crate) fn secret_hash(secret: &str, username: &str, client: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    STANDARD.encode(hmac::sign(&key, format!("{username}{client}").as_bytes()))
}

/// Returns the value of an attribute in a list.
pub(crate) fn attribute<'a>(list: &'a Value, name: &str) -> Option<&'a str> {
    let list = list.as_array().expect("a list");
    let found = list.iter().find(|item| item["Name"] == name)?;
    found["Value"].as_str()
}

pub(crate) struct Tokens {
    pub(crate) access: String,
    pub(crate) id: String,
    pub(crate) refresh: String,
}

impl Tokens {
    pub(crate) fn read(answer: &Value) -> Self {
        let result = &answer["AuthenticationResult"];
        let text = |name: &str| result[name].as_str().unwrap_or_default().to_owned();
        assert_eq!(result["TokenType"], "Bearer", "{answer}");
        Self {
            access: text("AccessToken"),
            id: text("IdToken"),
            refresh: text("RefreshToken"),
        }
    }
}

#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().expect("text"))
    }

    /// Returns the body of a successful response.
    #[track_caller]
    pub(crate) fn ok(self) -> Value {
        assert_eq!(self.status, 200, "{}", self.body);
        assert_eq!(self.header("content-type"), "application/x-amz-json-1.1");
        assert_eq!(self.header("x-amzn-requestid").len(), 36);
        assert_eq!(self.header("x-amzn-errortype"), "");
        self.body
    }

    /// Checks a modelled error in status, headers and body.
    #[track_caller]
    pub(crate) fn fails(self, code: &str, message: &str) {
        assert_eq!(self.body["__type"], code, "{}", self.body);
        assert_eq!(self.body["message"], message);
        assert_eq!(self.status, 400);
        assert_eq!(self.header("x-amzn-errortype"), format!("{code}:"));
        assert_eq!(self.header("x-amzn-errormessage"), message.trim_end());
        assert_eq!(self.header("content-type"), "application/x-amz-json-1.1");
        assert_eq!(self.header("x-amzn-requestid").len(), 36);
    }

    #[track_caller]
    pub(crate) fn not_authorized(self, message: &str) {
        self.fails("NotAuthorizedException", message);
    }

    #[track_caller]
    pub(crate) fn invalid_parameter(self, message: &str) {
        self.fails("InvalidParameterException", message);
    }
}
