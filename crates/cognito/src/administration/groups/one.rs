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
    /// One group, by name.
    #[must_use]
    pub fn group(&self, name: impl Into<String>) -> AdminGroup<'a> {
        AdminGroup {
            cognito: self.cognito,
            name: GroupName::new(name),
        }
    }
}

/// One group; see [`Admin::group`]. Every operation can fail with
/// [`NotFound`](crate::ErrorKind::NotFound).
#[derive(Clone, Debug)]
pub struct AdminGroup<'a> {
    pub(super) cognito: &'a Cognito,
    pub(super) name: Result<GroupName, InvalidInput>,
}

impl<'a> AdminGroup<'a> {
    /// Description, precedence, role and times, fresh from Cognito (`cognito-idp:GetGroup`).
    pub async fn details(&self) -> Result<Group> {
        let port = &self.cognito.inner.administration;
        let call = Call::new(Operation::GetGroup);
        let request = self.name.as_ref().map_err(|invalid| invalid.clone().into());
        self.cognito
            .read(call, request, |name| port.group(name))
            .await
    }

    /// Changes what is named, and leaves the rest (`cognito-idp:UpdateGroup`,
    /// `cognito-idp:GetGroup`).
    ///
    /// What Cognito does with a field that a change leaves out is not documented: the example of
    /// the AWS CLI (`update-group`) keeps it, the API reference once said that it is set to its
    /// default. So the group is read first, and all that it has is sent along. Of two changes at the same time one may
    /// then undo the other.
    ///
    /// A precedence and a role cannot be taken away again, only replaced; a description can be
    /// emptied.
    pub fn update(&self) -> UpdateGroup<'a> {
        UpdateGroup {
            group: self.clone(),
            description: Ok(None),
            precedence: Ok(None),
            role_arn: Ok(None),
        }
    }

    /// Deletes the group (`cognito-idp:DeleteGroup`). Its members stay users; tokens that they
    /// have name the group until they expire.
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

/// [`AdminGroup::update`] with what to change.
#[derive(Debug)]
#[must_use = "an operation does nothing until it is awaited"]
pub struct UpdateGroup<'a> {
    group: AdminGroup<'a>,
    description: Result<Option<GroupDescription>, InvalidInput>,
    precedence: Result<Option<Precedence>, InvalidInput>,
    role_arn: Result<Option<RoleArn>, InvalidInput>,
}

impl UpdateGroup<'_> {
    /// What the group is for from now on, in at most 2,048 characters; none clears.
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = GroupDescription::new(description).map(Some);
        self
    }

    /// How the group stands to the other groups of a user from now on; the lowest number comes
    /// first.
    pub fn precedence(mut self, precedence: u32) -> Self {
        self.precedence = Precedence::new(precedence).map(Some);
        self
    }

    /// The IAM role of the group's members from now on.
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
