//! Amazon Cognito for axum: extractors, guards, error answers, and ready routes.
