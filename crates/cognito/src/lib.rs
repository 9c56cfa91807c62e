//! Amazon Cognito for Rust services: sign-up, login, MFA, tokens and user management.
