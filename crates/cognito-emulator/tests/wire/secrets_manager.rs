//! Secrets Manager.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Pool, Reply, new_client, pool};

const TOKEN: &str = "00000000-0000-4000-8000-000000000001";
const NOT_FOUND: &str = "Secrets Manager can't find the specified secret.";

async fn secrets(pool: &Pool, operation: &str, fields: Value) -> Reply {
    pool.signed(&format!("secretsmanager.{operation}"), fields)
        .await
}

async fn create(pool: &Pool, name: &str, value: &str) -> Value {
    let fields = json!({ "Name": name, "SecretString": value });
    secrets(pool, "CreateSecret", fields).await.ok()
}

async fn value(pool: &Pool, mut fields: Value) -> Value {
    fields["SecretId"] = json!("app/db");
    secrets(pool, "GetSecretValue", fields).await.ok()
}

#[tokio::test]
async fn secret_is_created_and_read() {
    let pool = pool().await;
    let created = create(&pool, "app/db", "first").await;
    let arn = created["ARN"].as_str().expect("an ARN");
    let start = "arn:aws:secretsmanager:us-east-1:123456789012:secret:app/db-";
    assert!(
        arn.starts_with(start) && arn.len() == start.len() + 6,
        "{arn}"
    );
    let partial = &arn[..arn.len() - 7];
    for id in ["app/db", arn, partial] {
        let fields = json!({ "SecretId": id });
        let answer = secrets(&pool, "GetSecretValue", fields).await.ok();
        assert_eq!(answer["SecretString"], "first");
        assert_eq!(
            (&answer["ARN"], &answer["Name"]),
            (&created["ARN"], &json!("app/db"))
        );
        assert_eq!(answer["VersionId"], created["VersionId"]);
        assert_eq!(answer["VersionStages"], json!(["AWSCURRENT"]));
    }
    let described = secrets(&pool, "DescribeSecret", json!({ "SecretId": arn }))
        .await
        .ok();
    assert!(!described.to_string().contains("first"));
    assert!(described["LastAccessedDate"].is_number());
    for id in [
        "none",
        "app/d",
        "arn:aws:secretsmanager:us-east-1:123456789012:secret:app/db-000000",
    ] {
        let reply = secrets(&pool, "GetSecretValue", json!({ "SecretId": id })).await;
        reply.fails("ResourceNotFoundException", NOT_FOUND);
    }
    let fields = json!({ "Name": "binary", "SecretBinary": "AAEC" });
    secrets(&pool, "CreateSecret", fields).await.ok();
    let answer = secrets(&pool, "GetSecretValue", json!({ "SecretId": "binary" }))
        .await
        .ok();
    assert_eq!(
        (&answer["SecretBinary"], answer.get("SecretString")),
        (&json!("AAEC"), None)
    );
    // Another account has no secrets.
    let other = pool
        .signed_by("000000000001", "secretsmanager.ListSecrets", json!({}))
        .await;
    assert_eq!(other.ok()["SecretList"], json!([]));
}

#[tokio::test]
async fn stages_follow_new_versions() {
    let pool = pool().await;
    create(&pool, "app/db", "first").await;
    let put = |value: &str, more: Value| {
        let mut fields = json!({ "SecretId": "app/db", "SecretString": value });
        for (name, value) in more.as_object().expect("fields") {
            fields[name] = value.clone();
        }
        secrets(&pool, "PutSecretValue", fields)
    };
    put("second", json!({})).await.ok();
    assert_eq!(value(&pool, json!({})).await["SecretString"], "second");
    let previous = json!({ "VersionStage": "AWSPREVIOUS" });
    assert_eq!(
        value(&pool, previous.clone()).await["SecretString"],
        "first"
    );

    let pending = json!({ "VersionStages": ["AWSPENDING"], "ClientRequestToken": TOKEN });
    put("third", pending.clone()).await.ok();
    assert_eq!(value(&pool, json!({})).await["SecretString"], "second");
    // A repetition has no effect, but another value is an error.
    put("third", pending.clone()).await.ok();
    let reply = put("other", pending).await;
    assert_eq!(reply.body["__type"], "ResourceExistsException");

    let current = value(&pool, json!({})).await["VersionId"].clone();
    let mut fields = json!({
        "SecretId": "app/db", "VersionStage": "AWSCURRENT", "MoveToVersionId": TOKEN,
    });
    let reply = secrets(&pool, "UpdateSecretVersionStage", fields.clone()).await;
    assert_eq!(reply.body["__type"], "InvalidParameterException");
    fields["RemoveFromVersionId"] = current;
    secrets(&pool, "UpdateSecretVersionStage", fields)
        .await
        .ok();
    assert_eq!(value(&pool, json!({})).await["SecretString"], "third");
    assert_eq!(value(&pool, previous).await["SecretString"], "second");

    let fields = json!({ "SecretId": "app/db", "IncludeDeprecated": true });
    let all = secrets(&pool, "ListSecretVersionIds", fields).await.ok();
    assert_eq!(all["Versions"].as_array().map(Vec::len), Some(3));
    let staged = secrets(
        &pool,
        "ListSecretVersionIds",
        json!({ "SecretId": "app/db" }),
    )
    .await
    .ok();
    assert_eq!(staged["Versions"].as_array().map(Vec::len), Some(2));
    let fields = json!({ "SecretId": "app/db", "VersionStage": "NONE" });
    secrets(&pool, "GetSecretValue", fields).await.fails(
        "ResourceNotFoundException",
        "Secrets Manager can't find the specified secret value for staging label: NONE",
    );
}

#[tokio::test]
async fn repeated_creation_needs_same_token() {
    let pool = pool().await;
    let fields = json!({ "Name": "a", "SecretString": "1", "ClientRequestToken": TOKEN });
    let first = secrets(&pool, "CreateSecret", fields.clone()).await.ok();
    let again = secrets(&pool, "CreateSecret", fields).await.ok();
    assert_eq!(first, again);
    let reply = secrets(
        &pool,
        "CreateSecret",
        json!({ "Name": "a", "SecretString": "1" }),
    )
    .await;
    let message = "The operation failed because the secret a already exists.";
    reply.fails("ResourceExistsException", message);
}

#[tokio::test]
async fn versions_of_secrets_are_bounded() {
    let pool = pool().await;
    create(&pool, "app/db", "0").await;
    for number in 1..=120 {
        let fields = json!({ "SecretId": "app/db", "SecretString": number.to_string() });
        secrets(&pool, "PutSecretValue", fields).await.ok();
    }
    let fields = json!({ "SecretId": "app/db", "IncludeDeprecated": true, "MaxResults": 100 });
    let page = secrets(&pool, "ListSecretVersionIds", fields).await.ok();
    assert_eq!(page["Versions"].as_array().map(Vec::len), Some(100));
    assert_eq!(page.get("NextToken"), None);
    assert_eq!(value(&pool, json!({})).await["SecretString"], "120");
    let previous = value(&pool, json!({ "VersionStage": "AWSPREVIOUS" })).await;
    assert_eq!(previous["SecretString"], "119");
}

#[tokio::test]
async fn deletion_has_a_recovery_window() {
    let pool = pool().await;
    create(&pool, "app/db", "1").await;
    let fields = json!({ "SecretId": "app/db", "RecoveryWindowInDays": 6 });
    let reply = secrets(&pool, "DeleteSecret", fields).await;
    reply.invalid_parameter(
        "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).",
    );
    let fields = json!({ "SecretId": "app/db", "RecoveryWindowInDays": 7 });
    secrets(&pool, "DeleteSecret", fields.clone()).await.ok();
    let marked =
        "You can't perform this operation on the secret because it was marked for deletion.";
    let get = json!({ "SecretId": "app/db" });
    let reply = secrets(&pool, "GetSecretValue", get.clone()).await;
    reply.fails("InvalidRequestException", marked);
    let reply = secrets(&pool, "CreateSecret", json!({ "Name": "app/db" })).await;
    assert_eq!(reply.body["__type"], "InvalidRequestException");
    let list = secrets(&pool, "ListSecrets", json!({})).await.ok();
    assert_eq!(list["SecretList"], json!([]));
    secrets(&pool, "RestoreSecret", get.clone()).await.ok();
    assert_eq!(value(&pool, json!({})).await["SecretString"], "1");

    secrets(&pool, "DeleteSecret", fields).await.ok();
    pool.advance(Duration::from_secs(7 * 24 * 3600 - 1));
    secrets(&pool, "DescribeSecret", get.clone()).await.ok();
    pool.advance(Duration::from_secs(1));
    let reply = secrets(&pool, "DescribeSecret", get.clone()).await;
    reply.fails("ResourceNotFoundException", NOT_FOUND);

    create(&pool, "app/db", "2").await;
    let forced = json!({ "SecretId": "app/db", "ForceDeleteWithoutRecovery": true });
    secrets(&pool, "DeleteSecret", forced.clone()).await.ok();
    secrets(&pool, "DeleteSecret", forced).await.ok();
    let reply = secrets(&pool, "DescribeSecret", get).await;
    reply.fails("ResourceNotFoundException", NOT_FOUND);
}

#[tokio::test]
async fn secrets_are_listed_in_pages() {
    let pool = pool().await;
    for name in ["b/two", "a/one", "b/three"] {
        create(&pool, name, "1").await;
        pool.advance(Duration::from_secs(1));
    }
    let fields = json!({
        "SecretId": "a/one", "Description": "Main", "Tags": [{ "Key": "team", "Value": "x" }],
    });
    secrets(&pool, "UpdateSecret", fields.clone()).await.ok();
    secrets(&pool, "TagResource", fields).await.ok();
    assert_eq!(pool.emulator.calls("secretsmanager.TagResource"), 1);
    let names = async |fields: Value| {
        let page = secrets(&pool, "ListSecrets", fields).await.ok();
        let list = page["SecretList"].as_array().expect("a list").clone();
        let names: Vec<_> = list.iter().map(|item| item["Name"].clone()).collect();
        (json!(names), page.get("NextToken").cloned())
    };
    for (fields, expected) in [
        (json!({}), json!(["b/two", "a/one", "b/three"])),
        (
            json!({ "SortBy": "name" }),
            json!(["a/one", "b/three", "b/two"]),
        ),
        (
            json!({ "SortOrder": "desc" }),
            json!(["b/three", "a/one", "b/two"]),
        ),
        (
            json!({ "Filters": [{ "Key": "name", "Values": ["b/"] }] }),
            json!(["b/two", "b/three"]),
        ),
        (
            json!({ "Filters": [{ "Key": "name", "Values": ["!b/"] }] }),
            json!(["a/one"]),
        ),
        (
            json!({ "Filters": [{ "Key": "tag-key", "Values": ["team"] }] }),
            json!(["a/one"]),
        ),
        (
            json!({ "Filters": [{ "Key": "description", "Values": ["main"] }] }),
            json!(["a/one"]),
        ),
    ] {
        assert_eq!(names(fields).await, (expected, None));
    }
    let mut fields = json!({ "SortOrder": "desc", "MaxResults": 2 });
    let (first, token) = names(fields.clone()).await;
    assert_eq!(first, json!(["b/three", "a/one"]));
    fields["NextToken"] = token.expect("a token");
    assert_eq!(names(fields).await, (json!(["b/two"]), None));
    let fields = json!({ "SecretId": "a/one", "TagKeys": ["team"] });
    secrets(&pool, "UntagResource", fields).await.ok();
    let described = secrets(&pool, "DescribeSecret", json!({ "SecretId": "a/one" }))
        .await
        .ok();
    assert_eq!(described["Tags"], json!([]));
}

#[tokio::test]
async fn rejects_invalid_secrets() {
    let pool = pool().await;
    let reply = secrets(&pool, "CreateSecret", json!({ "Name": "a b" })).await;
    reply.fails(
        "ValidationException",
        "Invalid name. Must be a valid name containing alphanumeric characters, or any of the \
         following: -/_+=.@!",
    );
    let fields = json!({ "Name": "a", "SecretString": "1", "SecretBinary": "AA==" });
    let reply = secrets(&pool, "CreateSecret", fields).await;
    reply.invalid_parameter("You can't specify both SecretString and SecretBinary.");
    // Security: the message does not contain the value.
    let fields = json!({ "Name": "a", "SecretString": "s3cr3t".repeat(11_000) });
    let reply = secrets(&pool, "CreateSecret", fields).await;
    assert_eq!(reply.body["__type"], "ValidationException");
    assert!(!reply.body.to_string().contains("s3cr3t"));
    let reply = secrets(&pool, "CreateSecret", json!({})).await;
    reply.fails(
        "ValidationException",
        "1 validation error detected: Value null at 'name' failed to satisfy constraint: Member \
         must not be null",
    );
    create(&pool, "app/db", "1").await;
    let reply = secrets(&pool, "PutSecretValue", json!({ "SecretId": "app/db" })).await;
    let message = "You must provide either SecretString or SecretBinary.";
    reply.fails("InvalidRequestException", message);
}

#[tokio::test]
async fn client_secret_is_stored_in_secrets_manager() {
    let pool = pool().await;
    let pool_id = pool.emulator.user_pool_id().to_owned();
    let published = json!({ "GenerateSecret": true, "PublishSecretsInAWSSecretsManager": true });
    let client = new_client(&pool, &pool_id, published).await;
    assert_eq!(client.get("ClientSecret"), None);
    let (id, arn) = (
        client["ClientId"].clone(),
        client["ClientSecretArn"].clone(),
    );
    let read = async || {
        let fields = json!({ "SecretId": arn });
        let answer = secrets(&pool, "GetSecretValue", fields).await.ok();
        let text = answer["SecretString"].as_str().expect("text");
        serde_json::from_str::<Value>(text).expect("JSON")
    };
    let first = read().await;
    assert_eq!(
        (&first["userPoolId"], &first["userPoolClientId"]),
        (&json!(pool_id), &id)
    );
    let secret = first["clientSecretValue"]
        .as_str()
        .expect("a secret")
        .to_owned();
    assert_eq!(secret.len(), 51);

    // A new secret becomes the current version.
    let of_client = json!({ "ClientId": id });
    let added = pool
        .admin("AddUserPoolClientSecret", of_client.clone())
        .await
        .ok();
    let newest = &added["ClientSecretDescriptor"]["ClientSecretValue"];
    assert_eq!(read().await["clientSecretValue"], *newest);

    // Only Cognito can change it, and a reset keeps it.
    let reply = secrets(&pool, "DeleteSecret", json!({ "SecretId": arn })).await;
    assert_eq!(reply.body["__type"], "InvalidRequestException");
    pool.emulator.reset();
    assert_eq!(read().await["clientSecretValue"], *newest);

    let mut fields = of_client.clone();
    fields["PublishSecretsInAWSSecretsManager"] = json!(false);
    let answer = pool
        .admin("UpdateUserPoolClient", fields.clone())
        .await
        .ok();
    assert_eq!(answer["UserPoolClient"]["ClientSecret"], json!(secret));
    assert_eq!(answer["UserPoolClient"].get("ClientSecretArn"), None);
    let reply = secrets(&pool, "GetSecretValue", json!({ "SecretId": arn })).await;
    reply.fails("ResourceNotFoundException", NOT_FOUND);
    fields["PublishSecretsInAWSSecretsManager"] = json!(true);
    let answer = pool.admin("UpdateUserPoolClient", fields).await.ok();
    let arn = answer["UserPoolClient"]["ClientSecretArn"].clone();
    pool.admin("DeleteUserPoolClient", of_client).await;
    let reply = secrets(&pool, "GetSecretValue", json!({ "SecretId": arn })).await;
    reply.fails("ResourceNotFoundException", NOT_FOUND);
}
