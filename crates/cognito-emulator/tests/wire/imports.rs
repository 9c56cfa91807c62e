//! Import of users from CSV files, with and without password hashes.

mod bounds;
mod hashes;

use std::time::Duration;

use cognito_emulator::{Client, FirstFactor, Usernames};
use serde_json::{Value, json};

use crate::support::{CLIENT, EMAIL, PASSWORD, Pool, Reply, attribute, pool_with};

const ROLE: &str = "arn:aws:iam::123456789012:role/import";
const KMS: (&str, &str) = ("x-amz-server-side-encryption", "aws:kms");

/// A pool whose users choose their names.
async fn pool() -> Pool {
    pool_with(|builder| builder.usernames(Usernames::Plain)).await
}

/// Returns the header of a pool's import files, without custom attributes.
async fn header(pool: &Pool) -> Vec<String> {
    let answer = pool.admin("GetCSVHeader", json!({})).await.ok();
    let header = answer["CSVHeader"].as_array().expect("a list").iter();
    header
        .map(|name| name.as_str().expect("a name").to_owned())
        .collect()
}

/// Returns a file with these users. The other columns are empty.
async fn file(pool: &Pool, hashes: bool, users: &[&[(&str, &str)]]) -> String {
    let mut header = header(pool).await;
    if hashes {
        header.push("password_hash".to_owned());
    }
    let mut lines = vec![header.join(",")];
    for user in users {
        let value = |column: &String| {
            let found = user.iter().find(|(name, _)| name == column);
            found.map_or("", |(_, value)| value).replace(',', "\\,")
        };
        lines.push(header.iter().map(value).collect::<Vec<_>>().join(","));
    }
    lines.join("\n")
}

async fn create(pool: &Pool, algorithm: Option<&str>) -> Value {
    let mut fields = json!({ "JobName": "people", "CloudWatchLogsRoleArn": ROLE });
    if let Some(algorithm) = algorithm {
        fields["PasswordHashingAlgorithm"] = json!(algorithm);
    }
    let mut answer = pool.admin("CreateUserImportJob", fields).await.ok();
    answer["UserImportJob"].take()
}

/// Returns the path and query of the URL to which the file of a job is uploaded.
fn upload_path<'a>(pool: &Pool, job: &'a Value) -> &'a str {
    let url = job["PreSignedUrl"].as_str().expect("a URL");
    url.strip_prefix(pool.emulator.endpoint()).expect("a path")
}

async fn upload(pool: &Pool, job: &Value, file: &str) -> Reply {
    let path = upload_path(pool, job);
    pool.send("PUT", path, &[KMS], file.to_owned()).await
}

async fn of_job(pool: &Pool, operation: &str, job: &Value) -> Reply {
    pool.admin(operation, json!({ "JobId": job["JobId"] }))
        .await
}

/// Returns a job when it has ended.
async fn ended(pool: &Pool, job: &Value) -> Value {
    loop {
        let mut answer = of_job(pool, "DescribeUserImportJob", job).await.ok();
        let job = answer["UserImportJob"].take();
        if !job["CompletionDate"].is_null() {
            return job;
        }
    }
}

/// Imports a file and returns the job when it has ended.
async fn import(pool: &Pool, algorithm: Option<&str>, file: &str) -> Value {
    let job = create(pool, algorithm).await;
    assert_eq!(upload(pool, &job, file).await.status, 200);
    let started = of_job(pool, "StartUserImportJob", &job).await.ok();
    assert_eq!(started["UserImportJob"]["Status"], "Pending");
    ended(pool, &job).await
}

fn counts(job: &Value) -> [&Value; 3] {
    ["ImportedUsers", "SkippedUsers", "FailedUsers"].map(|name| &job[name])
}

/// Returns the results of the lines of a job.
async fn results(pool: &Pool, job: &Value) -> Vec<String> {
    let id = job["JobId"].as_str().expect("an id");
    let page = pool.get(&format!("/_emulator/import-jobs/{id}")).await;
    assert_eq!(page.status, 200);
    let lines = page.body["lines"].as_array().expect("a list").iter();
    lines
        .map(|line| line.as_str().expect("text").to_owned())
        .collect()
}

const SOMEONE: &[(&str, &str)] = &[
    ("cognito:username", "someone"),
    ("email", EMAIL),
    ("email_verified", "TRUE"),
    ("name", " One, Some "),
    ("birthdate", "02/01/1985"),
];

#[tokio::test]
async fn imported_users_reset_their_password() {
    let pool = pool().await;
    let file = file(&pool, false, &[SOMEONE]).await;

    let job = import(&pool, None, &file).await;

    assert_eq!(job["Status"], "Succeeded", "{job}");
    assert_eq!(
        job["CompletionMessage"],
        "Import Job Completed Successfully."
    );
    assert_eq!(counts(&job), [1, 0, 0]);
    let user = pool
        .admin("AdminGetUser", json!({ "Username": "someone" }))
        .await
        .ok();
    assert_eq!(user["UserStatus"], "RESET_REQUIRED");
    let attributes = &user["UserAttributes"];
    assert_eq!(attribute(attributes, "name"), Some("One, Some"));
    assert_eq!(attribute(attributes, "email_verified"), Some("true"));
    let reply = pool.sign_in("someone", PASSWORD).await;
    assert_eq!(reply.body["__type"], "PasswordResetRequiredException");

    let forgot = json!({ "ClientId": CLIENT, "Username": "someone" });
    pool.call("ForgotPassword", forgot.clone()).await.ok();
    let mut confirm = forgot;
    confirm["ConfirmationCode"] = json!(pool.code(EMAIL));
    confirm["Password"] = json!(PASSWORD);
    pool.call("ConfirmForgotPassword", confirm).await.ok();
    pool.sign_in("someone", PASSWORD).await.ok();
}

#[tokio::test]
async fn hiding_clients_do_not_reveal_imported_users() {
    let client = Client::new(CLIENT).prevent_user_existence_errors(true);
    let pool = pool_with(|builder| builder.usernames(Usernames::Plain).client(client)).await;
    let file = file(&pool, false, &[SOMEONE]).await;
    import(&pool, None, &file).await;
    for name in ["someone", "nobody"] {
        let reply = pool.sign_in(name, PASSWORD).await;
        reply.not_authorized("Incorrect username or password.");
    }
}

#[tokio::test]
async fn each_line_has_its_result() {
    let pool = pool().await;
    let with = |more: &[(&'static str, &'static str)]| {
        let mut user = SOMEONE.to_vec();
        user.retain(|(name, _)| more.iter().all(|(other, _)| other != name));
        user.extend_from_slice(more);
        user
    };
    let users = [
        SOMEONE.to_vec(),
        SOMEONE.to_vec(),
        with(&[("cognito:username", "a"), ("email_verified", "false")]),
        with(&[("cognito:username", "b"), ("email", "")]),
        with(&[("cognito:username", "c"), ("email", "no address")]),
        with(&[("cognito:username", "d"), ("birthdate", "1985-02-01")]),
        with(&[("cognito:username", "e"), ("cognito:mfa_enabled", "maybe")]),
        with(&[("cognito:username", "f g")]),
        with(&[("cognito:username", "")]),
    ];
    let users: Vec<_> = users.iter().map(Vec::as_slice).collect();
    let mut file = file(&pool, false, &users).await;
    file.push_str("\r\n\r\ntoo,few\r\n");
    file.push_str(&"x".repeat(16_001));

    let job = import(&pool, None, &file).await;

    assert_eq!(counts(&job), [1, 1, 9], "{job}");
    let results = results(&pool, &job).await;
    assert!(!results.concat().contains(EMAIL));
    let expected = [
        "[SUCCEEDED] Line Number 2 - The import succeeded.",
        "[SKIPPED] Line Number 3 - The user already exists.",
        "[FAILED] Line Number 4 - The User Record does not set any of the auto verified \
         attributes to true. (Example: email_verified to true).",
        "[FAILED] Line Number 5 - A verified attribute has no value.",
        "[FAILED] Line Number 6 - The user record does not match the schema of the user pool.",
        "[FAILED] Line Number 7 - The birthdate is not in the format mm/dd/yyyy.",
        "[FAILED] Line Number 8 - cognito:mfa_enabled does not match the MFA setting of the \
         user pool.",
        "[FAILED] Line Number 9 - The user name is not valid for the user pool.",
        "[FAILED] Line Number 10 - The user name is not valid for the user pool.",
        "[FAILED] Line Number 12 - The number of values differs from the number of columns.",
        "[FAILED] Line Number 13 - The line has more than 16,000 characters.",
    ];
    assert_eq!(results, expected);
}

#[tokio::test]
async fn a_job_fails_without_its_header() {
    let pool = pool().await;
    let good = file(&pool, false, &[SOMEONE]).await;
    for (algorithm, file, message) in [
        (
            None,
            good.replacen("zoneinfo", "zone", 1),
            "A column of the user pool is missing in the header of the CSV file.",
        ),
        (
            None,
            good.replacen('\n', ",more\n", 1),
            "The header of the CSV file has a column that the user pool does not have.",
        ),
        (
            Some("BCRYPT"),
            good.clone(),
            "The column password_hash is missing in the header of the CSV file.",
        ),
        (
            None,
            good.replace("someone@", "someone@example.com@"),
            "Too many users have failed or been skipped during the import.",
        ),
        (
            None,
            String::new(),
            "A column of the user pool is missing in the header of the CSV file.",
        ),
    ] {
        let job = import(&pool, algorithm, &file).await;
        assert_eq!(job["Status"], "Failed", "{message}");
        assert_eq!(job["CompletionMessage"], message);
    }
    let job = create(&pool, None).await;
    let path = upload_path(&pool, &job);
    let bytes = [good.as_bytes(), b"\n\xff"].concat();
    pool.send("PUT", path, &[KMS], bytes).await;
    of_job(&pool, "StartUserImportJob", &job).await.ok();
    let job = ended(&pool, &job).await;
    assert_eq!(job["CompletionMessage"], "The CSV file is not UTF-8.");
}

#[tokio::test]
async fn an_upload_needs_the_url_and_its_header() {
    let pool = pool().await;
    let job = create(&pool, None).await;
    let path = upload_path(&pool, &job);
    let other = create(&pool, None).await;
    let id = |job: &Value| job["JobId"].as_str().expect("an id").to_owned();
    let swapped = path.replace(&id(&job), &id(&other));
    let foreign = ("origin", "https://attacker.example");
    for (path, headers) in [
        (path, &[][..]),
        (path, &[("x-amz-server-side-encryption", "AES256")]),
        (path, &[KMS, foreign]),
        (&path[..path.len() - 1], &[KMS]),
        (path.split('?').next().expect("a path"), &[KMS]),
        (&swapped, &[KMS]),
    ] {
        let reply = pool.send("PUT", path, headers, "x").await;
        assert_eq!(reply.status, 403, "{path} {headers:?}");
    }
    let reply = of_job(&pool, "StartUserImportJob", &job).await;
    let message = format!("No csv file was uploaded for {}", id(&job));
    reply.fails("PreconditionNotMetException", &message);

    assert_eq!(upload(&pool, &job, "first").await.status, 200);
    assert_eq!(upload(&pool, &job, "second").await.status, 200);
    pool.advance(Duration::from_secs(15 * 60));
    let reply = upload(&pool, &job, "late").await;
    assert_eq!(reply.status, 403);
    assert!(reply.body.as_str().expect("XML").contains("AccessDenied"));
    assert_eq!(pool.send("DELETE", path, &[KMS], "").await.status, 405);
    assert_eq!(
        pool.get("/_emulator/import-jobs/import-none").await.status,
        404
    );
}

#[tokio::test]
async fn an_old_job_expires() {
    let pool = pool().await;
    let job = create(&pool, None).await;
    upload(&pool, &job, "file").await;
    pool.advance(Duration::from_secs(24 * 3600));
    let described = of_job(&pool, "DescribeUserImportJob", &job).await.ok();
    assert_eq!(described["UserImportJob"]["Status"], "Expired");
    let id = job["JobId"].as_str().expect("an id");
    for (operation, message) in [
        ("StartUserImportJob", "cannot be started: Expired."),
        ("StopUserImportJob", "cannot be stopped: Expired."),
    ] {
        let reply = of_job(&pool, operation, &job).await;
        let message = format!("Job {id} {message}");
        reply.fails("PreconditionNotMetException", &message);
    }
}

#[tokio::test]
async fn jobs_are_listed_newest_first() {
    let pool = pool().await;
    let mut jobs = Vec::new();
    for _ in 0..3 {
        jobs.push(create(&pool, None).await);
    }
    let ids = |answer: &Value| -> Vec<Value> {
        let jobs = answer["UserImportJobs"].as_array().expect("a list").iter();
        jobs.map(|job| job["JobId"].clone()).collect()
    };
    let list = |fields| pool.admin("ListUserImportJobs", fields);
    let first = list(json!({ "MaxResults": 2 })).await.ok();
    assert_eq!(
        ids(&first),
        [&jobs[2]["JobId"], &jobs[1]["JobId"]].map(Value::clone)
    );
    let next = json!({ "MaxResults": 2, "PaginationToken": first["PaginationToken"] });
    let second = list(next).await.ok();
    assert_eq!(ids(&second), [jobs[0]["JobId"].clone()]);
    assert_eq!(second.get("PaginationToken"), None);
    assert_eq!(second["UserImportJobs"][0], jobs[0]);
    // Jobs of another pool are not shown.
    let other = crate::support::new_pool(&pool, json!({})).await;
    let fields = json!({ "UserPoolId": other, "JobId": jobs[0]["JobId"] });
    let reply = pool.operator("DescribeUserImportJob", fields).await;
    assert_eq!(reply.body["__type"], "ResourceNotFoundException");
}

#[tokio::test]
async fn a_pool_without_verified_attributes_imports_nothing() {
    let pool = pool().await;
    let pool_id = crate::support::new_pool(&pool, json!({})).await;
    let fields =
        json!({ "UserPoolId": pool_id, "JobName": "people", "CloudWatchLogsRoleArn": ROLE });
    let job = pool.operator("CreateUserImportJob", fields).await.ok();
    let job = &job["UserImportJob"];
    upload(&pool, job, "file").await;
    let fields = json!({ "UserPoolId": pool_id, "JobId": job["JobId"] });
    let reply = pool.operator("StartUserImportJob", fields).await;
    reply.fails(
        "PreconditionNotMetException",
        "The user pool does not have at least one auto verified attribute.",
    );
}

#[tokio::test]
async fn passwordless_users_are_confirmed() {
    let pool = pool_with(|builder| {
        let builder = builder.usernames(Usernames::Plain);
        builder.first_factor(FirstFactor::EmailOtp)
    })
    .await;
    let file = file(&pool, false, &[SOMEONE]).await;
    assert_eq!(import(&pool, None, &file).await["Status"], "Succeeded");
    let user = json!({ "Username": "someone" });
    let user = pool.admin("AdminGetUser", user).await.ok();
    assert_eq!(user["UserStatus"], "CONFIRMED");
}

#[tokio::test]
async fn mfa_follows_the_pool() {
    let pool = pool().await;
    let users = |mfa: &'static str| {
        [
            ("cognito:username", "someone"),
            ("phone_number", "+15550101234"),
            ("phone_number_verified", "TRUE"),
            ("email", EMAIL),
            ("email_verified", "TRUE"),
            ("cognito:mfa_enabled", mfa),
        ]
    };
    let set = json!({
        "MfaConfiguration": "ON",
        "SmsMfaConfiguration": { "SmsConfiguration": { "SnsCallerArn": ROLE } },
    });
    pool.admin("SetUserPoolMfaConfig", set).await.ok();
    let off = file(&pool, false, &[&users("FALSE")]).await;
    assert_eq!(import(&pool, None, &off).await["Status"], "Failed");
    let blank = file(&pool, false, &[&users("")]).await;
    assert_eq!(import(&pool, None, &blank).await["Status"], "Succeeded");
    let user = json!({ "Username": "someone" });
    let user = pool.admin("AdminGetUser", user).await.ok();
    assert_eq!(user["UserMFASettingList"], json!(["SMS_MFA"]));
}

#[tokio::test]
async fn a_running_job_is_stopped() {
    let pool = pool().await;
    let mut long = file(&pool, false, &[SOMEONE]).await;
    long.push_str(&"\nx".repeat(200_000));
    let job = create(&pool, None).await;
    let second = create(&pool, None).await;
    for job in [&job, &second] {
        upload(&pool, job, &long).await;
    }
    of_job(&pool, "StartUserImportJob", &job).await.ok();

    let reply = of_job(&pool, "StartUserImportJob", &second).await;
    let message = "Only one import job can be active at a time.";
    reply.fails("PreconditionNotMetException", message);
    for (operation, fields) in [
        ("UpdateUserPool", json!({})),
        ("DeleteUserPool", json!({})),
        (
            "AddCustomAttributes",
            json!({ "CustomAttributes": [{ "Name": "team", "AttributeDataType": "String" }] }),
        ),
    ] {
        let reply = pool.admin(operation, fields).await;
        let message = "A user import job is in progress for this user pool.";
        reply.fails("UserImportInProgressException", message);
    }
    let stopping = of_job(&pool, "StopUserImportJob", &job).await.ok();
    assert_eq!(stopping["UserImportJob"]["Status"], "Stopping");

    let job = ended(&pool, &job).await;
    assert_eq!(job["Status"], "Stopped");
    let message = "The Import Job was stopped by the developer.";
    assert_eq!(job["CompletionMessage"], message);
    let reply = of_job(&pool, "StartUserImportJob", &job).await;
    assert_eq!(reply.body["__type"], "PreconditionNotMetException");
    pool.admin("UpdateUserPool", json!({})).await.ok();
}

#[tokio::test]
async fn a_reset_ends_the_running_job() {
    let pool = pool().await;
    let mut long = file(&pool, false, &[SOMEONE]).await;
    long.push_str(&"\nx".repeat(200_000));
    let job = create(&pool, None).await;
    upload(&pool, &job, &long).await;
    of_job(&pool, "StartUserImportJob", &job).await.ok();

    pool.emulator.reset();

    let reply = of_job(&pool, "DescribeUserImportJob", &job).await;
    assert_eq!(reply.body["__type"], "ResourceNotFoundException");
    let short = file(&pool, false, &[SOMEONE]).await;
    assert_eq!(import(&pool, None, &short).await["Status"], "Succeeded");
}
