//! Groups and their members.

use serde_json::{Value, json};

use crate::model::failure::{Answer, Failure};
use crate::model::group::Group;
use crate::model::request::present;
use crate::model::time::timestamp;
use crate::model::user::User;
use crate::operations::page::Page;
use crate::state::call::Call;
use crate::state::pool::State;

/// The maximum number of groups of a user.
const MOST_GROUPS: usize = 100;

/// The maximum number of groups of a pool.
const MOST_OF_A_POOL: usize = 10_000;

/// `CreateGroup`.
pub(crate) fn create(call: &Call<'_>) -> Answer {
    let name = call.required("GroupName")?;
    call.check_pool()?;
    let mut group = Group::new(name, call.now);
    apply(call, &mut group);
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
    let name = call.required("GroupName")?;
    call.check_pool()?;
    let mut state = call.state();
    let group = state.groups.get_mut(name).ok_or_else(unknown)?;
    apply(call, group);
    group.modified = call.now;
    Ok(json!({ "Group": describe(call, group) }))
}

/// `GetGroup`.
pub(crate) fn get(call: &Call<'_>) -> Answer {
    let name = call.required("GroupName")?;
    call.check_pool()?;
    let state = call.state();
    let group = state.groups.get(name).ok_or_else(unknown)?;
    Ok(json!({ "Group": describe(call, group) }))
}

/// `DeleteGroup`.
pub(crate) fn delete(call: &Call<'_>) -> Answer {
    let name = call.required("GroupName")?;
    call.check_pool()?;
    let mut state = call.state();
    state.groups.remove(name).ok_or_else(unknown)?;
    for user in state.users.all_mut() {
        user.groups.remove(name);
    }
    Ok(Value::Null)
}

/// `ListGroups`.
pub(crate) fn list(call: &Call<'_>) -> Answer {
    call.check_pool()?;
    let page = Page::read(call, "Limit", "NextToken")?;
    let state = call.state();
    groups_page(&page, &state, state.groups.keys())
}

/// `AdminListGroupsForUser`.
pub(crate) fn list_for_user(call: &Call<'_>) -> Answer {
    let username = call.required("Username")?;
    call.check_pool()?;
    let page = Page::read(call, "Limit", "NextToken")?;
    let state = call.state();
    let user = state.users.find(username);
    let user = user.ok_or_else(Failure::user_not_found)?;
    groups_page(&page, &state, user.groups.iter())
}

/// `ListUsersInGroup`.
pub(crate) fn list_users(call: &Call<'_>) -> Answer {
    let name = call.required("GroupName")?;
    call.check_pool()?;
    let page = Page::read(call, "Limit", "NextToken")?;
    let state = call.state();
    if !state.groups.contains_key(name) {
        return Err(unknown());
    }
    let users = state.users.after(page.after.as_deref());
    let members = users.filter(|user| user.groups.contains(name));
    let key = |user: &&User| user.username.clone();
    page.answer("Users", members, key, |user| user.summary(|_| true))
}

/// `AdminAddUserToGroup`.
pub(crate) fn add(call: &Call<'_>) -> Answer {
    let (username, name) = (call.required("Username")?, call.required("GroupName")?);
    call.check_pool()?;
    join(&mut call.state(), username, name)?;
    Ok(Value::Null)
}

/// `AdminRemoveUserFromGroup`.
pub(crate) fn remove(call: &Call<'_>) -> Answer {
    let (username, name) = (call.required("Username")?, call.required("GroupName")?);
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

/// Applies the members of a request that describe a group.
fn apply(call: &Call<'_>, group: &mut Group) {
    if let Some(description) = call.text("Description") {
        group.description = Some(description.to_owned()).filter(|text| !text.is_empty());
    }
    if let Some(role) = call.text("RoleArn") {
        group.role = Some(role.to_owned());
    }
    let precedence = call.fields.get("Precedence").and_then(Value::as_i64);
    group.precedence = precedence.or(group.precedence);
}

fn unknown() -> Failure {
    Failure::not_found("Group not found.")
}

fn groups_page<'s>(
    page: &Page<'_>,
    state: &'s State,
    names: impl Iterator<Item = &'s String>,
) -> Answer {
    let groups = names
        .filter(|name| page.is_after(name))
        .filter_map(|name| state.groups.get(name));
    let key = |group: &&Group| group.name.clone();
    page.answer("Groups", groups, key, |group| describe(page.call, group))
}

fn describe(call: &Call<'_>, group: &Group) -> Value {
    let described = present([
        ("GroupName", json!(group.name)),
        ("UserPoolId", json!(call.service.settings.pool_id)),
        ("CreationDate", timestamp(group.created)),
        ("LastModifiedDate", timestamp(group.modified)),
        ("Description", json!(group.description)),
        ("Precedence", json!(group.precedence)),
        ("RoleArn", json!(group.role)),
    ]);
    Value::Object(described)
}
