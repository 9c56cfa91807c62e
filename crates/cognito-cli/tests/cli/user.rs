//! `cognito user`.

use cognito::account::{FactorChange, MfaPreference};
use cognito_emulator::{Fault, MfaMode};

use crate::support::{Pool, run, without_pool};

#[tokio::test(flavor = "multi_thread")]
async fn show_prints_user_with_groups() {
    let pool = Pool::with_ann().await;
    pool.emulator.create_group("admins");
    pool.emulator.create_group("editors");
    for group in ["editors", "admins"] {
        let added = pool.emulator.add_user_to_group("ann@example.com", group);
        added.unwrap();
    }
    let shown = pool.run(&["user", "show", "ann@example.com"]).await;
    shown.check(0, "");
    for part in ["CONFIRMED", "admins editors", "a***@***", "A***"] {
        assert!(shown.stdout.contains(part), "{shown:?}");
    }
    assert!(!shown.stdout.contains("example.com"), "{shown:?}");

    let json = [
        "user",
        "show",
        "ann@example.com",
        "--output",
        "ndjson",
        "--reveal",
    ];
    let shown = pool.run(&json).await;
    let (start, rest) = shown.stdout.split_once("\"sub\":").unwrap();
    assert!(start.starts_with("{\"username\":\""), "{shown:?}");
    let (_, rest) = rest.split_once("\"status\":").unwrap();
    assert!(rest.starts_with("\"CONFIRMED\",\"enabled\":true,\"created\":\""));
    assert!(rest.contains(
        "\"attributes\":{\"email\":\"ann@example.com\",\"email_verified\":\"true\",\
         \"name\":\"Ann\"},\"groups\":[\"admins\",\"editors\"]}"
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn show_rejects_unknown_user_and_wrong_usage() {
    let pool = Pool::start().await;
    let unknown = pool.run(&["user", "show", "eve@example.com"]).await;
    unknown.check(1, "AdminGetUser");
    assert_eq!(unknown.stdout, "");
    pool.run(&["user", "show"])
        .await
        .check(2, "Usage: cognito user show");
    pool.run(&["user", "show", ""]).await.check(2, "");
    run(without_pool(&["user", "show", "ann"]))
        .await
        .check(2, "add --pool ID");
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_permission_names_iam_action() {
    let pool = Pool::with_ann().await;
    let denied = Fault::error("AdminGetUser", "AccessDeniedException", "not authorized");
    pool.emulator.inject(denied).unwrap();
    let shown = pool.run(&["user", "show", "ann@example.com"]).await;
    shown.check(3, "the IAM action cognito-idp:AdminGetUser");
}

#[tokio::test(flavor = "multi_thread")]
async fn throttled_request_is_repeated() {
    let pool = Pool::with_ann().await;
    let throttled = || Fault::error("AdminGetUser", "TooManyRequestsException", "Rate exceeded");
    pool.emulator.inject(throttled().times(2)).unwrap();
    let shown = pool.run(&["user", "show", "ann@example.com"]).await;
    shown.check(0, "");
    assert_eq!(pool.emulator.calls("AdminGetUser"), 3);

    pool.emulator.inject(throttled()).unwrap();
    let arguments = ["user", "show", "ann@example.com", "--max-retries", "1"];
    pool.run(&arguments).await.check(4, "AdminGetUser");
    assert_eq!(pool.emulator.calls("AdminGetUser"), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_need_confirmation() {
    let pool = Pool::with_ann().await;
    for (command, operation) in [
        ("sign-out", "AdminUserGlobalSignOut"),
        ("reset-password", "AdminResetUserPassword"),
    ] {
        let arguments = ["user", command, "ann@example.com"];
        pool.run(&arguments).await.check(2, "add --yes");
        let dry = pool
            .run(&[&arguments[..], &["--dry-run", "--yes"]].concat())
            .await;
        dry.check(0, "dry run");
        assert_eq!(pool.emulator.calls(operation), 0, "{command}");
        pool.run(&[&arguments[..], &["--yes"]].concat())
            .await
            .check(0, "the ");
        assert_eq!(pool.emulator.calls(operation), 1, "{command}");
    }
    let code = pool.emulator.inbox().latest_code("ann@example.com");
    assert!(code.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn reset_mfa_removes_second_factors() {
    let pool = Pool::with_phone().await;
    let before = pool.emulator.calls("AdminSetUserMFAPreference");
    let arguments = ["user", "reset-mfa", "ann@example.com", "--yes"];
    let removed = pool.run(&arguments).await;
    removed.check(0, "turned off SMS_MFA");
    removed.check(0, "remembered devices are not changed");
    assert!(!removed.stderr.contains("passkey"), "{removed:?}");
    let again = pool.run(&arguments).await;
    again.check(0, "no second factor was turned on");
    let after = pool.emulator.calls("AdminSetUserMFAPreference");
    assert_eq!(after - before, 1);
    assert_eq!(pool.emulator.calls("AdminDeleteSoftwareToken"), 2);
}

/// Returns whether an authenticator app is set up for Ann: Cognito turns it on only then.
async fn has_app(pool: &Pool) -> bool {
    let ann = pool.cognito().await.admin().user("ann@example.com");
    let on = MfaPreference::new().totp(FactorChange::On);
    ann.set_mfa_preference(on).await.is_ok()
}

/// The command also deletes an app that is set up and turned off, for example by an earlier run that
/// failed in between.
#[tokio::test(flavor = "multi_thread")]
async fn reset_mfa_deletes_app_after_failure() {
    let pool = Pool::start_with(|emulator| emulator.mfa(MfaMode::Optional)).await;
    pool.create("ann@example.com", &[]);
    pool.set_up_app("ann@example.com").await;
    assert!(has_app(&pool).await);
    let denied = Fault::error("AdminDeleteSoftwareToken", "AccessDeniedException", "no");
    pool.emulator.inject(denied.times(1)).unwrap();
    let arguments = ["user", "reset-mfa", "ann@example.com", "--yes"];
    pool.run(&arguments)
        .await
        .check(3, "AdminDeleteSoftwareToken");
    pool.run(&arguments).await.check(0, "is deleted");
    assert!(!has_app(&pool).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn events_need_threat_protection() {
    let pool = Pool::with_ann().await;
    let arguments = ["user", "events", "ann@example.com"];
    pool.run(&arguments)
        .await
        .check(1, "AdminListUserAuthEvents");
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_listed_without_addresses() {
    let pool = Pool::with_sign_in().await;
    let arguments = ["user", "events", "ann@example.com", "--output", "csv"];
    let listed = pool.run(&arguments).await;
    listed.check(0, "");
    let lines: Vec<&str> = listed.stdout.lines().collect();
    assert_eq!(
        lines[0],
        "id,time,action,outcome,risk,decision,country,address,device"
    );
    assert!(lines[1].contains(",SignIn,Pass,"), "{listed:?}");
    assert!(lines[1].ends_with(",,"), "{listed:?}");
    let revealed = pool.run(&[&arguments[..], &["--reveal"]].concat()).await;
    assert!(revealed.stdout.contains("127.0.0.1"), "{revealed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_have_no_control_characters() {
    let pool = Pool::with_ann().await;
    let ran = pool
        .run(&["users", "export", "/nowhere/\u{1b}\u{202e}", "--resume"])
        .await;
    assert!(!ran.stderr.contains(['\u{1b}', '\u{202e}']), "{ran:?}");
    assert!(ran.stderr.contains("\\u{202e}"), "{ran:?}");
}
