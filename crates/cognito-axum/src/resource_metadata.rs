//! The route with the metadata of a protected resource (RFC 9728).

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use cognito_tower::ResourceMetadata;

/// A public route that serves the metadata of a protected resource (RFC 9728), at the path
/// [`ResourceMetadata::path`]. Clients read the metadata before they have a token. So merge the
/// router of this route into the router of the service after the layer with the guard.
///
/// ```
/// use axum::Router;
/// use axum::routing::get;
/// use cognito_axum::{ResourceMetadata, ResourceMetadataRoute};
/// use cognito_tower::RequireToken;
///
/// # fn app(verifier: impl cognito_core::TokenVerifier) -> Result<Router, cognito_core::InvalidInput> {
/// let metadata = ResourceMetadata::new(
///     "https://api.example.com/orders",
///     "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_aBcDeFgHi",
/// )?;
/// let guard = RequireToken::access(verifier).resource_metadata(metadata.url());
/// let app = Router::new()
///     .route("/orders", get(async || "orders"))
///     .layer(guard)
///     .merge(ResourceMetadataRoute::new(metadata).into_router());
/// # Ok(app) }
/// ```
///
/// Web pages of all origins can read the metadata (`Access-Control-Allow-Origin: *`). For clients
/// that run in a browser, the service also needs a CORS layer around its other routes.
#[derive(Clone, Debug)]
pub struct ResourceMetadataRoute {
    metadata: ResourceMetadata,
}

impl ResourceMetadataRoute {
    /// Creates the route for this metadata.
    pub const fn new(metadata: ResourceMetadata) -> Self {
        Self { metadata }
    }

    /// Returns a router with this route. The response does not depend on the request, so a caller
    /// cannot change the resource with the header `Host`.
    pub fn into_router<S>(self) -> Router<S>
    where
        S: Clone + Send + Sync + 'static,
    {
        let Self { metadata } = self;
        let path = metadata.path();
        let handler = get(move || async move { metadata.response::<Body>() });
        Router::new().route(&path, handler)
    }
}
