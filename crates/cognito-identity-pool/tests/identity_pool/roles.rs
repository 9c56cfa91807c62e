//! The roles of credentials, and the basic flow.

use std::sync::Arc;

use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use cognito_identity_pool::{ErrorKind, IdentityPool};
use cognito_testkit::InMemoryHttpClient;
use parking_lot::Mutex;

use crate::fixture::{ANN, Fixture, ROLE, failure, with_token};

const READER: &str = "arn:aws:iam::123456789012:role/reader";
const WRITER: &str = "arn:aws:iam::123456789012:role/writer";

#[tokio::test]
async fn custom_role_must_be_of_the_user() {
    let fixture = Fixture::new().await;
    let admin = fixture.users.cognito().admin();
    admin
        .create_group("readers")
        .role_arn(READER)
        .await
        .unwrap();
    admin.group("readers").add_user(ANN).await.unwrap();
    let token = fixture.sign_in(ANN).await.id_token;
    let pool = fixture.pool();
    for (role, expected) in [(READER, None), (WRITER, Some(ErrorKind::NotAuthorized))] {
        let token = token.clone();
        let source = move || {
            let token = token.clone();
            async move { Ok(token) }
        };
        let user = pool.user(source).custom_role_arn(role).build().unwrap();
        let error = user.credentials().await.err().map(|error| error.kind());
        assert_eq!(error, expected, "{role}");
    }
}

#[tokio::test]
async fn identity_pool_without_roles_is_reported() {
    let fixture = Fixture::new().await;
    fixture.set_roles(&["unauthenticated"]).await;
    let pool = fixture.pool();
    let ann = fixture.user(&pool, ANN);
    let error = ann.credentials().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(error.to_string().contains("set the roles"), "{error}");
    pool.guest().build().unwrap().credentials().await.unwrap();
}

/// A connector that answers the requests to STS itself, and passes the others to the emulator.
#[derive(Clone, Debug)]
struct WithSts {
    emulator: InMemoryHttpClient,
    status: u16,
    response: &'static str,
    /// The bodies of the requests to STS.
    requests: Arc<Mutex<Vec<String>>>,
}

impl WithSts {
    fn new(fixture: &Fixture, status: u16, response: &'static str) -> Self {
        Self {
            emulator: fixture.users.http_client(),
            status,
            response,
            requests: Arc::default(),
        }
    }

    fn pool(&self, fixture: &Fixture) -> IdentityPool {
        fixture
            .builder()
            .http_connector(self.clone())
            .build_isolated()
    }
}

impl HttpConnector for WithSts {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        if !request.uri().contains("://sts.") {
            return self.emulator.call(request);
        }
        let body = request.body().bytes().unwrap_or_default();
        let body = String::from_utf8_lossy(body).into_owned();
        self.requests.lock().push(body);
        let status = StatusCode::try_from(self.status).unwrap();
        let response = HttpResponse::new(status, SdkBody::from(self.response));
        HttpConnectorFuture::ready(Ok(response))
    }
}

/// The response of the API reference of STS.
const ASSUMED: &str = r#"<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleWithWebIdentityResult>
    <Credentials>
      <AccessKeyId>ASIAEXAMPLE</AccessKeyId>
      <SecretAccessKey>a-secret-key</SecretAccessKey>
      <SessionToken>a-session-token</SessionToken>
      <Expiration>2027-01-15T09:00:00Z</Expiration>
    </Credentials>
  </AssumeRoleWithWebIdentityResult>
</AssumeRoleWithWebIdentityResponse>"#;

const DENIED: &str = r#"<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <Error>
    <Type>Sender</Type>
    <Code>AccessDenied</Code>
    <Message>Not authorized to perform sts:AssumeRoleWithWebIdentity</Message>
  </Error>
  <RequestId>c6104cbe-af31-11e0-8154-cbc7ccf896c7</RequestId>
</ErrorResponse>"#;

async fn classic() -> Fixture {
    Fixture::with(|create| create.allow_classic_flow(true)).await
}

#[tokio::test]
async fn basic_flow_assumes_the_role() {
    let fixture = classic().await;
    let sts = WithSts::new(&fixture, 200, ASSUMED);
    let token = fixture.sign_in(ANN).await.id_token;
    let pool = sts.pool(&fixture);
    let source = move || {
        let token = token.clone();
        async move { Ok(token) }
    };
    let user = pool.user(source).basic_flow(ROLE).build().unwrap();
    let credentials = user.credentials().await.unwrap();
    assert_eq!(credentials.access_key_id(), "ASIAEXAMPLE");
    assert_eq!(credentials.session_token(), Some("a-session-token"));
    user.credentials().await.unwrap();
    let identity = user.identity_id().await.unwrap();
    let (_, session) = identity.as_str().split_once(':').unwrap();
    let requests = sts.requests.lock();
    let [request] = requests.as_slice() else {
        panic!("one request was expected: {requests:?}");
    };
    for part in [
        "Action=AssumeRoleWithWebIdentity",
        "RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fapp",
        &format!("RoleSessionName={session}"),
        "WebIdentityToken=ey",
    ] {
        assert!(request.contains(part), "{part} in {request}");
    }
    assert_eq!(fixture.calls("GetOpenIdToken"), 1);
    assert_eq!(fixture.calls("GetCredentialsForIdentity"), 0);
}

/// AWS shows the name of the session in error messages. With the identity id, anyone who reads such
/// a message could get the credentials of the guest.
#[tokio::test]
async fn session_name_hides_identity_of_guest() {
    let fixture = Fixture::with(|create| {
        let create = create.allow_classic_flow(true);
        create.allow_unauthenticated_identities(true)
    });
    let fixture = fixture.await;
    let sts = WithSts::new(&fixture, 200, ASSUMED);
    let guest = sts.pool(&fixture).guest().basic_flow(ROLE).build().unwrap();
    let identity = guest.identity_id().await.unwrap();
    let (_, id) = identity.as_str().split_once(':').unwrap();
    let requests = sts.requests.lock();
    let [request] = requests.as_slice() else {
        panic!("one request was expected: {requests:?}");
    };
    let session = "RoleSessionName=CognitoIdentityCredentials&";
    assert!(request.contains(session), "{request}");
    assert!(!request.contains(id), "{request}");
}

#[tokio::test]
async fn denied_role_is_a_fault_of_settings() {
    let fixture = classic().await;
    let sts = WithSts::new(&fixture, 403, DENIED);
    let guest = sts.pool(&fixture);
    let token = fixture.sign_in(ANN).await.id_token;
    let source = move || {
        let token = token.clone();
        async move { Ok(token) }
    };
    let user = guest.user(source).basic_flow(ROLE).build().unwrap();
    let error = user.credentials().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(error.to_string().contains("trust policy"), "{error}");
}

#[tokio::test]
async fn basic_flow_must_be_allowed() {
    let fixture = Fixture::new().await;
    let sts = WithSts::new(&fixture, 200, ASSUMED);
    let pool = sts.pool(&fixture);
    let guest = pool.guest().basic_flow(ROLE).build().unwrap();
    assert_eq!(failure(&guest).await, ErrorKind::InvalidParameter);
    assert!(sts.requests.lock().is_empty());
    // The enhanced flow still works.
    let token = fixture.sign_in(ANN).await.id_token;
    with_token(&pool, &token).credentials().await.unwrap();
}
