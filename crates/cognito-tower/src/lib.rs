#![doc = include_str!("../README.md")]

mod guard;
mod layer;
pub mod public;
mod rejection;
mod resource_metadata;
mod response;
mod service;
mod strength;
mod token_claims;
mod token_source;

pub use cognito_core::authentication::step_up::StepUp;
pub use guard::Guard;
pub use layer::RequireToken;
pub use rejection::{Rejection, RejectionKind};
pub use resource_metadata::ResourceMetadata;
pub use response::RejectionResponse;
pub use response::grpc::GrpcStatus;
pub use response::json::JsonBody;
pub use response::problem::ProblemDetails;
pub use service::{GuardedFuture, GuardedService};
pub use token_claims::TokenClaims;
pub use token_source::TokenSource;
