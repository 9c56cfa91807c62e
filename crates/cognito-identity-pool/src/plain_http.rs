//! Rejects requests that would be sent unencrypted.

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use cognito_core::Result;
use cognito_core::plain_http::reject_plain_http;

/// The names of the settings that can contain the endpoint, for the error message.
const SETTINGS: &str = "AWS_ENDPOINT_URL_COGNITO_IDENTITY, AWS_ENDPOINT_URL_STS, AWS_ENDPOINT_URL, \
                        the AWS profile, the given SdkConfig or the builder";

/// Returns a function that rejects a request to a plain `http` endpoint, because the request and
/// its response contain secrets. With `allow_http`, it accepts every request.
///
/// The SDK calls the function in each attempt, after it has set the endpoint. The function checks
/// the URL of the request itself, so it covers every setting that can configure the endpoint.
pub(crate) fn check_endpoint(
    allow_http: bool,
) -> impl Fn(HttpRequest) -> Result<HttpRequest> + Send + Sync + 'static {
    move |request| {
        if !allow_http {
            reject_plain_http(request.uri(), SETTINGS)?;
        }
        Ok(request)
    }
}
