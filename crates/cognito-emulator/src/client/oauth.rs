//! What an app client may do at the hosted pages and the token endpoint.

use std::collections::BTreeSet;

use crate::settings::Settings;
use crate::wire::Failure;

/// A grant of OAuth 2.0 that an app client allows (`AllowedOAuthFlows`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum OAuthFlow {
    /// `client_credentials`: tokens for machines. The client needs a secret.
    ClientCredentials,
    /// `code`: the browser comes back with a code.
    Code,
    /// `implicit`: the browser comes back with the tokens themselves.
    Implicit,
}

impl OAuthFlow {
    pub(crate) const ALL: [Self; 3] = [Self::ClientCredentials, Self::Code, Self::Implicit];

    /// The name in `AllowedOAuthFlows`.
    pub(crate) const fn setting(self) -> &'static str {
        match self {
            Self::ClientCredentials => "client_credentials",
            Self::Code => "code",
            Self::Implicit => "implicit",
        }
    }
}

/// The scopes that every pool has.
pub(crate) const STANDARD_SCOPES: [&str; 5] = [
    "aws.cognito.signin.user.admin",
    "email",
    "openid",
    "phone",
    "profile",
];

/// The OAuth 2.0 settings of an app client.
#[derive(Clone, Debug, Default)]
pub(crate) struct OAuth {
    /// `AllowedOAuthFlowsUserPoolClient`.
    pub(crate) enabled: bool,
    pub(crate) flows: BTreeSet<OAuthFlow>,
    pub(crate) scopes: BTreeSet<String>,
    /// `CallbackURLs`.
    pub(crate) callbacks: Vec<String>,
    /// `DefaultRedirectURI`.
    pub(crate) default_callback: Option<String>,
    /// `LogoutURLs`.
    pub(crate) logouts: Vec<String>,
}

impl OAuth {
    pub(crate) fn allows(&self, flow: OAuthFlow) -> bool {
        self.enabled && self.flows.contains(&flow)
    }

    /// Where a browser goes back to: the address that was named, if it is registered, or else the
    /// default, or the only one.
    pub(crate) fn callback(&self, named: Option<&str>) -> Option<&str> {
        let mut known = self.callbacks.iter().map(String::as_str);
        match (named, &self.default_callback) {
            (Some(named), _) => known.find(|known| *known == named),
            (None, Some(default)) => Some(default),
            (None, None) => known.next().filter(|_| self.callbacks.len() == 1),
        }
    }

    /// The scopes of a request; all that the client has where none is named. `None` if the client
    /// has not all of them, or the pool has not any more.
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

    /// What `CreateUserPoolClient` looks at before it takes settings.
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
        let is_unknown = |default: &String| !self.callbacks.contains(default);
        if self.default_callback.as_ref().is_some_and(is_unknown) {
            return Err(Failure::invalid_parameter(
                "DefaultRedirectURI must be in the CallbackURLs list",
            ));
        }
        if self.enabled && !machines && self.callbacks.is_empty() {
            return Err(Failure::invalid_parameter(
                "CallbackURLs are required for the code flow and the implicit flow.",
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_goes_back_where_it_may() {
        let mut oauth = OAuth::default();
        assert_eq!(oauth.callback(None), None);
        oauth.callbacks = vec!["https://a.example/".to_owned()];
        assert_eq!(oauth.callback(None), Some("https://a.example/"));
        assert_eq!(oauth.callback(Some("https://a.example")), None);
        oauth.callbacks.push("https://b.example/".to_owned());
        assert_eq!(oauth.callback(None), None, "which?");
        oauth.default_callback = Some("https://b.example/".to_owned());
        assert_eq!(oauth.callback(None), Some("https://b.example/"));
    }
}
