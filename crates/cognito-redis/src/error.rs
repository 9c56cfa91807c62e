//! Converts errors of the Redis driver and of the Redis server, and creates the errors of this
//! crate.

use cognito_core::{Error, ErrorKind, Result};
use redis::{ErrorKind as RedisKind, RedisError, ServerErrorKind, Value};

/// Converts an error of the Redis driver to [`ErrorKind::StoreUnavailable`].
///
/// Security: the message of the Redis server is not included, because it may contain a key. The
/// details are a fixed set of strings.
pub(crate) fn unavailable(error: &RedisError) -> Error {
    store_unavailable(detail(error))
}

/// Creates an error of the kind [`ErrorKind::StoreUnavailable`].
pub(crate) fn store_unavailable(detail: &'static str) -> Error {
    Error::new(ErrorKind::StoreUnavailable).with_detail(detail)
}

/// Creates an error of the kind [`ErrorKind::Configuration`].
pub(crate) fn configuration(detail: &'static str) -> Error {
    Error::new(ErrorKind::Configuration).with_detail(detail)
}

/// Creates the error for a connection or a response that did not arrive within the timeout.
pub(crate) fn timed_out() -> Error {
    store_unavailable("Redis timed out: check its load and the network")
}

/// Creates the error for a response that has an unexpected format.
pub(crate) fn invalid_response() -> Error {
    store_unavailable(
        "the response of Redis cannot be read: check that the URL is that of a Redis server",
    )
}

/// Returns the elements of a response that is an array. Fails if it is not an array.
pub(crate) fn array(response: &Value) -> Result<&[Value]> {
    match response {
        Value::Array(elements) => Ok(elements),
        _ => Err(invalid_response()),
    }
}

/// Returns `true` if the connection is not usable after this error. The client must open another
/// connection, possibly to another Redis server.
pub(crate) fn ends_the_connection(error: &RedisError) -> bool {
    match error.kind() {
        RedisKind::Io
        | RedisKind::Parse
        | RedisKind::AuthenticationFailed
        | RedisKind::ClusterConnectionNotFound => true,
        RedisKind::Server(kind) => matches!(
            kind,
            ServerErrorKind::ReadOnly | ServerErrorKind::MasterDown
        ),
        _ => error.is_unrecoverable_error() || matches!(error.code(), Some("NOAUTH" | "UNBLOCKED")),
    }
}

/// Returns `true` if a node of a cluster did not execute the command, because another node is
/// responsible for the key, or because the node is a replica.
pub(crate) fn names_another_node(error: &RedisError) -> bool {
    matches!(
        error.kind(),
        RedisKind::Server(ServerErrorKind::Moved | ServerErrorKind::ReadOnly)
    )
}

fn detail(error: &RedisError) -> &'static str {
    if error.is_timeout() {
        return "Redis timed out: check its load and the network";
    }
    // The driver and the standard library have no error kinds for these cases. The message is not
    // included in the detail.
    let text = error.to_string();
    if text.contains("failed to lookup address") || text.contains("No address found for host") {
        return "the host of Redis was not found: check the host name in the URL";
    }
    if text.contains("refused to switch database") {
        return "Redis has no such database: check the number at the end of the URL, \
                and `databases` of the server; a cluster has database 0 only";
    }
    match error.kind() {
        RedisKind::AuthenticationFailed => {
            "Redis refused the credentials: check the user and the password"
        }
        RedisKind::ClusterConnectionNotFound => {
            "no node of the Redis cluster can be reached: check the URLs and the network"
        }
        RedisKind::MasterNameNotFoundBySentinel => {
            "Sentinel knows no primary of this name: check the name in RedisConfig::sentinel"
        }
        RedisKind::Io if error.is_connection_refusal() => {
            "Redis refused the connection: check that it runs, and the port in the URL"
        }
        RedisKind::Io => "the connection to Redis was lost: the library connects again",
        RedisKind::Parse => {
            "the response of Redis cannot be read: check that the URL is that of a Redis server"
        }
        RedisKind::Server(kind) => of_server(kind, error.code()),
        _ => of_code(error.code()),
    }
}

fn of_server(kind: ServerErrorKind, code: Option<&str>) -> &'static str {
    match kind {
        ServerErrorKind::BusyLoading => "Redis is loading its data: retry later",
        ServerErrorKind::ClusterDown => "the Redis cluster is down: check its nodes",
        ServerErrorKind::MasterDown => {
            "the Redis primary is down: start it, or wait for the failover"
        }
        ServerErrorKind::Moved | ServerErrorKind::Ask => {
            "Redis is a cluster: name it with RedisConfig::cluster"
        }
        ServerErrorKind::NoPerm => {
            "Redis does not permit this to the user: correct the ACL of the user"
        }
        ServerErrorKind::ReadOnly => "Redis is a read-only replica: use the URL of the primary",
        ServerErrorKind::TryAgain => "the Redis cluster is moving the key: retry later",
        _ => of_code(code),
    }
}

fn of_code(code: Option<&str>) -> &'static str {
    match code {
        Some("MISCONF") => "Redis cannot save its data: check its disk and its log",
        Some("NOAUTH" | "WRONGPASS") => {
            "Redis refused the credentials: check the user and the password"
        }
        Some("NOREPLICAS") => {
            "Redis has too few replicas: start more, or lower min-replicas-to-write"
        }
        Some("OOM") => "Redis is out of memory: raise maxmemory",
        Some("UNBLOCKED") => "the Redis server is no longer a primary: the library connects again",
        Some("WRONGTYPE") => {
            "a key in Redis has another type: use a prefix that no other program uses"
        }
        _ => "Redis refused the command: check that its version is at least 6.2",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connection_errors_name_the_remedy() {
        let dns = std::io::Error::other("failed to lookup address information: Name or service");
        let index = ServerErrorKind::ResponseError;
        let index = (index.into(), "Redis server refused to switch database");
        for (error, word) in [
            (RedisError::from(dns), "check the host name in the URL"),
            (
                RedisError::from(index),
                "check the number at the end of the URL",
            ),
        ] {
            let shown = unavailable(&error).to_string();
            assert!(shown.contains(word), "{shown}");
        }
    }

    #[test]
    fn the_servers_own_words_stay_out() {
        for code in ["OOM", "ERR", "WRONGTYPE", "NEWCODE"] {
            let theirs = redis::make_extension_error(code.to_owned(), Some("key-of-alice".into()));
            let ours = unavailable(&theirs);
            assert_eq!(ours.kind(), ErrorKind::StoreUnavailable);
            assert!(!format!("{ours} {ours:?}").contains("alice"), "{ours:?}");
        }
    }
}
