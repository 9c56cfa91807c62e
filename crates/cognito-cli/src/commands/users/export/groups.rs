//! Reads the groups of the exported users.

use std::collections::HashMap;
use std::io::BufRead;
use std::iter::successors;

use cognito::Operation;
use serde::{Deserialize, Serialize};

use super::names::{Key, Keys};
use super::parts::Parts;
use crate::context::Context;
use crate::failure::{Exit, Failure, Outcome};
use crate::user_record::group_names;

/// The groups of each user. Each membership has 8 bytes, and each user with a group about 40.
#[derive(Default)]
pub(super) struct Memberships {
    keys: Keys,
    /// The names of the groups that have members.
    groups: Vec<String>,
    memberships: Vec<Membership>,
    /// The last membership of each user.
    users: HashMap<Key, Position>,
}

/// The position of a value in a list. The first value has the position 1. 0 stands for no value.
type Position = u32;

/// A group of a user.
struct Membership {
    group: Position,
    /// The previous membership of the same user.
    previous: Position,
}

impl Memberships {
    /// Adds a user to a group. All users of a group must be added one after the other.
    fn add(&mut self, username: &str, group: &str) -> Outcome<()> {
        if self.groups.last().is_none_or(|last| last != group) {
            self.groups.push(group.to_owned());
        }
        let group = position(self.groups.len())?;
        let next = position(self.memberships.len() + 1)?;
        let previous = self.users.insert(self.keys.of(username), next);
        let previous = previous.unwrap_or_default();
        self.memberships.push(Membership { group, previous });
        Ok(())
    }

    /// Returns the names of the groups of a user, sorted by name.
    pub(super) fn of(&self, username: &str) -> Vec<String> {
        let last = self.users.get(&self.keys.of(username)).copied();
        let last = last.and_then(|last| at(&self.memberships, last));
        let chain = successors(last, |next| at(&self.memberships, next.previous));
        let names = chain.filter_map(|next| at(&self.groups, next.group));
        let mut names: Vec<String> = names.cloned().collect();
        names.sort();
        // Cognito can list a user twice if the user changes while the pages are read.
        names.dedup();
        names
    }
}

fn position(length: usize) -> Outcome<Position> {
    let position = Position::try_from(length);
    position.map_err(|_| Failure::new(Exit::Failed, "the pool has too many group memberships"))
}

fn at<T>(list: &[T], position: Position) -> Option<&T> {
    list.get(usize::try_from(position).ok()?.checked_sub(1)?)
}

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
    let mut memberships = Memberships::default();
    for line in parts.reader("groups")?.lines() {
        let Member { username, group } = serde_json::from_str(&line?)?;
        memberships.add(&username, &group)?;
    }
    Ok(memberships)
}

/// Returns the names of all groups of the pool.
pub(in crate::commands::users) async fn names(context: &Context) -> Outcome<Vec<String>> {
    let admin = context.cognito().await?.admin();
    let mut names = Vec::new();
    let listed = context.send_pages(Operation::ListGroups, admin.groups(), |page| {
        names.extend(group_names(&page));
        Some(admin.groups().page_token(page.next_token?))
    });
    listed.await?;
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_user_has_own_groups() {
        let mut memberships = Memberships::default();
        for (group, users) in [
            ("b", &["ann", "bob"][..]),
            ("a", &["ann", "ann", "cay"]),
            ("c", &["ann"]),
        ] {
            for user in users {
                memberships.add(user, group).unwrap();
            }
        }
        for (user, groups) in [
            ("ann", &["a", "b", "c"][..]),
            ("bob", &["b"]),
            ("cay", &["a"]),
            ("dan", &[]),
        ] {
            assert_eq!(memberships.of(user), groups, "{user}");
        }
    }
}
