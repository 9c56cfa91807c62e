//! A cluster of three servers, and a group that Sentinel monitors.

use std::sync::Arc;
use std::time::Duration;

use cognito_core::store::{CounterLimit, StoreKey};
use cognito_core::{ErrorKind, RevocationList, Store, SystemClock};
use cognito_redis::{RedisConfig, RedisRevocations, RedisStore, WhenStale};
use futures_util::future::join_all;
use redis::Value;
use tokio::time::timeout;

use crate::fixture::{is_let_in, machine_of, patient, refused, revocation};
use crate::group::{self, take};
use crate::passwords::config_of_cluster_user;
use crate::proxy::{Fault, Proxy};
use crate::server::Server;
use crate::start;

const MINUTE: Duration = Duration::from_secs(60);

/// The timeout for a silent server in tests.
const SHORT: Duration = Duration::from_secs(4);

async fn machine(config: RedisConfig) -> RedisRevocations {
    let clock = Arc::new(SystemClock::new());
    let builder = machine_of(config, WhenStale::FailClosed, clock);
    builder.connect().await.unwrap()
}

/// Starts three primaries that share all slots.
async fn three() -> Option<[Server; 3]> {
    group::three(&std::array::from_fn(|_| Vec::new()), None).await
}

/// Returns the configuration of a cluster with long timeouts.
fn cluster(nodes: impl IntoIterator<Item = String>) -> RedisConfig {
    patient(RedisConfig::cluster(nodes).unwrap())
}

#[tokio::test]
async fn cluster_spreads_counters_and_keeps_revocations() {
    let Some(nodes) = three().await else { return };
    let config = cluster([nodes[0].url()]);
    let store = RedisStore::new(config.clone());
    for number in 0..60 {
        let key = StoreKey::new("test", number.to_string());
        assert_eq!(store.add(&key, 2, MINUTE).await.unwrap(), 2);
        assert_eq!(store.add(&key, 0, MINUTE).await.unwrap(), 2);
        store.write(&key, vec![number], MINUTE).await.unwrap();
        assert_eq!(store.read(&key).await.unwrap(), Some(vec![number]));
    }
    for node in &nodes {
        let Value::Int(held) = node.ask(&["DBSIZE"]).await else {
            panic!("no size");
        };
        assert!(held > 5, "a node holds {held} of 60");
    }
    let (one, other) = (machine(config.clone()).await, machine(config.clone()).await);
    for number in 0..100 {
        one.revoke(revocation(&number.to_string())).await.unwrap();
    }
    refused(&other, "99").await;
    assert_eq!(other.len(), 100);
    assert_eq!(machine(config).await.len(), 100);
    assert!(is_let_in(&other, "100"));
}

#[tokio::test]
async fn reservation_in_cluster_takes_all_or_none() {
    let Some(nodes) = three().await else { return };
    let store = RedisStore::new(cluster([nodes[0].url()]));
    // Ten counters are on all three nodes, and the last one is full.
    let keys = (0..10).map(|number| StoreKey::new("test", number.to_string()));
    let mut limits: Vec<_> = keys.map(|key| CounterLimit::new(key, 5)).collect();
    for sum in 1..=3 {
        let reserved = store.reserve(&limits, MINUTE).await.unwrap();
        assert_eq!(reserved.outcome(), Ok(vec![sum; 10]));
    }
    limits[9].limit = 3;
    let refused = store.reserve(&limits, MINUTE).await.unwrap();
    assert_eq!(refused.outcome(), Err(9));
    limits[9].limit = 20;
    let all = join_all((0..20).map(|_| store.reserve(&limits, MINUTE))).await;
    let reserved = all.into_iter().filter(|it| {
        let outcome = it.as_ref().unwrap().clone().outcome();
        outcome.is_ok()
    });
    assert_eq!(reserved.count(), 2);
    for limit in &limits {
        assert_eq!(store.add(&limit.key, 0, MINUTE).await.unwrap(), 5);
    }
}

#[tokio::test]
async fn silent_node_does_not_block_others() {
    let Some(nodes) = three().await else {
        return;
    };
    let silent = Proxy::before(nodes[0].port).await;
    silent.set(Fault::BlackHole);
    let config = cluster([silent.url(), nodes[1].url()]);
    let config = config.with_connect_timeout(SHORT);
    let one = machine(config).await;
    one.revoke(revocation("a")).await.unwrap();
    refused(&one, "a").await;
}

#[tokio::test]
async fn lost_cluster_reply_subtracts_once() {
    let Some(mut node) = Server::start(&["--cluster-enabled", "yes"]).await else {
        return;
    };
    take(&node, 0..=16383).await;
    let is_ok = |it: Value| {
        let state: String = redis::from_redis_value(it).unwrap();
        state.contains("cluster_state:ok")
    };
    node.answers(&["CLUSTER", "INFO"], is_ok).await;
    // The node announces only the address of the proxy. Redis 6.2 accepts this setting only at the
    // start.
    let proxy = Proxy::before(node.port).await;
    let port = proxy.port().to_string();
    node.kill().await;
    node.restart_with(&["--cluster-announce-port", &port]).await;
    node.answers(&["CLUSTER", "INFO"], is_ok).await;
    let config = cluster([proxy.url()]);
    let store = RedisStore::new(config);
    for round in 0..5 {
        let key = StoreKey::new("test", round.to_string());
        store.add(&key, 5, MINUTE).await.unwrap();
        assert_eq!(store.add(&key, -1, MINUTE).await.unwrap(), 4);
        proxy.set(Fault::CutOnce);
        store.add(&key, -1, MINUTE).await.unwrap_err();
        assert_eq!(store.add(&key, 0, MINUTE).await.unwrap(), 3);
        // An addition is sent again.
        proxy.set(Fault::CutOnce);
        assert_eq!(store.add(&key, 1, MINUTE).await.unwrap(), 5);
    }
}

/// A slot that is moved from one node to another.
struct Move<'a> {
    nodes: &'a [Server; 3],
    slot: String,
    from: usize,
    to: usize,
}

impl<'a> Move<'a> {
    /// Returns the move of the slot of this key in Redis from its first owner to the next node.
    async fn of(nodes: &'a [Server; 3], key: &str) -> Self {
        let slot = nodes[0].ask(&["CLUSTER", "KEYSLOT", key]).await;
        let slot: usize = redis::from_redis_value(slot).unwrap();
        let from = [5461, 10923, 16384].iter().position(|end| slot < *end);
        let from = from.unwrap();
        Self {
            nodes,
            slot: slot.to_string(),
            from,
            to: (from + 1) % 3,
        }
    }

    /// Returns the next move of the slot, from its new owner to the next node.
    fn next(&self) -> Self {
        Self {
            nodes: self.nodes,
            slot: self.slot.clone(),
            from: self.to,
            to: (self.to + 1) % 3,
        }
    }

    /// Sets the state of the slot at a node. Some states name another node.
    async fn set(&self, node: usize, state: &str, other: usize) {
        let other = self.nodes[other].text(&["CLUSTER", "MYID"]).await;
        let command = ["CLUSTER", "SETSLOT", &self.slot, state, &other];
        self.nodes[node].ask(&command).await;
    }

    /// Starts the move, and moves this key. The old owner redirects commands for the key with
    /// `ASK`.
    async fn start(&self, key: &str) {
        self.set(self.to, "IMPORTING", self.from).await;
        self.set(self.from, "MIGRATING", self.to).await;
        let port = self.nodes[self.to].port.to_string();
        let migrate = ["MIGRATE", "127.0.0.1", &port, key, "0", "5000"];
        self.nodes[self.from].ask(&migrate).await;
    }

    /// Ends the move, and waits until all nodes know the new owner. Then they redirect commands for
    /// the key with `MOVED`.
    async fn finish(&self) {
        let third = 3 - self.from - self.to;
        for node in [self.to, self.from, third] {
            self.set(node, "NODE", self.to).await;
        }
        let slot: u64 = self.slot.parse().unwrap();
        let port = Value::Int(self.nodes[self.to].port.into());
        for node in self.nodes {
            let is_moved = |slots: Value| {
                let slots: Vec<(u64, u64, Vec<Value>)> = redis::from_redis_value(slots).unwrap();
                let owner = slots.iter().find(|it| (it.0..=it.1).contains(&slot));
                owner.is_some_and(|(_, _, owner)| owner[1] == port)
            };
            node.answers(&["CLUSTER", "SLOTS"], is_moved).await;
        }
    }
}

#[tokio::test]
async fn subtraction_follows_a_moved_counter() {
    let Some(nodes) = three().await else { return };
    let store = RedisStore::new(cluster([nodes[0].url()]));
    let key = StoreKey::new("test", "n");
    store.add(&key, 5, MINUTE).await.unwrap();
    assert_eq!(store.add(&key, -1, MINUTE).await.unwrap(), 4);
    let name = "cognito:test:n";
    let first = Move::of(&nodes, name).await;
    first.start(name).await;
    first.finish().await;
    assert_eq!(store.subtract(&key, 1).await.unwrap(), 3);
    assert_eq!(store.add(&key, -1, MINUTE).await.unwrap(), 2);
}

#[tokio::test]
async fn subtraction_follows_several_redirects() {
    let Some(nodes) = three().await else { return };
    let store = RedisStore::new(config_of_cluster_user(&nodes).await);
    let key = StoreKey::new("test", "n");
    store.add(&key, 5, MINUTE).await.unwrap();
    assert_eq!(store.add(&key, -1, MINUTE).await.unwrap(), 4);
    let name = "cognito:test:n";
    let first = Move::of(&nodes, name).await;
    first.start(name).await;
    first.finish().await;
    let second = first.next();
    second.start(name).await;
    // The first owner responds with `MOVED`, and the second one with `ASK`.
    assert_eq!(store.add(&key, -1, MINUTE).await.unwrap(), 3);
    assert_eq!(store.subtract(&key, 1).await.unwrap(), 2);
    second.finish().await;
    assert_eq!(store.subtract(&key, 1).await.unwrap(), 1);
}

#[tokio::test]
async fn circular_redirects_end_with_an_error() {
    let Some(nodes) = three().await else { return };
    let store = RedisStore::new(cluster([nodes[0].url()]));
    let key = StoreKey::new("test", "n");
    let slot = Move::of(&nodes, "cognito:test:n").await;
    // The other node does not import the slot, so it redirects each command back.
    slot.set(slot.from, "MIGRATING", slot.to).await;
    for error in [
        store.subtract(&key, 1).await.unwrap_err(),
        store.add(&key, 1, MINUTE).await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::StoreUnavailable);
        let shown = error.to_string();
        assert!(shown.contains("disagree which of them"), "{shown}");
    }
}

#[tokio::test]
async fn silent_sentinel_does_not_block_next() {
    let Some((_primary, _replica, sentinel)) = watched().await else {
        return;
    };
    let silent = Proxy::before(sentinel.port).await;
    silent.set(Fault::BlackHole);
    let config = RedisConfig::sentinel([silent.url(), sentinel.url()], "main").unwrap();
    let config = patient(config).with_connect_timeout(SHORT);
    let one = machine(config).await;
    one.revoke(revocation("a")).await.unwrap();
    refused(&one, "a").await;
}

#[tokio::test]
async fn slow_sentinel_has_the_configured_timeout() {
    let server = start!();
    let Some(sentinel) = group::sentinel(server.port, &[], &[]).await else {
        return;
    };
    let slow = Proxy::before(sentinel.port).await;
    slow.set(Fault::BlackHole);
    let config = RedisConfig::sentinel([slow.url()], "main");
    let store = RedisStore::new(patient(config.unwrap()));
    let key = StoreKey::new("test", "n");
    let read = store.read(&key);
    tokio::pin!(read);
    let early = timeout(Duration::from_secs(2), &mut read).await;
    assert!(early.is_err(), "{early:?}");
    slow.set(Fault::None);
    assert_eq!(read.await.unwrap(), None);
}

/// Starts a primary, a replica, and a sentinel that decides alone.
async fn watched() -> Option<(Server, Server, Server)> {
    let primary = Server::start(&[]).await?;
    let port = primary.port.to_string();
    let replica = Server::start(&["--replicaof", "127.0.0.1", &port]).await?;
    replica.says("replication", "master_link_status:up").await;
    let monitor = format!("main 127.0.0.1 {port} 1");
    let sentinel = Server::start_sentinel(&[
        &format!("monitor {monitor}"),
        "down-after-milliseconds main 300",
        "failover-timeout main 3000",
    ])
    .await?;
    sentinel.says("sentinel", "slaves=1").await;
    Some((primary, replica, sentinel))
}

#[tokio::test]
async fn failover_keeps_data_and_continues() {
    let Some((mut primary, replica, sentinel)) = watched().await else {
        return;
    };
    let config = patient(RedisConfig::sentinel([sentinel.url()], "main").unwrap());
    let store = RedisStore::new(config.clone());
    let key = StoreKey::new("test", "n");
    let (one, other) = (machine(config.clone()).await, machine(config).await);
    assert_eq!(store.add(&key, 1, MINUTE).await.unwrap(), 1);
    for number in 0..50 {
        one.revoke(revocation(&number.to_string())).await.unwrap();
    }
    refused(&other, "49").await;
    primary.kill().await;
    replica.says("replication", "role:master").await;
    // An error while the way to the new primary is found; it is kept and written.
    drop(one.revoke(revocation("during")).await);
    refused(&other, "during").await;
    refused(&other, "0").await;
    assert!(is_let_in(&other, "50"));
    while store.add(&key, 1, MINUTE).await.is_err() {}
    // Entries that were not replicated yet are written again.
    let entries = ["XLEN", "cognito:revocations"];
    let is_all = |it| matches!(it, Value::Int(51..));
    replica.answers(&entries, is_all).await;
}
