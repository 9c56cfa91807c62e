//! `cognito pool apply --create`.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use cognito_emulator::{Fault, Request};
use cognito_testkit::FixedClock;
use serde_json::{Value, json};

use crate::pool_fixture::{full_pool, has_secret, read, write};
use crate::support::{Folder, Pool, Ran, run, without_pool};

/// An emulator without the pool of the file, and the file.
struct Creation {
    target: Pool,
    file: PathBuf,
    _folder: Folder,
}

impl Creation {
    /// Exports a pool with all kinds of settings.
    async fn new(test: &str) -> Self {
        Self::with_target(test, Pool::start().await).await
    }

    async fn with_target(test: &str, target: Pool) -> Self {
        let (source, folder) = (full_pool().await, Folder::new(test));
        let sessions = json!({
            "UserSessionTracking": "ENABLED",
            "TokenSession": { "MaxPerUser": 7 },
        });
        source
            .operator("SetUserPoolSessionConfiguration", sessions)
            .await;
        add_managed_login(&source).await;
        let file = folder.path("pool.json");
        let path = file.to_str().unwrap();
        let export = ["pool", "export", path, "--include-secrets"];
        source.run(&export).await.check(0, "");
        Self {
            target,
            file,
            _folder: folder,
        }
    }

    async fn create(&self, rest: &[&str]) -> Ran {
        let path = self.file.to_str().unwrap();
        let fixed = ["pool", "apply", path, "--create", "--output", "ndjson"];
        let region = ["--region", "eu-west-1", "--rate", "500"];
        let mut command = without_pool(&[&fixed[..], &region, rest].concat());
        command.args(["--endpoint-url", self.target.emulator.endpoint()]);
        let ran = run(command).await;
        assert!(!has_secret(&ran.stdout), "{ran:?}");
        ran
    }

    /// Returns the ids of the pools with the name of the file.
    async fn pools(&self) -> Vec<String> {
        let target = "AWSCognitoIdentityProviderService.ListUserPools";
        let fields = json!({ "MaxResults": 60 });
        let list = self.target.signed(target, &fields).await["UserPools"].take();
        let pools = list.as_array().unwrap().iter();
        let named = pools.filter(|pool| pool["Name"] == "shop");
        named
            .map(|pool| pool["Id"].as_str().unwrap().to_owned())
            .collect()
    }

    /// Checks that there is one pool, and that it has the settings of the file.
    async fn check_equal(&self) {
        let pools = self.pools().await;
        let [id] = &*pools else {
            panic!("one pool: {pools:?}");
        };
        let mut command = without_pool(&["pool", "diff", self.file.to_str().unwrap(), id]);
        command.args(["--endpoint-url", self.target.emulator.endpoint()]);
        run(command).await.check(0, "the settings are equal");
        assert!(!self.state().exists());
    }

    /// Returns the path of the state file.
    fn state(&self) -> PathBuf {
        PathBuf::from(format!("{}.creation", self.file.display()))
    }

    /// Creates a pool like another operator, and returns its id.
    async fn create_other(&self, name: &str) -> String {
        let signature = "AWS4-HMAC-SHA256 Credential=test/20231114/eu-west-1/x/aws4_request, \
                         SignedHeaders=host, Signature=0";
        let operation = "AWSCognitoIdentityProviderService.CreateUserPool";
        let request = Request::new("POST", "/")
            .header("x-amz-target", operation)
            .header("authorization", signature)
            .body(json!({ "PoolName": name }).to_string());
        let response = self.target.emulator.respond(request).await.unwrap();
        assert_eq!(response.status(), 200);
        let created: Value = serde_json::from_slice(&response.into_body()).unwrap();
        created["UserPool"]["Id"].as_str().unwrap().to_owned()
    }

    /// Returns the options that select the only pool with the name of the file.
    async fn selected(&self) -> Vec<String> {
        let pools = self.pools().await;
        assert_eq!(pools.len(), 1, "{pools:?}");
        vec!["--yes".to_owned(), "--pool".to_owned(), pools[0].clone()]
    }
}

/// Adds a style, UI customizations, terms and limits of sessions to the app client `web`.
async fn add_managed_login(pool: &Pool) {
    let client = "webclient1";
    let style = json!({
        "ClientId": client,
        "Settings": { "components": { "order": ["b", "a"] } },
        "Assets": [{
            "Category": "PAGE_HEADER_LOGO", "ColorMode": "LIGHT", "Extension": "PNG",
            "Bytes": "iVBORw0KGgo=",
        }],
    });
    pool.operator("CreateManagedLoginBranding", style).await;
    for fields in [
        json!({ "CSS": ".banner-customizable { background: red; }" }),
        json!({ "ClientId": client, "CSS": ".banner-customizable { background: blue; }" }),
    ] {
        pool.operator("SetUICustomization", fields).await;
    }
    for name in ["terms-of-use", "privacy-policy"] {
        let terms = json!({
            "ClientId": client, "TermsName": name, "TermsSource": "LINK", "Enforcement": "NONE",
            "Links": { "cognito:default": format!("https://shop.example.com/{name}") },
        });
        pool.operator("CreateTerms", terms).await;
    }
    let sessions = json!({ "ClientId": client, "SSOSession": { "MaxValidityMinutes": 90 } });
    pool.operator("SetUserPoolClientSessionConfiguration", sessions)
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn exported_pool_is_created_again() {
    let creation = Creation::new("create").await;
    let dry = creation.create(&["--dry-run"]).await;
    dry.check(0, "dry run, not done: creates the pool shop");
    for part in [
        "settings.Policies",
        "sessions.",
        "clients[web]",
        "client_sessions[web]",
        "ui_customizations[pool]",
        "ui_customizations[web]",
        "branding[web]",
        "terms[web]",
        "domains[shop]",
    ] {
        assert!(dry.stdout.contains(part), "{part}: {dry:?}");
    }
    assert!(creation.pools().await.is_empty());
    creation.create(&[]).await.check(2, "--yes");
    let ran = creation.create(&["--yes"]).await;
    ran.check(0, "created the pool eu-west-1_");
    creation.check_equal().await;
    // Another pool with this name is never created.
    let again = creation.create(&["--yes"]).await;
    again.check(2, "a pool with the name shop exists: eu-west-1_");
    assert_eq!(creation.target.emulator.calls("CreateUserPool"), 1);
    let path = creation.file.to_str().unwrap();
    let with_pool = ["pool", "apply", path, "--create"];
    let ran = creation.target.run(&with_pool).await;
    ran.check(2, "remove --pool");
}

/// Each response can be lost, and each run continues where the last one ended.
#[tokio::test(flavor = "multi_thread")]
async fn interrupted_creation_makes_one_pool() {
    let creation = Creation::new("create-resume").await;
    let emulator = &creation.target.emulator;
    let lost = |operation: &str| emulator.inject(Fault::cut(operation).times(1)).unwrap();
    lost("CreateUserPool");
    assert_eq!(creation.create(&["--yes"]).await.code, Some(1));
    assert!(creation.state().exists());
    // The name does not prove that this command has created the pool.
    let ran = creation.create(&["--yes"]).await;
    ran.check(2, "--yes is not enough");
    assert_eq!(emulator.calls("CreateUserPoolClient"), 0);
    let ran = creation.create(&["--dry-run"]).await;
    ran.check(0, "continues with the pool arn:aws:cognito-idp:eu-west-1:");
    let selected = creation.selected().await;
    let selected: Vec<&str> = selected.iter().map(|it| &**it).collect();
    lost("CreateUserPoolClient");
    let ran = creation.create(&selected).await;
    ran.check(1, "continues with the pool arn:aws:cognito-idp:eu-west-1:");
    let text = "Rate exceeded";
    let throttled = Fault::error("CreateGroup", "TooManyRequestsException", text);
    emulator.inject(throttled).unwrap();
    let once = [&selected[..], &["--max-retries", "0"]].concat();
    creation.create(&once).await.check(4, "CreateGroup");
    emulator.clear_faults();
    let ran = creation.create(&selected).await;
    ran.check(0, "created groups[staff]");
    creation.check_equal().await;
    assert_eq!(emulator.calls("CreateUserPoolClient"), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn rejected_creation_adopts_no_pool() {
    let creation = Creation::new("create-rejected").await;
    let emulator = &creation.target.emulator;
    let denied = Fault::error("CreateUserPool", "AccessDeniedException", "denied");
    emulator.inject(denied.times(1)).unwrap();
    let ran = creation.create(&["--yes"]).await;
    ran.check(3, "cognito-idp:CreateUserPool");
    assert!(!creation.state().exists());
    creation.create_other("shop").await;
    let ran = creation.create(&["--yes"]).await;
    ran.check(2, "a pool with the name shop exists: eu-west-1_");
}

/// The state file can come from an attacker.
#[tokio::test(flavor = "multi_thread")]
async fn state_file_redirects_to_no_pool() {
    let creation = Creation::new("create-redirect").await;
    let emulator = &creation.target.emulator;
    let unclear = Fault::status("CreateUserPool", 503).times(1);
    emulator.inject(unclear).unwrap();
    assert_eq!(creation.create(&["--yes"]).await.code, Some(1));
    let id = &*creation.create_other("shop").await;
    let other = &*creation.create_other("payroll").await;
    let selected = ["--yes", "--pool", id];
    let cases: [(&str, u64, &[&str], &str); 5] = [
        (id, 0, &["--yes"], "--yes is not enough"),
        (id, 4_000_000_000, &selected, "the pool is older"),
        (other, 0, &["--yes"], "the pool has another name"),
        ("us-east-1_other", 0, &["--yes"], "in another region"),
        (other, 0, &selected, ", not of "),
    ];
    for (pool, begun, options, expected) in cases {
        let state = json!({
            "region": "eu-west-1", "pool_name": "shop", "begun_at": begun, "pool_id": pool,
        });
        // The mode of the file is kept.
        write(&creation.state(), &state);
        creation.create(options).await.check(2, expected);
    }
    for operation in ["UpdateUserPool", "CreateUserPoolClient"] {
        assert_eq!(emulator.calls(operation), 0, "{operation}");
    }
}

/// A list of AWS can be stale, so the pool of an earlier run is searched several times.
#[tokio::test(flavor = "multi_thread")]
async fn lost_pool_is_searched_again() {
    let creation = Creation::new("create-search").await;
    let emulator = &creation.target.emulator;
    let unclear = Fault::status("CreateUserPool", 503).times(1);
    emulator.inject(unclear).unwrap();
    assert_eq!(creation.create(&["--yes"]).await.code, Some(1));
    assert_eq!(emulator.calls("ListUserPools"), 2);
    let ran = creation.create(&["--yes"]).await;
    ran.check(0, "created the pool eu-west-1_");
    assert_eq!(emulator.calls("ListUserPools"), 9);
    creation.check_equal().await;
}

/// In another account, the pool of the first run would not be found.
#[tokio::test(flavor = "multi_thread")]
async fn creation_continues_only_in_same_account() {
    let creation = Creation::new("create-account").await;
    let emulator = &creation.target.emulator;
    let lost = Fault::cut("CreateUserPool").times(1);
    emulator.inject(lost).unwrap();
    assert_eq!(creation.create(&["--yes"]).await.code, Some(1));
    let mut state: Value = read(&creation.state());
    let account = state["account"].as_str().expect("an account").to_owned();
    assert_eq!(account.len(), 12, "{state}");
    let selected = creation.selected().await;
    let selected: Vec<&str> = selected.iter().map(|it| &**it).collect();
    state["account"] = json!("999999999999");
    write(&creation.state(), &state);
    for options in [&["--dry-run"][..], &selected] {
        let ran = creation.create(options).await;
        let text = format!("999999999999, but the credentials are of the account {account}");
        ran.check(2, &text);
    }
    // The account of the credentials is unknown, because no pool can be read.
    let denied = Fault::error("DescribeUserPool", "AccessDeniedException", "denied");
    emulator.inject(denied).unwrap();
    let ran = creation.create(&selected).await;
    ran.check(2, "the account of the credentials is unknown");
    emulator.clear_faults();
    assert_eq!(emulator.calls("CreateUserPool"), 1);
    state["account"] = json!(account);
    write(&creation.state(), &state);
    creation.create(&selected).await.check(0, "");
    creation.check_equal().await;
}

/// The age of the pool is compared by AWS's clock, here that of an emulator in 2023.
#[tokio::test(flavor = "multi_thread")]
async fn clock_of_host_does_not_matter() {
    let clock = Arc::new(FixedClock::at_unix(1_700_000_000));
    let target = Pool::start_with(|emulator| emulator.clock(Arc::clone(&clock))).await;
    let creation = Creation::with_target("create-clock", target).await;
    let emulator = &creation.target.emulator;
    emulator
        .inject(Fault::cut("CreateUserPool").times(1))
        .unwrap();
    assert_eq!(creation.create(&["--yes"]).await.code, Some(1));
    let state: Value = read(&creation.state());
    assert_eq!(state["begun_at"], 1_700_000_000);
    let selected = creation.selected().await;
    let selected: Vec<&str> = selected.iter().map(|it| &**it).collect();
    let ran = creation.create(&selected).await;
    ran.check(0, "of 2023-11-14T22:13:20.000Z");
}

#[tokio::test(flavor = "multi_thread")]
async fn second_pool_of_name_is_reported() {
    let creation = Creation::new("create-duplicate").await;
    let emulator = &creation.target.emulator;
    let slow = Fault::delay("CreateUserPool", Duration::from_secs(2));
    emulator.inject(slow.times(1)).unwrap();
    let other = async {
        while emulator.calls("CreateUserPool") == 0 {
            tokio::task::yield_now().await;
        }
        creation.create_other("shop").await;
    };
    let (ran, ()) = tokio::join!(creation.create(&["--yes"]), other);
    ran.check(1, "other pools have the name shop too: eu-west-1_");
    assert_eq!(creation.pools().await.len(), 2);
}

/// Managed login is changed part by part, and ids and dates are no settings.
#[tokio::test(flavor = "multi_thread")]
async fn managed_login_is_changed_by_the_file() {
    let (pool, folder) = (full_pool().await, Folder::new("apply-managed-login"));
    let sessions = json!({
        "UserSessionTracking": "ENABLED",
        "TokenSession": { "MaxPerUser": 7 },
    });
    pool.operator("SetUserPoolSessionConfiguration", sessions)
        .await;
    add_managed_login(&pool).await;
    let file = folder.path("pool.json");
    let path = file.to_str().unwrap();
    pool.run(&["pool", "export", path]).await.check(0, "");
    let mut document = read(&file);
    let settings = &mut document["pools"][0];
    let shown = settings.to_string();
    for name in [
        "Date",
        "TermsId",
        "ManagedLoginBrandingId",
        "CSSVersion",
        "ImageUrl",
    ] {
        assert!(!shown.contains(name), "{name}: {shown}");
    }
    let order = &mut settings["branding"][0]["Settings"]["components"]["order"];
    assert_eq!(*order, json!(["b", "a"]));
    *order = json!(["a", "b"]);
    settings["branding"][0]["Assets"][0]["Bytes"] = json!("iVBORw0KGgoA");
    settings["ui_customizations"][0]["CSS"] = json!(".logo-customizable { width: 1px; }");
    let documents = &mut settings["terms"][0]["Documents"];
    documents["terms-of-use"]["Links"]["cognito:default"] = json!("https://shop.example.com/new");
    documents.as_object_mut().unwrap().remove("privacy-policy");
    settings["client_sessions"][1]["SSOSession"]["MaxValidityMinutes"] = json!(60);
    write(&file, &document);
    let fixed = ["pool", "apply", path, "--output", "ndjson"];
    let apply = [&fixed[..], &["--yes", "--rate", "500"]].concat();
    let ran = pool.run(&apply).await;
    ran.check(0, "changed branding[web]");
    assert!(!ran.stdout.contains("iVBORw0KGgo"), "{ran:?}");
    assert!(ran.stdout.contains("(12 characters, SHA-256 "), "{ran:?}");
    pool.run(&apply).await.check(0, "nothing to change");
    for (operation, calls) in [("UpdateTerms", 1), ("DeleteTerms", 0)] {
        assert_eq!(pool.emulator.calls(operation), calls, "{operation}");
    }
    // Parts that the file does not have are deleted with --prune only.
    document["pools"][0]["branding"] = json!([]);
    document["pools"][0]["terms"] = json!([]);
    write(&file, &document);
    let pruned = [&apply[..], &["--prune"]].concat();
    pool.run(&pruned).await.check(0, "deleted branding[web]");
    assert_eq!(pool.emulator.calls("DeleteTerms"), 2);
    pool.run(&pruned).await.check(0, "nothing to change");
}

/// A name that several pools have does not tell which pool an earlier run has created.
#[tokio::test(flavor = "multi_thread")]
async fn ambiguous_creation_changes_nothing() {
    let creation = Creation::new("create-ambiguous").await;
    let emulator = &creation.target.emulator;
    emulator
        .inject(Fault::cut("CreateUserPool").times(1))
        .unwrap();
    assert_eq!(creation.create(&["--yes"]).await.code, Some(1));
    creation.create_other("shop").await;
    let ran = creation.create(&["--yes"]).await;
    ran.check(2, "several pools have the name shop");
    // The state is of another pool.
    let mut document: Value = read(&creation.file);
    document["pools"][0]["settings"]["PoolName"] = json!("other");
    write(&creation.file, &document);
    creation
        .create(&["--yes"])
        .await
        .check(2, "is of the pool shop");
}
