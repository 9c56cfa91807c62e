//! A user pool and an identity pool in memory.

use std::collections::HashMap;

use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::Credentials;
use aws_sdk_cognitoidentity::Client;
use aws_sdk_cognitoidentity::operation::create_identity_pool::builders::CreateIdentityPoolFluentBuilder;
use aws_sdk_cognitoidentity::types::CognitoIdentityProvider;
use cognito::{IdToken, Tokens};
use cognito_identity_pool::{ErrorKind, IdentityCredentials, IdentityPool, IdentityPoolBuilder};
use cognito_testkit::FakeUserPool;

pub(crate) const ANN: &str = "ann@example.com";
pub(crate) const BOB: &str = "bob@example.com";
pub(crate) const PASSWORD: &str = "SecurePass123!";
pub(crate) const ROLE: &str = "arn:aws:iam::123456789012:role/app";

/// A user pool with two users, and an identity pool that accepts their ID tokens.
pub(crate) struct Fixture {
    pub(crate) users: FakeUserPool,
    pub(crate) id: String,
    /// A client of the operator.
    pub(crate) operator: Client,
}

impl Fixture {
    pub(crate) async fn new() -> Self {
        Self::with(|create| create.allow_unauthenticated_identities(true)).await
    }

    /// Creates an identity pool with the test's settings.
    pub(crate) async fn with(
        change: impl FnOnce(CreateIdentityPoolFluentBuilder) -> CreateIdentityPoolFluentBuilder,
    ) -> Self {
        let users = FakeUserPool::builder().client("web").build().await.unwrap();
        for email in [ANN, BOB] {
            users.emulator().create_user(email, PASSWORD, &[]).unwrap();
        }
        let operator = Client::new(&operator_config(&users).await);
        let pool = users.emulator().user_pool_id();
        let provider = format!("cognito-idp.us-east-1.amazonaws.com/{pool}");
        let accepted = CognitoIdentityProvider::builder()
            .provider_name(&provider)
            .client_id("web")
            .build();
        let create = operator
            .create_identity_pool()
            .identity_pool_name("users")
            .allow_unauthenticated_identities(false)
            .cognito_identity_providers(accepted);
        let created = change(create).send().await.unwrap();
        let fixture = Self {
            id: created.identity_pool_id().to_owned(),
            users,
            operator,
        };
        let kinds = ["authenticated", "unauthenticated"];
        fixture.set_roles(&kinds).await;
        fixture
    }

    /// Sets a role for these kinds of identities only.
    pub(crate) async fn set_roles(&self, kinds: &[&str]) {
        let roles = kinds
            .iter()
            .map(|kind| ((*kind).to_owned(), ROLE.to_owned()));
        let roles: HashMap<_, _> = roles.collect();
        let request = self.operator.set_identity_pool_roles();
        let request = request.identity_pool_id(&self.id).set_roles(Some(roles));
        request.send().await.unwrap();
    }

    /// Returns a builder for the identity pool. A request has one attempt.
    pub(crate) fn builder(&self) -> IdentityPoolBuilder {
        self.builder_of(&self.id)
    }

    pub(crate) fn builder_of(&self, id: &str) -> IdentityPoolBuilder {
        let user_pool = self.users.emulator().user_pool_id().parse().unwrap();
        IdentityPool::builder(id.parse().unwrap(), &user_pool)
            .clock(self.users.clock().clone())
            .http_connector(self.users.http_client())
            .max_attempts(1)
    }

    pub(crate) fn pool(&self) -> IdentityPool {
        self.builder().build_isolated()
    }

    pub(crate) async fn sign_in(&self, email: &str) -> Tokens {
        let signed_in = self.users.cognito().login(email, PASSWORD).await.unwrap();
        signed_in.into_tokens().unwrap()
    }

    /// Returns the credentials of a user. The source signs the user in for each ID token.
    pub(crate) fn user(&self, pool: &IdentityPool, email: &'static str) -> IdentityCredentials {
        let cognito = self.users.cognito().clone();
        let source = move || {
            let cognito = cognito.clone();
            async move {
                let signed_in = cognito.login(email, PASSWORD).await?;
                Ok(signed_in.into_tokens().unwrap().id_token)
            }
        };
        pool.user(source).build().unwrap()
    }

    pub(crate) fn calls(&self, operation: &str) -> u64 {
        self.users.emulator().calls(operation)
    }
}

/// Returns the credentials of a user whose source always returns this token.
pub(crate) fn with_token(pool: &IdentityPool, token: &IdToken) -> IdentityCredentials {
    let token = token.clone();
    let source = move || {
        let token = token.clone();
        async move { Ok(token) }
    };
    pool.user(source).build().unwrap()
}

/// Returns the kind of error with which the credentials fail.
pub(crate) async fn failure(credentials: &IdentityCredentials) -> ErrorKind {
    credentials.credentials().await.unwrap_err().kind()
}

/// Returns a configuration of the AWS SDK with any credentials, for an operator.
pub(crate) async fn operator_config(users: &FakeUserPool) -> SdkConfig {
    let credentials = Credentials::new("test", "test", None, None, "test");
    aws_config::defaults(BehaviorVersion::latest())
        .region("us-east-1")
        .credentials_provider(credentials)
        .http_client(users.http_client())
        .load()
        .await
}
