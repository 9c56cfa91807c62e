//! No part of a token is shown.

use cognito_testkit::LogCapture;
use cognito_tower::{GrpcStatus, Guard, JsonBody, ProblemDetails, RejectionResponse, TokenSource};
use http::Response;
use serde_json::json;

use crate::fixture::{Fixture, NOW, bearer, headers};

#[tokio::test]
async fn logs_responses_and_debug_hide_tokens() {
    let logs = LogCapture::start();
    let fixture = Fixture::new();
    let guard = Guard::access(fixture.verifier())
        .token_from(TokenSource::header_or_cookie("t"))
        .scope("orders/read");
    let good = fixture.access_token();
    let expired = fixture.access_token_with("exp", json!(NOW));
    let secret = "not.a.token";
    let twice = headers(&[
        ("authorization", &format!("Bearer {good}")),
        ("cookie", &format!("t={secret}")),
    ]);
    let mut shown = Vec::new();
    for headers in [
        bearer(&good),
        bearer(&expired),
        bearer(secret),
        bearer("not.a.token,"),
        headers(&[("cookie", "t=not.a.token")]),
        twice,
    ] {
        let rejection = guard.authenticate(&headers).await.unwrap_err();
        shown.push(format!("{rejection:?} {:?}", rejection.error()));
        let responses: [Response<String>; 3] = [
            JsonBody::new().response(&rejection),
            ProblemDetails::new().response(&rejection),
            GrpcStatus::new().response(&rejection),
        ];
        shown.push(format!("{responses:?}"));
    }
    shown.push(format!("{guard:?}"));
    let signature = |token: &str| token.rsplit_once('.').unwrap().1.to_owned();
    let secrets = [
        secret,
        &good,
        &expired,
        &signature(&good),
        &signature(&expired),
    ];
    for secret in secrets {
        assert!(!shown.iter().any(|text| text.contains(secret)));
    }
    logs.assert_free_of(&secrets);
}
