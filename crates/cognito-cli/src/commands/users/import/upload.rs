//! Uploads the file of an import job to the presigned URL of the job.

use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, StatusCode, Uri};
use http_body_util::Full;
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use rustls::crypto::aws_lc_rs;
use tokio::time::timeout;

use crate::context::Context;
use crate::failure::{Exit, Failure, Outcome};

/// The time in which an upload must be complete.
const DEADLINE: Duration = Duration::from_secs(15 * 60);

/// The advice in the error message for a failed upload.
pub(super) const ADVICE: &str = "run the command again with --resume";

/// Uploads a file. Returns `false` if the server rejects the URL (status 403). If the server is
/// unavailable, repeats the upload. This is safe: a second upload replaces the file with the same
/// content.
///
/// Security: no message contains the URL, because anyone who has it can replace the file. A
/// redirect is not followed, because another server must not get the file.
pub(super) async fn put(context: &Context, url: &str, file: Bytes) -> Outcome<bool> {
    let wrong = || {
        Failure::new(
            Exit::Failed,
            "Cognito returned an invalid URL for the upload",
        )
    };
    let uri: Uri = url.parse().map_err(|_| wrong())?;
    let endpoint = context.global.endpoint_url.as_deref().unwrap_or_default();
    // Only emulators have endpoints with plain `http`.
    let may_be_plain = endpoint.starts_with("http://");
    if uri.scheme_str() != Some("https") && !may_be_plain {
        return Err(wrong());
    }
    let tls = HttpsConnectorBuilder::new()
        .with_provider_and_native_roots(aws_lc_rs::default_provider())?;
    let connector = tls.https_or_http().enable_http1().build();
    let client: Client<_, Full<Bytes>> = Client::builder(TokioExecutor::new()).build(connector);
    let mut attempt = 0;
    loop {
        let request = Request::builder()
            .method(Method::PUT)
            .uri(uri.clone())
            // The signature of the URL includes this header.
            .header("x-amz-server-side-encryption", "aws:kms")
            .body(Full::new(file.clone()))
            .map_err(|_| wrong())?;
        let reason = match timeout(DEADLINE, client.request(request)).await {
            Ok(Ok(response)) if response.status().is_success() => return Ok(true),
            Ok(Ok(response)) if response.status() == StatusCode::FORBIDDEN => return Ok(false),
            Ok(Ok(response)) if response.status().is_redirection() => {
                let text = format!(
                    "the upload of the file was redirected to another server, which the command \
                     does not follow; {ADVICE}"
                );
                return Err(Failure::new(Exit::Failed, text));
            }
            Ok(Ok(response)) if !response.status().is_server_error() => {
                let status = response.status().as_u16();
                let text = format!("the upload of the file was rejected with status {status}");
                return Err(Failure::new(Exit::Failed, text));
            }
            Ok(Ok(response)) => format!("status {}", response.status().as_u16()),
            Ok(Err(_)) => "the connection failed".to_owned(),
            Err(_) => "it took too long".to_owned(),
        };
        if attempt >= context.global.max_retries {
            let text = format!("the upload of the file failed: {reason}; {ADVICE}");
            return Err(Failure::new(Exit::Failed, text));
        }
        context.back_off(attempt).await;
        attempt += 1;
    }
}
