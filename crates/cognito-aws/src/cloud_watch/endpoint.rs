//! The endpoint of CloudWatch, and the name of the service in its signatures.

use aws_sdk_cognitoidentityprovider::config::endpoint::{
    DefaultResolver, Endpoint, EndpointFuture, Params, ResolveEndpoint,
};
use aws_smithy_types::endpoint::EndpointAuthScheme;

/// The name of CloudWatch in endpoints and signatures.
const NAME: &str = "monitoring";

/// An endpoint resolver for an SDK client of Cognito, which sends the requests to CloudWatch.
#[derive(Debug)]
pub(super) struct MonitoringEndpoint {
    cognito: DefaultResolver,
    /// The configured URL. `None` for the endpoint of AWS.
    url: Option<String>,
}

impl MonitoringEndpoint {
    pub(super) fn new(url: Option<String>) -> Self {
        Self {
            cognito: DefaultResolver::new(),
            url,
        }
    }
}

impl ResolveEndpoint for MonitoringEndpoint {
    fn resolve_endpoint<'a>(&'a self, params: &'a Params) -> EndpointFuture<'a> {
        EndpointFuture::new(async move {
            let url = match &self.url {
                Some(url) => url.clone(),
                None => {
                    let cognito = ResolveEndpoint::resolve_endpoint(&self.cognito, params).await?;
                    of_cognito(cognito.url())
                }
            };
            let signature = EndpointAuthScheme::with_capacity("sigv4", 1).put("signingName", NAME);
            Ok(Endpoint::builder().url(url).auth_scheme(signature).build())
        })
    }
}

/// Returns the endpoint of CloudWatch in the Region of an endpoint of Cognito. In the Regions of
/// GovCloud, the endpoint of CloudWatch for FIPS has no separate name.
fn of_cognito(url: &str) -> String {
    let url = url.replacen("cognito-idp", NAME, 1);
    match url.contains(".us-gov-") {
        true => url.replacen("-fips.", ".", 1),
        false => url,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn resolved(region: &str, fips: bool, url: Option<&str>) -> Endpoint {
        let resolver = MonitoringEndpoint::new(url.map(str::to_owned));
        let params = Params::builder().region(region).use_fips(fips);
        let params = params.use_dual_stack(false).build().unwrap();
        resolver.resolve_endpoint(&params).await.unwrap()
    }

    /// The expected URLs are those of the endpoint rules of CloudWatch.
    #[tokio::test]
    async fn endpoint_is_that_of_cloud_watch() {
        for (region, fips, expected) in [
            (
                "eu-west-1",
                false,
                "https://monitoring.eu-west-1.amazonaws.com",
            ),
            (
                "us-east-1",
                true,
                "https://monitoring-fips.us-east-1.amazonaws.com",
            ),
            (
                "us-gov-west-1",
                true,
                "https://monitoring.us-gov-west-1.amazonaws.com",
            ),
            (
                "cn-north-1",
                false,
                "https://monitoring.cn-north-1.amazonaws.com.cn",
            ),
        ] {
            let endpoint = resolved(region, fips, None).await;
            assert_eq!(endpoint.url(), expected);
            let [scheme] = endpoint.auth_schemes() else {
                panic!("{endpoint:?}");
            };
            assert_eq!(scheme.name(), "sigv4");
            let name = scheme.get("signingName").and_then(|name| name.as_string());
            assert_eq!(name, Some("monitoring"));
        }
        let url = "http://127.0.0.1:9";
        assert_eq!(resolved("eu-west-1", false, Some(url)).await.url(), url);
    }
}
