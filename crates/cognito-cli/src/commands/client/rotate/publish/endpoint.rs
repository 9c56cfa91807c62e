//! The endpoint of the service that stores the new secret.

use std::error::Error;
use std::fmt;

use aws_sdk_ssm::config::interceptors::BeforeTransmitInterceptorContextRef;
use aws_sdk_ssm::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_ssm::error::BoxError;

/// An interceptor that stops a request whose endpoint is not `https`. It checks the URL of the
/// request itself, so it covers every setting that can configure the endpoint.
#[derive(Debug)]
pub(super) struct HttpsOnly {
    /// `true` for the endpoint of an emulator, which `--endpoint-url` has chosen.
    pub(super) is_emulator: bool,
    /// The name of the service.
    pub(super) service: &'static str,
    /// The environment variable that sets the endpoint of the service.
    pub(super) variable: &'static str,
}

impl Intercept for HttpsOnly {
    fn name(&self) -> &'static str {
        "HTTPS only"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let url = context.request().uri();
        let scheme = url.split_once("://").map(|(scheme, _)| scheme);
        let is_https = scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("https"));
        // Security: the secret would be sent without encryption.
        if self.is_emulator || is_https {
            return Ok(());
        }
        let (service, variable) = (self.service, self.variable);
        Err(NotHttps(format!(
            "the endpoint of {service} must be https: correct {variable}, AWS_ENDPOINT_URL or the \
             AWS profile"
        ))
        .into())
    }
}

/// The error of a request that [`HttpsOnly`] has stopped.
#[derive(Debug)]
pub(super) struct NotHttps(String);

impl NotHttps {
    /// Returns the message, if a source of the error is this error.
    pub(super) fn message_in(error: &(dyn Error + 'static)) -> Option<String> {
        let mut next = Some(error);
        while let Some(error) = next {
            if let Some(Self(message)) = error.downcast_ref() {
                return Some(message.clone());
            }
            next = error.source();
        }
        None
    }
}

impl fmt::Display for NotHttps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for NotHttps {}
