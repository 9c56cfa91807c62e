//! A connection to a Redis server, to a Redis cluster, or to the primary of a group that Sentinel
//! monitors.

use std::io;
use std::pin::Pin;

use cognito_core::Result;
use redis::aio::MultiplexedConnection;
use redis::cluster::ClusterClient;
use redis::cluster_async::ClusterConnection;
use redis::{
    AsyncConnectionConfig, Client, Cmd, ConnectionInfo, ErrorKind as RedisKind, Pipeline,
    RedisConnectionInfo, RedisError, RedisResult, Value,
};
use tokio::time::{Duration, timeout};

use crate::client::Retry;
use crate::config::{Place, RedisConfig};
use crate::error::{
    Redirect, ends_the_connection, redirect, redirected_too_often, store_unavailable, timed_out,
    unavailable,
};
use crate::tls;

type Boxed<'a, T> = Pin<Box<dyn Future<Output = RedisResult<T>> + Send + 'a>>;

/// An open connection to Redis. Clones share the connection.
#[derive(Clone)]
pub(crate) enum Link {
    Cluster(ClusterConnection),
    Server(MultiplexedConnection),
}

/// One or several commands that are sent in one request.
#[derive(Clone, Copy)]
pub(crate) enum Question<'a> {
    One(&'a Cmd),
    /// Several commands over the same connection, in order. The response is an array with the
    /// responses of the commands.
    Several(&'a Pipeline),
}

/// The error of a request, and what it means for the connection and for a retry.
pub(crate) struct Failure {
    pub(crate) error: cognito_core::Error,
    /// `true` if the connection of the request cannot be used any more and must be replaced.
    pub(crate) needs_new_link: bool,
    /// `true` if the connection broke before a response arrived. It may have broken before the
    /// request was sent.
    pub(crate) was_cut: bool,
    /// The redirect, if a node of a cluster did not execute a command.
    pub(crate) redirect: Option<Redirect>,
}

impl Link {
    /// Opens a connection within the configured connect timeout. `longest` is the timeout of the
    /// Redis driver for each response. If `retry` is [`Retry::Never`], the driver does not retry
    /// commands in a cluster.
    pub(crate) async fn connect(
        config: &RedisConfig,
        longest: Duration,
        retry: Retry,
    ) -> Result<Self> {
        if config.is_over_tls() {
            tls::choose_provider();
        }
        // The driver's futures are large. Boxing keeps the futures of callers small.
        let link: Boxed<'_, Self> = Box::pin(async {
            match &config.place {
                Place::Cluster(nodes) => cluster(config, nodes, longest, retry).await,
                Place::Sentinel {
                    sentinels,
                    name,
                    server,
                } => watched(config, sentinels, name, server, longest).await,
                Place::Server(node) => Ok(Self::Server(server(config, node, longest).await?)),
            }
        });
        opened(config, link).await
    }

    /// Opens a connection to the cluster node that a redirect names, within the configured connect
    /// timeout. The credentials and the use of TLS are those of the configured nodes.
    pub(crate) async fn connect_to_node(
        config: &RedisConfig,
        host: &str,
        port: u16,
    ) -> Result<Self> {
        let node = config.node_at(host, port)?;
        let link: Boxed<'_, Self> = Box::pin(async {
            let link = server(config, &node, config.command_timeout).await?;
            Ok(Self::Server(link))
        });
        opened(config, link).await
    }

    /// Sends one or several commands to the Redis server, and waits at most `longest` for the
    /// response.
    pub(crate) async fn ask(
        &mut self,
        question: Question<'_>,
        longest: Duration,
    ) -> std::result::Result<Value, Failure> {
        let is_cluster = matches!(self, Self::Cluster(_));
        let answer: Boxed<'_, Value> = Box::pin(async {
            match (self, question) {
                (Self::Cluster(link), Question::One(command)) => command.query_async(link).await,
                (Self::Server(link), Question::One(command)) => command.query_async(link).await,
                (Self::Cluster(link), Question::Several(all)) => all.query_async(link).await,
                (Self::Server(link), Question::Several(all)) => all.query_async(link).await,
            }
        });
        let failure = match timeout(longest, answer).await {
            Ok(Ok(value)) => return Ok(value),
            Ok(Err(error)) => {
                let redirect = redirect(&error);
                Failure {
                    needs_new_link: ends_the_connection(&error),
                    was_cut: error.is_connection_dropped() && !error.is_timeout(),
                    error: match redirect {
                        Some(_) if is_cluster => redirected_too_often(),
                        _ => failed(&error),
                    },
                    redirect,
                }
            }
            Err(_) => Failure {
                error: timed_out(),
                needs_new_link: true,
                was_cut: false,
                redirect: None,
            },
        };
        Err(failure)
    }
}

/// Waits until the connection `link` is open, and returns it. Fails after the configured connect
/// timeout.
async fn opened(config: &RedisConfig, link: Boxed<'_, Link>) -> Result<Link> {
    timeout(config.connect_timeout, link)
        .await
        .map_err(|_| timed_out())?
        .map_err(|error| failed(&error))
}

/// Converts an error of the Redis driver. The detail of the resulting error states whether TLS or
/// Redis failed.
fn failed(error: &RedisError) -> cognito_core::Error {
    tls::detail(error).map_or_else(|| unavailable(error), store_unavailable)
}

fn options(config: &RedisConfig, longest: Duration) -> AsyncConnectionConfig {
    AsyncConnectionConfig::new()
        .set_connection_timeout(Some(config.connect_timeout))
        .set_response_timeout(Some(longest))
}

async fn server(
    config: &RedisConfig,
    node: &ConnectionInfo,
    longest: Duration,
) -> RedisResult<MultiplexedConnection> {
    let client = match &config.certificates {
        Some(certificates) => Client::build_with_tls(node.clone(), certificates.clone())?,
        None => Client::open(node.clone())?,
    };
    let options = options(config, longest);
    client
        .get_multiplexed_async_connection_with_config(&options)
        .await
}

async fn cluster(
    config: &RedisConfig,
    nodes: &[ConnectionInfo],
    longest: Duration,
    retry: Retry,
) -> RedisResult<Link> {
    // The driver contacts all nodes at the same time, so an unresponsive node does not use the time
    // of the others. It waits for the slowest node.
    let mut client = ClusterClient::builder(nodes.iter().cloned())
        .connection_timeout(config.connect_timeout / 2)
        .response_timeout(longest);
    if retry == Retry::Never {
        client = client.retries(0);
    }
    if let Some(certificates) = &config.certificates {
        client = client.certs(certificates.clone());
    }
    match client.build()?.get_async_connection().await {
        Ok(link) => Ok(Link::Cluster(link)),
        Err(error) => Err(unreachable_reason(config, nodes, longest, error).await),
    }
}

/// Finds out why the cluster is unreachable, because the error of the Redis driver does not contain
/// the reason. Connects to the nodes one after the other, and returns the first error that is not a
/// broken connection. If there is no such error, returns `error`, the error of the driver.
async fn unreachable_reason(
    config: &RedisConfig,
    nodes: &[ConnectionInfo],
    longest: Duration,
    error: RedisError,
) -> RedisError {
    for node in nodes {
        match server(config, node, longest).await {
            Err(why) if !why.is_connection_dropped() => return why,
            _ => {}
        }
    }
    error
}

/// Requests the address of the primary of the group `name` from the sentinels, one after the other,
/// and connects to the primary. Stops at the first success. Each attempt has an equal share of the
/// connect timeout, because a sentinel may be unreachable: its host may have failed together with
/// the primary.
async fn watched(
    config: &RedisConfig,
    sentinels: &[ConnectionInfo],
    name: &str,
    server: &RedisConnectionInfo,
    longest: Duration,
) -> RedisResult<Link> {
    let share = config.connect_timeout / u32::try_from(sentinels.len()).unwrap_or(u32::MAX).max(1);
    let mut outcome = Err(RedisError::from((
        RedisKind::MasterNameNotFoundBySentinel,
        "there is no sentinel: give at least one URL",
    )));
    for sentinel in sentinels {
        let asked = primary_of(config, sentinel, name, server, longest);
        outcome = match timeout(share, asked).await {
            Ok(told) => told,
            Err(_) => Err(io::Error::from(io::ErrorKind::TimedOut).into()),
        };
        if outcome.is_ok() {
            break;
        }
    }
    outcome
}

/// Requests the address of the primary of the group `name` from one sentinel, and connects to the
/// primary.
///
/// The Redis driver can do this too, but its timeouts for the sentinel are fixed and short.
async fn primary_of(
    config: &RedisConfig,
    sentinel: &ConnectionInfo,
    name: &str,
    settings: &RedisConnectionInfo,
    longest: Duration,
) -> RedisResult<Link> {
    // A sentinel has no databases.
    let own = sentinel.redis_settings().clone().set_db(0);
    let sentinel = sentinel.clone().set_redis_settings(own);
    let mut link = server(config, &sentinel, config.connect_timeout).await?;
    let mut command = redis::cmd("SENTINEL");
    command.arg("GET-MASTER-ADDR-BY-NAME").arg(name);
    let address: Option<(String, u16)> = command.query_async(&mut link).await?;
    let no_primary = |why| RedisError::from((RedisKind::MasterNameNotFoundBySentinel, why));
    let (host, port) = address.ok_or_else(|| no_primary("the sentinel knows no such group"))?;
    let primary = sentinel
        .set_addr(config.address(&host, port))
        .set_redis_settings(settings.clone());
    let mut link = server(config, &primary, longest).await?;
    // After a failover, a sentinel may name the previous primary for some time.
    let role: Value = redis::cmd("ROLE").query_async(&mut link).await?;
    match role {
        Value::Array(role) if role.first() == Some(&Value::BulkString(b"master".to_vec())) => {
            Ok(Link::Server(link))
        }
        _ => Err(no_primary("the server is not a primary")),
    }
}
