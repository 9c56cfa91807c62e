//! Users, as an operator handles them.

mod create;
mod list;
mod one;

pub use create::CreateUser;
pub use list::{ListUsers, UserStream};
pub use one::{AdminUser, UpdateUserAttributes};
