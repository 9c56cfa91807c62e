//! The pages of the SAML test provider, at `/_emulator/idp/saml`. It is a SAML identity provider
//! for tests, in which anyone can sign in as any user.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{Response, StatusCode};
use http_body_util::Full;

use super::html::{self, Field};
use super::request::{HostedRequest, unstored};
use super::test_provider::{form, is_response};
use crate::http::page::{Page, with_header};
use crate::model::saml::request::Received;
use crate::operations::federation::saml::PATH as CONSUMER;
use crate::operations::test_provider::{self, SamlSignIn};

/// The user attributes that the sign-in form asks for: the name of each attribute, and the label of
/// its input field.
const ATTRIBUTES: [(&str, &str); 3] = [
    ("email", "E-mail address"),
    ("name", "Name"),
    ("groups", "Groups"),
];

/// The path of the user pool that receives the SAML provider's responses to sign-out requests.
const LOGGED_OUT: &str = "/saml2/logout";

pub(super) fn metadata(http_request: &HostedRequest<'_>) -> Page {
    let base = http_request.base();
    let Some(metadata) = test_provider::saml_metadata(http_request.pools, &base) else {
        return rejected("the metadata could not be created");
    };
    let page = unstored(Response::new(Full::new(Bytes::from(metadata))));
    with_header(page, CONTENT_TYPE, "application/samlmetadata+xml")
}

/// Handles the sign-in page of the SAML test provider. If the request contains no `sub`, returns a
/// form that asks for the `sub` and the attributes of a user. If it contains a `sub`, returns a
/// page that sends a SAML response about this user to the user pool.
///
/// A request with the parameter `SAMLRequest` is a sign-in that the user pool has begun. Without
/// this parameter, the sign-in begins at the test provider (IdP-initiated). In that case, the
/// parameter `acs` is the URL of the user pool that receives the response, and `entity_id` is the
/// entity id of the user pool.
pub(super) fn sign_on(http_request: &HostedRequest<'_>) -> Page {
    let query = &http_request.query;
    let request = query.get("SAMLRequest").map(Received::read);
    let request = match request {
        Some(Some(request)) => Some(request),
        Some(None) => return rejected("the SAMLRequest is malformed"),
        None => None,
    };
    let recipient = match &request {
        Some(request) => request.consumer.as_deref(),
        None => query.get("acs"),
    };
    let recipient = recipient.unwrap_or_default();
    if !is_response(http_request, recipient, CONSUMER) {
        return rejected("the response URL is not /saml2/idpresponse of this emulator");
    }
    let audience = match &request {
        Some(request) => Some(request.issuer.as_str()),
        None => query.get("entity_id"),
    };
    let Some(audience) = audience else {
        return rejected("entity_id is missing");
    };
    let Some(name_id) = query.get("sub") else {
        let asked: Vec<_> = [("sub", "NameID")].into_iter().chain(ATTRIBUTES).collect();
        return form(http_request, "/_emulator/idp/saml", &asked);
    };
    let attributes = ATTRIBUTES.iter();
    let attributes: Vec<_> = attributes
        .filter_map(|(name, _)| Some((*name, query.get(name)?)))
        .collect();
    let sign_in = SamlSignIn {
        request: request.as_ref().map(|request| request.id.as_str()),
        recipient,
        audience,
        name_id,
        attributes: &attributes,
    };
    let base = http_request.base();
    let response = test_provider::saml_response(http_request.pools, &base, &sign_in);
    let Some(response) = response else {
        return rejected("the response could not be signed");
    };
    sending(http_request, recipient, &response)
}

/// Handles a sign-out request of the user pool: returns a page that sends a sign-out response to
/// the pool. The test provider has no sessions, so the response is always the same.
pub(super) fn log_out(http_request: &HostedRequest<'_>) -> Page {
    let request = http_request.query.get("SAMLRequest");
    if request.and_then(Received::read).is_none() {
        return rejected("the SAMLRequest is malformed");
    }
    let to = format!("{}{LOGGED_OUT}", http_request.base());
    let response = "<samlp:LogoutResponse xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\"/>";
    sending(http_request, &to, response)
}

/// Returns a page that sends the SAML response `response` to the URL `to`.
fn sending(http_request: &HostedRequest<'_>, to: &str, response: &str) -> Page {
    let encoded = STANDARD.encode(response);
    let state = http_request.query.get("RelayState");
    let fields = [
        Field::hidden("SAMLResponse", &encoded),
        Field::hidden("RelayState", state.unwrap_or_default()),
    ];
    html::sending("Test identity provider", to, &fields)
}

fn rejected(reason: &str) -> Page {
    html::error(StatusCode::BAD_REQUEST, reason)
}
