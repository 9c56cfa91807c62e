//! `cognito users import --by job`, and `users export --format import-job`.

use std::fs;

use cognito_emulator::Fault;
use serde_json::json;

use crate::import::{check, groups, import, plain, results, user, write};
use crate::support::{Folder, Pool};

const JOB: [&str; 4] = [
    "--by",
    "job",
    "--role",
    "arn:aws:iam::123456789012:role/import",
];

/// The example of the AWS developer guide: the hash of `password`.
const BCRYPT: &str = "$2b$10$CtA.Rcu/szzn9U00wpUjOuN3vrgJRZycv4aOzcP3GzqzO8UDPEFq6";

pub(crate) fn job<'a>(options: &[&'a str]) -> Vec<&'a str> {
    [&JOB[..], options].concat()
}

pub(crate) fn users(hash: &str) -> String {
    format!(
        "username,sub,email,email_verified,name,birthdate,groups,enabled,password_hash\n\
         ann,old-ann,ann@example.com,true,\"Smith, Ann \"\"A\"\"\",1985-02-28,g,,{hash}\n\
         bob,old-bob,bob@example.com,true,Bob,,,false,\n"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn job_imports_hashes_groups_and_state() {
    let (pool, folder) = (plain().await, Folder::new("job"));
    let file = write(&folder, "users.csv", &users(BCRYPT));
    let options = job(&["--hashes", "bcrypt", "--create-groups"]);
    let ran = pool.run(&import(&file, &options)).await;
    ran.check(0, "Succeeded, 2 imported, 0 skipped, 0 failed");
    check(&ran, 0, &[("created", 2)]);
    let ann = user(&pool, "ann").await;
    assert_eq!(
        (&ann["UserStatus"], &ann["name"]),
        (&json!("CONFIRMED"), &json!("Smith, Ann \"A\""))
    );
    assert_eq!(groups(&pool, "ann").await, ["g"]);
    let bob = user(&pool, "bob").await;
    assert_eq!(
        (&bob["UserStatus"], &bob["Enabled"]),
        (&json!("RESET_REQUIRED"), &json!(false))
    );
    let results = results(&file);
    assert_eq!(
        (&results[0]["old_sub"], &results[0]["sub"]),
        (&json!("old-ann"), &ann["sub"])
    );
    let journal = fs::read_to_string(folder.path("users.csv.journal")).unwrap();
    for secret in [BCRYPT, "X-Amz-Signature", "ann@"] {
        assert!(
            !journal.contains(secret) && !ran.stderr.contains(secret),
            "{ran:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_job_are_checked() {
    let (pool, folder) = (plain().await, Folder::new("job-rows"));
    let text = format!(
        "username,email,email_verified,name,birthdate,password_hash\n\
         ann,ann@example.com,true,Ann,1985-02-28,{BCRYPT}\n\
         bob,bob@example.com,false,,,\n\
         cat,cat@example.com,true,,,plain\n\
         dan,dan@example.com,true,\"a\nb\",,\n\
         eve,eve@example.com,true,,31.12.1985,\n"
    );
    let file = write(&folder, "users.csv", &text);
    let ran = pool
        .run(&import(&file, &job(&["--hashes", "bcrypt"])))
        .await;
    ran.check(2, "4 wrong rows");
    for (line, start) in ran.stdout.lines().zip([
        "{\"line\":3,\"column\":\"email_verified\",",
        "{\"line\":4,\"column\":\"password_hash\",",
        "{\"line\":5,\"column\":\"name\",\"reason\":\"has a line break",
        "{\"line\":7,\"column\":\"birthdate\",",
    ]) {
        assert!(line.starts_with(start), "{ran:?}");
    }
    assert!(!ran.stdout.contains("plain"), "{ran:?}");
    let ran = pool.run(&import(&file, &["--reveal"])).await;
    ran.check(2, "2 wrong rows");
    assert!(!ran.stdout.contains("$2b$"), "{ran:?}");
    let ran = pool.run(&import(&file, &job(&[]))).await;
    assert!(ran.stdout.contains("needs --hashes ALGORITHM"), "{ran:?}");
    assert_eq!(pool.emulator.calls("CreateUserImportJob"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_options_of_job_are_rejected() {
    let (pool, folder) = (plain().await, Folder::new("job-options"));
    let file = write(&folder, "users.csv", &users(""));
    for (options, message) in [
        (&["--by", "job"][..], "--role"),
        (
            &["--by", "job", "--role", "import"],
            "must be the ARN of a role",
        ),
        (&["--role", JOB[3]], "--role needs --by job"),
        (&["--hashes", "scrypt"], "--hashes needs --by job"),
        (&job(&["--send-invitations"]), "is for --by create"),
        (&job(&["--update-existing"]), "is for --by create"),
        (&job(&["--hashes", "md5"]), "ALGORITHM"),
    ] {
        pool.run(&import(&file, options)).await.check(2, message);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn users_who_exist_are_conflicts_of_job() {
    let (pool, folder) = (plain().await, Folder::new("job-exists"));
    pool.emulator.create_group("g");
    let text = "username\nann\n";
    let first = write(&folder, "first.csv", text);
    check(&pool.run(&import(&first, &[])).await, 0, &[("created", 1)]);
    let file = write(&folder, "users.csv", &users(""));
    let ran = pool.run(&import(&file, &job(&[]))).await;
    ran.check(1, "1 imported, 1 skipped, 0 failed");
    check(&ran, 1, &[("created", 1), ("conflict", 1)]);
}

/// Each step of the job fails once, and the command is run again.
#[tokio::test(flavor = "multi_thread")]
async fn job_is_resumed_after_each_step() {
    let (pool, folder) = (plain().await, Folder::new("job-resumed"));
    pool.emulator.create_group("g");
    let file = write(&folder, "users.csv", &users(BCRYPT));
    let denied =
        |operation: &str| Fault::error(operation, "AccessDeniedException", "denied").times(1);
    let throttled =
        |operation: &str| Fault::error(operation, "TooManyRequestsException", "slow").times(1);
    for (fault, code, message) in [
        (denied("GetCSVHeader"), 3, "cognito-idp:GetCSVHeader"),
        (
            denied("CreateUserImportJob"),
            3,
            "cognito-idp:CreateUserImportJob",
        ),
        (throttled("StartUserImportJob"), 4, "StartUserImportJob"),
        (
            denied("DescribeUserImportJob"),
            3,
            "cognito-idp:DescribeUserImportJob",
        ),
        (throttled("ListUsers"), 4, "ListUsers"),
        (
            denied("AdminAddUserToGroup"),
            3,
            "cognito-idp:AdminAddUserToGroup",
        ),
    ] {
        pool.emulator.inject(fault).unwrap();
        let resume = folder.path("users.csv.journal").exists();
        let resume: &[&str] = if resume { &["--resume"] } else { &[] };
        let options = job(&[&["--hashes", "bcrypt", "--max-retries", "0"], resume].concat());
        pool.run(&import(&file, &options))
            .await
            .check(code, message);
        pool.emulator.clear_faults();
    }
    let options = job(&["--hashes", "bcrypt", "--resume"]);
    let ran = pool.run(&import(&file, &options)).await;
    check(&ran, 0, &[("created", 2)]);
    assert_eq!(groups(&pool, "ann").await, ["g"]);
    let jobs = pool
        .operator("ListUserImportJobs", json!({ "MaxResults": 60 }))
        .await;
    assert_eq!(
        jobs["UserImportJobs"].as_array().unwrap().len(),
        1,
        "{jobs}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_replies_start_one_job() {
    let (pool, folder) = (plain().await, Folder::new("job-lost"));
    pool.emulator.create_group("g");
    let file = write(&folder, "users.csv", &users(BCRYPT));
    for operation in ["CreateUserImportJob", "StartUserImportJob"] {
        pool.emulator
            .inject(Fault::cut(operation).times(1))
            .unwrap();
    }
    let options = job(&["--hashes", "bcrypt"]);
    let ran = pool.run(&import(&file, &options)).await;
    check(&ran, 0, &[("created", 2)]);
    assert_eq!(pool.emulator.calls("CreateUserImportJob"), 1);
    assert_eq!(pool.emulator.calls("StartUserImportJob"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn export_has_form_of_import_job() {
    let (old, new) = (Pool::with_phone().await, Pool::start().await);
    let folder = Folder::new("job-export");
    old.create(
        "bob@example.com",
        &[("name", "B, \"Bob\""), ("birthdate", "1985-02-28")],
    );
    old.create("eve@example.com", &[("name", "two\nlines")]);
    old.create("dan@example.com", &[]);
    old.operator("AdminDisableUser", json!({ "Username": "dan@example.com" }))
        .await;
    let file = folder.path("users.csv");
    let path = file.to_str().unwrap();
    let export = ["users", "export", path, "--format", "import-job", "--mfa"];
    for (options, message) in [
        (&export[..5], "add --mfa"),
        (
            &[&export[..], &["--groups"]].concat(),
            "the file has no groups",
        ),
    ] {
        old.run(options).await.check(2, message);
    }
    let resume = [&export[..], &["--resume"]].concat();
    for options in [&export[..], &resume] {
        old.run(options)
            .await
            .check(1, "2 users cannot be in the file of an import job");
    }
    let text = fs::read_to_string(&file).unwrap();
    let header = text.lines().next().unwrap();
    assert!(header.starts_with("name,given_name,"), "{text}");
    assert!(
        header.ends_with(",cognito:mfa_enabled,cognito:username"),
        "{text}"
    );
    assert!(text.contains("\nB\\, \"Bob\","), "{text}");
    assert!(text.contains(",02/28/1985,"), "{text}");
    assert!(text.contains(",true,ann@example.com\n"), "{text}");
    let left_out = fs::read_to_string(folder.path("users.csv.left-out.ndjson")).unwrap();
    assert!(left_out.contains("has a line break"), "{left_out}");
    assert!(left_out.contains("the user is disabled"), "{left_out}");
    assert!(!left_out.contains("two"), "{left_out}");

    let ran = new.run(&import(&file, &JOB)).await;
    check(&ran, 0, &[("created", 2)]);
    let bob = user(&new, "bob@example.com").await;
    assert_eq!(bob["name"], "B, \"Bob\"");
    let denied = Fault::error("GetCSVHeader", "AccessDeniedException", "denied");
    old.emulator.inject(denied).unwrap();
    let other = folder.path("other.csv");
    let export = [
        "users",
        "export",
        other.to_str().unwrap(),
        "--format",
        "import-job",
        "--mfa",
    ];
    old.run(&export).await.check(3, "cognito-idp:GetCSVHeader");
}

/// The user is created, but cannot be added to the group. Then only this step is repeated.
#[tokio::test(flavor = "multi_thread")]
async fn unfinished_user_of_job_is_finished() {
    let (pool, folder) = (plain().await, Folder::new("job-finish"));
    pool.emulator.create_group("g");
    let file = write(&folder, "users.csv", &users(BCRYPT));
    let fault = Fault::error("AdminAddUserToGroup", "InvalidParameterException", "wrong");
    pool.emulator.inject(fault.times(1)).unwrap();
    let options = job(&["--hashes", "bcrypt"]);
    let ran = pool.run(&import(&file, &options)).await;
    check(&ran, 1, &[("created", 1), ("failed", 1)]);
    let options = job(&["--hashes", "bcrypt", "--resume"]);
    let ran = pool.run(&import(&file, &options)).await;
    check(&ran, 0, &[("created", 2)]);
    assert_eq!(groups(&pool, "ann").await, ["g"]);
    assert_eq!(pool.emulator.calls("CreateUserImportJob"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn job_that_does_not_start_is_given_up() {
    let (pool, folder) = (plain().await, Folder::new("job-starts"));
    pool.emulator.create_group("g");
    let file = write(&folder, "users.csv", &users(""));
    pool.emulator
        .inject(Fault::status("StartUserImportJob", 504))
        .unwrap();
    let options = job(&["--max-retries", "1"]);
    let ran = pool.run(&import(&file, &options)).await;
    ran.check(1, "does not start the import job");
    assert_eq!(pool.emulator.calls("CreateUserImportJob"), 1);
    pool.emulator.clear_faults();
    let ran = pool.run(&import(&file, &job(&["--resume"]))).await;
    check(&ran, 0, &[("created", 2)]);
}
