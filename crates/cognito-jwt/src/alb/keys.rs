//! The cache of the signing keys of load balancers, and the rate limit on fetching them.

pub(super) mod budget;
pub(super) mod cache;
