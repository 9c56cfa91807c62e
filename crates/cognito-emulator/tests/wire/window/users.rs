//! The users in the emulator's window (its web interface).

use serde_json::json;

use super::{html, next, open, send};
use crate::browser::parameters;
use crate::support::{EMAIL, PASSWORD, Pool, new_person, new_pool, pool, pool_with};

/// Sends the form of the emulator's window (its web interface) that calls `operation` for a user.
async fn act(pool: &Pool, operation: &str, username: &str, more: &[(&str, &str)]) {
    let id = pool.emulator.user_pool_id();
    let fields = [
        ("Action", operation),
        ("UserPoolId", id),
        ("Username", username),
        ("back", "/_emulator/window/users"),
    ];
    let reply = send(pool, "/call", &[&fields, more].concat()).await;
    let to = next(&reply);
    assert!(to.ends_with(&format!("done={operation}")), "{to}");
}

async fn page_of(pool: &Pool, username: &str) -> String {
    let id = pool.emulator.user_pool_id();
    open(pool, "/user", &[("pool", id), ("user", username)]).await
}

#[tokio::test]
async fn user_is_created_by_a_form() {
    let pool = pool().await;
    let id = pool.emulator.user_pool_id();
    let fields = [
        ("Action", "AdminCreateUser"),
        ("UserPoolId", id),
        ("Username", EMAIL),
        ("UserAttributes.member.1.Name", "email"),
        ("UserAttributes.member.1.Value", ""),
        ("UserAttributes.member.2.Name", "email_verified"),
        ("UserAttributes.member.3.Name", "phone_number"),
        ("UserAttributes.member.3.Value", "+15550101234"),
        ("TemporaryPassword", PASSWORD),
    ];
    let url = next(&send(&pool, "/call", &fields).await);
    let username = parameters(&url)["user"].clone();
    let page = page_of(&pool, &username).await;
    for expected in ["FORCE_CHANGE_PASSWORD", "+15550101234", EMAIL] {
        assert!(page.contains(expected), "{expected}: {page}");
    }
}

#[tokio::test]
async fn actions_change_the_user() {
    let pool = pool().await;
    pool.person();
    let password = "Another-Password-1";
    let fields = [("Password", password), ("Permanent", "true")];
    act(&pool, "AdminSetUserPassword", EMAIL, &fields).await;
    pool.sign_in(EMAIL, password).await.ok();
    act(&pool, "CreateGroup", EMAIL, &[("GroupName", "staff")]).await;
    act(
        &pool,
        "AdminAddUserToGroup",
        EMAIL,
        &[("GroupName", "staff")],
    )
    .await;
    assert!(page_of(&pool, EMAIL).await.contains("Remove from staff"));
    act(
        &pool,
        "AdminRemoveUserFromGroup",
        EMAIL,
        &[("GroupName", "staff")],
    )
    .await;
    assert!(!page_of(&pool, EMAIL).await.contains("Remove from staff"));
    act(&pool, "AdminDisableUser", EMAIL, &[]).await;
    let reply = pool.sign_in(EMAIL, password).await;
    assert_eq!(reply.body["message"], "User is disabled.");
    act(&pool, "AdminEnableUser", EMAIL, &[]).await;
    let attribute = [
        ("UserAttributes.member.1.Name", "name"),
        ("UserAttributes.member.1.Value", "Ann"),
    ];
    act(&pool, "AdminUpdateUserAttributes", EMAIL, &attribute).await;
    assert!(page_of(&pool, EMAIL).await.contains("<code>Ann</code>"));
    act(&pool, "AdminDeleteUser", EMAIL, &[]).await;
    let id = pool.emulator.user_pool_id();
    assert!(
        open(&pool, "/users", &[("pool", id)])
            .await
            .contains("No user was found.")
    );
}

#[tokio::test]
async fn invalid_password_shows_the_error_of_aws() {
    let pool = pool().await;
    pool.person();
    let fields = [
        ("Action", "AdminSetUserPassword"),
        ("UserPoolId", pool.emulator.user_pool_id()),
        ("Username", EMAIL),
        ("Password", "short"),
    ];
    let reply = send(&pool, "/call", &fields).await;
    assert_eq!(reply.status, 400);
    assert!(html(&reply).contains("InvalidPasswordException"));
}

#[tokio::test]
async fn search_finds_users_page_by_page() {
    let pool = pool().await;
    let id = new_pool(&pool, json!({})).await;
    for number in 0..55 {
        new_person(&pool, &id, &format!("person-{number:02}")).await;
    }
    let first = open(&pool, "/users", &[("pool", &id)]).await;
    assert!(first.contains("person-49") && !first.contains("person-50"));
    let (_, next) = first.split_once("token=").expect("a next page");
    let token = next.split('"').next().expect("a token");
    let query = [
        ("pool", id.as_str()),
        ("token", &parameters(&format!("?t={token}"))["t"]),
    ];
    let second = open(&pool, "/users", &query).await;
    assert!(second.contains("person-54") && !second.contains("person-49"));
    let query = [
        ("pool", id.as_str()),
        ("attribute", "username"),
        ("value", "person-1"),
    ];
    let found = open(&pool, "/users", &query).await;
    assert_eq!(found.matches("<th scope=\"row\">").count(), 10);
    // Quotes and backslashes in the value do not end the filter.
    let query = [
        ("pool", id.as_str()),
        ("attribute", "username"),
        ("value", "a\" \\"),
    ];
    assert!(
        open(&pool, "/users", &query)
            .await
            .contains("No user was found.")
    );
}

#[tokio::test]
async fn quotas_do_not_apply_to_the_window() {
    let pool = pool_with(|builder| builder.enforce_quotas(true)).await;
    let id = pool.emulator.user_pool_id();
    let query = [("pool", id), ("value", "x")];
    // AWS's default quota of `ListUsers` is 30 requests per second. The clock stands still.
    for _ in 0..40 {
        open(&pool, "/users", &query).await;
    }
    pool.admin("ListUsers", json!({})).await.ok();
}

#[tokio::test]
async fn values_of_users_are_escaped() {
    let pool = pool().await;
    let script = "<script>alert(1)</script>";
    let attributes = [("name", script), ("email", EMAIL)];
    pool.emulator
        .create_user(EMAIL, PASSWORD, &attributes)
        .expect("a user");
    let page = page_of(&pool, EMAIL).await;
    assert!(page.contains("&lt;script&gt;alert(1)"));
    assert!(!page.contains(script));
    let id = pool.emulator.user_pool_id();
    let query = [("pool", id), ("value", script)];
    assert!(!open(&pool, "/users", &query).await.contains(script));
}
