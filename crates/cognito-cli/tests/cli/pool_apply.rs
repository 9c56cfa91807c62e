//! `cognito pool apply`.

use std::path::PathBuf;
use std::time::Duration;

use cognito::Operation;
use cognito_emulator::Fault;
use serde_json::{Value, json};

use crate::pool_fixture::{empty_pool, full_pool, has_secret, read, send, started, write};
use crate::support::{Folder, Pool, Ran, run, without_pool};

/// A file with the settings of a pool.
struct Wanted {
    file: PathBuf,
    _folder: Folder,
}

impl Wanted {
    /// Exports the settings of the pool, and changes the file.
    async fn of(pool: &Pool, test: &str, change: impl FnOnce(&mut Value)) -> Self {
        let folder = Folder::new(test);
        let file = folder.path("pool.json");
        let path = file.to_str().unwrap();
        let export = ["pool", "export", path, "--include-secrets"];
        pool.run(&export).await.check(0, "");
        let mut document = read(&file);
        change(&mut document["pools"][0]);
        write(&file, &document);
        Self {
            file,
            _folder: folder,
        }
    }

    async fn apply(&self, pool: &Pool, rest: &[&str]) -> Ran {
        let path = self.file.to_str().unwrap();
        let fixed = ["pool", "apply", path, "--output", "ndjson", "--rate", "500"];
        let ran = pool.run(&[&fixed[..], rest].concat()).await;
        assert!(!has_secret(&ran.stdout), "{ran:?}");
        ran
    }

    /// Applies the file, and checks that a second time changes nothing.
    async fn check_applied(&self, pool: &Pool, rest: &[&str]) {
        let ran = self.apply(pool, &[rest, &["--yes"]].concat()).await;
        ran.check(0, "");
        let again = self.apply(pool, &[rest, &["--yes"]].concat()).await;
        again.check(0, "nothing to change");
        assert_eq!(again.stdout, "");
    }
}

async fn described(pool: &Pool) -> Value {
    send(pool, Operation::DescribeUserPool, json!({})).await["UserPool"].take()
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_move_from_staging_to_production() {
    let (staging, production) = (full_pool().await, empty_pool().await);
    let wanted = Wanted::of(&staging, "apply-move", |pool| {
        pool["domains"][0]["Domain"] = json!("shop-production");
    })
    .await;
    let dry = wanted.apply(&production, &["--dry-run"]).await;
    dry.check(0, "from the settings of eu-west-1_Staging1");
    assert!(dry.stdout.contains("clients[web]"), "{dry:?}");
    assert_eq!(production.emulator.calls("UpdateUserPool"), 0);
    wanted.apply(&production, &[]).await.check(2, "--yes");
    wanted.check_applied(&production, &[]).await;
    // The pools are equal, except for the ids of the app clients and the domain.
    let id = production.emulator.user_pool_id();
    let ran = production
        .run(&["pool", "diff", wanted.file.to_str().unwrap(), id])
        .await;
    ran.check(0, "equal");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_changed_setting_is_written() {
    let pool = full_pool().await;
    let before = described(&pool).await;
    let wanted = Wanted::of(&pool, "apply-one", |pool| {
        pool["settings"]["Policies"]["PasswordPolicy"]["MinimumLength"] = json!(14);
    })
    .await;
    wanted.check_applied(&pool, &[]).await;
    let mut after = described(&pool).await;
    assert_eq!(after["Policies"]["PasswordPolicy"]["MinimumLength"], 14);
    after["Policies"] = before["Policies"].clone();
    after["LastModifiedDate"] = before["LastModifiedDate"].clone();
    assert_eq!(after, before);
    assert_eq!(pool.emulator.calls("UpdateUserPool"), 1);
    for unchanged in [
        "UpdateUserPoolClient",
        "UpdateIdentityProvider",
        "SetRiskConfiguration",
    ] {
        assert_eq!(pool.emulator.calls(unchanged), 0, "{unchanged}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_deleted_without_prune() {
    let pool = full_pool().await;
    let wanted = Wanted::of(&pool, "apply-prune", |pool| {
        pool["groups"] = json!([]);
        pool["clients"] = json!([pool["clients"][1]]);
        pool["resource_servers"][0]["Scopes"] = json!([]);
        pool["settings"]["UserPoolTags"].take();
    })
    .await;
    wanted
        .apply(&pool, &["--yes"])
        .await
        .check(0, "nothing to change");
    let ran = wanted.apply(&pool, &["--prune", "--yes"]).await;
    ran.check(0, "deleted groups[staff]");
    wanted
        .apply(&pool, &["--prune", "--yes"])
        .await
        .check(0, "nothing to change");
    assert_eq!(pool.emulator.calls("DeleteUserPoolClient"), 1);
    let id = pool.emulator.user_pool_id();
    assert_eq!(pool.emulator.client_ids(id), ["webclient1"]);
}

/// The new values need each other: an app client needs a provider, a scope and an attribute.
#[tokio::test(flavor = "multi_thread")]
async fn parts_are_written_in_order_of_dependencies() {
    let pool = full_pool().await;
    let wanted = Wanted::of(&pool, "apply-order", |pool| {
        // A custom attribute can have the name of a standard attribute.
        let of_standard = json!({ "Name": "custom:locale", "AttributeDataType": "String" });
        let attribute = json!({ "Name": "team", "AttributeDataType": "String", "Mutable": true });
        pool["settings"]["Schema"]
            .as_array_mut()
            .unwrap()
            .extend([attribute, of_standard]);
        let scope = json!({ "ScopeName": "write", "ScopeDescription": "write" });
        pool["resource_servers"][0]["Scopes"]
            .as_array_mut()
            .unwrap()
            .push(scope);
        let mut provider = pool["identity_providers"][0].clone();
        provider["ProviderName"] = json!("Partner");
        provider["ProviderType"] = json!("OIDC");
        provider["ProviderDetails"] = json!({
            "client_id": "c",
            "client_secret": "s",
            "authorize_scopes": "openid",
            "attributes_request_method": "GET",
            "oidc_issuer": "https://partner.example.com",
            "authorize_url": "https://partner.example.com/a",
            "token_url": "https://partner.example.com/t",
            "attributes_url": "https://partner.example.com/u",
            "jwks_uri": "https://partner.example.com/k"
        });
        pool["identity_providers"]
            .as_array_mut()
            .unwrap()
            .push(provider);
        let web = &mut pool["clients"][1]["settings"];
        web["SupportedIdentityProviders"] = json!(["COGNITO", "Partner"]);
        web["AllowedOAuthScopes"] = json!(["openid", "https://api.example.com/write"]);
        web["ReadAttributes"] = json!(["email", "custom:team"]);
        pool["mfa"]["MfaConfiguration"] = json!("ON");
        pool["groups"][0]["description"] = json!("staff");
        let mut machine = json!({ "id": "new", "secrets": ["(left out)"] });
        machine["settings"] = json!({ "ClientName": "machine" });
        pool["clients"].as_array_mut().unwrap().push(machine);
        let risk = json!({ "ClientId": "new", "RiskExceptionConfiguration": {
            "SkippedIPRangeList": ["198.51.100.0/24"]
        } });
        pool["risk_configurations"]
            .as_array_mut()
            .unwrap()
            .push(risk);
        pool["log_delivery"] = json!({ "LogConfigurations": [] });
    })
    .await;
    wanted.check_applied(&pool, &[]).await;
    let schema = described(&pool).await["SchemaAttributes"].to_string();
    assert!(schema.contains("custom:team"), "{schema}");
    assert!(schema.contains("\"custom:locale"), "{schema}");
    assert_eq!(pool.emulator.calls("CreateUserPoolClient"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_log_delivery_is_not_written() {
    let pool = Pool::start().await;
    let wanted = Wanted::of(&pool, "apply-no-logs", |pool| {
        pool["settings"]["PoolName"] = json!("renamed");
    })
    .await;
    wanted.apply(&pool, &["--yes"]).await.check(0, "changed");
    assert_eq!(pool.emulator.calls("SetLogDeliveryConfiguration"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn fixed_settings_are_findings() {
    let pool = full_pool().await;
    let wanted = Wanted::of(&pool, "apply-fixed", |pool| {
        pool["settings"]["UsernameAttributes"] = json!(["phone_number"]);
        pool["settings"]["Schema"][0]["Mutable"] = json!(false);
        pool["clients"][0]["secrets"] = json!(["(left out)"]);
    })
    .await;
    let ran = wanted.apply(&pool, &["--yes"]).await;
    ran.check(1, "settings.UsernameAttributes cannot be changed");
    ran.check(1, "settings.Schema[plan] cannot be changed");
    ran.check(1, "clients[app] is a public app client");
    ran.check(1, "nothing to change");
    assert_eq!(pool.emulator.calls("UpdateUserPool"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn interrupted_apply_is_completed() {
    let (staging, production) = (full_pool().await, empty_pool().await);
    let wanted = Wanted::of(&staging, "apply-resume", |pool| {
        pool["domains"] = json!([]);
    })
    .await;
    // The app client is created, and the response is lost.
    let lost = Fault::cut("CreateUserPoolClient").times(1);
    production.emulator.inject(lost).unwrap();
    let ran = wanted.apply(&production, &["--yes"]).await;
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let throttled = Fault::error("CreateGroup", "TooManyRequestsException", "Rate exceeded");
    production.emulator.inject(throttled).unwrap();
    let once = ["--yes", "--max-retries", "0"];
    wanted
        .apply(&production, &once)
        .await
        .check(4, "CreateGroup");
    production.emulator.clear_faults();
    wanted.check_applied(&production, &[]).await;
    // The lost app client was found by its name.
    let id = production.emulator.user_pool_id();
    assert_eq!(production.emulator.client_ids(id).len(), 2);
}

/// `UpdateUserPool` would undo a change of another operator.
#[tokio::test(flavor = "multi_thread")]
async fn concurrent_change_stops_apply() {
    let pool = full_pool().await;
    let wanted = Wanted::of(&pool, "apply-race", |pool| {
        pool["settings"]["DeletionProtection"] = json!("ACTIVE");
        pool["clients"][0]["settings"]["AuthSessionValidity"] = json!(5);
    })
    .await;
    // The groups are read after the pool. Their response is late, and the pool changes before it.
    let read = pool.emulator.calls("ListGroups");
    let late = Fault::delay("ListGroups", Duration::from_millis(1500)).times(1);
    pool.emulator.inject(late).unwrap();
    let change = async {
        while pool.emulator.calls("ListGroups") == read {
            tokio::task::yield_now().await;
        }
        let attribute = json!({ "CustomAttributes": [
            { "Name": "other", "AttributeDataType": "String" }
        ] });
        send(&pool, Operation::AddCustomAttributes, attribute).await;
    };
    let (ran, ()) = tokio::join!(wanted.apply(&pool, &["--yes"]), change);
    ran.check(1, "settings has changed since it was read");
    assert_eq!(pool.emulator.calls("UpdateUserPool"), 0);
    assert_eq!(pool.emulator.calls("UpdateUserPoolClient"), 0);
    wanted.check_applied(&pool, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn apply_reports_missing_permission() {
    let pool = full_pool().await;
    let wanted = Wanted::of(&pool, "apply-denied", |pool| {
        pool["groups"][0]["precedence"] = json!(3);
    })
    .await;
    let denied = Fault::error("UpdateGroup", "AccessDeniedException", "denied");
    pool.emulator.inject(denied).unwrap();
    let ran = wanted.apply(&pool, &["--yes"]).await;
    ran.check(3, "cognito-idp:UpdateGroup");
}

#[tokio::test(flavor = "multi_thread")]
async fn ambiguous_or_incomplete_files_are_rejected() {
    let pool = full_pool().await;
    send(
        &pool,
        Operation::CreateUserPoolClient,
        json!({ "ClientName": "app" }),
    )
    .await;
    let wanted = Wanted::of(&pool, "apply-names", |pool| {
        let clients = pool["clients"].as_array_mut().unwrap();
        clients.retain(|client| client["settings"]["ClientName"] == "app");
        clients.truncate(1);
        clients[0]["id"] = json!("other");
    })
    .await;
    let ran = wanted.apply(&pool, &["--yes"]).await;
    ran.check(2, "several app clients have the name app");
    let production = empty_pool().await;
    let wanted = Wanted::of(&full_pool().await, "apply-gap", |pool| {
        pool["identity_providers"][0]["ProviderDetails"]["client_secret"] = json!("(left out)");
        pool["clients"] = json!([]);
        pool["risk_configurations"] = json!([]);
        pool["domains"] = json!([]);
    })
    .await;
    let ran = wanted.apply(&production, &["--yes"]).await;
    ran.check(1, "identity_providers[Google] is not created");
}

/// If the new domain cannot be created, the pool gets its old domain again.
#[tokio::test(flavor = "multi_thread")]
async fn domain_is_replaced_only_with_prune() {
    let pool = full_pool().await;
    let wanted = Wanted::of(&pool, "apply-domain", |pool| {
        pool["domains"][0]["Domain"] = json!("shop-new");
        pool["settings"]["DeletionProtection"] = json!("ACTIVE");
    })
    .await;
    let ran = wanted.apply(&pool, &["--yes"]).await;
    ran.check(1, "domains[shop-new] is not created: the pool has another");
    assert_eq!(pool.emulator.calls("DeleteUserPoolDomain"), 0);
    let fault = Fault::error("CreateUserPoolDomain", "InvalidParameterException", "taken");
    pool.emulator.inject(fault.times(1)).unwrap();
    let ran = wanted.apply(&pool, &["--prune", "--yes"]).await;
    ran.check(2, "created again domains[shop]");
    assert_eq!(described(&pool).await["Domain"], "shop");
    wanted.check_applied(&pool, &["--prune"]).await;
    assert_eq!(described(&pool).await["Domain"], "shop-new");
}

#[tokio::test(flavor = "multi_thread")]
async fn file_of_other_pool_needs_explicit_pool() {
    let pool = full_pool().await;
    let wanted = Wanted::of(&pool, "apply-other-pool", |pool| {
        pool["id"] = json!("eu-west-1_Other0001");
        pool["settings"]["DeletionProtection"] = json!("ACTIVE");
    })
    .await;
    let path = wanted.file.to_str().unwrap();
    let url = pool.emulator.endpoint();
    let mut command = without_pool(&["pool", "apply", path, "--yes", "--endpoint-url", url]);
    command.env("AWS_COGNITO_USER_POOL_ID", pool.emulator.user_pool_id());
    run(command)
        .await
        .check(2, "which the environment selects: add --pool");
    assert_eq!(pool.emulator.calls("UpdateUserPool"), 0);
    let ran = wanted.apply(&pool, &["--yes"]).await;
    ran.check(0, "makes 1 change from the settings of eu-west-1_Other0001");
}

/// A `UserPoolId` in the file would redirect the requests.
#[tokio::test(flavor = "multi_thread")]
async fn pool_id_in_part_is_rejected() {
    let pool = full_pool().await;
    let wanted = Wanted::of(&pool, "apply-redirect", |pool| {
        pool["settings"]["UserPoolId"] = json!("eu-west-1_Other0001");
    })
    .await;
    let ran = wanted.apply(&pool, &["--yes"]).await;
    ran.check(2, "settings has a UserPoolId");
}

/// AWS accepts no risk configuration without threat protection.
#[tokio::test(flavor = "multi_thread")]
async fn threat_protection_is_turned_off_and_on() {
    let pool = full_pool().await;
    let wanted = Wanted::of(&pool, "apply-threats", |pool| {
        pool["settings"]["UserPoolAddOns"]["AdvancedSecurityMode"] = json!("OFF");
    })
    .await;
    wanted.check_applied(&pool, &["--prune"]).await;
    assert_eq!(pool.emulator.calls("SetRiskConfiguration"), 0);
    let mut document = read(&wanted.file);
    let settings = &mut document["pools"][0]["settings"];
    settings["UserPoolAddOns"]["AdvancedSecurityMode"] = json!("ENFORCED");
    write(&wanted.file, &document);
    wanted.check_applied(&pool, &["--prune"]).await;
}

/// `pool export` writes such an attribute with the prefix, and the emulator starts with the file.
#[tokio::test(flavor = "multi_thread")]
async fn seed_keeps_custom_attribute_with_standard_name() {
    let attribute = json!({ "Name": "custom:locale", "AttributeDataType": "String" });
    let settings = json!({ "PoolName": "shop", "Schema": [attribute] });
    let seed = json!({ "pools": [{ "id": "eu-west-1_Prod00001", "settings": settings }] });
    let pool = started(&seed).await;
    let schema = described(&pool).await["SchemaAttributes"].to_string();
    assert!(schema.contains("\"custom:locale\""), "{schema}");
}
