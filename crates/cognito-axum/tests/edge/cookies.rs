//! A session in cookies.

use std::time::Duration;

use axum::response::IntoResponse;
use cognito_axum::{CookieChanges, SameSite, SessionCookies};
use cognito_core::Tokens;
use http::header::{COOKIE, SET_COOKIE};
use http::{HeaderMap, HeaderValue};

fn tokens() -> Tokens {
    Tokens::new(
        "aaa.bbb.ccc".parse().unwrap(),
        "ddd.eee.fff".parse().unwrap(),
        "ggg.hhh.iii.jjj.kkk".parse().unwrap(),
        Duration::from_secs(3600),
    )
}

fn lines(changes: &CookieChanges) -> Vec<&str> {
    changes.iter().map(|line| line.to_str().unwrap()).collect()
}

/// Returns the cookies that a browser sends back after these changes.
fn sent_back(changes: &CookieChanges) -> HeaderMap {
    let pairs: Vec<_> = lines(changes)
        .into_iter()
        .filter(|line| !line.contains("Max-Age=0"))
        .map(|line| line.split(';').next().unwrap())
        .collect();
    cookies(&[&pairs.join("; ")])
}

fn cookies(lines: &[&str]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in lines {
        headers.append(COOKIE, HeaderValue::from_str(line).unwrap());
    }
    headers
}

#[test]
fn cookie_attributes_match_table() {
    let changes = SessionCookies::new()
        .tokens(&tokens(), &HeaderMap::new())
        .unwrap();
    assert_eq!(
        lines(&changes),
        [
            "__Host-access_token=aaa.bbb.ccc; HttpOnly; SameSite=Strict; Secure; Path=/; Max-Age=3600",
            "__Host-id_token=ddd.eee.fff; HttpOnly; SameSite=Strict; Secure; Path=/; Max-Age=3600",
            "__Host-refresh_token=ggg.hhh.iii.jjj.kkk; HttpOnly; SameSite=Strict; Secure; Path=/; Max-Age=2592000",
            "__Host-device_key=; HttpOnly; SameSite=Strict; Secure; Path=/; Max-Age=0",
        ]
    );
    let challenge = SessionCookies::new()
        .challenge("c2VhbGVk", &HeaderMap::new())
        .unwrap();
    assert_eq!(
        lines(&challenge),
        ["__Host-challenge=c2VhbGVk; HttpOnly; SameSite=Strict; Secure; Path=/; Max-Age=900"]
    );
}

#[test]
fn names_paths_and_lifetimes_can_be_chosen() {
    let cookies = SessionCookies::new()
        .named("shop")
        .and_then(|cookies| cookies.refresh_path("/auth"))
        .unwrap()
        .same_site(SameSite::Lax)
        .refresh_lifetime(Duration::from_secs(60));
    let changes = cookies.tokens(&tokens(), &HeaderMap::new()).unwrap();
    let lines = lines(&changes);
    assert_eq!(
        lines[0],
        "__Host-shop_access_token=aaa.bbb.ccc; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=3600"
    );
    // Browsers reject a `__Host-` cookie with any other path.
    assert_eq!(
        lines[2],
        "__Secure-shop_refresh_token=ggg.hhh.iii.jjj.kkk; HttpOnly; SameSite=Lax; Secure; Path=/auth; Max-Age=60"
    );
    assert_eq!(cookies.access_token_name(), "__Host-shop_access_token");
    assert_eq!(cookies.id_token_name(), "__Host-shop_id_token");
    for name in ["", "a b", "a=b", "a;b", &"a".repeat(33)] {
        assert!(SessionCookies::new().named(name).is_err(), "{name}");
    }
    for path in [
        "",
        "auth",
        "/a;b",
        "/a b",
        "/\r\n",
        &format!("/{}", "a".repeat(100)),
    ] {
        assert!(SessionCookies::new().refresh_path(path).is_err(), "{path}");
    }
}

#[test]
fn cookies_without_tls_lack_secure_and_prefix() {
    let changes = SessionCookies::new()
        .danger_without_secure()
        .tokens(&tokens(), &HeaderMap::new())
        .unwrap();
    assert_eq!(
        lines(&changes)[0],
        "access_token=aaa.bbb.ccc; HttpOnly; SameSite=Strict; Path=/; Max-Age=3600"
    );
}

#[test]
fn cookies_round_trip() {
    let cookies = SessionCookies::new();
    let mut tokens = tokens();
    tokens.device_key = Some("us-east-1_00aa".parse().unwrap());
    let changes = cookies
        .tokens(&tokens, &HeaderMap::new())
        .unwrap()
        .and(cookies.challenge("c2VhbGVk", &HeaderMap::new()).unwrap());
    let request = sent_back(&changes);
    assert_eq!(
        cookies.access_token(&request).unwrap().unwrap().expose(),
        "aaa.bbb.ccc"
    );
    assert_eq!(
        cookies.id_token(&request).unwrap().unwrap().expose(),
        "ddd.eee.fff"
    );
    assert_eq!(
        cookies.refresh_token(&request).unwrap().unwrap().expose(),
        "ggg.hhh.iii.jjj.kkk"
    );
    assert_eq!(cookies.device_key(&request).unwrap(), tokens.device_key);
    assert_eq!(
        cookies.challenge_state(&request).unwrap().unwrap(),
        "c2VhbGVk"
    );

    let nothing = HeaderMap::new();
    assert!(cookies.access_token(&nothing).unwrap().is_none());
    assert!(cookies.challenge_state(&nothing).unwrap().is_none());
    let another = SessionCookies::new().named("shop").unwrap();
    assert!(another.access_token(&request).unwrap().is_none());
}

#[test]
fn large_token_is_split_and_joined() {
    let cookies = SessionCookies::new();
    for length in [3_800, 3_801, 7_600, 7_601, 18_500, 19_000] {
        let mut tokens = tokens();
        let long: String = ('a'..='z').cycle().take(length).collect();
        tokens.access_token = long.as_str().try_into().unwrap();
        let changes = cookies.tokens(&tokens, &HeaderMap::new()).unwrap();
        for line in lines(&changes) {
            assert!(line.len() <= 4_096, "{}", line.len());
        }
        assert_eq!(lines(&changes).len(), 3 + length.div_ceil(3_800));
        let request = sent_back(&changes);
        let read = cookies.access_token(&request).unwrap().unwrap();
        assert_eq!(read.expose(), long);
    }
}

#[test]
fn names_token_that_cookies_cannot_hold() {
    let cookies = SessionCookies::new();
    for name in ["access_token", "id_token", "refresh_token"] {
        let mut tokens = tokens();
        let long = "a".repeat(19_001);
        match name {
            "access_token" => tokens.access_token = long.try_into().unwrap(),
            "id_token" => tokens.id_token = long.try_into().unwrap(),
            _ => tokens.refresh_token = long.try_into().unwrap(),
        }
        let refused = cookies.tokens(&tokens, &HeaderMap::new()).unwrap_err();
        assert_eq!(refused.field(), name);
        assert!(refused.rule().contains("19000"), "{refused}");
    }
}

#[test]
fn rejects_challenge_too_large_for_cookies() {
    let (cookies, nothing) = (SessionCookies::new(), HeaderMap::new());
    assert!(cookies.challenge(&"a".repeat(19_000), &nothing).is_ok());
    for state in [&"a".repeat(19_001), "", "a;b", "a b", "a~"] {
        assert!(
            cookies.challenge(state, &nothing).is_err(),
            "{}",
            state.len()
        );
    }
}

#[test]
fn rejects_inconsistent_cookie_parts() {
    let read = |line: &str| SessionCookies::new().access_token(&cookies(&[line]));
    let n = "__Host-access_token";
    for line in [
        format!("{n}=a; {n}.0=b"),
        format!("{n}=; {n}.0=b"),
        format!("{n}=a; {n}.3=b"),
        format!("{n}.1=b"),
        format!("{n}.0=a; {n}.2=c"),
    ] {
        assert!(read(&line).is_err(), "{line}");
    }
    let both = read(&format!("{n}.1=b; {n}.0=a")).unwrap().unwrap();
    assert_eq!(both.expose(), "ab");
    let other = read(&format!("{n}.x=b; {n}.10=a")).unwrap();
    assert!(other.is_none());
}

#[test]
fn no_part_of_an_earlier_token_stays_behind() {
    let cookies_of = SessionCookies::new();
    let long = "a".repeat(7_700);
    let mut of_many_groups = tokens();
    of_many_groups.access_token = long.as_str().try_into().unwrap();
    let short = cookies_of.tokens(&tokens(), &HeaderMap::new()).unwrap();
    let split = cookies_of
        .tokens(&of_many_groups, &sent_back(&short))
        .unwrap();
    let gone = "__Host-access_token=; HttpOnly; SameSite=Strict; Secure; Path=/; Max-Age=0";
    assert!(lines(&split).contains(&gone), "{split:?}");
    let request = sent_back(&split);
    assert_eq!(
        cookies_of.access_token(&request).unwrap().unwrap().expose(),
        long
    );

    let short = cookies_of.tokens(&tokens(), &request).unwrap();
    let forgotten: Vec<_> = lines(&short)
        .into_iter()
        .filter(|line| line.contains("access_token.") && line.ends_with("Max-Age=0"))
        .map(|line| line.split('=').next().unwrap())
        .collect();
    let parts = [
        "__Host-access_token.0",
        "__Host-access_token.1",
        "__Host-access_token.2",
    ];
    assert_eq!(forgotten, parts);
}

#[tokio::test]
async fn guard_reads_split_token() {
    use cognito_tower::{Guard, RejectionKind, TokenSource};

    let fixture = crate::fixture::Fixture::new();
    let token = fixture.access_token_with(|claims| {
        let groups: Vec<_> = (0..400).map(|n| format!("group-{n}")).collect();
        claims.insert("cognito:groups".to_owned(), groups.into());
    });
    assert!(token.len() > 4_096, "{}", token.len());
    let cookies_of = SessionCookies::new();
    let mut tokens = tokens();
    tokens.access_token = token.try_into().unwrap();
    let request = sent_back(&cookies_of.tokens(&tokens, &HeaderMap::new()).unwrap());
    let source = TokenSource::cookie(cookies_of.access_token_name());
    let guard = Guard::access(fixture.verifier).token_from(source);
    let claims = guard.authenticate(&request).await.unwrap();
    assert!(claims.has_group("group-399"));
    let refused = guard.authenticate(&HeaderMap::new()).await.unwrap_err();
    assert_eq!(refused.kind(), RejectionKind::MissingToken);
}

#[test]
fn rejects_duplicate_cookie() {
    let set = SessionCookies::new();
    let name = "__Host-access_token";
    let once = cookies(&[&format!("theme=dark; {name}=a.b.c"), "lang=de"]);
    assert!(set.access_token(&once).unwrap().is_some());
    for twice in [
        cookies(&[&format!("{name}=a.b.c; {name}=d.e.f")]),
        cookies(&[&format!("{name}=a.b.c"), &format!("{name}=a.b.c")]),
        cookies(&[&format!("{name}.0=a; {name}.1=b; {name}.1=c")]),
    ] {
        assert!(set.access_token(&twice).is_err());
    }
    let no_token = cookies(&[&format!("{name}=a b")]);
    assert!(set.access_token(&no_token).is_err());
    let forgotten = cookies(&[&format!("{name}=")]);
    assert!(set.access_token(&forgotten).unwrap().is_none());
}

#[test]
fn rejects_request_with_too_many_cookies() {
    let cookies_of = |others: usize| {
        let others = "a=b; ".repeat(others);
        cookies(&[&format!("{others}__Host-access_token=aaa.bbb.ccc")])
    };
    let session = SessionCookies::new();
    let token = session.access_token(&cookies_of(999)).unwrap();
    assert_eq!(token.unwrap().expose(), "aaa.bbb.ccc");
    let error = session.access_token(&cookies_of(1_000)).unwrap_err();
    assert_eq!(error.to_string(), "cookies must be at most 1000");
}

#[test]
fn clear_removes_all_cookie_parts() {
    let set = SessionCookies::new().refresh_path("/auth").unwrap();
    let request =
        cookies(&["__Host-access_token.0=a; __Host-access_token.1=b; __Host-access_token.7=c"]);
    let changes = set.clear(&request);
    let lines = lines(&changes);
    let names: Vec<_> = lines
        .iter()
        .map(|line| line.split('=').next().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "__Host-access_token",
            "__Host-access_token.0",
            "__Host-access_token.1",
            "__Host-access_token.7",
            "__Host-id_token",
            "__Secure-refresh_token",
            "__Secure-device_key",
            "__Secure-challenge",
        ]
    );
    for line in &lines {
        assert!(
            line.contains("=; HttpOnly; SameSite=Strict; Secure; Path=/"),
            "{line}"
        );
        assert!(line.ends_with("; Max-Age=0"), "{line}");
    }
    assert!(lines[5].contains("Path=/auth;"), "{}", lines[5]);
    let challenge = set.clear_challenge(&request);
    assert_eq!(challenge.iter().count(), 1);
}

#[test]
fn changes_become_headers_and_hide_tokens() {
    let changes = SessionCookies::new()
        .tokens(&tokens(), &HeaderMap::new())
        .unwrap();
    let shown = format!("{changes:?}");
    assert!(shown.contains("__Host-access_token"), "{shown}");
    assert!(!shown.contains("aaa"), "{shown}");
    let response = ([(SET_COOKIE, "theme=dark")], changes, "hello").into_response();
    let set = response.headers().get_all(SET_COOKIE);
    assert_eq!(set.iter().count(), 5);
    assert!(set.iter().skip(1).all(HeaderValue::is_sensitive));
}
