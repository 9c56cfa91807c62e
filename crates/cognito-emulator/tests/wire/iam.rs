//! IAM roles, which are only stored.

use crate::support::{Pool, Reply, pool};

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[]}"#;
const ENCODED: &str = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%5D%7D";
const MANAGED: &str = "arn:aws:iam::aws:policy/ReadOnlyAccess";

async fn iam(pool: &Pool, action: &str, more: &[(&str, &str)]) -> Reply {
    let mut parameters = vec![
        ("Action", action),
        ("Version", "2010-05-08"),
        ("RoleName", "app"),
    ];
    parameters.extend(more);
    pool.query("test", &parameters).await
}

#[track_caller]
fn contains(reply: &Reply, status: u16, text: &str) {
    let body = reply.body.as_str().expect("XML");
    assert!(body.contains(text), "{body}");
    assert_eq!(reply.status, status, "{body}");
}

#[tokio::test]
async fn role_is_created_described_and_deleted() {
    let pool = pool().await;
    let fields = [
        ("AssumeRolePolicyDocument", TRUST),
        ("Tags.member.1.Key", "team"),
        ("Tags.member.1.Value", "a"),
        ("Description", "a&b"),
    ];
    let created = iam(&pool, "CreateRole", &fields).await;
    contains(
        &created,
        200,
        "<CreateRoleResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">",
    );
    contains(
        &created,
        200,
        "<Tags><member><Key>team</Key><Value>a</Value></member></Tags>",
    );
    contains(
        &created,
        200,
        "<CreateDate>2023-11-14T22:13:20Z</CreateDate>",
    );
    contains(&created, 200, "<Description>a&amp;b</Description>");
    let described = iam(&pool, "GetRole", &[]).await;
    contains(
        &described,
        200,
        "<Arn>arn:aws:iam::123456789012:role/app</Arn>",
    );
    contains(
        &described,
        200,
        &format!("<AssumeRolePolicyDocument>{ENCODED}</"),
    );
    contains(&described, 200, "<RoleId>AROA");
    let again = iam(&pool, "CreateRole", &fields).await;
    contains(&again, 409, "<Code>EntityAlreadyExists</Code>");
    let other = [
        ("Action", "GetRole"),
        ("Version", "2010-05-08"),
        ("RoleName", "app"),
    ];
    contains(
        &pool.query("000000000001", &other).await,
        404,
        "<Code>NoSuchEntity</Code>",
    );
    contains(
        &iam(&pool, "DeleteRole", &[]).await,
        200,
        "<DeleteRoleResponse",
    );
    contains(
        &iam(&pool, "DeleteRole", &[]).await,
        404,
        "<Code>NoSuchEntity</Code>",
    );
}

#[tokio::test]
async fn policies_are_stored_until_removed() {
    let pool = pool().await;
    iam(&pool, "CreateRole", &[("AssumeRolePolicyDocument", TRUST)]).await;
    let inline = [("PolicyName", "p"), ("PolicyDocument", TRUST)];
    contains(
        &iam(&pool, "PutRolePolicy", &inline).await,
        200,
        "<PutRolePolicyResponse",
    );
    let managed = [("PolicyArn", MANAGED)];
    contains(
        &iam(&pool, "AttachRolePolicy", &managed).await,
        200,
        "<AttachRolePolicyResponse",
    );
    let listed = iam(&pool, "ListRolePolicies", &[]).await;
    contains(
        &listed,
        200,
        "<PolicyNames><member>p</member></PolicyNames>",
    );
    let document = format!("<PolicyDocument>{ENCODED}</PolicyDocument>");
    contains(
        &iam(&pool, "GetRolePolicy", &inline[..1]).await,
        200,
        &document,
    );
    let attached = iam(&pool, "ListAttachedRolePolicies", &[]).await;
    contains(&attached, 200, "<PolicyName>ReadOnlyAccess</PolicyName>");
    let profiles = iam(&pool, "ListInstanceProfilesForRole", &[]).await;
    contains(&profiles, 200, "<InstanceProfiles></InstanceProfiles>");

    contains(
        &iam(&pool, "DeleteRole", &[]).await,
        409,
        "must detach all policies first",
    );
    contains(
        &iam(&pool, "DetachRolePolicy", &managed).await,
        200,
        "<DetachRolePolicyResponse",
    );
    contains(
        &iam(&pool, "DeleteRole", &[]).await,
        409,
        "must delete policies first",
    );
    contains(
        &iam(&pool, "DeleteRolePolicy", &inline[..1]).await,
        200,
        "<DeleteRolePolicyResponse",
    );
    contains(
        &iam(&pool, "GetRolePolicy", &inline[..1]).await,
        404,
        "<Code>NoSuchEntity</Code>",
    );
    contains(
        &iam(&pool, "DeleteRole", &[]).await,
        200,
        "<DeleteRoleResponse",
    );
}

#[tokio::test]
async fn rejects_invalid_role_requests() {
    let pool = pool().await;
    let missing = iam(&pool, "CreateRole", &[]).await;
    contains(&missing, 400, "<Code>ValidationError</Code>");
    contains(&missing, 400, "Value null at 'assumeRolePolicyDocument'");
    let document = [("AssumeRolePolicyDocument", "text")];
    let malformed = iam(&pool, "CreateRole", &document).await;
    contains(&malformed, 400, "<Code>MalformedPolicyDocument</Code>");
    let wrong = [
        ("AssumeRolePolicyDocument", TRUST),
        ("MaxSessionDuration", "1"),
    ];
    let wrong = iam(&pool, "CreateRole", &wrong).await;
    contains(
        &wrong,
        400,
        "Member must have value greater than or equal to 3600",
    );
}
