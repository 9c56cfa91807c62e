//! The OAuth 2.0 settings of an app client. They determine what the client may do at the hosted
//! pages and the token endpoint.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::model::failure::Failure;
use crate::model::named::named;
use crate::model::settings::Settings;

named! {
    /// An OAuth 2.0 grant that an app client can use (`AllowedOAuthFlows`).
    #[derive(PartialOrd, Ord, Hash)]
    #[non_exhaustive]
    pub enum OAuthFlow {
        /// `client_credentials`: an access token for the app client itself. The client needs a
        /// secret.
        ClientCredentials = "client_credentials",
        /// `code`: after the sign-in, the browser returns to the client with an authorization code.
        Code = "code",
        /// `implicit`: after the sign-in, the browser returns to the client with the tokens.
        Implicit = "implicit",
    }
}

/// The OAuth 2.0 settings of an app client.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct OAuth {
    /// `true` if the client may use OAuth 2.0 (`AllowedOAuthFlowsUserPoolClient`).
    pub(crate) enabled: bool,
    pub(crate) flows: BTreeSet<OAuthFlow>,
    pub(crate) scopes: BTreeSet<String>,
    /// The allowed redirect URLs (`CallbackURLs`).
    pub(crate) callbacks: Vec<String>,
    /// The redirect URL for requests that contain no redirect URL (`DefaultRedirectURI`). `None` if
    /// there is no default.
    pub(crate) default_callback: Option<String>,
    /// The URLs to which the browser can return after a sign-out (`LogoutURLs`).
    pub(crate) logouts: Vec<String>,
}

impl OAuth {
    pub(crate) fn allows(&self, flow: OAuthFlow) -> bool {
        self.enabled && self.flows.contains(&flow)
    }

    /// Returns the redirect URL for a request. `named` is the URL in the request.
    ///
    /// - If `named` is an allowed URL, returns it. If it is not allowed, returns `None`.
    /// - If `named` is missing, returns the client's default URL. Without a default URL, returns
    ///   the only allowed URL, or `None` if the client has no allowed URL or several.
    pub(crate) fn callback(&self, named: Option<&str>) -> Option<&str> {
        let mut known = self.callbacks.iter().map(String::as_str);
        match (named, &self.default_callback) {
            (Some(named), _) => known.find(|known| *known == named),
            (None, Some(default)) => Some(default),
            (None, None) => known.next().filter(|_| self.callbacks.len() == 1),
        }
    }

    /// Returns the scopes to grant for a request. `named` contains the requested scopes, separated
    /// by spaces. If it is missing, returns all scopes of the client that the pool has and that
    /// `is_grantable` accepts.
    ///
    /// Returns `None` if a requested scope is not a scope of the client or of the pool, if
    /// `is_grantable` rejects it, or if no scope remains.
    pub(crate) fn grant(
        &self,
        pool: &Settings,
        named: Option<&str>,
        is_grantable: fn(&str) -> bool,
    ) -> Option<Vec<String>> {
        let has = |scope: &str| {
            self.scopes.contains(scope) && is_grantable(scope) && pool.has_scope(scope)
        };
        let named = named.map(|named| named.split(' ').filter(|scope| !scope.is_empty()));
        let mut granted: Vec<String> = Vec::new();
        match named {
            Some(named) => {
                for scope in named {
                    if !has(scope) {
                        return None;
                    }
                    if granted.iter().all(|known| known != scope) {
                        granted.push(scope.to_owned());
                    }
                }
            }
            None => granted.extend(self.scopes.iter().filter(|scope| has(scope)).cloned()),
        }
        (!granted.is_empty()).then_some(granted)
    }

    /// Validates the OAuth 2.0 settings as `CreateUserPoolClient` does. Fails if they are invalid.
    pub(crate) fn check(&self, pool: &Settings, has_secret: bool) -> Result<(), Failure> {
        if let Some(scope) = self.scopes.iter().find(|scope| !pool.has_scope(scope)) {
            return Err(Failure::new(
                "ScopeDoesNotExistException",
                format!("Invalid scope requested: {scope}"),
            ));
        }
        let refused = |message| Err(Failure::new("InvalidOAuthFlowException", message));
        let machines = self.flows.contains(&OAuthFlow::ClientCredentials);
        if machines && self.flows.len() > 1 {
            return refused(
                "client_credentials flow can not be selected along with code flow or implicit \
                 flow.",
            );
        }
        if machines && !has_secret {
            return refused(
                "client_credentials flow can not be selected if client does not have a client \
                 secret.",
            );
        }
        if self.enabled && (self.flows.is_empty() || self.scopes.is_empty()) {
            return refused(
                "AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is \
                 allowed to use OAuth flows.",
            );
        }
        for address in self.callbacks.iter().chain(&self.logouts) {
            check_address(address)?;
        }
        let is_unknown = |default: &String| !self.callbacks.contains(default);
        if self.default_callback.as_ref().is_some_and(is_unknown) {
            return Err(Failure::invalid_parameter(
                "DefaultRedirectURI must be in the CallbackURLs list",
            ));
        }
        if self.enabled && !machines && self.callbacks.is_empty() {
            return refused(
                "CallbackUrls can not be empty when code flow or implicit flow is selected",
            );
        }
        Ok(())
    }
}

/// Fails if a redirect URL is invalid (API reference of `CreateUserPoolClient`, `CallbackURLs`).
///
/// The scheme must be HTTPS or the custom scheme of an app. HTTP is allowed with a loopback host
/// only. The URL must have no fragment.
pub(crate) fn check_address(address: &str) -> Result<(), Failure> {
    let rejected = |fault| Err(Failure::invalid_parameter(format!("{address} {fault}")));
    // AWS does not document the messages for a fragment and for a relative URI.
    if address.contains('#') {
        return rejected("cannot contain a fragment.");
    }
    match address.split_once("://") {
        Some(("http", rest)) if !is_loopback(rest) => rejected("cannot use the HTTP protocol."),
        Some((scheme, rest)) if !scheme.is_empty() && !rest.is_empty() => Ok(()),
        _ => rejected("is not an absolute URI."),
    }
}

/// Returns `true` if the part of a URL after `http://` begins with a loopback host.
///
/// Security: only a port may follow the host. A URL can have a user name before the host: in
/// `http://localhost:1@example.com`, `localhost` is the user name. Without this check, codes could
/// be sent unencrypted to `example.com`.
fn is_loopback(rest: &str) -> bool {
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    ["localhost", "127.0.0.1", "[::1]"].iter().any(|host| {
        let port = authority.strip_prefix(host);
        port.is_some_and(|port| {
            let digits = port.strip_prefix(':').unwrap_or("0");
            (port.is_empty() || port.starts_with(':'))
                && digits.bytes().all(|it| it.is_ascii_digit())
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_stays_on_this_host() {
        for (address, is_allowed) in [
            ("http://localhost", true),
            ("http://localhost:3000/in?a=b", true),
            ("http://127.0.0.1?a=@b", true),
            ("http://[::1]:3000/", true),
            ("http://localhost.example.com/", false),
            ("http://localhost:1@example.com/", false),
            ("http://127.0.0.1:@example.com/", false),
            ("http://[::1]:1\\@example.com/", false),
        ] {
            assert_eq!(check_address(address).is_ok(), is_allowed, "{address}");
        }
    }
}
