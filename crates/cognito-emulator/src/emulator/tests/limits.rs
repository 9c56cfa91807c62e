//! Tests of the largest values that a state file can contain.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use serde_json::{Value, json};

use super::{CLIENT, EMAIL, SIGNATURE, Tracked, assert_same};
use crate::http::message::Request;
use crate::model::client::metadata::{ClientMetadata, Source};
use crate::model::error::SnapshotError;
use crate::model::import_job::{ImportJob, JobStatus, Outcome};
use crate::model::levels::MOST_LEVELS;
use crate::state::documents::Document;
use crate::state::entries::kind::Kind;
use crate::state::entries::{Entry, Unwritable};
use crate::state::pool::State;
use crate::state::used::Used;

/// Returns an object with this number of levels.
fn nested(levels: usize) -> Value {
    (0..levels).fold(json!(1), |inner, _| json!({ "a": inner }))
}

/// Calls an operation of the first pool, and returns the status and the body of the response.
async fn respond(tracked: &Tracked, operation: &str, mut fields: Value) -> (u16, Value) {
    fields["UserPoolId"] = json!(tracked.emulator.user_pool_id());
    let target = format!("AWSCognitoIdentityProviderService.{operation}");
    let request = Request::new("POST", "/")
        .header("host", "localhost")
        .header("x-amz-target", &target)
        .header("authorization", SIGNATURE)
        .body(fields.to_string());
    let response = tracked.emulator.respond(request).await.expect("a response");
    let body = serde_json::from_slice(response.body()).unwrap_or_default();
    (response.status(), body)
}

#[tokio::test]
async fn deepest_accepted_style_can_be_read() {
    let tracked = Tracked::new();
    let create = "CreateManagedLoginBranding";
    for levels in [MOST_LEVELS, 124, 125] {
        let fields = json!({ "ClientId": CLIENT, "Settings": nested(levels) });
        let (status, body) = respond(&tracked, create, fields).await;
        assert_eq!(status, 400, "{levels}");
        assert_eq!(body["__type"], "SerializationException");
        assert_eq!(body["message"], "The request is not valid JSON");
    }
    // The request itself is one of the levels.
    let fields = json!({ "ClientId": CLIENT, "Settings": nested(MOST_LEVELS - 1) });
    let (status, body) = respond(&tracked, create, fields).await;
    assert_eq!(status, 200, "{body}");
    let id = &body["ManagedLoginBranding"]["ManagedLoginBrandingId"];
    let fields =
        json!({ "ManagedLoginBrandingId": id, "Settings": { "b": nested(MOST_LEVELS - 2) } });
    let (status, body) = respond(&tracked, "UpdateManagedLoginBranding", fields).await;
    assert_eq!(status, 200, "{body}");
    tracked.wrote(Kind::Settings);
    let restarted = Tracked::restarted(&tracked.entries());
    assert_same(&tracked.entries(), &restarted.entries_in_memory());
}

#[tokio::test]
async fn import_file_is_not_read_for_each_step() {
    let tracked = super::data::filled().await;
    tracked.write();
    let pools = tracked.pools();
    let change = |file: Option<&'static str>| {
        let mut jobs = pools.imports.lock();
        let job = jobs.values_mut().flatten().next().expect("a job");
        job.message = file.map(Into::into);
        job.file = file.map(|file| file.as_bytes().into());
        drop(jobs);
        tracked.write()
    };
    // This change of the file has no mark, so only a read of the whole file would show it.
    let written = change(Some("another file"));
    assert!(written.contains("import-job") && !written.contains("import-file"));
    let written = change(None);
    assert!(written.contains("import-job") && written.contains("import-file"));
    assert_same(&tracked.entries(), &pools.all_entries().expect("entries"));
}

#[tokio::test]
async fn running_job_is_written_rarely() {
    let tracked = super::data::filled().await;
    tracked.write();
    let pools = tracked.pools();
    let pool = tracked.emulator.user_pool_id();
    let id = {
        let mut jobs = pools.imports.lock();
        let job = jobs.get_mut(pool).and_then(|jobs| jobs.first_mut());
        let job = job.expect("a job");
        job.status = JobStatus::InProgress;
        job.id.clone()
    };
    tracked.write();
    let change = |action: &dyn Fn(&mut ImportJob)| {
        let imports = &pools.imports;
        let done = imports.with_job((pool, &id), UNIX_EPOCH, ImportJob::is_stored_now, action);
        assert!(done.is_some(), "a job");
    };
    let step = |line| {
        change(&|job| job.record(line, Outcome::Schema));
        tracked.write().contains("import-job")
    };
    let writes = (0..3_000).filter(|line| step(*line)).count();
    assert_eq!(writes, 3);
    change(&|job| job.status = JobStatus::Stopping);
    change(&|job| job.end(JobStatus::Failed, "", UNIX_EPOCH));
    tracked.write();
    assert_same(&tracked.entries(), &tracked.entries_in_memory());
}

/// Returns the entries of an emulator, in which `change` has changed an entry of a kind.
async fn changed(kind: &str, change: impl FnOnce(&mut Value)) -> Vec<Entry> {
    let tracked = super::data::filled().await;
    let mut entries = tracked.entries();
    let pool = tracked.emulator.user_pool_id();
    let is_meant = |entry: &&mut Entry| {
        entry.kind == kind
            && (entry.scope.is_empty() || entry.scope == pool)
            && (kind != "client" || entry.key == CLIENT)
    };
    let entry = entries.iter_mut().find(is_meant).expect("an entry");
    let mut value = serde_json::from_str(&entry.value).expect("JSON");
    change(&mut value);
    entry.value = value.to_string();
    entries
}

#[tokio::test]
async fn impossible_values_are_rejected() {
    let max = json!(u64::MAX);
    for (kind, pointer, value) in [
        ("clock", "/ahead/secs", max.clone()),
        ("clock", "/frozen/secs_since_epoch", json!(i64::MAX)),
        ("parameter", "/versions", json!([])),
    ] {
        let entries = changed(kind, |entry| {
            *entry.pointer_mut(pointer).expect("a member") = value;
        });
        let tracked = Tracked::untracked(|builder| builder);
        let error = tracked.pools().load(&entries.await).expect_err("an error");
        assert_eq!(error.kind, kind, "{pointer}");
    }
    for key in [u64::MAX.to_string(), "x".to_owned()] {
        let mut entries = changed("message", |_| {}).await;
        let message = entries.iter_mut().find(|entry| entry.kind == "message");
        message.expect("a message").key = key;
        let tracked = Tracked::untracked(|builder| builder);
        let error = tracked.pools().load(&entries).expect_err("an error");
        assert_eq!(error.kind, "message");
    }
}

// The values are only in a file that was changed. They must not end a request with a panic.
#[tokio::test]
async fn greatest_values_do_not_overflow() {
    let max = json!(u64::MAX);
    for (kind, pointer) in [
        ("earlier-user", "/bytes"),
        ("earlier-group", "/bytes"),
        ("pool-state", "/era"),
        ("parameter", "/versions/0/number"),
        ("client", "/access_validity/secs"),
        ("client", "/id_validity/secs"),
        ("client", "/refresh_validity/secs"),
        ("client", "/session_validity/secs"),
        ("random", ""),
    ] {
        let entries = changed(kind, |entry| {
            *entry.pointer_mut(pointer).expect(pointer) = max.clone();
        });
        let tracked = Tracked::restarted(&entries.await);
        tracked.pools().track_changes();
        let tokens = tracked.sign_in().await;
        let fields = json!({ "AccessToken": tokens["AccessToken"] });
        tracked.public("GetUser", fields).await;
        let fields = json!({
            "Username": "ann", "UserAttributes": [{ "Name": "name", "Value": "Eve" }],
        });
        tracked.call("AdminUpdateUserAttributes", fields).await;
        let group = json!({ "GroupName": "staff", "Description": "some" });
        tracked.call("UpdateGroup", group).await;
        tracked.emulator.ssm().put("/app/key", "w");
        tracked.write();
        tracked.emulator.reset();
        tracked.write();
        let entries = tracked.entries_in_memory();
        Tracked::restarted(&entries);
    }
}

#[tokio::test]
async fn second_entry_of_a_user_is_rejected() {
    let tracked = Tracked::new();
    tracked.create_user();
    tracked.write();
    let entries = tracked.entries();
    let user = entries.iter().find(|entry| entry.kind == "user");
    let user = user.expect("a user");
    let second = Entry {
        key: "bob".to_owned(),
        ..user.clone()
    };
    let entries: Vec<_> = entries.iter().cloned().chain([second]).collect();
    let error = tracked.pools().load(&entries).expect_err("an error");
    assert_eq!((&*error.kind, &*error.key), ("user", "bob"));
}

#[tokio::test]
async fn first_owner_of_an_alias_keeps_it() {
    let tracked = Tracked::new();
    tracked.create_user();
    tracked.write();
    let mut entries = tracked.entries();
    let user = entries.iter().position(|entry| entry.kind == "user");
    let user = user.expect("a user");
    let mut second = entries[user].clone();
    second.key = "bob".to_owned();
    let mut value: Value = serde_json::from_str(&second.value).expect("JSON");
    value["user"]["username"] = json!("bob");
    value["user"]["sub"] = json!("other");
    second.value = value.to_string();
    entries.insert(user + 1, second);
    let restarted = Tracked::restarted(&entries);
    let get = json!({ "Username": EMAIL });
    let found = restarted.call("AdminGetUser", get).await;
    assert_eq!(found["Username"], "ann");
}

#[tokio::test]
async fn unwritable_entry_keeps_the_earlier_one() {
    let tracked = Tracked::new();
    tracked.create_user();
    tracked.write();
    let before = tracked.entries();
    let pool = tracked.pools().get(tracked.emulator.user_pool_id());
    let pool = pool.expect("a pool");
    let change = |created| {
        let mut state = pool.state.lock();
        let user = state.users.find_mut("ann").expect("a user");
        std::mem::replace(&mut user.created, created)
    };
    // JSON has no time before 1970.
    let created = change(UNIX_EPOCH - Duration::from_secs(1));
    for _ in 0..2 {
        tracked.write();
        assert!(tracked.pools().has_unwritable());
        let users = |entries: Vec<Entry>| {
            let users = entries.into_iter().filter(|entry| entry.kind == "user");
            users.collect::<Vec<_>>()
        };
        assert_same(&users(tracked.entries()), &users(before.clone()));
        // A snapshot without the user would remove the user when it is restored.
        let snapshot = tracked.emulator.snapshot("one").await;
        let error = SnapshotError::Unwritable(Unwritable.to_string());
        assert_eq!(snapshot, Err(error));
    }
    change(created);
    tracked.write();
    assert!(!tracked.pools().has_unwritable());
    let restarted = Tracked::restarted(&tracked.entries());
    let tokens = restarted.sign_in().await;
    assert!(tokens["AccessToken"].is_string(), "a token");
}

#[tokio::test]
async fn expired_assertion_is_removed_from_the_file() {
    let tracked = Tracked::new();
    let pool = tracked.pools().get(tracked.emulator.user_pool_id());
    let pool = pool.expect("a pool");
    let insert = |id: &str, now: u64| {
        let now = UNIX_EPOCH + Duration::from_secs(now);
        let used = Used {
            provider: "a b",
            user: "ann",
            id,
            expires: now + Duration::from_secs(60),
        };
        let inserted = pool.state.lock().hosted.assertions.insert(&used, now);
        assert_eq!(inserted, Ok(()));
        tracked.write();
        assert_same(&tracked.entries(), &tracked.entries_in_memory());
        let entries = tracked.entries().into_iter();
        let entries = entries.filter(|entry| entry.kind == "used-assertion");
        entries.map(|entry| entry.key).collect::<Vec<_>>()
    };
    let first = insert("one", 0);
    assert_eq!((first.len(), insert("two", 59).len()), (1, 2));
    let last = insert("three", 60);
    assert_eq!((last.len(), last.contains(&first[0])), (2, false));
}

#[tokio::test]
async fn evicted_document_is_removed_from_the_file() {
    let tracked = Tracked::new();
    let pool = tracked.pools().get(tracked.emulator.user_pool_id());
    let pool = pool.expect("a pool");
    let json = br#"{ "redirect_uris": ["https://app.example/"] }"#;
    let metadata = ClientMetadata::read(json, Source::Document).expect("metadata");
    let metadata = Arc::new(metadata);
    let caller = Ipv4Addr::LOCALHOST.into();
    let begun = |state: &mut State| state.documents.begin(("p", "0"), caller, UNIX_EPOCH);
    assert!(begun(&mut pool.state.lock()));
    for number in 0..=100 {
        let cached = UNIX_EPOCH + Duration::from_secs(number);
        let document = Document {
            metadata: Arc::clone(&metadata),
            cached,
            expires: cached + Duration::from_secs(86_400),
            caller: None,
        };
        let mut state = pool.state.lock();
        state.documents.put("p", &number.to_string(), document);
        drop(state);
        tracked.write();
    }
    let keys = || {
        let entries = tracked.entries().into_iter();
        let entries = entries.filter(|entry| entry.kind == "document");
        entries.map(|entry| entry.key).collect::<Vec<_>>()
    };
    assert_eq!(
        (keys().len(), keys().contains(&"p 0".to_owned())),
        (100, false)
    );
    let removed = pool.state.lock().documents.remove("p", "7", UNIX_EPOCH);
    tracked.write();
    assert_eq!((removed, keys().len()), (true, 99));
    assert_same(&tracked.entries(), &tracked.entries_in_memory());
}
