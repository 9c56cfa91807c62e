//! What the examples stand on: a user pool in this process, with two people in it.
//!
//! The programs are in `examples/`. Each runs by itself and shows what it does:
//!
//! ```sh
//! cargo run --example axum_jwt             # an API behind somebody else's login
//! cargo run --example tonic_service        # the same for gRPC
//! cargo run --example lambda_authorizer    # the door of API Gateway, for REST and HTTP APIs
//! cargo run --example custom_config_source # settings from a place of your own
//! cargo run --example custom_cache         # counters in a store of your own
//! cargo run --example auth_server          # a site with every flow, to click through
//! ```

use std::error::Error;

use cognito::{Cognito, PoolConfig, SignIn};
use cognito_emulator::Emulator;
use cognito_jwt::{CognitoVerifier, CognitoVerifierBuilder};

/// What an example ends with.
pub type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

/// Ann, who is in the group `admins`.
pub const ANN: &str = "ann@example.com";
/// Bob, who is in no group.
pub const BOB: &str = "bob@example.com";
/// The password of both.
pub const PASSWORD: &str = "SecurePass123!";

/// A user pool of its own, for as long as this lives.
#[derive(Debug)]
pub struct Stage {
    emulator: Emulator,
    cognito: Cognito,
}

impl Stage {
    /// Starts the pool, with [`ANN`] and [`BOB`] in it.
    ///
    /// # Errors
    ///
    /// When no port of this machine can be listened on.
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

    /// The facade, in front of this pool.
    #[must_use]
    pub fn cognito(&self) -> &Cognito {
        &self.cognito
    }

    /// Returns the emulated user pool.
    #[must_use]
    pub fn emulator(&self) -> &Emulator {
        &self.emulator
    }

    /// Where the pool listens.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        self.emulator.endpoint()
    }

    /// The verifier of an API that trusts this pool. A real one is named by its id alone.
    ///
    /// # Errors
    ///
    /// Never: the emulator's names are well formed.
    pub fn verifier(&self) -> Outcome<CognitoVerifierBuilder> {
        let builder = CognitoVerifier::builder(self.emulator.user_pool_id().parse()?);
        Ok(builder
            .client_id(self.emulator.client_id())
            .issuer(self.emulator.issuer())
            .jwks_uri(self.emulator.jwks_uri()))
    }

    /// Signs a person in and gives their access token.
    ///
    /// # Errors
    ///
    /// When the person is neither [`ANN`] nor [`BOB`].
    pub async fn access_token(&self, person: &str) -> Outcome<String> {
        match self.cognito.login(person, PASSWORD).await? {
            SignIn::Complete(tokens) => Ok(tokens.access_token.expose().to_owned()),
            other => Err(format!("more is asked for: {other:?}").into()),
        }
    }
}

/// The code of `docs/cookbook.md`, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/cookbook.md")]
mod cookbook {}
