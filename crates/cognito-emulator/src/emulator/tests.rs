//! Tests of the entries of a state file: each change is tracked, and all data survives a start.

mod data;
mod limits;
mod person;
mod survival;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use cognito_core::Clock;
use parking_lot::Mutex;
use serde_json::{Value, json};

use crate::builder::EmulatorBuilder;
use crate::emulator::Emulator;
use crate::http::message::Request;
use crate::model::options::Usernames;
use crate::state::entries::kind::Kind;
use crate::state::entries::{Entry, LoadError};
use crate::state::pools::Pools;

const EMAIL: &str = "ann@example.com";
const PASSWORD: &str = "SecurePass123!";
const CLIENT: &str = "emulatorclient1";

/// Entries that this version has written.
const WRITTEN: &str = include_str!("tests/state-1.ndjson");

#[derive(Debug, Default)]
struct HandClock(Mutex<Duration>);

impl Clock for HandClock {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_700_000_000) + *self.0.lock()
    }

    fn monotonic(&self) -> Duration {
        *self.0.lock()
    }
}

/// An emulator, and the entries that its changes have written.
struct Tracked {
    emulator: Emulator,
    clock: Arc<HandClock>,
    file: Mutex<BTreeMap<(String, String, String), String>>,
}

impl Tracked {
    /// Starts an emulator without data and without tracking.
    fn untracked(settings: impl FnOnce(EmulatorBuilder) -> EmulatorBuilder) -> Self {
        let clock = Arc::new(HandClock::default());
        let builder = Emulator::builder()
            .seed(1)
            .usernames(Usernames::Plain)
            .clock(Arc::clone(&clock));
        Self {
            emulator: settings(builder).build().expect("an emulator"),
            clock,
            file: Mutex::default(),
        }
    }

    fn new() -> Self {
        let tracked = Self::untracked(|builder| builder);
        tracked.pools().track_changes();
        tracked.write();
        tracked
    }

    /// Starts an emulator with these entries.
    fn restarted(entries: &[Entry]) -> Self {
        let tracked = Self::untracked(|builder| builder);
        tracked.pools().load(entries).expect("the entries");
        tracked
    }

    fn pools(&self) -> &Pools {
        &self.emulator.instance.pools
    }

    /// Returns the current entries, in order.
    fn entries_in_memory(&self) -> Vec<Entry> {
        self.pools().all_entries().expect("entries")
    }

    /// Writes the changes to the file. Returns the kinds of the changed entries.
    fn write(&self) -> BTreeSet<&'static str> {
        let mut file = self.file.lock();
        let changes = self.pools().take_changes().into_iter();
        let written = changes.map(|change| {
            let place = (change.scope, change.kind.to_owned(), change.key);
            match change.value {
                Some(value) => file.insert(place, value),
                None => file.remove(&place),
            };
            change.kind
        });
        written.collect()
    }

    /// Fails if the last operation has not changed an entry of this kind.
    #[track_caller]
    fn wrote(&self, kind: Kind) {
        let written = self.write();
        assert!(written.contains(kind.name()), "{kind:?} is not marked");
    }

    /// Returns the entries of the file, in order.
    fn entries(&self) -> Vec<Entry> {
        let file = self.file.lock();
        let entries = file.iter().map(|((scope, kind, key), value)| Entry {
            scope: scope.clone(),
            kind: kind.clone(),
            key: key.clone(),
            value: value.clone(),
        });
        entries.collect()
    }

    /// Sends a signed request of the JSON protocol, and returns the response.
    async fn send(&self, target: &str, fields: Value) -> Value {
        let request = Request::new("POST", "/")
            .header("host", "localhost")
            .header("x-amz-target", target)
            .header("authorization", SIGNATURE)
            .body(fields.to_string());
        let response = self.emulator.respond(request).await.expect("a response");
        let text = response.body().to_vec();
        assert_eq!(response.status(), 200, "{target}");
        serde_json::from_slice(&text).unwrap_or(Value::Null)
    }

    /// Calls an operation of the first pool.
    async fn call(&self, operation: &str, mut fields: Value) -> Value {
        fields["UserPoolId"] = json!(self.emulator.user_pool_id());
        self.public(operation, fields).await
    }

    /// Calls an operation whose request has no id of a pool.
    async fn public(&self, operation: &str, fields: Value) -> Value {
        let target = format!("AWSCognitoIdentityProviderService.{operation}");
        self.send(&target, fields).await
    }

    async fn sign_in(&self) -> Value {
        let fields = json!({
            "AuthFlow": "USER_PASSWORD_AUTH",
            "ClientId": CLIENT,
            "AuthParameters": { "USERNAME": "ann", "PASSWORD": PASSWORD },
        });
        self.public("InitiateAuth", fields).await["AuthenticationResult"].take()
    }

    fn create_user(&self) {
        let attributes = [("email", EMAIL)];
        let created = self.emulator.create_user("ann", PASSWORD, &attributes);
        created.expect("a user");
    }
}

const SIGNATURE: &str = "AWS4-HMAC-SHA256 \
    Credential=test/20231114/us-east-1/x/aws4_request, SignedHeaders=host, Signature=0";

/// Returns an entry as a file has it.
fn place(entry: Entry) -> ((String, String, String), String) {
    ((entry.scope, entry.kind, entry.key), entry.value)
}

/// Returns the kinds of entries.
fn kinds(entries: &[Entry]) -> BTreeSet<&str> {
    entries.iter().map(|entry| entry.kind.as_str()).collect()
}

/// Fails if the entries differ. The names of the entries are shown, but not their values.
#[track_caller]
fn assert_same(one: &[Entry], other: &[Entry]) {
    let name = |entry: &Entry| format!("{} {} {}", entry.scope, entry.kind, entry.key);
    let differing = |one: &[Entry], other: &[Entry]| {
        let differing = one.iter().filter(|entry| !other.contains(entry));
        differing.map(name).collect::<Vec<_>>()
    };
    let nothing = Vec::<String>::new();
    assert_eq!(differing(one, other), nothing);
    assert_eq!(differing(other, one), nothing);
}

#[tokio::test]
async fn changes_of_each_kind_are_tracked() {
    let tracked = data::filled().await;
    let entries = tracked.entries();
    let all: BTreeSet<_> = Kind::ALL.iter().map(|kind| kind.name()).collect();
    assert_eq!(kinds(&entries), all);
    assert_same(&entries, &tracked.entries_in_memory());
}

#[tokio::test]
async fn entries_of_each_kind_are_restored() {
    let tracked = data::filled().await;
    let entries = tracked.entries();
    let restarted = Tracked::restarted(&entries);
    assert_same(&entries, &restarted.entries_in_memory());
    restarted.pools().track_changes();
    let written = restarted.write();
    assert!(written.is_empty(), "{written:?}");
}

#[tokio::test]
async fn removals_are_tracked() {
    let tracked = data::filled().await;
    tracked.emulator.reset();
    tracked.write();
    let entries = tracked.entries();
    assert_same(&entries, &tracked.entries_in_memory());
    for kind in ["user", "group", "family", "browser", "message", "parameter"] {
        assert!(!kinds(&entries).contains(kind), "{kind}");
    }
    tracked.call("DeleteUserPool", json!({})).await;
    tracked.write();
    let entries = tracked.entries();
    assert_same(&entries, &tracked.entries_in_memory());
    let id = tracked.emulator.user_pool_id();
    assert!(entries.iter().all(|entry| entry.scope != id));
}

#[tokio::test]
async fn loading_writes_only_differences() {
    let tracked = Tracked::new();
    tracked.emulator.create_group("first");
    tracked.write();
    let before = tracked.entries();
    data::fill(&tracked).await;
    tracked.pools().load(&before).expect("the entries");
    tracked.write();
    let random = |entries: Vec<Entry>| {
        let entries = entries.into_iter();
        // The sequence of random values is not repeated.
        let entries = entries.filter(|entry| entry.kind != "random");
        entries.collect::<Vec<_>>()
    };
    assert_same(&random(tracked.entries()), &random(before));
    assert!(tracked.write().is_empty());
}

#[tokio::test]
async fn reading_writes_nothing() {
    let tracked = data::filled().await;
    let get = json!({ "Username": "ann" });
    tracked.call("AdminGetUser", get).await;
    tracked.call("ListUsers", json!({})).await;
    let written = tracked.write();
    assert!(written.iter().all(|kind| *kind == "random"), "{written:?}");
}

#[tokio::test]
async fn nothing_is_tracked_without_a_file() {
    let tracked = Tracked::untracked(|builder| builder);
    data::fill_untracked(&tracked).await;
    assert!(tracked.write().is_empty());
    tracked.pools().track_changes();
    tracked.write();
    assert_same(&tracked.entries(), &tracked.entries_in_memory());
}

#[tokio::test]
async fn written_entries_can_still_be_read() {
    let lines = WRITTEN.lines().map(|line| {
        let [scope, kind, key, value] = serde_json::from_str(line).expect("an entry");
        Entry {
            scope,
            kind,
            key,
            value,
        }
    });
    let written: Vec<_> = lines.collect();
    let restarted = Tracked::restarted(&written);
    let all: BTreeSet<_> = Kind::ALL.iter().map(|kind| kind.name()).collect();
    assert_eq!(kinds(&written), all);
    assert_eq!(restarted.entries_in_memory().len(), written.len());
    restarted.sign_in().await;
}

#[tokio::test]
async fn unreadable_entry_changes_nothing() {
    let tracked = Tracked::new();
    tracked.create_user();
    let before = tracked.entries_in_memory();
    for (kind, value) in [
        ("user", "{}"),
        ("user", "no"),
        ("horse", "{}"),
        ("role", "1"),
    ] {
        let mut entries = before.clone();
        entries.push(Entry {
            scope: tracked.emulator.user_pool_id().to_owned(),
            kind: kind.to_owned(),
            key: "bob".to_owned(),
            value: value.to_owned(),
        });
        let error = tracked.pools().load(&entries).expect_err("an error");
        let expected = LoadError {
            scope: tracked.emulator.user_pool_id().to_owned(),
            kind: kind.to_owned(),
            key: "bob".to_owned(),
        };
        assert_eq!(error, expected);
        assert_same(&tracked.entries_in_memory(), &before);
    }
}

#[tokio::test]
async fn parts_of_a_pool_are_removed() {
    let tracked = Tracked::new();
    let fields = json!({ "PoolName": "second" });
    let created = tracked.public("CreateUserPool", fields).await;
    let id = created["UserPool"]["Id"].as_str().expect("an id");
    tracked.write();
    let mut entries = tracked.entries();
    entries.retain(|entry| entry.scope != id || entry.kind != "settings");
    assert!(entries.iter().any(|entry| entry.scope == id));
    let restarted = Tracked::restarted(&entries);
    *restarted.file.lock() = entries.into_iter().map(place).collect();
    restarted.pools().track_changes();
    restarted.write();
    let entries = restarted.entries();
    assert!(entries.iter().all(|entry| entry.scope != id));
    assert_same(&entries, &restarted.entries_in_memory());
}
