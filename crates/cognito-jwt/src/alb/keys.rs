//! A load balancer's signing keys: how long they are kept, and how often they may be asked for.

pub(super) mod budget;
pub(super) mod cache;
