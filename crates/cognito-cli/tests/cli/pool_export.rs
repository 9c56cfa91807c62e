//! `cognito pool export`.

use std::process::Stdio;
use std::time::Duration;

use cognito_emulator::{Client, Emulator, Fault};
use serde_json::json;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Child;

use crate::pool_fixture::{full_pool, has_secret, read, seed, started, write};
use crate::support::{Folder, Pool, run, without_pool};

#[tokio::test(flavor = "multi_thread")]
async fn export_has_all_settings_and_no_secrets() {
    let (pool, folder) = (full_pool().await, Folder::new("pool-export"));
    let ran = pool.run(&["pool", "export"]).await;
    ran.check(0, "");
    assert!(!has_secret(&ran.stdout), "{ran:?}");
    let exported: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let (exported, seed) = (&exported["pools"][0], &seed()["pools"][0]);
    for section in [
        "domains",
        "log_delivery",
        "resource_servers",
        "groups",
        "mfa",
    ] {
        assert_eq!(exported[section], seed[section], "{section}");
    }
    let risks = exported["risk_configurations"].as_array().unwrap();
    assert_eq!(risks.len(), 2, "{risks:?}");
    let details = &exported["identity_providers"][0]["ProviderDetails"];
    assert_eq!(details["client_secret"], "(left out)");
    let web = &exported["clients"][1];
    assert_eq!(web["secrets"], json!(["(left out)"]));
    let callbacks = &web["settings"]["CallbackURLs"];
    let sorted = json!(["https://shop.example.com/a", "https://shop.example.com/b"]);
    assert_eq!(*callbacks, sorted);
    assert_eq!(exported["settings"]["Schema"][0]["Name"], "plan");
    for name in ["Date", "EstimatedNumberOfUsers", "\"Arn\""] {
        assert!(!ran.stdout.contains(name), "{name}: {ran:?}");
    }
    // A second export, to a file, has the same content.
    let file = folder.path("pool.json");
    let again = pool.run(&["pool", "export", file.to_str().unwrap()]).await;
    again.check(0, "has the settings");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), ran.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn emulator_starts_with_export() {
    let (pool, folder) = (full_pool().await, Folder::new("pool-export-seed"));
    let file = folder.path("pool.json");
    let path = file.to_str().unwrap();
    let exported = ["pool", "export", path, "--include-secrets"];
    pool.run(&exported).await.check(0, "");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    assert!(has_secret(&std::fs::read_to_string(&file).unwrap()));
    let mut document = read(&file);
    // AWS can have settings that are newer than the emulator.
    document["pools"][0]["settings"]["NewerSetting"] = json!({ "A": 1 });
    let copy = started(&document).await;
    document["pools"][0]["settings"]["NewerSetting"].take();
    write(&file, &document);
    let ran = copy
        .run(&["pool", "diff", path, "eu-west-1_Staging1"])
        .await;
    ran.check(0, "the settings are equal");
}

#[tokio::test(flavor = "multi_thread")]
async fn export_reports_missing_permission_and_throttling() {
    let (pool, folder) = (full_pool().await, Folder::new("pool-export-denied"));
    let file = folder.path("pool.json");
    let export = [
        "pool",
        "export",
        file.to_str().unwrap(),
        "--max-retries",
        "1",
    ];
    let denied = Fault::error(
        "DescribeIdentityProvider",
        "AccessDeniedException",
        "denied",
    );
    pool.emulator.inject(denied).unwrap();
    let ran = pool.run(&export).await;
    ran.check(3, "cognito-idp:DescribeIdentityProvider");
    pool.emulator.clear_faults();
    let throttled = |times| {
        let text = "Rate exceeded";
        Fault::error("ListGroups", "TooManyRequestsException", text).times(times)
    };
    pool.emulator.inject(throttled(2)).unwrap();
    pool.run(&export).await.check(4, "ListGroups");
    assert!(!file.exists());
    pool.emulator.inject(throttled(1)).unwrap();
    pool.run(&export).await.check(0, "");
    let stdout = ["pool", "export", "--include-secrets"];
    pool.run(&stdout).await.check(2, "<FILE>");
}

/// A description could be chosen to change the terminal of the operator.
#[tokio::test(flavor = "multi_thread")]
async fn export_has_no_invisible_characters() {
    let mut seed = seed();
    seed["pools"][0]["groups"][0]["description"] = json!("a\u{202e}\u{9b}b");
    let pool = started(&seed).await;
    let ran = pool.run(&["pool", "export"]).await;
    ran.check(0, "");
    assert!(ran.stdout.contains("a\\u202e\\u009bb"), "{ran:?}");
}

/// Starts `cognito emulator` with these options. Returns the process and the endpoint.
async fn emulator(options: &[&str]) -> (Child, String) {
    let mut command = without_pool(&[&["emulator", "--port", "0"], options].concat());
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    while let Some(line) = lines.next_line().await.unwrap() {
        if let Some(endpoint) = line.strip_prefix("export AWS_ENDPOINT_URL_SSM=") {
            return (child, endpoint.to_owned());
        }
    }
    panic!("the emulator does not start");
}

#[tokio::test(flavor = "multi_thread")]
async fn export_of_default_emulator_is_seed() {
    let folder = Folder::new("pool-export-default");
    let file = folder.path("pool.json");
    let path = file.to_str().unwrap();
    let (_first, endpoint) = emulator(&[]).await;
    let pool = ["--endpoint-url", &endpoint, "--pool", "us-east-1_EmuPool01"];
    let export = [&pool[..], &["pool", "export", path]].concat();
    run(without_pool(&export)).await.check(0, "");
    let (_second, endpoint) = emulator(&["--seed", path]).await;
    let pool = ["--endpoint-url", &endpoint, "--pool", "us-east-1_EmuPool01"];
    let diff = [&pool[..], &["pool", "diff", path, pool[3]]].concat();
    run(without_pool(&diff))
        .await
        .check(0, "the settings are equal");
}

/// With rotation, AWS does not allow `ALLOW_REFRESH_TOKEN_AUTH`.
#[tokio::test(flavor = "multi_thread")]
async fn export_with_rotation_is_seed() {
    let folder = Folder::new("pool-export-rotation");
    let file = folder.path("pool.json");
    let client = Client::new("rotates").refresh_rotation(Duration::from_secs(10));
    let emulator = Emulator::builder().client(client).start().await;
    let pool = Pool {
        emulator: emulator.unwrap(),
    };
    let export = ["pool", "export", file.to_str().unwrap()];
    pool.run(&export).await.check(0, "");
    started(&read(&file)).await;
}
