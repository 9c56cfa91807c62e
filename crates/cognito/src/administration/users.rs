//! Users, for operators.

mod attributes;
mod confirm;
mod create;
mod list;
mod one;
mod password;

pub use attributes::UpdateUserAttributes;
pub use confirm::{AdminConfirmSignUp, ResendInvitation};
pub use create::CreateUser;
pub use list::ListUsers;
pub use one::AdminUser;
pub use password::ResetPassword;
