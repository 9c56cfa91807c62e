//! The cache of a load balancer's signing keys, and the limit on fetches.

pub(super) mod budget;
pub(super) mod cache;
