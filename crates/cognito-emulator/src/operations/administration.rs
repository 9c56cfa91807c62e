//! Operations of operators on users and groups.

pub(crate) mod auth_events;
pub(crate) mod groups;
pub(crate) mod list;
pub(crate) mod providers;
pub(crate) mod users;
