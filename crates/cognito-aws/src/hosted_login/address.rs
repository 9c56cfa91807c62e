//! Creates the URLs of managed login to which a browser is redirected.

use std::collections::BTreeSet;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cognito_core::hosted_login::authorize::{
    Authorization, AuthorizeRequest, LogoutRequest, Prompt, Provider, Screen,
};
use cognito_core::hosted_login::names::{LoginDomain, ResourceId};
use cognito_core::hosted_login::pending::PendingLogin;
use cognito_core::{ClientId, Error, ErrorKind, Result, Scope};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// The characters that are percent-encoded: all except the unreserved characters (RFC 3986 section
/// 2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Returns the URL of `/oauth2/authorize` or `/signup` on the domain, with a new state, nonce and
/// PKCE code challenge. The scope `openid` is always requested.
pub(super) fn authorize(
    domain: &LoginDomain,
    client_id: &ClientId,
    request: &AuthorizeRequest,
) -> Result<Authorization> {
    let pending = PendingLogin::new(
        random_string()?,
        random_string()?,
        random_string()?,
        request.redirect_uri.clone(),
    )?
    .with_resource(request.resource.clone())
    .with_step_up(request.step_up.clone());
    let challenge = digest(&SHA256, pending.code_verifier().as_bytes());
    let page = match request.screen {
        Screen::SignUp => "/signup",
        _ => "/oauth2/authorize",
    };
    let scopes = ["openid"].into_iter();
    let further = request.scopes.iter().map(Scope::as_str);
    let scopes: Vec<_> = scopes
        .chain(further.filter(|scope| *scope != "openid"))
        .collect();
    let mut query = Query::new("response_type", "code");
    query.add("client_id", client_id.as_str());
    query.add("redirect_uri", request.redirect_uri.as_str());
    query.add("scope", &scopes.join(" "));
    query.add("state", pending.state());
    query.add("nonce", pending.nonce());
    query.add("code_challenge", &URL_SAFE_NO_PAD.encode(challenge));
    query.add("code_challenge_method", "S256");
    match &request.provider {
        Some(Provider::Identifier(identifier)) => query.add("idp_identifier", identifier),
        Some(Provider::Name(name)) => query.add("identity_provider", name.as_str()),
        _ => {}
    }
    let step_up = &request.step_up;
    let max_age = step_up.max_age.map(|age| age.as_secs().to_string());
    for (name, value) in [
        (
            "resource",
            request.resource.as_ref().map(ResourceId::as_str),
        ),
        ("acr_values", step_up.acr_values().as_deref()),
        ("max_age", max_age.as_deref()),
        ("login_hint", request.login_hint.as_deref()),
        ("lang", request.language.as_deref()),
        ("prompt", request.prompt.map(Prompt::name)),
    ] {
        if let Some(value) = value {
            query.add(name, value);
        }
    }
    Ok(Authorization::new(query.below(domain, page), pending))
}

/// Returns the URL of `/logout` on `domain`. Fails if this crate does not support the kind of
/// sign-out.
pub(super) fn logout(
    domain: &LoginDomain,
    client_id: &ClientId,
    request: &LogoutRequest,
) -> Result<String> {
    let mut query = Query::new("client_id", client_id.as_str());
    match request {
        LogoutRequest::To(page) => query.add("logout_uri", page.as_str()),
        LogoutRequest::SignInAgain(page) => {
            query.add("redirect_uri", page.as_str());
            query.add("response_type", "code");
        }
        _ => {
            return Err(Error::new(ErrorKind::Misuse)
                .with_detail("this kind of sign-out is not supported: use To or SignInAgain"));
        }
    }
    Ok(query.below(domain, "/logout"))
}

/// Returns the scopes as one string, separated by spaces.
pub(super) fn joined(scopes: &BTreeSet<Scope>) -> String {
    let scopes: Vec<_> = scopes.iter().map(Scope::as_str).collect();
    scopes.join(" ")
}

/// Query parameters or form fields, percent-encoded.
#[derive(Clone)]
pub(super) struct Query(String);

impl Query {
    pub(super) fn new(name: &str, value: &str) -> Self {
        let mut query = Self(String::new());
        query.add(name, value);
        query
    }

    pub(super) fn add(&mut self, name: &str, value: &str) {
        if !self.0.is_empty() {
            self.0.push('&');
        }
        self.0.push_str(name);
        self.0.push('=');
        self.0.extend(utf8_percent_encode(value, RESERVED));
    }

    pub(super) fn into_text(self) -> String {
        self.0
    }

    fn below(self, domain: &LoginDomain, page: &str) -> String {
        format!("{domain}{page}?{}", self.0)
    }
}

/// Returns 256 random bits in base64url (43 characters).
fn random_string() -> Result<String> {
    let mut bytes = [0; 32];
    rand::fill(&mut bytes).map_err(|_| {
        Error::new(ErrorKind::Unknown)
            .with_detail("the operating system returned no random numbers")
    })?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use cognito_core::hosted_login::names::RedirectUri;
    use percent_encoding::percent_decode_str;

    use super::*;

    fn domain() -> LoginDomain {
        LoginDomain::new("https://login.example.com").unwrap()
    }

    fn client() -> ClientId {
        ClientId::new("1example23456789").unwrap()
    }

    fn uri(text: &str) -> RedirectUri {
        RedirectUri::new(text).unwrap()
    }

    fn read(url: &str) -> (String, BTreeMap<String, String>) {
        let (page, query) = url.split_once('?').unwrap();
        let pairs = query.split('&').map(|pair| {
            let (name, value) = pair.split_once('=').unwrap();
            let value = percent_decode_str(value).decode_utf8().unwrap();
            (name.to_owned(), value.into_owned())
        });
        (page.to_owned(), pairs.collect())
    }

    #[test]
    fn authorization_url_has_drawn_values_and_challenge() {
        // The challenge is the hash of the PKCE verifier.
        let request = AuthorizeRequest::new(uri("https://shop.example/callback?a=b&c"));
        let made = authorize(&domain(), &client(), &request).unwrap();
        let (page, query) = read(&made.url);
        assert_eq!(page, "https://login.example.com/oauth2/authorize");
        let hash = digest(&SHA256, made.pending.code_verifier().as_bytes());
        let challenge = URL_SAFE_NO_PAD.encode(hash);
        let expected = [
            ("client_id", "1example23456789"),
            ("code_challenge", challenge.as_str()),
            ("code_challenge_method", "S256"),
            ("nonce", made.pending.nonce()),
            ("redirect_uri", "https://shop.example/callback?a=b&c"),
            ("response_type", "code"),
            ("scope", "openid"),
            ("state", made.pending.state()),
        ];
        assert!(
            query
                .iter()
                .map(|(n, v)| (n.as_str(), v.as_str()))
                .eq(expected)
        );
        assert!(!made.url.contains(made.pending.code_verifier()));
    }

    #[test]
    fn every_authorization_has_another_state_nonce_and_verifier() {
        let request = AuthorizeRequest::new(uri("myapp://in"));
        let draw = || authorize(&domain(), &client(), &request).unwrap().pending;
        let (one, other) = (draw(), draw());
        let mut words = vec![one.state(), one.nonce(), one.code_verifier()];
        words.extend([other.state(), other.nonce(), other.code_verifier()]);
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), 6);
        assert!(words.iter().all(|word| word.len() == 43));
    }

    #[test]
    fn authorization_options_are_escaped() {
        let mut request = AuthorizeRequest::new(uri("https://shop.example/"));
        for scope in ["email", "openid", "https://api.example.com/read"] {
            request.scopes.insert(Scope::new(scope).unwrap());
        }
        request.provider = Some(Provider::Name("Our company".parse().unwrap()));
        request.login_hint = Some("ann+x@example.com&prompt=none".to_owned());
        request.language = Some("de".to_owned());
        request.prompt = Some(Prompt::SelectAccount);
        request.screen = Screen::SignUp;
        let made = authorize(&domain(), &client(), &request).unwrap();
        let (page, query) = read(&made.url);
        assert_eq!(page, "https://login.example.com/signup");
        for (name, value) in [
            ("scope", "openid email https://api.example.com/read"),
            ("identity_provider", "Our company"),
            ("login_hint", "ann+x@example.com&prompt=none"),
            ("lang", "de"),
            ("prompt", "select_account"),
        ] {
            assert_eq!(query.get(name).map(String::as_str), Some(value), "{name}");
        }
        request.provider = Some(Provider::Identifier("example.com".to_owned()));
        let made = authorize(&domain(), &client(), &request).unwrap();
        let (_, query) = read(&made.url);
        assert_eq!(query["idp_identifier"], "example.com");
        assert!(!query.contains_key("identity_provider"));
    }

    #[test]
    fn logout_url_redirects_to_page_or_login() {
        let page = uri("https://shop.example/bye");
        let (path, query) =
            read(&logout(&domain(), &client(), &LogoutRequest::To(page.clone())).unwrap());
        assert_eq!(path, "https://login.example.com/logout");
        assert_eq!(query["logout_uri"], page.as_str());
        assert_eq!(query["client_id"], "1example23456789");
        let again = LogoutRequest::SignInAgain(page.clone());
        let (_, query) = read(&logout(&domain(), &client(), &again).unwrap());
        assert_eq!(query["redirect_uri"], page.as_str());
        assert_eq!(query["response_type"], "code");
        assert!(!query.contains_key("logout_uri"));
    }
}
