//! The Parameter Store: lists, versions, labels and limits.

use serde_json::{Value, json};

use crate::support::{Pool, Reply, pool};

async fn ssm(pool: &Pool, operation: &str, fields: Value) -> Reply {
    pool.signed(&format!("AmazonSSM.{operation}"), fields).await
}

async fn put(pool: &Pool, name: &str, value: &str) {
    let fields = json!({ "Name": name, "Value": value, "Type": "String", "Overwrite": true });
    ssm(pool, "PutParameter", fields).await.ok();
}

fn names(list: &Value) -> Vec<&str> {
    let list = list.as_array().expect("a list");
    list.iter()
        .map(|item| item["Name"].as_str().expect("a name"))
        .collect()
}

#[tokio::test]
async fn path_lists_parameters_in_pages() {
    let pool = pool().await;
    for name in ["/app/a", "/app/b", "/app/c/d", "/apple", "root", "/app"] {
        put(&pool, name, "1").await;
    }
    for (path, recursive, expected) in [
        ("/app", false, vec!["/app/a", "/app/b"]),
        ("/app/", true, vec!["/app/a", "/app/b", "/app/c/d"]),
        ("/", false, vec!["/app", "/apple", "root"]),
        ("/none", true, vec![]),
    ] {
        let fields = json!({ "Path": path, "Recursive": recursive });
        let page = ssm(&pool, "GetParametersByPath", fields).await.ok();
        assert_eq!(names(&page["Parameters"]), expected, "{path}");
        assert_eq!(page.get("NextToken"), None);
    }
    let mut fields = json!({ "Path": "/app", "Recursive": true, "MaxResults": 2 });
    let page = ssm(&pool, "GetParametersByPath", fields.clone()).await.ok();
    assert_eq!(names(&page["Parameters"]), ["/app/a", "/app/b"]);
    fields["NextToken"] = page["NextToken"].clone();
    let page = ssm(&pool, "GetParametersByPath", fields.clone()).await.ok();
    assert_eq!(names(&page["Parameters"]), ["/app/c/d"]);
    fields["NextToken"] = json!("x");
    let reply = ssm(&pool, "GetParametersByPath", fields).await;
    reply.fails("InvalidNextToken", "The specified token isn't valid.");
    let reply = ssm(
        &pool,
        "GetParametersByPath",
        json!({ "Path": "/", "MaxResults": 11 }),
    )
    .await;
    reply.fails(
        "ValidationException",
        "1 validation error detected: Value '11' at 'maxResults' failed to satisfy constraint: \
         Member must have value less than or equal to 10",
    );
}

#[tokio::test]
async fn filters_select_parameters() {
    let pool = pool().await;
    put(&pool, "/a/plain", "1").await;
    let fields = json!({
        "Name": "/a/secret", "Value": "2", "Type": "SecureString", "Tier": "Advanced",
        "Tags": [{ "Key": "team", "Value": "x" }],
    });
    ssm(&pool, "PutParameter", fields).await.ok();
    for (filter, expected) in [
        (
            json!({ "Key": "Type", "Values": ["SecureString"] }),
            "/a/secret",
        ),
        (
            json!({ "Key": "KeyId", "Values": ["alias/aws/ssm"] }),
            "/a/secret",
        ),
        (json!({ "Key": "Tier", "Values": ["Standard"] }), "/a/plain"),
        (json!({ "Key": "tag:team", "Values": ["x"] }), "/a/secret"),
        (
            json!({ "Key": "Name", "Option": "Contains", "Values": ["pla"] }),
            "/a/plain",
        ),
        (json!({ "Key": "Name", "Values": ["a/plain"] }), "/a/plain"),
    ] {
        let fields = json!({ "ParameterFilters": [filter] });
        let page = ssm(&pool, "DescribeParameters", fields).await.ok();
        assert_eq!(names(&page["Parameters"]), [expected], "{filter}");
    }
    let fields =
        json!({ "Path": "/a", "ParameterFilters": [{ "Key": "Type", "Values": ["String"] }] });
    let page = ssm(&pool, "GetParametersByPath", fields).await.ok();
    assert_eq!(names(&page["Parameters"]), ["/a/plain"]);
    let fields = json!({ "Path": "/a", "ParameterFilters": [{ "Key": "Name", "Values": ["x"] }] });
    ssm(&pool, "GetParametersByPath", fields).await.fails(
        "InvalidFilterKey",
        "The following filter key is not valid: Name. Valid filter keys include: [Type, KeyId, \
         Label].",
    );
    let fields =
        json!({ "ParameterFilters": [{ "Key": "Type", "Option": "Contains", "Values": ["x"] }] });
    ssm(&pool, "DescribeParameters", fields).await.fails(
        "InvalidFilterOption",
        "The following filter option is not valid: Contains. Valid options include: [BeginsWith, \
         Equals].",
    );
}

#[tokio::test]
async fn versions_have_numbers_and_labels() {
    let pool = pool().await;
    for value in ["one", "two", "three"] {
        put(&pool, "/a", value).await;
    }
    let label = |version: u64, labels: Value| {
        let fields = json!({ "Name": "/a", "ParameterVersion": version, "Labels": labels });
        ssm(&pool, "LabelParameterVersion", fields)
    };
    let answer = label(1, json!(["live", "aws-live", "1st"])).await.ok();
    assert_eq!(
        answer,
        json!({ "InvalidLabels": ["aws-live", "1st"], "ParameterVersion": 1 })
    );
    label(2, json!(["live"])).await.ok();
    let get = |name: &str| ssm(&pool, "GetParameter", json!({ "Name": name }));
    for (name, value, selector) in [
        ("/a", "three", Value::Null),
        ("/a:1", "one", json!(":1")),
        ("/a:live", "two", json!(":live")),
        (
            "arn:aws:ssm:us-east-1:123456789012:parameter/a:2",
            "two",
            json!(":2"),
        ),
    ] {
        let parameter = &get(name).await.ok()["Parameter"];
        assert_eq!(
            (&parameter["Name"], &parameter["Value"]),
            (&json!("/a"), &json!(value))
        );
        assert_eq!(parameter["Selector"], selector);
    }
    get("/a:9").await.fails(
        "ParameterVersionNotFound",
        "Systems Manager could not find version 9 of /a. Verify the version and try again.",
    );
    let history = ssm(&pool, "GetParameterHistory", json!({ "Name": "/a" }))
        .await
        .ok();
    let history = history["Parameters"].as_array().expect("a list");
    let found: Vec<_> = history
        .iter()
        .map(|item| (&item["Value"], &item["Labels"]))
        .collect();
    assert_eq!(found[1], (&json!("two"), &json!(["live"])));
    assert_eq!(found.len(), 3);
    let fields = json!({ "Name": "/a", "ParameterVersion": 2, "Labels": ["live", "x"] });
    let answer = ssm(&pool, "UnlabelParameterVersion", fields).await.ok();
    assert_eq!(
        answer,
        json!({ "RemovedLabels": ["live"], "InvalidLabels": ["x"] })
    );
    let many: Vec<_> = (0..10).map(|number| format!("l{number}")).collect();
    label(3, json!(many)).await.ok();
    label(3, json!(["one-more"])).await.fails(
        "ParameterVersionLabelLimitExceeded",
        "A parameter version can have maximum 10 labels.Move one or more labels to another \
         version and try again.",
    );
}

#[tokio::test]
async fn hundred_versions_are_kept() {
    let pool = pool().await;
    for _ in 0..101 {
        put(&pool, "/a", "x").await;
    }
    let get = |name: &str| ssm(&pool, "GetParameter", json!({ "Name": name }));
    get("/a:2").await.ok();
    assert_eq!(get("/a:1").await.body["__type"], "ParameterVersionNotFound");
    let fields = json!({ "Name": "/a", "ParameterVersion": 2, "Labels": ["kept"] });
    ssm(&pool, "LabelParameterVersion", fields).await.ok();
    let fields = json!({ "Name": "/a", "Value": "x", "Overwrite": true });
    let reply = ssm(&pool, "PutParameter", fields).await;
    assert_eq!(reply.body["__type"], "ParameterMaxVersionLimitExceeded");
    // The history has pages of at most 50 versions.
    let first = ssm(&pool, "GetParameterHistory", json!({ "Name": "/a" }))
        .await
        .ok();
    assert_eq!(first["Parameters"].as_array().map(Vec::len), Some(50));
    let fields = json!({ "Name": "/a", "NextToken": first["NextToken"] });
    let second = ssm(&pool, "GetParameterHistory", fields).await.ok();
    assert_eq!(second["Parameters"][0]["Version"], 52);
    assert_eq!(second.get("NextToken"), None);
}

#[tokio::test]
async fn names_and_values_have_limits() {
    let pool = pool().await;
    let levels = |count: usize| "/a".repeat(count);
    let put = |name: String, value: String, tier: Option<&str>| {
        let mut fields = json!({ "Name": name, "Value": value, "Type": "String" });
        fields["Tier"] = json!(tier);
        ssm(&pool, "PutParameter", fields)
    };
    let x = |size: usize| "x".repeat(size);
    for name in [
        " /trimmed ".to_owned(),
        levels(15),
        format!("/{}", "n".repeat(966)),
    ] {
        put(name, x(1), None).await.ok();
    }
    for name in ["a/b", "/aws/b", "ssm-x", "/a b", "/a//b", "/", "/\u{e9}"] {
        let reply = put(name.to_owned(), x(1), None).await;
        assert_eq!(reply.body["__type"], "ValidationException", "{name}");
    }
    let reply = put(format!("/{}", "n".repeat(967)), x(1), None).await;
    assert_eq!(reply.body["__type"], "ValidationException");
    let reply = put(levels(16), x(1), None).await;
    assert_eq!(reply.body["__type"], "HierarchyLevelLimitExceededException");
    for (name, size, tier, expected) in [
        ("/s", 4096, None, Some("Standard")),
        ("/t", 4097, None, None),
        ("/u", 4097, Some("Intelligent-Tiering"), Some("Advanced")),
        ("/v", 8192, Some("Advanced"), Some("Advanced")),
        ("/w", 8193, Some("Advanced"), None),
        ("/x", 0, None, None),
    ] {
        let reply = put(name.to_owned(), x(size), tier).await;
        match expected {
            Some(tier) => assert_eq!(reply.ok()["Tier"], tier),
            None => assert_eq!(reply.body["__type"], "ValidationException", "{name}"),
        }
    }
    let fields = json!({ "Name": "/v", "Value": "x", "Overwrite": true, "Tier": "Standard" });
    let reply = ssm(&pool, "PutParameter", fields).await;
    assert_eq!(reply.body["__type"], "ValidationException");
    let fields =
        json!({ "Name": "/p", "Value": "x", "Type": "String", "AllowedPattern": "^\\d+$" });
    let reply = ssm(&pool, "PutParameter", fields).await;
    reply.fails(
        "ParameterPatternMismatchException",
        "Parameter value, cannot be validated against allowedPattern: ^\\d+$",
    );
}

#[tokio::test]
async fn parameters_are_deleted() {
    let pool = pool().await;
    for name in ["/a", "/b"] {
        put(&pool, name, "1").await;
    }
    ssm(&pool, "DeleteParameter", json!({ "Name": "/a" }))
        .await
        .ok();
    let again = ssm(&pool, "DeleteParameter", json!({ "Name": "/a" })).await;
    again.fails("ParameterNotFound", "");
    let answer = ssm(&pool, "DeleteParameters", json!({ "Names": ["/a", "/b"] }))
        .await
        .ok();
    assert_eq!(
        answer,
        json!({ "DeletedParameters": ["/b"], "InvalidParameters": ["/a"] })
    );
}

#[tokio::test]
async fn parameters_have_tags() {
    let pool = pool().await;
    put(&pool, "/a", "1").await;
    let of = |mut fields: Value| {
        fields["ResourceType"] = json!("Parameter");
        fields["ResourceId"] = json!("/a");
        fields
    };
    let tags = json!([{ "Key": "k", "Value": "1" }, { "Key": "l", "Value": "2" }]);
    let fields = of(json!({ "Tags": tags }));
    ssm(&pool, "AddTagsToResource", fields).await.ok();
    let answer = ssm(&pool, "ListTagsForResource", of(json!({}))).await.ok();
    assert_eq!(answer["TagList"], tags);
    ssm(
        &pool,
        "RemoveTagsFromResource",
        of(json!({ "TagKeys": ["k"] })),
    )
    .await
    .ok();
    let answer = ssm(&pool, "ListTagsForResource", of(json!({}))).await.ok();
    assert_eq!(answer["TagList"], json!([{ "Key": "l", "Value": "2" }]));
    // Cognito has an operation with the same name, which has its own counter.
    assert_eq!(pool.emulator.calls("AmazonSSM.ListTagsForResource"), 2);
    assert_eq!(pool.emulator.calls("ListTagsForResource"), 0);
    let fields = json!({ "ResourceType": "Document", "ResourceId": "/a" });
    let reply = ssm(&pool, "ListTagsForResource", fields).await;
    reply.fails("InvalidResourceType", "");
}

#[tokio::test]
async fn unknown_operation_of_known_service_differs() {
    let pool = pool().await;
    ssm(&pool, "GetDocument", json!({})).await.fails(
        "UnknownOperationException",
        "the emulator does not have the operation GetDocument of AmazonSSM",
    );
    let reply = pool.signed("AmazonSQS.SendMessage", json!({})).await;
    reply.fails("UnknownOperationException", "Unknown Operation");
}
