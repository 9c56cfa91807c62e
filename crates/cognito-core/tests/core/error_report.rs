//! Tests of the recipients of an error report, and of the part of AWS's message that operators may
//! read.

use cognito_core::error::Audience;
use cognito_core::hosted_login::callback::Callback;
use cognito_core::hosted_login::names::RedirectUri;
use cognito_core::hosted_login::pending::PendingLogin;
use cognito_core::{Error, ErrorKind};

#[test]
fn operators_are_informed_of_fixable_errors() {
    let both = [
        ErrorKind::Delivery,
        ErrorKind::DeliveryQuota,
        ErrorKind::Quota,
        ErrorKind::RefreshReuse,
        ErrorKind::ReplyLost,
        ErrorKind::Throttled,
        ErrorKind::WafBlocked,
    ];
    for kind in ErrorKind::ALL {
        let audience = match kind {
            kind if both.contains(kind) => Audience::Both,
            kind if kind.status() >= 500 => Audience::Operator,
            _ => Audience::Caller,
        };
        assert_eq!(Error::new(*kind).audience(), audience, "{kind:?}");
    }
    for (kind, audience) in [
        (ErrorKind::Configuration, Audience::Operator),
        (ErrorKind::Upstream, Audience::Operator),
        (ErrorKind::InvalidCredentials, Audience::Caller),
        (ErrorKind::UserNotFound, Audience::Caller),
    ] {
        assert_eq!(Error::new(kind).audience(), audience, "{kind:?}");
    }
}

#[test]
fn message_of_trigger_is_cut_off() {
    let message = "PreSignUp failed with error ann@example.com is no friend.";
    let error = Error::from_aws("UnexpectedLambdaException", message);
    assert_eq!(
        error.operator_message().as_deref(),
        Some("PreSignUp failed")
    );
    let error = Error::from_aws("UnexpectedLambdaException", " with error ann");
    assert_eq!(error.operator_message(), None);
    let error = Error::from_aws("NotAuthorizedException", "Incorrect username or password.");
    assert_eq!(error.operator_message(), None, "no operator needs it");
}

#[test]
fn errors_from_browsers_are_no_configuration_faults() {
    let error = Error::from_oauth("invalid_scope", "words of a stranger");
    assert!(error.is_configuration_fault());
    assert_eq!(error.audience(), Audience::Operator);
    // The same error through a browser.
    let state = "state-of-22-characters";
    let query = format!("error=invalid_scope&error_description=words+of+a+stranger&state={state}");
    let uri = RedirectUri::new("https://shop.example/callback").unwrap();
    let pending = PendingLogin::new(state, state, [state, state].concat(), uri).unwrap();
    let callback = Callback::from_query(&query).unwrap();
    let brought = pending.answered_by(callback).unwrap_err();
    assert_eq!(brought.kind(), error.kind());
    assert!(!brought.is_configuration_fault());
    assert_eq!(brought.operator_message(), None);
}

#[test]
fn operators_read_masked_messages_of_aws() {
    let error = Error::from_aws(
        "NotAuthorizedException",
        "Client 67eb1d3nh97o2l6goh8pq3pnqd is configured for secret but secret was not received",
    );
    assert_eq!(
        error.operator_message().as_deref(),
        Some("Client *** is configured for secret but secret was not received")
    );
    // The trigger's message may contain anything.
    let trigger = Error::from_aws(
        "UserLambdaValidationException",
        "CreateAuthChallenge failed with error RequestId: 1 Error: Runtime exited: password hunter",
    );
    assert_eq!(trigger.audience(), Audience::Operator);
    assert_eq!(
        trigger.operator_message().as_deref(),
        Some("CreateAuthChallenge failed")
    );
    let wrong = Error::from_aws("NotAuthorizedException", "Incorrect username or password.");
    assert_eq!(wrong.operator_message(), None);
}

#[test]
fn cut_message_is_masked_to_its_end() {
    // AWS's message is kept up to 1024 characters, so the closing quotation mark is lost.
    let text = format!("{} hunter two", "word ".repeat(5));
    let message = format!("Value '{text} {}' failed", "x".repeat(1024));
    let error = Error::from_aws("InternalErrorException", &message);
    let shown = error.operator_message().unwrap();
    assert!(
        !shown.contains("hunter") && !shown.contains("word"),
        "{shown}"
    );
}
