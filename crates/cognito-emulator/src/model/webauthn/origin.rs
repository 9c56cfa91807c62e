//! Checks relying party ids, and which web sites belong to a relying party.

/// Returns `true` if a string is valid as a relying party id: a domain in lower-case ASCII.
///
/// `localhost` is valid. Other names without a dot, and IP addresses, are not valid.
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

/// Returns `true` if an origin, such as `https://www.example.com`, belongs to a relying party id.
///
/// The host of the origin must be the relying party id or a subdomain of it. The scheme must be
/// HTTPS. HTTP is allowed if the host is `localhost` or a subdomain of it (WebAuthn Level 3,
/// section 5, "relying party identifier").
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
