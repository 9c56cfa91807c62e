//! The web sites of a relying party.

/// Returns `true` if a string can be the id of a relying party: a domain, in lower-case ASCII. IP
/// addresses and top-level domains are rejected, except for `localhost`.
pub(crate) fn is_relying_party(id: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    let last = id.rsplit('.').next().unwrap_or_default();
    let is_domain = id == "localhost" || id.contains('.');
    is_domain && id.split('.').all(is_label) && !last.bytes().all(|b| b.is_ascii_digit())
}

/// Returns `true` if an origin belongs to a relying party. Its host must be the relying party's id
/// or a subdomain of it, over HTTPS or on a loopback host (WebAuthn Level 3, section 5, "relying
/// party identifier").
pub(super) fn belongs(origin: &str, relying_party: &str) -> bool {
    let Some((scheme, rest)) = origin.split_once("://") else {
        return false;
    };
    let (host, port) = rest
        .split_once(':')
        .map_or((rest, None), |(host, port)| (host, Some(port)));
    let is_port = |port: &str| {
        port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|port| port > 0)
    };
    if !is_relying_party(host) || port.is_some_and(|port| !is_port(port)) {
        return false;
    }
    let is_local = host == "localhost" || host.ends_with(".localhost");
    let is_secure = scheme == "https" || scheme == "http" && is_local;
    let below = host.strip_suffix(relying_party);
    is_secure && below.is_some_and(|below| below.is_empty() || below.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origin_matches_own_and_parent_domains() {
        for (origin, relying_party) in [
            ("https://example.com", "example.com"),
            ("https://example.com:8443", "example.com"),
            ("https://login.example.com", "example.com"),
            ("https://a.b.example.com", "b.example.com"),
            ("http://localhost", "localhost"),
            ("http://localhost:5173", "localhost"),
            ("http://app.localhost:5173", "localhost"),
            ("https://localhost", "localhost"),
        ] {
            assert!(belongs(origin, relying_party), "{origin} {relying_party}");
        }
    }

    #[test]
    fn other_sites_do_not() {
        for origin in [
            "https://example.org",
            "https://evil-example.com",
            "https://example.com.evil.org",
            "https://com",
            "http://example.com",
            "http://login.example.com",
            "https://example.com/",
            "https://example.com/path",
            "https://user@example.com",
            "https://example.com:0",
            "https://example.com:99999",
            "https://example.com:",
            "https://example.com:44x",
            "https://.example.com",
            "https://EXAMPLE.com",
            "https://example.com\u{0}",
            "wss://example.com",
            "android:apk-key-hash:abc",
            "example.com",
            "null",
            "",
        ] {
            assert!(!belongs(origin, "example.com"), "{origin}");
        }
        assert!(!belongs("http://127.0.0.1:80", "127.0.0.1"));
        assert!(!belongs("http://notlocalhost", "localhost"));
    }

    #[test]
    fn a_relying_party_is_a_domain() {
        for id in [
            "example.com",
            "localhost",
            "xn--bcher-kva.example",
            "a.b.c-d.eu",
        ] {
            assert!(is_relying_party(id), "{id}");
        }
        for id in [
            "",
            "com",
            ".",
            "example.",
            ".com",
            "127.0.0.1",
            "::1",
            "https://example.com",
            "example.com:443",
            "Example.com",
            "-a.com",
            "a-.com",
            "a b.com",
            "exa_mple.com",
        ] {
            assert!(!is_relying_party(id), "{id}");
        }
    }
}
