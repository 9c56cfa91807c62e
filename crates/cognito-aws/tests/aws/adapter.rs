//! The adapter with the emulator over HTTP: what is sent, how often, and the resulting errors.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use cognito_aws::{AwsCognito, Timeouts};
use cognito_core::administration::users::ListUsersRequest;
use cognito_core::authentication::password::ForgotPasswordRequest;
use cognito_core::authentication::refresh::{RefreshRequest, RevokeTokenRequest};
use cognito_core::authentication::sign_in::SignInRequest;
use cognito_core::authentication::sign_up::{ConfirmSignUpRequest, SignUpRequest};
use cognito_core::config::{CurrentConfig, StaticConfig};
use cognito_core::ports::{Account, Administration, Authentication, RepliedAt};
use cognito_core::{Error, ErrorKind, PoolConfig, SignInFlow, Tokens, Username};
use cognito_emulator::{Client, Emulator, Fault};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

const NAME: &str = "ann@example.com";
const PASSWORD: &str = "SecurePass123!";
const SECRET: &str = "abcdefghijklmnopqrstuvwxyz0123456789";

fn name(text: &str) -> Username {
    Username::new(text).unwrap()
}

fn pool(emulator: &Emulator) -> PoolConfig {
    emulator.pool_config().unwrap()
}

fn aws(emulator: &Emulator) -> AwsCognito {
    AwsCognito::builder(Arc::new(StaticConfig::new(pool(emulator))))
        .endpoint_url(emulator.endpoint())
        .static_credentials("test", "test")
        .build_isolated()
        .unwrap()
}

async fn emulator_with_user() -> Emulator {
    let emulator = Emulator::builder().start().await.unwrap();
    emulator
        .create_user(NAME, PASSWORD, &[("email", NAME)])
        .unwrap();
    emulator
}

fn sign_in_request(flow: SignInFlow) -> SignInRequest {
    SignInRequest::password(name(NAME), PASSWORD.parse().unwrap(), flow)
}

async fn sign_in(aws: &AwsCognito) -> Tokens {
    let request = sign_in_request(SignInFlow::UserPassword);
    aws.sign_in(request).await.unwrap().into_tokens().unwrap()
}

fn kind<T: std::fmt::Debug>(result: Result<T, Error>) -> ErrorKind {
    result.unwrap_err().kind()
}

#[tokio::test]
async fn only_signed_operations_need_aws_credentials() {
    let emulator = emulator_with_user().await;
    let aws = AwsCognito::builder(Arc::new(StaticConfig::new(pool(&emulator))))
        .endpoint_url(emulator.endpoint())
        .build_isolated()
        .unwrap();
    let tokens = sign_in(&aws).await;
    aws.current_user(&tokens.access_token).await.unwrap();
    let error = aws.list_users(ListUsersRequest::new()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Credentials, "{error:?}");
    assert!(error.to_string().contains("AWS_ACCESS_KEY_ID"), "{error}");
}

#[tokio::test]
async fn secret_hash_uses_the_returned_username() {
    // A refresh by `GetTokensFromRefreshToken` needs no secret hash.
    let client = Client::new("withsecret").secret(SECRET);
    let emulator = Emulator::builder().client(client).start().await.unwrap();
    let aws = aws(&emulator);
    let mut request = cognito_core::administration::users::CreateUserRequest::new(name(NAME));
    request.temporary_password = Some(PASSWORD.parse().unwrap());
    aws.create_user(request).await.unwrap();

    // The user signs in with an alias. The user name in the pool is the `sub`.
    for flow in [SignInFlow::UserPassword, SignInFlow::AdminUserPassword] {
        let signed_in = aws.sign_in(sign_in_request(flow)).await.unwrap();
        let challenge = signed_in.into_challenge().unwrap();
        assert_ne!(challenge.step().username().as_str(), NAME);
    }
    let signed_in = aws
        .sign_in(sign_in_request(SignInFlow::UserPassword))
        .await
        .unwrap();
    let cognito_core::Challenge::NewPasswordRequired(step) = signed_in.into_challenge().unwrap()
    else {
        panic!("expected a new-password challenge");
    };
    let answer = step.new_password("EvenBetter456!");
    let tokens = aws
        .respond_to_challenge(&answer)
        .await
        .unwrap()
        .into_tokens()
        .unwrap();
    let tokens = aws
        .refresh(RefreshRequest::new(tokens.refresh_token))
        .await
        .unwrap();
    aws.current_user(&tokens.access_token).await.unwrap();
    aws.revoke_token(RevokeTokenRequest::new(tokens.refresh_token))
        .await
        .unwrap();
    assert_eq!(
        kind(aws.current_user(&tokens.access_token).await),
        ErrorKind::AccessRevoked
    );
}

/// Settings that a test changes.
#[derive(Debug)]
struct Changing(Mutex<Arc<PoolConfig>>);

impl CurrentConfig for Changing {
    fn current(&self) -> Arc<PoolConfig> {
        Arc::clone(&self.0.lock().unwrap())
    }
}

#[tokio::test]
async fn rotated_secret_applies_to_next_request() {
    // The rotation also empties the cache of hashes.
    let client = Client::new("withsecret").secret(SECRET);
    let emulator = Emulator::builder().client(client).start().await.unwrap();
    emulator
        .create_user(NAME, PASSWORD, &[("email", NAME)])
        .unwrap();
    let config = Arc::new(Changing(Mutex::new(Arc::new(pool(&emulator)))));
    let aws = AwsCognito::builder(Arc::clone(&config) as Arc<dyn CurrentConfig>)
        .endpoint_url(emulator.endpoint())
        .build_isolated()
        .unwrap();
    drop(sign_in(&aws).await);
    assert_eq!(aws.secret_hash_cache_len(), 1);

    emulator.set_client_secret("withsecret", "zyxwvutsrqponmlkjihgfedcba9876543210");
    let error = aws
        .sign_in(sign_in_request(SignInFlow::UserPassword))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration, "{error}");
    *config.0.lock().unwrap() = Arc::new(pool(&emulator));
    drop(sign_in(&aws).await);
    assert_eq!(aws.secret_hash_cache_len(), 1);
    aws.clear_secret_hash_cache();
    assert_eq!(aws.secret_hash_cache_len(), 0);
}

#[tokio::test]
async fn lost_reply_never_repeats_one_time_calls() {
    // Calls that use up a code or an attempt.
    let emulator = emulator_with_user().await;
    let aws = aws(&emulator);
    for operation in ["SignUp", "ConfirmSignUp", "InitiateAuth", "ForgotPassword"] {
        emulator.inject(Fault::cut(operation).times(5)).unwrap();
    }
    let sign_up = SignUpRequest::new(name("new@example.com"), PASSWORD.parse().unwrap());
    let error = aws.sign_up(sign_up).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ReplyLost, "{error:?}");
    assert!(error.may_have_taken_effect());
    let confirm = ConfirmSignUpRequest::new(name("new@example.com"), "000000".parse().unwrap());
    assert_eq!(
        kind(aws.confirm_sign_up(confirm).await),
        ErrorKind::ReplyLost
    );
    let request = sign_in_request(SignInFlow::UserPassword);
    assert_eq!(kind(aws.sign_in(request).await), ErrorKind::ReplyLost);
    let forgot = ForgotPasswordRequest::new(name(NAME));
    assert_eq!(
        kind(aws.forgot_password(forgot).await),
        ErrorKind::ReplyLost
    );
    for operation in ["SignUp", "ConfirmSignUp", "InitiateAuth", "ForgotPassword"] {
        assert_eq!(emulator.calls(operation), 1, "{operation}");
    }
}

#[tokio::test]
async fn a_challenge_answer_is_sent_once() {
    let emulator = Emulator::builder().start().await.unwrap();
    let aws = aws(&emulator);
    let mut request = cognito_core::administration::users::CreateUserRequest::new(name(NAME));
    request.temporary_password = Some(PASSWORD.parse().unwrap());
    aws.create_user(request).await.unwrap();
    let signed_in = aws
        .sign_in(sign_in_request(SignInFlow::UserPassword))
        .await
        .unwrap();
    let cognito_core::Challenge::NewPasswordRequired(step) = signed_in.into_challenge().unwrap()
    else {
        panic!("expected a new-password challenge");
    };
    emulator
        .inject(Fault::cut("RespondToAuthChallenge").times(5))
        .unwrap();
    let answer = step.new_password("EvenBetter456!");
    assert_eq!(
        kind(aws.respond_to_challenge(&answer).await),
        ErrorKind::ReplyLost
    );
    assert_eq!(emulator.calls("RespondToAuthChallenge"), 1);
}

#[tokio::test]
async fn reads_are_retried() {
    let emulator = emulator_with_user().await;
    let aws = aws(&emulator);
    let tokens = sign_in(&aws).await;
    emulator.inject(Fault::cut("GetUser").times(1)).unwrap();
    emulator
        .inject(Fault::status("GetUser", 500).times(1))
        .unwrap();
    aws.current_user(&tokens.access_token).await.unwrap();
    assert_eq!(emulator.calls("GetUser"), 3);
}

#[tokio::test]
async fn throttling_is_retried_everywhere_because_nothing_was_applied() {
    let emulator = emulator_with_user().await;
    let aws = aws(&emulator);
    let throttled = || Fault::error("InitiateAuth", "TooManyRequestsException", "Rate exceeded");
    emulator.inject(throttled().times(2)).unwrap();
    drop(sign_in(&aws).await);
    assert_eq!(emulator.calls("InitiateAuth"), 3);

    emulator.inject(throttled().times(9)).unwrap();
    let request = sign_in_request(SignInFlow::UserPassword);
    assert_eq!(kind(aws.sign_in(request).await), ErrorKind::Throttled);
    assert_eq!(emulator.calls("InitiateAuth"), 6);
}

#[tokio::test]
async fn user_limit_is_never_retried() {
    let emulator = emulator_with_user().await;
    let aws = aws(&emulator);
    let tokens = sign_in(&aws).await;
    let message = "Attempt limit exceeded, please try after some time.";
    for operation in ["GetUser", "ForgotPassword"] {
        emulator
            .inject(Fault::error(operation, "LimitExceededException", message).times(9))
            .unwrap();
    }
    assert_eq!(
        kind(aws.current_user(&tokens.access_token).await),
        ErrorKind::AttemptLimit
    );
    let forgot = ForgotPasswordRequest::new(name(NAME));
    assert_eq!(
        kind(aws.forgot_password(forgot).await),
        ErrorKind::AttemptLimit
    );
    assert_eq!(emulator.calls("GetUser"), 1);
    assert_eq!(emulator.calls("ForgotPassword"), 1);
}

#[tokio::test]
async fn internal_error_is_not_retried_after_writes() {
    let emulator = emulator_with_user().await;
    let aws = aws(&emulator);
    let fault = Fault::error("ForgotPassword", "InternalErrorException", "Internal error");
    emulator.inject(fault.times(9)).unwrap();
    let error = aws
        .forgot_password(ForgotPasswordRequest::new(name(NAME)))
        .await
        .unwrap_err();
    assert!(error.status() >= 500, "{error}");
    assert_eq!(emulator.calls("ForgotPassword"), 1);
}

#[tokio::test]
async fn attempts_are_configurable() {
    let emulator = emulator_with_user().await;
    let aws = AwsCognito::builder(Arc::new(StaticConfig::new(pool(&emulator))))
        .endpoint_url(emulator.endpoint())
        .max_attempts(1)
        .build_isolated()
        .unwrap();
    emulator
        .inject(Fault::error("InitiateAuth", "TooManyRequestsException", "").times(9))
        .unwrap();
    let request = sign_in_request(SignInFlow::UserPassword);
    assert_eq!(kind(aws.sign_in(request).await), ErrorKind::Throttled);
    assert_eq!(emulator.calls("InitiateAuth"), 1);
}

#[tokio::test]
async fn every_call_ends() {
    let emulator = emulator_with_user().await;
    let aws = AwsCognito::builder(Arc::new(StaticConfig::new(pool(&emulator))))
        .endpoint_url(emulator.endpoint())
        .timeouts(
            Timeouts::new()
                .with_read(Duration::from_millis(300))
                .with_attempt(Duration::from_secs(30))
                .with_operation(Duration::from_secs(60)),
        )
        .build_isolated()
        .unwrap();
    emulator
        .inject(Fault::delay("InitiateAuth", Duration::from_secs(3600)))
        .unwrap();
    let request = sign_in_request(SignInFlow::UserPassword);
    assert_eq!(kind(aws.sign_in(request).await), ErrorKind::Timeout);
    assert_eq!(emulator.calls("InitiateAuth"), 1);
}

#[tokio::test]
async fn failed_connection_was_not_applied() {
    // A port that was just free, so no process listens on it.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let config = PoolConfig::new("us-east-1_Pool".parse().unwrap(), "client".parse().unwrap());
    let aws = AwsCognito::builder(Arc::new(StaticConfig::new(config)))
        .endpoint_url(format!("http://{address}"))
        .build_isolated()
        .unwrap();
    let error = aws
        .sign_in(sign_in_request(SignInFlow::UserPassword))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Network, "{error:?}");
    assert!(!error.may_have_taken_effect());
}

#[tokio::test]
async fn disabled_flow_names_its_setting() {
    use cognito_emulator::AuthFlow;
    let client = Client::new("nopasswords").flow(AuthFlow::RefreshToken);
    let emulator = Emulator::builder().client(client).start().await.unwrap();
    let aws = aws(&emulator);
    for (flow, setting) in [
        (SignInFlow::UserPassword, "ALLOW_USER_PASSWORD_AUTH"),
        (
            SignInFlow::AdminUserPassword,
            "ALLOW_ADMIN_USER_PASSWORD_AUTH",
        ),
        (SignInFlow::UserSrp, "ALLOW_USER_SRP_AUTH"),
    ] {
        let error = aws.sign_in(sign_in_request(flow)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::FlowNotEnabled, "{error}");
        assert!(error.to_string().contains(setting), "{error}");
        assert_eq!(error.status(), 500);
    }
}

#[tokio::test]
async fn errors_have_code_and_request_id_only() {
    let emulator = emulator_with_user().await;
    let aws = aws(&emulator);
    let wrong = SignInRequest::password(
        name(NAME),
        "WrongPass123!".parse().unwrap(),
        SignInFlow::UserPassword,
    );
    let error = aws.sign_in(wrong).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidCredentials);
    assert_eq!(error.code(), Some("NotAuthorizedException"));
    assert!(error.request_id().is_some_and(|id| !id.is_empty()));
    let shown = format!("{error} {error:?} {aws:?}");
    for secret in [NAME, "WrongPass"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[tokio::test]
async fn local_failure_is_not_a_lost_reply() {
    use cognito_aws::SdkConfig;
    let emulator = emulator_with_user().await;
    let config = || Arc::new(StaticConfig::new(pool(&emulator)));
    // An endpoint without a scheme.
    let bare = emulator.endpoint().trim_start_matches("http://").to_owned();
    let aws = AwsCognito::builder(config())
        .endpoint_url(bare)
        .build_isolated()
        .unwrap();
    let request = sign_in_request(SignInFlow::UserPassword);
    let error = aws.sign_in(request).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration, "{error:?}");
    assert!(!error.may_have_taken_effect());

    // A configuration without any credentials.
    let sdk_config = SdkConfig::builder()
        .behavior_version(aws_config::BehaviorVersion::v2026_01_12())
        .build();
    let aws = AwsCognito::builder(config())
        .endpoint_url(emulator.endpoint())
        .build(&sdk_config)
        .unwrap();
    let error = aws.list_users(ListUsersRequest::new()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Credentials, "{error:?}");
}

/// Accepts a connection, reads one request to `RevokeToken` and sends this response.
async fn respond(listener: &TcpListener, head: &str) {
    let (stream, _) = listener.accept().await.unwrap();
    let mut stream = BufReader::new(stream);
    let (mut line, mut length) = (String::new(), 0);
    while line != "\r\n" {
        line.clear();
        stream.read_line(&mut line).await.unwrap();
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    stream.read_exact(&mut vec![0; length]).await.unwrap();
    let response = format!("HTTP/1.1 {head}\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{{}}");
    stream.write_all(response.as_bytes()).await.unwrap();
}

#[tokio::test]
async fn date_of_earlier_attempt_is_not_used() {
    let dated = "500 Internal Server Error\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT";
    let later = "200 OK\r\nDate: Sun, 06 Nov 1994 08:49:39 GMT";
    for (second, expected) in [
        ("200 OK", RepliedAt::unknown()),
        ("200 OK\r\nDate: yesterday", RepliedAt::unknown()),
        (later, RepliedAt::at(784_111_779)),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let config = PoolConfig::new("us-east-1_Pool".parse().unwrap(), "client".parse().unwrap());
        let aws = AwsCognito::builder(Arc::new(StaticConfig::new(config)))
            .endpoint_url(endpoint)
            .build_isolated()
            .unwrap();
        let request = RevokeTokenRequest::new("refresh".parse().unwrap());
        let (revoked, ()) = tokio::join!(aws.revoke_token(request), async {
            respond(&listener, dated).await;
            respond(&listener, second).await;
        });
        assert_eq!(revoked.unwrap(), expected, "{second}");
    }
}
