//! The AWS account of the credentials, and the time by AWS's clock.

use aws_credential_types::provider::ProvideCredentials;
use cognito::{ErrorKind, Operation};
use serde_json::{Value, json};

use crate::context::Context;
use crate::document::{self, text};
use crate::failure::{Exit, Failure, Outcome};

/// The AWS account and the time of a request.
pub(super) struct Origin {
    /// The id of the account. `None` if it is unknown.
    pub(super) account: Option<String>,
    /// The time of AWS's response, in seconds since 1970.
    pub(super) time: u64,
}

impl Origin {
    /// Reads the time from a response of AWS. Reads the account from the ARN of a user pool, or from
    /// the credentials if the region has no pool.
    pub(super) async fn read(context: &Context, region: &str) -> Outcome<Self> {
        let operation = Operation::ListUserPools;
        let members = json!({ "MaxResults": 1 });
        let response = document::send_document(context, operation, members).await??;
        let time = response.replied_at().unix_seconds();
        let time = time.ok_or_else(|| {
            let text = "the response of AWS has no time (Date): check the endpoint";
            Failure::new(Exit::Failed, text)
        })?;
        let pool = text(&response.as_json()["UserPools"][0], "Id");
        let account = match pool {
            Some(pool) => of_pool(context, &pool).await?,
            None => None,
        };
        let account = match account {
            Some(account) => Some(account),
            None => of_credentials(context, region).await,
        };
        Ok(Self { account, time })
    }
}

/// Returns the account of a user pool. Returns `None` if the role may not read the pool, or if the
/// pool was deleted.
async fn of_pool(context: &Context, pool: &str) -> Outcome<Option<String>> {
    let of_pool = context.with_pool(pool);
    let response = document::send(&of_pool, Operation::DescribeUserPool, json!({})).await?;
    match response {
        Ok(response) => Ok(account(&response["UserPool"])),
        Err(error) => match error.kind() {
            ErrorKind::Configuration | ErrorKind::NotFound => Ok(None),
            _ => Err(error.into()),
        },
    }
}

/// Returns the account in the credentials. Not all kinds of credentials contain it.
async fn of_credentials(context: &Context, region: &str) -> Option<String> {
    let config = context.aws(Some(region.to_owned())).await;
    let credentials = config.credentials_provider()?;
    let credentials = credentials.provide_credentials().await.ok()?;
    Some(credentials.account_id()?.as_str().to_owned())
}

/// Returns the account in the ARN of a user pool.
pub(super) fn account(pool: &Value) -> Option<String> {
    let account = pool["Arn"].as_str()?.split(':').nth(4)?;
    Some(account.to_owned()).filter(|account| !account.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn account_is_part_of_arn() {
        let arn = "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_Ab1";
        for (arn, expected) in [
            (json!(arn), Some("123456789012")),
            (json!("arn:aws:cognito-idp:eu-west-1::userpool/a"), None),
            (json!("arn"), None),
            (Value::Null, None),
        ] {
            assert_eq!(account(&json!({ "Arn": arn })).as_deref(), expected);
        }
    }
}
