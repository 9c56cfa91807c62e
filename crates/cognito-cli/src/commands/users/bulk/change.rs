//! The changes that `cognito users bulk` makes, and how each is undone.

use std::cell::RefCell;
use std::collections::HashSet;

use clap::ValueEnum;
use cognito::administration::{AdminUser, UserDetails};
use cognito::{Error, ErrorKind, Operation};
use serde::{Deserialize, Serialize};

use super::journal::{Journal, UserOutcome};
use super::{Target, quoted};
use crate::commands::users::find::members;
use crate::context::Context;
use crate::failure::{Exit, Failure, Outcome};
use crate::output::count_of;

/// The action of a bulk change. It is done for each user.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Action {
    Disable,
    Enable,
    Delete,
    SignOut,
    ResetPassword,
    AddToGroup,
    RemoveFromGroup,
    SetAttribute,
}

impl Action {
    /// Returns the action as words of the confirmation question, such as `disables`.
    pub(super) const fn verb(self) -> &'static str {
        match self {
            Self::Disable => "disables",
            Self::Enable => "enables",
            Self::Delete => "deletes, without an undo,",
            Self::SignOut => "signs out",
            Self::ResetPassword => "resets the passwords of",
            Self::AddToGroup => "adds to the group",
            Self::RemoveFromGroup => "removes from the group",
            Self::SetAttribute => "sets the attribute of",
        }
    }
}

/// The description of a bulk change: the pool, the action, and the group or attribute of the
/// action. It does not contain the users.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub(super) struct Change {
    pub(super) pool: String,
    pub(super) action: Action,
    group: Option<String>,
    attribute: Option<String>,
    value: Option<String>,
}

impl Change {
    /// Creates a change. `attribute` is `NAME=VALUE` or `NAME`.
    pub(super) fn new(action: Action, group: Option<String>, attribute: Option<&str>) -> Self {
        let (name, value) = match attribute.map(|text| text.split_once('=').ok_or(text)) {
            Some(Ok((name, value))) => (Some(name), Some(value)),
            Some(Err(name)) => (Some(name), None),
            None => (None, None),
        };
        Self {
            pool: String::new(),
            action,
            group,
            attribute: name.map(str::to_owned),
            value: value.map(str::to_owned),
        }
    }

    pub(super) fn for_pool(mut self, pool: &str) -> Self {
        self.pool = pool.to_owned();
        self
    }

    /// Asks whether to make the change for this number of users.
    pub(super) fn confirm(&self, context: &Context, users: usize) -> Outcome<bool> {
        let users = count_of(users, "user");
        context.confirm(&format!("{} {users}", self.action.verb()))
    }

    /// Checks that the action `set-attribute` has a value for each user: the value of the target,
    /// or else the value of the change. Fails if a user has no value.
    pub(super) fn check(&self, targets: &[Target]) -> Outcome<()> {
        let needs_value = self.action == Action::SetAttribute && self.value.is_none();
        match targets.iter().find(|target| target.value.is_none()) {
            Some(_) if needs_value => Err(Failure::usage(
                "no value: add --attribute NAME=VALUE, or a `value` in each line of the file",
            )),
            _ => Ok(()),
        }
    }

    /// Returns the arguments of `cognito users bulk` that undo the change. Returns `None` if the
    /// change cannot be undone.
    pub(super) fn undo(&self) -> Option<String> {
        let group = quoted(self.group.as_deref().unwrap_or_default());
        let attribute = quoted(self.attribute.as_deref().unwrap_or_default());
        match self.action {
            Action::Disable => Some("enable".to_owned()),
            Action::Enable => Some("disable".to_owned()),
            Action::AddToGroup => Some(format!("remove-from-group --group {group}")),
            Action::RemoveFromGroup => Some(format!("add-to-group --group {group}")),
            Action::SetAttribute => Some(format!("set-attribute --attribute {attribute}")),
            Action::Delete | Action::SignOut | Action::ResetPassword => None,
        }
    }

    /// Returns the user names of the members of the change's group. Returns an empty set if the
    /// change has no group.
    pub(super) async fn members(&self, context: &Context) -> Outcome<HashSet<String>> {
        let names = RefCell::new(HashSet::new());
        if let Some(group) = &self.group {
            members(context, group, async |user: UserDetails| {
                names.borrow_mut().insert(user.username.as_str().to_owned());
                Ok(())
            })
            .await?;
        }
        Ok(names.into_inner())
    }

    /// Changes one user, and writes the outcome to the journal. Fails only if the command must
    /// stop, because a permission is missing or AWS throttles the requests.
    pub(super) async fn apply(
        &self,
        context: &Context,
        target: &Target,
        members: &HashSet<String>,
        journal: &RefCell<Journal>,
    ) -> Outcome<()> {
        let name = &target.username;
        let result = self.change(context, target, members, journal).await?;
        let (outcome, error) = match result {
            Ok(Some(outcome)) => (outcome, None),
            Ok(None) => {
                let error = "another user has this name now".to_owned();
                (UserOutcome::Failed, Some(error))
            }
            Err(error) => {
                let begun = journal.borrow().was_begun(name);
                let is_gone = error.kind() == ErrorKind::UserNotFound;
                if is_gone && begun && self.action == Action::Delete {
                    (UserOutcome::Changed, None)
                } else {
                    let failure = Failure::from(error);
                    if matches!(failure.exit, Exit::Permission | Exit::Throttled) {
                        return Err(failure);
                    }
                    (UserOutcome::Failed, Some(failure.message))
                }
            }
        };
        journal.borrow_mut().end(name, outcome, error)
    }

    /// Changes one user. Returns `Ok(Ok(None))` if the user name now belongs to another user. An
    /// error of Cognito is returned as the inner `Err`, so that the caller can record it.
    async fn change(
        &self,
        context: &Context,
        target: &Target,
        members: &HashSet<String>,
        journal: &RefCell<Journal>,
    ) -> Outcome<Result<Option<UserOutcome>, Error>> {
        let user = context.cognito().await?.admin().user(&target.username);
        let wanted = target.value.as_ref().or(self.value.as_ref());
        let wanted = wanted.map(String::as_str).unwrap_or_default();
        let details = context.send(Operation::AdminGetUser, user.details());
        let details = match details.await {
            Ok(details) => details,
            Err(error) => return Ok(Err(error)),
        };
        let sub = details.attributes.value("sub").unwrap_or_default();
        let begun = journal.borrow().was_begun(&target.username);
        let earlier = journal.borrow().sub(target);
        if earlier.is_some_and(|earlier| earlier != sub) {
            // The earlier run has deleted the user, if it had sent the request.
            let is_deleted = begun && self.action == Action::Delete;
            return Ok(Ok(is_deleted.then_some(UserOutcome::Changed)));
        }
        if !begun {
            let before = self.before(&details, members);
            let is_done = journal.borrow().was_begun_as_other(&target.username, sub);
            if is_done || before.is_wanted(self.action, wanted) {
                return Ok(Ok(Some(UserOutcome::Unchanged)));
            }
            journal.borrow_mut().begin(Target {
                username: target.username.clone(),
                sub: Some(sub.to_owned()),
                value: before.value,
            })?;
        }
        let sent = self.send(context, &user, &target.username, wanted).await?;
        Ok(sent.map(|()| Some(UserOutcome::Changed)))
    }

    /// Returns the current values of a user that the change would replace, such as the value of the
    /// attribute.
    fn before(&self, user: &UserDetails, members: &HashSet<String>) -> Before {
        let mut before = Before::default();
        match self.action {
            Action::SignOut | Action::ResetPassword | Action::Delete => {}
            Action::Disable | Action::Enable => before.enabled = Some(user.enabled),
            Action::AddToGroup | Action::RemoveFromGroup => {
                before.is_member = Some(members.contains(user.username.as_str()));
            }
            Action::SetAttribute => {
                let name = self.attribute.as_deref().unwrap_or_default();
                let value = user.attributes.value(name).unwrap_or_default();
                before.value = Some(value.to_owned());
            }
        }
        before
    }

    async fn send(
        &self,
        context: &Context,
        user: &AdminUser,
        username: &str,
        wanted: &str,
    ) -> Outcome<Result<(), Error>> {
        // The facade reads the user first, for the `sub`.
        if matches!(
            self.action,
            Action::Disable | Action::Delete | Action::SignOut
        ) {
            context.turn(Operation::AdminGetUser).await;
        }
        let group = self.group.as_deref().unwrap_or_default();
        let group = context.cognito().await?.admin().group(group);
        let attribute = self.attribute.as_deref().unwrap_or_default();
        let sent = match self.action {
            Action::Disable => {
                context
                    .send(Operation::AdminDisableUser, user.disable())
                    .await
            }
            Action::Enable => {
                context
                    .send(Operation::AdminEnableUser, user.enable())
                    .await
            }
            Action::Delete => {
                context
                    .send(Operation::AdminDeleteUser, user.delete())
                    .await
            }
            Action::SignOut => {
                let call = user.sign_out_everywhere();
                context.send(Operation::AdminUserGlobalSignOut, call).await
            }
            Action::ResetPassword => {
                let call = user.reset_password();
                context.send(Operation::AdminResetUserPassword, call).await
            }
            Action::AddToGroup => {
                let call = group.add_user(username);
                context.send(Operation::AdminAddUserToGroup, call).await
            }
            Action::RemoveFromGroup => {
                let call = group.remove_user(username);
                context
                    .send(Operation::AdminRemoveUserFromGroup, call)
                    .await
            }
            Action::SetAttribute => {
                let call = user.update_attributes().attribute(attribute, wanted);
                context
                    .send(Operation::AdminUpdateUserAttributes, call)
                    .await
            }
        };
        Ok(sent.map(drop))
    }
}

/// The values of a user before a bulk change. A field is `None` if the change does not replace it.
#[derive(Default)]
struct Before {
    enabled: Option<bool>,
    is_member: Option<bool>,
    value: Option<String>,
}

impl Before {
    /// Returns `true` if these values are already the values that the action sets. `value` is the
    /// value that the action sets for the attribute.
    fn is_wanted(&self, action: Action, value: &str) -> bool {
        match action {
            Action::Disable => self.enabled == Some(false),
            Action::Enable => self.enabled == Some(true),
            Action::AddToGroup => self.is_member == Some(true),
            Action::RemoveFromGroup => self.is_member == Some(false),
            Action::SetAttribute => self.value.as_deref() == Some(value),
            Action::Delete | Action::SignOut | Action::ResetPassword => false,
        }
    }
}
