//! The rule that decides whether the endpoint of Cognito is an emulator.

/// The suffixes of the host names of AWS endpoints in all partitions, for IPv4 only and for dual
/// stack. Source: the partitions in the endpoint rules of the AWS SDK.
const AWS_DOMAINS: [&str; 14] = [
    ".amazonaws.com",
    ".amazonaws.com.cn",
    ".amazonaws.eu",
    ".c2s.ic.gov",
    ".cloud.adc-e.uk",
    ".csp.hci.ic.gov",
    ".sc2s.sgov.gov",
    ".api.amazonwebservices.com.cn",
    ".api.amazonwebservices.eu",
    ".api.aws",
    ".api.aws.hci.ic.gov",
    ".api.aws.ic.gov",
    ".api.aws.scloud",
    ".api.cloud-aws.adc-e.uk",
];

/// Returns the endpoint for requests to AWS services other than Cognito. `cognito` is the endpoint
/// that is configured for Cognito.
///
/// If `cognito` does not belong to AWS, it is an emulator, which serves all services at this
/// endpoint, so the result is `cognito`. If `cognito` is `None` or belongs to AWS, the result is
/// `None`: the AWS SDK then takes the endpoint from the environment and the AWS profile.
///
/// Security: without the first rule, a secret of the emulator could be sent to AWS.
pub(crate) fn of_emulator(cognito: Option<&str>) -> Option<&str> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_aws_endpoints_allow_other_stores() {
        for aws in [
            "https://cognito-idp.eu-west-1.amazonaws.com",
            "HTTPS://Cognito-IDP.cn-north-1.amazonaws.com.cn/",
            "https://cognito-idp.eu-west-1.api.aws:443",
            "https://cognito-idp.eusc-de-east-1.amazonaws.eu",
            "https://cognito-idp.us-iso-east-1.c2s.ic.gov",
            "https://cognito-idp.cn-north-1.api.amazonwebservices.com.cn",
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
