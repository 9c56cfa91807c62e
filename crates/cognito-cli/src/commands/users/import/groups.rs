//! The groups of the users in the file.

use std::collections::BTreeSet;

use cognito::{ErrorKind, Operation};

use super::finish::is_lost;
use super::row::ImportRow;
use crate::commands::users::export::groups;
use crate::context::Context;
use crate::failure::{Failure, Outcome};

/// Returns the groups in the file that the pool does not have.
pub(super) async fn missing(context: &Context, rows: &[ImportRow]) -> Outcome<BTreeSet<String>> {
    let groups = rows.iter().flat_map(|row| &row.groups);
    let mut missing: BTreeSet<String> = groups.cloned().collect();
    if !missing.is_empty() {
        for name in groups::names(context).await? {
            missing.remove(&name);
        }
    }
    Ok(missing)
}

/// Fails if groups are missing.
pub(super) fn check(missing: &BTreeSet<String>) -> Outcome<()> {
    if missing.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = missing.iter().map(String::as_str).collect();
    let names = names.join(", ");
    Err(Failure::usage(format!(
        "nothing was sent: the pool has no group {names}; create it, or add --create-groups"
    )))
}

/// Creates the missing groups.
pub(super) async fn create(context: &Context, missing: &BTreeSet<String>) -> Outcome<()> {
    for name in missing {
        let group = context.cognito().await?.admin().create_group(name);
        match context.send(Operation::CreateGroup, group).await {
            Ok(_) => {}
            // Another process has created it, or the response to our request was lost.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) if is_lost(&error) => {
                let group = context.cognito().await?.admin().group(name).details();
                context.send(Operation::GetGroup, group).await?;
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
