//! The command `cognito client show`: shows the settings of one app client.

use clap::Args;
use cognito::Operation;
use serde_json::{Value, json};

use super::MASK;
use super::rotate::secrets::SecretList;
use crate::context::Context;
use crate::failure::{Exit, Outcome};
use crate::output;
use crate::pool_settings::read::send;

/// Show the settings of an app client, and the ids of its secrets.
///
/// The secret is masked, unless --reveal is set. AWS returns only one secret, even if there are
/// two.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  cognito client show 1example23456789 --output json")]
pub(crate) struct Show {
    /// The id of the app client.
    id: String,
}

impl Show {
    pub(crate) async fn run(self, context: &Context) -> Outcome {
        let members = json!({ "ClientId": self.id });
        let mut response = send(context, Operation::DescribeUserPoolClient, members).await?;
        let mut client = response["UserPoolClient"].take();
        let has_secret = client["ClientSecret"].is_string();
        if has_secret {
            let list = SecretList::read(context, &self.id).await?;
            client["ClientSecretIds"] = json!(list.ids());
            if !context.global.reveal {
                client["ClientSecret"] = json!(MASK);
            }
        }
        client.sort_all_objects();
        let members = client.as_object().into_iter().flatten();
        let fields: Vec<_> = members
            .map(|(name, value)| (name.clone(), text(value)))
            .collect();
        output::record(context.global.output, &client, &fields)?;
        Ok(Exit::Done)
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(list) if list.iter().all(Value::is_string) => {
            let list: Vec<_> = list.iter().filter_map(Value::as_str).collect();
            list.join(" ")
        }
        other => other.to_string(),
    }
}
