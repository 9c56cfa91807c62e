//! The URLs of client id metadata documents, and the patterns that they must match.

use http::uri::Authority;

use crate::model::authority::{is_plain, is_web_address};
use crate::model::trigger::address;

const SCHEME: &str = "https://";

/// The maximum length of a URL, in bytes (AWS service model, `MetadataURLType`).
const LONGEST: usize = 256;

/// Returns `true` if a client id is a URL. The id of an app client is never a URL.
pub(crate) fn is_url(client_id: &str) -> bool {
    client_id.contains("://")
}

/// Returns `true` if a URL can be the id of a client (draft-ietf-oauth-client-id-metadata-document,
/// "Client Identifier URL"): an `https` URL with a path, without a user name, a fragment and the
/// path segments `.` and `..`.
///
/// Security: a policy can allow the URLs below one folder, such as `https://a.example/apps/*`. With
/// `..`, a URL could match this pattern, although its document is outside the folder. Some servers
/// decode the path before they resolve `..`. An escaped dot (`%2e`) therefore counts as a dot, and
/// an escaped `/` or `\` counts as a `/`. Some servers also ignore a parameter such as `;a` at the
/// end of a segment, so `..;a` counts as `..`.
pub(crate) fn is_valid(url: &str) -> bool {
    let Some((authority, rest)) = split(url) else {
        return false;
    };
    let path = rest.split('?').next().unwrap_or_default();
    let path = path.to_ascii_lowercase().replace("%2e", ".");
    let path = path.replace("%2f", "/").replace("%5c", "/");
    let path = path.replace("%3b", ";");
    let is_dots = |segment: &str| matches!(segment.split(';').next(), Some("." | ".."));
    url.len() <= LONGEST
        && url.bytes().all(is_plain)
        && !url.contains('#')
        && is_web_address(url, authority)
        && rest.starts_with('/')
        && !path.split('/').any(is_dots)
}

/// Returns `true` if a valid URL matches a pattern (`URLPatterns`). AWS documents no rules for `*`.
/// These are the rules of the emulator:
///
/// - `*` stands for any characters. In the host, it does not match `/`.
/// - A pattern with `*` in the host does not match IP addresses, `localhost` and names without a
///   dot. It matches a URL with a port only if the pattern also has a port.
/// - A URL with a query matches only if the pattern contains `?`.
///
/// Security: without the second rule, a caller could make the emulator send requests to servers of
/// the internal network. Without the third rule, a caller could use any number of URLs for the same
/// document.
pub(crate) fn matches(pattern: &str, url: &str) -> bool {
    let (Some((hosts, paths)), Some((authority, rest))) = (split(pattern), split(url)) else {
        return false;
    };
    let host = hosts.split(':').next().unwrap_or_default();
    let is_open = host.contains('*');
    let is_other_port = !hosts.contains(':') && authority.contains(':');
    glob(hosts, authority)
        && glob(paths, rest)
        && (pattern.contains('?') || !url.contains('?'))
        && !(is_open && (is_internal(authority) || is_other_port))
}

/// Returns the URL that is requested to read the document with the id `url`. It is `url` itself,
/// with one exception: if the host is `localhost`, `127.0.0.1` or `[::1]`, the scheme is `http`
/// instead of `https`, because local servers seldom have a certificate.
pub(crate) fn location(url: &str) -> String {
    let local = url.replacen("https:", "http:", 1);
    if address::is_local(&local) {
        local
    } else {
        url.to_owned()
    }
}

/// Splits an `https` URL, or a pattern of URLs, before its path. The first part is the host and the
/// port. Returns `None` if the scheme is not `https`.
fn split(url: &str) -> Option<(&str, &str)> {
    let rest = url.strip_prefix(SCHEME)?;
    let place = rest.find(['/', '?']).unwrap_or(rest.len());
    Some(rest.split_at(place))
}

/// Returns `true` if the host of an authority is an IP address, `localhost` or a name without a dot.
/// Also returns `true` if the last label of the host is a number, because a system can resolve such
/// a name as an IP address.
fn is_internal(authority: &str) -> bool {
    let Ok(authority) = Authority::try_from(authority) else {
        return true;
    };
    let host = authority.host().trim_end_matches('.');
    let last = host.rsplit('.').next().unwrap_or_default();
    let is_number = last.starts_with(|first: char| first.is_ascii_digit());
    host.starts_with('[')
        || is_number
        || !host.contains('.')
        || last.eq_ignore_ascii_case("localhost")
}

/// Returns `true` if a string matches a pattern in which `*` stands for any characters.
fn glob(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(mut text) = text.strip_prefix(start) else {
        return false;
    };
    let (middle, end) = rest.rsplit_once('*').unwrap_or(("", rest));
    for part in middle.split('*') {
        match text.find(part) {
            Some(place) => text = &text[place + part.len()..],
            None => return false,
        }
    }
    text.ends_with(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_https_urls_are_ids() {
        for (url, expected) in [
            ("https://app.example/client.json", true),
            ("https://app.example:8443/", true),
            ("https://app.example/a.b/..c?d=e", true),
            ("http://app.example/client.json", false),
            ("https://app.example", false),
            ("https://app.example?a=b", false),
            ("https://app.example/#a", false),
            ("https://user@app.example/client.json", false),
            ("https://app.example/a/../client.json", false),
            ("https://app.example/a/%2E%2e/client.json", false),
            ("https://app.example/./client.json", false),
            ("https://app.example/a/..%2Fclient.json", false),
            ("https://app.example/a/%2e%2E%5cclient.json", false),
            ("https://app.example/a/..;/client.json", false),
            ("https://app.example/a/..%3Bb=c/client.json", false),
            ("https://app.example/a%2fb;c/client.json", true),
            ("https://app.example\\@evil.example/", false),
            ("https://app.example:99999/", false),
            ("https:///client.json", false),
        ] {
            assert_eq!(is_valid(url), expected, "{url}");
        }
        assert!(!is_valid(&format!(
            "https://app.example/{}",
            "a".repeat(256)
        )));
    }

    #[test]
    fn patterns_match_hosts_and_paths() {
        for (pattern, url, expected) in [
            ("app.example/c.json", "app.example/c.json", true),
            ("app.example/c.json", "app.example/c.json2", false),
            ("app.example/*", "app.example/a/b", true),
            ("app.example/*/c", "app.example/a/b/c", true),
            ("app.example/a*b*c", "app.example/abbc", true),
            ("app.example/a*a", "app.example/a", false),
            ("*.example/*", "app.example/c", true),
            ("*.example/*", "app.example:8443/c", false),
            ("*.example/*", "evil.test/.example/c", false),
            ("*.example/*", "evil.test?.example/c", false),
            ("*.example/*", "example/c", false),
            ("app.example*", "app.example.evil.test/c", false),
            ("*/*", "app.example/c", true),
            ("*/*", "app.example:22/c", false),
            ("app.*/*", "app.example:22/c", false),
            ("*:8443/*", "app.example:8443/c", true),
            ("app.example/*", "app.example/c?a", false),
            ("app.example/*?*", "app.example/c?a", true),
            ("*/*", "127.0.0.1/c", false),
            ("*/*", "[::1]/c", false),
            ("*/*", "2130706433/c", false),
            ("*/*", "0x7f.1/c", false),
            ("*/*", "localhost/c", false),
            ("*/*", "a.localhost./c", false),
            ("*/*", "metadata/c", false),
            ("localhost:*/*", "localhost:4000/c", true),
            ("127.0.0.1:4000/*", "127.0.0.1:4000/c", true),
        ] {
            let (pattern, url) = (format!("https://{pattern}"), format!("https://{url}"));
            assert_eq!(matches(&pattern, &url), expected, "{pattern} {url}");
        }
    }

    #[test]
    fn documents_of_this_host_are_read_over_http() {
        for (url, expected) in [
            ("https://localhost:4000/c", "http://localhost:4000/c"),
            ("https://127.0.0.1:4000/c", "http://127.0.0.1:4000/c"),
            ("https://app.example/c", "https://app.example/c"),
            ("https://localhost.example/c", "https://localhost.example/c"),
        ] {
            assert_eq!(location(url), expected);
        }
    }
}
