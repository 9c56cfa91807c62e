//! Converts the client data for threat protection, such as the IP address, to the types of the SDK.

use aws_sdk_cognitoidentityprovider::types::{
    AnalyticsMetadataType, ContextDataType, HttpHeader, UserContextDataType,
};
use cognito_core::{Error, ErrorKind, RequestContext, Result};

/// Returns the client data for an unsigned request, or `None` if there is none.
pub(crate) fn user_context(context: &RequestContext) -> Option<UserContextDataType> {
    let address = context.ip_address.map(|address| address.to_string());
    if address.is_none() && context.encoded_data.is_none() {
        return None;
    }
    let data = UserContextDataType::builder()
        .set_ip_address(address)
        .set_encoded_data(context.encoded_data.clone());
    Some(data.build())
}

/// Returns the client data for a signed request, or `None` if there is none. Fails if there is data
/// without an IP address, because Cognito requires the address.
pub(crate) fn context_data(context: &RequestContext) -> Result<Option<ContextDataType>> {
    if !context.has_threat_data() {
        return Ok(None);
    }
    let Some(address) = context.ip_address else {
        return Err(Error::new(ErrorKind::InvalidParameter).with_detail(
            "the context of a signed call has no IP address: set ip_address to the user's address",
        ));
    };
    let headers = context.http_headers.iter().map(|(name, value)| {
        HttpHeader::builder()
            .header_name(name)
            .header_value(value)
            .build()
    });
    ContextDataType::builder()
        .ip_address(address.to_string())
        .server_name(context.server_name.as_deref().unwrap_or_default())
        .server_path(context.server_path.as_deref().unwrap_or_default())
        .set_http_headers(Some(headers.collect()))
        .set_encoded_data(context.encoded_data.clone())
        .build()
        .map(Some)
        .map_err(|_| Error::new(ErrorKind::Misuse))
}

/// Returns the Amazon Pinpoint endpoint of the user for a request, or `None` if there is none.
pub(crate) fn analytics(context: &RequestContext) -> Option<AnalyticsMetadataType> {
    let id = context.analytics_endpoint_id.clone()?;
    let data = AnalyticsMetadataType::builder().analytics_endpoint_id(id);
    Some(data.build())
}
