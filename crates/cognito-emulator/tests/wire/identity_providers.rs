//! Identity providers as they are described, and settings that are stored and described only.

use cognito_emulator::ThreatProtection;
use serde_json::{Value, json};

use crate::support::{Pool, START, new_client, new_pool, pool, pool_with};

fn google() -> Value {
    json!({
        "ProviderName": "Google",
        "ProviderType": "Google",
        "ProviderDetails": {
            "client_id": "1example23456789.apps.googleusercontent.com",
            "client_secret": "Very Secret",
            "authorize_scopes": "email profile openid",
        },
        "AttributeMapping": { "email": "email", "username": "sub" },
        "IdpIdentifiers": ["staff"],
    })
}

/// Returns the details of [`google`] with those that Cognito adds (API reference of
/// `IdentityProviderType`).
fn described_details() -> Value {
    let mut details = google()["ProviderDetails"].take();
    for (name, value) in [
        (
            "attributes_url",
            "https://people.googleapis.com/v1/people/me?personFields=",
        ),
        ("attributes_url_add_attributes", "true"),
        (
            "authorize_url",
            "https://accounts.google.com/o/oauth2/v2/auth",
        ),
        ("oidc_issuer", "https://accounts.google.com"),
        ("token_request_method", "POST"),
        ("token_url", "https://www.googleapis.com/oauth2/v4/token"),
    ] {
        details[name] = json!(value);
    }
    details
}

async fn company(pool: &Pool, name: &str) {
    let fields = json!({
        "ProviderName": name,
        "ProviderType": "OIDC",
        "ProviderDetails": { "oidc_issuer": "https://login.example.com" },
    });
    pool.admin("CreateIdentityProvider", fields).await.ok();
}

#[tokio::test]
async fn identity_provider_is_described_as_created() {
    let pool = pool().await;
    let mut expected = google();
    expected["ProviderDetails"] = described_details();
    expected["UserPoolId"] = json!(pool.emulator.user_pool_id());
    for date in ["CreationDate", "LastModifiedDate"] {
        #[allow(clippy::cast_precision_loss, reason = "the date is far below 2^52")]
        let start = START as f64;
        expected[date] = json!(start);
    }
    let created = pool.admin("CreateIdentityProvider", google()).await.ok();
    assert_eq!(created["IdentityProvider"], expected);
    for (operation, fields) in [
        (
            "DescribeIdentityProvider",
            json!({ "ProviderName": "Google" }),
        ),
        (
            "GetIdentityProviderByIdentifier",
            json!({ "IdpIdentifier": "staff" }),
        ),
    ] {
        let found = pool.admin(operation, fields).await.ok();
        assert_eq!(found["IdentityProvider"], expected, "{operation}");
    }
    // An app client can name the provider, and a user can be linked to it.
    let fields = json!({ "SupportedIdentityProviders": ["COGNITO", "Google"] });
    new_client(&pool, pool.emulator.user_pool_id(), fields).await;
    pool.person();
}

#[tokio::test]
async fn update_keeps_members_that_are_left_out() {
    let pool = pool().await;
    pool.admin("CreateIdentityProvider", google()).await.ok();
    pool.advance(std::time::Duration::from_secs(60));
    let fields = json!({ "ProviderName": "Google", "AttributeMapping": { "name": "name" } });
    let updated = pool.admin("UpdateIdentityProvider", fields).await.ok();
    let updated = &updated["IdentityProvider"];
    assert_eq!(updated["AttributeMapping"], json!({ "name": "name" }));
    assert_eq!(updated["ProviderDetails"], described_details());
    let dates = ["CreationDate", "LastModifiedDate"].map(|date| updated[date].as_f64());
    assert_eq!(dates[0].map(|created| created + 60.0), dates[1]);
}

#[tokio::test]
async fn identity_provider_operations_fail_as_at_aws() {
    let pool = pool().await;
    let id = pool.emulator.user_pool_id().to_owned();
    pool.admin("CreateIdentityProvider", google()).await.ok();
    // cloudformation-coverage-roadmap#1287.
    pool.admin("CreateIdentityProvider", google()).await.fails(
        "DuplicateProviderException",
        &format!("Google already exists in user pool {id}"),
    );
    // aws-cli#3179, terraform-provider-aws#4822.
    let mut named = google();
    named["ProviderName"] = json!("example");
    pool.admin("CreateIdentityProvider", named)
        .await
        .invalid_parameter("Provider example cannot be of type Google.");
    let missing = json!({ "ProviderName": "Nobody" });
    for operation in [
        "DescribeIdentityProvider",
        "UpdateIdentityProvider",
        "DeleteIdentityProvider",
    ] {
        let reply = pool.admin(operation, missing.clone()).await;
        assert_eq!(reply.body["__type"], "ResourceNotFoundException");
    }
    let reply = pool
        .admin(
            "GetIdentityProviderByIdentifier",
            json!({ "IdpIdentifier": "nobody" }),
        )
        .await;
    assert_eq!(reply.body["__type"], "ResourceNotFoundException");
    for member in ["ProviderName", "ProviderType", "ProviderDetails"] {
        let mut fields = google();
        fields[member] = Value::Null;
        let reply = pool.admin("CreateIdentityProvider", fields).await;
        assert_eq!(
            reply.body["__type"], "InvalidParameterException",
            "{member}"
        );
    }
}

// The error of AWS is unknown.
#[tokio::test]
async fn identifier_belongs_to_one_provider() {
    let pool = pool().await;
    pool.admin("CreateIdentityProvider", google()).await.ok();
    let message = "The identifier staff belongs to the identity provider Google";
    let other = |identifiers: Value| {
        json!({
            "ProviderName": "Other",
            "ProviderType": "OIDC",
            "ProviderDetails": { "oidc_issuer": "https://login.example.com" },
            "IdpIdentifiers": identifiers,
        })
    };
    let taken = other(json!(["guests", "staff"]));
    let reply = pool.admin("CreateIdentityProvider", taken).await;
    reply.invalid_parameter(message);
    let free = other(json!(["guests"]));
    pool.admin("CreateIdentityProvider", free).await.ok();
    let update = async |name: &str, identifiers: Value| {
        let fields = json!({ "ProviderName": name, "IdpIdentifiers": identifiers });
        pool.admin("UpdateIdentityProvider", fields).await
    };
    let reply = update("Other", json!(["staff"])).await;
    reply.invalid_parameter(message);
    // A provider keeps its identifiers, and another one can have them later.
    update("Google", json!(["staff", "employees"])).await.ok();
    update("Google", json!([])).await.ok();
    update("Other", json!(["staff"])).await.ok();
}

#[tokio::test]
async fn identity_providers_are_listed_and_deleted() {
    let pool = pool().await;
    for name in ["Alpha", "Beta", "Gamma"] {
        company(&pool, name).await;
    }
    let names = |answer: &Value| -> Vec<String> {
        let list = answer["Providers"].as_array().expect("a list");
        let names = list
            .iter()
            .map(|provider| provider["ProviderName"].as_str());
        names.flatten().map(ToOwned::to_owned).collect()
    };
    let list = |fields: Value| pool.admin("ListIdentityProviders", fields);
    let first = list(json!({ "MaxResults": 2 })).await.ok();
    assert_eq!(names(&first), ["Alpha", "Beta"]);
    let rest = list(json!({ "NextToken": first["NextToken"] })).await.ok();
    assert_eq!(names(&rest), ["Gamma"]);
    assert_eq!(rest.get("NextToken"), None);
    let fields = json!({ "ProviderName": "Beta" });
    let deleted = pool.admin("DeleteIdentityProvider", fields).await;
    assert_eq!((deleted.status, &deleted.body), (200, &Value::Null));
    assert_eq!(names(&list(json!({})).await.ok()), ["Alpha", "Gamma"]);
}

// The order: a public listing of `aws cognito-idp get-csv-header`.
#[tokio::test]
async fn csv_header_lists_columns_of_the_pool() {
    let pool = pool().await;
    let schema = json!([{ "Name": "joinedOn", "AttributeDataType": "String" }]);
    let id = new_pool(&pool, json!({ "Schema": schema })).await;
    let fields = json!({ "UserPoolId": id });
    let header = pool.operator("GetCSVHeader", fields).await.ok();
    assert_eq!(header["UserPoolId"], id);
    let columns: Vec<_> = header["CSVHeader"]
        .as_array()
        .into_iter()
        .flatten()
        .collect();
    assert_eq!(columns.len(), 22);
    assert_eq!(columns[..2], ["name", "given_name"]);
    let end = ["custom:joinedOn", "cognito:mfa_enabled", "cognito:username"];
    assert_eq!(columns[19..], end);
}

#[tokio::test]
async fn log_and_risk_configurations_are_stored() {
    let pool = pool_with(|builder| builder.threat_protection(ThreatProtection::Audit)).await;
    let id = pool.emulator.user_pool_id();
    let logs = json!([{
        "LogLevel": "ERROR",
        "EventSource": "userNotification",
        "CloudWatchLogsConfiguration":
            { "LogGroupArn": "arn:aws:logs:us-east-1:123456789012:log-group:users" },
    }]);
    let empty = pool.admin("GetLogDeliveryConfiguration", json!({})).await;
    let expected = |logs: &Value| json!({ "LogDeliveryConfiguration": { "UserPoolId": id, "LogConfigurations": logs } });
    assert_eq!(empty.ok(), expected(&json!([])));
    let set = json!({ "LogConfigurations": logs });
    let set = pool.admin("SetLogDeliveryConfiguration", set).await.ok();
    assert_eq!(set, expected(&logs));
    let stored = pool.admin("GetLogDeliveryConfiguration", json!({})).await;
    assert_eq!(stored.ok(), expected(&logs));

    let exception = json!({ "BlockedIPRangeList": ["192.0.2.0/24"] });
    let client = pool.emulator.client_id();
    let set = json!({ "ClientId": client, "RiskExceptionConfiguration": exception });
    pool.admin("SetRiskConfiguration", set).await.ok();
    let fields = json!({ "ClientId": client });
    let stored = pool.admin("DescribeRiskConfiguration", fields).await.ok();
    let stored = &stored["RiskConfiguration"];
    assert_eq!(stored["RiskExceptionConfiguration"], exception);
    assert_eq!(
        (&stored["ClientId"], &stored["UserPoolId"]),
        (&json!(client), &json!(id))
    );
    let whole = pool.admin("DescribeRiskConfiguration", json!({})).await;
    let expected = json!({ "RiskConfiguration": { "UserPoolId": id } });
    assert_eq!(whole.ok(), expected);
    let reply = pool
        .admin("DescribeRiskConfiguration", json!({ "ClientId": "nobody" }))
        .await;
    assert_eq!(reply.body["__type"], "ResourceNotFoundException");
}

#[tokio::test]
async fn pool_has_certificate_and_no_customization() {
    let pool = pool().await;
    let answer = pool.admin("GetUICustomization", json!({})).await.ok();
    assert_eq!(answer, json!({ "UICustomization": {} }));
    let answer = pool.admin("GetSigningCertificate", json!({})).await.ok();
    let certificate = answer["Certificate"].as_str().expect("a certificate");
    assert!(certificate.starts_with("MII"), "{certificate}");
}
