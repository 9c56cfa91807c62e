//! `GET /oauth2/authorize`, and the validation of its parameters, which `/login` uses too.

use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::StatusCode;
use serde_json::{Map, Value};

use super::parameters::{Parameters, address};
use super::provider::Choice;
use super::request::{HostedRequest, OAuthError, SEVERAL_RESOURCES, redirect};
use super::{error, html, provider};
use crate::http::page::Page;
use crate::model::acr::Level;
use crate::model::client::Client;
use crate::model::client::oauth::{OAuthFlow, check_address};
use crate::model::metadata_url::is_url;
use crate::model::settings::Settings;
use crate::model::time::seconds;
use crate::model::ways;
use crate::operations::authentication::step_up::{NO_AGE, NO_LEVEL};
use crate::state::codes::{Code, SignedInUser};
use crate::state::service::Service;
use crate::state::tokens::scopes::Hosted as HostedTokens;

/// The name of the cookie that identifies a signed-in browser.
pub(super) const BROWSER: &str = "cognito";

/// The maximum length of the parameter `nonce`, in bytes. AWS does not document Cognito's limit.
const LONGEST_NONCE: usize = 1024;

/// The maximum length of the parameter `resource`, in bytes. AWS does not document Cognito's limit.
const LONGEST_RESOURCE: usize = 1024;

/// Handles `GET /oauth2/authorize`. Redirects the browser to the sign-in page or to an identity
/// provider. If the browser is already signed in, and `prompt` is neither `login` nor
/// `select_account`, redirects to the client instead. If `prompt` is `none` and the browser is not
/// signed in, redirects to the client with the error `login_required`.
///
/// The browser does not count as signed in if the sign-in is older than `max_age`, or too old for
/// the app client to reuse it (`MaxValidityMinutes`). If the sign-in has not reached the level in
/// `acr_values`, also redirects to the sign-in page. The user must then prove only the missing
/// factor.
///
/// If the request selects an identity provider, the browser counts as signed in only if the user
/// has signed in through this provider. It is unknown whether Cognito does the same.
pub(super) fn answer(http_request: &HostedRequest<'_>) -> Page {
    let request = match Authorization::read(http_request) {
        Ok(request) => request,
        Err(page) => return *page,
    };
    let choice = match provider::choice(http_request, &request) {
        Ok(choice) => choice,
        Err(failure) => return request.failed("invalid_request", failure.message()),
    };
    let is_usable = |signed_in: &SignedInUser| match &choice {
        Choice::Page => true,
        Choice::Provider(name) => signed_in.provider.as_ref() == Some(name),
    };
    let signed_in = request.browser(http_request).filter(is_usable);
    let sign_in = || match &choice {
        Choice::Page => redirect(&format!("/login?{}", http_request.raw_query)),
        Choice::Provider(name) => provider::begin(http_request, &request, name),
    };
    match (http_request.query.get("prompt"), signed_in) {
        (Some("login" | "select_account"), _) => sign_in(),
        (_, Some(signed_in)) if request.is_reached(&signed_in) => {
            request.granted(http_request, signed_in)
        }
        (Some("none"), _) => request.rejected(&OAuthError::new(
            "login_required",
            "The browser is not signed in",
        )),
        _ => sign_in(),
    }
}

/// An authorization request (RFC 6749 section 4.1.1) whose parameters were validated.
pub(super) struct Authorization {
    pub(super) service: Arc<Service>,
    pub(super) client: Arc<Client>,
    flow: OAuthFlow,
    pub(super) redirect_uri: String,
    state: Option<String>,
    nonce: Option<String>,
    challenge: Option<String>,
    scopes: Vec<String>,
    /// The authentication levels in `acr_values`. Empty if the request names no level, or if the
    /// pool has the feature plan `LITE`.
    pub(super) levels: Vec<Level>,
    /// The maximum age of a sign-in, in seconds.
    max_age: Option<u64>,
    /// The resource to which the access token is bound. `None` if the request has no parameter
    /// `resource`, or if the pool has the feature plan `LITE`.
    resource: Option<String>,
}

impl Authorization {
    /// Reads and validates the parameters of the query. If they are invalid, returns an error page
    /// or a redirect as `Err`.
    ///
    /// If there is no app client with this `client_id`, returns an error page. If the redirect URI
    /// is not registered, redirects to the page `/error` of the emulator, as Cognito does
    /// (aws-aspnet-cognito-identity-provider#167). In both cases, no URL of the client can be
    /// trusted (RFC 6749 section 4.1.2.1). All other errors are sent to the client with a redirect.
    pub(super) fn read(http_request: &HostedRequest<'_>) -> Result<Self, Box<Page>> {
        let query = &http_request.query;
        let (service, client) = client(http_request)?;
        let named = query.get("redirect_uri");
        let redirect_uri = client.oauth.callback(named);
        let redirect_uri = redirect_uri
            .ok_or_else(|| Box::new(error::redirect(error::MISMATCH, client.public_id())))?;
        let mut request = Self {
            redirect_uri: redirect_uri.to_owned(),
            service,
            flow: OAuthFlow::Code,
            state: query.get("state").map(ToOwned::to_owned),
            nonce: query.get("nonce").map(ToOwned::to_owned),
            challenge: None,
            scopes: Vec::new(),
            levels: Vec::new(),
            max_age: None,
            resource: None,
            client,
        };
        // The response is known from amazon-cognito-auth-js#159.
        let no_flows = OAuthError::new(
            "invalid_request",
            "Client is not enabled for OAuth2.0 flows",
        );
        let is_enabled = request.client.oauth.enabled;
        let enabled = is_enabled.then_some(()).ok_or(no_flows);
        match enabled.and_then(|()| request.check(query)) {
            Ok(()) => Ok(request),
            Err(oauth_error) => Err(Box::new(request.rejected(&oauth_error))),
        }
    }

    fn check(&mut self, query: &Parameters) -> Result<(), OAuthError> {
        let rejected = |description| Err(OAuthError::new("invalid_request", description));
        if query.is_repeated("resource") {
            return Err(SEVERAL_RESOURCES);
        }
        if query.is_ambiguous() {
            return rejected("A parameter is there more than once");
        }
        self.flow = match query.get("response_type") {
            Some("code") => OAuthFlow::Code,
            Some("token") => OAuthFlow::Implicit,
            Some(_) => return rejected("response_type must be code or token"),
            None => return rejected("response_type is missing"),
        };
        if !self.client.oauth.allows(self.flow) {
            // Not `unauthorized_client` as the error: amazon-cognito-auth-js#40.
            return rejected("unauthorized_client");
        }
        if self
            .nonce
            .as_ref()
            .is_some_and(|nonce| nonce.len() > LONGEST_NONCE)
        {
            return rejected("nonce is too long");
        }
        self.challenge = challenge(query)?;
        let pool = &self.service.settings;
        // As at AWS, pools with this plan ignore the levels.
        if let Some(names) = query.get("acr_values").filter(|_| !pool.is_lite()) {
            self.levels = pool.acr.levels(names);
            if self.levels.is_empty() {
                return rejected(NO_LEVEL);
            }
        }
        self.resource = resource(query, pool)?;
        let max_age = query.get("max_age").map(str::parse);
        let max_age = max_age.transpose();
        let no_age = OAuthError::new("invalid_request", NO_AGE);
        self.max_age = max_age.map_err(|_: std::num::ParseIntError| no_age)?;
        let named = query.get("scope");
        let scopes = self.client.oauth.grant(pool, named, |_| true);
        // Not `invalid_scope` as in the standard: AWS's response is known from public reports.
        self.scopes = scopes.ok_or(OAuthError::new("invalid_request", "invalid_scope"))?;
        Ok(())
    }

    /// Returns the user who is signed in with this browser. Returns `None` if no user is signed in,
    /// or if the user was deleted, disabled or signed out everywhere after the sign-in. Also returns
    /// `None` if the sign-in is older than `max_age`, or too old for the app client to reuse it.
    pub(super) fn browser(&self, http_request: &HostedRequest<'_>) -> Option<SignedInUser> {
        let word = http_request.cookie(BROWSER)?;
        let mut state = self.service.state.lock();
        let signed_in = state.hosted.signed_in(word, http_request.now)?;
        let age = seconds(http_request.now).saturating_sub(seconds(signed_in.auth_time));
        let reuse = self.service.settings.reuse_of_sign_in(&self.client.id);
        if age >= reuse.as_secs() || self.max_age.is_some_and(|most| age > most) {
            return None;
        }
        signed_in
            .find(&mut state.users)
            .is_some()
            .then_some(signed_in)
    }

    /// Returns `true` if a sign-in has reached the authentication level that the request requires,
    /// or if the request has no `acr_values`. These rules determine the required level:
    ///
    /// - If the user has signed in through an OIDC provider, the required level is the first level
    ///   in `acr_values` that the provider's `AcrMapping` contains.
    /// - Otherwise, or if the mapping contains none of the levels, the required level is the first
    ///   level in `acr_values` that the user can reach with the available factors.
    /// - If the user can reach none of the levels, the lowest level in `acr_values` is required.
    pub(super) fn is_reached(&self, signed_in: &SignedInUser) -> bool {
        let reached = signed_in.level();
        let settings = &self.service.settings;
        let provider = signed_in.provider.as_ref();
        let provider = provider.and_then(|name| settings.identity_providers.get(name));
        let at_provider = provider.and_then(|provider| provider.first_named(&self.levels));
        let goal = at_provider.or_else(|| {
            let mut state = self.service.state.lock();
            let user = signed_in.find(&mut state.users);
            user.and_then(|user| ways::goal(settings, user, &self.levels))
        });
        match goal {
            Some(goal) => reached >= Some(goal),
            None => self.levels.is_empty() || reached >= self.levels.iter().copied().min(),
        }
    }

    /// Returns the name of the level that a sign-in has reached. Returns `None` if the request names
    /// no level.
    fn acr(&self, signed_in: &SignedInUser) -> Option<String> {
        let level = signed_in.level().filter(|_| !self.levels.is_empty());
        level.map(|level| self.service.settings.acr.name(level).to_owned())
    }

    /// Redirects the browser to the client with an authorization code, or with tokens in the
    /// implicit flow.
    pub(super) fn granted(
        &self,
        http_request: &HostedRequest<'_>,
        signed_in: SignedInUser,
    ) -> Page {
        if self.flow == OAuthFlow::Implicit {
            return self.tokens(http_request, &signed_in);
        }
        let code = Code {
            client: self.client.public_id().to_owned(),
            redirect_uri: self.redirect_uri.clone(),
            challenge: self.challenge.clone(),
            nonce: self.nonce.clone(),
            scopes: self.scopes.clone(),
            acr: self.acr(&signed_in),
            resource: self.resource.clone(),
            signed_in,
        };
        let service = &self.service;
        let mut state = service.state.lock();
        let word = state
            .hosted
            .open_code(code, http_request.now, &service.random);
        self.back('?', vec![("code", word.as_str())])
    }

    /// Redirects the browser to the client with the tokens of the implicit flow. The tokens are in
    /// the fragment of the URL. There is no refresh token. If the tokens cannot be issued,
    /// redirects with the error `server_error`.
    fn tokens(&self, http_request: &HostedRequest<'_>, signed_in: &SignedInUser) -> Page {
        let fields = Map::new();
        let call = http_request.call(&self.service, &fields, "/oauth2/authorize");
        let hosted = HostedTokens {
            scopes: self.scopes.clone(),
            nonce: self.nonce.clone(),
            proof: signed_in.proof(self.acr(signed_in)),
            resource: self.resource.clone(),
            renewable: false,
        };
        let grant = signed_in.find(&mut call.state().users).map(|user| {
            let service = &self.service;
            let tokens = &service.tokens;
            tokens.hosted(
                user,
                &self.client,
                hosted,
                http_request.now,
                &service.random,
            )
        });
        let issued = grant.and_then(|grant| call.issue(&grant).ok());
        let Some(issued) = issued else {
            return self.rejected(&OAuthError::new(
                "server_error",
                "The tokens could not be issued",
            ));
        };
        let text = |name: &str| issued.get(name).and_then(Value::as_str);
        let expires_in = issued["ExpiresIn"].to_string();
        let mut pairs = Vec::new();
        pairs.extend(text("IdToken").map(|token| ("id_token", token)));
        pairs.extend(text("AccessToken").map(|token| ("access_token", token)));
        pairs.extend([("token_type", "Bearer"), ("expires_in", &expires_in)]);
        self.back('#', pairs)
    }

    /// Redirects the browser to the client with an error.
    fn rejected(&self, oauth_error: &OAuthError) -> Page {
        let separator = if self.flow == OAuthFlow::Implicit {
            '#'
        } else {
            '?'
        };
        let pairs = vec![
            ("error", oauth_error.code),
            ("error_description", oauth_error.description.as_ref()),
        ];
        self.back(separator, pairs)
    }

    /// Redirects the browser to the client with the error of a sign-in through an identity provider.
    pub(super) fn failed(&self, code: &str, description: &str) -> Page {
        let is_implicit = self.flow == OAuthFlow::Implicit;
        let pairs = [("error_description", description), ("error", code)];
        let pairs = pairs.into_iter().filter(|(_, value)| !value.is_empty());
        self.back(if is_implicit { '#' } else { '?' }, pairs.collect())
    }

    /// Sets the nonce of the ID token to `generated` if the client has sent no nonce. Call this
    /// method after a sign-in through an identity provider: Cognito generates a nonce for each of
    /// these sign-ins (AWS developer guide, "Authorize endpoint").
    pub(super) fn add_nonce(&mut self, generated: &str) {
        self.nonce.get_or_insert_with(|| generated.to_owned());
    }

    fn back<'a>(&'a self, separator: char, mut pairs: Vec<(&'a str, &'a str)>) -> Page {
        pairs.extend(self.state.as_deref().map(|state| ("state", state)));
        redirect(&address(&self.redirect_uri, separator, &pairs))
    }
}

/// Returns the app client whose id is `client_id` in the query, and its pool. If `client_id` is a
/// URL, reads the client id metadata document with this URL. Returns an error page as `Err` if the
/// client does not exist.
pub(super) fn client(
    http_request: &HostedRequest<'_>,
) -> Result<(Arc<Service>, Arc<Client>), Box<Page>> {
    let unknown = || bad("invalid_client: no app client has this client_id");
    let id = http_request.query.get("client_id").ok_or_else(unknown)?;
    if is_url(id) {
        let found = http_request.document_client(id);
        return found.map_err(|failure| bad(&format!("invalid_client: {}", failure.message())));
    }
    let service = http_request.pools.of_client(id).ok_or_else(unknown)?;
    let service = http_request.in_region(&service);
    let service =
        service.map_err(|failure| bad(&format!("invalid_client: {}", failure.message())))?;
    let client = service.client(id).map_err(|_| unknown())?;
    Ok((service, client))
}

/// Returns the code challenge of PKCE (RFC 7636). Returns `None` if the request has neither a
/// challenge nor a method. Fails if the challenge is not a SHA-256 hash in base64url, or if the
/// method is not `S256`. AWS supports no other method.
fn challenge(query: &Parameters) -> Result<Option<String>, OAuthError> {
    let rejected = |description| Err(OAuthError::new("invalid_request", description));
    let challenge = query.get("code_challenge");
    match (challenge, query.get("code_challenge_method")) {
        (None, None) => Ok(None),
        (None, Some(_)) => rejected("code_challenge is missing"),
        (Some(_), None | Some("plain")) => rejected("code_challenge_method must be S256"),
        (Some(challenge), Some("S256")) if is_hash(challenge) => Ok(Some(challenge.to_owned())),
        (Some(_), Some("S256")) => rejected("code_challenge must be a SHA-256 hash in base64url"),
        (Some(_), Some(_)) => rejected("code_challenge_method must be S256"),
    }
}

/// Returns the resource to which the access token is bound (RFC 8707). Returns `None` if the
/// request has no parameter `resource`, or if the pool has the feature plan `LITE`. Fails with
/// `invalid_target` if the resource is not a URL with a scheme that callback URLs can have (AWS
/// developer guide, "Resource binding"). The resource need not be a resource server of the pool.
fn resource(query: &Parameters, pool: &Settings) -> Result<Option<String>, OAuthError> {
    let Some(named) = query.get("resource").filter(|_| !pool.is_lite()) else {
        return Ok(None);
    };
    let is_valid = named.len() <= LONGEST_RESOURCE && check_address(named).is_ok();
    // AWS does not document the error of Cognito.
    let rejected = OAuthError::new("invalid_target", "The resource is not a valid URL");
    is_valid.then(|| Some(named.to_owned())).ok_or(rejected)
}

fn is_hash(challenge: &str) -> bool {
    let bytes = URL_SAFE_NO_PAD.decode(challenge);
    bytes.is_ok_and(|bytes| bytes.len() == SHA256.output_len())
}

/// Returns `true` if the code verifier matches the code challenge, or if both are missing.
///
/// Security: returns `false` if only one of the two is present. If there is a verifier but no
/// challenge, an attacker may have removed the challenge from the authorization request (RFC 9700
/// section 2.1.1).
pub(super) fn is_proven(challenge: Option<&str>, verifier: Option<&str>) -> bool {
    match (challenge, verifier) {
        (None, None) => true,
        (Some(challenge), Some(verifier)) => {
            let hash = digest(&SHA256, verifier.as_bytes());
            (43..=128).contains(&verifier.len()) && URL_SAFE_NO_PAD.encode(hash) == challenge
        }
        _ => false,
    }
}

/// Returns an error page with status 400. The browser is not redirected.
fn bad(message: &str) -> Box<Page> {
    Box::new(html::error(StatusCode::BAD_REQUEST, message))
}
