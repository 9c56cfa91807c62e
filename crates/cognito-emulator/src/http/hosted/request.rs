//! Requests to hosted pages and OAuth 2.0 endpoints, and the responses that several of them share.

use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::SystemTime;

use http::header::{
    AUTHORIZATION, CACHE_CONTROL, COOKIE, HOST, HeaderMap, HeaderValue, LOCATION, PRAGMA,
    WWW_AUTHENTICATE,
};
use http::{Response, StatusCode};
use http_body_util::Full;
use serde_json::{Map, Value, json};

use crate::http::hosted::parameters::Parameters;
use crate::http::hosted::texts;
use crate::http::hosted::texts::Texts;
use crate::http::origin::is_embedded;
use crate::http::page::{Page, with_header};
use crate::http::wire::document;
use crate::model::client::Client;
use crate::model::failure::Failure;
use crate::operations::metadata_documents;
use crate::operations::metadata_documents::Reader;
use crate::operations::secondary::inactive;
use crate::outgoing::{NESTED, NoResponse, may_send};
use crate::state::call::Call;
use crate::state::pools::{Pools, unknown};
use crate::state::service::Service;

/// The name of the parameter that selects the language of the pages. The cookie that stores the
/// language has the same name.
pub(super) const LANGUAGE: &str = "lang";

pub(super) struct HostedRequest<'a> {
    pub(super) pools: &'a Pools,
    pub(super) is_post: bool,
    /// `true` if the request was sent over TLS.
    pub(super) is_encrypted: bool,
    pub(super) query: Parameters,
    pub(super) raw_query: &'a str,
    pub(super) body: &'a [u8],
    /// The parameters in the body. `None` if the content type is not
    /// `application/x-www-form-urlencoded`.
    pub(super) form: Option<Parameters>,
    pub(super) headers: &'a HeaderMap,
    /// The region in the host name of the requested URL. `None` if the host name has no region.
    pub(super) region: Option<&'a str>,
    pub(super) now: SystemTime,
    /// The IP address of the client that sent the request.
    pub(super) peer: IpAddr,
    /// `true` if the request may wait for triggers, identity providers and metadata documents.
    pub(super) may_wait: bool,
}

impl HostedRequest<'_> {
    /// Returns the request with another query, as a `GET` request.
    pub(super) fn with_query<'q>(&self, query: &'q str) -> HostedRequest<'q>
    where
        Self: 'q,
    {
        HostedRequest {
            query: Parameters::read(query),
            raw_query: query,
            body: &[],
            form: None,
            is_post: false,
            ..*self
        }
    }

    pub(super) fn cookie(&self, name: &str) -> Option<&str> {
        self.headers
            .get_all(COOKIE)
            .iter()
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.split(';'))
            .find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
    }

    /// Returns the URL of the emulator with the scheme and the host name of the request. The
    /// browser sends its cookies only to this host.
    pub(super) fn base(&self) -> String {
        let host = self.headers.get(HOST).and_then(|host| host.to_str().ok());
        let endpoint = self.pools.endpoint();
        let scheme = if self.is_encrypted { "https" } else { "http" };
        host.map_or_else(|| endpoint.to_owned(), |host| format!("{scheme}://{host}"))
    }

    /// Returns the strings in the language that the query or the cookie of the browser selects.
    pub(super) fn texts(&self) -> &'static Texts {
        texts::find(&[self.query.get(LANGUAGE), self.cookie(LANGUAGE)])
    }

    /// Returns the pool itself, or the pool's replica in the region of the request; see
    /// [`Service::in_region`]. Fails if the pool has replicas, but none in this region, or if the
    /// replica is not active.
    pub(super) fn in_region(&self, pool: &Arc<Service>) -> Result<Arc<Service>, Failure> {
        let unknown = || unknown(&pool.settings.pool_id);
        let found = pool.in_region(self.region).ok_or_else(unknown)?;
        match found.settings.replica() {
            Some(replica) if !replica.is_active => Err(inactive()),
            _ => Ok(found),
        }
    }

    /// Returns `true` if the request was sent by an emulator ([`NESTED`]). An emulator that handles
    /// such a request sends no request to another server.
    fn is_nested(&self) -> bool {
        self.headers.contains_key(NESTED)
    }

    /// Returns the client whose id is the URL of a client id metadata document, and its pool.
    ///
    /// Security: if a page of another site embeds the response, the emulator does not request the
    /// document from its URL. Otherwise any web page could make the emulator send requests.
    pub(super) fn document_client(
        &self,
        url: &str,
    ) -> Result<(Arc<Service>, Arc<Client>), Failure> {
        let may_send = if is_embedded(self.headers) {
            Err(NoResponse::Embedded)
        } else {
            may_send(self.is_nested(), self.may_wait)
        };
        let reader = Reader {
            address: self.peer,
            may_send,
        };
        let (service, client) = metadata_documents::client(self.pools, url, reader)?;
        Ok((self.in_region(&service)?, client))
    }

    pub(super) fn authorization(&self) -> Option<&str> {
        self.headers.get(AUTHORIZATION)?.to_str().ok()
    }

    /// Returns the bearer token in the header `Authorization`. Returns `None` if the header is
    /// missing or has no bearer token.
    pub(super) fn bearer(&self) -> Option<&str> {
        let (scheme, token) = self.authorization()?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    }

    /// Creates the call of an operation in the pool `service`. `operation` is the name of the
    /// operation, or the path of the endpoint.
    pub(super) fn call<'c>(
        &'c self,
        service: &'c Service,
        fields: &'c Map<String, Value>,
        operation: &'static str,
    ) -> Call<'c> {
        Call {
            now: self.now,
            is_hosted: true,
            may_wait: self.may_wait,
            is_nested: self.is_nested(),
            peer: self.peer,
            ..Call::new(self.pools, service, fields, operation)
        }
    }
}

/// An error of OAuth 2.0 (RFC 6749 section 5.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OAuthError {
    pub(super) code: &'static str,
    pub(super) description: Cow<'static, str>,
}

/// The error for a request with several resources. "You can request one resource per authentication
/// request" (AWS developer guide, "Resource binding"). AWS does not document the error of Cognito.
pub(super) const SEVERAL_RESOURCES: OAuthError =
    OAuthError::new("invalid_target", "Only one resource can be requested");

impl OAuthError {
    pub(super) const fn new(code: &'static str, description: &'static str) -> Self {
        let description = Cow::Borrowed(description);
        Self { code, description }
    }

    /// Returns an error whose description depends on the request.
    pub(super) const fn described(code: &'static str, description: String) -> Self {
        let description = Cow::Owned(description);
        Self { code, description }
    }

    pub(super) fn page(&self, status: StatusCode) -> Page {
        let mut body = json!({ "error": self.code });
        if !self.description.is_empty() {
            body["error_description"] = json!(self.description);
        }
        unstored(document(status, &body))
    }

    /// Returns a JSON error. The error is also in the header `WWW-Authenticate` (RFC 6750 section
    /// 3).
    pub(super) fn challenge(&self, status: StatusCode) -> Page {
        let mut page = self.page(status);
        let Self { code, description } = self;
        let challenge = format!("Bearer error=\"{code}\", error_description=\"{description}\"");
        if let Ok(challenge) = HeaderValue::from_str(&challenge) {
            page.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        }
        page
    }
}

/// Adds headers that forbid caching of a response that can contain tokens (RFC 6749 section 5.1).
pub(super) fn unstored(page: Page) -> Page {
    let page = with_header(page, CACHE_CONTROL, "no-store");
    with_header(page, PRAGMA, "no-cache")
}

pub(super) fn redirect(to: &str) -> Page {
    let mut page = unstored(Response::new(Full::default()));
    *page.status_mut() = StatusCode::FOUND;
    // Strings that are invalid in a header were rejected at registration or escaped here.
    if let Ok(to) = HeaderValue::from_str(to) {
        page.headers_mut().insert(LOCATION, to);
    }
    page
}
