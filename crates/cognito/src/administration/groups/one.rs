//! One group.

use std::sync::Arc;

use cognito_core::administration::groups::{Group, Precedence, UpdateGroupRequest};
use cognito_core::{
    Administration, Done, GroupDescription, GroupName, InvalidInput, Operation, Result, RoleArn,
};

use crate::Cognito;
use crate::administration::Admin;
use crate::cognito::Inner;
use crate::operation::{Call, awaitable};

impl<'a> Admin<'a> {
    /// Returns the operations on one group.
    #[must_use]
    pub fn group(&self, name: impl Into<String>) -> AdminGroup<'a> {
        AdminGroup {
            cognito: self.cognito,
            name: GroupName::new(name),
        }
    }
}

/// The operations on one group; see [`Admin::group`]. Every operation can fail with
/// [`NotFound`](crate::ErrorKind::NotFound).
#[derive(Clone, Debug)]
pub struct AdminGroup<'a> {
    pub(super) cognito: &'a Cognito,
    pub(super) name: Result<GroupName, InvalidInput>,
}

impl<'a> AdminGroup<'a> {
    /// Returns description, precedence, role and times, read from Cognito (`cognito-idp:GetGroup`).
    pub async fn details(&self) -> Result<Group> {
        let port = &self.cognito.inner.administration;
        let call = Call::new(Operation::GetGroup);
        let request = self.name.as_ref().map_err(|invalid| invalid.clone().into());
        self.cognito
            .read(call, request, |name| port.group(name))
            .await
    }

    /// Changes the given fields and keeps the others (`cognito-idp:UpdateGroup`,
    /// `cognito-idp:GetGroup`).
    ///
    /// What Cognito does with a missing field is not documented: the example of the AWS CLI
    /// (`update-group`) keeps it, an earlier API reference said that it is set to its default.
    /// Therefore the group is read first, and all of its fields are sent. If two changes are made
    /// at the same time, one may undo the other.
    ///
    /// A precedence and a role cannot be removed, only replaced. A description can be cleared.
    pub fn update(&self) -> UpdateGroup<'a> {
        UpdateGroup {
            group: self.clone(),
            description: Ok(None),
            precedence: Ok(None),
            role_arn: Ok(None),
        }
    }

    /// Deletes the group (`cognito-idp:DeleteGroup`). Its members are not deleted. Their existing
    /// tokens contain the group until they expire.
    pub async fn delete(&self) -> Result<Done> {
        let request = self.name.clone().map_err(Into::into);
        self.perform(Operation::DeleteGroup, request, async |inner, name| {
            inner.administration.delete_group(&name).await
        })
        .await?;
        Ok(Done::new("Group deleted successfully"))
    }

    pub(super) async fn perform<R, T, F>(
        &self,
        operation: Operation,
        request: Result<R>,
        send: impl FnOnce(Arc<Inner>, R) -> F + Send + 'static,
    ) -> Result<T>
    where
        R: Send + 'static,
        T: Send + 'static,
        F: Future<Output = Result<T>> + Send + 'static,
    {
        self.cognito
            .perform(Call::new(operation), request, send)
            .await
    }
}

/// The builder of [`AdminGroup::update`].
#[derive(Debug)]
#[must_use = "an operation does nothing until it is awaited"]
pub struct UpdateGroup<'a> {
    group: AdminGroup<'a>,
    description: Result<Option<GroupDescription>, InvalidInput>,
    precedence: Result<Option<Precedence>, InvalidInput>,
    role_arn: Result<Option<RoleArn>, InvalidInput>,
}

impl UpdateGroup<'_> {
    /// Sets the new description, at most 2,048 characters. An empty string clears it.
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = GroupDescription::new(description).map(Some);
        self
    }

    /// Sets the new precedence among the groups of a user. The lowest number comes first.
    pub fn precedence(mut self, precedence: u32) -> Self {
        self.precedence = Precedence::new(precedence).map(Some);
        self
    }

    /// Sets the new IAM role of the group's members.
    pub fn role_arn(mut self, role_arn: impl Into<String>) -> Self {
        self.role_arn = RoleArn::new(role_arn).map(Some);
        self
    }

    async fn send(self) -> Result<Group> {
        let request = (|| {
            let change = (self.description?, self.precedence?, self.role_arn?);
            if change == (None, None, None) {
                return Err(InvalidInput::new("change", "must name at least one field").into());
            }
            Ok((self.group.name.clone()?, change))
        })();
        self.group
            .perform(
                Operation::UpdateGroup,
                request,
                async |inner, (name, change)| {
                    let (description, precedence, role_arn) = change;
                    inner.turn(Operation::GetGroup).await?;
                    let group = inner.administration.group(&name).await?;
                    let mut request = UpdateGroupRequest::keeping(group);
                    request.description = description.or(request.description);
                    request.precedence = precedence.or(request.precedence);
                    request.role_arn = role_arn.or(request.role_arn);
                    inner.administration.update_group(request).await
                },
            )
            .await
    }
}

awaitable!(UpdateGroup => Group);
