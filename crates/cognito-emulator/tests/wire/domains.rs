//! Domains of pools, by requests.

use serde_json::json;

use crate::support::{new_pool, pool};

#[tokio::test]
async fn a_domain_is_made_described_and_deleted() {
    let pool = pool().await;
    let domain = json!({ "Domain": "shop" });
    let none = pool
        .operator("DescribeUserPoolDomain", domain.clone())
        .await
        .ok();
    assert_eq!(none, json!({ "DomainDescription": {} }));
    assert_eq!(
        pool.admin("CreateUserPoolDomain", domain.clone())
            .await
            .ok(),
        json!({})
    );
    let described = pool
        .operator("DescribeUserPoolDomain", domain.clone())
        .await
        .ok();
    let described = &described["DomainDescription"];
    assert_eq!(described["UserPoolId"], pool.emulator.user_pool_id());
    assert_eq!(
        (&described["Domain"], &described["Status"]),
        (&json!("shop"), &json!("ACTIVE"))
    );
    let described = pool.admin("DescribeUserPool", json!({})).await.ok();
    assert_eq!(described["UserPool"]["Domain"], "shop");
    pool.admin("DeleteUserPoolDomain", domain.clone())
        .await
        .ok();
    let none = pool
        .operator("DescribeUserPoolDomain", domain.clone())
        .await
        .ok();
    assert_eq!(none, json!({ "DomainDescription": {} }));
    for operation in ["DeleteUserPoolDomain", "UpdateUserPoolDomain"] {
        let reply = pool.admin(operation, domain.clone()).await;
        reply.invalid_parameter("No such domain or user pool exists.");
    }
}

#[tokio::test]
async fn pool_has_one_prefix_and_one_custom_domain() {
    let pool = pool().await;
    pool.admin("CreateUserPoolDomain", json!({ "Domain": "shop" }))
        .await
        .ok();
    let second = pool
        .admin("CreateUserPoolDomain", json!({ "Domain": "store" }))
        .await;
    second.invalid_parameter("The user pool already has a domain configured.");
    let own = json!({
        "Domain": "login.example.com",
        "CustomDomainConfig": {
            "CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/1",
        },
        "ManagedLoginVersion": 2,
    });
    let made = pool.admin("CreateUserPoolDomain", own.clone()).await.ok();
    assert!(made["CloudFrontDomain"].is_string());
    pool.admin("UpdateUserPoolDomain", own).await.ok();
    let described = pool.admin("DescribeUserPool", json!({})).await.ok();
    assert_eq!(described["UserPool"]["CustomDomain"], "login.example.com");
    let other = new_pool(&pool, json!({})).await;
    let taken = json!({ "Domain": "shop", "UserPoolId": other });
    let reply = pool.operator("CreateUserPoolDomain", taken).await;
    reply.invalid_parameter("Domain already associated with another user pool.");
}

#[tokio::test]
async fn rejects_invalid_host_names() {
    let pool = pool().await;
    for domain in ["", "Shop", "-shop", "shop.", "a b", &"a".repeat(64)] {
        let reply = pool
            .admin("CreateUserPoolDomain", json!({ "Domain": domain }))
            .await;
        assert_eq!(
            reply.body["__type"], "InvalidParameterException",
            "{domain}"
        );
    }
}
