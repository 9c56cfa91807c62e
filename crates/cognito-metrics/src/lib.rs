//! Counts, latencies and errors by type, cheap enough to leave on.
