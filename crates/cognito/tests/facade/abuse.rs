//! Guessing, limits, throttling, lost responses, outages.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use cognito::attempt::{Budget, BudgetPolicy};
use cognito::authentication::FirstFactor;
use cognito::{Error, ErrorKind};
use cognito_emulator::{AuthFlow, Client, Fault};
use cognito_tower::public::{EnumerationPolicy, ErrorBody};

use crate::fixture::{EMAIL, Fixture, PASSWORD, complete, refused};

const GUESS: &str = "WrongPass123!";

fn address(last: u8) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(192, 0, 2, last))
}

#[tokio::test]
async fn guessing_locks_address_not_victim() {
    let fixture = Fixture::ours().await;
    fixture.confirmed_user(EMAIL).await;
    let cognito = &fixture.cognito;
    for _ in 0..4 {
        let guess = cognito.login(EMAIL, GUESS).client_address(address(1)).await;
        assert_eq!(refused(guess), ErrorKind::InvalidCredentials);
    }
    let sent = fixture.emulator().calls("InitiateAuth");
    let locked = cognito
        .login(EMAIL, GUESS)
        .client_address(address(1))
        .await
        .unwrap_err();
    assert_eq!(locked.kind(), ErrorKind::AttemptLimit);
    assert_eq!(locked.status(), 429);
    assert!(locked.retry_after().is_some());
    assert_eq!(
        fixture.emulator().calls("InitiateAuth"),
        sent,
        "a locked attempt is not sent"
    );

    // The victim signs in at another address, because the limit of the attempt guard is below
    // Cognito's five failures.
    drop(complete(
        cognito
            .login(EMAIL, PASSWORD)
            .client_address(address(2))
            .await
            .unwrap(),
    ));
    // The lock ends automatically.
    fixture.pass(Duration::from_secs(16 * 60));
    drop(complete(
        cognito
            .login(EMAIL, PASSWORD)
            .client_address(address(1))
            .await
            .unwrap(),
    ));
}

#[tokio::test]
async fn locked_accounts_are_counted() {
    // A different spelling of the name shares the budget.
    let fixture = Fixture::ours().await;
    fixture.confirmed_user(EMAIL).await;
    for name in [
        "user@example.com",
        "User@example.com",
        "USER@example.com",
        "user@EXAMPLE.com",
    ] {
        let guess = fixture
            .cognito
            .login(name, GUESS)
            .client_address(address(1))
            .await;
        assert_eq!(refused(guess), ErrorKind::InvalidCredentials);
    }
    let locked = fixture
        .cognito
        .login("uSER@example.com", GUESS)
        .client_address(address(1))
        .await;
    assert_eq!(refused(locked), ErrorKind::AttemptLimit);
    assert_eq!(fixture.cognito.metrics().security.locked_accounts, 1);
    fixture.pass(Duration::from_secs(16 * 60));
    assert_eq!(fixture.cognito.metrics().security.locked_accounts, 0);
}

#[tokio::test]
async fn outage_is_not_counted_as_failure() {
    let fixture = Fixture::ours().await;
    fixture.confirmed_user(EMAIL).await;
    let fault = Fault::error("InitiateAuth", "InternalErrorException", "Internal error");
    fixture.emulator().inject(fault).unwrap();
    for _ in 0..10 {
        let login = fixture
            .cognito
            .login(EMAIL, PASSWORD)
            .client_address(address(1))
            .await;
        assert_eq!(refused(login), ErrorKind::Upstream);
    }
    fixture.emulator().clear_faults();
    drop(complete(
        fixture
            .cognito
            .login(EMAIL, PASSWORD)
            .client_address(address(1))
            .await
            .unwrap(),
    ));
}

#[tokio::test]
async fn cognito_lockout_differs_from_wrong_password() {
    let fixture = Fixture::ours().await;
    fixture.confirmed_user(EMAIL).await;
    // From five addresses, so that the attempt guard rejects none.
    for last in 1..=5 {
        let guess = fixture
            .cognito
            .login(EMAIL, GUESS)
            .client_address(address(last))
            .await;
        assert_eq!(refused(guess), ErrorKind::InvalidCredentials);
    }
    let locked = fixture
        .cognito
        .login(EMAIL, PASSWORD)
        .client_address(address(6))
        .await;
    assert_eq!(refused(locked), ErrorKind::AttemptLimit);
    fixture.pass(Duration::from_secs(2));
    drop(complete(
        fixture
            .cognito
            .login(EMAIL, PASSWORD)
            .client_address(address(6))
            .await
            .unwrap(),
    ));
}

#[tokio::test]
async fn wrong_codes_have_separate_budget() {
    let fixture = Fixture::ours().await;
    fixture.cognito.sign_up(EMAIL, PASSWORD).await.unwrap();
    let right = fixture.sign_up_code(EMAIL);
    let wrong = if right == "000000" {
        "111111"
    } else {
        "000000"
    };
    let mut rejections = Vec::new();
    for _ in 0..12 {
        rejections.push(refused(fixture.cognito.confirm_sign_up(EMAIL, wrong).await));
    }
    assert_eq!(rejections[0], ErrorKind::CodeMismatch);
    assert_eq!(rejections[11], ErrorKind::AttemptLimit);
    // The budget for passwords is not used: the error is about the state of the account.
    let login = fixture.cognito.login(EMAIL, PASSWORD).await;
    assert_eq!(refused(login), ErrorKind::UserNotConfirmed);
}

/// Returns the status of each response to an attacker at one address who tries six times.
async fn statuses<F: Future<Output = ErrorBody>>(attempt: impl Fn() -> F) -> Vec<u16> {
    let mut statuses = Vec::new();
    for _ in 0..6 {
        statuses.push(attempt().await.status_code);
    }
    statuses
}

#[tokio::test]
async fn attempt_limit_hides_account_existence() {
    let hiding = Client::new("client1").prevent_user_existence_errors(true);
    let fixture = Fixture::ours_with(|emulator| emulator.client(hiding), |cognito| cognito).await;
    let cognito = &fixture.cognito;
    fixture.confirmed_user("confirmed@example.com").await;
    fixture.confirmed_user("disabled@example.com").await;
    fixture.confirmed_user("reset@example.com").await;
    let admin = cognito.admin();
    admin.user("disabled@example.com").disable().await.unwrap();
    admin
        .user("reset@example.com")
        .reset_password()
        .await
        .unwrap();
    cognito
        .sign_up("pending@example.com", PASSWORD)
        .await
        .unwrap();
    let hidden = |error: &Error| ErrorBody::new(error, EnumerationPolicy::Hide, fixture.now());

    let people = ["confirmed", "disabled", "reset", "pending", "nobody"];
    for (number, name) in (1..).zip(people) {
        let email = format!("{name}@example.com");
        let logins = statuses(async || {
            let login = cognito.login(&email, GUESS).client_address(address(number));
            hidden(&login.await.unwrap_err())
        });
        assert_eq!(
            logins.await,
            [401, 401, 401, 401, 429, 429],
            "login of {name}"
        );
    }
    let mut budgets = Vec::new();
    for (number, name) in (11..).zip(people) {
        let email = format!("{name}@example.com");
        let mut allowed = 0;
        loop {
            let confirmation = cognito.confirm_sign_up(&email, "000000");
            let refused = confirmation
                .client_address(address(number))
                .await
                .unwrap_err();
            if refused.kind() == ErrorKind::AttemptLimit && refused.code().is_none() {
                break;
            }
            allowed += 1;
            assert!(allowed < 50, "{name} can go on for ever: {refused}");
        }
        budgets.push(allowed);
    }
    assert!(
        budgets.iter().all(|allowed| *allowed == budgets[0]),
        "{budgets:?}"
    );
}

#[tokio::test]
async fn throttling_ends_in_a_retryable_error() {
    let fixture = Fixture::ours().await;
    let tokens = fixture.signed_in().await;
    let fault = Fault::error("GetUser", "TooManyRequestsException", "Rate exceeded");
    fixture.emulator().inject(fault).unwrap();
    let error = fixture
        .cognito
        .account(&tokens.access_token)
        .details()
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Throttled);
    assert_eq!((error.status(), error.is_retryable()), (429, true));
    assert_eq!(fixture.emulator().calls("GetUser"), 3);
}

#[tokio::test]
async fn user_limits_are_not_retryable() {
    let fixture = Fixture::ours().await;
    fixture.confirmed_user(EMAIL).await;
    let mut last = None;
    for _ in 0..12 {
        last = fixture.cognito.forgot_password(EMAIL).await.err();
    }
    let error = last.expect("Cognito allows a few resets in an hour");
    assert_eq!(error.kind(), ErrorKind::AttemptLimit);
    assert!(!error.is_retryable());
    assert_eq!(fixture.emulator().calls("ForgotPassword"), 12);
    fixture.pass(Duration::from_secs(3601));
    fixture.cognito.forgot_password(EMAIL).await.unwrap();
}

#[tokio::test]
async fn lost_sign_up_reply_hides_existing_account() {
    let fixture = Fixture::ours().await;
    fixture
        .emulator()
        .inject(Fault::cut("SignUp").times(1))
        .unwrap();
    let error = fixture.cognito.sign_up(EMAIL, PASSWORD).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ReplyLost);
    assert!(error.may_have_taken_effect());
    assert_eq!(fixture.emulator().calls("SignUp"), 1);
    // The request had taken effect: the code was sent, and the account can be confirmed.
    let code = fixture.sign_up_code(EMAIL);
    fixture.cognito.confirm_sign_up(EMAIL, code).await.unwrap();
}

#[tokio::test]
async fn hidden_unknown_user_looks_like_wrong_password() {
    let client = Client::new("hiding").prevent_user_existence_errors(true);
    let fixture = Fixture::ours_with(|emulator| emulator.client(client), |cognito| cognito).await;
    let unknown = fixture.cognito.login("nobody@example.com", PASSWORD).await;
    assert_eq!(refused(unknown), ErrorKind::InvalidCredentials);
    fixture
        .cognito
        .forgot_password("nobody@example.com")
        .await
        .unwrap();
}

#[tokio::test]
async fn hundred_concurrent_guesses_keep_the_limit() {
    let fixture = Fixture::ours().await;
    fixture.confirmed_user(EMAIL).await;
    let before = fixture.emulator().calls("InitiateAuth");
    let guesses = (0..100).map(|_| async {
        let guess = fixture
            .cognito
            .login(EMAIL, GUESS)
            .client_address(address(1));
        refused(guess.await)
    });
    let rejections = futures_util::future::join_all(guesses).await;
    let sent = fixture.emulator().calls("InitiateAuth") - before;
    assert_eq!(sent, 4);
    let locked = |kind: &&ErrorKind| **kind == ErrorKind::AttemptLimit;
    assert_eq!(rejections.iter().filter(locked).count(), 96);
}

#[tokio::test]
async fn sixteen_right_logins_at_once_are_let_in() {
    let fixture = Fixture::ours().await;
    fixture.confirmed_user(EMAIL).await;
    let logins = (0..16).map(|_| async {
        let login = fixture.cognito.login(EMAIL, PASSWORD);
        login.client_address(address(1)).await.map(drop)
    });
    for login in futures_util::future::join_all(logins).await {
        login.unwrap();
    }
}

#[tokio::test]
async fn messages_are_limited_by_address() {
    let fixture = Fixture::ours().await;
    let cognito = &fixture.cognito;
    let limit = |refused: Error| {
        assert_eq!(refused.kind(), ErrorKind::AttemptLimit);
        assert!(refused.retry_after().is_some());
    };
    for number in 0..30 {
        let sign_up = cognito.sign_up(format!("user{number}@example.com"), PASSWORD);
        sign_up.client_address(address(1)).await.unwrap();
    }
    // There is one budget for all calls that send a message.
    let name = "user1@example.com";
    let sign_up = cognito.sign_up("another@example.com", PASSWORD);
    limit(sign_up.client_address(address(1)).await.unwrap_err());
    let resend = cognito.resend_confirmation_code(name);
    limit(resend.client_address(address(1)).await.unwrap_err());
    let forgot = cognito.forgot_password(name);
    limit(forgot.client_address(address(1)).await.unwrap_err());
    let sent = ["SignUp", "ResendConfirmationCode", "ForgotPassword"];
    assert_eq!(sent.map(|it| fixture.emulator().calls(it)), [30, 0, 0]);
    // Calls from other addresses, and calls without an address, do not use this budget.
    let resend = cognito.resend_confirmation_code(name);
    drop(resend.client_address(address(2)).await.unwrap());
    cognito.resend_confirmation_code(name).await.unwrap();
    // The code for an attribute, from the same address.
    let tokens = fixture.signed_in().await;
    let account = cognito
        .account(&tokens.access_token)
        .client_address(address(1));
    limit(account.send_attribute_code("email").await.unwrap_err());
    fixture.pass(Duration::from_secs(15 * 60));
    account.send_attribute_code("email").await.unwrap();
}

#[tokio::test]
async fn sign_in_codes_are_limited_by_address() {
    let client = Client::new("client1").flow(AuthFlow::UserAuth);
    let policy = BudgetPolicy::new(3, Duration::from_secs(60));
    let fixture = Fixture::ours_with(
        |emulator| emulator.client(client),
        |cognito| cognito.address_budget(Budget::SignInCodes, policy),
    )
    .await;
    let begin = async || {
        let login = fixture.cognito.login_by_choice(EMAIL);
        let login = login.prefer(FirstFactor::EmailOtp);
        login.client_address(address(1)).await.map(drop)
    };
    for _ in 0..3 {
        drop(begin().await);
    }
    let sent = fixture.emulator().calls("InitiateAuth");
    assert_eq!(refused(begin().await), ErrorKind::AttemptLimit);
    assert_eq!(fixture.emulator().calls("InitiateAuth"), sent);
}

#[tokio::test]
async fn rejected_tokens_are_limited_by_address() {
    let policy = BudgetPolicy::new(5, Duration::from_secs(60));
    let fixture = Fixture::ours_with(
        |emulator| emulator,
        |cognito| cognito.address_budget(Budget::Tokens, policy),
    )
    .await;
    let tokens = fixture.signed_in().await;
    let cognito = &fixture.cognito;
    // Accepted tokens do not count.
    for _ in 0..20 {
        let refresh = cognito.refresh(&tokens.refresh_token);
        drop(refresh.client_address(address(1)).await.unwrap());
    }
    let before = fixture.emulator().calls("GetTokensFromRefreshToken");
    for number in 0..20 {
        let refresh = cognito.refresh(format!("forged{number}").as_str());
        refresh.client_address(address(1)).await.unwrap_err();
    }
    let sent = fixture.emulator().calls("GetTokensFromRefreshToken") - before;
    assert_eq!(sent, 5);
    let forged = cognito.account("eyJ.e30.forged").client_address(address(1));
    let sign_out = forged.sign_out_everywhere().await;
    assert_eq!(refused(sign_out), ErrorKind::AttemptLimit);
    assert_eq!(fixture.emulator().calls("GlobalSignOut"), 0);
    let revoke = cognito.revoke(&tokens.refresh_token);
    let revoked = revoke.client_address(address(1)).await;
    assert_eq!(refused(revoked), ErrorKind::AttemptLimit);
    let revoke = cognito.revoke(&tokens.refresh_token);
    revoke.client_address(address(2)).await.unwrap();
}

#[tokio::test]
async fn stolen_token_cannot_guess_old_password() {
    let fixture =
        Fixture::ours_with(|emulator| emulator.attempt_limits(false), |cognito| cognito).await;
    let tokens = fixture.signed_in().await;
    let account = fixture.cognito.account(&tokens.access_token);
    let mut rejections = Vec::new();
    for _ in 0..12 {
        // The pause between two guesses is shorter than Cognito's lock.
        fixture.pass(Duration::from_secs(30));
        rejections.push(refused(
            account.change_password(GUESS, "EvenBetter456!").await,
        ));
    }
    assert_eq!(rejections[0], ErrorKind::InvalidCredentials);
    assert_eq!(rejections[11], ErrorKind::AttemptLimit);
    assert!(fixture.emulator().calls("ChangePassword") <= 10);
}

#[tokio::test]
async fn custom_guard_applies_its_limits() {
    use cognito::attempt::{AttemptGuard, AttemptPolicy};
    use cognito::store::MemoryStore;
    use std::sync::Arc;
    let clock = Arc::new(cognito_testkit::FixedClock::at_unix(crate::fixture::NOW));
    let store = Arc::new(MemoryStore::new(Arc::clone(&clock) as _));
    let policy = AttemptPolicy::passwords().with_per_user_and_address(1);
    let guard = AttemptGuard::builder(store, clock)
        .policy(policy)
        .build()
        .unwrap();
    let fixture =
        Fixture::ours_with(|emulator| emulator, |cognito| cognito.attempt_guard(guard)).await;
    fixture.confirmed_user(EMAIL).await;
    let guess = || {
        fixture
            .cognito
            .login(EMAIL, GUESS)
            .client_address(address(1))
    };
    assert_eq!(refused(guess().await), ErrorKind::InvalidCredentials);
    assert_eq!(refused(guess().await), ErrorKind::AttemptLimit);
}
