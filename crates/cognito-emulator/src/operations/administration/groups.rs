//! Groups and their members.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::model::failure::{Answer, Failure};
use crate::model::group::Group;
use crate::model::request::ForGroup;
use crate::model::time::timestamp;
use crate::operations::administration::list::{page, page_size, page_token};
use crate::state::call::Call;
use crate::state::pool::State;

/// The maximum number of groups of a user.
const MOST_GROUPS: usize = 100;

/// The maximum number of groups of a pool.
const MOST_OF_A_POOL: usize = 10_000;

/// `CreateGroup`.
pub(crate) fn create(call: &Call<'_>) -> Answer {
    let ForGroup { group_name: name } = call.request()?;
    let change: Change<'_> = call.request()?;
    call.check_pool()?;
    let mut group = Group::new(name, call.now);
    change.apply(&mut group);
    let mut state = call.state();
    if state.groups.len() >= MOST_OF_A_POOL {
        return Err(Failure::new(
            "LimitExceededException",
            "The user pool has too many groups.",
        ));
    }
    if state.groups.contains_key(&group.name) {
        return Err(Failure::new(
            "GroupExistsException",
            "A group with the name already exists.",
        ));
    }
    let answer = json!({ "Group": describe(call, &group) });
    state.groups.insert(group.name.clone(), group);
    Ok(answer)
}

/// `UpdateGroup`. Fields that are not named do not change, as in the example of the AWS CLI
/// (`update-group`).
pub(crate) fn update(call: &Call<'_>) -> Answer {
    let ForGroup { group_name: name } = call.request()?;
    let change: Change<'_> = call.request()?;
    call.check_pool()?;
    let mut state = call.state();
    let group = state.groups.get_mut(name).ok_or_else(unknown)?;
    change.apply(group);
    group.modified = call.now;
    Ok(json!({ "Group": describe(call, group) }))
}

/// `GetGroup`.
pub(crate) fn get(call: &Call<'_>) -> Answer {
    let ForGroup { group_name: name } = call.request()?;
    call.check_pool()?;
    let state = call.state();
    let group = state.groups.get(name).ok_or_else(unknown)?;
    Ok(json!({ "Group": describe(call, group) }))
}

/// `DeleteGroup`.
pub(crate) fn delete(call: &Call<'_>) -> Answer {
    let ForGroup { group_name: name } = call.request()?;
    call.check_pool()?;
    let mut state = call.state();
    state.groups.remove(name).ok_or_else(unknown)?;
    for user in state.users.all_mut() {
        user.groups.remove(name);
    }
    Ok(Value::Null)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListGroups<'a> {
    limit: Option<usize>,
    next_token: Option<&'a str>,
}

/// `ListGroups`.
pub(crate) fn list(call: &Call<'_>) -> Answer {
    let ListGroups {
        limit,
        next_token: token,
    } = call.request()?;
    let limit = page_size(limit);
    call.check_pool()?;
    let after = page(call, token)?;
    let state = call.state();
    let names = state.groups.keys().map(String::as_str);
    groups_page(call, &state, names, after.as_deref(), limit)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AdminListGroupsForUser<'a> {
    username: &'a str,
    limit: Option<usize>,
    next_token: Option<&'a str>,
}

/// `AdminListGroupsForUser`.
pub(crate) fn list_for_user(call: &Call<'_>) -> Answer {
    let AdminListGroupsForUser {
        username,
        limit,
        next_token: token,
    } = call.request()?;
    let limit = page_size(limit);
    call.check_pool()?;
    let after = page(call, token)?;
    let state = call.state();
    let user = state.users.find(username);
    let user = user.ok_or_else(Failure::user_not_found)?;
    let names = user.groups.iter().map(String::as_str);
    groups_page(call, &state, names, after.as_deref(), limit)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListUsersInGroup<'a> {
    group_name: &'a str,
    limit: Option<usize>,
    next_token: Option<&'a str>,
}

/// `ListUsersInGroup`.
pub(crate) fn list_users(call: &Call<'_>) -> Answer {
    let ListUsersInGroup {
        group_name: name,
        limit,
        next_token: token,
    } = call.request()?;
    let limit = page_size(limit);
    call.check_pool()?;
    let after = page(call, token)?;
    let state = call.state();
    if !state.groups.contains_key(name) {
        return Err(unknown());
    }
    let mut members = state
        .users
        .after(after.as_deref())
        .filter(|user| user.groups.contains(name))
        .peekable();
    let mut shown = Vec::new();
    let mut last = None;
    for user in members.by_ref().take(limit) {
        shown.push(user.summary(|_| true));
        last = Some(user.username.as_str());
    }
    let mut answer = json!({ "Users": shown });
    if let (Some(last), true) = (last, members.peek().is_some()) {
        answer["NextToken"] = page_token(call, last);
    }
    Ok(answer)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AdminAddUserToGroup<'a> {
    username: &'a str,
    group_name: &'a str,
}

/// `AdminAddUserToGroup`.
pub(crate) fn add(call: &Call<'_>) -> Answer {
    let AdminAddUserToGroup {
        username,
        group_name: name,
    } = call.request()?;
    call.check_pool()?;
    join(&mut call.state(), username, name)?;
    Ok(Value::Null)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AdminRemoveUserFromGroup<'a> {
    username: &'a str,
    group_name: &'a str,
}

/// `AdminRemoveUserFromGroup`.
pub(crate) fn remove(call: &Call<'_>) -> Answer {
    let AdminRemoveUserFromGroup {
        username,
        group_name: name,
    } = call.request()?;
    call.check_pool()?;
    let mut state = call.state();
    if !state.groups.contains_key(name) {
        return Err(unknown());
    }
    state.users.expect(username)?.groups.remove(name);
    Ok(Value::Null)
}

/// Adds a user to an existing group.
pub(crate) fn join(state: &mut State, username: &str, group: &str) -> Result<(), Failure> {
    if !state.groups.contains_key(group) {
        return Err(unknown());
    }
    let user = state.users.expect(username)?;
    if user.groups.len() >= MOST_GROUPS && !user.groups.contains(group) {
        return Err(Failure::new(
            "LimitExceededException",
            "The user is in too many groups.",
        ));
    }
    user.groups.insert(group.to_owned());
    Ok(())
}

/// The members of a request that describe a group.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Change<'a> {
    description: Option<&'a str>,
    precedence: Option<i64>,
    role_arn: Option<&'a str>,
}

impl Change<'_> {
    fn apply(self, group: &mut Group) {
        if let Some(description) = self.description {
            group.description = Some(description.to_owned()).filter(|text| !text.is_empty());
        }
        if let Some(role) = self.role_arn {
            group.role = Some(role.to_owned());
        }
        group.precedence = self.precedence.or(group.precedence);
    }
}

fn unknown() -> Failure {
    Failure::not_found("Group not found.")
}

fn groups_page<'s>(
    call: &Call<'_>,
    state: &'s State,
    names: impl Iterator<Item = &'s str>,
    after: Option<&str>,
    limit: usize,
) -> Answer {
    let mut rest = names
        .filter(|name| after.is_none_or(|after| *name > after))
        .filter_map(|name| state.groups.get(name))
        .peekable();
    let shown: Vec<_> = rest.by_ref().take(limit).collect();
    let mut answer = json!({
        "Groups": shown.iter().map(|group| describe(call, group)).collect::<Value>(),
    });
    if let (Some(last), true) = (shown.last(), rest.peek().is_some()) {
        answer["NextToken"] = page_token(call, &last.name);
    }
    Ok(answer)
}

fn describe(call: &Call<'_>, group: &Group) -> Value {
    let mut described = json!({
        "GroupName": group.name,
        "UserPoolId": call.service.settings.pool_id,
        "CreationDate": timestamp(group.created),
        "LastModifiedDate": timestamp(group.modified),
    });
    if let Some(description) = &group.description {
        described["Description"] = json!(description);
    }
    if let Some(precedence) = group.precedence {
        described["Precedence"] = json!(precedence);
    }
    if let Some(role) = &group.role {
        described["RoleArn"] = json!(role);
    }
    described
}
