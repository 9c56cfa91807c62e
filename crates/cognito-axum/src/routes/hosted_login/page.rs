//! The page that the browser shows after a sign-in at managed login.

use axum::response::{Html, IntoResponse, Response};
use http::StatusCode;
use http::header::{LOCATION, REFERRER_POLICY};

/// Returns `true` for the path of a page of this site, such as `/orders?open=1`.
///
/// Security: all other strings could redirect the browser to another site. Browsers treat
/// `//example.com` and `/\example.com` as URLs of another host, and ignore line breaks and tabs in
/// a URL. The other excluded characters are invalid in cookies or have a meaning in HTML.
pub(super) fn is_local(path: &str) -> bool {
    let fits =
        |b: u8| b.is_ascii_graphic() && !matches!(b, b'"' | b',' | b';' | b'\\' | b'<' | b'>');
    path.len() <= LONGEST
        && path.starts_with('/')
        && !path.starts_with("//")
        && path.bytes().all(fits)
}

/// The maximum length of a path, in bytes. It fits into the cookie together with the sealed state.
const LONGEST: usize = 1_000;

/// Returns a response that shows the page at `path`, which must be [local](is_local).
///
/// If the session cookies are `SameSite=Strict`, the response is a page that navigates to `path`.
/// After a redirect, the browser would still treat the request as caused by managed login, and
/// would not send the cookies. The navigation of a page of this site has the cookies.
///
/// The header `Referrer-Policy` keeps the code in the URL out of the next request.
pub(super) fn shown(path: &str, is_strict: bool) -> Response {
    let policy = [(REFERRER_POLICY, "no-referrer")];
    if !is_strict {
        let location = [(LOCATION, path.to_owned())];
        return (StatusCode::SEE_OTHER, policy, location).into_response();
    }
    let path = escaped(path);
    let html = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Signed in</title>\
         <meta http-equiv=\"refresh\" content=\"0; url={path}\"><a href=\"{path}\">Continue</a></html>"
    );
    (policy, Html(html)).into_response()
}

/// Escapes the characters of a local path that have a meaning in an attribute of HTML.
fn escaped(path: &str) -> String {
    path.replace('&', "&amp;").replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_site_are_local() {
        for path in [
            "/",
            "/orders",
            "/orders?open=1&page=2#top",
            "/a//b",
            "/it's",
            "/%2F%2Fa",
        ] {
            assert!(is_local(path), "{path}");
        }
        let long = format!("/{}", "a".repeat(LONGEST));
        for path in [
            "",
            "orders",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "/a\\b",
            "\\/evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            " /orders",
            "/a b",
            "https://evil.example",
            "javascript:alert(1)",
            "/\"><script>",
            "/a;b",
            "/a,b",
            "/\u{e9}",
            &long,
        ] {
            assert!(!is_local(path), "{path}");
        }
    }

    #[test]
    fn path_is_escaped_in_html() {
        assert_eq!(escaped("/it's?a=1&b=2"), "/it&#39;s?a=1&amp;b=2");
    }
}
