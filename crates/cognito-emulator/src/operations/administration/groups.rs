//! The operations on groups and on their members, such as `CreateGroup` and `AdminAddUserToGroup`.

use serde_json::{Value, json};

use crate::model::failure::{Answer, Failure};
use crate::model::group::Group;
use crate::model::request::present;
use crate::model::time::timestamp;
use crate::model::user::User;
use crate::operations::page::Page;
use crate::state::call::Call;
use crate::state::pool::State;

const MOST_GROUPS_OF_USER: usize = 100;

const MOST_GROUPS: usize = 10_000;

pub(crate) fn create(call: &Call<'_>) -> Answer {
    let mut group = Group::new(call.required("GroupName")?, call.now);
    apply(call, &mut group);
    let mut state = call.state();
    if state.groups.len() >= MOST_GROUPS {
        let message = "The user pool has too many groups.";
        return Err(Failure::new("LimitExceededException", message));
    }
    if state.groups.contains_key(&group.name) {
        let message = "A group with the name already exists.";
        return Err(Failure::new("GroupExistsException", message));
    }
    let answer = json!({ "Group": describe(call, &group) });
    state.users.history.copy_group(&group.name, None);
    state.groups.insert(group.name.clone(), group);
    Ok(answer)
}

/// Handles `UpdateGroup`. Members that the request omits do not change, as in the example of
/// `update-group` in the AWS CLI's reference. An empty description removes the current description.
pub(crate) fn update(call: &Call<'_>) -> Answer {
    let name = call.required("GroupName")?;
    let mut state = call.state();
    let State { groups, users, .. } = &mut *state;
    let group = groups.get_mut(name).ok_or_else(unknown)?;
    users.history.copy_group(name, Some(group));
    apply(call, group);
    group.modified = call.now;
    Ok(json!({ "Group": describe(call, group) }))
}

pub(crate) fn get(call: &Call<'_>) -> Answer {
    let state = call.state();
    let group = find(&state, call.required("GroupName")?)?;
    Ok(json!({ "Group": describe(call, group) }))
}

pub(crate) fn delete(call: &Call<'_>) -> Answer {
    let name = call.required("GroupName")?;
    let mut state = call.state();
    let group = state.groups.remove(name).ok_or_else(unknown)?;
    state.users.history.copy_group(name, Some(&group));
    let is_member = |user: &User| user.groups.contains(name);
    for user in state.users.matching_mut(is_member) {
        user.groups.remove(name);
    }
    Ok(Value::Null)
}

pub(crate) fn list(call: &Call<'_>) -> Answer {
    let page = Page::read(call, "Limit", "NextToken")?;
    let state = call.state();
    groups_page(call, &page, &state, state.groups.keys())
}

pub(crate) fn list_for_user(call: &Call<'_>) -> Answer {
    let username = call.required("Username")?;
    let page = Page::read(call, "Limit", "NextToken")?;
    let state = call.state();
    let user = state
        .users
        .find(username)
        .ok_or_else(Failure::user_not_found)?;
    groups_page(call, &page, &state, user.groups.iter())
}

pub(crate) fn list_users(call: &Call<'_>) -> Answer {
    let name = call.required("GroupName")?;
    let page = Page::read(call, "Limit", "NextToken")?;
    let state = call.state();
    find(&state, name)?;
    let users = state.users.after(page.after.as_deref());
    let members = users.filter(|user| user.groups.contains(name));
    let described = members.map(|user| (&user.username, user.summary(|_| true)));
    page.answer("Users", described)
}

pub(crate) fn add(call: &Call<'_>) -> Answer {
    let (username, name) = (call.required("Username")?, call.required("GroupName")?);
    join(&mut call.state(), username, name)?;
    Ok(Value::Null)
}

pub(crate) fn remove(call: &Call<'_>) -> Answer {
    let (username, name) = (call.required("Username")?, call.required("GroupName")?);
    let mut state = call.state();
    find(&state, name)?;
    state.users.expect(username)?.groups.remove(name);
    Ok(Value::Null)
}

pub(crate) fn join(state: &mut State, username: &str, group: &str) -> Result<(), Failure> {
    find(state, group)?;
    let user = state.users.expect(username)?;
    if user.groups.len() >= MOST_GROUPS_OF_USER && !user.groups.contains(group) {
        let message = "The user is in too many groups.";
        return Err(Failure::new("LimitExceededException", message));
    }
    user.groups.insert(group.to_owned());
    Ok(())
}

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

fn find<'s>(state: &'s State, name: &str) -> Result<&'s Group, Failure> {
    state.groups.get(name).ok_or_else(unknown)
}

fn unknown() -> Failure {
    Failure::not_found("Group not found.")
}

fn groups_page<'s>(
    call: &Call<'_>,
    page: &Page<'_>,
    state: &'s State,
    names: impl Iterator<Item = &'s String>,
) -> Answer {
    let rest = names.filter(|name| page.is_after(name));
    let groups = rest.filter_map(|name| state.groups.get(name));
    page.answer("Groups", groups.map(|it| (&it.name, describe(call, it))))
}

/// Returns a group as AWS's `GroupType`.
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
