//! Users whose password hashes were made by other software.

use serde_json::{Value, json};

use super::{counts, file, import, pool, results};
use crate::srp;
use crate::support::{CLIENT, PASSWORD, Pool, Reply};

/// Hashes that Python has made: algorithm, password and hash.
const HASHES: &str = include_str!("hashes.tsv");

pub(super) fn hashes(wanted: &str) -> Vec<(&'static str, &'static str)> {
    let lines = HASHES.lines().filter(|line| !line.starts_with('#'));
    let parts = lines.map(|line| line.split('\t').collect::<Vec<_>>());
    let parts = parts.filter(|parts| parts[0] == wanted);
    parts.map(|parts| (parts[1], parts[2])).collect()
}

/// Imports a user with a hash.
async fn import_user(pool: &Pool, algorithm: &str, username: &str, hash: &str) -> Value {
    let email = format!("{username}@example.com");
    let user = [
        ("cognito:username", username),
        ("email", &email),
        ("email_verified", "true"),
        ("password_hash", hash),
    ];
    let file = file(pool, true, &[&user]).await;
    import(pool, Some(algorithm), &file).await
}

/// Users sign in with the password first, and then also with SRP.
async fn users_keep_their_passwords(algorithm: &str) {
    let pool = pool().await;
    let hashes = hashes(algorithm);
    assert_eq!(hashes.len(), 3);
    for (number, (password, hash)) in hashes.iter().enumerate() {
        let name = format!("user{number}");
        let job = import_user(&pool, algorithm, &name, hash).await;
        assert_eq!(job["Status"], "Succeeded", "{job}");
        assert_eq!(job["PasswordHashingAlgorithm"], algorithm);
        let user = json!({ "Username": name });
        let user = pool.admin("AdminGetUser", user).await.ok();
        assert_eq!(user["UserStatus"], "CONFIRMED");

        let reply = srp::sign_in(&pool, &name, password).await;
        reply.not_authorized("Incorrect username or password.");
        let reply = pool.sign_in(&name, PASSWORD.trim_end_matches('!')).await;
        reply.not_authorized("Incorrect username or password.");
        pool.sign_in(&name, password).await.ok();
        let answer = srp::sign_in(&pool, &name, password).await.ok();
        assert!(answer["AuthenticationResult"].is_object(), "{answer}");
        pool.sign_in(&name, password).await.ok();
    }
}

#[tokio::test]
async fn argon2id_hashes_keep_passwords() {
    users_keep_their_passwords("ARGON2ID").await;
}

#[tokio::test]
async fn bcrypt_hashes_keep_passwords() {
    users_keep_their_passwords("BCRYPT").await;
}

#[tokio::test]
async fn pbkdf2_hashes_keep_passwords() {
    users_keep_their_passwords("PBKDF2_SHA256").await;
}

#[tokio::test]
async fn scrypt_hashes_keep_passwords() {
    users_keep_their_passwords("SCRYPT").await;
}

#[tokio::test]
async fn invalid_hashes_create_no_user() {
    let pool = pool().await;
    let (_, bcrypt) = hashes("BCRYPT")[0];
    for (algorithm, hash, message) in [
        ("SCRYPT", bcrypt, "does not have the form of the algorithm"),
        (
            "BCRYPT",
            &bcrypt[1..],
            "does not have the form of the algorithm",
        ),
        (
            "BCRYPT",
            &bcrypt.replace("$04$", "$31$"),
            "exceeds its maximum",
        ),
    ] {
        let job = import_user(&pool, algorithm, "someone", hash).await;
        assert_eq!(counts(&job), [0, 0, 1]);
        let results = results(&pool, &job).await;
        assert!(results[0].contains(message), "{results:?}");
        assert!(!results[0].contains(hash));
    }
    let reply = pool.sign_in("someone", PASSWORD).await;
    reply.fails("UserNotFoundException", "User does not exist.");
}

#[tokio::test]
async fn a_user_without_hash_resets_the_password() {
    let pool = pool().await;
    import_user(&pool, "BCRYPT", "someone", "").await;
    let user = json!({ "Username": "someone" });
    let user = pool.admin("AdminGetUser", user).await.ok();
    assert_eq!(user["UserStatus"], "RESET_REQUIRED");
}

#[tokio::test]
async fn wrong_passwords_lock_an_imported_user() {
    let pool = pool().await;
    let (password, hash) = hashes("BCRYPT")[0];
    import_user(&pool, "BCRYPT", "someone", hash).await;
    for _ in 0..5 {
        let reply = pool.sign_in("someone", "WrongPass123!").await;
        reply.not_authorized("Incorrect username or password.");
    }
    let reply = pool.sign_in("someone", password).await;
    reply.not_authorized("Password attempts exceeded");
}

#[tokio::test]
async fn guesses_at_the_same_time_are_all_counted() {
    let pool = pool().await;
    let (_, hash) = hashes("BCRYPT")[0];
    import_user(&pool, "BCRYPT", "someone", hash).await;
    let guess = || pool.sign_in("someone", "WrongPass123!");
    let replies = tokio::join!(
        guess(),
        guess(),
        guess(),
        guess(),
        guess(),
        guess(),
        guess()
    );
    let replies: [Reply; 7] = replies.into();
    let is_wrong = |reply: &&Reply| reply.body["message"] == "Incorrect username or password.";
    let wrong = replies.iter().filter(is_wrong).count();
    assert_eq!(wrong, 5, "the lockout begins with the fifth wrong password");
}

#[tokio::test]
async fn a_new_password_replaces_the_hash() {
    let pool = pool().await;
    let (password, hash) = hashes("BCRYPT")[0];
    import_user(&pool, "BCRYPT", "someone", hash).await;
    let fields = json!({ "Username": "someone", "Password": "Another123!", "Permanent": true });
    pool.admin("AdminSetUserPassword", fields).await.ok();
    let reply = pool.sign_in("someone", password).await;
    reply.not_authorized("Incorrect username or password.");
    pool.sign_in("someone", "Another123!").await.ok();
}

#[tokio::test]
async fn an_imported_password_can_be_changed() {
    use cognito_emulator::{FirstFactor, Usernames};
    let pool = crate::support::pool_with(|builder| {
        let builder = builder.usernames(Usernames::Plain);
        builder.first_factor(FirstFactor::EmailOtp)
    })
    .await;
    let (password, hash) = hashes("BCRYPT")[0];
    import_user(&pool, "BCRYPT", "someone", hash).await;
    let fields = json!({
        "AuthFlow": "USER_AUTH",
        "ClientId": CLIENT,
        "AuthParameters": { "USERNAME": "someone", "PREFERRED_CHALLENGE": "EMAIL_OTP" },
    });
    let asked = pool.call("InitiateAuth", fields).await.ok();
    assert!(!asked.to_string().contains("PASSWORD_SRP"));
    let code = pool.code("someone@example.com");
    let fields = json!({
        "ChallengeName": "EMAIL_OTP",
        "ClientId": CLIENT,
        "Session": asked["Session"],
        "ChallengeResponses": { "USERNAME": "someone", "EMAIL_OTP_CODE": code },
    });
    let answer = pool.call("RespondToAuthChallenge", fields).await.ok();
    let change = |previous: &str| {
        json!({
            "AccessToken": answer["AuthenticationResult"]["AccessToken"],
            "PreviousPassword": previous,
            "ProposedPassword": "Another123!",
        })
    };
    let reply = pool.call("ChangePassword", change("WrongPass123!")).await;
    reply.not_authorized("Incorrect username or password.");
    pool.call("ChangePassword", change(password)).await.ok();
    pool.sign_in("someone", "Another123!").await.ok();
}
