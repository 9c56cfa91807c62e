//! Validated URLs and scopes for managed login and OAuth 2.0.

use std::borrow::Borrow;
use std::fmt;
use std::net::Ipv6Addr;

use crate::id::{Region, name_type, printable};
use crate::input::{InvalidInput, parses};
use crate::plain_http::is_loopback_host;

name_type!(
    /// A scope of OAuth 2.0: `openid`, `email`, or a scope of a resource server, such as
    /// `https://api.example.com/read`.
    ///
    /// RFC 6749 section 3.3 defines the allowed characters. The maximum length is 256 characters.
    Scope,
    "scope",
    "must be 1 to 256 printable ASCII characters without space, quote and backslash",
    |text| is_target(text)
);

name_type!(
    /// The identifier of a resource server, such as `https://api.example.com`. A token that is bound
    /// to the resource server has the identifier in the claim `aud` (RFC 8707).
    ResourceId,
    "resource",
    "must be 1 to 256 printable ASCII characters without space, quote and backslash",
    |text| is_target(text)
);

name_type!(
    /// The logical name of a service for which a token is issued, as in the claim `aud`.
    AudienceName,
    "audience",
    "must be 1 to 256 printable ASCII characters without space, quote and backslash",
    |text| is_target(text)
);

name_type!(
    /// A URL to which managed login redirects the browser. It must be registered with the app
    /// client in exactly this form, because Cognito compares strings.
    ///
    /// The URL must be `https`, `http` on a loopback host, or a custom scheme of an app
    /// (`myapp://signed-in`), without a fragment (`CreateUserPoolClient`, "CallbackURLs").
    RedirectUri,
    "redirect URI",
    "must be an https address, http on localhost, or of an app's own scheme; at most 1024 \
     characters, without a fragment",
    is_redirect_uri
);

name_type!(
    /// The domain of a pool's managed login and OAuth 2.0 endpoints. It is a domain of AWS, such as
    /// `https://shop.auth.eu-central-1.amazoncognito.com`, or a custom domain, such as
    /// `https://login.example.com`. Plain `http` is accepted only on loopback hosts, for emulators.
    ///
    /// A login domain is an origin: scheme, host and optional port. A string with any other part is
    /// rejected, because secrets are sent to this URL.
    LoginDomain,
    "login domain",
    "must be https and a host, as in `https://shop.auth.eu-central-1.amazoncognito.com`: no path, and \
     http on loopback hosts only",
    is_login_domain
);

printable!(Scope, RedirectUri, LoginDomain);
printable!(ResourceId, AudienceName);

impl LoginDomain {
    /// Parses a login domain, and allows plain `http` on any host. Use it for an emulator in
    /// another container.
    ///
    /// # Security
    ///
    /// Codes, tokens and the client secret are then sent unencrypted. Never use it in production.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] if the scheme is neither `http` nor `https`, or if there is more than a
    /// host and a port.
    pub fn danger_allow_http(text: impl Into<String>) -> Result<Self, InvalidInput> {
        let text = text.into();
        let is_host = |authority: &str| host(authority).is_some();
        match text.strip_prefix("http://") {
            Some(authority) if is_host(authority) => Ok(Self(text.into_boxed_str())),
            _ => Self::new(text),
        }
    }

    /// Returns the domain that AWS assigns to a domain prefix:
    /// `https://<prefix>.auth.<region>.amazoncognito.com`.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] if the prefix has characters that are invalid in a label of a host name.
    pub fn of_prefix(prefix: &str, region: &Region) -> Result<Self, InvalidInput> {
        if prefix.contains(['.', ':', '/']) {
            return Err(InvalidInput::new(
                "login domain",
                "must have a prefix of letters, digits and hyphens",
            ));
        }
        Self::new(format!("https://{prefix}.auth.{region}.amazoncognito.com"))
    }
}

/// Returns `true` for `[\x21\x23-\x5B\x5D-\x7E]{1,256}`, the pattern of scopes, resources and
/// audiences.
fn is_target(text: &str) -> bool {
    (1..=256).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_graphic() && !matches!(b, b'"' | b'\\'))
}

fn is_login_domain(text: &str) -> bool {
    match text.split_once("://") {
        Some(("https", authority)) => host(authority).is_some(),
        Some(("http", authority)) => host(authority).is_some_and(is_loopback_host),
        _ => false,
    }
}

fn is_redirect_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else {
        return false;
    };
    let is_clean = (1..=1024).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_graphic() && !matches!(b, b'#' | b'"' | b'<' | b'>' | b'\\'));
    let authority = || {
        let rest = rest.strip_prefix("//")?;
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        host(&rest[..end])
    };
    is_clean
        && match scheme {
            "https" => authority().is_some(),
            "http" => authority().is_some_and(is_loopback_host),
            // The schemes that a browser executes or displays instead of redirecting.
            "javascript" | "data" | "file" | "vbscript" | "about" | "blob" => false,
            _ => is_scheme(scheme) && rest.len() > 2,
        }
}

/// Returns `true` for a URL scheme (RFC 3986 section 3.1) in lower case.
fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|b| {
            b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.')
        })
}

/// Returns the host of `host` or `host:port`. Returns `None` for any other string, such as an
/// authority with a user name.
fn host(authority: &str) -> Option<&str> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (inner, after) = rest.split_once(']')?;
            inner.parse::<Ipv6Addr>().ok()?;
            let port = match after {
                "" => None,
                port => Some(port.strip_prefix(':')?),
            };
            (&authority[..inner.len() + 2], port)
        }
        None => match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        },
    };
    let is_name = |label: &str| {
        (1..=63).contains(&label.len())
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let is_host = host.starts_with('[') || (host.len() <= 253 && host.split('.').all(is_name));
    let is_port = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0));
    (is_host && is_port).then_some(host)
}
