//! `cognito users import`.

use std::fs;
use std::path::{Path, PathBuf};

use cognito_emulator::{Fault, Usernames};
use serde_json::{Value, json};

use crate::support::{Folder, PASSWORD, Pool, Ran};

/// Starts an emulator whose users have names that are no addresses.
pub(crate) async fn plain() -> Pool {
    Pool::start_with(|emulator| emulator.usernames(Usernames::Plain)).await
}

/// Returns the arguments of an import without a question, with JSON as its result.
pub(crate) fn import<'a>(file: &'a Path, options: &[&'a str]) -> Vec<&'a str> {
    let fixed = ["users", "import", "--yes", "--output", "ndjson"];
    [&fixed[..], &[file.to_str().unwrap()], options].concat()
}

pub(crate) fn write(folder: &Folder, name: &str, text: &str) -> PathBuf {
    let file = folder.path(name);
    fs::write(&file, text).unwrap();
    file
}

/// Checks the numbers of the outcomes. Outcomes that are not named must be zero.
pub(crate) fn check(ran: &Ran, code: i32, expected: &[(&str, u64)]) {
    ran.check(code, "");
    let summary: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{ran:?}"));
    for (name, count) in summary.as_object().unwrap() {
        let wanted = expected.iter().find(|(wanted, _)| wanted == name);
        assert_eq!(
            *count,
            wanted.map_or(0, |(_, count)| *count),
            "{name}: {ran:?}"
        );
    }
}

/// Returns the lines of the result file.
pub(crate) fn results(file: &Path) -> Vec<Value> {
    let path = format!("{}.result.ndjson", file.display());
    let text = fs::read_to_string(path).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
    lines.collect()
}

/// Returns the value of an attribute of a user, or of `AdminGetUser`.
pub(crate) async fn user(pool: &Pool, name: &str) -> Value {
    let mut user = pool
        .operator("AdminGetUser", json!({ "Username": name }))
        .await;
    for attribute in user["UserAttributes"].take().as_array().unwrap() {
        user[attribute["Name"].as_str().unwrap()] = attribute["Value"].clone();
    }
    user
}

pub(crate) async fn groups(pool: &Pool, name: &str) -> Vec<String> {
    let fields = json!({ "Username": name });
    let groups = pool.operator("AdminListGroupsForUser", fields).await;
    let groups = groups["Groups"].as_array().unwrap().iter();
    let mut names: Vec<String> = groups
        .map(|group| group["GroupName"].as_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

/// Exports a pool with groups, and imports the file into an empty pool.
async fn moved(name: &str) {
    let (old, new, folder) = (
        Pool::with_phone().await,
        Pool::start().await,
        Folder::new(name),
    );
    old.create("bob@example.com", &[("nickname", "=B, \"Bob\"")]);
    old.emulator.create_group("admins");
    for email in ["ann@example.com", "bob@example.com"] {
        old.emulator.add_user_to_group(email, "admins").unwrap();
    }
    old.operator("AdminDisableUser", json!({ "Username": "bob@example.com" }))
        .await;
    let file = folder.path(name);
    let export = ["users", "export", file.to_str().unwrap(), "--groups"];
    old.run(&export).await.check(0, "2 users");

    let options = ["--create-groups", "--confirm-with-random-password"];
    let ran = new.run(&import(&file, &options)).await;
    check(&ran, 0, &[("created", 2)]);
    let ann = user(&new, "ann@example.com").await;
    assert_eq!(ann["UserStatus"], "CONFIRMED", "{ann}");
    assert_eq!(
        (&ann["name"], &ann["phone_number"]),
        (&json!("Ann"), &json!("+4930123456"))
    );
    let bob = user(&new, "bob@example.com").await;
    assert_eq!(bob["nickname"], "=B, \"Bob\"");
    assert_eq!(
        (&ann["Enabled"], &bob["Enabled"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(groups(&new, "bob@example.com").await, ["admins"]);
    assert!(
        new.emulator
            .inbox()
            .latest_code("ann@example.com")
            .is_none()
    );
    let was = user(&old, "ann@example.com").await;
    let result = results(&file)
        .into_iter()
        .find(|result| result["old_sub"] == was["sub"]);
    assert_eq!(result.unwrap()["sub"], ann["sub"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn exports_are_imported_with_groups() {
    moved("users.ndjson").await;
    moved("users.csv").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn foreign_columns_are_mapped() {
    let (pool, folder) = (plain().await, Folder::new("mapped"));
    let text = "\u{feff}Login,Mail,Notes,groups,email_verified\r\n\
                ann,ann@example.com,\"a, \"\"b\"\"\nc\",x,true\r\n";
    let file = write(&folder, "users.csv", text);
    let wrong = pool.run(&import(&file, &[])).await;
    wrong.check(
        2,
        "column 1 in the header is no attribute of the pool: add --map",
    );
    assert!(!wrong.stderr.contains("Login"), "{wrong:?}");
    let options = ["--map", "Login=username", "--map", "Mail=email"];
    let reveal = [&options[..], &["--reveal"]].concat();
    let unknown = pool.run(&import(&file, &reveal)).await;
    unknown.check(2, "--map 'Notes=-'");
    let options = [&options[..], &["--map", "Notes=nickname"]].concat();
    let missing = pool.run(&import(&file, &options)).await;
    missing.check(
        2,
        "the pool has no group x; create it, or add --create-groups",
    );
    assert_eq!(pool.emulator.calls("AdminCreateUser"), 0);
    let options = [&options[..], &["--create-groups", "--send-invitations"]].concat();
    check(
        &pool.run(&import(&file, &options)).await,
        0,
        &[("created", 1)],
    );
    let ann = user(&pool, "ann").await;
    assert_eq!(ann["UserStatus"], "FORCE_CHANGE_PASSWORD");
    assert_eq!(
        (&ann["email_verified"], &ann["nickname"]),
        (&json!("true"), &json!("a, \"b\"\nc"))
    );
    assert_eq!(groups(&pool, "ann").await, ["x"]);
    assert!(!pool.emulator.inbox().is_empty());
}

const WRONG: &str = "username,email,email_verified,status,enabled,groups\n\
                     ann,ann@example.com,true,CONFIRMED,true,\n\
                     bob b,bob,yes,,,\n\
                     ,eve@example.com,,,maybe,\n\
                     dan,,true,EXTERNAL_PROVIDER,,\n\
                     fay,other@example.com,,,,\n\
                     too,few\n\
                     fay,,,,,\n";

#[tokio::test(flavor = "multi_thread")]
async fn wrong_rows_are_listed_and_nothing_sent() {
    let (pool, folder) = (plain().await, Folder::new("wrong-rows"));
    let file = write(&folder, "users.csv", WRONG);
    let ran = pool.run(&import(&file, &[])).await;
    ran.check(2, "nothing was sent: 6 wrong rows, 1 right row");
    let problems: Vec<Value> = ran
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let places: Vec<_> = problems
        .iter()
        .map(|problem| {
            (
                problem["line"].as_u64().unwrap(),
                problem["column"].as_str().unwrap(),
            )
        })
        .collect();
    let expected = [
        (3, "username"),
        (3, "email"),
        (3, "email_verified"),
        (4, "enabled"),
        (5, "email_verified"),
        (5, "status"),
        (6, "username"),
        (7, ""),
        (8, "username"),
    ];
    assert_eq!(places, expected, "{ran:?}");
    let all = format!("{}{}", ran.stdout, ran.stderr);
    for value in ["bob b", "maybe", "other@"] {
        assert!(!all.contains(value), "{ran:?}");
    }
    assert_eq!(problems[6]["reason"], "is also in line 8");
    let revealed = pool.run(&import(&file, &["--reveal"])).await;
    assert!(
        revealed.stdout.contains("\"value\":\"bob b\""),
        "{revealed:?}"
    );
    assert_eq!(pool.emulator.calls("AdminCreateUser"), 0);
    assert!(!folder.path("users.csv.journal").exists());

    let ran = pool.run(&import(&file, &["--skip-invalid"])).await;
    check(&ran, 1, &[("created", 1), ("invalid", 6)]);
    let results = results(&file);
    assert_eq!(results.len(), 10);
    assert_eq!(results[0]["outcome"], "created");
    assert_eq!(
        results[8]["error"],
        "has 2 values, but the header has 6 columns"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_files_and_options_are_rejected() {
    let (pool, folder) = (plain().await, Folder::new("wrong-files"));
    for (name, text, options, message) in [
        ("a.ndjson", "", &[][..], "has no users"),
        ("b.csv", "username\n", &[], "has no users"),
        (
            "c.csv",
            "email\nann@example.com\n",
            &[],
            "no column has the user names",
        ),
        (
            "d.csv",
            "username,email,email\n",
            &[],
            "two columns are email",
        ),
        ("e.csv", "username\n", &["--map", "x=email"], "no column x"),
        (
            "f.ndjson",
            "{}",
            &["--map", "x=email"],
            "--map is for CSV files",
        ),
        (
            "g.csv",
            "username\nann\n",
            &["--map", "x"],
            "must be COLUMN=ATTRIBUTE",
        ),
        ("h.csv", "username\nann\n", &["--resume"], "cannot read"),
        ("i.ndjson", "{\"username\":1}\n", &[], "1 wrong row"),
        ("j.csv", "username\na***\n", &[], "1 wrong row"),
        (
            "k.csv",
            "username\nann\n",
            &["--map", "username=custom:x"],
            "no attribute custom:x",
        ),
    ] {
        let file = write(&folder, name, text);
        let ran = pool.run(&import(&file, options)).await;
        ran.check(2, message);
    }
    let missing = pool.run(&import(&folder.path("none.csv"), &[])).await;
    missing.check(2, "cannot read");
    assert_eq!(pool.emulator.calls("AdminCreateUser"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn changed_export_is_rejected() {
    let (old, folder) = (Pool::with_ann().await, Folder::new("changed-export"));
    let file = folder.path("users.ndjson");
    let export = ["users", "export", file.to_str().unwrap()];
    old.run(&export).await.check(0, "1 user");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.repeat(2)).unwrap();
    let new = Pool::start().await;
    let ran = new.run(&import(&file, &[])).await;
    ran.check(2, "move the manifest away");
}

#[tokio::test(flavor = "multi_thread")]
async fn import_asks_and_honours_dry_run() {
    let (pool, folder) = (plain().await, Folder::new("import-asks"));
    let file = write(&folder, "users.csv", "username\nann\n");
    let arguments = ["users", "import", file.to_str().unwrap()];
    pool.run(&arguments).await.check(2, "add --yes");
    let dry = pool.run(&import(&file, &["--dry-run"])).await;
    dry.check(0, "dry run, not done: imports 1 user");
    assert_eq!(pool.emulator.calls("AdminCreateUser"), 0);
    assert!(!folder.path("users.csv.journal").exists());
    pool.run(&import(&file, &[]))
        .await
        .check(0, "users.csv.result.ndjson");
    let again = pool.run(&import(&file, &[])).await;
    again.check(2, "an import of");
    #[cfg(unix)]
    for name in ["users.csv.journal", "users.csv.result.ndjson"] {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(folder.path(name))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn existing_users_are_conflicts_or_updated() {
    let (pool, folder) = (plain().await, Folder::new("existing"));
    for (name, email) in [("ann", "ann@example.com"), ("bob", "bob@example.com")] {
        let email = [("email", email), ("nickname", "old")];
        pool.emulator.create_user(name, PASSWORD, &email).unwrap();
    }
    pool.emulator.create_group("g");
    let text = "username,email,email_verified,nickname,groups,enabled\n\
                ann,ann@example.com,true,new,g,false\n\
                bob,BOB@example.com,true,old,,\n\
                eve,eve@example.com,true,new,,\n";
    let file = write(&folder, "users.csv", text);
    let ran = pool.run(&import(&file, &[])).await;
    check(&ran, 1, &[("created", 1), ("conflict", 2)]);
    assert_eq!(user(&pool, "ann").await["nickname"], "old");
    let conflict = &results(&file)[0];
    assert_eq!(
        conflict["error"],
        "the user exists, and was not created by this import"
    );

    let resume = ["--resume", "--update-existing"];
    let ran = pool.run(&import(&file, &resume)).await;
    check(&ran, 0, &[("created", 1), ("updated", 1), ("unchanged", 1)]);
    let ann = user(&pool, "ann").await;
    assert_eq!(
        (&ann["nickname"], &ann["Enabled"]),
        (&json!("new"), &json!(true))
    );
    assert_eq!(ann["UserStatus"], "CONFIRMED");
    assert_eq!(groups(&pool, "ann").await, ["g"]);
    assert_eq!(pool.emulator.calls("AdminCreateUser"), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn address_of_another_user_is_conflict() {
    let (pool, folder) = (Pool::with_ann().await, Folder::new("address"));
    pool.operator(
        "AdminUpdateUserAttributes",
        json!({ "Username": "ann@example.com", "UserAttributes": [
            { "Name": "phone_number", "Value": "+4930123456" },
        ] }),
    )
    .await;
    let text = "email,phone_number\nANN@example.com,\nbob@example.com,+4930123456\n";
    let file = write(&folder, "users.csv", text);
    let ran = pool.run(&import(&file, &[])).await;
    // The emulator's pool has only e-mail addresses as names.
    ran.check(1, "");
    assert_eq!(results(&file)[0]["outcome"], "conflict", "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn import_names_missing_permission() {
    let (pool, folder) = (plain().await, Folder::new("import-denied"));
    pool.emulator.create_group("g");
    let text = "username,enabled,status,groups\nann,false,CONFIRMED,g\n";
    let file = write(&folder, "users.csv", text);
    let confirm = "--confirm-with-random-password";
    for operation in [
        "DescribeUserPool",
        "ListGroups",
        "AdminCreateUser",
        "AdminDisableUser",
        "AdminSetUserPassword",
        "AdminAddUserToGroup",
    ] {
        let denied = Fault::error(operation, "AccessDeniedException", "denied");
        pool.emulator.inject(denied.times(1)).unwrap();
        let resume = folder.path("users.csv.journal").exists();
        let options: &[&str] = if resume {
            &[confirm, "--resume"]
        } else {
            &[confirm]
        };
        let ran = pool.run(&import(&file, options)).await;
        ran.check(3, &format!("the IAM action cognito-idp:{operation}"));
    }
    let ran = pool.run(&import(&file, &[confirm, "--resume"])).await;
    check(&ran, 0, &[("created", 1)]);
    assert_eq!(pool.emulator.calls("AdminCreateUser"), 2);
    assert_eq!(user(&pool, "ann").await["UserStatus"], "CONFIRMED");
}

/// The response is lost, so the invitation may not have been sent. Disabled users get none.
#[tokio::test(flavor = "multi_thread")]
async fn invitation_is_sent_again_after_lost_reply() {
    let (pool, folder) = (plain().await, Folder::new("invited"));
    let text = "username,email,enabled\nann,ann@example.com,\nbob,bob@example.com,false\n";
    let file = write(&folder, "users.csv", text);
    let random = ["--send-invitations", "--confirm-with-random-password"];
    let both = pool.run(&import(&file, &random)).await;
    both.check(2, "cannot be used with");
    pool.emulator
        .inject(Fault::cut("AdminCreateUser").times(1))
        .unwrap();
    let options = ["--send-invitations", "--concurrency", "1"];
    let ran = pool.run(&import(&file, &options)).await;
    check(&ran, 0, &[("created", 2)]);
    // One request for each user, and the invitation of Ann again.
    assert_eq!(pool.emulator.calls("AdminCreateUser"), 3);
    let inbox = pool.emulator.inbox();
    assert!(inbox.latest_code("bob@example.com").is_none());
    assert!(!inbox.is_empty());
}

/// A definite rejection leaves no doubt: a user who signs up later is not the user of the import.
#[tokio::test(flavor = "multi_thread")]
async fn rejected_request_adopts_no_later_user() {
    let (pool, folder) = (plain().await, Folder::new("rejected"));
    let file = write(&folder, "users.csv", "username\nann\n");
    let fault = Fault::error("AdminCreateUser", "InvalidParameterException", "wrong");
    pool.emulator.inject(fault.times(1)).unwrap();
    check(&pool.run(&import(&file, &[])).await, 1, &[("failed", 1)]);
    pool.operator("AdminCreateUser", json!({ "Username": "ann" }))
        .await;
    let ran = pool.run(&import(&file, &["--resume"])).await;
    check(&ran, 1, &[("conflict", 1)]);
}
