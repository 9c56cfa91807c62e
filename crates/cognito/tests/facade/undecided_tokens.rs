//! Sign-outs whose access or ID token the verifier cannot verify, or rejects although the token is
//! authentic.

use std::sync::Arc;

use async_trait::async_trait;
use cognito::clock::Clock;
use cognito::revocation::MemoryRevocationList;
use cognito::verifier::TokenVerifier;
use cognito::{AccessClaims, Cognito, CognitoBuilder, Error, ErrorKind, IdClaims, Result, Tokens};
use cognito_emulator::{Emulator, Fault, Request};
use serde_json::{Value, json};

use crate::fixture::{EMAIL, Fixture, NOW, PASSWORD, complete, refused};

/// A verifier that rejects all tokens without checking the signature.
#[derive(Debug)]
struct Rejects(ErrorKind);

#[async_trait]
impl TokenVerifier for Rejects {
    async fn verify_access(&self, _: &str) -> Result<Arc<AccessClaims>> {
        Err(self.0.into())
    }

    async fn verify_id(&self, _: &str) -> Result<Arc<IdClaims>> {
        Err(self.0.into())
    }
}

/// The kinds of errors after which it is unknown whether a token is authentic.
const UNDECIDED: [ErrorKind; 4] = [
    ErrorKind::InsufficientAuthentication,
    ErrorKind::InsufficientScope,
    ErrorKind::KeysUnavailable,
    ErrorKind::StoreUnavailable,
];

/// Two instances with one revocation list. The first one verifies tokens.
struct Instances {
    fixture: Fixture,
    other: Cognito,
}

impl Instances {
    async fn with(other: impl FnOnce(&Fixture) -> CognitoBuilder) -> Self {
        let clock = cognito_testkit::FixedClock::at_unix(NOW);
        let clock: Arc<dyn Clock> = Arc::new(clock);
        let list = Arc::new(MemoryRevocationList::new(clock));
        let shared = Arc::clone(&list);
        let fixture =
            Fixture::ours_with(|pool| pool, |cognito| cognito.revocation_list(shared)).await;
        let builder = other(&fixture).revocation_list(list);
        let other = builder.build().await.unwrap();
        Self { fixture, other }
    }

    /// Creates instances. The verifier of the second one rejects all tokens.
    async fn rejecting(kind: ErrorKind) -> Self {
        Self::with(|fixture| fixture.facade_without_keys().verifier(Rejects(kind))).await
    }

    async fn login(&self, name: &str) -> Tokens {
        let email = [("email", name), ("email_verified", "true")];
        let emulator = self.fixture.emulator();
        emulator.create_user(name, PASSWORD, &email).unwrap();
        let signed_in = self.fixture.cognito.login(name, PASSWORD).await;
        complete(signed_in.unwrap())
    }

    /// Returns the kinds of errors with which the first instance rejects the two tokens.
    async fn rejected(&self, tokens: &Tokens) -> [Option<ErrorKind>; 2] {
        let cognito = &self.fixture.cognito;
        let access = tokens.access_token.expose();
        let access = cognito.verify_access_token(access).await;
        let id = cognito.verify_id_token(tokens.id_token.expose()).await;
        let kind = |error: Error| error.kind();
        [access.err().map(kind), id.err().map(kind)]
    }

    fn revocations(&self) -> usize {
        self.fixture.cognito.health().revocations.live
    }
}

const ACCEPTED: [Option<ErrorKind>; 2] = [None; 2];
const REVOKED: [Option<ErrorKind>; 2] = [Some(ErrorKind::TokenRevoked); 2];

/// Returns the claims of one token with the signature of another.
fn forged(claims: &str, signature: &str) -> String {
    let (claims, _) = claims.rsplit_once('.').unwrap();
    let (_, signature) = signature.rsplit_once('.').unwrap();
    format!("{claims}.{signature}")
}

#[tokio::test]
async fn cognito_decides_if_verifier_cannot() {
    for kind in UNDECIDED {
        let instances = Instances::rejecting(kind).await;
        let tokens = instances.login(EMAIL).await;
        let revoke = instances.other.revoke(&tokens.refresh_token);
        revoke.access_token(&tokens.access_token).await.unwrap();
        assert_eq!(instances.rejected(&tokens).await, REVOKED, "{kind:?}");
        assert_eq!(instances.fixture.emulator().calls("GetUser"), 1);
    }
}

#[tokio::test]
async fn undecided_forged_token_revokes_nothing() {
    for kind in UNDECIDED {
        let instances = Instances::rejecting(kind).await;
        let attacker = instances.login("attacker@example.com").await;
        let victim = instances.login(EMAIL).await;
        let token = forged(victim.access_token.expose(), attacker.access_token.expose());
        let revoke = instances.other.revoke(&attacker.refresh_token);
        assert_eq!(refused(revoke.access_token(token).await), kind);
        let token = forged(victim.id_token.expose(), attacker.id_token.expose());
        let revoke = instances.other.revoke(&attacker.refresh_token);
        assert_eq!(refused(revoke.id_token(token).await), kind);
        assert_eq!(instances.rejected(&victim).await, ACCEPTED, "{kind:?}");
        assert_eq!(instances.revocations(), 0);
    }
}

/// Returns the access token of a user of another pool of the same emulator.
async fn access_token_of_other_pool(emulator: &Emulator) -> String {
    let call = async |operation: &str, fields: Value| -> Value {
        let target = format!("AWSCognitoIdentityProviderService.{operation}");
        let request = Request::new("POST", "/").header("x-amz-target", &target);
        let request = request
            .header("authorization", "AWS4-HMAC-SHA256 Credential=test")
            .body(fields.to_string());
        let response = emulator.respond(request).await.unwrap();
        serde_json::from_slice(response.body()).unwrap()
    };
    let pool = call("CreateUserPool", json!({ "PoolName": "other" })).await;
    let id = &pool["UserPool"]["Id"];
    let flows = ["ALLOW_USER_PASSWORD_AUTH"];
    let fields = json!({ "UserPoolId": id, "ClientName": "c", "ExplicitAuthFlows": flows });
    let client = call("CreateUserPoolClient", fields).await;
    let user = json!({ "UserPoolId": id, "Username": "eve" });
    call("AdminCreateUser", user.clone()).await;
    let mut fields = user;
    fields["Password"] = json!(PASSWORD);
    fields["Permanent"] = json!(true);
    call("AdminSetUserPassword", fields).await;
    let parameters = json!({ "USERNAME": "eve", "PASSWORD": PASSWORD });
    let fields = json!({
        "ClientId": client["UserPoolClient"]["ClientId"],
        "AuthFlow": "USER_PASSWORD_AUTH",
        "AuthParameters": parameters,
    });
    let tokens = call("InitiateAuth", fields).await;
    let token = tokens["AuthenticationResult"]["AccessToken"].as_str();
    token.unwrap().to_owned()
}

#[tokio::test]
async fn token_of_another_pool_revokes_nothing() {
    let instances = Instances::rejecting(ErrorKind::KeysUnavailable).await;
    let tokens = instances.login(EMAIL).await;
    let token = access_token_of_other_pool(instances.fixture.emulator()).await;
    let revoke = instances.other.revoke(&tokens.refresh_token);
    let error = refused(revoke.access_token(token).await);
    assert_eq!(error, ErrorKind::KeysUnavailable);
    assert_eq!(instances.revocations(), 0);
    assert_eq!(instances.fixture.emulator().calls("GetUser"), 0);
}

/// Cognito accepts the token, but the user of the other pool must not add an entry to this list.
#[tokio::test]
async fn sign_out_in_another_pool_revokes_nothing() {
    for kind in [ErrorKind::KeysUnavailable, ErrorKind::TokenInvalid] {
        let instances = Instances::rejecting(kind).await;
        let emulator = instances.fixture.emulator();

        let token = access_token_of_other_pool(emulator).await;
        let account = instances.other.account(token);
        assert_eq!(refused(account.sign_out_everywhere().await), kind);
        let token = access_token_of_other_pool(emulator).await;
        let account = instances.other.account(token);
        assert_eq!(refused(account.delete().await), kind);

        assert_eq!(emulator.calls("GlobalSignOut"), 1);
        assert_eq!(emulator.calls("DeleteUser"), 1);
        assert_eq!(instances.revocations(), 0);
    }
}

#[tokio::test]
async fn undecided_sign_out_succeeds_on_retry() {
    let instances = Instances::rejecting(ErrorKind::KeysUnavailable).await;
    let tokens = instances.login(EMAIL).await;
    // Cognito has no operation that verifies an ID token.
    let revoke = instances.other.revoke(&tokens.refresh_token);
    let error = refused(revoke.id_token(&tokens.id_token).await);
    assert_eq!(error, ErrorKind::KeysUnavailable);
    assert!(error.is_retryable());
    let refreshed = instances.fixture.cognito.refresh(&tokens.refresh_token);
    assert_eq!(refused(refreshed.await), ErrorKind::RefreshRevoked);
    let revoke = instances.fixture.cognito.revoke(&tokens.refresh_token);
    revoke.id_token(&tokens.id_token).await.unwrap();
    assert_eq!(instances.rejected(&tokens).await, REVOKED);
}

#[tokio::test]
async fn unmet_requirement_does_not_prevent_sign_out() {
    let minute = std::time::Duration::from_secs(60);
    type Change = fn(CognitoBuilder) -> CognitoBuilder;
    let requirements: [Change; 3] = [
        |other| other.configure_verifier(|verifier| verifier.require_any_group(["admins"])),
        |other| other.configure_verifier(|verifier| verifier.require_any_scope(["shop/read"])),
        |other| other.max_age(std::time::Duration::from_secs(1)),
    ];
    for (number, requirement) in requirements.into_iter().enumerate() {
        let instances = Instances::with(|fixture| requirement(fixture.facade())).await;
        let tokens = instances.login(EMAIL).await;
        instances.fixture.pass(minute);
        let other = &instances.other;
        let token = tokens.access_token.expose();
        assert!(other.verify_access_token(token).await.is_err(), "{number}");
        let revoke = other.revoke(&tokens.refresh_token);
        revoke.access_token(token).await.unwrap();
        assert_eq!(instances.rejected(&tokens).await, REVOKED, "{number}");
        assert_eq!(instances.fixture.emulator().calls("GetUser"), 0);
    }
}

#[tokio::test]
async fn forged_token_without_scope_revokes_nothing() {
    let scope = |fixture: &Fixture| {
        let other = fixture.facade();
        other.configure_verifier(|verifier| verifier.require_any_scope(["shop/read"]))
    };
    let instances = Instances::with(scope).await;
    let attacker = instances.login("attacker@example.com").await;
    let victim = instances.login(EMAIL).await;
    let token = forged(victim.access_token.expose(), attacker.access_token.expose());
    let revoke = instances.other.revoke(&attacker.refresh_token);
    revoke.access_token(token).await.unwrap();
    assert_eq!(instances.rejected(&victim).await, ACCEPTED);
    assert_eq!(instances.revocations(), 0);
}

#[tokio::test]
async fn lost_sign_out_needs_no_scope() {
    let scope = |fixture: &Fixture| {
        let other = fixture.facade();
        other.configure_verifier(|verifier| verifier.require_any_scope(["shop/read"]))
    };
    let instances = Instances::with(scope).await;
    let tokens = instances.login(EMAIL).await;
    let emulator = instances.fixture.emulator();
    emulator.inject(Fault::cut("GlobalSignOut")).unwrap();
    let account = instances.other.account(&tokens.access_token);
    let error = refused(account.sign_out_everywhere().await);
    assert_eq!(error, ErrorKind::ReplyLost);
    assert_eq!(instances.rejected(&tokens).await, REVOKED);
}

in_memory_too! {
    cognito_decides_if_verifier_cannot
    undecided_forged_token_revokes_nothing
    token_of_another_pool_revokes_nothing
    sign_out_in_another_pool_revokes_nothing
    undecided_sign_out_succeeds_on_retry
    unmet_requirement_does_not_prevent_sign_out
    forged_token_without_scope_revokes_nothing
    lost_sign_out_needs_no_scope
}
