//! The endpoint of the service that stores the new secret.

use std::error::Error;
use std::fmt;

use aws_sdk_ssm::config::interceptors::BeforeTransmitInterceptorContextRef;
use aws_sdk_ssm::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_ssm::error::BoxError;

/// The ends of the host names of AWS.
const AWS_DOMAINS: [&str; 3] = [".amazonaws.com", ".amazonaws.com.cn", ".api.aws"];

/// Returns the endpoint of an emulator for another AWS service than Cognito.
///
/// `cognito` is Cognito's endpoint. If it does not belong to AWS, it belongs to an emulator, which
/// serves all services at this endpoint. The result is then `cognito`. Security: without this rule,
/// a secret of the emulator could be sent to AWS. If `cognito` is `None` or belongs to AWS, returns
/// `None`. The AWS SDK then takes the endpoint from the environment and the AWS profile.
pub(super) fn of_emulator(cognito: Option<&str>) -> Option<&str> {
    cognito.filter(|url| !is_of_aws(url))
}

/// Returns `true` if the URL has the scheme `https` and a host of AWS.
fn is_of_aws(url: &str) -> bool {
    let Ok(url) = url.parse::<http::Uri>() else {
        return false;
    };
    let host = url.host().unwrap_or_default().to_ascii_lowercase();
    let has_user = url.authority().is_some_and(|it| it.as_str().contains('@'));
    let is_https = url.scheme() == Some(&http::uri::Scheme::HTTPS);
    is_https && !has_user && AWS_DOMAINS.iter().any(|domain| host.ends_with(domain))
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_aws_endpoints_allow_other_stores() {
        for aws in [
            "https://cognito-idp.eu-west-1.amazonaws.com",
            "HTTPS://Cognito-IDP.cn-north-1.amazonaws.com.cn/",
            "https://cognito-idp.eu-west-1.api.aws:443",
        ] {
            assert_eq!(of_emulator(Some(aws)), None, "{aws}");
        }
        for other in [
            "http://127.0.0.1:9229",
            "HTTP://localhost:9229",
            "https://localhost",
            "https://amazonaws.com.example.org",
            "https://x.amazonaws.com@example.org",
            "https://example.org/.amazonaws.com",
            "https://exampleamazonaws.com",
            "http://cognito-idp.eu-west-1.amazonaws.com",
        ] {
            assert_eq!(of_emulator(Some(other)), Some(other), "{other}");
        }
        assert_eq!(of_emulator(None), None);
    }
}
