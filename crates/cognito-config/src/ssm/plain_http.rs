//! Rejects requests that would be sent unencrypted.

use aws_sdk_ssm::config::interceptors::BeforeTransmitInterceptorContextRef;
use aws_sdk_ssm::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_ssm::error::BoxError;
use cognito_core::plain_http::reject_plain_http;

/// An interceptor that stops a request to a plain `http` endpoint. The interceptor checks the URL
/// of the request itself, so it covers every setting that can configure the endpoint.
#[derive(Debug)]
pub(super) struct PlainHttp {
    pub(super) is_allowed: bool,
}

impl Intercept for PlainHttp {
    fn name(&self) -> &'static str {
        "plain HTTP"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if !self.is_allowed {
            reject_plain_http(context.request().uri(), SETTINGS)?;
        }
        Ok(())
    }
}

/// The names of the settings that can contain the endpoint, for the error message.
const SETTINGS: &str =
    "AWS_ENDPOINT_URL_SSM, AWS_ENDPOINT_URL, the AWS profile or the given client";
