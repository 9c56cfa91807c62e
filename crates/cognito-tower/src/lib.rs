#![doc = include_str!("../README.md")]

mod answer;
mod guard;
mod layer;
mod refusal;
mod service;
mod token_claims;
mod token_source;

pub use answer::Answer;
pub use answer::document::DocumentBody;
pub use answer::grpc::GrpcStatus;
pub use answer::problem::ProblemDetails;
pub use guard::Guard;
pub use layer::RequireToken;
pub use refusal::{Refusal, RefusalKind};
pub use service::{GuardedFuture, GuardedService};
pub use token_claims::TokenClaims;
pub use token_source::TokenSource;
