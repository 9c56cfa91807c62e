//! For tests against the Cognito crates: tokens, clocks, fakes, log capture, conformance suites.
