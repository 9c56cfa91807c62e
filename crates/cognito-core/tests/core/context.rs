//! Tests of the client data for threat protection.

use std::net::IpAddr;

use cognito_core::RequestContext;

#[test]
fn debug_lists_fields_without_values() {
    let context = RequestContext::new()
        .ip_address(IpAddr::from([203, 0, 113, 9]))
        .http_header("cookie", "session=1");
    assert_eq!(format!("{context:?}"), r#"{"ip_address", "http_headers"}"#);
    assert!(context.has_threat_data());
    let counted = RequestContext::new().analytics_endpoint_id("e");
    assert!(!counted.has_threat_data());
}
