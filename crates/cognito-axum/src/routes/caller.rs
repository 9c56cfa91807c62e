//! The client of a request: its address, and its data for threat protection.

use std::convert::Infallible;
use std::net::IpAddr;

use axum::extract::{FromRequestParts, MatchedPath};
use cognito_core::RequestContext;
use http::header::{ACCEPT, ACCEPT_ENCODING, ACCEPT_LANGUAGE, HOST, USER_AGENT};
use http::request::Parts;
use http::{HeaderMap, HeaderName};

use crate::routes::shared::Routes;

/// An extractor for the client's address, the data for threat protection, and the headers of the
/// request.
pub(super) struct Caller {
    pub(super) address: Option<IpAddr>,
    /// The data for threat protection. Empty if threat protection is disabled.
    pub(super) context: RequestContext,
    pub(super) headers: HeaderMap,
}

/// Adds data about the client to an operation: the data for threat protection, and the client's
/// address. The attempt guard, which limits attempts to guess passwords and codes, counts attempts
/// by address. If the address is unknown, it is omitted.
macro_rules! from_caller {
    ($operation:expr, $caller:expr) => {{
        let operation = $operation.context($caller.context.clone());
        from_address!(operation, $caller.address)
    }};
}

/// Adds the client's address to an operation. The attempt guard, which limits attempts to guess
/// passwords and codes, counts attempts by address. If the address is unknown, adds nothing.
macro_rules! from_address {
    ($operation:expr, $address:expr) => {
        match $address {
            Some(address) => $operation.client_address(address),
            None => $operation,
        }
    };
}

pub(super) use {from_address, from_caller};

impl FromRequestParts<Routes> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, routes: &Routes) -> Result<Self, Infallible> {
        let rules = &routes.rules;
        let address = rules.proxies.find(&parts.extensions, &parts.headers);
        if address.is_none() {
            routes.warn_without_address();
        }
        let context = if rules.threat_protection {
            context(parts, address)
        } else {
            RequestContext::new()
        };
        Ok(Self {
            address,
            context,
            headers: parts.headers.clone(),
        })
    }
}

fn context(parts: &Parts, address: Option<IpAddr>) -> RequestContext {
    let text = |name: &HeaderName| parts.headers.get(name)?.to_str().ok();
    let path = parts.extensions.get::<MatchedPath>();
    let path = path.map_or_else(|| parts.uri.path(), MatchedPath::as_str);
    let host = parts.uri.authority().map(http::uri::Authority::as_str);
    let host = host.or_else(|| text(&HOST)).unwrap_or_default();
    let mut context = RequestContext::new().server(host, path);
    context.ip_address = address;
    context.encoded_data = text(&ENCODED_DATA).map(str::to_owned);
    for name in [USER_AGENT, ACCEPT, ACCEPT_LANGUAGE, ACCEPT_ENCODING] {
        if let Some(value) = text(&name) {
            context = context.http_header(name.as_str(), value);
        }
    }
    context
}

static ENCODED_DATA: HeaderName = HeaderName::from_static("x-amz-cognito-encoded-data");
