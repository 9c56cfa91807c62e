//! `cognito users bulk`.

use std::fs;
use std::path::Path;

use cognito_emulator::Fault;

use crate::support::{Folder, Pool};

/// Starts an emulator with the users `u0@example.com` and so on. `u0` is disabled.
async fn pool(count: usize) -> Pool {
    let pool = Pool::start().await;
    for number in 0..count {
        pool.create(&format!("u{number}@example.com"), &[]);
    }
    let cognito = pool.cognito().await;
    cognito
        .admin()
        .user("u0@example.com")
        .disable()
        .await
        .unwrap();
    pool
}

async fn enabled(pool: &Pool, count: usize) -> Vec<bool> {
    let admin = pool.cognito().await.admin();
    let mut enabled = Vec::new();
    for number in 0..count {
        let user = admin.user(format!("u{number}@example.com"));
        enabled.push(user.details().await.unwrap().enabled);
    }
    enabled
}

fn bulk<'a>(journal: &'a Path, rest: &[&'a str]) -> Vec<&'a str> {
    let fixed = ["users", "bulk", "--yes", "--output", "ndjson", "--journal"];
    [&fixed[..], &[journal.to_str().unwrap()], rest].concat()
}

fn outcome(changed: u32, unchanged: u32, failed: u32, pending: u32) -> String {
    format!(
        "{{\"changed\":{changed},\"unchanged\":{unchanged},\"failed\":{failed},\
         \"pending\":{pending}}}\n"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn disable_is_undone_for_changed_users() {
    let (pool, folder) = (pool(3).await, Folder::new("disable"));
    let (journal, undo) = (folder.path("journal"), folder.path("journal.undo.ndjson"));
    let all = ["disable", "--filter", "email^=u"];
    let dry = pool
        .run(&bulk(&journal, &[&all[..], &["--dry-run"]].concat()))
        .await;
    dry.check(0, "dry run, not done: disables 3 users");
    assert!(!journal.exists());
    let ran = pool.run(&bulk(&journal, &all)).await;
    ran.check(0, "users bulk enable --file");
    assert_eq!(ran.stdout, outcome(2, 1, 0, 0));
    assert_eq!(enabled(&pool, 3).await, [false; 3]);

    let second = folder.path("second");
    let ran = pool
        .run(&bulk(
            &second,
            &["enable", "--file", undo.to_str().unwrap()],
        ))
        .await;
    assert_eq!(ran.stdout, outcome(2, 0, 0, 0), "{ran:?}");
    assert_eq!(enabled(&pool, 3).await, [false, true, true]);
}

#[tokio::test(flavor = "multi_thread")]
async fn attributes_and_groups_are_undone() {
    let (pool, folder) = (pool(2).await, Folder::new("attributes"));
    let file = folder.path("users.ndjson");
    fs::write(
        &file,
        "{\"username\":\"u0@example.com\"}\n\n{\"username\":\"u1@example.com\"}\n",
    )
    .unwrap();
    let file = file.to_str().unwrap();
    pool.emulator.create_group("g");
    let group = ["--group", "g", "--file", file];
    let journal = folder.path("group");
    for (action, expected) in [("add-to-group", 2), ("remove-from-group", 0)] {
        let journal = folder.path(action);
        let ran = pool
            .run(&bulk(&journal, &[&[action][..], &group].concat()))
            .await;
        assert_eq!(ran.stdout, outcome(2, 0, 0, 0), "{ran:?}");
        let members = pool
            .cognito()
            .await
            .admin()
            .group("g")
            .users()
            .await
            .unwrap();
        assert_eq!(members.users.len(), expected);
    }
    let set = ["set-attribute", "--attribute", "nickname=N", "--file", file];
    let ran = pool.run(&bulk(&journal, &set)).await;
    assert_eq!(ran.stdout, outcome(2, 0, 0, 0), "{ran:?}");
    let undo = folder.path("group.undo.ndjson");
    let set = [
        "set-attribute",
        "--attribute",
        "nickname",
        "--file",
        undo.to_str().unwrap(),
    ];
    let ran = pool.run(&bulk(&folder.path("undone"), &set)).await;
    assert_eq!(ran.stdout, outcome(2, 0, 0, 0), "{ran:?}");
    let user = pool.cognito().await.admin().user("u1@example.com");
    let nickname = user.details().await.unwrap().attributes;
    assert_eq!(nickname.value("nickname").unwrap_or_default(), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn failed_users_are_repeated() {
    let (pool, folder) = (pool(3).await, Folder::new("failed"));
    let journal = folder.path("journal");
    let file = folder.path("users.txt");
    fs::write(
        &file,
        "u1@example.com\nnobody@example.com\nu2@example.com\n",
    )
    .unwrap();
    let delete = ["delete", "--file", file.to_str().unwrap()];
    let lost = Fault::cut("AdminDeleteUser").times(1);
    pool.emulator.inject(lost).unwrap();
    let ran = pool.run(&bulk(&journal, &delete)).await;
    ran.check(1, "");
    assert_eq!(ran.stdout, outcome(1, 0, 2, 0), "{ran:?}");
    pool.run(&bulk(&journal, &delete))
        .await
        .check(2, "already exists");
    // The lost response belongs to a user who is deleted. The unknown user still fails.
    let ran = pool.run(&bulk(&journal, &["delete", "--resume"])).await;
    assert_eq!(ran.stdout, outcome(2, 0, 1, 0), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn interrupted_change_is_resumed() {
    let (pool, folder) = (pool(6).await, Folder::new("resumed"));
    let journal = folder.path("journal");
    let all = ["disable", "--filter", "status=Enabled"];
    let throttled = Fault::error(
        "AdminDisableUser",
        "TooManyRequestsException",
        "Rate exceeded",
    );
    pool.emulator.inject(throttled).unwrap();
    let once = [&all[..], &["--max-retries", "0"]].concat();
    pool.run(&bulk(&journal, &once))
        .await
        .check(4, "AdminDisableUser");
    // A kill cut the last line off.
    let mut text = fs::read(&journal).unwrap();
    text.extend_from_slice(b"{\"entry\":\"outc");
    fs::write(&journal, text).unwrap();
    pool.emulator.clear_faults();
    let resume = ["disable", "--resume", "--rate", "200"];
    let other = ["enable", "--resume"];
    pool.run(&bulk(&journal, &other))
        .await
        .check(2, "another change");
    let ran = pool.run(&bulk(&journal, &resume)).await;
    assert_eq!(ran.stdout, outcome(5, 0, 0, 0), "{ran:?}");
    assert_eq!(enabled(&pool, 6).await, [false; 6]);
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_changes_are_rejected() {
    let (pool, folder) = (pool(1).await, Folder::new("rejected"));
    let (journal, file) = (folder.path("journal"), folder.path("users.ndjson"));
    fs::write(&file, "{\"username\":\"u0\"}\n{\"name\":1}\n").unwrap();
    let file = file.to_str().unwrap();
    for (arguments, message) in [
        (&["disable"][..], "--file"),
        (&["add-to-group", "--file", file], "--group"),
        (&["set-attribute", "--file", file], "--attribute"),
        (&["disable", "--file", file], "line 2"),
        (
            &[
                "set-attribute",
                "--attribute",
                "nickname",
                "--filter",
                "email^=u",
            ],
            "no value",
        ),
        (&["disable", "--resume"], "cannot read"),
    ] {
        pool.run(&bulk(&journal, arguments)).await.check(2, message);
    }
    let denied = Fault::error("AdminGetUser", "AccessDeniedException", "denied");
    pool.emulator.inject(denied).unwrap();
    let ran = pool
        .run(&bulk(&journal, &["enable", "--filter", "email^=u"]))
        .await;
    ran.check(3, "cognito-idp:AdminGetUser");
}

/// Creates a journal in which no user is done.
async fn begun(pool: &Pool, journal: &Path) {
    let throttled = Fault::error("AdminGetUser", "TooManyRequestsException", "Rate exceeded");
    pool.emulator.inject(throttled).unwrap();
    let all = ["disable", "--filter", "email^=u", "--max-retries", "0"];
    pool.run(&bulk(journal, &all)).await.check(4, "");
    pool.emulator.clear_faults();
}

#[tokio::test(flavor = "multi_thread")]
async fn resume_asks_and_honours_dry_run() {
    let (pool, folder) = (pool(3).await, Folder::new("asks"));
    let journal = folder.path("journal");
    begun(&pool, &journal).await;
    let resume = ["users", "bulk", "disable", "--resume", "--journal"];
    let resume = [&resume[..], &[journal.to_str().unwrap()]].concat();
    let dry = pool.run(&[&resume[..], &["--dry-run"]].concat()).await;
    dry.check(0, "dry run, not done: disables 3 users");
    dry.check(0, pool.emulator.user_pool_id());
    pool.run(&resume).await.check(2, "add --yes");
    assert_eq!(enabled(&pool, 3).await, [false, true, true]);
    pool.run(&bulk(&journal, &["enable", "--resume"]))
        .await
        .check(2, "another change");
    let other = ["disable", "--resume", "--filter", "email^=x"];
    pool.run(&bulk(&journal, &other)).await.check(2, "--filter");
    let ran = pool.run(&bulk(&journal, &["disable", "--resume"])).await;
    assert_eq!(ran.stdout, outcome(2, 1, 0, 0), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn resume_keeps_file_without_journal() {
    let (pool, folder) = (pool(1).await, Folder::new("notes"));
    let file = folder.path("notes.txt");
    let headless = "{\"entry\":\"user\",\"username\":\"u0@example.com\"}\nx";
    for text in ["notes without a line end", "two\nlines", "", headless] {
        fs::write(&file, text).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let others = fs::Permissions::from_mode(0o644);
            fs::set_permissions(&file, others).unwrap();
            let ran = pool.run(&bulk(&file, &["enable", "--resume"])).await;
            ran.check(2, "others can read or change it");
            let own = fs::Permissions::from_mode(0o600);
            fs::set_permissions(&file, own).unwrap();
        }
        let ran = pool.run(&bulk(&file, &["enable", "--resume"])).await;
        ran.check(2, "is not a journal");
        assert_eq!(fs::read_to_string(&file).unwrap(), text);
    }
    assert_eq!(enabled(&pool, 1).await, [false]);
}

#[tokio::test(flavor = "multi_thread")]
async fn user_name_is_not_read_as_json() {
    let (pool, folder) = (pool(2).await, Folder::new("names"));
    let text = "u0@example.com\n{\"username\":\"u1@example.com\"}\n";
    for (name, text, expected, is_enabled) in [
        ("names.txt", text, outcome(0, 1, 1, 0), true),
        ("users.ndjson", &text[15..], outcome(1, 0, 0, 0), false),
    ] {
        let file = folder.path(name);
        fs::write(&file, text).unwrap();
        let disable = ["disable", "--file", file.to_str().unwrap()];
        let journal = folder.path(&format!("{name}.journal"));
        let ran = pool.run(&bulk(&journal, &disable)).await;
        assert_eq!(ran.stdout, expected, "{ran:?}");
        assert_eq!(enabled(&pool, 2).await, [false, is_enabled]);
    }
}

/// The journal would contain whole rows of the export as names.
#[tokio::test(flavor = "multi_thread")]
async fn export_is_not_read_as_names() {
    let (pool, folder) = (pool(1).await, Folder::new("no-names"));
    let journal = folder.path("journal");
    for text in [
        "{\"username\":\"u0@example.com\"}\n",
        "\n \u{feff}{\"username\":\"u0@example.com\"}\n",
        "username,sub,status,enabled,created,modified,email\nu0,,,,,,u0@example.com\n",
        "name,cognito:username,cognito:mfa_enabled\nU,u0,false\n",
    ] {
        let file = folder.path("users.txt");
        fs::write(&file, text).unwrap();
        let disable = ["enable", "--file", file.to_str().unwrap()];
        let ran = pool.run(&bulk(&journal, &disable)).await;
        ran.check(2, "must have a user name in each line");
        assert!(!journal.exists() && !ran.stderr.contains("u0"), "{ran:?}");
    }
    assert_eq!(enabled(&pool, 1).await, [false]);
}

#[tokio::test(flavor = "multi_thread")]
async fn changed_export_is_rejected() {
    let (pool, folder) = (pool(1).await, Folder::new("changed-export"));
    let (journal, file) = (folder.path("journal"), folder.path("users.ndjson"));
    let path = file.to_str().unwrap();
    pool.run(&["users", "export", path]).await.check(0, "");
    let content = fs::read(&file).unwrap();
    fs::write(&file, "{\"username\":\"eve\"}\n").unwrap();
    let enable = ["enable", "--file", path];
    let ran = pool.run(&bulk(&journal, &enable)).await;
    ran.check(2, "is incomplete or was changed");
    assert!(!journal.exists());
    fs::write(&file, content).unwrap();
    let ran = pool.run(&bulk(&journal, &enable)).await;
    assert_eq!(ran.stdout, outcome(1, 0, 0, 0), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn account_with_same_name_is_kept() {
    let (pool, folder) = (pool(2).await, Folder::new("again"));
    let file = folder.path("users.ndjson");
    fs::write(
        &file,
        "{\"username\":\"u1@example.com\",\"sub\":\"another\"}\n",
    )
    .unwrap();
    let delete = ["delete", "--file", file.to_str().unwrap()];
    let ran = pool.run(&bulk(&folder.path("journal"), &delete)).await;
    assert_eq!(ran.stdout, outcome(0, 0, 1, 0), "{ran:?}");
    assert_eq!(enabled(&pool, 2).await, [false, true]);
}

#[tokio::test(flavor = "multi_thread")]
async fn user_with_two_names_is_changed_once() {
    let (pool, folder) = (pool(2).await, Folder::new("aliases"));
    let user = pool.cognito().await.admin().user("u1@example.com");
    let details = user.details().await.unwrap();
    let file = folder.path("users.txt");
    let names = format!("u1@example.com\n{}\n", details.username.as_str());
    fs::write(&file, names).unwrap();
    let reset = ["reset-password", "--file", file.to_str().unwrap()];
    let ran = pool.run(&bulk(&folder.path("journal"), &reset)).await;
    assert_eq!(ran.stdout, outcome(1, 1, 0, 0), "{ran:?}");
    assert_eq!(pool.emulator.calls("AdminResetUserPassword"), 1);
}
