//! Where a request came from.

use std::fmt;
use std::net::IpAddr;

/// Where a person's request came from, for the pool's threat protection and its statistics.
///
/// Without it Cognito sees the address of this server, and every person seems to sign in from the
/// same place. The unsigned calls send address and device data as `UserContextData`, for which the
/// app client needs a secret and `EnablePropagateAdditionalUserContextData`; the signed ones as
/// `ContextData`, which Cognito takes from any client and which must have the address
/// (AWS developer guide, "Collecting data for threat protection in applications").
///
/// `Debug` says what is set and not what it is: an address is personal data.
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RequestContext {
    /// The person's address. Take it from a proxy's header only if the proxy is yours.
    pub ip_address: Option<IpAddr>,
    /// The device fingerprint that AWS's `amazon-cognito-advanced-security-data` script makes in
    /// the browser (`EncodedData`).
    pub encoded_data: Option<String>,
    /// Your server's name, `api.example.com`. Only the signed calls send it.
    pub server_name: Option<String>,
    /// The path that was asked for, `/login`. Only the signed calls send it.
    pub server_path: Option<String>,
    /// The headers of the person's request, as they came. Only the signed calls send them.
    pub http_headers: Vec<(String, String)>,
    /// The endpoint of Amazon Pinpoint that the call is counted for (`AnalyticsMetadata`).
    pub analytics_endpoint_id: Option<String>,
}

impl RequestContext {
    /// Nothing is known.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            ip_address: None,
            encoded_data: None,
            server_name: None,
            server_path: None,
            http_headers: Vec::new(),
            analytics_endpoint_id: None,
        }
    }

    /// The same with the person's address.
    #[must_use]
    pub const fn ip_address(mut self, address: IpAddr) -> Self {
        self.ip_address = Some(address);
        self
    }

    /// The same with the browser's device fingerprint.
    #[must_use]
    pub fn encoded_data(mut self, data: impl Into<String>) -> Self {
        self.encoded_data = Some(data.into());
        self
    }

    /// The same with your server's name and the path that was asked for.
    #[must_use]
    pub fn server(mut self, name: impl Into<String>, path: impl Into<String>) -> Self {
        self.server_name = Some(name.into());
        self.server_path = Some(path.into());
        self
    }

    /// The same with one more header of the person's request.
    #[must_use]
    pub fn http_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.http_headers.push((name.into(), value.into()));
        self
    }

    /// The same with the endpoint of Amazon Pinpoint that the call is counted for.
    #[must_use]
    pub fn analytics_endpoint_id(mut self, id: impl Into<String>) -> Self {
        self.analytics_endpoint_id = Some(id.into());
        self
    }

    /// Whether there is something that threat protection would look at.
    #[must_use]
    pub const fn has_threat_data(&self) -> bool {
        self.ip_address.is_some()
            || self.encoded_data.is_some()
            || self.server_name.is_some()
            || self.server_path.is_some()
            || !self.http_headers.is_empty()
    }
}

impl fmt::Debug for RequestContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let set = [
            ("ip_address", self.ip_address.is_some()),
            ("encoded_data", self.encoded_data.is_some()),
            ("server_name", self.server_name.is_some()),
            ("server_path", self.server_path.is_some()),
            ("http_headers", !self.http_headers.is_empty()),
            (
                "analytics_endpoint_id",
                self.analytics_endpoint_id.is_some(),
            ),
        ];
        f.debug_set()
            .entries(set.iter().filter(|(_, set)| *set).map(|(name, _)| name))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_says_what_is_known_and_not_what_it_is() {
        let context = RequestContext::new()
            .ip_address(IpAddr::from([203, 0, 113, 9]))
            .http_header("cookie", "session=1");
        assert_eq!(format!("{context:?}"), r#"{"ip_address", "http_headers"}"#);
        assert!(context.has_threat_data());
        let counted = RequestContext::new().analytics_endpoint_id("e");
        assert!(!counted.has_threat_data());
    }
}
