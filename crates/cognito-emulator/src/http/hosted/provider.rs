//! `/oauth2/idpresponse`, and the redirect to an identity provider.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use http::StatusCode;
use serde_json::{Map, Value, json};

use super::authorize::Authorization;
use super::cookies::{add_cookie, signed_in_page};
use super::html;
use super::parameters::address;
use super::request::{HostedRequest, redirect};
use crate::http::origin::is_embedded;
use crate::http::page::Page;
use crate::model::failure::Failure;
use crate::operations::federation::{self, PATH, Response, Start};
use crate::state::pending::Federation;
use crate::state::service::Service;

/// The name of the cookie that identifies the browser during a sign-in at a provider.
pub(super) const STATE: &str = "csrf-state";

/// The name that stands for the user pool itself in lists of identity providers.
pub(super) const COGNITO: &str = "COGNITO";

/// The maximum length, in bytes, of the part of a provider's error that is sent to the app client.
const LONGEST_ERROR: usize = 1024;

/// The way in which the user signs in.
pub(super) enum Choice {
    /// The user signs in on the sign-in page of the user pool.
    Page,
    /// The user signs in through the identity provider with this name.
    Provider(String),
}

/// Decides where the user signs in:
///
/// - If the request names an identity provider, the user signs in at this provider. The name
///   `COGNITO` stands for the sign-in page of the user pool.
/// - If the request names no provider, and the app client supports only one identity provider and
///   not the user pool, the user signs in at that provider.
/// - Otherwise the user signs in on the sign-in page of the user pool.
///
/// Fails if the request names an identity provider that does not exist or that the app client does
/// not support. Also fails if the app client supports neither the user pool nor an identity
/// provider.
pub(super) fn choice(
    http_request: &HostedRequest<'_>,
    request: &Authorization,
) -> Result<Choice, Failure> {
    let query = &http_request.query;
    let settings = &request.service.settings;
    let named = match (query.get("identity_provider"), query.get("idp_identifier")) {
        (Some(name), _) => Some(name),
        (None, None) => None,
        (None, Some(identifier)) => {
            let mut providers = settings.identity_providers.iter();
            let found = providers.find(|(_, provider)| provider.has_identifier(identifier));
            let (name, _) = found.ok_or_else(|| {
                Failure::invalid_parameter("No identity provider has this idp_identifier")
            })?;
            Some(name.as_str())
        }
    };
    let client = &request.client;
    if let Some(name) = named {
        if !client.supports(name) {
            return Err(Failure::invalid_parameter(unsupported(name)));
        }
        return Ok(match name {
            COGNITO => Choice::Page,
            name => Choice::Provider(name.to_owned()),
        });
    }
    match (client.supports(COGNITO), offered(request).as_slice()) {
        (false, [only]) => Ok(Choice::Provider((*only).to_owned())),
        (false, []) => Err(Failure::invalid_parameter(
            "The app client supports no identity provider",
        )),
        _ => Ok(Choice::Page),
    }
}

fn unsupported(name: &str) -> String {
    format!("The app client does not support the identity provider {name}")
}

/// Returns the names of the identity providers that the sign-in page offers.
pub(super) fn offered(request: &Authorization) -> Vec<&str> {
    let providers = request.service.settings.identity_providers.iter();
    providers
        .filter(|(name, _)| request.client.supports(name))
        .map(|(name, _)| name.as_str())
        .collect()
}

/// Returns the URL that the sign-in page links to for a provider. The URL starts a sign-in through
/// this provider.
pub(super) fn link(http_request: &HostedRequest<'_>, name: &str) -> String {
    let others = http_request.query.named("");
    let others =
        others.filter(|(name, _)| !matches!(*name, "identity_provider" | "idp_identifier"));
    let pairs: Vec<_> = others.chain([("identity_provider", name)]).collect();
    address("/oauth2/authorize", '?', &pairs)
}

/// Redirects the browser to an identity provider for a sign-in. Rejects the request if a page of
/// another site embeds it, for example in a frame.
pub(super) fn begin(
    http_request: &HostedRequest<'_>,
    request: &Authorization,
    provider: &str,
) -> Page {
    // Security: a page of any site could sign the browser in without the user's knowledge.
    if let Some(page) = embedded(http_request) {
        return page;
    }
    // A browser keeps its cookie, so several sign-ins can be open.
    let browser = match http_request.cookie(STATE) {
        Some(word) if (16..=64).contains(&word.len()) => word.to_owned(),
        _ => request.service.random.uuid(),
    };
    let fields = fields(request);
    let call = http_request.call(&request.service, &fields, PATH);
    let start = Start {
        provider,
        query: http_request.raw_query,
        base: http_request.base(),
        browser: &browser,
        login_hint: http_request.query.get("login_hint"),
        levels: &request.levels,
    };
    match federation::begin(&call, &start) {
        Ok(url) => {
            let mut page = redirect(&url);
            add_cookie(
                http_request,
                &mut page,
                &format!("{STATE}={browser}; Max-Age=300"),
            );
            page
        }
        Err(failure) => request.failed("invalid_request", failure.message()),
    }
}

/// Handles the response of a provider: `GET /oauth2/idpresponse`, or `POST` from Apple.
///
/// If a page of another site sends a form, the browser omits cookies with `SameSite=Lax`. Therefore
/// a `POST` request is redirected to the same path with the method `GET`, for which the browser
/// sends the cookie.
pub(super) fn answer(http_request: &HostedRequest<'_>) -> Page {
    if http_request.is_post {
        let Some(form) = &http_request.form else {
            return invalid_state();
        };
        let pairs: Vec<_> = form.named("").filter(is_forwarded).collect();
        let mut page = redirect(&address(PATH, '?', &pairs));
        *page.status_mut() = StatusCode::SEE_OTHER;
        return page;
    }
    let state = http_request.query.get("state");
    let found = http_request
        .pools
        .of_federation(state.unwrap_or_default(), http_request.now);
    match found {
        Some((service, federation)) if is_own(http_request, &federation) => {
            complete(http_request, &service, &federation)
        }
        _ => invalid_state(),
    }
}

/// Returns `true` if this browser has begun the sign-in `federation`.
///
/// Security: without this check, an attacker could make a browser complete the attacker's sign-in
/// (login CSRF).
pub(super) fn is_own(http_request: &HostedRequest<'_>, federation: &Federation) -> bool {
    let cookie = http_request.cookie(STATE).unwrap_or_default().as_bytes();
    verify_slices_are_equal(federation.browser.as_bytes(), cookie).is_ok()
}

/// Returns `true` if this form parameter of a provider's `POST` request is copied to the query when
/// the request is redirected to a `GET` request.
fn is_forwarded((name, _): &(&str, &str)) -> bool {
    ["code", "error", "error_description", "iss", "state", "user"].contains(name)
}

/// Returns an error page if a page of another site embeds this request, for example in a frame.
/// Otherwise returns `None`.
fn embedded(http_request: &HostedRequest<'_>) -> Option<Page> {
    let message = "This sign-in cannot be embedded in a page of another site.";
    is_embedded(http_request.headers).then(|| html::error(StatusCode::FORBIDDEN, message))
}

/// Returns the error page for an identity provider's response that belongs to no sign-in of this
/// browser.
fn invalid_state() -> Page {
    html::error(
        StatusCode::BAD_REQUEST,
        "Invalid state/RelayState provided.",
    )
}

/// Returns the app client's authorization request that started a sign-in through an identity
/// provider. Returns an error page as `Err` if the request is no longer valid, because the client
/// or its settings have changed since then.
pub(super) fn first_request(
    http_request: &HostedRequest<'_>,
    service: &Service,
    federation: &Federation,
) -> Result<Authorization, Box<Page>> {
    let request = Authorization::read(&http_request.with_query(&federation.query))?;
    // Security: the client can belong to another pool now. The sign-in is not valid there.
    if request.service.settings.pool_id != service.settings.pool_id {
        return Err(Box::new(invalid_state()));
    }
    let name = federation.provider.as_str();
    if request.client.supports(name) {
        Ok(request)
    } else {
        Err(Box::new(
            request.failed("invalid_request", &unsupported(name)),
        ))
    }
}

/// Completes a sign-in through an identity provider and redirects the browser to the app client.
fn complete(http_request: &HostedRequest<'_>, service: &Service, federation: &Federation) -> Page {
    let (nonce, now) = (&federation.nonce, http_request.now);
    if service.state.lock().hosted.is_completed(nonce, now) {
        return invalid_state();
    }
    let mut request = match first_request(http_request, service, federation) {
        Ok(request) => request,
        Err(page) => return *page,
    };
    let (query, name) = (&http_request.query, federation.provider.as_str());
    // Security: this provider could have sent the browser on to another one. It would then receive
    // the code of the other provider (mix-up attack, RFC 9700 section 4.4).
    if let Some(issuer) = query.get("iss") {
        let provider = request.service.settings.identity_providers.get(name);
        if provider.and_then(|provider| provider.detail("oidc_issuer")) != Some(issuer) {
            let message = format!("Bad response issuer {}", shortened(issuer));
            return request.failed("invalid_request", &message);
        }
    }
    if let Some(error) = query.get("error") {
        let description = query.get("error_description").unwrap_or_default();
        return request.failed(shortened(error), shortened(description));
    }
    let Some(code) = query.get("code") else {
        return request.failed("invalid_request", "The identity provider sent no code");
    };
    let fields = fields(&request);
    let call = http_request.call(&request.service, &fields, PATH);
    let response = Response {
        code,
        user: query.get("user"),
    };
    let done = federation::complete(&call, &request.client, federation, &response);
    match done {
        // Another request with the same `state` was faster.
        Ok(_) if !service.state.lock().hosted.complete(nonce, now) => invalid_state(),
        Ok(signed_in) => {
            request.add_nonce(nonce);
            signed_in_page(http_request, &request, signed_in)
        }
        Err(failure) => request.failed("invalid_request", failure.message()),
    }
}

pub(super) fn fields(request: &Authorization) -> Map<String, Value> {
    Map::from_iter([("ClientId".to_owned(), json!(request.client.id))])
}

/// Returns the start of a string that an identity provider has sent: at most [`LONGEST_ERROR`]
/// bytes.
pub(super) fn shortened(text: &str) -> &str {
    let end = text.floor_char_boundary(LONGEST_ERROR);
    &text[..end]
}
