//! Reads one list of users for an export. An export reads several lists ([`UserList`]), and stores
//! the rows of each list in a separate part ([`Part`]).

use std::time::SystemTime;

use cognito::ErrorKind;
use cognito::administration::UserDetails;

use super::Export;
use super::parts::Part;
use crate::context::Context;
use crate::failure::{Exit, Failure, Outcome};
use crate::user_list::{self, UserList};
use crate::user_record::UserRecord;

/// The maximum number of times that a list is read again from its first page, in one run of the
/// command.
const MOST_RESTARTS: u32 = 2;

/// Reads the pages of a list of users that were not read yet, and adds their users to `part`. First
/// calls `added` with the number of rows that the part already has. After each page, calls `added`
/// with the number of new rows.
pub(super) async fn export(
    context: &Context,
    list: &UserList,
    part: &mut Part,
    options: &Export,
    added: impl Fn(u64),
) -> Outcome<()> {
    let mut restarts = 0;
    added(part.at.rows);
    while !part.at.is_complete {
        let page = match list.page(context, part.at.token.as_deref()).await? {
            // The token may have expired: it is valid for an hour.
            Err(error)
                if error.kind() == ErrorKind::InvalidParameter && part.at.token.is_some() =>
            {
                let name = &list.name;
                if restarts == MOST_RESTARTS {
                    let error = Failure::from(error).message;
                    return Err(Failure::new(
                        Exit::Failed,
                        format!(
                            "Cognito rejects the page tokens of {name}: {error}; run the command again \
                         with --resume; if it fails again, use another --filter, or none"
                        ),
                    ));
                }
                restarts += 1;
                context.message(&format!("{name} starts again: its page token was rejected"));
                part.restart()?;
                continue;
            }
            page => page?,
        };
        let before = part.at.rows;
        for user in &page.users {
            if is_since(user, options.since) {
                part.add(&row(context, user, options.mfa).await?)?;
            }
        }
        part.advance(page.next_token.map(String::from))?;
        added(part.at.rows - before);
    }
    Ok(())
}

fn is_since(user: &UserDetails, since: Option<SystemTime>) -> bool {
    since.is_none_or(|since| user.modified.is_none_or(|modified| modified >= since))
}

async fn row(context: &Context, user: &UserDetails, mfa: bool) -> Outcome<UserRecord> {
    let mut record = UserRecord::new(user);
    if mfa {
        record.mfa = user_list::mfa_factors(context, user).await?;
    }
    Ok(record)
}
