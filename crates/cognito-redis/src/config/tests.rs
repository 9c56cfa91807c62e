//! Which parts of URLs are used, and which are not shown.

use super::*;

#[test]
fn nothing_shows_a_password() {
    let url = "redis://alice:hunter2@127.0.0.1:7000/1";
    let configs = [
        RedisConfig::server(url),
        RedisConfig::cluster([url]),
        RedisConfig::sentinel([url], "main")
            .map(|config| config.with_credentials(Some("alice"), "hunter2")),
    ];
    for config in configs {
        let text = format!("{:?}", config.expect("a URL"));
        assert!(text.contains("127.0.0.1:7000"), "{text}");
        assert!(
            !text.contains("hunter2") && !text.contains("alice"),
            "{text}"
        );
    }
    let error = RedisConfig::server("redis:/alice:hunter2@host").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(!format!("{error} {error:?}").contains("hunter2"));
}

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
fn sentinels_of_one_group_name_one_database() {
    let urls = ["redis://127.0.0.1:1/3", "redis://127.0.0.1:2"];
    let error = RedisConfig::sentinel(urls, "main").unwrap_err();
    assert!(error.to_string().contains("database"), "{error}");
}

#[test]
fn a_certificate_cannot_be_left_unchecked() {
    let error = RedisConfig::server("rediss://127.0.0.1/#insecure").unwrap_err();
    assert!(error.to_string().contains("#insecure"), "{error}");
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
fn rejects_cluster_without_nodes() {
    for config in [
        RedisConfig::cluster([""; 0]),
        RedisConfig::sentinel([""; 0], "main"),
    ] {
        assert_eq!(config.unwrap_err().kind(), ErrorKind::Configuration);
    }
}
