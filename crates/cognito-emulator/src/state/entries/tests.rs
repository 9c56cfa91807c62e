//! Tests of the entries of a state file.
