//! The command `cognito client list`: lists the app clients of a pool.

use clap::Args;
use cognito::{ErrorKind, Operation};
use serde::Serialize;
use serde_json::{Value, json};

use super::MASK;
use crate::context::Context;
use crate::failure::{Exit, Outcome};
use crate::output::{self, Row};
use crate::pool_settings::read::{client_ids, try_send};

/// List the app clients of a pool, with their sign-in flows.
///
/// The command sends a request for each app client. Secrets are masked, unless --reveal is set.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  cognito client list --output csv")]
pub(crate) struct List {}

/// An app client.
#[derive(Serialize)]
struct ClientRow {
    id: String,
    name: String,
    /// The secret, masked unless `--reveal` is set. `None` if the app client has no secret.
    secret: Option<String>,
    flows: Vec<String>,
}

impl Row for ClientRow {
    const COLUMNS: &'static [&'static str] = &["id", "name", "secret", "flows"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.id.clone(),
            self.name.clone(),
            self.secret.clone().unwrap_or_default(),
            self.flows.join(" "),
        ]
    }
}

impl ClientRow {
    fn new(client: &Value, reveal: bool) -> Self {
        let text = |name: &str| client[name].as_str().map(str::to_owned);
        let secret = text("ClientSecret");
        let in_manager = text("ClientSecretArn");
        let lists = ["ExplicitAuthFlows", "AllowedOAuthFlows"];
        let flows = lists.iter().filter_map(|name| client[*name].as_array());
        let flows = flows.flatten().filter_map(Value::as_str);
        let mut flows: Vec<String> = flows.map(str::to_owned).collect();
        flows.sort();
        Self {
            id: text("ClientId").unwrap_or_default(),
            name: text("ClientName").unwrap_or_default(),
            secret: in_manager.or_else(|| match secret {
                Some(_) if !reveal => Some(MASK.to_owned()),
                secret => secret,
            }),
            flows,
        }
    }
}

impl List {
    #[allow(clippy::unused_self, reason = "all commands have the same signature")]
    pub(crate) async fn run(self, context: &Context) -> Outcome {
        let mut rows = Vec::new();
        for id in client_ids(context).await? {
            let members = json!({ "ClientId": id });
            match try_send(context, Operation::DescribeUserPoolClient, members).await? {
                Ok(response) => {
                    let client = &response["UserPoolClient"];
                    rows.push(ClientRow::new(client, context.global.reveal));
                }
                // The app client was deleted after the list was read.
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error.into()),
            }
        }
        output::rows(context.global.output, &rows)?;
        Ok(Exit::Done)
    }
}
