//! What is answered to whom, to the letter.

use cognito_tower::{Answer, DocumentBody, GrpcStatus, ProblemDetails, Refusal, RefusalKind};
use http::Response;

use crate::world::World;

fn refusal(kind: RefusalKind) -> Refusal {
    use cognito_core::Clock;
    Refusal::new(kind, World::new().clock.now())
}

#[test]
fn the_default_body_is_that_of_the_document() {
    let answer: Response<String> =
        DocumentBody::default().answer(&refusal(RefusalKind::MissingToken));
    assert_eq!(answer.status(), 401);
    assert_eq!(answer.headers()["content-type"], "application/json");
    assert_eq!(
        answer.body(),
        r#"{"statusCode":401,"message":"Please sign in","error":"Unauthorized","timestamp":"2027-01-15T08:00:00.000Z"}"#
    );
}

#[test]
fn problem_details_are_those_of_rfc_9457() {
    let answer: Response<String> = ProblemDetails::default().answer(&refusal(RefusalKind::Denied));
    assert_eq!(answer.status(), 403);
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
    assert_eq!(
        answer.body(),
        r#"{"type":"about:blank","title":"Forbidden","status":403,"detail":"This account is not allowed to do that","code":"Denied"}"#
    );
}

#[test]
fn grpc_has_its_status_among_the_headers() {
    let answer: Response<()> = GrpcStatus::default().answer(&refusal(RefusalKind::Unavailable));
    assert_eq!(answer.status(), 200);
    let headers = answer.headers();
    assert_eq!(headers["content-type"], "application/grpc");
    assert_eq!(headers["grpc-status"], "14");
    assert_eq!(
        headers["grpc-message"],
        "The service is temporarily unavailable"
    );
    assert_eq!(headers["retry-after"], "10");
}
