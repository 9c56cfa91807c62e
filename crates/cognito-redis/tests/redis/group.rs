//! A cluster of three servers, and a group that Sentinel monitors, with options for all servers.

use std::ops::RangeInclusive;

use crate::server::Server;

/// Starts three primaries that share all slots. `ports` are their cluster bus ports, if they are
/// not the usual ones.
pub(crate) async fn three(
    options: &[Vec<String>; 3],
    ports: Option<[u16; 3]>,
) -> Option<[Server; 3]> {
    let nodes = [
        node(&options[0]).await?,
        node(&options[1]).await?,
        node(&options[2]).await?,
    ];
    for (node, slots) in nodes.iter().zip([(0, 5460), (5461, 10922), (10923, 16383)]) {
        take(node, slots.0..=slots.1).await;
    }
    // Without different epochs, nodes raise their epochs during the first seconds. A node with a
    // higher epoch than the new owner of a slot can then take the slot back.
    for (node, epoch) in nodes.iter().zip(["1", "2", "3"]) {
        node.ask(&["CLUSTER", "SET-CONFIG-EPOCH", epoch]).await;
    }
    let ports = ports.unwrap_or_else(|| std::array::from_fn(|index| nodes[index].port));
    for port in &ports[1..] {
        let meet = ["CLUSTER", "MEET", "127.0.0.1", &port.to_string()];
        nodes[0].ask(&meet).await;
    }
    for node in &nodes {
        loop {
            let state = node.text(&["CLUSTER", "INFO"]).await;
            if state.contains("cluster_state:ok") && state.contains("cluster_known_nodes:3") {
                break;
            }
            tokio::task::yield_now().await;
        }
    }
    Some(nodes)
}

/// Assigns these slots to a node. Redis 6.2 requires them one by one.
pub(crate) async fn take(node: &Server, slots: RangeInclusive<u16>) {
    let slots: Vec<_> = slots.map(|slot| slot.to_string()).collect();
    let mut command = vec!["CLUSTER", "ADDSLOTS"];
    command.extend(slots.iter().map(String::as_str));
    node.ask(&command).await;
}

async fn node(options: &[String]) -> Option<Server> {
    let mut all = vec!["--cluster-enabled", "yes"];
    all.extend(options.iter().map(String::as_str));
    Server::start(&all).await
}

/// Starts a sentinel that monitors the primary at this port and decides alone.
pub(crate) async fn sentinel(port: u16, lines: &[&str], options: &[&str]) -> Option<Server> {
    let monitor = format!("monitor main 127.0.0.1 {port} 1");
    let mut all = vec![monitor.as_str()];
    all.extend(lines);
    let sentinel = Server::start_sentinel_with(&all, options).await?;
    // It must have reached the primary, or it would not name it.
    sentinel.says("sentinel", "status=ok").await;
    Some(sentinel)
}
