//! The emulated user pool of the MCP server.

use cognito_emulator::{Emulator, Seed};
use cognito_examples::{ANN, Outcome, PASSWORD};
use serde_json::json;

/// Returns the scope that allows the tools of the MCP server. Cognito writes a scope as the
/// identifier of the resource server, a slash and a name.
pub(crate) fn scope(resource: &str) -> String {
    format!("{resource}/tools")
}

/// Starts an emulated user pool with the user [`ANN`]. MCP clients can register themselves
/// (`DcrConfiguration`). A pool without a domain has no address for registrations and sign-ins.
pub(crate) async fn start(resource: &str) -> Outcome<Emulator> {
    let pool = json!({
        "id": "us-east-1_McpServer",
        "settings": {
            "UsernameAttributes": ["email"],
            "DcrConfiguration": { "OpenDcrEnabled": true, "AllowedScopes": [scope(resource)] },
        },
        "domains": [{ "Domain": "mcp-server" }],
        "resource_servers": [{
            "Identifier": resource,
            "Name": "MCP server",
            "Scopes": [{ "ScopeName": "tools", "ScopeDescription": "use the tools" }],
        }],
        "users": [{
            "username": ANN,
            "password": PASSWORD,
            "attributes": { "email_verified": "true" },
        }],
    });
    let seed = Seed::from_json(&json!({ "pools": [pool] }).to_string())?;
    Ok(Emulator::builder().prepared(seed).start().await?)
}
