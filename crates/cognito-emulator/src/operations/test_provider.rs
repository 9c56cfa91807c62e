//! The identity provider for tests, an OpenID Connect provider at `/_emulator/idp`.
//!
//! Security: there are no passwords and no client secrets. Anyone can sign in as any user of this
//! provider.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::StatusCode;
use http::header::{AUTHORIZATION, HeaderName};
use serde_json::{Map, Value, json};

use crate::model::identity_provider::IdentityProvider;
use crate::model::options::ProviderType;
use crate::model::saml::issue::{self, Issue};
use crate::model::time::{iso8601, seconds};
use crate::state::pools::Pools;
use crate::state::test_provider::TestCode;

/// The path of the identity provider for tests. Its issuer is the URL of the emulator followed by
/// this path.
pub(crate) const PATH: &str = "/_emulator/idp";

/// The placeholder base URL of an emulator that runs in memory, without a server. The emulator
/// handles its own requests to this URL, and nothing listens on it.
pub(crate) const IN_MEMORY: &str = "http://localhost";

/// The lifetime of the ID tokens and access tokens of the test provider, in seconds.
const VALIDITY: u64 = 300;

/// Returns the configuration with which a pool uses the test provider as an identity provider.
/// `base` is the URL of the emulator.
pub(crate) fn provider(base: &str, now: SystemTime) -> IdentityProvider {
    let issuer = format!("{base}{PATH}");
    let mut provider = IdentityProvider::new(ProviderType::Oidc, now);
    let details = json!({
        "attributes_request_method": "GET",
        "attributes_url": format!("{issuer}/userInfo"),
        "authorize_scopes": "openid profile email",
        "authorize_url": format!("{issuer}/authorize"),
        "client_id": "test-provider",
        "client_secret": "test-provider",
        "jwks_uri": format!("{issuer}/jwks.json"),
        "oidc_issuer": issuer,
        "token_url": format!("{issuer}/token"),
    });
    let mapping = json!({
        "email": "email",
        "email_verified": "email_verified",
        "name": "name",
        "username": "sub",
    });
    let members = &mut provider.members;
    members.insert("ProviderDetails".to_owned(), details);
    members.insert("AttributeMapping".to_owned(), mapping);
    provider.add_defaults();
    provider
}

/// Returns the discovery document of the test provider. `base` is the URL of the emulator.
pub(crate) fn discovery(base: &str) -> Value {
    let issuer = format!("{base}{PATH}");
    json!({
        "authorization_endpoint": format!("{issuer}/authorize"),
        "id_token_signing_alg_values_supported": ["RS256"],
        "issuer": issuer,
        "jwks_uri": format!("{issuer}/jwks.json"),
        "response_types_supported": ["code"],
        "scopes_supported": ["openid", "profile", "email", "phone"],
        "subject_types_supported": ["public"],
        "token_endpoint": format!("{issuer}/token"),
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        "userinfo_endpoint": format!("{issuer}/userInfo"),
    })
}

/// Returns the JWKS of the test provider.
pub(crate) fn keys(pools: &Pools) -> Value {
    let keys = pools.test_provider_key().into_iter();
    let keys: Vec<_> = keys.map(|key| key.jwk.clone()).collect();
    json!({ "keys": keys })
}

/// Exchanges a code for tokens. Returns the error code of OAuth 2.0 as `Err`. `base` is the URL of
/// the emulator. `form` returns the parameters of the request.
pub(crate) fn tokens<'a>(
    pools: &Pools,
    base: &str,
    form: impl Fn(&str) -> Option<&'a str>,
) -> Result<Value, &'static str> {
    if form("grant_type") != Some("authorization_code") {
        return Err("unsupported_grant_type");
    }
    let now = pools.clock.now();
    let mut provider = pools.test_provider.lock();
    let code = provider.take_code(form("code").unwrap_or_default(), now);
    let code = code.ok_or("invalid_grant")?;
    let is_same = form("redirect_uri") == Some(code.redirect_uri.as_str())
        && form("client_id").is_none_or(|id| id == code.client_id);
    if !is_same {
        return Err("invalid_grant");
    }
    let access = provider.open_token(code.claims.clone(), now, &pools.random);
    drop(provider);
    let mut claims = code.claims;
    let iat = seconds(now);
    claims.extend([
        ("iss".to_owned(), json!(format!("{base}{PATH}"))),
        ("aud".to_owned(), json!(code.client_id)),
        ("iat".to_owned(), json!(iat)),
        ("exp".to_owned(), json!(iat + VALIDITY)),
    ]);
    claims.extend(code.nonce.map(|nonce| ("nonce".to_owned(), json!(nonce))));
    let claims = Value::Object(claims).to_string();
    let key = pools.test_provider_key();
    let id_token = key.and_then(|key| key.sign(&claims));
    Ok(json!({
        "access_token": access,
        "expires_in": VALIDITY,
        "id_token": id_token.ok_or("server_error")?,
        "token_type": "Bearer",
    }))
}

/// Returns the claims about the user of an access token. `authorization` is the value of the header
/// `Authorization`. Returns `None` if the header contains no valid access token.
pub(crate) fn user_info(pools: &Pools, authorization: &str) -> Option<Map<String, Value>> {
    let token = authorization.strip_prefix("Bearer ")?;
    let provider = pools.test_provider.lock();
    provider.claims(token, pools.clock.now()).cloned()
}

/// Stores the sign-in of a user and returns the authorization code for it.
pub(crate) fn sign_in(pools: &Pools, code: TestCode) -> String {
    let now = pools.clock.now();
    let mut provider = pools.test_provider.lock();
    provider.open_code(code, now, &pools.random)
}

/// The path of the SAML provider for tests. Its entity id is the URL of the emulator followed by
/// this path.
pub(crate) const SAML: &str = "/_emulator/idp/saml";

/// Returns the metadata of the SAML provider for tests. `base` is the URL of the emulator. Returns
/// `None` if the certificate cannot be created.
pub(crate) fn saml_metadata(pools: &Pools, base: &str) -> Option<String> {
    let created = pools.no_pool().settings.created;
    let certificate = pools.test_provider_key()?.certificate("test", created)?;
    let url = format!("{base}{SAML}");
    let logout = format!("{url}/logout");
    Some(issue::metadata(&url, &certificate, &url, &logout))
}

/// A sign-in of a user at the SAML provider for tests.
pub(crate) struct SamlSignIn<'a> {
    /// The id of the SAML request. `None` if the user begins the sign-in at the provider.
    pub(crate) request: Option<&'a str>,
    /// The URL of the service provider that receives the response.
    pub(crate) recipient: &'a str,
    /// The entity id of the service provider.
    pub(crate) audience: &'a str,
    pub(crate) name_id: &'a str,
    /// The attributes of the user: their names and values.
    pub(crate) attributes: &'a [(&'a str, &'a str)],
}

/// Returns the SAML response of the provider for tests to a service provider. `base` is the URL of
/// the emulator. Returns `None` if the response cannot be signed.
pub(crate) fn saml_response(pools: &Pools, base: &str, sign_in: &SamlSignIn<'_>) -> Option<String> {
    let now = pools.clock.now();
    let expires = now.checked_add(Duration::from_secs(VALIDITY))?;
    let issue = Issue {
        issuer: &format!("{base}{SAML}"),
        request: sign_in.request,
        recipient: sign_in.recipient,
        audience: sign_in.audience,
        word: &pools.random.uuid(),
        now: &iso8601(now),
        expires: &iso8601(expires),
        name_id: sign_in.name_id,
        attributes: sign_in.attributes,
    };
    let key = pools.test_provider_key()?;
    issue.response(|bytes| key.sign_bytes(bytes))
}

/// Handles a request that an emulator without a server sends to its test provider. The request is
/// handled in this process, because no server could receive it. Returns `None` if the emulator has
/// a server, or if `url` is not a URL of the test provider.
pub(crate) fn in_memory(
    pools: &Pools,
    url: &str,
    headers: &[(HeaderName, &str)],
    body: &str,
) -> Option<(StatusCode, Bytes)> {
    let path = url.strip_prefix(IN_MEMORY)?.strip_prefix(PATH)?;
    if pools.endpoint() != IN_MEMORY {
        return None;
    }
    if url.ends_with("/saml/metadata") {
        let metadata = saml_metadata(pools, IN_MEMORY)?;
        return Some((StatusCode::OK, Bytes::from(metadata)));
    }
    let answer = match path {
        "/.well-known/openid-configuration" => Ok(discovery(IN_MEMORY)),
        "/jwks.json" => Ok(keys(pools)),
        "/token" => {
            let form = form_urlencoded::parse(body.as_bytes()).into_owned();
            let form: Vec<(String, String)> = form.collect();
            tokens(pools, IN_MEMORY, |name| {
                let mut found = form.iter().filter(|(known, _)| known == name);
                found.next().map(|(_, value)| value.as_str())
            })
        }
        "/userInfo" => {
            let bearer = headers.iter().find(|(name, _)| *name == AUTHORIZATION);
            let claims = bearer.and_then(|(_, value)| user_info(pools, value));
            claims.map(Value::Object).ok_or("invalid_token")
        }
        _ => Err("not_found"),
    };
    let (status, body) = match answer {
        Ok(body) => (StatusCode::OK, body),
        Err(code) => (StatusCode::BAD_REQUEST, json!({ "error": code })),
    };
    Some((status, Bytes::from(body.to_string())))
}
