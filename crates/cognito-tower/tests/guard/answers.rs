//! The exact bodies.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use cognito_tower::{Answer, DocumentBody, GrpcStatus, ProblemDetails, Refusal, RefusalKind};
use http::Response;

use crate::world::NOW;

const ALL: [RefusalKind; 7] = [
    RefusalKind::Denied,
    RefusalKind::InsufficientScope,
    RefusalKind::InvalidRequest,
    RefusalKind::InvalidToken,
    RefusalKind::MissingToken,
    RefusalKind::NotInGroup,
    RefusalKind::Unavailable,
];

fn refusal(kind: RefusalKind) -> Refusal {
    Refusal::new(kind, UNIX_EPOCH + Duration::from_secs(NOW))
}

#[test]
fn the_default_body_is_that_of_the_document() {
    let bodies = [
        r#"{"statusCode":403,"message":"This account is not allowed to do that","error":"Forbidden","timestamp":"2027-01-15T08:00:00.000Z"}"#,
        r#"{"statusCode":403,"message":"This access token does not allow that","error":"Forbidden","timestamp":"2027-01-15T08:00:00.000Z"}"#,
        r#"{"statusCode":400,"message":"The request brings more than one token","error":"Bad Request","timestamp":"2027-01-15T08:00:00.000Z"}"#,
        r#"{"statusCode":401,"message":"The token is not valid","error":"Unauthorized","timestamp":"2027-01-15T08:00:00.000Z"}"#,
        r#"{"statusCode":401,"message":"Please sign in","error":"Unauthorized","timestamp":"2027-01-15T08:00:00.000Z"}"#,
        r#"{"statusCode":403,"message":"This account is not allowed to do that","error":"Forbidden","timestamp":"2027-01-15T08:00:00.000Z"}"#,
        r#"{"statusCode":503,"message":"The service is temporarily unavailable","error":"Service Unavailable","timestamp":"2027-01-15T08:00:00.000Z"}"#,
    ];
    for (kind, body) in ALL.into_iter().zip(bodies) {
        let refusal = refusal(kind);
        let answer: Response<String> = DocumentBody::new().answer(&refusal);
        assert_eq!(answer.body(), body);
        assert_eq!(answer.status(), refusal.status());
        assert_eq!(DocumentBody::of(&refusal).status_code, refusal.status());
        let mut headers = answer.headers().clone();
        assert_eq!(headers.remove("content-type").unwrap(), "application/json");
        assert_eq!(headers, refusal.headers());
    }
}

#[test]
fn problem_details_are_those_of_rfc_9457() {
    let bodies = [
        r#"{"type":"about:blank","title":"Forbidden","status":403,"detail":"This account is not allowed to do that","code":"Denied"}"#,
        r#"{"type":"about:blank","title":"Forbidden","status":403,"detail":"This access token does not allow that","code":"InsufficientScope"}"#,
        r#"{"type":"about:blank","title":"Bad Request","status":400,"detail":"The request brings more than one token","code":"InvalidRequest"}"#,
        r#"{"type":"about:blank","title":"Unauthorized","status":401,"detail":"The token is not valid","code":"InvalidToken"}"#,
        r#"{"type":"about:blank","title":"Unauthorized","status":401,"detail":"Please sign in","code":"MissingToken"}"#,
        r#"{"type":"about:blank","title":"Forbidden","status":403,"detail":"This account is not allowed to do that","code":"NotInGroup"}"#,
        r#"{"type":"about:blank","title":"Service Unavailable","status":503,"detail":"The service is temporarily unavailable","code":"Unavailable"}"#,
    ];
    for (kind, body) in ALL.into_iter().zip(bodies) {
        let refusal = refusal(kind);
        let answer: Response<String> = ProblemDetails::new().answer(&refusal);
        assert_eq!(answer.body(), body);
        assert_eq!(answer.status(), refusal.status());
        let mut headers = answer.headers().clone();
        let content_type = headers.remove("content-type").unwrap();
        assert_eq!(content_type, "application/problem+json");
        assert_eq!(headers, refusal.headers());
    }
}

#[test]
fn grpc_has_its_status_among_the_headers_and_no_body() {
    let codes = ["7", "7", "3", "16", "16", "7", "14"];
    for (kind, code) in ALL.into_iter().zip(codes) {
        let refusal = refusal(kind);
        let answer: Response<String> = GrpcStatus::new().answer(&refusal);
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.body(), "");
        let mut headers = answer.headers().clone();
        assert_eq!(headers.remove("content-type").unwrap(), "application/grpc");
        assert_eq!(headers.remove("grpc-status").unwrap(), code);
        let message = headers.remove("grpc-message").unwrap();
        assert_eq!(message, refusal.message());
        // What must be percent-encoded (gRPC over HTTP/2, "Responses") is in none.
        let is_plain = |byte: u8| matches!(byte, b' '..=b'~') && byte != b'%';
        assert!(refusal.message().bytes().all(is_plain));
        assert_eq!(headers, refusal.headers());
    }
}

#[test]
fn a_closure_answers_and_so_does_what_is_shared() {
    let closure = |refusal: &Refusal| Response::new(refusal.kind().name().len());
    let answer = Answer::answer(&closure, &refusal(RefusalKind::Denied));
    assert_eq!(*answer.body(), 6);
    let shared: Arc<dyn Answer<usize>> = Arc::new(closure);
    let answer = Answer::answer(&shared, &refusal(RefusalKind::NotInGroup));
    assert_eq!(*answer.body(), 10);
}
