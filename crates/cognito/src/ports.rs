//! The ports: the traits through which [`Cognito`](crate::Cognito) calls Amazon Cognito, and their
//! implementations for AWS.
//!
//! Implement these traits for a custom service or a mock. The parameter and result types of their
//! methods are at the root of this crate, in [`requests`](crate::requests), in the module of their
//! topic such as [`authentication`](crate::authentication), and in this module. These other traits
//! can be implemented too:
//!
//! | trait | purpose |
//! |---|---|
//! | [`TokenVerifier`](crate::verifier::TokenVerifier) | verifies tokens |
//! | [`JwksSource`](crate::verifier::JwksSource) | returns the keys of the pool |
//! | [`ConfigSource`](crate::config::ConfigSource) | returns the settings of the pool |
//! | [`Store`](crate::store::Store) | stores values and counters |
//! | [`RevocationList`](crate::revocation::RevocationList) | stores revocations |
//! | [`EventSink`](crate::observe::EventSink) | receives events |
//! | [`Clock`](crate::clock::Clock) | returns the current time |

pub use cognito_aws::{AwsCognito, AwsHostedLogin};
pub use cognito_core::authentication::challenge::TotpAssociation;
pub use cognito_core::authentication::refresh::RevokeTokenRequest;
pub use cognito_core::authentication::sign_up::ConfirmSignUpResponse;
pub use cognito_core::ports::{Account, Administration, Authentication, HostedLogin, RepliedAt};
