//! The exact bodies.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use cognito_tower::{
    GrpcStatus, JsonBody, ProblemDetails, Rejection, RejectionKind, RejectionResponse,
};
use http::Response;

use crate::fixture::NOW;

const ALL: [RejectionKind; 8] = [
    RejectionKind::Denied,
    RejectionKind::InsufficientAuthentication,
    RejectionKind::InsufficientScope,
    RejectionKind::InvalidRequest,
    RejectionKind::InvalidToken,
    RejectionKind::MissingToken,
    RejectionKind::NotInGroup,
    RejectionKind::Unavailable,
];

fn rejection(kind: RejectionKind) -> Rejection {
    Rejection::new(kind, UNIX_EPOCH + Duration::from_secs(NOW))
}

#[test]
fn the_default_body_is_that_of_the_document() {
    let bodies = [
        r#"{"statusCode":403,"message":"This account is not allowed to do that","error":"Forbidden","timestamp":"2027-01-15T08:00:00.000Z"}"#,
        r#"{"statusCode":401,"message":"Please confirm your identity again","error":"Unauthorized","timestamp":"2027-01-15T08:00:00.000Z"}"#,
        r#"{"statusCode":403,"message":"This access token does not allow that","error":"Forbidden","timestamp":"2027-01-15T08:00:00.000Z"}"#,
        r#"{"statusCode":400,"message":"The request has more than one token","error":"Bad Request","timestamp":"2027-01-15T08:00:00.000Z"}"#,
        r#"{"statusCode":401,"message":"The token is not valid","error":"Unauthorized","timestamp":"2027-01-15T08:00:00.000Z"}"#,
        r#"{"statusCode":401,"message":"Please sign in","error":"Unauthorized","timestamp":"2027-01-15T08:00:00.000Z"}"#,
        r#"{"statusCode":403,"message":"This account is not allowed to do that","error":"Forbidden","timestamp":"2027-01-15T08:00:00.000Z"}"#,
        r#"{"statusCode":503,"message":"The service is temporarily unavailable","error":"Service Unavailable","timestamp":"2027-01-15T08:00:00.000Z"}"#,
    ];
    for (kind, body) in ALL.into_iter().zip(bodies) {
        let rejection = rejection(kind);
        let response: Response<String> = JsonBody::new().response(&rejection);
        assert_eq!(response.body(), body);
        assert_eq!(response.status(), rejection.status());
        assert_eq!(JsonBody::of(&rejection).status_code, rejection.status());
        let mut headers = response.headers().clone();
        assert_eq!(headers.remove("content-type").unwrap(), "application/json");
        assert_eq!(headers, rejection.headers());
    }
}

#[test]
fn problem_details_are_those_of_rfc_9457() {
    let bodies = [
        r#"{"type":"about:blank","title":"Forbidden","status":403,"detail":"This account is not allowed to do that","code":"Denied"}"#,
        r#"{"type":"about:blank","title":"Unauthorized","status":401,"detail":"Please confirm your identity again","code":"InsufficientAuthentication"}"#,
        r#"{"type":"about:blank","title":"Forbidden","status":403,"detail":"This access token does not allow that","code":"InsufficientScope"}"#,
        r#"{"type":"about:blank","title":"Bad Request","status":400,"detail":"The request has more than one token","code":"InvalidRequest"}"#,
        r#"{"type":"about:blank","title":"Unauthorized","status":401,"detail":"The token is not valid","code":"InvalidToken"}"#,
        r#"{"type":"about:blank","title":"Unauthorized","status":401,"detail":"Please sign in","code":"MissingToken"}"#,
        r#"{"type":"about:blank","title":"Forbidden","status":403,"detail":"This account is not allowed to do that","code":"NotInGroup"}"#,
        r#"{"type":"about:blank","title":"Service Unavailable","status":503,"detail":"The service is temporarily unavailable","code":"Unavailable"}"#,
    ];
    for (kind, body) in ALL.into_iter().zip(bodies) {
        let rejection = rejection(kind);
        let response: Response<String> = ProblemDetails::new().response(&rejection);
        assert_eq!(response.body(), body);
        assert_eq!(response.status(), rejection.status());
        let mut headers = response.headers().clone();
        let content_type = headers.remove("content-type").unwrap();
        assert_eq!(content_type, "application/problem+json");
        assert_eq!(headers, rejection.headers());
    }
}

#[test]
fn grpc_response_has_status_and_no_body() {
    let codes = ["7", "16", "7", "3", "16", "16", "7", "14"];
    for (kind, code) in ALL.into_iter().zip(codes) {
        let rejection = rejection(kind);
        let response: Response<String> = GrpcStatus::new().response(&rejection);
        assert_eq!(response.status(), 200);
        assert_eq!(response.body(), "");
        let mut headers = response.headers().clone();
        assert_eq!(headers.remove("content-type").unwrap(), "application/grpc");
        assert_eq!(headers.remove("grpc-status").unwrap(), code);
        let message = headers.remove("grpc-message").unwrap();
        assert_eq!(message, rejection.message());
        // No message contains characters that must be percent-encoded (gRPC over HTTP/2,
        // "Responses").
        let is_plain = |byte: u8| matches!(byte, b' '..=b'~') && byte != b'%';
        assert!(rejection.message().bytes().all(is_plain));
        assert_eq!(headers, rejection.headers());
    }
}

#[test]
fn closures_and_shared_responders_work() {
    let closure = |rejection: &Rejection| Response::new(rejection.kind().name().len());
    let response = RejectionResponse::response(&closure, &rejection(RejectionKind::Denied));
    assert_eq!(*response.body(), 6);
    let shared: Arc<dyn RejectionResponse<usize>> = Arc::new(closure);
    let response = RejectionResponse::response(&shared, &rejection(RejectionKind::NotInGroup));
    assert_eq!(*response.body(), 10);
}
