//! Operations that create entries of every kind.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde_json::{Map, Value, json};

use super::{CLIENT, EMAIL, SIGNATURE, Tracked, person};
use crate::http::message::Request;
use crate::model::client::metadata::{ClientMetadata, Source};
use crate::model::encrypted_message::Context;
use crate::model::restoration::{Preview, Restoration};
use crate::model::saml::request::Session;
use crate::state::codes::SignedInUser;
use crate::state::documents::Document;
use crate::state::entries::kind::Kind;
use crate::state::service::Service;
use crate::state::used::Used;

/// A document of a client.
const DOCUMENT: &str = r#"{"client_id":"https://client.example/","grant_types":
    ["authorization_code"],"response_types":["code"],"redirect_uris":["https://client.example/a"],
    "token_endpoint_auth_method":"none","scope":"openid email"}"#;

const HOUR: Duration = Duration::from_secs(3600);

fn now(tracked: &Tracked) -> SystemTime {
    tracked.pools().clock.now()
}

fn pool(tracked: &Tracked) -> Arc<Service> {
    let pool = tracked.pools().get(tracked.emulator.user_pool_id());
    pool.expect("a pool")
}

/// Returns an emulator with entries of every kind.
pub(super) async fn filled() -> Tracked {
    let tracked = Tracked::new();
    fill(&tracked).await;
    tracked
}

/// Creates entries of every kind. Fails if a change is not tracked.
pub(super) async fn fill(tracked: &Tracked) {
    tracked.create_user();
    tracked.wrote(Kind::User);
    fill_users(tracked).await;
    fill_person(tracked);
    fill_pool(tracked).await;
    fill_hosted(tracked);
    fill_documents(tracked);
    fill_services(tracked).await;
    fill_imports(tracked).await;
    fill_shared(tracked);
}

/// Creates a user, a group and a message.
pub(super) async fn fill_untracked(tracked: &Tracked) {
    tracked.create_user();
    tracked.emulator.create_group("staff");
    let fields = json!({ "ClientId": CLIENT, "Username": "ann" });
    tracked.public("ForgotPassword", fields).await;
}

async fn fill_users(tracked: &Tracked) {
    tracked.emulator.create_group("staff");
    tracked.wrote(Kind::Group);
    let group = json!({ "GroupName": "staff", "Description": "all" });
    tracked.call("UpdateGroup", group.clone()).await;
    tracked.wrote(Kind::EarlierGroup);
    let fields = json!({
        "Username": "ann",
        "UserAttributes": [{ "Name": "name", "Value": "Ann" }],
    });
    tracked.call("AdminUpdateUserAttributes", fields).await;
    tracked.wrote(Kind::EarlierUser);
    let tokens = tracked.sign_in().await;
    let fields = json!({ "ClientId": CLIENT, "Token": tokens["RefreshToken"] });
    tracked.public("RevokeToken", fields).await;
    tracked.wrote(Kind::Family);
    let fields = json!({ "ClientId": CLIENT, "Username": "ann" });
    tracked.public("ForgotPassword", fields).await;
    let written = tracked.write();
    for kind in [Kind::Message, Kind::Random, Kind::User] {
        assert!(written.contains(kind.name()), "{kind:?} is not marked");
    }
}

fn fill_person(tracked: &Tracked) {
    let pool = pool(tracked);
    let mut state = pool.state.lock();
    state.users.insert(person::new(now(tracked)));
    drop(state);
    tracked.wrote(Kind::User);
}

async fn fill_pool(tracked: &Tracked) {
    let fields = json!({ "ClientName": "app", "GenerateSecret": true });
    tracked.call("CreateUserPoolClient", fields).await;
    tracked.wrote(Kind::Client);
    let fields = json!({ "UserPoolTags": { "team": "a" }, "AutoVerifiedAttributes": ["email"] });
    tracked.call("UpdateUserPool", fields).await;
    tracked.wrote(Kind::Settings);
    let pool = pool(tracked);
    pool.state.lock().simulation_key(&pool.random);
    tracked.wrote(Kind::PoolState);
    let mut restoration = Restoration::new(
        "r".to_owned(),
        now(tracked),
        now(tracked),
        Preview::default(),
    );
    restoration.cancel();
    pool.state.lock().users.history.add(restoration);
    tracked.wrote(Kind::Restorations);
    let fields = json!({
        "PoolName": "second",
        "UserPoolTier": "PLUS",
        "UserPoolAddOns": { "AdvancedSecurityMode": "ENFORCED" },
        "UsernameAttributes": ["email"],
        "DeviceConfiguration": { "ChallengeRequiredOnNewDevice": true },
        "LambdaConfig": { "PreSignUp": "http://localhost:1/function" },
        "Schema": [{ "Name": "team", "AttributeDataType": "Number", "Mutable": true }],
        "AccountRecoverySetting": {
            "RecoveryMechanisms": [{ "Name": "verified_email", "Priority": 1 }],
        },
        "UserPoolTags": { "team": "a" },
    });
    let created = tracked.public("CreateUserPool", fields).await;
    tracked.wrote(Kind::Keys);
    fill_settings(tracked, &created["UserPool"]["Id"]).await;
    tracked.wrote(Kind::Settings);
}

/// Sets settings of further kinds in a pool.
async fn fill_settings(tracked: &Tracked, id: &Value) {
    for (operation, mut fields) in [
        ("CreateUserPoolDomain", json!({ "Domain": "people" })),
        (
            "CreateResourceServer",
            json!({
                "Identifier": "api", "Name": "API",
                "Scopes": [{ "ScopeName": "read", "ScopeDescription": "Reads" }],
            }),
        ),
        (
            "CreateIdentityProvider",
            json!({
                "ProviderName": "oidc", "ProviderType": "OIDC",
                "ProviderDetails": {
                    "client_id": "a", "client_secret": "b", "authorize_scopes": "openid",
                    "attributes_request_method": "GET", "oidc_issuer": "http://localhost:1",
                },
            }),
        ),
        (
            "SetRiskConfiguration",
            json!({ "RiskExceptionConfiguration": { "BlockedIPRangeList": ["192.0.2.0/24"] } }),
        ),
        (
            "SetUserPoolMfaConfig",
            json!({
                "MfaConfiguration": "OPTIONAL",
                "SoftwareTokenMfaConfiguration": { "Enabled": true },
            }),
        ),
    ] {
        fields["UserPoolId"] = id.clone();
        tracked.public(operation, fields).await;
    }
}

fn fill_hosted(tracked: &Tracked) {
    let (pool, now) = (pool(tracked), now(tracked));
    let mut state = pool.state.lock();
    let user = state.users.find("ann").expect("a user");
    let session = Session {
        name_id: EMAIL.to_owned(),
        format: None,
        index: Some("1".to_owned()),
    };
    let signed_in = SignedInUser::federated(user, now)
        .through("saml")
        .with_session(session);
    state.hosted.sign_in(signed_in, HOUR, now, &pool.random);
    let used = Used {
        provider: "the saml",
        user: "ann",
        id: "assertion",
        expires: now + HOUR,
    };
    let inserted = state.hosted.assertions.insert(&used, now);
    assert_eq!(inserted, Ok(()));
    drop(state);
    let written = tracked.write();
    assert!(written.contains("browser") && written.contains("used-assertion"));
}

fn fill_documents(tracked: &Tracked) {
    let (pool, now) = (pool(tracked), now(tracked));
    let mut state = pool.state.lock();
    let place = ("policy", "https://client.example/");
    let caller = IpAddr::from(Ipv4Addr::LOCALHOST);
    assert!(state.documents.begin(place, caller, now));
    let metadata = ClientMetadata::read(DOCUMENT.as_bytes(), Source::Document);
    let document = Document {
        metadata: Arc::new(metadata.expect("metadata")),
        cached: now,
        expires: now + HOUR,
        caller: None,
    };
    state.documents.end(place, caller, Ok(document), now);
    drop(state);
    tracked.wrote(Kind::Document);
}

async fn fill_services(tracked: &Tracked) {
    let fields = json!({ "IdentityPoolName": "people", "AllowUnauthenticatedIdentities": true });
    let target = "AWSCognitoIdentityService.CreateIdentityPool";
    tracked.send(target, fields).await;
    tracked.wrote(Kind::IdentityPool);
    let fields = json!({
        "Name": "key", "SecretString": "s", "ClientRequestToken": "00000000-0000-4000-8000-000000000000",
    });
    tracked.send("secretsmanager.CreateSecret", fields).await;
    tracked.wrote(Kind::Secret);
    tracked.emulator.ssm().put_secure("/app/key", "v");
    tracked.wrote(Kind::Parameter);
    let fields = json!({
        "LimitDefinition": {
            "LimitClass": "API_CATEGORY",
            "Attributes": { "Category": "UserAuthentication" },
        },
        "RequestedLimitValue": 130,
    });
    tracked.public("UpdateProvisionedLimit", fields).await;
    tracked.wrote(Kind::Limit);
    let role = "Action=CreateRole&Version=2010-05-08&RoleName=App&AssumeRolePolicyDocument=%7B%7D";
    let request = Request::new("POST", "/")
        .header("host", "localhost")
        .header("authorization", SIGNATURE)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(role);
    let response = tracked.emulator.respond(request).await.expect("a response");
    assert_eq!(response.status(), 200);
    tracked.wrote(Kind::Role);
}

async fn fill_imports(tracked: &Tracked) {
    let fields = json!({
        "JobName": "people",
        "CloudWatchLogsRoleArn": "arn:aws:iam::123456789012:role/import",
    });
    let created = tracked.call("CreateUserImportJob", fields).await;
    tracked.wrote(Kind::ImportJob);
    let url = created["UserImportJob"]["PreSignedUrl"].as_str();
    let request = Request::new("PUT", url.expect("a URL"))
        .header("x-amz-server-side-encryption", "aws:kms")
        .body("cognito:username\nbob\n");
    let response = tracked.emulator.respond(request).await.expect("a response");
    assert_eq!(response.status(), 200);
    tracked.wrote(Kind::ImportFile);
}

fn fill_shared(tracked: &Tracked) {
    let pools = tracked.pools();
    let key = pool(tracked)
        .keys
        .data_key("123456789012", "arn", &Context::default());
    assert!(key.is_some());
    tracked.wrote(Kind::KmsKeys);
    let claims: Map<String, Value> = [("sub".to_owned(), json!("ann"))].into_iter().collect();
    let mut provider = pools.test_provider.lock();
    provider.open_token(claims, now(tracked), &pools.random);
    drop(provider);
    tracked.wrote(Kind::TestProvider);
    assert!(pools.steered_clock.advance(HOUR));
    pools.steered_clock.freeze();
    tracked.wrote(Kind::Clock);
}
