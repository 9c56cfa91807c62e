//! Bounded, expiring memory: LRU with TTL, revocations, attempt counters, the in-process store.
