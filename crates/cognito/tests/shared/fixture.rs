//! A user pool for tests: our emulator, or another one.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use cognito::config::PoolConfig;
use cognito::{Challenge, Cognito, CognitoBuilder, SignIn, Tokens};
use cognito_emulator::{Client, Emulator, EmulatorBuilder, ProviderType};
use cognito_testkit::{FixedClock, InMemoryHttpClient};

/// 2027-01-15T08:00:00Z
pub const NOW: u64 = 1_800_000_000;
pub const EMAIL: &str = "user@example.com";
pub const PASSWORD: &str = "SecurePass123!";
pub const OTHER_PASSWORD: &str = "EvenBetter456!";
pub const SECRET: &str = "abcdefghijklmnopqrstuvwxyz0123456789";

/// A facade and the pool behind it.
pub struct Fixture {
    pub cognito: Cognito,
    backend: Backend,
}

enum Backend {
    Ours(Ours),
    #[allow(dead_code, reason = "made by the tests against foreign emulators only")]
    Foreign(Foreign),
}

/// Our emulator, its clock, and a client for requests in memory.
struct Ours {
    http: InMemoryHttpClient,
    clock: FixedClock,
}

impl Ours {
    /// Starts our emulator with the test's changes. It also has a server, for browsers and further
    /// facades.
    async fn start(change: impl FnOnce(EmulatorBuilder) -> EmulatorBuilder) -> Self {
        let clock = FixedClock::at_unix(NOW);
        let builder = Emulator::builder()
            .custom_attribute("department")
            .identity_provider("Google", ProviderType::Google)
            .clock(Arc::new(clock.clone()));
        let emulator = change(builder).start().await.unwrap();
        Self {
            http: InMemoryHttpClient::new(emulator),
            clock,
        }
    }

    /// Returns a builder for a facade that reaches the emulator over a socket.
    fn facade(&self) -> CognitoBuilder {
        let emulator = self.http.emulator();
        Cognito::builder()
            .config(pool_of(emulator))
            .emulator(emulator.endpoint())
            .clock(self.clock.clone())
    }

    async fn fixture(self, cognito: CognitoBuilder) -> Fixture {
        Fixture {
            cognito: cognito.build().await.unwrap(),
            backend: Backend::Ours(self),
        }
    }
}

/// The data about another emulator.
pub struct Foreign {
    /// The code that confirms every account.
    pub sign_up_code: &'static str,
    /// Returns the code of a password reset.
    pub reset_code: Box<dyn Fn() -> String + Send + Sync>,
}

impl Fixture {
    /// Creates our emulator with its defaults: sign-in by e-mail address, one public client.
    pub async fn ours() -> Self {
        Self::ours_with(|emulator| emulator, |cognito| cognito).await
    }

    /// Creates our emulator with a client that has a secret.
    pub async fn ours_with_secret() -> Self {
        let client = Client::new("withsecret").secret(SECRET);
        Self::ours_with(|emulator| emulator.client(client), |cognito| cognito).await
    }

    /// Creates our emulator and the facade with the test's changes. The facade reaches the emulator
    /// over a socket.
    pub async fn ours_with(
        emulator: impl FnOnce(EmulatorBuilder) -> EmulatorBuilder,
        cognito: impl FnOnce(CognitoBuilder) -> CognitoBuilder,
    ) -> Self {
        let ours = Ours::start(emulator).await;
        let builder = ours.facade();
        ours.fixture(cognito(builder)).await
    }

    /// Creates our emulator with the test's changes. The facade reaches the emulator in memory.
    #[allow(dead_code, reason = "used by the tests of the facade only")]
    pub async fn ours_in_memory(emulator: impl FnOnce(EmulatorBuilder) -> EmulatorBuilder) -> Self {
        let ours = Ours::start(emulator).await;
        let builder = ours.facade().http_connector(ours.http.clone());
        let builder = builder.jwks_source(ours.http.clone());
        ours.fixture(builder).await
    }

    /// Creates a fixture with another emulator.
    #[allow(dead_code, reason = "used by the tests against foreign emulators only")]
    pub fn foreign(cognito: Cognito, foreign: Foreign) -> Self {
        Self {
            cognito,
            backend: Backend::Foreign(foreign),
        }
    }

    /// Returns our emulator, for what only it can do.
    pub fn emulator(&self) -> &Emulator {
        match &self.backend {
            Backend::Ours(ours) => ours.http.emulator(),
            Backend::Foreign(_) => panic!("this scenario needs our own emulator"),
        }
    }

    /// Returns the clock of the pool and the facade, for another facade.
    #[allow(dead_code, reason = "foreign emulators live in real time")]
    pub fn clock(&self) -> FixedClock {
        match &self.backend {
            Backend::Ours(ours) => ours.clock.clone(),
            Backend::Foreign(_) => panic!("a foreign emulator has a clock of its own"),
        }
    }

    /// Lets time pass for the pool and the facade.
    #[allow(dead_code, reason = "foreign emulators live in real time")]
    pub fn pass(&self, time: Duration) {
        match &self.backend {
            Backend::Ours(ours) => ours.clock.advance(time),
            Backend::Foreign(_) => panic!("a foreign emulator has a clock of its own"),
        }
    }

    /// Returns the current time of the pool.
    pub fn now(&self) -> SystemTime {
        match &self.backend {
            Backend::Ours(ours) => cognito::clock::Clock::now(&ours.clock),
            #[allow(
                clippy::disallowed_methods,
                reason = "foreign emulators live in real time"
            )]
            Backend::Foreign(_) => SystemTime::now(),
        }
    }

    /// Returns the code that confirms the account of `email`.
    pub fn sign_up_code(&self, email: &str) -> String {
        match &self.backend {
            Backend::Ours(ours) => ours.http.emulator().inbox().latest_code(email).unwrap(),
            Backend::Foreign(foreign) => foreign.sign_up_code.to_owned(),
        }
    }

    /// Returns the code that resets the password of `email`.
    pub fn reset_code(&self, email: &str) -> String {
        match &self.backend {
            Backend::Ours(ours) => ours.http.emulator().inbox().latest_code(email).unwrap(),
            Backend::Foreign(foreign) => (foreign.reset_code)(),
        }
    }

    /// Signs a user up and confirms the account.
    pub async fn confirmed_user(&self, email: &str) {
        self.cognito.sign_up(email, PASSWORD).await.unwrap();
        let code = self.sign_up_code(email);
        self.cognito.confirm_sign_up(email, code).await.unwrap();
    }

    /// Signs a user up, confirms the account and signs in.
    pub async fn signed_in(&self) -> Tokens {
        self.confirmed_user(EMAIL).await;
        self.login().await
    }

    /// Signs the user in.
    pub async fn login(&self) -> Tokens {
        complete(self.cognito.login(EMAIL, PASSWORD).await.unwrap())
    }
}

/// Returns the settings of our emulator's first client.
pub fn pool_of(emulator: &Emulator) -> PoolConfig {
    let pool = PoolConfig::new(
        emulator.user_pool_id().parse().unwrap(),
        emulator.client_id().parse().unwrap(),
    )
    .with_issuer(emulator.issuer(), emulator.jwks_uri());
    match emulator.client_secret() {
        Some(secret) => pool.with_client_secret(secret.parse().unwrap()),
        None => pool,
    }
}

/// Returns the tokens of a sign-in that must be complete.
pub fn complete(signed_in: SignIn) -> Tokens {
    match signed_in {
        SignIn::Complete(tokens) => tokens,
        SignIn::Challenge(challenge) => panic!("unexpected challenge {}", challenge.name()),
    }
}

/// Returns the challenge of a sign-in that must not be complete.
pub fn challenge(signed_in: SignIn) -> Challenge {
    match signed_in {
        SignIn::Complete(_) => panic!("a challenge was expected"),
        SignIn::Challenge(challenge) => challenge,
    }
}

/// Returns the error with which an operation must fail.
#[track_caller]
pub fn refused<T>(result: Result<T, impl Into<cognito::Error>>) -> cognito::ErrorKind {
    match result {
        Ok(_) => panic!("the operation went through"),
        Err(error) => error.into().kind(),
    }
}
