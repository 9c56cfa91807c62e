//! The pages of the identity provider for tests, at `/_emulator/idp`.

use http::uri::Authority;
use http::{StatusCode, Uri};
use maud::html;
use serde_json::{Map, Value, json};

use super::html;
use super::html::{Field, PLAIN, shown, whole};
use super::parameters::address;
use super::request::{HostedRequest, redirect, unstored};
use crate::http::origin::is_local;
use crate::http::page::Page;
use crate::http::wire::document;
use crate::operations::federation::PATH as RESPONSE;
use crate::operations::test_provider;
use crate::state::test_provider::TestCode;

/// The fields of the form that the identity provider for tests shows. Each has the name of a claim
/// and the label of the field.
const CLAIMS: [(&str, &str); 5] = [
    ("sub", "Subject"),
    ("email", "E-mail address"),
    ("email_verified", "E-mail address verified (true or false)"),
    ("name", "Name"),
    ("acr", "Authentication level (acr)"),
];

pub(super) fn discovery(http_request: &HostedRequest<'_>) -> Page {
    let discovery = test_provider::discovery(&http_request.base());
    unstored(document(StatusCode::OK, &discovery))
}

pub(super) fn keys(http_request: &HostedRequest<'_>) -> Page {
    let keys = test_provider::keys(http_request.pools);
    unstored(document(StatusCode::OK, &keys))
}

/// Shows the form for the user's claims if the request does not contain the `sub` of a user. If it
/// does, redirects the browser back to the pool with an authorization code.
///
/// The form has the method `GET`. The page has the referrer policy `no-referrer`. A browser would
/// therefore send `Origin: null` with a `POST` form, and the emulator would reject the form.
pub(super) fn authorize(http_request: &HostedRequest<'_>) -> Page {
    let query = &http_request.query;
    let rejected = |message| html::error(StatusCode::BAD_REQUEST, message);
    let redirect_uri = query.get("redirect_uri").unwrap_or_default();
    if !is_response(http_request, redirect_uri, RESPONSE) {
        return rejected(
            "invalid_request: the redirect URI is not /oauth2/idpresponse of this emulator",
        );
    }
    let Some(client_id) = query.get("client_id") else {
        return rejected("invalid_request: client_id is missing");
    };
    if query.get("sub").is_none() {
        return form(http_request, "/_emulator/idp/authorize", &CLAIMS);
    }
    let given = CLAIMS
        .iter()
        .filter_map(|(name, _)| Some((*name, query.get(name)?)));
    let claims = given.map(|(name, value)| {
        let value = match value {
            "true" | "false" if name == "email_verified" => json!(value == "true"),
            value => json!(value),
        };
        (name.to_owned(), value)
    });
    let code = TestCode {
        client_id: client_id.to_owned(),
        redirect_uri: redirect_uri.to_owned(),
        nonce: query.get("nonce").map(ToOwned::to_owned),
        claims: claims.collect(),
    };
    let code = test_provider::sign_in(http_request.pools, code);
    let mut pairs = vec![("code", code.as_str())];
    pairs.extend(query.get("state").map(|state| ("state", state)));
    redirect(&address(redirect_uri, '?', &pairs))
}

/// Returns `true` if a URL has this path and the host of the request or a loopback host.
///
/// Security: with other URLs, the page could redirect a browser to any site.
pub(super) fn is_response(http_request: &HostedRequest<'_>, url: &str, path: &str) -> bool {
    let Ok(url) = url.parse::<Uri>() else {
        return false;
    };
    let own = http_request.base();
    let own = own.parse::<Uri>().ok();
    let own = own.as_ref().and_then(Uri::authority);
    let is_own = |host: &Authority| is_local(host) || Some(host) == own;
    let is_http = matches!(url.scheme_str(), Some("http" | "https"));
    is_http && url.path() == path && url.authority().is_some_and(is_own)
}

/// Returns the page with a form for the claims about a user. `asked` has the name of each claim and
/// the label of its field. The first claim is required and has the default `login_hint`. The claim
/// `acr` has the first requested level as its default.
///
/// The content security policy has no `form-action`: browsers apply it to redirects too, and the
/// last redirect goes to the app client, whose URL is not known here.
pub(super) fn form(http_request: &HostedRequest<'_>, action: &str, asked: &[(&str, &str)]) -> Page {
    let query = &http_request.query;
    let acr = query.get("acr_values").unwrap_or_default();
    let acr = acr.split_whitespace().next().unwrap_or_default();
    let hint = query.get("login_hint").unwrap_or_default();
    let body = html! {
        p { "This identity provider is for tests. Anyone can sign in as any user." }
        form method="get" action=(action) {
            @for (name, value) in query.named("") { (shown(&Field::hidden(name, value))) }
            @for (place, (name, label)) in asked.iter().enumerate() {
                @let value = match *name { "acr" => acr, _ if place == 0 => hint, _ => "" };
                p {
                    label for=(name) { (label) } " "
                    input id=(name) name=(name) type="text" value=(value) autocomplete="off"
                        required[place == 0];
                }
            }
            p { button type="submit" { "Sign in" } }
        }
    };
    let policy = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'";
    whole(
        StatusCode::OK,
        "Test identity provider",
        &body,
        policy,
        &PLAIN,
    )
}

pub(super) fn token(http_request: &HostedRequest<'_>) -> Page {
    let Some(form) = &http_request.form else {
        return rejected("invalid_request");
    };
    let base = http_request.base();
    match test_provider::tokens(http_request.pools, &base, |name| form.get(name)) {
        Ok(tokens) => unstored(document(StatusCode::OK, &tokens)),
        Err(code) => rejected(code),
    }
}

pub(super) fn user_info(http_request: &HostedRequest<'_>) -> Page {
    let authorization = http_request.authorization().unwrap_or_default();
    let claims: Option<Map<String, Value>> =
        test_provider::user_info(http_request.pools, authorization);
    match claims {
        Some(claims) => unstored(document(StatusCode::OK, &Value::Object(claims))),
        None => rejected("invalid_token"),
    }
}

fn rejected(code: &str) -> Page {
    unstored(document(StatusCode::BAD_REQUEST, &json!({ "error": code })))
}
