//! `cognito user sessions` and `cognito user revoke-session`.

use cognito_emulator::Fault;
use serde_json::{Value, json};
use wiremock::matchers::header;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{PASSWORD, Pool, run, without_pool};

const ANN: &str = "ann@example.com";
const LIST: [&str; 5] = ["user", "sessions", ANN, "--output", "json"];

/// Starts an emulator that tracks sessions, in which Ann has signed in twice.
async fn pool() -> Pool {
    let pool = Pool::with_ann().await;
    let settings = json!({
        "UserSessionTracking": "ENABLED", "TokenSession": { "MaxPerUser": 20 },
    });
    pool.operator("SetUserPoolSessionConfiguration", settings)
        .await;
    for _ in 0..2 {
        let login = pool.cognito().await.login(ANN, PASSWORD).await;
        assert!(login.is_ok(), "{login:?}");
    }
    pool
}

/// Returns the sessions that the command lists.
async fn listed(pool: &Pool, options: &[&str]) -> Vec<Value> {
    let ran = pool.run(&[&LIST[..], options].concat()).await;
    ran.check(0, "");
    serde_json::from_str(&ran.stdout).expect("JSON")
}

fn id(session: &Value) -> &str {
    session["id"].as_str().expect("an id")
}

fn revoke<'a>(session: &'a str, options: &[&'a str]) -> Vec<&'a str> {
    [&["user", "revoke-session", ANN, session], options].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_are_listed_without_addresses() {
    let pool = pool().await;
    let sessions = listed(&pool, &[]).await;
    assert_eq!(sessions.len(), 2);
    let session = &sessions[0];
    assert!(id(session).starts_with("tkn"), "{session}");
    assert_eq!(session["kind"], "TOKEN");
    assert_eq!(session["client"], pool.emulator.client_id());
    let created = session["created"].as_str().expect("a time");
    assert!(
        created.starts_with("20") && created.ends_with('Z'),
        "{session}"
    );
    assert_eq!(session["address"], Value::Null);
    assert_eq!(session["device"], Value::Null);
    let revealed = listed(&pool, &["--reveal"]).await;
    assert_eq!(revealed[0]["address"], "127.0.0.1");
    let csv = pool
        .run(&["user", "sessions", ANN, "--output", "csv"])
        .await;
    let header = "id,kind,client,created,active,country,city,address,device,origin";
    assert_eq!(csv.stdout.lines().next(), Some(header));
}

/// An empty list would hide the session of an attacker.
#[tokio::test(flavor = "multi_thread")]
async fn unreadable_list_of_sessions_is_error() {
    let session = json!({ "SessionId": "tkn0123456789abcdefghijklmno" });
    for (response, code, message) in [
        (json!({ "Sessions": [session] }), 0, ""),
        (json!({}), 0, "no sessions"),
        (json!({ "Sessions": {} }), 1, "list of sessions"),
        (json!({ "Sessions": [{}] }), 1, "no session id"),
        (
            json!({ "Sessions": [{ "SessionId": "tkn1" }] }),
            1,
            "not valid",
        ),
        (json!({ "Sessions": [], "NextToken": 1 }), 1, "not from AWS"),
        (json!({ "Sessions": [], "NextToken": "a" }), 1, "no end"),
    ] {
        let server = MockServer::start().await;
        let target = "AWSCognitoIdentityProviderService.AdminListUserSessions";
        Mock::given(header("x-amz-target", target))
            .respond_with(ResponseTemplate::new(200).set_body_json(&response))
            .mount(&server)
            .await;
        let url = server.uri();
        let options = ["--pool", "us-east-1_EmuPool01", "--max-retries", "0"];
        let arguments = [&LIST[..], &options, &["--endpoint-url", &url]].concat();
        let ran = run(without_pool(&arguments)).await;
        ran.check(code, message);
        assert_eq!(ran.stdout.is_empty(), code != 0, "{response}: {ran:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_session_is_revoked() {
    let pool = pool().await;
    let sessions = listed(&pool, &[]).await;
    let (ended, kept) = (id(&sessions[0]), id(&sessions[1]));
    let revoked = || pool.emulator.calls("AdminRevokeUserSession");
    pool.run(&revoke(ended, &[])).await.check(2, "add --yes");
    let dry = pool.run(&revoke(ended, &["--dry-run"])).await;
    dry.check(0, "dry run, not done: ends the session tkn");
    assert_eq!(revoked(), 0);
    pool.run(&revoke(ended, &["--yes"]))
        .await
        .check(0, "has ended");
    let left = listed(&pool, &[]).await;
    assert_eq!(left.iter().map(id).collect::<Vec<_>>(), [kept]);
    let again = pool.run(&revoke(ended, &["--yes", "--linked"])).await;
    again.check(1, "no such session");
}

/// The request is sent once more. If both responses are lost, the result is unknown.
#[tokio::test(flavor = "multi_thread")]
async fn lost_reply_of_revocation_is_resolved() {
    let pool = pool().await;
    let sessions = listed(&pool, &[]).await;
    for (fault, session, code) in [
        (
            Fault::cut("AdminRevokeUserSession").times(1),
            &sessions[0],
            0,
        ),
        (
            Fault::status("AdminRevokeUserSession", 504),
            &sessions[1],
            1,
        ),
    ] {
        pool.emulator.inject(fault).unwrap();
        let options = ["--yes", "--max-retries", "0"];
        let ran = pool.run(&revoke(id(session), &options)).await;
        let message = ["has ended", "unknown whether the session has ended"];
        ran.check(code, message[usize::from(code != 0)]);
        pool.emulator.clear_faults();
    }
    assert_eq!(listed(&pool, &[]).await.len(), 1);
    // A session that was not in the list can be of another user.
    let lost = Fault::status("AdminRevokeUserSession", 504).times(1);
    pool.emulator.inject(lost).unwrap();
    let unknown = ["--yes", "--max-retries", "0"];
    let ran = pool.run(&revoke(id(&sessions[0]), &unknown)).await;
    ran.check(1, "unknown whether the session has ended");
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_sessions_and_missing_permissions_fail() {
    let pool = pool().await;
    let unknown = pool.run(&["user", "sessions", "eve@example.com"]).await;
    unknown.check(1, "AdminListUserSessions");
    for wrong in [
        "tkn1",
        "abc0123456789abcdefghijklmno",
        "tkn0123456789ABCDEFGHIJKLMNO",
    ] {
        pool.run(&revoke(wrong, &["--yes"]))
            .await
            .check(2, "must be tkn or sso");
    }
    let session = "tkn0123456789abcdefghijklmno";
    for (operation, arguments) in [
        ("AdminListUserSessions", LIST.to_vec()),
        ("AdminRevokeUserSession", revoke(session, &["--yes"])),
    ] {
        let throttled = Fault::error(operation, "TooManyRequestsException", "Rate exceeded");
        pool.emulator.inject(throttled.times(1)).unwrap();
        let once = [&arguments[..], &["--max-retries", "0"]].concat();
        pool.run(&once).await.check(4, operation);
        let denied = Fault::error(operation, "AccessDeniedException", "denied");
        pool.emulator.inject(denied.times(1)).unwrap();
        let message = format!("the IAM action cognito-idp:{operation}");
        pool.run(&arguments).await.check(3, &message);
    }
}
