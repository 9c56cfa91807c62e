//! The addresses of a pool, and which addresses are acceptable.

use std::net::{Ipv4Addr, Ipv6Addr};

use cognito_core::UserPoolId;

/// The `iss` of a pool's tokens: `https://cognito-idp.<region>.amazonaws.com/<pool id>`.
///
/// The id was checked when it was parsed; nothing in it can lead the address elsewhere. The
/// European sovereign cloud (partition `aws-eusc`) has the domain `amazonaws.eu`. `None` for the
/// region `local` of emulators, which has no address.
pub(crate) fn issuer(pool: &UserPoolId) -> Option<String> {
    let region = pool.region();
    let region = region.as_str();
    if region == "local" {
        return None;
    }
    let suffix = if region.starts_with("eusc-") {
        "amazonaws.eu"
    } else {
        "amazonaws.com"
    };
    Some(format!(
        "https://cognito-idp.{region}.{suffix}/{}",
        pool.as_str()
    ))
}

/// Where the keys of an issuer are: OpenID Connect Discovery would say the same, and a fixed address
/// cannot be redirected.
pub(crate) fn jwks_uri(issuer: &str) -> String {
    format!("{}/.well-known/jwks.json", issuer.trim_end_matches('/'))
}

/// Whether an address may be an issuer or serve keys: `https`, or `http` on this very machine. No
/// user name, no query, no fragment, no character that a URL cannot hold.
pub(crate) fn is_acceptable(url: &str) -> bool {
    let (rest, must_be_local) = match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
        (Some(rest), _) => (rest, false),
        (None, Some(rest)) => (rest, true),
        (None, None) => return false,
    };
    let authority = rest.split('/').next().unwrap_or_default();
    let host = without_port(authority);
    rest.bytes()
        .all(|byte| byte.is_ascii_graphic() && !b"@?#\\\"<>^`{|}".contains(&byte))
        && host.is_some_and(|host| !host.is_empty() && (!must_be_local || is_loopback(host)))
}

/// The host of `host:port`, or nothing if the port is none.
fn without_port(authority: &str) -> Option<&str> {
    // The colons of an IPv6 address are within brackets.
    let end_of_host = authority.rfind(']').map_or(0, |bracket| bracket + 1);
    match authority[end_of_host..].find(':') {
        Some(colon) => {
            let (host, port) = authority.split_at(end_of_host + colon);
            port[1..].parse::<u16>().is_ok().then_some(host)
        }
        None => Some(authority),
    }
}

fn is_loopback(host: &str) -> bool {
    let v6 = host.strip_prefix('[').and_then(|h| h.strip_suffix(']'));
    match v6 {
        Some(v6) => v6.parse::<Ipv6Addr>().is_ok_and(|ip| ip.is_loopback()),
        None => host == "localhost" || host.parse::<Ipv4Addr>().is_ok_and(|ip| ip.is_loopback()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_issuer_is_made_from_the_pool_id() {
        let issuer_of = |pool: &str| issuer(&UserPoolId::new(pool).unwrap());
        for (pool, expected) in [
            (
                "us-east-1_AbCdEfGhI",
                Some("https://cognito-idp.us-east-1.amazonaws.com/us-east-1_AbCdEfGhI"),
            ),
            (
                "us-gov-west-1_AbC",
                Some("https://cognito-idp.us-gov-west-1.amazonaws.com/us-gov-west-1_AbC"),
            ),
            (
                "eusc-de-east-1_AbC",
                Some("https://cognito-idp.eusc-de-east-1.amazonaws.eu/eusc-de-east-1_AbC"),
            ),
            ("local_AbC", None),
        ] {
            assert_eq!(issuer_of(pool).as_deref(), expected);
        }
        assert_eq!(
            jwks_uri("https://a.example/b"),
            "https://a.example/b/.well-known/jwks.json"
        );
    }

    #[test]
    fn plain_http_is_for_this_machine_only() {
        for url in [
            "https://a.example",
            "https://a.example:8443/pool",
            "http://127.0.0.1:1234/pool",
            "http://127.9.9.9",
            "http://localhost:9229/local_abc",
            "http://[::1]:80/",
        ] {
            assert!(is_acceptable(url), "{url}");
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
            assert!(!is_acceptable(url), "{url}");
        }
    }
}
