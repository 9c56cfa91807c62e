//! The limits for import files and for password guesses.

use serde_json::json;
use tokio::task::JoinSet;

use super::hashes::hashes;
use super::{KMS, ROLE, SOMEONE, create, file, import, of_job, pool, upload};
use crate::support::Reply;

const OTHER: &str = "000000000001";

#[tokio::test]
async fn a_long_header_is_not_split() {
    let pool = pool().await;
    let good = file(&pool, false, &[SOMEONE]).await;
    let long = good.replacen('\n', &format!("{}\n", ",".repeat(16_000)), 1);

    let job = import(&pool, None, &long).await;

    assert_eq!(job["Status"], "Failed");
    let message = "The header of the CSV file has more than 16,000 characters.";
    assert_eq!(job["CompletionMessage"], message);
}

#[tokio::test]
async fn each_account_has_its_import_job() {
    let pool = pool().await;
    let long = file(&pool, false, &[SOMEONE]).await + &"\nx".repeat(200_000);
    let job = create(&pool, None).await;
    upload(&pool, &job, &long).await;
    of_job(&pool, "StartUserImportJob", &job).await.ok();

    let call = async |operation: &str, fields| {
        let target = format!("AWSCognitoIdentityProviderService.{operation}");
        pool.signed_by(OTHER, &target, fields).await
    };
    let fields = json!({ "PoolName": "other", "AutoVerifiedAttributes": ["email"] });
    let other = call("CreateUserPool", fields).await.ok();
    let id = &other["UserPool"]["Id"];
    let fields = json!({ "UserPoolId": id, "JobName": "people", "CloudWatchLogsRoleArn": ROLE });
    let other = call("CreateUserImportJob", fields).await.ok();
    let url = other["UserImportJob"]["PreSignedUrl"]
        .as_str()
        .expect("a URL");
    let path = url.strip_prefix(pool.emulator.endpoint()).expect("a path");
    assert_eq!(pool.send("PUT", path, &[KMS], "x").await.status, 200);
    let fields = json!({ "UserPoolId": id, "JobId": other["UserImportJob"]["JobId"] });

    call("StartUserImportJob", fields).await.ok();

    let stopping = of_job(&pool, "StopUserImportJob", &job).await.ok();
    assert_eq!(stopping["UserImportJob"]["Status"], "Stopping");
}

#[tokio::test]
async fn few_guesses_wait_for_a_hash() {
    let pool = std::sync::Arc::new(pool().await);
    let (_, hash) = hashes("PBKDF2_SHA256")[0];
    let names: Vec<_> = (0..24).map(|number| format!("user{number}")).collect();
    let emails: Vec<_> = names
        .iter()
        .map(|name| format!("{name}@example.com"))
        .collect();
    let users = names.iter().zip(&emails).map(|(name, email)| {
        [
            ("cognito:username", name.as_str()),
            ("email", email.as_str()),
            ("email_verified", "true"),
            ("password_hash", hash),
        ]
    });
    let users: Vec<_> = users.collect();
    let users: Vec<_> = users.iter().map(<[_; 4]>::as_slice).collect();
    let file = file(&pool, true, &users).await;
    import(&pool, Some("PBKDF2_SHA256"), &file).await;

    let mut guesses = JoinSet::new();
    for name in names {
        let pool = std::sync::Arc::clone(&pool);
        guesses.spawn(async move { pool.sign_in(&name, "WrongPass123!").await });
    }
    let replies: Vec<Reply> = guesses.join_all().await;

    let having = |text: &str| {
        let found = replies.iter().filter(|reply| reply.body["__type"] == text);
        found.count()
    };
    let (wrong, rejected) = (
        having("NotAuthorizedException"),
        having("TooManyRequestsException"),
    );
    assert_eq!(wrong + rejected, 24);
    assert!(wrong >= 9 && rejected > 0, "{wrong} {rejected}");
}
