//! `cognito client list` and `cognito client show`.

use cognito_emulator::Fault;
use serde_json::Value;

use crate::pool_fixture::{SECRET, full_pool};

#[tokio::test(flavor = "multi_thread")]
async fn client_list_masks_secrets() {
    let pool = full_pool().await;
    let ran = pool.run(&["client", "list", "--output", "csv"]).await;
    ran.check(0, "");
    let flows = "ALLOW_USER_PASSWORD_AUTH ALLOW_USER_SRP_AUTH code";
    let default = "ALLOW_CUSTOM_AUTH ALLOW_REFRESH_TOKEN_AUTH ALLOW_USER_SRP_AUTH";
    let csv =
        format!("id,name,secret,flows\nappclient1,app,,{default}\nwebclient1,web,***,{flows}\n");
    assert_eq!(ran.stdout, csv);
    let ran = pool
        .run(&["client", "list", "--reveal", "--output", "ndjson"])
        .await;
    assert!(ran.stdout.contains(SECRET), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn client_show_masks_secret_and_lists_ids() {
    let pool = full_pool().await;
    let show = ["client", "show", "webclient1", "--output", "json"];
    let ran = pool.run(&show).await;
    ran.check(0, "");
    let client: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(client["ClientSecret"], "***");
    assert_eq!(client["ClientSecretIds"].as_array().map(Vec::len), Some(1));
    assert_eq!(client["ClientName"], "web");
    let ran = pool.run(&[&show[..], &["--reveal"]].concat()).await;
    assert!(ran.stdout.contains(SECRET), "{ran:?}");
    pool.run(&["client", "show", "nobody"])
        .await
        .check(1, "DescribeUserPoolClient");
}

#[tokio::test(flavor = "multi_thread")]
async fn client_commands_report_permission_and_throttling() {
    let pool = full_pool().await;
    let denied = Fault::error("DescribeUserPoolClient", "AccessDeniedException", "denied");
    pool.emulator.inject(denied).unwrap();
    for command in [&["client", "list"][..], &["client", "show", "webclient1"]] {
        let ran = pool.run(command).await;
        ran.check(3, "cognito-idp:DescribeUserPoolClient");
    }
    pool.emulator.clear_faults();
    let text = "Rate exceeded";
    let throttled = Fault::error("ListUserPoolClients", "TooManyRequestsException", text);
    pool.emulator.inject(throttled).unwrap();
    let ran = pool.run(&["client", "list", "--max-retries", "0"]).await;
    ran.check(4, "ListUserPoolClients");
}
