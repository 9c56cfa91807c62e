//! `cognito users find` and `cognito users stats`.

use std::fs;
use std::time::Duration;

use cognito::clock::{Clock, SystemClock};
use cognito_emulator::{Fault, ThreatProtection};
use cognito_testkit::FixedClock;

use crate::support::{Folder, PASSWORD, Pool};

/// Starts an emulator with `ann`, who has a second factor; `bob`, who is disabled and in a group;
/// and `eve`, who is not confirmed.
async fn pool() -> Pool {
    let pool = Pool::with_phone().await;
    pool.create("bob@example.com", &[]);
    pool.emulator.create_group("admins");
    pool.emulator
        .add_user_to_group("bob@example.com", "admins")
        .unwrap();
    let cognito = pool.cognito().await;
    cognito
        .admin()
        .user("bob@example.com")
        .disable()
        .await
        .unwrap();
    cognito.sign_up("eve@example.com", PASSWORD).await.unwrap();
    pool
}

/// Returns the revealed e-mail addresses that the command finds, in alphabetical order.
async fn found(pool: &Pool, options: &[&str]) -> Vec<String> {
    let fixed = ["users", "find", "--output", "csv", "--reveal"];
    let ran = pool.run(&[&fixed[..], options].concat()).await;
    let mut lines = ran.stdout.lines();
    assert_eq!(
        lines.next(),
        Some("username,sub,status,enabled,created,modified,email")
    );
    let emails = lines.map(|line| line.rsplit(',').next().unwrap().to_owned());
    let mut emails: Vec<String> = emails.collect();
    emails.sort();
    ran.check(0, &format!("{} user", emails.len()));
    emails
}

#[tokio::test(flavor = "multi_thread")]
async fn finds_users_by_property() {
    let pool = pool().await;
    let [ann, bob, eve] = ["ann@example.com", "bob@example.com", "eve@example.com"];
    for (options, expected) in [
        (&["--unverified-email"][..], &[eve][..]),
        (&["--no-mfa"], &[bob, eve]),
        (&["--no-mfa", "--disabled"], &[bob]),
        (&["--unconfirmed-older-than", "0s"], &[eve]),
        (&["--unconfirmed-older-than", "30d"], &[]),
        (&["--in-group", "admins"], &[bob]),
        (&["--linked"], &[]),
        (&["--duplicate-email"], &[]),
    ] {
        assert_eq!(found(&pool, options).await, expected, "{options:?}");
    }
    assert!(!found(&pool, &["--no-mfa"]).await.contains(&ann.to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn found_addresses_are_masked() {
    let pool = Pool::with_ann().await;
    let ran = pool
        .run(&["users", "find", "--no-mfa", "--output", "json"])
        .await;
    ran.check(0, "1 user found");
    assert!(ran.stdout.contains("\"email\": \"a***@***\""), "{ran:?}");
    assert!(!ran.stdout.contains("example.com"), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn find_needs_property_and_permission() {
    let pool = Pool::with_ann().await;
    pool.run(&["users", "find"])
        .await
        .check(2, "--unverified-email");
    let group = ["users", "find", "--in-group", "nobody"];
    pool.run(&group)
        .await
        .check(1, "the group or the pool does not exist");
    let age = ["users", "find", "--unconfirmed-older-than", "soon"];
    pool.run(&age).await.check(2, "AGE");
    let denied = Fault::error("AdminGetUserAuthFactors", "AccessDeniedException", "denied");
    pool.emulator.inject(denied).unwrap();
    let ran = pool.run(&["users", "find", "--no-mfa"]).await;
    ran.check(3, "cognito-idp:AdminGetUserAuthFactors");
    let throttled = Fault::error("ListUsers", "TooManyRequestsException", "Rate exceeded");
    pool.emulator.inject(throttled).unwrap();
    let ran = pool
        .run(&["users", "find", "--linked", "--max-retries", "0"])
        .await;
    ran.check(4, "ListUsers");
}

/// Ann and Bob exist for a year. Ann has signed in today, and a stranger has tried to sign in as Bob.
#[tokio::test(flavor = "multi_thread")]
async fn inactive_users_have_no_successful_sign_in() {
    let year = Duration::from_secs(365 * 24 * 3600);
    let clock = FixedClock::new(SystemClock::new().now() - year);
    let moved = clock.clone();
    let protection = ThreatProtection::Enforced;
    let pool =
        Pool::start_with(|emulator| emulator.threat_protection(protection).clock(clock)).await;
    let [ann, bob, eve] = ["ann@example.com", "bob@example.com", "eve@example.com"];
    pool.create(ann, &[]);
    pool.create(bob, &[]);
    moved.advance(year);
    pool.create(eve, &[]);
    let cognito = pool.cognito().await;
    assert!(cognito.login(ann, PASSWORD).await.is_ok());
    assert!(cognito.login(bob, "wrong").await.is_err());
    assert_eq!(found(&pool, &["--inactive", "90d"]).await, [bob]);
    // No request for Eve, who is new.
    assert_eq!(pool.emulator.calls("AdminListUserAuthEvents"), 2);
    assert_eq!(found(&pool, &["--inactive", "0s"]).await, [ann, bob, eve]);
    let none: [&str; 0] = [];
    assert_eq!(
        found(&pool, &["--inactive", "90d", "--disabled"]).await,
        none
    );
    for (code, exception) in [
        (3, "AccessDeniedException"),
        (4, "TooManyRequestsException"),
    ] {
        let fault = Fault::error("AdminListUserAuthEvents", exception, "no");
        pool.emulator.inject(fault).unwrap();
        let arguments = ["users", "find", "--inactive", "90d", "--max-retries", "0"];
        pool.run(&arguments)
            .await
            .check(code, "AdminListUserAuthEvents");
        pool.emulator.clear_faults();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn inactive_users_need_threat_protection() {
    let pool = Pool::with_ann().await;
    let ran = pool.run(&["users", "find", "--inactive", "0s"]).await;
    ran.check(1, "--inactive needs threat protection");
    let age = ["users", "find", "--inactive", "soon"];
    pool.run(&age).await.check(2, "AGE");
}

#[tokio::test(flavor = "multi_thread")]
async fn stats_count_users() {
    let pool = pool().await;
    let ran = pool.run(&["users", "stats", "--output", "csv"]).await;
    ran.check(0, "");
    for line in [
        "property,value,users",
        "e-mail,not verified,1",
        "e-mail,verified,2",
        "enabled,false,1",
        "enabled,true,2",
        "phone,none,2",
        "phone,not verified,1",
        "status,CONFIRMED,2",
        "status,UNCONFIRMED,1",
    ] {
        assert!(
            ran.stdout.lines().any(|found| found == line),
            "{line}: {ran:?}"
        );
    }
    let folder = Folder::new("stats");
    let page = folder.path("users.html");
    let html = page.to_str().unwrap();
    let ran = pool.run(&["users", "stats", "--html", html]).await;
    ran.check(0, "");
    let page = fs::read_to_string(&page).unwrap();
    for part in ["3 users", "CONFIRMED", "<svg", "66 %"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(
        !page.contains("<script") && !page.contains("ann@"),
        "{page}"
    );
    assert!(ran.stdout.starts_with("3 users\n"), "{ran:?}");
    assert!(
        ran.stdout
            .contains("  CONFIRMED                     2  66% █████"),
        "{ran:?}"
    );
}
