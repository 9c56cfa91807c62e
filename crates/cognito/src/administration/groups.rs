//! Groups of users.

mod create;
mod list;
mod members;
mod one;

pub use create::CreateGroup;
pub use list::{ListGroups, ListGroupsForUser};
pub use members::ListUsersInGroup;
pub use one::{AdminGroup, UpdateGroup};
