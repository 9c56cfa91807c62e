//! Checks of the redirect URIs of app clients.

use crate::commands::audit::check::{Check, Scope, Severity, Subject};

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "callback-http",
        severity: Severity::High,
        scope: Scope::Client,
        needs: &[],
        title: "a callback URL has no TLS",
        reason: "Everyone on the network reads the authorization code.",
        fix: "CallbackURLs: https",
        source: "RFC 9700, section 2.6; OWASP ASVS 5.0, 12.2.1",
        find: callback_http,
    },
    Check {
        id: "callback-wildcard",
        severity: Severity::High,
        scope: Scope::Client,
        needs: &[],
        title: "a callback URL has a wildcard",
        reason: "Redirect URIs are compared character by character, so a wildcard is a mistake, or accepts \
                 URLs of an attacker.",
        fix: "CallbackURLs: each URL in full",
        source: "RFC 9700, section 2.1; OWASP ASVS 5.0, 10.4.1",
        find: callback_wildcard,
    },
    Check {
        id: "callback-custom-scheme",
        severity: Severity::Low,
        scope: Scope::Client,
        needs: &[],
        title: "a callback URL has the scheme of an app",
        reason: "Another app on the device can register the same scheme, and receive the code.",
        fix: "CallbackURLs: an https URL that the operating system assigns to the app; with a scheme, PKCE \
              is required",
        source: "RFC 8252, sections 7.2 and 8.1",
        find: callback_custom_scheme,
    },
    Check {
        id: "callback-short-scheme",
        severity: Severity::Medium,
        scope: Scope::Client,
        needs: &[],
        title: "the scheme of an app is not based on a domain",
        reason: "A scheme such as myapp is not reserved for one app, so two apps can use it by chance.",
        fix: "CallbackURLs: a scheme with the reversed domain, such as com.example.app",
        source: "RFC 8252, section 7.1",
        find: callback_short_scheme,
    },
    Check {
        id: "callback-localhost",
        severity: Severity::Low,
        scope: Scope::Client,
        needs: &[],
        title: "a callback URL is on the user's own host",
        reason: "A program on the host of a user can receive the code; in production, such a URL is usually \
                 left over from development.",
        fix: "CallbackURLs: without localhost, in another app client for development; an app on the desktop \
              uses 127.0.0.1",
        source: "RFC 8252, sections 7.3 and 8.3",
        find: callback_localhost,
    },
    Check {
        id: "logout-http",
        severity: Severity::Medium,
        scope: Scope::Client,
        needs: &[],
        title: "a sign-out URL has no TLS",
        reason: "An attacker on the network can imitate the app after the sign-out.",
        fix: "LogoutURLs: https",
        source: "OWASP ASVS 5.0, 12.2.1",
        find: logout_http,
    },
    Check {
        id: "default-redirect-not-registered",
        severity: Severity::Medium,
        scope: Scope::Client,
        needs: &[],
        title: "the default redirect URI is no callback URL",
        reason: "Requests without redirect_uri are redirected to a URL that is not in the list.",
        fix: "DefaultRedirectURI: one of CallbackURLs",
        source: "API reference, CreateUserPoolClient: DefaultRedirectURI; OWASP ASVS 5.0, 10.4.1",
        find: default_redirect_not_registered,
    },
];

/// The kind of a redirect URI.
enum Kind {
    Https,
    /// `http` or `https` to the loopback interface. RFC 8252 allows `http` there for apps.
    Loopback,
    Http,
    /// A custom scheme, which opens an app.
    App(String),
}

fn kind(url: &str) -> Kind {
    let lower = url.to_ascii_lowercase();
    let Some((scheme, rest)) = lower.split_once(':') else {
        return Kind::App(lower);
    };
    let authority = rest.trim_start_matches('/');
    let authority = authority.split(['/', '?', '#']).next().unwrap_or_default();
    let is_loopback = is_loopback(authority);
    match scheme {
        "http" if is_loopback => Kind::Loopback,
        "https" if is_loopback => Kind::Loopback,
        "http" => Kind::Http,
        "https" => Kind::Https,
        scheme => Kind::App(scheme.to_owned()),
    }
}

/// Returns `true` if the host in the authority of a URL is `localhost`, `127.0.0.1` or `::1`. The
/// user information before `@` is ignored.
fn is_loopback(authority: &str) -> bool {
    let host = authority.rsplit('@').next().unwrap_or_default();
    let host = match host.strip_prefix('[') {
        Some(address) => address.split(']').next(),
        None => host.split(':').next(),
    };
    matches!(host, Some("localhost" | "127.0.0.1" | "::1"))
}

/// Reads `list`, a list of URLs of the client, and returns the URLs for which `is_wrong` is `true`.
fn wrong(client: &Subject<'_>, list: &str, is_wrong: impl Fn(&str) -> bool) -> Option<String> {
    let mut urls = client.list(list);
    urls.retain(|url| is_wrong(url));
    (!urls.is_empty()).then(|| urls.join(", "))
}

fn callback_http(client: Subject<'_>) -> Option<String> {
    wrong(&client, "CallbackURLs", |url| {
        matches!(kind(url), Kind::Http)
    })
}

fn callback_wildcard(client: Subject<'_>) -> Option<String> {
    wrong(&client, "CallbackURLs", |url| url.contains('*'))
}

fn callback_custom_scheme(client: Subject<'_>) -> Option<String> {
    wrong(
        &client,
        "CallbackURLs",
        |url| matches!(kind(url), Kind::App(scheme) if scheme.contains('.')),
    )
}

fn callback_short_scheme(client: Subject<'_>) -> Option<String> {
    wrong(
        &client,
        "CallbackURLs",
        |url| matches!(kind(url), Kind::App(scheme) if !scheme.contains('.')),
    )
}

fn callback_localhost(client: Subject<'_>) -> Option<String> {
    wrong(&client, "CallbackURLs", |url| {
        matches!(kind(url), Kind::Loopback)
    })
}

fn logout_http(client: Subject<'_>) -> Option<String> {
    wrong(&client, "LogoutURLs", |url| matches!(kind(url), Kind::Http))
}

fn default_redirect_not_registered(client: Subject<'_>) -> Option<String> {
    let uri = client.text("DefaultRedirectURI");
    let unknown = !uri.is_empty() && !client.has("CallbackURLs", uri);
    unknown.then(|| uri.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_of_urls_are_recognized() {
        for (url, is_local) in [
            ("http://localhost:3000/cb", true),
            ("http://LOCALHOST", true),
            ("http://127.0.0.1:8976/callback", true),
            ("http://[::1]:80/", true),
            ("http://localhost.example.com/cb", false),
            ("http://localhost@example.com/cb", false),
            ("http://example.com/localhost", false),
        ] {
            assert_eq!(matches!(kind(url), Kind::Loopback), is_local, "{url}");
        }
        assert!(matches!(kind("HTTP://example.com"), Kind::Http));
        assert!(matches!(kind("com.example.app:/cb"), Kind::App(_)));
    }
}
