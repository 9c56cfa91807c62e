//! Rejects requests that would be sent unencrypted.

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextRef;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use cognito_core::plain_http::reject_plain_http;

/// The names of the settings that can contain the endpoint, for the error message.
const SETTINGS: &str = "AWS_ENDPOINT_URL_COGNITO_IDENTITY, AWS_ENDPOINT_URL_STS, AWS_ENDPOINT_URL, \
                        the AWS profile, the given SdkConfig or the builder";

/// An interceptor that stops a request to a plain `http` endpoint, because the request and its
/// response contain secrets. The interceptor checks the URL of the request itself, so it covers
/// every setting that can configure the endpoint.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PlainHttp {
    pub(crate) is_allowed: bool,
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
