//! Resource servers, by requests.

use serde_json::json;

use crate::support::pool;

const API: &str = "https://api.example.com";

#[tokio::test]
async fn a_resource_server_is_made_changed_and_deleted() {
    let pool = pool().await;
    let fields = json!({
        "Identifier": API,
        "Name": "our API",
        "Scopes": [{ "ScopeName": "read", "ScopeDescription": "to read" }],
    });
    let made = pool
        .admin("CreateResourceServer", fields.clone())
        .await
        .ok();
    let mut expected = fields.clone();
    expected["UserPoolId"] = json!(pool.emulator.user_pool_id());
    assert_eq!(made, json!({ "ResourceServer": expected }));
    let named = json!({ "Identifier": API });
    let described = pool
        .admin("DescribeResourceServer", named.clone())
        .await
        .ok();
    assert_eq!(described, made);
    let again = pool.admin("CreateResourceServer", fields).await;
    again.invalid_parameter(&format!(
        "{API} already exists in user pool {}.",
        pool.emulator.user_pool_id()
    ));
    let fields = json!({ "Identifier": API, "Name": "their API" });
    let changed = pool.admin("UpdateResourceServer", fields).await.ok();
    assert_eq!(
        changed["ResourceServer"]["Scopes"],
        json!([]),
        "not named, gone"
    );
    pool.admin("DeleteResourceServer", named.clone()).await.ok();
    for operation in ["DescribeResourceServer", "DeleteResourceServer"] {
        let reply = pool.admin(operation, named.clone()).await;
        reply.fails(
            "ResourceNotFoundException",
            "Resource server does not exist.",
        );
    }
    let fields = json!({ "Identifier": API, "Name": "x" });
    let reply = pool.admin("UpdateResourceServer", fields).await;
    reply.fails(
        "ResourceNotFoundException",
        "Resource server does not exist.",
    );
}

#[tokio::test]
async fn resource_servers_are_listed_page_by_page() {
    let pool = pool().await;
    for name in ["a", "b", "c"] {
        let fields = json!({ "Identifier": name, "Name": name });
        pool.admin("CreateResourceServer", fields).await.ok();
    }
    let first = pool
        .admin("ListResourceServers", json!({ "MaxResults": 2 }))
        .await
        .ok();
    let names = |list: &serde_json::Value| -> Vec<String> {
        let list = list["ResourceServers"].as_array().expect("a list");
        list.iter()
            .map(|server| server["Identifier"].to_string())
            .collect()
    };
    assert_eq!(names(&first), ["\"a\"", "\"b\""]);
    let fields = json!({ "MaxResults": 2, "NextToken": first["NextToken"] });
    let second = pool.admin("ListResourceServers", fields).await.ok();
    assert_eq!(names(&second), ["\"c\""]);
    assert!(second["NextToken"].is_null());
}

#[tokio::test]
async fn rejects_invalid_scope_names() {
    let pool = pool().await;
    for (id, scope) in [
        ("a b", "read"),
        ("api", "a/b"),
        ("api", "a b"),
        ("", "read"),
    ] {
        let fields = json!({
            "Identifier": id,
            "Name": "API",
            "Scopes": [{ "ScopeName": scope, "ScopeDescription": "x" }],
        });
        let reply = pool.admin("CreateResourceServer", fields).await;
        assert_eq!(
            reply.body["__type"], "InvalidParameterException",
            "{id} {scope}"
        );
    }
}
