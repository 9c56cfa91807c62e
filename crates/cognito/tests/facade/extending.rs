//! Each layer swapped: mocks of every port drive the facade without any HTTP.

use std::time::Duration;

use async_trait::async_trait;
use cognito::*;
use cognito_core::account::mfa::VerifyTotpRequest;
use cognito_core::account::password::ChangePasswordRequest;
use cognito_core::account::profile::UpdateAttributesRequest;
use cognito_core::administration::users::{
    CreateUserRequest, ListUsersRequest, SetPasswordRequest, UpdateUserAttributesRequest,
};
use cognito_core::authentication::challenge::ChallengeStep;
use cognito_core::authentication::password::{ConfirmForgotPasswordRequest, ForgotPasswordRequest};
use cognito_core::authentication::refresh::{RefreshRequest, RevokeTokenRequest};
use cognito_core::authentication::sign_in::SignInRequest;
use cognito_core::authentication::sign_up::{
    ConfirmSignUpRequest, ResendConfirmationCodeRequest, SignUpRequest,
};
use cognito_testkit::FixedClock;
use mockall::mock;

mock! {
    #[derive(Debug)]
    Auth {}

    #[async_trait]
    impl Authentication for Auth {
        async fn sign_up(&self, request: SignUpRequest) -> Result<SignUpResponse>;
        async fn confirm_sign_up(&self, request: ConfirmSignUpRequest) -> Result<()>;
        async fn resend_confirmation_code(&self, request: ResendConfirmationCodeRequest) -> Result<CodeDelivery>;
        async fn sign_in(&self, request: SignInRequest) -> Result<SignIn>;
        async fn respond_to_challenge(&self, answer: &ChallengeAnswer) -> Result<SignIn>;
        async fn refresh(&self, request: RefreshRequest) -> Result<Tokens>;
        async fn revoke_token(&self, request: RevokeTokenRequest) -> Result<()>;
        async fn forgot_password(&self, request: ForgotPasswordRequest) -> Result<CodeDelivery>;
        async fn confirm_forgot_password(&self, request: ConfirmForgotPasswordRequest) -> Result<()>;
    }
}

mock! {
    #[derive(Debug)]
    Own {}

    #[async_trait]
    impl Account for Own {
        async fn current_user(&self, access_token: &AccessToken) -> Result<CurrentUser>;
        async fn update_attributes(&self, request: UpdateAttributesRequest) -> Result<Vec<CodeDelivery>>;
        async fn change_password(&self, request: ChangePasswordRequest) -> Result<()>;
        async fn associate_totp(&self, access_token: &AccessToken) -> Result<TotpSecret>;
        async fn verify_totp(&self, request: VerifyTotpRequest) -> Result<()>;
        async fn set_mfa_preference(&self, access_token: &AccessToken, preference: MfaPreference) -> Result<()>;
        async fn global_sign_out(&self, access_token: &AccessToken) -> Result<()>;
    }
}

mock! {
    #[derive(Debug)]
    Operator {}

    #[async_trait]
    impl Administration for Operator {
        async fn user(&self, username: &Username) -> Result<UserDetails>;
        async fn list_users(&self, request: ListUsersRequest) -> Result<UserPage>;
        async fn create_user(&self, request: CreateUserRequest) -> Result<UserDetails>;
        async fn confirm_user(&self, username: &Username) -> Result<()>;
        async fn set_password(&self, request: SetPasswordRequest) -> Result<()>;
        async fn update_user_attributes(&self, request: UpdateUserAttributesRequest) -> Result<()>;
        async fn enable_user(&self, username: &Username) -> Result<()>;
        async fn disable_user(&self, username: &Username) -> Result<()>;
        async fn delete_user(&self, username: &Username) -> Result<()>;
    }
}

mock! {
    #[derive(Debug)]
    Verifier {}

    #[async_trait]
    impl TokenVerifier for Verifier {
        async fn verify_access(&self, token: &str) -> Result<AccessClaims>;
        async fn verify_id(&self, token: &str) -> Result<IdClaims>;
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

use revoked::MockRevoked;

/// A facade without any network behind it.
fn unplugged() -> CognitoBuilder {
    let pool = PoolConfig::new(
        "us-east-1_Mocked".parse().unwrap(),
        "client".parse().unwrap(),
    );
    Cognito::builder()
        .config(pool)
        .clock(FixedClock::at_unix(1_800_000_000))
        .authentication(MockAuth::new())
        .account(MockOwn::new())
        .administration(MockOperator::new())
        .verifier(MockVerifier::new())
}

fn tokens() -> Tokens {
    Tokens::new(
        "a.b.c".parse().unwrap(),
        "d.e.f".parse().unwrap(),
        "g.h.i.j.k".parse().unwrap(),
        Duration::from_secs(3600),
    )
}

#[tokio::test]
async fn authentication_can_be_mocked() {
    let mut mock = MockAuth::new();
    mock.expect_sign_up()
        .withf(|request| request.attributes.value("email") == Some("ann@example.com"))
        .returning(|_| Ok(SignUpResponse::new("a-sub")));
    mock.expect_sign_in().returning(|request| {
        let step = ChallengeStep::new(
            ChallengeName::SoftwareTokenMfa,
            request.username,
            Some("a-session-of-twenty-chars".parse()?),
            Default::default(),
            request.flow.api(),
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
    let mut mock = MockOwn::new();
    mock.expect_verify_totp().times(1).returning(|_| Ok(()));
    mock.expect_set_mfa_preference()
        .withf(|_, preference| {
            preference.totp == Some(FactorChange::Preferred) && preference.sms.is_none()
        })
        .times(1)
        .returning(|_, _| Ok(()));
    let cognito = unplugged().account(mock).build().await.unwrap();
    // One call of ours is two of Cognito's: the code is checked, then the factor is turned on.
    let enabled = cognito
        .account("a.b.c")
        .confirm_totp("123456")
        .await
        .unwrap();
    assert_eq!(enabled.status, "SUCCESS");
}

#[tokio::test]
async fn administration_can_be_mocked_and_a_stream_goes_on_over_an_empty_page() {
    let mut mock = MockOperator::new();
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
    let mut mock = MockOperator::new();
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
            token => Ok(AccessClaims::new(token, "iss", "client", 1, 2)),
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
    let kind = |result: Result<AccessClaims>| result.unwrap_err().kind();
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
async fn a_revocation_that_did_not_hold_is_an_error() {
    let mut verifier = MockVerifier::new();
    verifier
        .expect_verify_access()
        .returning(|_| Ok(AccessClaims::new("ann", "iss", "client", 1, 2)));
    let mut own = MockOwn::new();
    own.expect_global_sign_out().returning(|_| Ok(()));
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
