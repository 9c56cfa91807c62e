//! Programs to read and to start from; see `examples/`.
