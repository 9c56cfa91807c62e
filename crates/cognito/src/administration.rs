//! Operations of an operator on users, groups and devices: [`Cognito::admin`].

pub mod auth_events;
pub(crate) mod devices;
pub(crate) mod document;
pub(crate) mod groups;
pub(crate) mod mfa;
pub(crate) mod providers;
pub(crate) mod sessions;
pub(crate) mod users;

use crate::Cognito;

pub use self::devices::AdminDevice;
pub use self::groups::AdminGroup;
pub use self::users::AdminUser;
pub use cognito_core::administration::document::JsonDocument;
pub use cognito_core::administration::filter::{Filter, FilterAttribute};
pub use cognito_core::administration::groups::{Group, GroupPage, Precedence};
pub use cognito_core::administration::page::PageToken;
pub use cognito_core::administration::users::UserPage;
pub use cognito_core::id::{EventId, GroupDescription, RoleArn};
#[doc(hidden)]
pub use cognito_core::user::STANDARD_ATTRIBUTES;
pub use cognito_core::user::{UserDetails, UserStatus};

impl Cognito {
    /// Returns the operations of an operator. Requests are signed with AWS credentials. Each
    /// operation needs an IAM permission; `docs/reference/tested-features.md` lists the IAM
    /// actions.
    pub fn admin(&self) -> Admin {
        Admin {
            cognito: self.clone(),
        }
    }
}

/// The operations of an operator, created by [`Cognito::admin`].
///
/// Every operation can fail with [`Credentials`](crate::ErrorKind::Credentials) if there are no AWS
/// credentials, and with [`Configuration`](crate::ErrorKind::Configuration) if the IAM identity
/// does not have the permission for the operation.
#[derive(Clone, Debug)]
pub struct Admin {
    pub(crate) cognito: Cognito,
}
