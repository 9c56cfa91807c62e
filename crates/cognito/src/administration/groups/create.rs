//! Creating a group.

use cognito_core::administration::groups::{CreateGroupRequest, Group, Precedence};
use cognito_core::{
    Administration, GroupDescription, GroupName, InvalidInput, Operation, Result, RoleArn,
};

use crate::Cognito;
use crate::administration::Admin;
use crate::operation::{Call, awaitable};

impl<'a> Admin<'a> {
    /// Creates a group (`cognito-idp:CreateGroup`). A name has 1 to 128 characters and no spaces.
    ///
    /// ```no_run
    /// # async fn example(cognito: cognito::Cognito) -> cognito::Result<()> {
    /// let admin = cognito.admin();
    /// admin.create_group("admins").description("Who may").precedence(1).await?;
    /// admin.group("admins").add_user("ann@example.com").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`AlreadyExists`](crate::ErrorKind::AlreadyExists), [`Quota`](crate::ErrorKind::Quota) if
    /// the pool already has 10,000 groups, the maximum.
    pub fn create_group(&self, name: impl Into<String>) -> CreateGroup<'a> {
        CreateGroup {
            cognito: self.cognito,
            name: GroupName::new(name),
            description: Ok(None),
            precedence: Ok(None),
            role_arn: Ok(None),
        }
    }
}

/// The builder of [`Admin::create_group`].
#[derive(Debug)]
#[must_use = "an operation does nothing until it is awaited"]
pub struct CreateGroup<'a> {
    cognito: &'a Cognito,
    name: Result<GroupName, InvalidInput>,
    description: Result<Option<GroupDescription>, InvalidInput>,
    precedence: Result<Option<Precedence>, InvalidInput>,
    role_arn: Result<Option<RoleArn>, InvalidInput>,
}

impl CreateGroup<'_> {
    /// Sets the description, at most 2,048 characters.
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = GroupDescription::new(description).map(Some);
        self
    }

    /// Sets the precedence among the groups of a user. The group with the lowest number decides
    /// `cognito:preferred_role` in the user's ID token. At most 2,147,483,647.
    pub fn precedence(mut self, precedence: u32) -> Self {
        self.precedence = Precedence::new(precedence).map(Some);
        self
    }

    /// Sets the IAM role that an identity pool gives to the group's members, such as
    /// `arn:aws:iam::123456789012:role/admins`.
    pub fn role_arn(mut self, role_arn: impl Into<String>) -> Self {
        self.role_arn = RoleArn::new(role_arn).map(Some);
        self
    }

    async fn send(self) -> Result<Group> {
        let request = (|| {
            let mut request = CreateGroupRequest::new(self.name?);
            request.description = self.description?;
            request.precedence = self.precedence?;
            request.role_arn = self.role_arn?;
            Ok(request)
        })();
        let call = Call::new(Operation::CreateGroup);
        self.cognito
            .perform(call, request, async |inner, request| {
                inner.administration.create_group(request).await
            })
            .await
    }
}

awaitable!(CreateGroup => Group);
