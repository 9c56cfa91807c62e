//! The error mapping compared with recorded responses of AWS, and faults of configuration.

use std::collections::BTreeSet;
use std::time::{Duration, UNIX_EPOCH};

use cognito::authentication::{FirstFactor, OfferedFactors};
use cognito::error::{Audience, Substitute, exception};
use cognito::observe::HealthStatus;
use cognito::{Challenge, Error, ErrorKind, Operation, Password, SignIn};
use cognito_emulator::Fault;
use cognito_testkit::{LogCapture, RecordedResponse, recorded};
use cognito_tower::public::{EnumerationPolicy, ErrorBody};

use crate::fixture::{EMAIL, Fixture, OTHER_PASSWORD, PASSWORD, refused};
use crate::hosted_login;

/// Returns the library's operation in which a response of AWS occurs.
fn operation(row: &RecordedResponse) -> Option<Operation> {
    Some(match row.operation {
        "oauth2/authorize" | "oauth2/token" => Operation::OAuthExchangeCode,
        name => *Operation::ALL.iter().find(|found| found.name() == name)?,
    })
}

#[test]
fn maps_every_recorded_response() {
    let mut wrong = Vec::new();
    for row in recorded() {
        let mut error = if row.operation.starts_with("oauth2/") {
            Error::from_oauth(row.exception, &row.message)
        } else {
            Error::from_aws(row.exception, &row.message)
        };
        if let Some(operation) = operation(row) {
            error = error.with_operation(operation);
        }
        let policy = EnumerationPolicy::default();
        let public = match policy.substitute(&error) {
            Some(Substitute::CodeSent) => 200,
            _ => ErrorBody::new(&error, policy, UNIX_EPOCH).status_code,
        };
        let audience = match error.audience() {
            Audience::Caller => "public",
            Audience::Operator => "operator",
            _ => "both",
        };
        let made = (error.kind().name(), public, audience);
        let expected = (row.kind, row.public_status, row.audience);
        if made != expected {
            wrong.push(format!("{}: {made:?}, expected {expected:?}", row.id));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} rows:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn every_operation_has_recorded_responses() {
    let covered: BTreeSet<_> = recorded().iter().filter_map(operation).collect();
    for operation in Operation::ALL {
        // These do not call an operation of the service model.
        let ours = operation.name().starts_with("OAuth") || operation.name() == "VerifyToken";
        assert!(ours || covered.contains(operation), "{}", operation.name());
    }
    let modelled = recorded()
        .iter()
        .filter(|row| exception(row.exception).is_some());
    let modelled: BTreeSet<_> = modelled.map(|row| row.exception).collect();
    // The others belong to operations that the facade does not call.
    assert!(modelled.len() >= 48, "{}", modelled.len());
}

#[test]
fn configuration_faults_never_blame_the_caller() {
    for row in recorded() {
        let is_ours = [
            "Configuration",
            "FlowNotEnabled",
            "ClientAuth",
            "DeliveryQuota",
            "Credentials",
        ]
        .contains(&row.kind);
        if is_ours {
            // With 200, the error occurs only for existing users, so the public must not see it.
            let generic = row.public_status >= 500 || row.public_status == 200;
            assert!(generic, "{}", row.id);
            assert_ne!(row.audience, "public", "{}", row.id);
        }
    }
}

/// A fault of configuration, in AWS's words, in a public operation.
struct Wrong {
    operation: &'static str,
    exception: &'static str,
    message: &'static str,
    kind: ErrorKind,
    /// The masked message in the log.
    shown: &'static str,
}

const WRONG: [Wrong; 6] = [
    Wrong {
        operation: "ForgotPassword",
        exception: "LimitExceededException",
        message: "Exceeded daily email limit for the operation or the account.",
        kind: ErrorKind::DeliveryQuota,
        shown: "Exceeded daily email limit for the operation or the account.",
    },
    Wrong {
        operation: "ResendConfirmationCode",
        exception: "NotAuthorizedException",
        message: "Auto verification not turned on.",
        kind: ErrorKind::Configuration,
        shown: "Auto verification not turned on.",
    },
    Wrong {
        operation: "SignUp",
        exception: "NotAuthorizedException",
        message: "SignUp is not permitted for this user pool",
        kind: ErrorKind::Configuration,
        shown: "SignUp is not permitted for this user pool",
    },
    Wrong {
        operation: "SignUp",
        exception: "NotAuthorizedException",
        message: "A client attempted to write unauthorized attribute",
        kind: ErrorKind::Configuration,
        shown: "A client attempted to write unauthorized attribute",
    },
    Wrong {
        operation: "InitiateAuth",
        exception: "InvalidParameterException",
        message: "USER_SRP_AUTH is not enabled for the client.",
        kind: ErrorKind::FlowNotEnabled,
        shown: "USER_SRP_AUTH is not enabled for the client.",
    },
    Wrong {
        operation: "InitiateAuth",
        exception: "NotAuthorizedException",
        message: "Client 67eb1d3nh97o2l6goh8pq3pnqd is configured for secret but secret was not received",
        kind: ErrorKind::Configuration,
        shown: "Client *** is configured for secret but secret was not received",
    },
];

async fn attempt(fixture: &Fixture, operation: &str) -> cognito::Result<()> {
    let cognito = &fixture.cognito;
    match operation {
        "ForgotPassword" => cognito.forgot_password(EMAIL).await.map(drop),
        "InitiateAuth" => cognito.login(EMAIL, PASSWORD).await.map(drop),
        "ResendConfirmationCode" => cognito.resend_confirmation_code(EMAIL).await.map(drop),
        "SignUp" => cognito
            .sign_up("new@example.com", OTHER_PASSWORD)
            .await
            .map(drop),
        other => panic!("no call of {other}"),
    }
}

#[tokio::test]
async fn configuration_faults_reach_log_and_health() {
    for wrong in WRONG {
        let fixture = Fixture::ours().await;
        fixture
            .emulator()
            .create_user(EMAIL, PASSWORD, &[])
            .unwrap();
        let fault = Fault::error(wrong.operation, wrong.exception, wrong.message);
        fixture.emulator().inject(fault).unwrap();
        let logs = LogCapture::start();
        let error = attempt(&fixture, wrong.operation).await.unwrap_err();
        assert_eq!(error.kind(), wrong.kind, "{}", wrong.message);
        assert!(error.status() >= 500, "{}", wrong.message);
        let text = logs.text();
        let line = text.lines().find(|line| line.contains("WARN")).unwrap();
        for part in [wrong.shown, wrong.exception, "request_id"] {
            assert!(line.contains(part), "{part} is not in {line}");
        }
        logs.assert_free_of(&[EMAIL, PASSWORD, "67eb1d3nh97o2l6goh8pq3pnqd"]);

        let health = fixture.cognito.health();
        assert_eq!(health.status, HealthStatus::Degraded, "{}", wrong.message);
        assert_eq!(health.faults.len(), 1, "{:?}", health.faults);
        assert_eq!(health.faults[0].exception, wrong.exception);
        assert_eq!(health.faults[0].kind, wrong.kind.name());
    }
}

#[tokio::test]
async fn health_fault_ends_with_success() {
    let fixture = Fixture::ours().await;
    fixture
        .emulator()
        .create_user(EMAIL, PASSWORD, &[])
        .unwrap();
    let message = "USER_SRP_AUTH is not enabled for the client.";
    let fault = Fault::error("InitiateAuth", "InvalidParameterException", message);
    fixture.emulator().inject(fault.times(2)).unwrap();
    for _ in 0..2 {
        refused(fixture.cognito.login(EMAIL, PASSWORD).await);
        fixture.pass(Duration::from_secs(60));
    }
    let faults = fixture.cognito.health().faults;
    assert_eq!(faults.len(), 1, "one for each operation");
    assert_eq!(faults[0].since, "2027-01-15T08:00:00.000Z");
    // A wrong password is a fault of the user. It does not end the fault of the setting.
    refused(fixture.cognito.login(EMAIL, OTHER_PASSWORD).await);
    assert_eq!(fixture.cognito.health().faults.len(), 1);
    drop(fixture.login().await);
    assert!(fixture.cognito.health().faults.is_empty());
    assert_eq!(fixture.cognito.health().status, HealthStatus::Healthy);
}

#[tokio::test]
async fn message_quota_fault_ends_by_time() {
    let fixture = Fixture::ours().await;
    fixture
        .emulator()
        .create_user(EMAIL, PASSWORD, &[])
        .unwrap();
    let message = "Exceeded daily email limit for the operation or the account.";
    let fault = Fault::error("ForgotPassword", "LimitExceededException", message);
    fixture.emulator().inject(fault.times(1)).unwrap();
    refused(fixture.cognito.forgot_password(EMAIL).await);
    // Cognito returns success without sending if it hides that a user does not exist.
    fixture.cognito.forgot_password(EMAIL).await.unwrap();
    assert_eq!(fixture.cognito.health().faults.len(), 1);
    fixture.pass(Duration::from_secs(15 * 60));
    assert!(fixture.cognito.health().faults.is_empty());
}

#[tokio::test]
async fn public_health_does_not_reveal_users() {
    let fixture = Fixture::ours().await;
    fixture
        .emulator()
        .create_user(EMAIL, PASSWORD, &[])
        .unwrap();
    let message = "Exceeded daily email limit for the operation or the account.";
    let fault = Fault::error("ForgotPassword", "LimitExceededException", message);
    fixture.emulator().inject(fault).unwrap();
    let before = fixture.cognito.public_health();
    // Cognito sends codes to existing users only, so only for them can sending fail.
    refused(fixture.cognito.forgot_password(EMAIL).await);
    assert_eq!(fixture.cognito.public_health(), before);
    let health = fixture.cognito.health();
    assert_eq!(health.status, HealthStatus::Degraded);
    assert!(health.faults[0].is_hidden);

    // A flow that is not enabled affects every user.
    let message = "USER_SRP_AUTH is not enabled for the client.";
    let fault = Fault::error("InitiateAuth", "InvalidParameterException", message);
    fixture.emulator().inject(fault).unwrap();
    refused(fixture.cognito.login(EMAIL, PASSWORD).await);
    let public = fixture.cognito.public_health();
    assert_eq!(public.status, HealthStatus::Degraded);
    assert_eq!(public.faults.len(), 1);
    assert_eq!(public.faults[0].operation, "InitiateAuth");
    assert_eq!(fixture.cognito.health().faults.len(), 2);
}

#[tokio::test]
async fn hidden_faults_of_choices_reach_the_operator() {
    let fixture = Fixture::ours().await;
    fixture
        .emulator()
        .create_user(EMAIL, PASSWORD, &[])
        .unwrap();
    let message = "Exceeded daily email limit for the operation or the account.";
    let fault = Fault::error("InitiateAuth", "LimitExceededException", message);
    fixture.emulator().inject(fault).unwrap();
    let before = fixture.cognito.public_health();
    let logs = LogCapture::start();
    let offered = OfferedFactors::passwords().email_otp();
    let login = fixture
        .cognito
        .login_by_choice(EMAIL)
        .hide_account(&offered);
    let step = login.prefer(FirstFactor::EmailOtp).await.unwrap();
    assert!(matches!(step, SignIn::Challenge(Challenge::EmailOtp(_))));
    let text = logs.text();
    let line = text.lines().find(|line| line.contains("WARN")).unwrap();
    for part in [message, "LimitExceededException", "request_id"] {
        assert!(line.contains(part), "{part} is not in {line}");
    }
    let health = fixture.cognito.health();
    assert_eq!(health.faults.len(), 1, "{:?}", health.faults);
    assert_eq!(health.faults[0].kind, "DeliveryQuota");
    assert_eq!(fixture.cognito.public_health(), before);
}

#[tokio::test]
async fn hidden_faults_of_guesses_are_logged() {
    let fixture = Fixture::ours().await;
    // Cognito calls this trigger only for names without an account.
    let message = "UserMigration failed with error The directory is down.";
    let fault = Fault::error("InitiateAuth", "UnexpectedLambdaException", message);
    fixture.emulator().inject(fault).unwrap();
    let logs = LogCapture::start();
    let offered = OfferedFactors::passwords();
    let login = fixture
        .cognito
        .login_by_choice(EMAIL)
        .hide_account(&offered);
    let password = FirstFactor::Password(Password::new(PASSWORD).unwrap());
    let refused = refused(login.prefer(password).await);
    assert_eq!(refused, ErrorKind::InvalidCredentials);
    let text = logs.text();
    let line = text.lines().find(|line| line.contains("WARN")).unwrap();
    for part in ["UserMigration failed", "UnexpectedLambdaException"] {
        assert!(line.contains(part), "{part} is not in {line}");
    }
}

#[tokio::test]
async fn managed_login_errors_have_own_kinds() {
    let fixture = hosted_login::fixture(hosted_login::web()).await;
    for (description, kind) in [
        (
            "PreSignUp+failed+with+error+Only+company+addresses.+",
            ErrorKind::TriggerRejected,
        ),
        ("User+is+not+enabled", ErrorKind::UserDisabled),
        (
            "Already+found+an+entry+for+username+Google_1234",
            ErrorKind::RetrySignIn,
        ),
        (
            "user.email%3A+Attribute+cannot+be+updated.",
            ErrorKind::Configuration,
        ),
    ] {
        let logs = LogCapture::start();
        let started = fixture.cognito.hosted_login();
        let started = started
            .sign_in("https://app.example.com/callback")
            .start()
            .unwrap();
        let state = started.pending.state();
        let query = format!("error=invalid_request&error_description={description}&state={state}");
        let finished = fixture
            .cognito
            .hosted_login()
            .finish(started.pending, &query);
        assert_eq!(refused(finished.await), kind, "{description}");
        // The message from a browser may be forged: it is not logged, and it is not a fault of the
        // service.
        logs.assert_free_of(&[
            "Google_1234",
            "company addresses",
            "Attribute cannot be updated",
        ]);
        assert!(fixture.cognito.health().faults.is_empty());
    }
}

in_memory_too! {
    configuration_faults_reach_log_and_health
    health_fault_ends_with_success
    message_quota_fault_ends_by_time
    public_health_does_not_reveal_users
    hidden_faults_of_choices_reach_the_operator
    hidden_faults_of_guesses_are_logged
    managed_login_errors_have_own_kinds
}
