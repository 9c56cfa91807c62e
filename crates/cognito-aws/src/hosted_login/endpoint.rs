//! Sends HTTP requests to the OAuth 2.0 endpoints, with timeouts and retries.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cognito_core::ports::RepliedAt;
use cognito_core::secret::MAX_TOKEN_LENGTH;
use cognito_core::{AccessToken, Error, ErrorKind, EventSink, Operation, PoolConfig, Result};
use http_body_util::{BodyExt, Limited};
use secrecy::{ExposeSecret, SecretString};

use super::address::Query;
use super::response::rejection;
use crate::attempts::HttpSpan;
use crate::client::Timeouts;
use crate::error::{from_connector, timed_out};
use crate::quiet::Quiet;
use crate::server_date::date_of;

/// The maximum length of a response in bytes. It is enough for three tokens of the maximum length.
const MAX_RESPONSE: usize = 4 * MAX_TOKEN_LENGTH;
/// The delay before a request is sent the second time. It doubles for each further attempt.
const FIRST_DELAY: Duration = Duration::from_millis(100);

/// A successful response: its body, and the time in its `Date` header.
pub(super) struct Reply {
    pub(super) body: Vec<u8>,
    pub(super) replied_at: RepliedAt,
}

/// The fields of a form. It has no `Debug` implementation, because the fields include codes and
/// tokens.
#[derive(Clone)]
pub(super) struct Form(Query);

impl Form {
    pub(super) fn new(name: &str, value: &str) -> Self {
        Self(Query::new(name, value))
    }

    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        self.0.add(name, value);
        self
    }
}

/// A sender of requests to the OAuth 2.0 endpoints.
pub(super) struct Endpoint {
    timeouts: Timeouts,
    attempts: u32,
    events: Arc<dyn EventSink>,
    connector: OnceLock<SharedHttpConnector>,
}

impl Endpoint {
    pub(super) const fn new(timeouts: Timeouts, attempts: u32, events: Arc<dyn EventSink>) -> Self {
        Self {
            timeouts,
            attempts,
            events,
            connector: OnceLock::new(),
        }
    }

    pub(super) fn with_connector(self, connector: SharedHttpConnector) -> Self {
        Self {
            connector: OnceLock::from(connector),
            ..self
        }
    }

    /// Sends a form with the authentication of the app client: its id and secret in a header, or
    /// only its id in the form if it has no secret. If `is_idempotent` is `true`, the request is
    /// retried after a lost response.
    pub(super) async fn post(
        &self,
        url: &str,
        pool: &PoolConfig,
        form: &Form,
        operation: Operation,
        is_idempotent: bool,
    ) -> Result<Reply> {
        let form = form.clone();
        let (form, authorization) = match &pool.client_secret {
            Some(secret) => {
                let text = format!("{}:{}", pool.client_id, secret.expose());
                (form, Some(format!("Basic {}", STANDARD.encode(text))))
            }
            None => (form.with("client_id", pool.client_id.as_str()), None),
        };
        let message = Message {
            operation,
            method: "POST",
            url,
            authorization: authorization.map(SecretString::from),
            body: Some(SecretString::from(form.0.into_text())),
        };
        self.try_to_send(&message, is_idempotent).await
    }

    /// Sends a `GET` request with an access token, and returns the body of the response.
    pub(super) async fn get(&self, url: &str, token: &AccessToken) -> Result<Vec<u8>> {
        let message = Message {
            operation: Operation::OAuthUserInfo,
            method: "GET",
            url,
            authorization: Some(SecretString::from(format!("Bearer {}", token.expose()))),
            body: None,
        };
        let is_idempotent = Operation::OAuthUserInfo.is_idempotent();
        let reply = self.try_to_send(&message, is_idempotent).await?;
        Ok(reply.body)
    }

    /// Sends a request, and retries it if [`may_be_retried`] allows it. The operation timeout
    /// applies to all attempts together.
    async fn try_to_send(&self, message: &Message<'_>, is_idempotent: bool) -> Result<Reply> {
        let tries = async {
            let mut delay = FIRST_DELAY;
            for resent in 0..self.attempts.saturating_sub(1) {
                match self.send(message, resent).await {
                    Err(error) if may_be_retried(&error, is_idempotent) => {
                        tokio::time::sleep(delay).await;
                        delay *= 2;
                    }
                    outcome => return outcome,
                }
            }
            self.send(message, self.attempts.saturating_sub(1)).await
        };
        match tokio::time::timeout(self.timeouts.operation, tries).await {
            Ok(outcome) => outcome,
            Err(_) => Err(timed_out("the operation", self.timeouts.operation)),
        }
    }

    /// Sends a request once, within the attempt timeout. `resent` is the number of earlier attempts.
    async fn send(&self, message: &Message<'_>, resent: u32) -> Result<Reply> {
        let request = message.request()?;
        let (method, url) = (message.method, message.url);
        let span = HttpSpan::new(message.operation, method, url, resent, &*self.events);
        // Security: hyper may log the URL of a request, so nothing is logged here.
        let exchange = async {
            let response = self.connector().call(request).await;
            let response = response.map_err(|error| from_connector(&error))?;
            span.status(response.status().as_u16());
            read(response).await
        };
        let result = match tokio::time::timeout(self.timeouts.attempt, exchange.quietly()).await {
            Ok(outcome) => outcome,
            Err(_) => Err(timed_out("the attempt", self.timeouts.attempt)),
        };
        span.end(&result);
        result
    }

    /// Returns the HTTP connector for requests to the OAuth 2.0 endpoints. The default connector is
    /// created on first use, because its creation reads the root certificates of the operating
    /// system.
    fn connector(&self) -> &SharedHttpConnector {
        self.connector.get_or_init(|| {
            let connector = Connector::builder()
                .connector_settings(
                    HttpConnectorSettings::builder()
                        .connect_timeout(self.timeouts.connect)
                        .read_timeout(self.timeouts.read)
                        .build(),
                )
                .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
                .build();
            SharedHttpConnector::new(connector)
        })
    }
}

/// Returns `true` if a failed request may be retried. Every request may be retried if no connection
/// was made. An idempotent request may also be retried after a temporary error or a lost response.
fn may_be_retried(error: &Error, is_idempotent: bool) -> bool {
    let never_sent = error.kind() == ErrorKind::Network;
    let unknown = error.is_retryable() || error.may_have_taken_effect();
    never_sent || (is_idempotent && unknown)
}

/// The content of a request to an OAuth 2.0 endpoint. Each attempt to send it creates a new
/// [`HttpRequest`].
struct Message<'a> {
    operation: Operation,
    method: &'static str,
    url: &'a str,
    authorization: Option<SecretString>,
    body: Option<SecretString>,
}

impl Message<'_> {
    fn request(&self) -> Result<HttpRequest> {
        let invalid_url = || {
            Error::new(ErrorKind::Configuration).with_detail(
                "the URL of the OAuth 2.0 endpoint is invalid: correct the login domain",
            )
        };
        let body = match &self.body {
            Some(body) => SdkBody::from(body.expose_secret()),
            None => SdkBody::empty(),
        };
        let mut request = HttpRequest::new(body);
        request.set_method(self.method).map_err(|_| invalid_url())?;
        request.set_uri(self.url).map_err(|_| invalid_url())?;
        let headers = request.headers_mut();
        headers.insert("accept", "application/json");
        headers.insert(
            "user-agent",
            concat!("cognito-aws/", env!("CARGO_PKG_VERSION")),
        );
        if self.body.is_some() {
            headers.insert("content-type", "application/x-www-form-urlencoded");
        }
        if let Some(authorization) = &self.authorization {
            headers.insert("authorization", authorization.expose_secret().to_owned());
        }
        Ok(request)
    }
}

/// Reads a response. Fails if it is incomplete or larger than 256 KiB, or if its status is not 200.
async fn read(mut response: HttpResponse) -> Result<Reply> {
    let body = std::mem::replace(response.body_mut(), SdkBody::taken());
    let lost = |_| {
        Error::new(ErrorKind::ReplyLost).with_detail(
            "the response ended too early, or is larger than 256 KiB: check the proxies",
        )
    };
    let body = Limited::new(body, MAX_RESPONSE)
        .collect()
        .await
        .map_err(lost)?;
    let status = response.status().as_u16();
    let replied_at = date_of(response.headers());
    if status == 200 {
        return Ok(Reply {
            body: body.to_bytes().to_vec(),
            replied_at,
        });
    }
    let challenge = response
        .headers()
        .get("www-authenticate")
        .unwrap_or_default();
    let mut error = rejection(status, &body.to_bytes(), challenge).with_replied_at(replied_at);
    if let Some(id) = response.headers().get("x-amz-request-id") {
        error = error.with_request_id(id);
    }
    Err(error)
}

cognito_core::impl_debug!(Endpoint { timeouts, attempts });
