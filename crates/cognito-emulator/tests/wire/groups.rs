//! Groups: their stored values, and their effect on tokens.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cognito_emulator::Usernames;
use serde_json::{Value, json};

use crate::support::{EMAIL, PASSWORD, Pool, START, pool, pool_with};

const ROLE: &str = "arn:aws:iam::123456789012:role/admins";

fn claims(token: &str) -> Value {
    let claims = token.split('.').nth(1).expect("a token");
    let claims = URL_SAFE_NO_PAD.decode(claims).expect("base64");
    serde_json::from_slice(&claims).expect("JSON")
}

async fn join(pool: &Pool, group: &str) {
    let fields = json!({ "Username": EMAIL, "GroupName": group });
    pool.admin("AdminAddUserToGroup", fields).await.ok();
}

#[tokio::test]
async fn update_keeps_unnamed_fields() {
    let pool = pool().await;
    let fields = json!({
        "GroupName": "admins", "Description": "Who may", "Precedence": 3, "RoleArn": ROLE,
    });
    pool.admin("CreateGroup", fields).await.ok();
    pool.advance(Duration::from_secs(5));
    let fields = json!({ "GroupName": "admins", "Precedence": 0 });
    let answer = pool.admin("UpdateGroup", fields).await.ok();
    let expected = json!({
        "GroupName": "admins",
        "UserPoolId": pool.emulator.user_pool_id(),
        "Description": "Who may",
        "Precedence": 0,
        "RoleArn": ROLE,
        "CreationDate": START as f64,
        "LastModifiedDate": (START + 5) as f64,
    });
    assert_eq!(answer["Group"], expected);
    let answer = pool
        .admin("GetGroup", json!({ "GroupName": "admins" }))
        .await
        .ok();
    assert_eq!(answer["Group"], expected);
    let fields = json!({ "GroupName": "admins", "Description": "" });
    let answer = pool.admin("UpdateGroup", fields).await.ok();
    assert_eq!(answer["Group"].get("Description"), None);
    assert_eq!(answer["Group"]["Precedence"], 0);
    assert_eq!(answer["Group"]["RoleArn"], ROLE);
    pool.admin("UpdateGroup", json!({ "GroupName": "nothing" }))
        .await
        .fails("ResourceNotFoundException", "Group not found.");
}

#[tokio::test]
async fn names_descriptions_precedences_and_roles_are_checked() {
    let pool = pool().await;
    for (field, value, member, constraint) in [
        (
            "GroupName",
            json!("two words"),
            "groupName",
            "Member must satisfy regular expression pattern: [\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}]+",
        ),
        (
            "GroupName",
            json!("x".repeat(129)),
            "groupName",
            "Member must have length less than or equal to 128",
        ),
        (
            "Description",
            json!("x".repeat(2049)),
            "description",
            "Member must have length less than or equal to 2048",
        ),
        (
            "Precedence",
            json!(-1),
            "precedence",
            "Member must have value greater than or equal to 0",
        ),
        (
            "RoleArn",
            json!("arn:aws:iam::account:role/x"),
            "roleArn",
            "Member must satisfy regular expression pattern: arn:[\\w+=/,.@-]+:[\\w+=/,.@-]+:\
             ([\\w+=/,.@-]*)?:[0-9]+:[\\w+=/,.@-]+(:[\\w+=/,.@-]+)?(:[\\w+=/,.@-]+)?",
        ),
    ] {
        for operation in ["CreateGroup", "UpdateGroup"] {
            let mut fields = json!({ "GroupName": "admins" });
            fields[field] = value.clone();
            let shown = value.to_string();
            let shown = shown.trim_matches('"');
            pool.admin(operation, fields)
                .await
                .invalid_parameter(&format!(
                    "1 validation error detected: Value '{shown}' at '{member}' failed to satisfy \
                 constraint: {constraint}"
                ));
        }
    }
}

#[tokio::test]
async fn tokens_name_groups_and_id_token_roles() {
    let pool = pool().await;
    pool.person();
    let tokens = pool.tokens().await;
    for token in [&tokens.access, &tokens.id] {
        for claim in ["cognito:groups", "cognito:roles", "cognito:preferred_role"] {
            assert_eq!(claims(token).get(claim), None, "{claim}");
        }
    }
    for (name, precedence, role) in [
        ("b", Some(5), Some(ROLE)),
        ("a", Some(1), None),
        ("c", None, Some("arn:aws:iam::123456789012:role/others")),
    ] {
        let mut fields = json!({ "GroupName": name });
        fields["Precedence"] = json!(precedence);
        fields["RoleArn"] = json!(role);
        pool.admin("CreateGroup", fields).await.ok();
        join(&pool, name).await;
    }
    let tokens = pool.tokens().await;
    let access = claims(&tokens.access);
    assert_eq!(access["cognito:groups"], json!(["a", "b", "c"]));
    assert_eq!(access.get("cognito:roles"), None);
    let id = claims(&tokens.id);
    assert_eq!(id["cognito:groups"], json!(["a", "b", "c"]));
    assert_eq!(
        id["cognito:roles"],
        json!([ROLE, "arn:aws:iam::123456789012:role/others"])
    );
    assert_eq!(id["cognito:preferred_role"], ROLE);

    // Tokens of a refresh contain the changes since the sign-in.
    let fields = json!({ "GroupName": "c", "Precedence": 0 });
    pool.admin("UpdateGroup", fields).await.ok();
    let fields = json!({ "ClientId": pool.emulator.client_id(), "RefreshToken": tokens.refresh });
    let answer = pool.call("GetTokensFromRefreshToken", fields).await.ok();
    let id = answer["AuthenticationResult"]["IdToken"].as_str();
    let id = claims(id.expect("an ID token"));
    assert_eq!(
        id["cognito:preferred_role"],
        "arn:aws:iam::123456789012:role/others"
    );
}

#[tokio::test]
async fn preferred_role_is_of_first_group() {
    const A: &str = "arn:aws:iam::123456789012:role/a";
    const B: &str = "arn:aws:iam::123456789012:role/b";
    let pool = pool().await;
    pool.person();
    for (groups, preferred, all) in [
        (&[(Some(0), None)][..], None, json!(null)),
        (&[(None, Some(A))], Some(A), json!([A])),
        (
            &[(Some(2), Some(A)), (Some(1), Some(B))],
            Some(B),
            json!([B, A]),
        ),
        (
            &[(None, Some(A)), (Some(9), Some(B))],
            Some(B),
            json!([B, A]),
        ),
        (&[(Some(0), None), (Some(1), Some(B))], Some(B), json!([B])),
        (
            &[(Some(1), Some(A)), (Some(1), Some(B))],
            None,
            json!([A, B]),
        ),
        (
            &[(Some(1), Some(A)), (Some(1), Some(A))],
            Some(A),
            json!([A]),
        ),
        (&[(None, Some(A)), (None, Some(B))], None, json!([A, B])),
        (
            &[(Some(1), Some(B)), (Some(2), Some(A)), (Some(3), Some(B))],
            Some(B),
            json!([B, A]),
        ),
    ] {
        for (number, (precedence, role)) in groups.iter().enumerate() {
            let name = format!("group{number}");
            let mut fields = json!({ "GroupName": name });
            fields["Precedence"] = json!(precedence);
            fields["RoleArn"] = json!(role);
            pool.admin("CreateGroup", fields).await.ok();
            join(&pool, &name).await;
        }
        let id = claims(&pool.tokens().await.id);
        assert_eq!(id["cognito:roles"], all, "{groups:?}");
        assert_eq!(id["cognito:preferred_role"], json!(preferred), "{groups:?}");
        for number in 0..groups.len() {
            let fields = json!({ "GroupName": format!("group{number}") });
            pool.admin("DeleteGroup", fields).await.ok();
        }
    }
}

#[tokio::test]
async fn deleted_user_leaves_groups() {
    let pool = pool().await;
    pool.person();
    pool.emulator.create_group("admins");
    join(&pool, "admins").await;
    // Adding the user twice has the same effect as adding the user once.
    join(&pool, "admins").await;
    let members = || pool.admin("ListUsersInGroup", json!({ "GroupName": "admins" }));
    let count = |answer: &Value| answer["Users"].as_array().map(Vec::len);
    assert_eq!(count(&members().await.ok()), Some(1));
    pool.admin("AdminDeleteUser", json!({ "Username": EMAIL }))
        .await
        .ok();
    assert_eq!(count(&members().await.ok()), Some(0));
    pool.person();
    assert_eq!(count(&members().await.ok()), Some(0));
}

#[tokio::test]
async fn user_is_in_at_most_100_groups() {
    let pool = pool().await;
    pool.person();
    for number in 0..=100 {
        pool.emulator.create_group(&format!("g{number:03}"));
    }
    for number in 0..100 {
        join(&pool, &format!("g{number:03}")).await;
    }
    let fields = json!({ "Username": EMAIL, "GroupName": "g100" });
    pool.admin("AdminAddUserToGroup", fields)
        .await
        .fails("LimitExceededException", "The user is in too many groups.");
    // A user who is already a member does not count again.
    join(&pool, "g000").await;
}

#[tokio::test]
async fn lists_of_groups_and_members_have_pages() {
    let pool = pool_with(|builder| builder.usernames(Usernames::Plain)).await;
    for number in 0..5 {
        let (user, group) = (format!("p{number}"), format!("g{number}"));
        pool.emulator
            .create_user(&user, PASSWORD, &[])
            .expect("a person");
        pool.emulator.create_group(&group);
        pool.emulator
            .add_user_to_group(&user, "g0")
            .expect("a member");
    }
    for (operation, list, name) in [
        ("ListGroups", "Groups", "GroupName"),
        ("ListUsersInGroup", "Users", "Username"),
    ] {
        let mut fields = json!({ "GroupName": "g0", "Limit": 2 });
        let mut seen = Vec::new();
        loop {
            let answer = pool.admin(operation, fields.clone()).await.ok();
            let page = answer[list].as_array().expect("a list");
            assert!((1..=2).contains(&page.len()));
            seen.extend(page.iter().map(|entry| entry[name].clone()));
            match answer.get("NextToken") {
                Some(token) => fields["NextToken"] = token.clone(),
                None => break,
            }
        }
        assert_eq!(seen.len(), 5, "{operation}");
        seen.dedup();
        assert_eq!(seen.len(), 5, "{operation}");
        fields["NextToken"] = json!("made-up");
        pool.admin(operation, fields)
            .await
            .invalid_parameter("Invalid pagination token.");
    }
}
