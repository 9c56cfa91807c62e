//! Each layer replaced: mocks of every port drive the facade without HTTP.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use cognito::account::FactorChange;
use cognito::administration::{PageToken, UserStatus};
use cognito::attempt::{QuotaCategory, RateLimiter};
use cognito::config::PoolConfig;
use cognito::revocation::{Revocation, RevocationList, TokenIdentity};
use cognito::verifier::TokenVerifier;
use cognito::{
    AccessClaims, Challenge, ChallengeName, Cognito, CognitoBuilder, DeliveryMedium, Error,
    ErrorKind, IdClaims, Operation, Result, SignInFlow, challenge,
};
use cognito_core::authentication::challenge::ChallengeStep;
use cognito_core::ports::*;
use cognito_testkit::FixedClock;
use cognito_testkit::mocks::{
    MockAccount, MockAdministration, MockAuthentication, MockHostedLogin,
};
use mockall::mock;

mock! {
    #[derive(Debug)]
    pub Verifier {}

    #[async_trait]
    impl TokenVerifier for Verifier {
        async fn verify_access(&self, token: &str) -> Result<Arc<AccessClaims>>;
        async fn verify_id(&self, token: &str) -> Result<Arc<IdClaims>>;
    }
}

#[allow(single_use_lifetimes, reason = "the macro wants it named")]
mod revoked {
    use super::*;

    mock! {
    #[derive(Debug)]
    pub Revoked {}

    #[async_trait]
    impl RevocationList for Revoked {
        async fn revoke(&self, revocation: Revocation) -> Result<()>;
        fn is_revoked<'a>(&self, token: &TokenIdentity<'a>) -> bool;
        fn len(&self) -> usize;
    }
    }
}

pub(crate) use revoked::MockRevoked;

/// Returns the builder of a facade without any network.
pub(crate) fn unplugged() -> CognitoBuilder {
    let pool = PoolConfig::new(
        "us-east-1_Mocked".parse().unwrap(),
        "client".parse().unwrap(),
    );
    without_verifier()
        .config(pool)
        .clock(FixedClock::at_unix(1_800_000_000))
        .verifier(MockVerifier::new())
}

/// Returns the builder of a facade without any network, with the default verifier.
pub(crate) fn without_verifier() -> CognitoBuilder {
    Cognito::builder()
        .authentication(MockAuthentication::new())
        .account(MockAccount::new())
        .administration(MockAdministration::new())
}

/// Tests every implementation of the port: boxed and shared.
#[tokio::test]
async fn another_managed_login_is_asked_through_its_port() {
    let mut mock = MockHostedLogin::new();
    mock.expect_client_credentials()
        .withf(|grant| {
            grant
                .scopes
                .iter()
                .map(Scope::as_str)
                .eq(["a/read", "a/write"])
        })
        .times(1)
        .returning(|_| Err(Error::new(ErrorKind::Throttled)));
    mock.expect_revoke()
        .withf(|token| token.expose() == "g.h.i.j.k")
        .times(1)
        .returning(|_| Ok(RepliedAt::unknown()));
    mock.expect_logout_url()
        .withf(|request| matches!(request, LogoutRequest::SignInAgain(_)))
        .times(1)
        .returning(|_| Ok("https://elsewhere.example/".to_owned()));
    mock.expect_refresh().times(1).returning(|_| Ok(tokens()));
    let port: Box<dyn HostedLogin> = Box::new(Arc::new(mock));
    let cognito = unplugged().hosted_login(port).build().await.unwrap();
    let login = cognito.hosted_login();
    let token = login.client_credentials().scope("a/write").scope("a/read");
    assert_eq!(token.await.unwrap_err().kind(), ErrorKind::Throttled);
    login.revoke("g.h.i.j.k").await.unwrap();
    let url = login
        .logout_and_sign_in_url("https://shop.example/")
        .unwrap();
    assert_eq!(url, "https://elsewhere.example/");
    drop(login.refresh("g.h.i.j.k").await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn call_over_rate_waits_its_turn() {
    let mut mock = MockAuthentication::new();
    let delivery = || CodeDelivery::new("u***@e***", DeliveryMedium::Email);
    mock.expect_forgot_password()
        .returning(move |_| Ok(delivery()));
    // The clock of the limiter does not advance, and Tokio's clock is virtual.
    let limiter = RateLimiter::builder(Arc::new(FixedClock::at_unix(1_800_000_000)))
        .rate(QuotaCategory::UserAccountRecovery, 2)
        .build();
    let cognito = unplugged()
        .authentication(mock)
        .rate_limiter(limiter.unwrap())
        .build()
        .await
        .unwrap();
    let mut waits = Vec::new();
    for _ in 0..4 {
        let start = tokio::time::Instant::now();
        cognito.forgot_password("user@example.com").await.unwrap();
        waits.push(start.elapsed().as_millis());
    }
    assert_eq!(waits, [0, 0, 500, 1000]);
}

pub(crate) fn tokens() -> Tokens {
    Tokens::new(
        "a.b.c".parse().unwrap(),
        "d.e.f".parse().unwrap(),
        "g.h.i.j.k".parse().unwrap(),
        Duration::from_secs(3600),
    )
}

#[tokio::test]
async fn sign_up_sends_username_as_contact_attribute() {
    for (username, attribute) in [
        ("ann@example.com", Some("email")),
        ("+4930123456", Some("phone_number")),
        ("ann", None),
    ] {
        let mut mock = MockAuthentication::new();
        mock.expect_sign_up().returning(move |request| {
            let sent: Vec<(&str, &str)> = request.attributes.iter().collect();
            let expected: Vec<_> = attribute.map(|name| (name, username)).into_iter().collect();
            assert_eq!(sent, expected);
            Ok(SignUpResponse::new("a-sub"))
        });
        let cognito = unplugged().authentication(mock).build().await.unwrap();
        cognito.sign_up(username, "SecurePass123!").await.unwrap();
    }
}

#[tokio::test]
async fn authentication_can_be_mocked() {
    let mut mock = MockAuthentication::new();
    mock.expect_sign_up()
        .withf(|request| request.attributes.value("email") == Some("ann@example.com"))
        .returning(|_| Ok(SignUpResponse::new("a-sub")));
    mock.expect_sign_in().returning(|request| {
        let step = ChallengeStep::new(
            ChallengeName::SoftwareTokenMfa,
            request.username,
            Some("a-session-of-twenty-chars".parse()?),
            Default::default(),
            request.api,
        );
        Ok(SignIn::Challenge(step.into()))
    });
    mock.expect_respond_to_challenge()
        .withf(|answer| answer.challenge().step().username().as_str() == "ann@example.com")
        .returning(|_| Ok(SignIn::Complete(tokens())));
    let cognito = unplugged().authentication(mock).build().await.unwrap();

    let sign_up = cognito
        .sign_up("ann@example.com", "SecurePass123!")
        .await
        .unwrap();
    assert_eq!(sign_up.user_id, "a-sub");
    let signed_in = cognito
        .login("ann@example.com", "SecurePass123!")
        .await
        .unwrap();
    let SignIn::Challenge(Challenge::SoftwareTokenMfa(mfa)) = signed_in else {
        panic!("a challenge was expected");
    };
    let signed_in = cognito.respond(mfa.code("123456")).await.unwrap();
    assert!(matches!(signed_in, SignIn::Complete(_)));
}

#[tokio::test]
async fn account_can_be_mocked() {
    let mut mock = MockAccount::new();
    mock.expect_verify_totp().times(1).returning(|_| Ok(()));
    mock.expect_set_mfa_preference()
        .withf(|_, preference| {
            preference.totp == Some(FactorChange::Preferred) && preference.sms.is_none()
        })
        .times(1)
        .returning(|_, _| Ok(()));
    let cognito = unplugged().account(mock).build().await.unwrap();
    // This call makes two calls to Cognito: the first one checks the code, the second one enables
    // the factor.
    let enabled = cognito
        .account("a.b.c")
        .confirm_totp("123456")
        .await
        .unwrap();
    assert_eq!(enabled.status, "SUCCESS");
}

#[tokio::test]
async fn administration_can_be_mocked() {
    // A stream continues after an empty page.
    let mut mock = MockAdministration::new();
    let user = |name: &str| UserDetails::new(name.parse().unwrap(), UserStatus::Confirmed);
    let pages = [
        UserPage::new(vec![user("a")], Some(PageToken::new("1").unwrap())),
        UserPage::new(Vec::new(), Some(PageToken::new("2").unwrap())),
        UserPage::new(vec![user("b")], None),
    ];
    mock.expect_list_users().times(3).returning(move |request| {
        let page = request
            .page_token
            .map_or(0, |token| token.as_str().parse().unwrap());
        Ok(pages[page].clone())
    });
    let cognito = unplugged().administration(mock).build().await.unwrap();
    let mut everyone = cognito.admin().users().stream();
    let mut names = Vec::new();
    while let Some(user) = everyone.next().await {
        names.push(user.unwrap().username.as_str().to_owned());
    }
    assert_eq!(names, ["a", "b"]);
}

#[tokio::test]
async fn a_stream_ends_after_an_error() {
    let mut mock = MockAdministration::new();
    mock.expect_list_users()
        .times(1)
        .returning(|_| Err(ErrorKind::Throttled.into()));
    let cognito = unplugged().administration(mock).build().await.unwrap();
    let mut everyone = cognito.admin().users().stream();
    let error = everyone.next().await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Throttled);
    assert!(everyone.next().await.is_none());
}

#[tokio::test]
async fn verifier_and_revocation_list_can_be_mocked() {
    let mut verifier = MockVerifier::new();
    verifier
        .expect_verify_access()
        .returning(|token| match token {
            "no keys" => Err(ErrorKind::KeysUnavailable.into()),
            token => Ok(Arc::new(AccessClaims::new(token, "iss", "client", 1, 2))),
        });
    let mut revoked = MockRevoked::new();
    revoked
        .expect_is_revoked()
        .returning(|token| token.sub == "revoked");
    let cognito = unplugged()
        .verifier(verifier)
        .revocation_list(revoked)
        .build()
        .await
        .unwrap();
    assert_eq!(cognito.verify_access_token("ann").await.unwrap().sub, "ann");
    let kind = |result: Result<Arc<AccessClaims>>| result.unwrap_err().kind();
    assert_eq!(
        kind(cognito.verify_access_token("revoked").await),
        ErrorKind::TokenRevoked
    );
    assert_eq!(
        kind(cognito.verify_access_token("no keys").await),
        ErrorKind::KeysUnavailable
    );
}

#[tokio::test]
async fn failed_revocation_is_an_error() {
    let mut verifier = MockVerifier::new();
    verifier
        .expect_verify_access()
        .returning(|_| Ok(Arc::new(AccessClaims::new("ann", "iss", "client", 1, 2))));
    let mut own = MockAccount::new();
    own.expect_global_sign_out()
        .returning(|_| Ok(RepliedAt::unknown()));
    let mut revoked = MockRevoked::new();
    revoked
        .expect_revoke()
        .returning(|_| Err(ErrorKind::StoreUnavailable.into()));
    let cognito = unplugged()
        .account(own)
        .verifier(verifier)
        .revocation_list(revoked)
        .build()
        .await
        .unwrap();
    let error = cognito
        .account("a.b.c")
        .sign_out_everywhere()
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::StoreUnavailable);
}

/// Returns the step of a sign-in that the mocks use.
fn step(name: ChallengeName) -> Challenge {
    ChallengeStep::new(
        name,
        "ann".parse().unwrap(),
        Some("a-session-of-twenty-chars".parse().unwrap()),
        Default::default(),
        SignInFlow::UserPassword.api(),
    )
    .into()
}

#[tokio::test]
async fn choosing_factor_grants_no_new_tries() {
    let mut mock = MockAuthentication::new();
    mock.expect_respond_to_challenge().returning(|answer| {
        if matches!(answer.answer()?, challenge::Answer::Choice(_)) {
            Ok(SignIn::Challenge(step(ChallengeName::SoftwareTokenMfa)))
        } else {
            Err(ErrorKind::CodeMismatch.into())
        }
    });
    let cognito = unplugged().authentication(mock).build().await.unwrap();
    let mut guesses = 0;
    loop {
        let Challenge::SelectMfaType(select) = step(ChallengeName::SelectMfaType) else {
            panic!("wrong variant");
        };
        let chosen = cognito.respond(select.choose(&ChallengeName::SoftwareTokenMfa));
        let SignIn::Challenge(Challenge::SoftwareTokenMfa(mfa)) = chosen.await.unwrap() else {
            panic!("a TOTP challenge was expected");
        };
        let rejection = cognito.respond(mfa.code("000000")).await.unwrap_err();
        if rejection.error().kind() == ErrorKind::AttemptLimit {
            break;
        }
        guesses += 1;
        assert!(guesses <= 10, "the guard lets somebody guess on and on");
    }
}

#[tokio::test]
async fn sign_out_finishes_without_its_caller() {
    use std::sync::Arc;
    use tokio::sync::Notify;

    let (asked, answer) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let mut verifier = MockVerifier::new();
    verifier.expect_verify_access().returning(|_| {
        Ok(Arc::new(AccessClaims::new(
            "ann",
            "iss",
            "client",
            1_800_000_000,
            1_800_003_600,
        )))
    });
    let own = Slow {
        asked: Arc::clone(&asked),
        answer: Arc::clone(&answer),
    };
    let cognito = unplugged()
        .account(own)
        .verifier(verifier)
        .build()
        .await
        .unwrap();
    let account = cognito.account("a.b.c");
    {
        let sign_out = account.sign_out_everywhere();
        tokio::select! {
            _ = sign_out => panic!("nobody has answered yet"),
            () = asked.notified() => {}
        }
    } // The caller hangs up.
    answer.notify_one();
    while cognito.metrics().total_requests == 0 {
        tokio::task::yield_now().await;
    }
    let token = cognito.verify_access_token("a.b.c").await;
    assert_eq!(token.unwrap_err().kind(), ErrorKind::TokenRevoked);
}

/// An account whose sign-out takes until the test ends it.
#[derive(Debug)]
struct Slow {
    asked: Arc<tokio::sync::Notify>,
    answer: Arc<tokio::sync::Notify>,
}

#[async_trait]
impl Account for Slow {
    async fn current_user(&self, _: &AccessToken) -> Result<CurrentUser> {
        Err(ErrorKind::Misuse.into())
    }
    async fn update_attributes(&self, _: UpdateAttributesRequest) -> Result<Vec<CodeDelivery>> {
        Err(ErrorKind::Misuse.into())
    }
    async fn delete_attributes(&self, _: DeleteAttributesRequest) -> Result<()> {
        Err(ErrorKind::Misuse.into())
    }
    async fn send_attribute_code(&self, _: SendAttributeCodeRequest) -> Result<CodeDelivery> {
        Err(ErrorKind::Misuse.into())
    }
    async fn verify_attribute(&self, _: VerifyAttributeRequest) -> Result<()> {
        Err(ErrorKind::Misuse.into())
    }
    async fn delete_current_user(&self, _: &AccessToken) -> Result<RepliedAt> {
        Err(ErrorKind::Misuse.into())
    }
    async fn auth_factors(&self, _: &AccessToken) -> Result<AuthFactors> {
        Err(ErrorKind::Misuse.into())
    }
    async fn change_password(&self, _: ChangePasswordRequest) -> Result<()> {
        Err(ErrorKind::Misuse.into())
    }
    async fn associate_totp(&self, _: &AccessToken) -> Result<TotpSecret> {
        Err(ErrorKind::Misuse.into())
    }
    async fn verify_totp(&self, _: VerifyTotpRequest) -> Result<()> {
        Err(ErrorKind::Misuse.into())
    }
    async fn set_mfa_preference(&self, _: &AccessToken, _: MfaPreference) -> Result<()> {
        Err(ErrorKind::Misuse.into())
    }
    async fn confirm_device(&self, _: ConfirmDeviceRequest) -> Result<ConfirmedDevice> {
        Err(ErrorKind::Misuse.into())
    }
    async fn device(&self, _: DeviceRequest) -> Result<Device> {
        Err(ErrorKind::Misuse.into())
    }
    async fn list_devices(&self, _: ListDevicesRequest) -> Result<DevicePage> {
        Err(ErrorKind::Misuse.into())
    }
    async fn update_device_status(&self, _: UpdateDeviceStatusRequest) -> Result<()> {
        Err(ErrorKind::Misuse.into())
    }
    async fn forget_device(&self, _: DeviceRequest) -> Result<()> {
        Err(ErrorKind::Misuse.into())
    }
    async fn start_passkey_registration(&self, _: &AccessToken) -> Result<PasskeyCreationOptions> {
        Err(ErrorKind::Misuse.into())
    }
    async fn complete_passkey_registration(
        &self,
        _: CompletePasskeyRegistrationRequest,
    ) -> Result<()> {
        Err(ErrorKind::Misuse.into())
    }
    async fn list_passkeys(&self, _: ListPasskeysRequest) -> Result<PasskeyPage> {
        Err(ErrorKind::Misuse.into())
    }
    async fn delete_passkey(&self, _: DeletePasskeyRequest) -> Result<()> {
        Err(ErrorKind::Misuse.into())
    }
    async fn global_sign_out(&self, _: &AccessToken) -> Result<RepliedAt> {
        self.asked.notify_one();
        self.answer.notified().await;
        Ok(RepliedAt::unknown())
    }
}

#[tokio::test]
async fn lost_sign_out_reply_still_revokes_locally() {
    let mut own = MockAccount::new();
    own.expect_global_sign_out()
        .returning(|_| Err(ErrorKind::ReplyLost.into()));
    let mut verifier = MockVerifier::new();
    verifier.expect_verify_access().returning(|_| {
        Ok(Arc::new(AccessClaims::new(
            "ann",
            "iss",
            "client",
            1_800_000_060,
            1_800_003_600,
        )))
    });
    let cognito = unplugged()
        .account(own)
        .verifier(verifier)
        .build()
        .await
        .unwrap();
    let error = cognito
        .account("a.b.c")
        .sign_out_everywhere()
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ReplyLost);
    // A token is rejected even if its `iat` is a minute ahead of our clock.
    let token = cognito.verify_access_token("a.b.c").await;
    assert_eq!(token.unwrap_err().kind(), ErrorKind::TokenRevoked);
}

#[tokio::test]
async fn challenge_is_answered_through_its_api() {
    let mut mock = MockAuthentication::new();
    mock.expect_respond_to_challenge()
        .withf(|answer| answer.challenge().step().api() == SignInFlow::AdminUserPassword.api())
        .returning(|_| Ok(SignIn::Complete(tokens())));
    let cognito = unplugged().authentication(mock).build().await.unwrap();
    let session = "a-session-of-twenty-chars";
    let mfa = cognito.verify_mfa("ann", session, "123456", "SOFTWARE_TOKEN_MFA");
    let signed_in = mfa.flow(SignInFlow::AdminUserPassword).await.unwrap();
    assert!(matches!(signed_in, SignIn::Complete(_)));
    let password = cognito.complete_new_password("ann", session, "EvenBetter456!");
    let signed_in = password.flow(SignInFlow::AdminUserPassword).await.unwrap();
    assert!(matches!(signed_in, SignIn::Complete(_)));
}

/// A port that implements none of its methods.
#[derive(Debug)]
struct Nothing;

impl Administration for Nothing {}

#[tokio::test]
async fn missing_port_method_is_not_supported() {
    let port: Box<dyn Administration> = Box::new(Arc::new(Nothing));
    let cognito = unplugged().administration(port).build().await.unwrap();
    let user = cognito.admin().user("ann@example.com");
    let error = user.delete_totp().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotSupported);
    let operation = Operation::AdminDeleteSoftwareToken;
    assert_eq!(error.operation(), Some(operation));
    let shown = error.to_string();
    assert!(
        shown.contains("Administration::delete_user_totp"),
        "{shown}"
    );
}
