//! The URLs of a pool, and the rules for acceptable URLs.

use cognito_core::plain_http::is_loopback_host;
use cognito_core::{Region, UserPoolId};

/// Returns the values of `iss` that tokens of a pool may have, the most likely one first.
///
/// - **original**: `https://cognito-idp.<region>.amazonaws.com/<pool id>`. A pool that is
///   replicated to further regions issues tokens with the region where the user signed in.
/// - **updated**: `https://issuer-cognito-idp.<primary region>.amazonaws.com/<pool id>`. It is the
///   same in all regions, for pools that are configured to use it (developer guide, "User pool OIDC
///   issuer").
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_issuers_are_made_from_the_pool_id() {
        let issuers_of = |pool: &str| issuers(&UserPoolId::new(pool).unwrap(), &[]);
        for (pool, host) in [
            ("us-east-1_AbCdEfGhI", "cognito-idp.us-east-1.amazonaws.com"),
            (
                "us-gov-west-1_AbC",
                "cognito-idp.us-gov-west-1.amazonaws.com",
            ),
            (
                "eusc-de-east-1_AbC",
                "cognito-idp.eusc-de-east-1.amazonaws.eu",
            ),
            (
                "us-isob-east-1_AbC",
                "cognito-idp.us-isob-east-1.sc2s.sgov.gov",
            ),
        ] {
            let expected = [
                format!("https://{host}/{pool}"),
                format!("https://issuer-{host}/{pool}"),
            ];
            assert_eq!(issuers_of(pool), expected);
        }
        assert!(issuers_of("local_AbC").is_empty());
        assert_eq!(
            jwks_uri("https://a.example/b"),
            "https://a.example/b/.well-known/jwks.json"
        );
    }

    #[test]
    fn replica_issuer_has_its_own_region() {
        let replicas = ["us-west-2", "us-east-1"].map(|region| Region::new(region).unwrap());
        let issuers = issuers(&UserPoolId::new("us-east-1_AbC").unwrap(), &replicas);
        assert_eq!(
            issuers,
            [
                "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_AbC",
                "https://cognito-idp.us-west-2.amazonaws.com/us-east-1_AbC",
                "https://issuer-cognito-idp.us-east-1.amazonaws.com/us-east-1_AbC",
            ]
        );
    }

    #[test]
    fn plain_http_is_for_loopback_only() {
        for url in [
            "https://a.example",
            "https://a.example:8443/pool",
            "http://127.0.0.1:1234/pool",
            "http://127.9.9.9",
            "http://localhost:9229/local_abc",
            "http://[::1]:80/",
            "https://[2001:db8::]:8443/pool",
        ] {
            assert!(is_acceptable(url, false), "{url}");
        }
        for url in [
            "",
            "a.example",
            "ftp://a.example",
            "HTTPS://a.example",
            "https://",
            "https:///pool",
            "https://a.example:port/",
            "https://a.example:99999/",
            "https://user@a.example/",
            "https://a.example/?q",
            "https://a.example/#f",
            "https://a.example/ b",
            "https://a.example\n",
            "https://:443/",
            "http://a.example",
            "http://127.0.0.1.a.example/",
            "http://127.0.0.1@a.example/",
            "http://localhost.a.example/",
            "http://10.0.0.1/",
            "http://0.0.0.0/",
            "http://[::2]/",
            "http://169.254.169.254/",
        ] {
            assert!(!is_acceptable(url, false), "{url}");
        }
    }
}
