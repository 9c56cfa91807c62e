//! Tests of the duration of responses that must not reveal whether an account exists.

use std::time::Duration;

use cognito::authentication::OfferedFactors;
use cognito::{
    CodeDelivery, Cognito, CognitoBuilder, DeliveryMedium, Error, ErrorKind, Result, SignIn, Tokens,
};
use cognito_testkit::FixedClock;
use cognito_testkit::mocks::MockAuthentication;

use crate::extending::{tokens, unplugged};
use crate::fixture::{EMAIL, PASSWORD};

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

/// Returns a facade whose Cognito responds in this way, and its clock. The clock does not advance
/// otherwise.
async fn facade(
    responds: Responds,
    settings: impl FnOnce(CognitoBuilder) -> CognitoBuilder,
) -> (Cognito, FixedClock) {
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
    let builder = unplugged().clock(clock.clone()).authentication(port);
    (settings(builder).build().await.unwrap(), clock)
}

/// Returns how long the facade waited after Cognito's response.
async fn waited<T>(clock: &FixedClock, call: impl IntoFuture<Output = Result<T>>) -> Duration {
    let before = clock.slept();
    drop(call.await);
    clock.slept() - before
}

async fn code_requests(
    responds: Responds,
    settings: impl Fn(CognitoBuilder) -> CognitoBuilder,
) -> [Duration; 2] {
    let (cognito, clock) = facade(responds, settings).await;
    [
        waited(&clock, cognito.forgot_password(EMAIL)).await,
        waited(&clock, cognito.resend_confirmation_code(EMAIL)).await,
    ]
}

const fn micros(micros: u64) -> Duration {
    Duration::from_micros(micros)
}

#[tokio::test]
async fn code_requests_end_at_whole_steps() {
    for (responds, wait) in [
        (EXISTS, 9_690),
        (UNKNOWN, 9_680),
        (after(12_000, None), 8_000),
        (after(12_000, UNKNOWN.error), 8_000),
        (after(0, None), 0),
        (after(10_000, None), 0),
        (after(10_001, None), 9_999),
        (after(123_456, None), 6_544),
    ] {
        let waits = code_requests(responds, |builder| builder).await;
        assert_eq!(waits, [micros(wait); 2], "{:?}", responds.after);
    }
}

#[tokio::test]
async fn step_is_configurable() {
    for responds in [EXISTS, UNKNOWN] {
        let step = micros(500_000);
        let waits = code_requests(responds, |b| b.response_step(step)).await;
        assert_eq!(waits, [step - responds.after; 2]);
        let waits = code_requests(responds, |b| b.response_step(Duration::ZERO)).await;
        assert_eq!(waits, [Duration::ZERO; 2]);
    }
}

#[tokio::test]
async fn only_hidden_responses_wait() {
    let wait = async |responds| {
        let (cognito, clock) = facade(responds, |builder| builder).await;
        waited(&clock, cognito.login(EMAIL, PASSWORD)).await
    };
    let wrong = after(310, Some("NotAuthorizedException"));
    for hidden in [wrong, UNKNOWN] {
        assert_eq!(wait(hidden).await, micros(10_000) - hidden.after);
    }
    let throttled = after(310, Some("TooManyRequestsException"));
    for shown in [EXISTS, throttled] {
        assert_eq!(wait(shown).await, Duration::ZERO);
    }
}

#[tokio::test]
async fn hidden_choices_wait_alike() {
    let offered = OfferedFactors::passwords().email_otp();
    for responds in [EXISTS, UNKNOWN] {
        let (cognito, clock) = facade(responds, |builder| builder).await;
        let open = cognito.login_by_choice(EMAIL);
        let hidden = open.clone().hide_account(&offered);
        let wait = waited(&clock, hidden).await;
        assert_eq!(wait, micros(10_000) - responds.after);
    }
    let (cognito, clock) = facade(EXISTS, |builder| builder).await;
    let open = waited(&clock, cognito.login_by_choice(EMAIL)).await;
    assert_eq!(open, Duration::ZERO);
}

#[tokio::test]
async fn rejected_input_does_not_wait() {
    let (cognito, clock) = facade(EXISTS, |builder| builder).await;
    let error = cognito.login("", PASSWORD).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidParameter);
    assert_eq!(clock.slept(), Duration::ZERO);
}
