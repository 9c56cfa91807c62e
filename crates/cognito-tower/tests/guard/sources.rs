//! Where a token may be, and what is not a token.

use cognito_core::secret::MAX_TOKEN_LENGTH;
use cognito_tower::{Guard, RejectionKind, TokenSource};
use http::HeaderMap;

use crate::fixture::{Believer, headers};

/// Returns the token that the verifier receives for a request, or why it receives none.
async fn found(source: &TokenSource, headers: &HeaderMap) -> Result<String, RejectionKind> {
    let believer = Believer::default();
    let guard = Guard::access(believer.clone()).token_from(source.clone());
    let outcome = guard.authenticate(headers).await;
    let asked = believer.was_asked();
    match outcome {
        Ok(_) => {
            assert_eq!(asked.len(), 1);
            Ok(asked.concat())
        }
        Err(rejection) => {
            assert!(asked.is_empty(), "{asked:?}");
            assert!(rejection.error().is_none());
            Err(rejection.kind())
        }
    }
}

type Pairs<'a> = &'a [(&'static str, &'a str)];

async fn assert_found(source: TokenSource, cases: &[(Pairs<'_>, Result<&str, RejectionKind>)]) {
    for (pairs, expected) in cases {
        let found = found(&source, &headers(pairs)).await;
        assert_eq!(found.as_deref(), expected.as_ref().map(|t| *t), "{pairs:?}");
    }
}

const MISSING: Result<&str, RejectionKind> = Err(RejectionKind::MissingToken);
const INVALID: Result<&str, RejectionKind> = Err(RejectionKind::InvalidToken);
const TWICE: Result<&str, RejectionKind> = Err(RejectionKind::InvalidRequest);

#[tokio::test]
async fn the_header_brings_one_bearer_token() {
    assert_found(
        TokenSource::default(),
        &[
            (&[("authorization", "Bearer a.b.c")], Ok("a.b.c")),
            // RFC 9110 section 11.1: in any case, and one space or more.
            (&[("authorization", "bearer a.b.c")], Ok("a.b.c")),
            (&[("authorization", "BEARER a.b.c")], Ok("a.b.c")),
            (&[("authorization", "Bearer   a.b.c")], Ok("a.b.c")),
            (
                &[("authorization", "Bearer aZ09-._~+/=")],
                Ok("aZ09-._~+/="),
            ),
            (&[], MISSING),
            (&[("authorization", "")], MISSING),
            (&[("authorization", "Basic YTpi")], MISSING),
            (&[("authorization", "a.b.c")], MISSING),
            (&[("authorization", "Bearera.b.c")], MISSING),
            (&[("authorization", "Bearer\ta.b.c")], MISSING),
            (&[("authorization", "Bearer: a.b.c")], MISSING),
            (&[("authorization", " Bearer a.b.c")], MISSING),
            (&[("proxy-authorization", "Bearer a.b.c")], MISSING),
            (&[("authorization", "Bearer")], INVALID),
            (&[("authorization", "Bearer ")], INVALID),
            (&[("authorization", "Bearer    ")], INVALID),
            (&[("authorization", "Bearer a.b.c ")], INVALID),
            (&[("authorization", "Bearer a.b.c,")], INVALID),
            (&[("authorization", "Bearer a.b.c, Bearer d.e.f")], INVALID),
            (&[("authorization", "Bearer a.b.c d")], INVALID),
            (&[("authorization", "Bearer \"a.b.c\"")], INVALID),
            (
                &[("authorization", "Bearer token=a.b.c")],
                Ok("token=a.b.c"),
            ),
            (&[("authorization", "Bearer a\tb")], INVALID),
            (&[("authorization", "Bearer é")], INVALID),
            (
                &[
                    ("authorization", "Bearer a.b.c"),
                    ("authorization", "Bearer a.b.c"),
                ],
                TWICE,
            ),
            (
                &[
                    ("authorization", "Bearer a.b.c"),
                    ("authorization", "Basic YTpi"),
                ],
                TWICE,
            ),
            // The cookie is not looked at.
            (&[("cookie", "token=a.b.c")], MISSING),
        ],
    )
    .await;
}

#[tokio::test]
async fn rejects_token_with_invalid_bytes() {
    let mut headers = headers(&[("authorization", "Bearer a")]);
    let value = http::HeaderValue::from_bytes(b"Bearer a\xff\xfe").unwrap();
    headers.insert("authorization", value);
    let outcome = found(&TokenSource::header(), &headers).await;
    assert_eq!(outcome, Err(RejectionKind::InvalidToken));
}

#[tokio::test]
async fn tokens_have_at_most_64_kib() {
    let long = "a".repeat(MAX_TOKEN_LENGTH);
    let too_long = "a".repeat(MAX_TOKEN_LENGTH + 1);
    assert_found(
        TokenSource::header(),
        &[
            (&[("authorization", &format!("Bearer {long}"))], Ok(&long)),
            (&[("authorization", &format!("Bearer {too_long}"))], INVALID),
        ],
    )
    .await;
    assert_found(
        TokenSource::cookie("t"),
        &[
            (&[("cookie", &format!("t={long}"))], Ok(&long)),
            (&[("cookie", &format!("t={too_long}"))], INVALID),
            (&[("cookie", &format!("t.0={long}; t.1=a"))], INVALID),
        ],
    )
    .await;
}

#[tokio::test]
async fn cookie_source_needs_exact_name() {
    assert_found(
        TokenSource::cookie("__Host-access"),
        &[
            (&[("cookie", "__Host-access=a.b.c")], Ok("a.b.c")),
            (&[("cookie", "x=1; __Host-access=a.b.c; y=2")], Ok("a.b.c")),
            (&[("cookie", "x=1;__Host-access=a.b.c;y")], Ok("a.b.c")),
            (&[("cookie", "__Host-access=a.b.c== ; y")], Ok("a.b.c==")),
            // HTTP/2 may split them (RFC 9113 section 8.2.3).
            (
                &[("cookie", "x=1"), ("cookie", "__Host-access=a.b.c")],
                Ok("a.b.c"),
            ),
            // Other cookies have no effect.
            (&[("cookie", "x=é; __Host-access=a.b.c")], Ok("a.b.c")),
            (&[], MISSING),
            (&[("cookie", "")], MISSING),
            (&[("cookie", "__Host-access")], MISSING),
            (&[("cookie", "__Host-access=")], MISSING),
            (&[("cookie", "__host-access=a.b.c")], MISSING),
            (&[("cookie", "x__Host-access=a.b.c")], MISSING),
            (&[("cookie", "__Host-accessory=a.b.c")], MISSING),
            (&[("cookie", "x=__Host-access=a.b.c")], MISSING),
            (&[("cookie", "__Host-access=a b")], INVALID),
            (&[("cookie", "__Host-access=\"a.b.c\"")], INVALID),
            (&[("cookie", "__Host-access=é")], INVALID),
            (&[("cookie", "__Host-access=a; __Host-access=a")], TWICE),
            (&[("cookie", "__Host-access=a; __Host-access=")], TWICE),
            (
                &[("cookie", "__Host-access=a"), ("cookie", "__Host-access=b")],
                TWICE,
            ),
            // The header is not looked at.
            (&[("authorization", "Bearer a.b.c")], MISSING),
            (
                &[
                    ("authorization", "Bearer x"),
                    ("cookie", "__Host-access=a.b.c"),
                ],
                Ok("a.b.c"),
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn joins_token_split_over_cookies() {
    assert_found(
        TokenSource::cookie("t"),
        &[
            (&[("cookie", "t.0=a.b; t.1=.c")], Ok("a.b.c")),
            (&[("cookie", "t.1=.c; x=y; t.0=a.b")], Ok("a.b.c")),
            (&[("cookie", "t.1=.c"), ("cookie", "t.0=a.b")], Ok("a.b.c")),
            (&[("cookie", "t.0=a.b.c")], Ok("a.b.c")),
            (
                &[(
                    "cookie",
                    "t.0=0;t.1=1;t.2=2;t.3=3;t.4=4;t.5=5;t.6=6;t.7=7;t.8=8;t.9=9",
                )],
                Ok("0123456789"),
            ),
            (&[("cookie", "t.0=a; t.2=c")], INVALID),
            (&[("cookie", "t.1=b")], INVALID),
            (&[("cookie", "t.0=")], INVALID),
            (&[("cookie", "t.0=a; t.1= b")], INVALID),
            (&[("cookie", "t.0=a; t.0=b")], TWICE),
            (&[("cookie", "t=a.b.c; t.0=a")], TWICE),
            // These are other cookies.
            (&[("cookie", "t.10=a")], MISSING),
            (&[("cookie", "t.x=a; t.=a; t0=a")], MISSING),
        ],
    )
    .await;
}

#[tokio::test]
async fn header_or_cookie_and_never_both() {
    assert_found(
        TokenSource::header_or_cookie("t"),
        &[
            (&[("authorization", "Bearer a.b.c")], Ok("a.b.c")),
            (&[("cookie", "t=a.b.c")], Ok("a.b.c")),
            (&[("authorization", "Bearer a"), ("cookie", "x=b")], Ok("a")),
            // A header with another scheme has no bearer token. For example, a proxy's password and
            // a cookie are accepted together.
            (
                &[("authorization", "Basic YTpi"), ("cookie", "t=a.b.c")],
                Ok("a.b.c"),
            ),
            (&[], MISSING),
            (&[("authorization", "Basic YTpi")], MISSING),
            (&[("authorization", "Bearer a"), ("cookie", "t=a")], TWICE),
            (&[("authorization", "Bearer a"), ("cookie", "t.0=a")], TWICE),
            (&[("authorization", "Bearer"), ("cookie", "t=a")], TWICE),
        ],
    )
    .await;
}

#[tokio::test]
async fn no_token_is_taken_from_the_address() {
    let believer = Believer::default();
    let guard = Guard::access(believer.clone());
    let (parts, ()) = http::Request::get("/orders?access_token=a.b.c")
        .body(())
        .unwrap()
        .into_parts();
    let rejection = guard.authenticate(&parts.headers).await.unwrap_err();
    assert_eq!(rejection.kind(), RejectionKind::MissingToken);
    assert!(believer.was_asked().is_empty());
}

#[tokio::test]
async fn rejects_request_with_too_many_cookies() {
    for (others, expected) in [(999, Ok("a.b.c")), (1_000, TWICE), (195_000, TWICE)] {
        for other in ["a=b;", "=;", ";"] {
            let line = format!("{}token=a.b.c", other.repeat(others));
            let found = found(
                &TokenSource::cookie("token"),
                &headers(&[("cookie", &line)]),
            )
            .await;
            assert_eq!(
                found.as_deref(),
                expected.as_ref().map(|t| *t),
                "{others} of {other:?}"
            );
        }
    }
}
