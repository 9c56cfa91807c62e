//! The time of responses that must not reveal whether an account exists.

use std::time::Duration;

use cognito::authentication::OfferedFactors;
use cognito::{
    CodeDelivery, Cognito, CognitoBuilder, DeliveryMedium, Error, ErrorKind, Result, SignIn, Tokens,
};
use cognito_testkit::FixedClock;
use cognito_testkit::mocks::MockAuthentication;
use tokio::time::Instant;

use crate::extending::{tokens, unplugged};
use crate::stage::{EMAIL, PASSWORD};

/// The response of Cognito, and its duration.
#[derive(Clone, Copy)]
struct Responds {
    after: Duration,
    error: Option<&'static str>,
}

const EXISTS: Responds = after(310, None);
const UNKNOWN: Responds = after(320, Some("UserNotFoundException"));

const fn after(micros: u64, error: Option<&'static str>) -> Responds {
    let after = Duration::from_micros(micros);
    Responds { after, error }
}

impl Responds {
    fn response<T>(self, clock: &FixedClock, success: T) -> Result<T> {
        clock.advance(self.after);
        match self.error {
            Some(code) => Err(Error::from_aws(code, "Incorrect username or password.")),
            None => Ok(success),
        }
    }
}

/// Returns a facade whose Cognito responds in this way. The facade's clock does not advance
/// otherwise, and Tokio's time is virtual.
async fn facade(
    responds: Responds,
    settings: impl FnOnce(CognitoBuilder) -> CognitoBuilder,
) -> Cognito {
    let clock = FixedClock::at_unix(1_800_000_000);
    let delivery = CodeDelivery::new("u***@e***", DeliveryMedium::Email);
    let mut port = MockAuthentication::new();
    let (of_reset, sent, of_resend) = (clock.clone(), delivery.clone(), clock.clone());
    port.expect_forgot_password()
        .returning(move |_| responds.response(&of_reset, sent.clone()));
    port.expect_resend_confirmation_code()
        .returning(move |_| responds.response(&of_resend, delivery.clone()));
    let of_login = clock.clone();
    port.expect_sign_in().returning(move |_| {
        let tokens: Tokens = tokens();
        responds.response(&of_login, SignIn::Complete(tokens))
    });
    let builder = unplugged().clock(clock).authentication(port);
    settings(builder).build().await.unwrap()
}

/// Returns how long the facade waited after Cognito's response.
async fn waited<T>(call: impl IntoFuture<Output = Result<T>>) -> Duration {
    let start = Instant::now();
    drop(call.await);
    start.elapsed()
}

async fn code_requests(
    responds: Responds,
    settings: impl Fn(CognitoBuilder) -> CognitoBuilder,
) -> [Duration; 2] {
    let cognito = facade(responds, settings).await;
    [
        waited(cognito.forgot_password(EMAIL)).await,
        waited(cognito.resend_confirmation_code(EMAIL)).await,
    ]
}

const fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

#[tokio::test(start_paused = true)]
async fn code_requests_end_at_whole_steps() {
    // Tokio's timer has a resolution of a millisecond.
    for (responds, wait) in [
        (EXISTS, 10),
        (UNKNOWN, 10),
        (after(12_000, None), 8),
        (after(12_000, UNKNOWN.error), 8),
        (after(10_000, None), 0),
    ] {
        let waits = code_requests(responds, |builder| builder).await;
        assert_eq!(waits, [millis(wait); 2], "{:?}", responds.after);
    }
}

#[tokio::test(start_paused = true)]
async fn step_is_configurable() {
    for responds in [EXISTS, UNKNOWN] {
        let waits = code_requests(responds, |b| b.response_step(millis(500))).await;
        assert_eq!(waits, [millis(500); 2]);
        let waits = code_requests(responds, |b| b.response_step(Duration::ZERO)).await;
        assert_eq!(waits, [Duration::ZERO; 2]);
    }
}

#[tokio::test(start_paused = true)]
async fn only_hidden_responses_wait() {
    let wait = async |responds| {
        let cognito = facade(responds, |builder| builder).await;
        waited(cognito.login(EMAIL, PASSWORD)).await
    };
    let wrong = after(310, Some("NotAuthorizedException"));
    for hidden in [wrong, UNKNOWN] {
        assert_eq!(wait(hidden).await, millis(10));
    }
    let throttled = after(310, Some("TooManyRequestsException"));
    for shown in [EXISTS, throttled] {
        assert_eq!(wait(shown).await, Duration::ZERO);
    }
}

#[tokio::test(start_paused = true)]
async fn hidden_choices_wait_alike() {
    let offered = OfferedFactors::passwords().email_otp();
    for responds in [EXISTS, UNKNOWN] {
        let cognito = facade(responds, |builder| builder).await;
        let open = cognito.login_by_choice(EMAIL);
        let hidden = open.clone().hide_account(&offered);
        assert_eq!(waited(hidden).await, millis(10));
    }
    let cognito = facade(EXISTS, |builder| builder).await;
    let open = waited(cognito.login_by_choice(EMAIL)).await;
    assert_eq!(open, Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn rejected_input_does_not_wait() {
    let cognito = facade(EXISTS, |builder| builder).await;
    let start = Instant::now();
    let error = cognito.login("", PASSWORD).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidParameter);
    assert_eq!(start.elapsed(), Duration::ZERO);
}
