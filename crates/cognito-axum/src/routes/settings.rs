//! The settings of [`AuthRoutes`](super::AuthRoutes), one file for each subject:
//!
//! - `all_routes`: settings of all routes, such as cookies, limits and attributes;
//! - `functions`: hooks and custom responses;
//! - `optional_routes`: the routes that are disabled by default.

mod all_routes;
mod functions;
mod optional_routes;
