//! Derives the URLs of a pool, and checks whether a URL is acceptable.

use cognito_core::plain_http::is_loopback_host;
use cognito_core::{Region, UserPoolId};

/// Returns the values of `iss` that the tokens of a pool may have, in both formats of AWS. The most
/// likely value is the first.
///
/// - **original**: `https://cognito-idp.<region>.amazonaws.com/<pool id>`, once for the region of
///   the pool and once for each replica. A pool with replicas issues tokens with the region where
///   the user signed in.
/// - **updated**: `https://issuer-cognito-idp.<region of the pool>.amazonaws.com/<pool id>`. A pool
///   that is configured for this format has the same issuer in all regions (developer guide, "User
///   pool OIDC issuer").
///
/// The domain depends on the AWS partition: it is `amazonaws.eu` for the European sovereign cloud
/// (`aws-eusc`), for example. The pool id was validated when it was parsed, so it cannot change the
/// host of the URL. The result is empty for the region `local`, which emulators use.
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

/// Returns the domain of the AWS partition that the region belongs to.
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

/// Returns the JWKS URL of an issuer. The OpenID Connect discovery document contains the same URL.
/// This document is not fetched, because an attacker who controls it could redirect the verifier to
/// other keys.
pub(crate) fn jwks_uri(issuer: &str) -> String {
    format!("{}/.well-known/jwks.json", issuer.trim_end_matches('/'))
}

/// Returns `true` if a URL is acceptable as an issuer or a key URL. The scheme must be `https`.
/// `http` is accepted on loopback hosts, and with `allow_http` on all hosts. A URL with a user
/// name, a query, a fragment, an invalid port or an invalid character is not acceptable.
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

/// Returns the host of `host` or `host:port`. Returns `None` if the port is invalid.
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
