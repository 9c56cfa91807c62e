//! Point-in-time recovery.

use std::time::Duration;

use cognito_emulator::{MfaMode, Usernames};
use serde_json::{Value, json};

use crate::browser::{Browser, hosted_with, html_of, request_with, says, value_of};
use crate::federation::{ann, federated};
use crate::support::{
    CLIENT, EMAIL, PASSWORD, Pool, Reply, attribute, new_pool, pool, pool_with, sign_in_fields,
};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

fn seconds(pool: &Pool) -> f64 {
    use cognito_core::Clock;
    let now = pool.clock.now();
    let since = now.duration_since(std::time::UNIX_EPOCH);
    since.expect("after 1970").as_secs_f64()
}

async fn initiate(pool: &Pool, point: f64) -> Reply {
    let fields = json!({ "RestoreTimestamp": point });
    pool.admin("InitiatePointInTimeRecovery", fields).await
}

/// Initiates a recovery and returns the member that names it.
async fn initiated(pool: &Pool, point: f64) -> Value {
    let answer = initiate(pool, point).await.ok();
    let restoration = &answer["Restoration"];
    assert_eq!(restoration["RestoreStatus"], "PREVIEW_GENERATING");
    assert_eq!(restoration.get("RestorePreview"), None);
    json!({ "RestoreId": restoration["RestoreId"] })
}

async fn describe(pool: &Pool, id: &Value) -> Value {
    let reply = pool.admin("DescribePointInTimeRecovery", id.clone()).await;
    reply.ok()["Restoration"].take()
}

async fn start(pool: &Pool, id: &Value) {
    let answer = pool
        .admin("StartPointInTimeRecovery", id.clone())
        .await
        .ok();
    assert_eq!(answer["Restoration"]["RestoreStatus"], "RESTORING");
    let described = describe(pool, id).await;
    assert_eq!(described["RestoreStatus"], "RESTORE_COMPLETED");
}

/// Returns the numbers of created, updated and deleted entities.
fn changes(restoration: &Value, entity: &str) -> [u64; 3] {
    let preview = restoration["RestorePreview"].as_array().expect("a list");
    let found = preview.iter().find(|entry| entry["Entity"] == entity);
    let found = found.expect("an entity");
    ["CreateCount", "UpdateCount", "DeleteCount"]
        .map(|name| found[name].as_u64().expect("a number"))
}

async fn user(pool: &Pool, username: &str) -> Reply {
    pool.admin("AdminGetUser", json!({ "Username": username }))
        .await
}

async fn rename(pool: &Pool, name: &str) {
    let attributes = json!([{ "Name": "name", "Value": name }]);
    let fields = json!({ "Username": EMAIL, "UserAttributes": attributes });
    pool.admin("AdminUpdateUserAttributes", fields).await.ok();
}

/// Changes users and groups after a point in time. Returns the point, and the `sub` and the access
/// token of a user who is deleted after it.
async fn change_data(pool: &Pool) -> (f64, String, String) {
    pool.person();
    pool.advance(MINUTE);
    rename(pool, "Second").await;
    for group in ["editors", "readers"] {
        pool.admin("CreateGroup", json!({ "GroupName": group }))
            .await
            .ok();
    }
    let member = json!({ "Username": EMAIL, "GroupName": "editors" });
    pool.admin("AdminAddUserToGroup", member).await.ok();
    let deleted = pool
        .emulator
        .create_user("deleted@example.com", PASSWORD, &[]);
    let deleted = deleted.expect("a user");
    let tokens = pool.sign_in("deleted@example.com", PASSWORD).await.ok();
    pool.advance(MINUTE);
    let point = seconds(pool);
    pool.advance(MINUTE);
    rename(pool, "Third").await;
    pool.admin("DeleteGroup", json!({ "GroupName": "editors" }))
        .await
        .ok();
    let update = json!({ "GroupName": "readers", "Description": "new" });
    pool.admin("UpdateGroup", update).await.ok();
    let gone = json!({ "Username": "deleted@example.com" });
    pool.admin("AdminDeleteUser", gone).await.ok();
    pool.emulator
        .create_user("late@example.com", PASSWORD, &[])
        .expect("a user");
    let changed = json!({ "Username": EMAIL, "Password": "Changed123!", "Permanent": true });
    pool.admin("AdminSetUserPassword", changed).await.ok();
    pool.advance(HOUR / 4);
    let access = tokens["AuthenticationResult"]["AccessToken"].as_str();
    (point, deleted, access.expect("a token").to_owned())
}

/// The oldest stored data can be data of an attacker who has changed the user many times.
#[tokio::test]
async fn many_changes_leave_the_user_unchanged() {
    const CHANGES: usize = 102;
    for (is_lost, updates, name) in [(true, 0, CHANGES), (false, 1, CHANGES - 1)] {
        let pool = pool().await;
        pool.person();
        pool.advance(MINUTE);
        rename(&pool, "Ann").await;
        pool.advance(MINUTE);
        let early = seconds(&pool);
        for number in 1..=CHANGES {
            pool.advance(MINUTE / 10);
            rename(&pool, &format!("Change {number}")).await;
        }
        let point = if is_lost { early } else { seconds(&pool) - 1.0 };
        pool.advance(HOUR / 4);
        let id = initiated(&pool, point).await;
        let described = describe(&pool, &id).await;
        assert_eq!(changes(&described, "Users"), [0, updates, 0]);
        start(&pool, &id).await;
        let user = user(&pool, EMAIL).await.ok();
        let expected = format!("Change {name}");
        let name = attribute(&user["UserAttributes"], "name");
        assert_eq!(name, Some(expected.as_str()));
    }
}

#[tokio::test]
async fn users_and_groups_are_restored() {
    let pool = pool().await;
    let (point, deleted, access) = change_data(&pool).await;

    let id = initiated(&pool, point).await;

    let described = describe(&pool, &id).await;
    assert_eq!(described["RestoreStatus"], "PREVIEW_GENERATED");
    assert_eq!(described["RestoreTimestamp"], point);
    assert_eq!(changes(&described, "Users"), [1, 1, 1]);
    assert_eq!(changes(&described, "Groups"), [1, 1, 0]);
    assert_eq!(changes(&described, "User MFAs"), [0, 0, 0]);
    assert_eq!(
        attribute(&user(&pool, EMAIL).await.ok()["UserAttributes"], "name"),
        Some("Third")
    );

    start(&pool, &id).await;

    let restored = user(&pool, EMAIL).await.ok();
    assert_eq!(
        attribute(&restored["UserAttributes"], "name"),
        Some("Second")
    );
    let groups = json!({ "Username": EMAIL });
    let groups = pool.admin("AdminListGroupsForUser", groups).await.ok();
    assert_eq!(groups["Groups"][0]["GroupName"], "editors");
    let readers = pool
        .admin("GetGroup", json!({ "GroupName": "readers" }))
        .await
        .ok();
    assert_eq!(readers["Group"].get("Description"), None);
    let late = user(&pool, "late@example.com").await;
    late.fails("UserNotFoundException", "User does not exist.");
    let again = user(&pool, "deleted@example.com").await.ok();
    assert_eq!(
        attribute(&again["UserAttributes"], "sub"),
        Some(deleted.as_str())
    );
    // A changed password is kept, and a deleted user has the last one.
    pool.sign_in(EMAIL, "Changed123!").await.ok();
    pool.sign_in("deleted@example.com", PASSWORD).await.ok();
    let reply = pool.get_user(&access).await;
    reply.not_authorized("Access Token has been revoked");
}

#[tokio::test]
async fn users_with_alias_survive_the_recovery() {
    let pool = pool_with(|builder| builder.usernames(Usernames::Plain)).await;
    let delete = |name: &str| pool.admin("AdminDeleteUser", json!({ "Username": name }));
    pool.emulator
        .create_user("bobby", PASSWORD, &[])
        .expect("a user");
    for (name, alias) in [("victim", "bobby"), ("other", "late")] {
        let alias = [("preferred_username", alias)];
        let created = pool.emulator.create_user(name, PASSWORD, &alias);
        created.expect("a user");
    }
    pool.advance(MINUTE);
    let point = seconds(&pool);
    pool.advance(MINUTE);
    delete("bobby").await.ok();
    // A user who exists neither at the point nor now.
    let update = |alias: &str| {
        let attributes = json!([{ "Name": "preferred_username", "Value": alias }]);
        let fields = json!({ "Username": "other", "UserAttributes": attributes });
        pool.admin("AdminUpdateUserAttributes", fields)
    };
    update("free").await.ok();
    pool.emulator
        .create_user("late", PASSWORD, &[])
        .expect("a user");
    delete("late").await.ok();
    update("late").await.ok();
    pool.advance(HOUR / 4);
    let id = initiated(&pool, point).await;
    start(&pool, &id).await;
    for (name, expected) in [
        ("victim", "victim"),
        ("bobby", "bobby"),
        ("other", "other"),
        ("late", "other"),
    ] {
        assert_eq!(user(&pool, name).await.ok()["Username"], expected);
    }
}

#[tokio::test]
async fn restored_federated_users_have_no_alias() {
    let federated = federated().await;
    let pool = &federated.pool;
    federated.signed_in(ann()).await;
    pool.advance(MINUTE);
    let point = seconds(pool);
    pool.advance(MINUTE);
    let fields = json!({ "Username": "example_ann-1" });
    pool.admin("AdminDeleteUser", fields).await.ok();
    pool.advance(HOUR / 4);
    let id = initiated(pool, point).await;
    start(pool, &id).await;
    user(pool, "example_ann-1").await.ok();
    let reply = user(pool, "ann@example.com").await;
    reply.fails("UserNotFoundException", "User does not exist.");
}

#[tokio::test]
async fn mfa_settings_are_restored() {
    let pool = pool_with(|builder| builder.mfa(MfaMode::Optional)).await;
    pool.person();
    let secret = pool.with_software_token().await;
    pool.advance(MINUTE);
    let point = seconds(&pool);
    pool.advance(MINUTE);
    let user = json!({ "Username": EMAIL });
    pool.admin("AdminDeleteSoftwareToken", user).await.ok();
    pool.advance(HOUR / 4);
    let id = initiated(&pool, point).await;
    assert_eq!(changes(&describe(&pool, &id).await, "User MFAs"), [1, 0, 0]);
    start(&pool, &id).await;
    let answer = pool.sign_in(EMAIL, PASSWORD).await.ok();
    assert_eq!(answer["ChallengeName"], "SOFTWARE_TOKEN_MFA");
    let code = json!({
        "ChallengeName": "SOFTWARE_TOKEN_MFA",
        "ClientId": CLIENT,
        "Session": answer["Session"],
        "ChallengeResponses": {
            "USERNAME": EMAIL,
            "SOFTWARE_TOKEN_MFA_CODE": pool.totp(&secret),
        },
    });
    pool.call("RespondToAuthChallenge", code).await.ok();
}

#[tokio::test]
async fn writes_are_paused_during_a_recovery() {
    let pool = pool().await;
    pool.person();
    pool.advance(HOUR);
    let id = initiated(&pool, seconds(&pool) - 1200.0).await;
    let paused = "Write operations are paused during a point-in-time recovery.";
    let late = json!({ "Username": "late@example.com" });
    let reply = pool.admin("AdminCreateUser", late.clone()).await;
    reply.fails("OperationNotEnabledException", paused);
    let sign_up = json!({ "ClientId": CLIENT, "Username": "a@example.com", "Password": PASSWORD });
    let reply = pool.call("SignUp", sign_up).await;
    reply.fails("OperationNotEnabledException", paused);
    let challenge = json!({ "ChallengeName": "NEW_PASSWORD_REQUIRED", "ClientId": CLIENT });
    let reply = pool.call("RespondToAuthChallenge", challenge).await;
    reply.fails("OperationNotEnabledException", paused);
    pool.call("InitiateAuth", sign_in_fields(EMAIL, PASSWORD))
        .await
        .ok();
    let reply = initiate(&pool, seconds(&pool) - 1200.0).await;
    let message = "The user pool already has an active recovery.";
    reply.fails("ConcurrentModificationException", message);

    let canceled = pool
        .admin("CancelPointInTimeRecovery", id.clone())
        .await
        .ok();

    assert_eq!(
        canceled["Restoration"]["RestoreStatus"],
        "PREVIEW_CANCELLED"
    );
    pool.admin("AdminCreateUser", late).await.ok();
    for (operation, message) in [
        (
            "StartPointInTimeRecovery",
            "The recovery cannot be started: PREVIEW_CANCELLED.",
        ),
        (
            "CancelPointInTimeRecovery",
            "The recovery cannot be canceled: PREVIEW_CANCELLED.",
        ),
    ] {
        let reply = pool.admin(operation, id.clone()).await;
        reply.invalid_parameter(message);
    }
}

#[tokio::test]
async fn a_preview_expires_after_a_day() {
    let pool = pool().await;
    pool.advance(HOUR);
    let id = initiated(&pool, seconds(&pool) - 1200.0).await;
    pool.advance(DAY);
    assert_eq!(
        describe(&pool, &id).await["RestoreStatus"],
        "PREVIEW_EXPIRED"
    );
    let user = json!({ "Username": "a@example.com" });
    pool.admin("AdminCreateUser", user).await.ok();
}

#[tokio::test]
async fn recovery_points_and_numbers_are_limited() {
    let pool = pool().await;
    pool.advance(HOUR);
    let now = seconds(&pool);
    let young = "RestoreTimestamp must be at least 15 minutes in the past.";
    for (point, message) in [
        (now - 899.0, young),
        (now + 1e9, young),
        (
            now - 3601.0,
            "RestoreTimestamp is before the creation of the user pool.",
        ),
        (
            1.0,
            "RestoreTimestamp is before the recovery period of the feature plan.",
        ),
        (-1.0, "RestoreTimestamp is not a valid time."),
        (1e300, "RestoreTimestamp is not a valid time."),
    ] {
        initiate(&pool, point).await.invalid_parameter(message);
    }
    let mut ids = Vec::new();
    for _ in 0..3 {
        let id = initiated(&pool, now - 900.0).await;
        pool.admin("CancelPointInTimeRecovery", id.clone())
            .await
            .ok();
        ids.push(id["RestoreId"].clone());
    }
    let reply = initiate(&pool, now - 900.0).await;
    let message = "The user pool has too many recovery previews.";
    reply.fails("LimitExceededException", message);

    let list = |fields| pool.admin("ListPointInTimeRecoveries", fields);
    let first = list(json!({ "MaxResults": 2 })).await.ok();
    let next = json!({ "MaxResults": 2, "NextToken": first["NextToken"] });
    let second = list(next).await.ok();
    let listed = [
        &first["Restorations"][0],
        &first["Restorations"][1],
        &second["Restorations"][0],
    ];
    ids.reverse();
    assert_eq!(listed.map(|one| one["RestoreId"].clone()).as_slice(), ids);
    assert_eq!(second.get("NextToken"), None);

    let lite = new_pool(&pool, json!({ "UserPoolTier": "LITE" })).await;
    let fields = json!({ "UserPoolId": lite });
    let reply = pool.operator("ListPointInTimeRecoveries", fields).await;
    assert_eq!(reply.body["__type"], "FeatureUnavailableInTierException");
}

#[tokio::test]
async fn accounts_do_not_share_recovery_quotas() {
    let pool = pool().await;
    let create = |account: &'static str| {
        let target = "AWSCognitoIdentityProviderService.CreateUserPool";
        pool.signed_by(account, target, json!({ "PoolName": "new" }))
    };
    let recover = async |account: &'static str, id: &Value| {
        let point = seconds(&pool) - 1200.0;
        let target = "AWSCognitoIdentityProviderService.InitiatePointInTimeRecovery";
        let fields = json!({ "UserPoolId": id, "RestoreTimestamp": point });
        pool.signed_by(account, target, fields).await
    };
    let (one, two) = ("000000000001", "000000000002");
    let mut ids = Vec::new();
    for account in [one, one, one, one, one, one, two] {
        ids.push(create(account).await.ok()["UserPool"]["Id"].take());
    }
    pool.advance(HOUR);
    for id in &ids[..5] {
        recover(one, id).await.ok();
    }
    let message = "The account has too many point-in-time recoveries.";
    recover(one, &ids[5])
        .await
        .fails("LimitExceededException", message);

    recover(two, &ids[6]).await.ok();
}

#[tokio::test]
async fn a_reset_removes_the_history() {
    let pool = pool().await;
    pool.person();
    pool.advance(HOUR);
    let point = seconds(&pool) - 1200.0;
    pool.emulator.reset();
    let reply = initiate(&pool, point).await;
    reply.invalid_parameter("The emulator has no data of the user pool at RestoreTimestamp.");
    pool.advance(HOUR);
    initiated(&pool, point + 1200.0).await;
}

#[tokio::test]
async fn new_federated_users_wait_for_the_recovery() {
    let federated = federated().await;
    federated.signed_in(ann()).await;
    federated.pool.advance(HOUR / 2);
    let point = seconds(&federated.pool) - 1200.0;
    initiated(&federated.pool, point).await;
    let with = |name: &str, value: &str| {
        let mut claims = ann();
        claims[name] = json!(value);
        claims
    };
    let back = federated.signed_in(ann()).await;
    assert!(back.contains_key("code"), "{back:?}");
    for claims in [with("sub", "bob-1"), with("email", "new@example.com")] {
        let error = federated.error(claims).await;
        assert_eq!(
            error,
            "Write operations are paused during a point-in-time recovery."
        );
    }
}

#[tokio::test]
async fn hosted_pages_wait_for_the_recovery() {
    const PAUSED: &str = "Write operations are paused during a point-in-time recovery.";
    let new = "new@example.com";
    let pool = hosted_with(|client| client, |builder| builder.mfa(MfaMode::On)).await;
    let request = request_with(&[]);
    let mut browser = Browser::default();
    pool.advance(HOUR / 2);
    let sign_up = browser.page(&pool, "/signup", &request).await;
    let filled = [("username", new), ("password", PASSWORD)];
    let confirm = browser.submit(&pool, &sign_up, &filled).await;
    let id = initiated(&pool, seconds(&pool) - 1200.0).await;

    let other = [("username", "other@example.com"), ("password", PASSWORD)];
    says(&browser.submit(&pool, &sign_up, &other).await, PAUSED);
    assert_eq!(user(&pool, "other@example.com").await.status, 400);
    let code = pool.code(new);
    let code = [("code", code.as_str())];
    says(&browser.submit(&pool, &confirm, &code).await, PAUSED);
    let forgot = browser.page(&pool, "/forgotPassword", &request).await;
    let page = browser.submit(&pool, &forgot, &[("username", EMAIL)]).await;
    let reset = pool.code(EMAIL);
    let reset = [("code", reset.as_str()), ("password", "Changed123!")];
    says(&browser.submit(&pool, &page, &reset).await, PAUSED);
    let page = browser.sign_in_page(&pool, &request).await;
    let filled = [("username", EMAIL), ("password", PASSWORD)];
    says(&browser.submit(&pool, &page, &filled).await, PAUSED);

    pool.admin("CancelPointInTimeRecovery", id).await.ok();
    let set_up = browser.submit(&pool, &page, &filled).await;
    assert_eq!(value_of(html_of(&set_up), "challenge"), "MFA_SETUP");
    browser.submit(&pool, &sign_up, &other).await;
    user(&pool, "other@example.com").await.ok();
}
