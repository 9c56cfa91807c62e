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

tokio::task_local! {
    /// Is set while a test creates fixtures whose requests are in memory.
    static IN_MEMORY: ();
}

/// Runs a test in memory: its fixtures use no socket. Without this function, they use sockets.
#[allow(dead_code, reason = "used by the tests of the facade only")]
pub fn in_memory(test: fn()) {
    IN_MEMORY.sync_scope((), test);
}

/// Our emulator, its clock, and a client for requests in memory.
struct Ours {
    http: InMemoryHttpClient,
    clock: FixedClock,
    /// Whether requests are function calls. If not, they use a socket.
    in_memory: bool,
}

impl Ours {
    /// Starts our emulator with the test's changes. It has no server if requests are in memory.
    async fn start(change: impl FnOnce(EmulatorBuilder) -> EmulatorBuilder) -> Self {
        let clock = FixedClock::at_unix(NOW);
        let builder = Emulator::builder()
            .custom_attribute("department")
            .identity_provider("Google", ProviderType::Google)
            .clock(Arc::new(clock.clone()));
        let in_memory = IN_MEMORY.try_with(|()| ()).is_ok();
        let emulator = if in_memory {
            change(builder).build()
        } else {
            change(builder).start().await
        };
        Self {
            http: InMemoryHttpClient::new(emulator.unwrap()),
            clock,
            in_memory,
        }
    }

    /// Returns a builder for a facade whose verifier gets the keys from the emulator.
    fn facade(&self) -> CognitoBuilder {
        let builder = self.facade_without_keys();
        if self.in_memory {
            builder.jwks_source(self.http.clone())
        } else {
            builder
        }
    }

    /// Returns a builder for a facade that needs a custom verifier.
    fn facade_without_keys(&self) -> CognitoBuilder {
        let emulator = self.http.emulator();
        let builder = Cognito::builder()
            .config(pool_of(emulator))
            .emulator(emulator.endpoint())
            .clock(self.clock.clone());
        if self.in_memory {
            builder.http_connector(self.http.clone())
        } else {
            builder
        }
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

    /// Creates our emulator with its defaults. Requests are in memory.
    #[allow(dead_code, reason = "used by the tests of the facade only")]
    pub async fn ours_in_memory() -> Self {
        IN_MEMORY.scope((), Self::ours()).await
    }

    /// Creates our emulator with a client that has a secret.
    pub async fn ours_with_secret() -> Self {
        let client = Client::new("withsecret").secret(SECRET);
        Self::ours_with(|emulator| emulator.client(client), |cognito| cognito).await
    }

    /// Creates our emulator and the facade with the test's changes.
    pub async fn ours_with(
        emulator: impl FnOnce(EmulatorBuilder) -> EmulatorBuilder,
        cognito: impl FnOnce(CognitoBuilder) -> CognitoBuilder,
    ) -> Self {
        let ours = Ours::start(emulator).await;
        let builder = ours.facade();
        ours.fixture(cognito(builder)).await
    }

    /// Creates a fixture with another emulator.
    #[allow(dead_code, reason = "used by the tests against foreign emulators only")]
    pub fn foreign(cognito: Cognito, foreign: Foreign) -> Self {
        Self {
            cognito,
            backend: Backend::Foreign(foreign),
        }
    }

    /// Returns a builder for another facade of the same pool, as for another instance of a service.
    #[allow(dead_code, reason = "foreign emulators have one facade")]
    pub fn facade(&self) -> CognitoBuilder {
        self.own().facade()
    }

    /// Returns a builder for another facade of the same pool. The builder has no source of keys, so
    /// it accepts a custom verifier.
    #[allow(dead_code, reason = "foreign emulators have one facade")]
    pub fn facade_without_keys(&self) -> CognitoBuilder {
        self.own().facade_without_keys()
    }

    /// Returns a source of the emulator's keys for another verifier. It uses no socket.
    #[allow(dead_code, reason = "used by the tests of verifiers only")]
    pub fn keys(&self) -> InMemoryHttpClient {
        self.own().http.clone()
    }

    /// Returns our emulator, for what only it can do.
    pub fn emulator(&self) -> &Emulator {
        self.own().http.emulator()
    }

    /// Returns our emulator if a browser must send its requests in memory. Returns `None` if the
    /// browser must use a socket, as with each foreign emulator.
    #[allow(dead_code, reason = "used by the tests with a browser only")]
    pub fn emulator_in_memory(&self) -> Option<&Emulator> {
        match &self.backend {
            Backend::Ours(ours) if ours.in_memory => Some(ours.http.emulator()),
            Backend::Ours(_) | Backend::Foreign(_) => None,
        }
    }

    fn own(&self) -> &Ours {
        match &self.backend {
            Backend::Ours(ours) => ours,
            Backend::Foreign(_) => panic!("this scenario needs our own emulator"),
        }
    }

    /// Returns the clock of the pool and the facade, for another facade.
    #[allow(dead_code, reason = "foreign emulators live in real time")]
    pub fn clock(&self) -> FixedClock {
        self.own().clock.clone()
    }

    /// Lets time pass for the pool and the facade.
    #[allow(dead_code, reason = "foreign emulators live in real time")]
    pub fn pass(&self, time: Duration) {
        self.own().clock.advance(time);
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
    emulator.pool_config().unwrap()
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
