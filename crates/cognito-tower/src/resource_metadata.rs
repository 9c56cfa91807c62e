//! The metadata of a protected resource (RFC 9728).

use cognito_core::plain_http::is_loopback_host;
use cognito_core::{InvalidInput, Scope};
use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Response, Uri};
use serde::Serialize;

/// The path that RFC 9728 section 3 inserts between the host and the path of the resource.
const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";
/// The maximum length of a URL in the metadata, in bytes.
const MOST: usize = 1024;
/// The rule for the URLs of resources and authorization servers.
const IDENTIFIER: &str = "must be https with a host (http on loopback hosts only), without user \
                          name, query, fragment and parts of the path that begin with : or *; at \
                          most 1024 characters";

/// The metadata of a protected resource, such as an API or an MCP server (RFC 9728). A client that
/// knows only the URL of the resource reads it to find the authorization server and the scopes.
///
/// The metadata is served without a guard at [`path`](Self::path), for example by
/// `ResourceMetadataRoute` of `cognito-axum` or with [`response`](Self::response). The guard names
/// its [`url`](Self::url) in challenges; see [`Guard::resource_metadata`](crate::Guard::resource_metadata).
///
/// ```
/// # fn main() -> Result<(), cognito_core::InvalidInput> {
/// use cognito_tower::ResourceMetadata;
///
/// let metadata = ResourceMetadata::new(
///     "https://api.example.com/mcp",
///     "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_aBcDeFgHi",
/// )?
/// .scopes(["https://api.example.com/mcp/tools"])?;
/// assert_eq!(
///     metadata.url(),
///     "https://api.example.com/.well-known/oauth-protected-resource/mcp"
/// );
/// # Ok(()) }
/// ```
///
/// # Security
///
/// Anyone can read the metadata. All values are configured. None is taken from a request: the
/// header `Host` is chosen by the caller, and could name another server as the resource.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a setter returns the changed value"]
pub struct ResourceMetadata {
    resource: String,
    /// The length of the scheme and the host in `resource`.
    origin: usize,
    authorization_servers: Vec<String>,
    scopes: Vec<Scope>,
    name: Option<String>,
    documentation: Option<String>,
}

impl ResourceMetadata {
    /// Creates the metadata of the resource with this URL. `authorization_server` is the issuer of
    /// the tokens: for a user pool, `https://cognito-idp.<region>.amazonaws.com/<user pool id>`.
    ///
    /// Clients send the URL of the resource to the authorization server (RFC 8707), and Cognito
    /// writes it into `aud` of the access token. So pass the same string to `expected_audience` of
    /// the verifier in `cognito-jwt`.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] if a URL is not `https` with a host, or has a user name, a query or a
    /// fragment, or if a part of its path begins with `:` or `*`, which routers reject. Plain `http`
    /// is accepted only on loopback hosts. The maximum length is 1024 characters.
    pub fn new(
        resource: impl Into<String>,
        authorization_server: impl Into<String>,
    ) -> Result<Self, InvalidInput> {
        let resource = resource.into();
        let origin = origin(&resource).filter(|_| is_identifier(&resource));
        let metadata = Self {
            origin: origin.ok_or_else(|| InvalidInput::new("resource", IDENTIFIER))?,
            resource,
            authorization_servers: Vec::new(),
            scopes: Vec::new(),
            name: None,
            documentation: None,
        };
        metadata.authorization_server(authorization_server)
    }

    /// Adds an authorization server, for a resource that accepts tokens of several user pools.
    ///
    /// # Errors
    ///
    /// The errors of [`new`](Self::new) for the URL of an authorization server.
    pub fn authorization_server(mut self, issuer: impl Into<String>) -> Result<Self, InvalidInput> {
        let issuer = issuer.into();
        if !is_identifier(&issuer) {
            return Err(InvalidInput::new("authorization server", IDENTIFIER));
        }
        self.authorization_servers.push(issuer);
        Ok(self)
    }

    /// Sets the scopes that a client can request for this resource (`scopes_supported`). A client
    /// that does not know which scopes it needs requests all of them. Default: none.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] if a scope has characters that are not allowed (RFC 6749 section 3.3).
    pub fn scopes(
        mut self,
        scopes: impl IntoIterator<Item: Into<String>>,
    ) -> Result<Self, InvalidInput> {
        let scopes = scopes.into_iter().map(|scope| Scope::new(scope.into()));
        self.scopes = scopes.collect::<Result<_, _>>()?;
        Ok(self)
    }

    /// Sets the name of the resource, which a client can show to the user (`resource_name`).
    /// Default: none.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Sets the URL of the documentation for developers (`resource_documentation`). Default: none.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] if the URL is not `https` with a host, or has a user name. Plain `http` is
    /// accepted only on loopback hosts. The maximum length is 1024 characters.
    pub fn documentation(mut self, url: impl Into<String>) -> Result<Self, InvalidInput> {
        const RULE: &str = "must be https with a host (http on loopback hosts only), without user \
                            name; at most 1024 characters";
        let url = url.into();
        origin(&url).ok_or_else(|| InvalidInput::new("documentation", RULE))?;
        self.documentation = Some(url);
        Ok(self)
    }

    /// Returns the URL of the resource, as it was configured.
    pub fn resource(&self) -> &str {
        &self.resource
    }

    /// Returns the path of the metadata, at the host of the resource. It is the well-known path
    /// followed by the path of the resource (RFC 9728 section 3.1).
    pub fn path(&self) -> String {
        let path = &self.resource[self.origin..];
        let path = if path == "/" { "" } else { path };
        format!("{WELL_KNOWN}{path}")
    }

    /// Returns the URL of the metadata.
    pub fn url(&self) -> String {
        format!("{}{}", &self.resource[..self.origin], self.path())
    }

    /// Returns the metadata as JSON. `bearer_methods_supported` is always `["header"]`: RFC 9728
    /// has no name for cookies.
    pub fn to_json(&self) -> String {
        let document = Document {
            resource: &self.resource,
            authorization_servers: &self.authorization_servers,
            bearer_methods_supported: ["header"],
            scopes_supported: self.scopes.iter().map(Scope::as_str).collect(),
            resource_name: self.name.as_deref(),
            resource_documentation: self.documentation.as_deref(),
        };
        // Serializing strings cannot fail.
        serde_json::to_string(&document).unwrap_or_default()
    }

    /// Returns the response to a `GET` request for the metadata. Caches can store it for five
    /// minutes. Web pages of all origins can read it, for clients that run in a browser.
    pub fn response<B: From<String>>(&self) -> Response<B> {
        let mut response = Response::new(B::from(self.to_json()));
        let headers = response.headers_mut();
        for (name, value) in [
            (ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
            (CACHE_CONTROL, "public, max-age=300"),
            (CONTENT_TYPE, "application/json"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        response
    }
}

#[derive(Serialize)]
struct Document<'a> {
    resource: &'a str,
    authorization_servers: &'a [String],
    bearer_methods_supported: [&'static str; 1],
    // "Metadata parameters with zero values MUST be omitted" (RFC 9728 section 3.2).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    scopes_supported: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_documentation: Option<&'a str>,
}

/// Returns `true` for the identifier of a resource or an authorization server: a valid URL without
/// a query and a fragment, whose path is the path of a route in axum.
fn is_identifier(url: &str) -> bool {
    let has_pattern = ["/:", "/*"].iter().any(|part| url.contains(part));
    origin(url).is_some() && !url.contains(['?', '#']) && !has_pattern
}

/// Returns the length of the scheme and the host of a URL. Returns `None` if the URL is neither
/// `https` nor `http` on a loopback host, has a user name, or has characters that RFC 3986 does not
/// allow.
fn origin(url: &str) -> Option<usize> {
    // Curly brackets, the patterns of routers, are not allowed.
    let is_allowed = |b: u8| b.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&b);
    if url.len() > MOST || !url.bytes().all(is_allowed) {
        return None;
    }
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let parsed: Uri = url.parse().ok()?;
    let host = parsed.host().filter(|host| !host.is_empty())?;
    let port = parsed.port_u16();
    let expected = port.map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    let is_secure = match scheme {
        "https" => true,
        "http" => is_loopback_host(host),
        _ => false,
    };
    // A user name or an invalid port is a difference.
    (is_secure && authority == expected).then_some(scheme.len() + "://".len() + authority.len())
}
