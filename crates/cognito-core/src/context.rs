//! Data about the client of a request, for the pool's threat protection.

use std::fmt;
use std::net::IpAddr;

/// Data about the client of a request, for the pool's threat protection and statistics.
///
/// Without this data, Cognito uses the address of this server for all users. The data is sent in
/// one of two forms (AWS developer guide, "Collecting data for threat protection in applications"):
///
/// - Unsigned calls send the address and the device fingerprint as `UserContextData`. Cognito uses
///   it only if the app client has a secret and `EnablePropagateAdditionalUserContextData`.
/// - Signed calls send all data as `ContextData`, which Cognito accepts from any app client. The
///   call fails with [`InvalidParameter`](crate::ErrorKind::InvalidParameter) if the address is
///   missing.
///
/// `Debug` shows which fields are set, not their values, because an address is personal data.
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
#[must_use = "a setter returns the changed value"]
pub struct RequestContext {
    /// The client's IP address, or `None` if it is unknown. Take it from a header only if a proxy
    /// that you control sets this header.
    pub ip_address: Option<IpAddr>,
    /// The device fingerprint (`EncodedData`), if the client sent one. AWS's script
    /// `amazon-cognito-advanced-security-data` creates it in the browser.
    pub encoded_data: Option<String>,
    /// The name of your server, such as `api.example.com`. Only signed calls, such as
    /// `AdminInitiateAuth`, send it.
    pub server_name: Option<String>,
    /// The path of the client's request, such as `/login`. Only signed calls, such as
    /// `AdminInitiateAuth`, send it.
    pub server_path: Option<String>,
    /// The names and values of the headers of the client's request. Only signed calls, such as
    /// `AdminInitiateAuth`, send them.
    pub http_headers: Vec<(String, String)>,
    /// The id of the Amazon Pinpoint endpoint that receives statistics about the call
    /// (`AnalyticsMetadata`). If it is `None`, Cognito records no statistics.
    pub analytics_endpoint_id: Option<String>,
}

impl RequestContext {
    /// Creates an empty context.
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

    /// Sets the client's IP address.
    pub const fn ip_address(mut self, address: IpAddr) -> Self {
        self.ip_address = Some(address);
        self
    }

    /// Sets the device fingerprint that the browser created.
    pub fn encoded_data(mut self, data: impl Into<String>) -> Self {
        self.encoded_data = Some(data.into());
        self
    }

    /// Sets the name of your server and the path of the client's request.
    pub fn server(mut self, name: impl Into<String>, path: impl Into<String>) -> Self {
        self.server_name = Some(name.into());
        self.server_path = Some(path.into());
        self
    }

    /// Adds a header of the client's request.
    pub fn http_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.http_headers.push((name.into(), value.into()));
        self
    }

    /// Sets the id of the Amazon Pinpoint endpoint that receives statistics about the call.
    pub fn analytics_endpoint_id(mut self, id: impl Into<String>) -> Self {
        self.analytics_endpoint_id = Some(id.into());
        self
    }

    /// Returns `true` if a field for threat protection is set: any field except
    /// `analytics_endpoint_id`.
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
