//! Clients of the AWS SDK with the HTTP client in memory.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_cognitoidentityprovider::Client;
use aws_sdk_cognitoidentityprovider::error::SdkError;
use aws_sdk_cognitoidentityprovider::operation::initiate_auth::builders::InitiateAuthFluentBuilder;
use aws_sdk_cognitoidentityprovider::types::{AttributeType, AuthFlowType};
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use cognito::verifier::CognitoVerifier;
use cognito_testkit::emulator::{Emulator, EmulatorBuilder, Fault, Trigger};
use cognito_testkit::{FixedClock, InMemoryHttpClient};
use futures_util::stream;
use http_body::Frame;
use http_body_util::{Full, StreamBody};

use crate::{EMAIL, PASSWORD, without_network};

/// A service that uses the AWS SDK.
struct Service {
    clock: FixedClock,
    config: SdkConfig,
    http: InMemoryHttpClient,
    sdk: Client,
}

impl Service {
    fn new(configure: impl FnOnce(EmulatorBuilder) -> EmulatorBuilder) -> Self {
        let timeouts = TimeoutConfig::builder().read_timeout(Duration::from_secs(3));
        Self::with_timeouts(timeouts.build(), configure)
    }

    fn with_timeouts(
        timeouts: TimeoutConfig,
        configure: impl FnOnce(EmulatorBuilder) -> EmulatorBuilder,
    ) -> Self {
        let clock = FixedClock::at_unix(1_800_000_000);
        let builder = Emulator::builder().clock(clock.clone());
        let emulator = configure(builder).build().unwrap();
        let http = InMemoryHttpClient::new(emulator);
        // Without an endpoint: the SDK addresses the requests to AWS.
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(SharedCredentialsProvider::new(Credentials::for_tests()))
            .timeout_config(timeouts)
            .http_client(http.clone())
            .build();
        let sdk = Client::new(&config);
        Self {
            clock,
            config,
            http,
            sdk,
        }
    }

    fn emulator(&self) -> &Emulator {
        self.http.emulator()
    }

    async fn sign_up(&self) {
        let email = AttributeType::builder().name("email").value(EMAIL).build();
        let request = self.sdk.sign_up().client_id(self.emulator().client_id());
        let request = request.username(EMAIL).password(PASSWORD);
        let email = email.unwrap();
        request.user_attributes(email).send().await.unwrap();
    }

    fn sign_in(&self) -> InitiateAuthFluentBuilder {
        let request = self.sdk.initiate_auth();
        request
            .client_id(self.emulator().client_id())
            .auth_flow(AuthFlowType::UserPasswordAuth)
            .auth_parameters("USERNAME", EMAIL)
            .auth_parameters("PASSWORD", PASSWORD)
    }
}

#[test]
fn sdk_signs_in_and_verifies_without_network() {
    without_network(async {
        let service = Service::new(|builder| builder);
        service.sign_up().await;
        let code = service.emulator().inbox().latest_code(EMAIL).unwrap();
        let confirmation = service.sdk.confirm_sign_up().confirmation_code(code);
        let client = service.emulator().client_id();
        let confirmation = confirmation.client_id(client).username(EMAIL);
        confirmation.send().await.unwrap();
        let tokens = service.sign_in().send().await.unwrap();
        let token = tokens.authentication_result.unwrap().access_token.unwrap();

        let user = service.sdk.get_user().access_token(&token);
        assert!(user.send().await.unwrap().user_attributes.len() > 1);
        // The verifier gets the keys from the emulator.
        let emulator = service.emulator();
        let pool = emulator.user_pool_id().parse().unwrap();
        let verifier = CognitoVerifier::builder(pool)
            .client_id(client)
            .issuer(emulator.issuer())
            .jwks_uri(emulator.jwks_uri())
            .clock(service.clock.clone())
            .jwks_source(service.http.clone());
        let claims = verifier.build().unwrap().verify_access(&token).await;
        assert_eq!(claims.unwrap().client_id, client);
        assert_eq!(emulator.calls("jwks.json"), 1);
    });
}

#[test]
fn sdk_requests_run_triggers() {
    without_network(async {
        let calls = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&calls);
        let service = Service::new(|builder| {
            builder.trigger(Trigger::PreSignUp, move |mut event| {
                counted.fetch_add(1, Ordering::Relaxed);
                event["response"]["autoConfirmUser"] = true.into();
                Ok(event)
            })
        });
        service.sign_up().await;
        assert_eq!(calls.load(Ordering::Relaxed), 1);
        let signed_in = service.sign_in().send().await.unwrap();
        assert!(signed_in.authentication_result.is_some());
    });
}

#[test]
fn sdk_code_expires_by_clock() {
    without_network(async {
        let service = Service::new(|builder| builder);
        service.sign_up().await;
        let code = service.emulator().inbox().latest_code(EMAIL).unwrap();
        service.clock.advance(Duration::from_secs(25 * 3600));
        let confirmation = service.sdk.confirm_sign_up().confirmation_code(code);
        let confirmation = confirmation.client_id(service.emulator().client_id());
        let expired = confirmation.username(EMAIL).send().await.unwrap_err();
        assert!(expired.into_service_error().is_expired_code_exception());
    });
}

#[test]
fn faults_reach_sdk_as_over_socket() {
    without_network(async {
        let service = Service::new(|builder| builder);
        let emulator = service.emulator();
        emulator.create_user(EMAIL, PASSWORD, &[]).unwrap();
        let inject = |fault: Fault| emulator.inject(fault).unwrap();

        // The SDK repeats these requests.
        inject(Fault::error("InitiateAuth", "TooManyRequestsException", "no").times(1));
        service.sign_in().send().await.unwrap();
        inject(Fault::cut("InitiateAuth").times(1));
        service.sign_in().send().await.unwrap();
        assert_eq!(emulator.calls("InitiateAuth"), 4);

        inject(Fault::cut("InitiateAuth").times(3));
        let lost = service.sign_in().send().await.unwrap_err();
        assert!(matches!(
            &lost,
            SdkError::DispatchFailure(failure)
                if failure.is_io()
        ));
        inject(Fault::delay("InitiateAuth", Duration::from_secs(10)).times(3));
        let slow = service.sign_in().send().await.unwrap_err();
        assert!(matches!(
            &slow,
            SdkError::DispatchFailure(failure)
                if failure.is_timeout()
        ));
    });
}

#[test]
fn sdk_retries_after_timeout_of_attempt() {
    without_network(async {
        let timeouts = TimeoutConfig::builder().operation_attempt_timeout(Duration::from_secs(1));
        let service = Service::with_timeouts(timeouts.build(), |builder| builder);
        let emulator = service.emulator();
        emulator.create_user(EMAIL, PASSWORD, &[]).unwrap();
        let slow = Fault::delay("InitiateAuth", Duration::from_secs(10));
        emulator.inject(slow.times(1)).unwrap();
        let begin = tokio::time::Instant::now();
        service.sign_in().send().await.unwrap();
        assert_eq!(emulator.calls("InitiateAuth"), 2);
        // The pause before the second attempt is also in Tokio's time.
        assert!(begin.elapsed() > Duration::from_secs(1));
        assert!(begin.elapsed() < Duration::from_secs(10));
    });
}

#[test]
fn dropped_sdk_request_is_not_executed_later() {
    without_network(async {
        let service = Service::new(|builder| builder);
        let slow = Fault::delay("SignUp", Duration::from_secs(2));
        service.emulator().inject(slow.times(1)).unwrap();
        let dropped = tokio::time::timeout(Duration::from_secs(1), service.sign_up()).await;
        assert!(dropped.is_err());
        tokio::time::advance(Duration::from_secs(10)).await;
        assert_eq!(service.emulator().calls("SignUp"), 1);
        // The name is still free.
        service.sign_up().await;
    });
}

#[test]
fn sdk_body_may_be_a_stream() {
    without_network(async {
        let service = Service::new(|builder| builder);
        let emulator = service.emulator();
        emulator.create_user(EMAIL, PASSWORD, &[]).unwrap();
        let streamed = service.sign_in().customize().mutate_request(|request| {
            let contents = Bytes::copy_from_slice(request.body().bytes().unwrap());
            *request.body_mut() = SdkBody::from_body_1_x(Full::new(contents));
            assert!(request.body().bytes().is_none());
        });
        let signed_in = streamed.send().await.unwrap();
        assert!(signed_in.authentication_result.is_some());

        let broken = service.sign_in().customize().mutate_request(|request| {
            let lost = stream::iter([Err::<Frame<Bytes>, _>(io::Error::other("lost"))]);
            *request.body_mut() = SdkBody::from_body_1_x(StreamBody::new(lost));
        });
        let error = broken.send().await.unwrap_err();
        assert!(matches!(
            &error,
            SdkError::DispatchFailure(failure) if failure.is_user()
        ));
        assert_eq!(emulator.calls("InitiateAuth"), 1);
    });
}

#[test]
fn sdk_clients_of_other_services_share_emulator() {
    without_network(async {
        let service = Service::new(|builder| builder);
        let ssm = aws_sdk_ssm::Client::new(&service.config);
        service
            .emulator()
            .ssm()
            .put("/shop/url", "http://localhost");
        let parameter = ssm.get_parameter().name("/shop/url").send().await.unwrap();
        let value = parameter.parameter.unwrap().value.unwrap();
        assert_eq!(value, "http://localhost");
    });
}
