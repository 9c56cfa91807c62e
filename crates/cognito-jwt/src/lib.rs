//! A strict and fast verifier for Amazon Cognito tokens, usable alone.
