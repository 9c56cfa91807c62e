//! Token verification: the verifier, its sources of keys, and the reasons for a rejection.

pub use cognito_core::{Actor, MAX_LEEWAY, MAX_TOKEN_LENGTH, TokenVerifier};
pub use cognito_jwt::{
    CognitoVerifier, CognitoVerifierBuilder, FileJwks, HttpJwks, HttpJwksBuilder, JwksSource,
    Reason, StaticJwks, UnverifiedToken, VerifyError,
};
