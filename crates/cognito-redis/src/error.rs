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

/// A response of a cluster node that did not execute the command, because another node must execute
/// it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Redirect {
    /// The node with this address must execute the command.
    Address {
        host: String,
        port: u16,
        /// `true` if the node executes the command only after the command `ASKING`, because the
        /// slot of the key is being moved to the node.
        needs_asking: bool,
    },
    /// Another node must execute the command, but the response contains no address of that node.
    Unnamed,
}

/// Returns the redirect if a cluster node did not execute a command because another node is
/// responsible for the key, or because the node is a replica. Returns `None` for other errors.
pub(crate) fn redirect(error: &RedisError) -> Option<Redirect> {
    let needs_asking = match error.kind() {
        RedisKind::Server(ServerErrorKind::Moved) => false,
        RedisKind::Server(ServerErrorKind::Ask) => true,
        RedisKind::Server(ServerErrorKind::ReadOnly) => return Some(Redirect::Unnamed),
        _ => return None,
    };
    let address = error
        .redirect_node()
        .and_then(|(address, _slot)| address.rsplit_once(':'));
    Some(match address.map(|(host, port)| (host, port.parse())) {
        // A node whose host is not configured is announced without a host, or as `?`.
        Some((host, Ok(port))) if !matches!(host, "" | "?") => Redirect::Address {
            host: host.to_owned(),
            port,
            needs_asking,
        },
        _ => Redirect::Unnamed,
    })
}

/// Creates the error for a command that no node of a cluster executed. Each node was a replica or
/// named another node.
pub(crate) fn redirected_too_often() -> Error {
    store_unavailable(
        "the nodes of the Redis cluster disagree which of them has the key: retry later",
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
    fn redirect_names_the_node() {
        let said = |kind: ServerErrorKind, detail: &str| {
            let error = RedisError::from((kind.into(), "the response", detail.to_owned()));
            redirect(&error)
        };
        let named = |host: &str, needs_asking| {
            Some(Redirect::Address {
                host: host.to_owned(),
                port: 7000,
                needs_asking,
            })
        };
        let moved = |detail| said(ServerErrorKind::Moved, detail);
        assert_eq!(moved("3999 10.0.0.1:7000"), named("10.0.0.1", false));
        assert_eq!(moved("3999 ::1:7000"), named("::1", false));
        let asks = said(ServerErrorKind::Ask, "3999 a.example.com:7000");
        assert_eq!(asks, named("a.example.com", true));
        for unnamed in ["3999 :7000", "3999 ?:7000", "3999 a:port", "3999 a", ""] {
            assert_eq!(moved(unnamed), Some(Redirect::Unnamed), "{unnamed}");
        }
        let replica = said(ServerErrorKind::ReadOnly, "");
        assert_eq!(replica, Some(Redirect::Unnamed));
        assert_eq!(said(ServerErrorKind::ClusterDown, ""), None);
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
