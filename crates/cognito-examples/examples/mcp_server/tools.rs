//! The tools of the MCP server.

use std::sync::Arc;

use cognito_jwt::AccessClaims;
use http::request::Parts;
use rmcp::ErrorData;
use rmcp::handler::server::tool::Extension;
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use rmcp::{tool, tool_router};

/// Returns the service for the path of the MCP server.
///
/// Security: the server has no sessions, and each request must have a token. A session would belong
/// to the user who began it, and each further request would have to be compared with this user.
/// `rmcp` rejects host names other than loopback hosts, against DNS rebinding. For a public server,
/// set its host with `with_allowed_hosts`.
pub(crate) fn service() -> StreamableHttpService<Tools, NeverSessionManager> {
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true);
    StreamableHttpService::new(|| Ok(Tools), Arc::default(), config)
}

/// The tools. A tool gets the claims that the guard has verified, and takes no identity from its
/// arguments.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tools;

#[tool_router(server_handler)]
impl Tools {
    /// Returns the id of the signed-in user (claim `sub`).
    #[tool(description = "Returns the id of the signed-in user")]
    async fn who_am_i(&self, Extension(parts): Extension<Parts>) -> Result<String, ErrorData> {
        let claims = parts.extensions.get::<Arc<AccessClaims>>();
        let claims = claims.ok_or_else(|| ErrorData::internal_error("no guard", None))?;
        Ok(claims.sub.clone())
    }
}
