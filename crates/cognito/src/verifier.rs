//! Token verification: the verifier, the sources of signing keys, and the reasons for a rejection.

pub use cognito_core::TokenVerifier;
pub use cognito_core::claims::Actor;
pub use cognito_core::secret::MAX_TOKEN_LENGTH;
pub use cognito_core::verifier::MAX_LEEWAY;
pub use cognito_jwt::{
    Check, CognitoVerifier, CognitoVerifierBuilder, FileJwks, HttpJwks, HttpJwksBuilder,
    JwksSource, Reason, StaticJwks, UnverifiedToken, VerifyError, decode_unverified,
};
