//! The URLs of a pool, and the rules for acceptable URLs.

use cognito_core::plain_http::is_loopback_host;
use cognito_core::{Region, UserPoolId};

/// Returns the values of `iss` that tokens of a pool may have, the most likely one first.
///
/// - **original**: `https://cognito-idp.<region>.amazonaws.com/<pool id>`. A pool that is
///   replicated to further regions issues tokens with the region where the user signed in.
/// - **updated**: `https://issuer-cognito-idp.<primary region>.amazonaws.com/<pool id>`. A pool
///   that is configured for this format has the same issuer in all regions (developer guide, "User
///   pool OIDC issuer").
///
/// The pool id was validated when it was parsed, so it cannot change the host of the URL. The
/// European sovereign cloud (partition `aws-eusc`) has the domain `amazonaws.eu`. For the region
/// `local` of emulators the result is empty.
pub(crate) fn issuers(pool: &UserPoolId, replicas: &[Region]) -> Vec<String> {
    let home = pool.region();
    if home.as_str() == "local" {
        return Vec::new();
    }
    let at = |host: &str, region: &Region| {
        let suffix = suffix(region.as_str());
        format!("https://{host}.{region}.{suffix}/{}", pool.as_str())
    };
    let mut issuers = vec![at("cognito-idp", &home)];
    for replica in replicas {
        let issuer = at("cognito-idp", replica);
        if !issuers.contains(&issuer) {
            issuers.push(issuer);
        }
    }
    issuers.push(at("issuer-cognito-idp", &home));
    issuers
}

/// Returns the domain of a region's partition.
fn suffix(region: &str) -> &'static str {
    const SUFFIXES: [(&str, &str); 6] = [
        ("cn-", "amazonaws.com.cn"),
        ("eu-isoe-", "cloud.adc-e.uk"),
        ("eusc-", "amazonaws.eu"),
        ("us-iso-", "c2s.ic.gov"),
        ("us-isob-", "sc2s.sgov.gov"),
        ("us-isof-", "csp.hci.ic.gov"),
    ];
    let of_partition = SUFFIXES.iter().find(|(area, _)| region.starts_with(area));
    of_partition.map_or("amazonaws.com", |(_, suffix)| suffix)
}

/// Returns the URL of an issuer's keys. OpenID Connect Discovery returns the same URL, but a fixed
/// URL cannot be redirected.
pub(crate) fn jwks_uri(issuer: &str) -> String {
    format!("{}/.well-known/jwks.json", issuer.trim_end_matches('/'))
}

/// Returns `true` if a URL is acceptable for an issuer or its keys. The scheme must be `https`, or
/// `http` on a loopback host; `allow_http` permits `http` on any host. User name, query, fragment
/// and characters that are invalid in a URL are rejected.
pub(crate) fn is_acceptable(url: &str, allow_http: bool) -> bool {
    let (rest, must_be_local) = match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
        (Some(rest), _) => (rest, false),
        (None, Some(rest)) => (rest, !allow_http),
        (None, None) => return false,
    };
    let authority = rest.split('/').next().unwrap_or_default();
    let host = without_port(authority);
    rest.bytes()
        .all(|byte| byte.is_ascii_graphic() && !b"@?#\\\"<>^`{|}".contains(&byte))
        && host.is_some_and(|host| !host.is_empty() && (!must_be_local || is_loopback_host(host)))
}

/// Returns the host of `host:port`, or `None` if the port is invalid.
fn without_port(authority: &str) -> Option<&str> {
    // The colons of an IPv6 address are within brackets.
    let last_bracket = authority.rfind(']').unwrap_or_default();
    match authority[last_bracket..].find(':') {
        Some(colon) => {
            let (host, port) = authority.split_at(last_bracket + colon);
            port[1..].parse::<u16>().is_ok().then_some(host)
        }
        None => Some(authority),
    }
}
