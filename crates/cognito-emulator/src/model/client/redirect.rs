//! The check of redirect URIs that a client has registered for itself.

use crate::model::authority::{is_plain, is_web_address};
use crate::model::client::oauth::check_address;

/// The URI schemes that browsers and operating systems handle themselves. They are rejected in
/// redirect URIs, because no app can receive such redirects, and some of these schemes run code or
/// open files.
const RESERVED_SCHEMES: [&str; 19] = [
    "about",
    "blob",
    "chrome",
    "content",
    "data",
    "file",
    "filesystem",
    "ftp",
    "intent",
    "jar",
    "javascript",
    "mailto",
    "ms-appinstaller",
    "resource",
    "tel",
    "vbscript",
    "view-source",
    "ws",
    "wss",
];

/// Fails if a redirect URI is not safe for a client that anyone can register. Returns the reason.
///
/// The URI must be `https`, `http` with a loopback host, or have the custom scheme of an app. It
/// must have no fragment and no user name, only visible ASCII characters, and a scheme in lower
/// case.
///
/// Security: [`check_address`] is not sufficient. It checks URIs of operators, who are trusted, and
/// accepts `javascript://` and a user name before an `https` host.
pub(crate) fn check_redirect(uri: &str) -> Result<(), &'static str> {
    if !uri.bytes().all(is_plain) {
        return Err("a redirect URI contains a character that a URI cannot have");
    }
    check_address(uri).map_err(|_| {
        "a redirect URI must be absolute, without a fragment, and https; http is for loopback \
         hosts only"
    })?;
    let (scheme, rest) = uri.split_once("://").unwrap_or_default();
    let mut letters = scheme.bytes();
    let is_scheme = letters
        .next()
        .is_some_and(|first| first.is_ascii_lowercase())
        && letters.all(|byte| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"+-.".contains(&byte)
        });
    if !is_scheme || RESERVED_SCHEMES.contains(&scheme) {
        return Err("a redirect URI has a scheme that is not allowed");
    }
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err("a redirect URI contains a user name");
    }
    let is_web = matches!(scheme, "http" | "https");
    if is_web && !is_web_address(uri, authority) {
        return Err("a redirect URI has no valid host and port");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_safe_redirect_uris_are_accepted() {
        for uri in [
            "https://app.example/callback",
            "https://app.example:8443/callback?a=b@c",
            "http://localhost:33418/",
            "http://127.0.0.1/callback",
            "http://[::1]:8080/callback",
            "cursor://anysphere.cursor-mcp/oauth/callback",
            "com.example.app://callback",
        ] {
            assert_eq!(check_redirect(uri), Ok(()), "{uri}");
        }
        for uri in [
            "",
            "/callback",
            "https:///callback",
            "https://app.example/#fragment",
            "https://app.example/#",
            "https://user@app.example/",
            "https://app.example:99999/",
            "https://app.example:+1/",
            "https://app.example:/",
            "https://[::1]evil.example/",
            "https://app.example\\@evil.example/",
            "https://app.example/\u{e9}",
            "https://app.example/\r\nSet-Cookie:a=b",
            "https://app example/",
            "http://app.example/",
            "HTTP://app.example/",
            "http://localhost:1@evil.example/",
            "http://localhost.evil.example/",
            "javascript://app.example/%0aalert(1)",
            "JavaScript://app.example/%0aalert(1)",
            "data://text/html,x",
            "file:///etc/passwd",
            "view-source://app.example",
            "1app://callback",
            "my app://callback",
            "://callback",
        ] {
            assert!(check_redirect(uri).is_err(), "{uri}");
        }
    }
}
