//! Common code of the examples: a user pool in this process, with two users.
//!
//! The programs are in `examples/`. Each program runs without other services. It prints its
//! results, or serves a web site until it is stopped (`auth_server`):
//!
//! ```sh
//! cargo run --example axum_jwt             # an API that accepts tokens of a user pool
//! cargo run --example tonic_service        # the same for gRPC
//! cargo run --example mcp_server           # tools for AI agents of signed-in users
//! cargo run --example lambda_authorizer    # an authorizer for REST and HTTP APIs of API Gateway
//! cargo run --example custom_config_source # settings from a custom source
//! cargo run --example custom_cache         # counters in a custom store
//! cargo run --example auth_server          # a web site with every flow
//! ```
//!
//! `src/bin/lambda_triggers.rs` is a Lambda function for the triggers of a user pool.

#[cfg(doctest)]
mod documentation;

use std::error::Error;

use cognito::config::PoolConfig;
use cognito::{Cognito, SignIn};
use cognito_emulator::Emulator;
use cognito_jwt::{CognitoVerifier, CognitoVerifierBuilder};

/// The result of an example.
pub type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

/// The user name of Ann, who is in the group `admins`.
pub const ANN: &str = "ann@example.com";
/// The user name of Bob, who is in no group.
pub const BOB: &str = "bob@example.com";
/// The password of [`ANN`] and [`BOB`].
pub const PASSWORD: &str = "SecurePass123!";

/// An emulated user pool with two users. It exists until this value is dropped.
#[derive(Debug)]
pub struct Fixture {
    emulator: Emulator,
    cognito: Cognito,
}

impl Fixture {
    /// Starts an emulated user pool with the users [`ANN`] and [`BOB`].
    ///
    /// # Errors
    ///
    /// Fails if the emulator cannot start, for example because no port can be bound.
    pub async fn start() -> Outcome<Self> {
        let emulator = Emulator::builder().start().await?;
        for person in [ANN, BOB] {
            emulator.create_user(person, PASSWORD, &[("email", person)])?;
        }
        emulator.create_group("admins");
        emulator.add_user_to_group(ANN, "admins")?;
        let pool = PoolConfig::new(
            emulator.user_pool_id().parse()?,
            emulator.client_id().parse()?,
        );
        let cognito = Cognito::builder()
            .config(pool)
            .emulator(emulator.endpoint())
            .build()
            .await?;
        Ok(Self { emulator, cognito })
    }

    /// Returns the `Cognito` client for this pool.
    pub fn cognito(&self) -> &Cognito {
        &self.cognito
    }

    /// Returns the emulator with the pool.
    pub fn emulator(&self) -> &Emulator {
        &self.emulator
    }

    /// Returns the URL of the emulator.
    pub fn endpoint(&self) -> &str {
        self.emulator.endpoint()
    }

    /// Returns a builder for a verifier of this pool. The builder has the issuer and the JWKS URL
    /// of the emulator. A verifier for a pool at AWS does not need them.
    ///
    /// # Errors
    ///
    /// Does not fail, because the emulator's values are valid.
    pub fn verifier(&self) -> Outcome<CognitoVerifierBuilder> {
        let builder = CognitoVerifier::builder(self.emulator.user_pool_id().parse()?);
        Ok(builder
            .client_id(self.emulator.client_id())
            .issuer(self.emulator.issuer())
            .jwks_uri(self.emulator.jwks_uri()))
    }

    /// Signs a user in and returns the access token.
    ///
    /// # Errors
    ///
    /// Fails if `person` is neither [`ANN`] nor [`BOB`].
    pub async fn access_token(&self, person: &str) -> Outcome<String> {
        match self.cognito.login(person, PASSWORD).await? {
            SignIn::Complete(tokens) => Ok(tokens.access_token.expose().to_owned()),
            other => Err(format!("the sign-in requires another step: {other:?}").into()),
        }
    }
}
