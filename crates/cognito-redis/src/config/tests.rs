//! Which parts of URLs are used.

use super::*;

fn settings(config: &RedisConfig) -> &RedisConnectionInfo {
    match &config.place {
        Place::Cluster(nodes) => nodes.first().expect("a node").redis_settings(),
        Place::Sentinel { server, .. } => server,
        Place::Server(node) => node.redis_settings(),
    }
}

#[test]
fn credentials_override_url_and_keep_database() {
    let url = "redis://alice:hunter2@127.0.0.1/3";
    for config in [
        RedisConfig::server(url),
        RedisConfig::cluster([url]),
        RedisConfig::sentinel([url], "main"),
    ] {
        let config = config.expect("a URL");
        let given = config.clone().with_credentials(None, "new");
        let (user, password) = (settings(&given).username(), settings(&given).password());
        assert_eq!((user, password), (None, Some("new")));
        assert_eq!(settings(&given).db(), 3);
        let given = config.with_credentials(Some("bob"), "new");
        assert_eq!(settings(&given).username(), Some("bob"));
        let given = given.with_credentials(None, "newer");
        assert_eq!(settings(&given).username(), None);
    }
}

#[test]
fn one_protocol_is_spoken() {
    let url = "redis://127.0.0.1/?protocol=resp3";
    let config = RedisConfig::server(url).expect("a URL");
    assert_eq!(settings(&config).protocol(), ProtocolVersion::RESP2);
}

#[test]
fn a_prefix_that_was_chosen_stays() {
    let config = RedisConfig::server("redis://127.0.0.1").expect("a URL");
    assert_eq!(config.key("n"), "cognito:n");
    let pool = config.clone().with_default_prefix("cognito:pool");
    assert_eq!(pool.key("n"), "cognito:pool:n");
    let chosen = config
        .with_prefix("mine")
        .with_default_prefix("cognito:pool");
    assert_eq!(chosen.key("n"), "mine:n");
}

#[test]
fn rejects_url_of_socket_file() {
    for url in ["unix:///run/redis.sock", "redis+unix:///run/redis.sock"] {
        let error = RedisConfig::server(url).unwrap_err().to_string();
        assert!(error.contains("redis://host:6379"), "{error}");
    }
}
