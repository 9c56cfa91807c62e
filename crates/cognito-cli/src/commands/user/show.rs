//! The command `cognito user show`: shows one user.

use clap::Args;
use cognito::Operation;

use crate::context::Context;
use crate::failure::{Exit, Outcome};
use crate::output;
use crate::user_record::{UserRecord, group_names};

/// Show the status, times, attributes and groups of a user.
///
/// Personal data is masked, unless --reveal is set.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  cognito user show ann@example.com --output json --reveal")]
pub(crate) struct Show {
    /// The user name, the sub, or an alias such as the e-mail address.
    user: String,
}

impl Show {
    pub(crate) async fn run(self, context: &Context) -> Outcome {
        let user = context.cognito().await?.admin().user(self.user);
        let details = context.send(Operation::AdminGetUser, user.details());
        let mut record = UserRecord::new(&details.await?);
        let mut groups = Vec::new();
        let listed = context.send_pages(Operation::AdminListGroupsForUser, user.groups(), |page| {
            groups.extend(group_names(&page));
            Some(user.groups().page_token(page.next_token?))
        });
        listed.await?;
        groups.sort();
        record.groups = Some(groups);
        if !context.global.reveal {
            record = record.masked();
        }
        output::record(context.global.output, &record, &record.fields())?;
        Ok(Exit::Done)
    }
}
