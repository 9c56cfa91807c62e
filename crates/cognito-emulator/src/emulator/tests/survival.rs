//! Tests of what still works after another start with the same state.

use std::time::Duration;

use serde_json::json;

use super::{CLIENT, EMAIL, PASSWORD, Tracked};
use crate::state::entries::Entry;

/// Writes the changes and starts another emulator with the entries.
fn restart(tracked: &Tracked) -> Tracked {
    tracked.write();
    Tracked::restarted(&tracked.entries())
}

#[tokio::test]
async fn tokens_stay_valid() {
    let tracked = Tracked::new();
    tracked.create_user();
    let tokens = tracked.sign_in().await;
    let restarted = restart(&tracked);
    let fields = json!({ "AccessToken": tokens["AccessToken"] });
    let user = restarted.public("GetUser", fields.clone()).await;
    assert_eq!(user["Username"], "ann");
    let refresh = json!({
        "AuthFlow": "REFRESH_TOKEN_AUTH",
        "ClientId": CLIENT,
        "AuthParameters": { "REFRESH_TOKEN": tokens["RefreshToken"] },
    });
    restarted.public("InitiateAuth", refresh).await;
    restarted.public("GlobalSignOut", fields.clone()).await;
    assert!(!has_user(&restarted, &fields).await, "signed out");
}

/// Returns `true` if `GetUser` accepts the access token.
async fn has_user(tracked: &Tracked, fields: &serde_json::Value) -> bool {
    let request = crate::http::message::Request::new("POST", "/")
        .header("host", "localhost")
        .header("x-amz-target", "AWSCognitoIdentityProviderService.GetUser")
        .body(fields.to_string());
    let response = tracked.emulator.respond(request).await.expect("a response");
    response.status() == 200
}

#[tokio::test]
async fn revoked_token_stays_revoked() {
    let tracked = Tracked::new();
    tracked.create_user();
    let tokens = tracked.sign_in().await;
    let fields = json!({ "ClientId": CLIENT, "Token": tokens["RefreshToken"] });
    tracked.public("RevokeToken", fields).await;
    let restarted = restart(&tracked);
    let fields = json!({ "AccessToken": tokens["AccessToken"] });
    assert!(!has_user(&restarted, &fields).await);
}

#[tokio::test]
async fn sent_code_still_works() {
    let tracked = Tracked::new();
    tracked.create_user();
    let fields = json!({ "ClientId": CLIENT, "Username": EMAIL });
    tracked.public("ForgotPassword", fields).await;
    let restarted = restart(&tracked);
    let code = restarted.emulator.inbox().latest_code(EMAIL);
    let fields = json!({
        "ClientId": CLIENT,
        "Username": "ann",
        "ConfirmationCode": code.expect("a code"),
        "Password": PASSWORD,
    });
    restarted.public("ConfirmForgotPassword", fields).await;
}

#[tokio::test]
async fn random_ids_are_not_repeated() {
    let tracked = Tracked::new();
    let first = tracked.pools().random.uuid();
    let restarted = restart(&tracked);
    assert_ne!(restarted.pools().random.uuid(), first);
}

#[tokio::test]
async fn steered_clock_stays_steered() {
    let tracked = Tracked::new();
    let steering = &tracked.pools().steered_clock;
    assert!(steering.advance(Duration::from_secs(60)));
    steering.freeze();
    let now = tracked.pools().clock.now();
    let restarted = restart(&tracked);
    *restarted.clock.0.lock() += Duration::from_secs(5);
    assert_eq!(restarted.pools().clock.now(), now);
}

#[tokio::test]
async fn earlier_data_can_be_recovered() {
    let tracked = Tracked::new();
    tracked.create_user();
    tracked.call("ListUsers", json!({})).await;
    let before = tracked.pools().clock.now();
    *tracked.clock.0.lock() += Duration::from_secs(60);
    tracked
        .call("AdminDeleteUser", json!({ "Username": "ann" }))
        .await;
    let restarted = restart(&tracked);
    let pool = restarted.pools().get(restarted.emulator.user_pool_id());
    let pool = pool.expect("a pool");
    let mut state = pool.state.lock();
    let past = state.past(before);
    state.restore(past, before);
    assert!(state.users.find("ann").is_some());
}

#[tokio::test]
async fn running_import_job_has_failed() {
    let tracked = Tracked::new();
    let fields = json!({
        "JobName": "people",
        "CloudWatchLogsRoleArn": "arn:aws:iam::123456789012:role/import",
    });
    let created = tracked.call("CreateUserImportJob", fields).await;
    tracked.write();
    let is_job = |entry: &&mut Entry| entry.kind == "import-job";
    let mut entries = tracked.entries();
    for entry in entries.iter_mut().filter(is_job) {
        entry.value = entry.value.replace("\"Created\"", "\"InProgress\"");
    }
    let restarted = Tracked::restarted(&entries);
    let id = json!({ "JobId": created["UserImportJob"]["JobId"] });
    let job = restarted.call("DescribeUserImportJob", id).await;
    assert_eq!(job["UserImportJob"]["Status"], "Failed");
    let message = "The emulator was stopped while the import job was running.";
    assert_eq!(job["UserImportJob"]["CompletionMessage"], message);
    restarted.pools().track_changes();
    assert!(restarted.write().contains("import-job"));
}

#[tokio::test]
async fn endpoint_of_the_new_start_is_used() {
    let tracked = Tracked::untracked(|builder| builder.test_provider("test"));
    let entries = tracked.entries_in_memory().into_iter();
    let moved = entries.map(|entry| Entry {
        value: entry
            .value
            .replace("http://localhost", "http://localhost:4000"),
        ..entry
    });
    let restarted = Tracked::restarted(&moved.collect::<Vec<_>>());
    let pool = restarted.pools().get(restarted.emulator.user_pool_id());
    let settings = &pool.expect("a pool").settings;
    assert_eq!(settings.endpoint, "http://localhost");
    let id = restarted.emulator.user_pool_id();
    assert_eq!(settings.issuer, format!("http://localhost/{id}"));
    let provider = &settings.identity_providers["test"];
    let members = serde_json::to_string(&provider.members).expect("JSON");
    assert!(members.contains("http://localhost/") && !members.contains("4000"));
}

#[tokio::test]
async fn alias_stays_with_its_user() {
    let tracked = Tracked::new();
    tracked.create_user();
    let pool = tracked.pools().get(tracked.emulator.user_pool_id());
    let pool = pool.expect("a pool");
    let mut state = pool.state.lock();
    // The user name is first in the order of the entries, but the address belongs to `ann`.
    let mut other = state.users.find("ann").expect("a user").clone();
    other.username = "aaa".to_owned();
    other.sub = "other".to_owned();
    state.users.insert(other);
    drop(state);
    let restarted = restart(&tracked);
    let pool = restarted.pools().get(restarted.emulator.user_pool_id());
    let pool = pool.expect("a pool");
    let state = pool.state.lock();
    let found = state.users.find(EMAIL).expect("a user");
    assert_eq!(found.username, "ann");
}
