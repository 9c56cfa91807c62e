//! The URLs of an identity provider ([`Endpoints`]).

use serde_json::{Map, Value};

use crate::model::federation::defaults::GOOGLE_PEOPLE;
use crate::model::identity_provider::IdentityProvider;
use crate::model::options::ProviderType;

/// The URLs of an identity provider. An unknown URL is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Endpoints {
    pub(crate) authorize: String,
    pub(crate) token: String,
    /// The URL of the key set (JWKS). It is not used if the provider issues no ID tokens.
    pub(crate) keys: String,
    /// The URL of the userinfo endpoint. Empty if the claims of the ID token are sufficient.
    pub(crate) user_info: String,
}

impl Endpoints {
    /// Returns the URLs in the details of an identity provider (`ProviderDetails`).
    pub(crate) fn of(provider: &IdentityProvider) -> Self {
        let detail = |name| provider.detail(name).unwrap_or_default().to_owned();
        let mut user_info = detail("attributes_url");
        if user_info == GOOGLE_PEOPLE {
            user_info.clear();
        }
        if provider.detail("attributes_url_add_attributes") == Some("true") && !user_info.is_empty()
        {
            user_info.push_str(&provider.claim_names().join(","));
        }
        Self {
            authorize: detail("authorize_url"),
            token: detail("token_url"),
            keys: detail("jwks_uri"),
            user_info,
        }
    }

    /// Returns `true` if a URL that sign-ins need is missing. It must then be read from the
    /// discovery document of the provider.
    pub(crate) const fn need_discovery(&self, kind: ProviderType) -> bool {
        let lacks_keys = kind.has_id_token() && self.keys.is_empty();
        self.authorize.is_empty() || self.token.is_empty() || lacks_keys
    }

    /// Returns the URLs of a discovery document (OpenID Connect Discovery, section 3).
    pub(crate) fn discovered(document: &Map<String, Value>) -> Self {
        let url = |name: &str| {
            let found = document.get(name).and_then(Value::as_str);
            found.unwrap_or_default().to_owned()
        };
        Self {
            authorize: url("authorization_endpoint"),
            token: url("token_endpoint"),
            keys: url("jwks_uri"),
            user_info: url("userinfo_endpoint"),
        }
    }

    /// Adds the URLs of a discovery document. URLs from the details of the provider are not
    /// replaced.
    pub(crate) fn add(&mut self, discovered: Self) {
        for (url, found) in [
            (&mut self.authorize, discovered.authorize),
            (&mut self.token, discovered.token),
            (&mut self.keys, discovered.keys),
            (&mut self.user_info, discovered.user_info),
        ] {
            if url.is_empty() {
                *url = found;
            }
        }
    }
}
