//! The endpoint of the service that stores the new secret.

use std::error::Error;
use std::fmt;

use aws_sdk_ssm::config::Intercept;
use aws_sdk_ssm::config::http::HttpRequest;
use aws_smithy_runtime::client::interceptors::MapRequestInterceptor;
use cognito::error::sources;

/// Returns an interceptor that stops a request whose endpoint is not `https`. It checks the URL of
/// the request itself in each attempt, so it covers every setting that can configure the endpoint.
///
/// `service` is the name of the service, and `variable` is the environment variable that sets its
/// endpoint. `is_emulator` is `true` for the endpoint of an emulator, which `--endpoint-url` has
/// chosen.
pub(super) fn https_only(
    service: &'static str,
    variable: &'static str,
    is_emulator: bool,
) -> impl Intercept {
    MapRequestInterceptor::new(move |request: HttpRequest| {
        let scheme = request.uri().split_once("://").map(|(scheme, _)| scheme);
        let is_https = scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("https"));
        // Security: the secret would be sent without encryption.
        if is_emulator || is_https {
            return Ok(request);
        }
        Err(NotHttps(format!(
            "the endpoint of {service} must be https: correct {variable}, AWS_ENDPOINT_URL or the \
             AWS profile"
        )))
    })
}

/// The error of a request that [`https_only`] has stopped.
#[derive(Debug)]
pub(super) struct NotHttps(String);

impl NotHttps {
    /// Returns the message, if a source of the error is this error.
    pub(super) fn message_in(error: &(dyn Error + 'static)) -> Option<String> {
        let ours = sources(error).find_map(|error| error.downcast_ref::<Self>());
        ours.map(|error| error.0.clone())
    }
}

impl fmt::Display for NotHttps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for NotHttps {}
