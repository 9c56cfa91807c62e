//! Reads the groups of the exported users.

use std::collections::HashMap;
use std::io::BufRead;
use std::sync::Arc;

use cognito::Operation;
use serde::{Deserialize, Serialize};

use super::parts::Parts;
use crate::context::Context;
use crate::failure::Outcome;

/// The groups of each user, by user name.
pub(super) type Memberships = HashMap<String, Vec<Arc<str>>>;

#[derive(Deserialize, Serialize)]
struct Member {
    username: String,
    group: String,
}

/// Reads the members of all groups of the pool, and returns the groups of each user. This needs one
/// request for each 60 members, instead of one request for each user.
pub(super) async fn read(context: &Context, parts: &Parts<'_>) -> Outcome<Memberships> {
    let mut part = parts.part("groups")?;
    if !part.at.is_complete {
        part.restart()?;
        for group in names(context).await? {
            let admin = context.cognito().await?.admin().group(&*group);
            let mut list = admin.users();
            loop {
                let page = context.send(Operation::ListUsersInGroup, list).await?;
                for user in &page.users {
                    let username = user.username.as_str().to_owned();
                    let group = group.clone();
                    part.add(&Member { username, group })?;
                }
                match page.next_token {
                    Some(token) => list = admin.users().page_token(token),
                    None => break,
                }
            }
        }
        part.advance(None)?;
    }
    let mut groups = HashMap::new();
    let mut members = Memberships::new();
    for line in parts.reader("groups")?.lines() {
        let Member { username, group } = serde_json::from_str(&line?)?;
        let group = groups
            .entry(group)
            .or_insert_with_key(|name: &String| Arc::from(name.as_str()));
        members.entry(username).or_default().push(Arc::clone(group));
    }
    for groups in members.values_mut() {
        groups.sort();
        groups.dedup();
    }
    Ok(members)
}

/// Returns the names of all groups of the pool.
pub(in crate::commands::users) async fn names(context: &Context) -> Outcome<Vec<String>> {
    let admin = context.cognito().await?.admin();
    let mut names = Vec::new();
    let mut list = admin.groups();
    loop {
        let page = context.send(Operation::ListGroups, list).await?;
        names.extend(
            page.groups
                .iter()
                .map(|group| group.name.as_str().to_owned()),
        );
        match page.next_token {
            Some(token) => list = admin.groups().page_token(token),
            None => return Ok(names),
        }
    }
}
