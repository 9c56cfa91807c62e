//! The cache of the load balancers' signing keys, and the limit on fetches.

pub(super) mod budget;
pub(super) mod cache;
