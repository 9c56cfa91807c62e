//! The configuration of a connection to Redis: addresses, certificates, prefix and timeouts.

use std::fmt;
use std::time::Duration;

use cognito_core::{Error, Result};
use redis::{
    ConnectionAddr, ConnectionInfo, IntoConnectionInfo, ProtocolVersion, RedisConnectionInfo,
    TlsCertificates,
};

use crate::error::configuration;
use crate::tls;

/// The default timeout of opening a connection to Redis.
const CONNECT: Duration = Duration::from_secs(1);

/// The default timeout of a Redis command.
const COMMAND: Duration = Duration::from_millis(250);

/// The default prefix of all keys in Redis.
const PREFIX: &str = "cognito";

/// The configuration of a connection to Redis or Valkey: one server, a cluster, or a group that
/// Sentinel monitors.
///
/// The address of a server is a URL: `redis://`, or `rediss://` for TLS. It may contain a user, a
/// password, a port and a database, for example `rediss://user:password@cache.example.com:6379/0`.
///
/// # Security
///
/// `redis://` is accepted for every host, and sends the password and the entries unencrypted.
/// Outside a private network, use `rediss://`.
///
/// A node of a cluster announces the addresses of the other nodes. A sentinel announces the address
/// of the primary. The client connects to these addresses and sends them the password. An attacker
/// who controls one node or sentinel can therefore announce a server of the attacker. With
/// `rediss://`, that server needs a certificate of a trusted authority for its address, and any
/// domain owner can get one from a public authority. Therefore use `rediss://`, and trust only your
/// private authority with [`with_root_certificates`](Self::with_root_certificates).
///
/// # TLS
///
/// By default, the certificate authorities of the operating system are trusted; see
/// [`with_root_certificates`](Self::with_root_certificates). The certificate of a server must
/// contain the host in the URL. Nodes of a cluster and servers behind Sentinel announce their own
/// addresses. Their certificates must also contain these addresses, or the servers must announce
/// host names (`cluster-announce-hostname`, `sentinel announce-hostnames`).
///
/// The crypto provider is the default of rustls in the process. If there is no default, connecting
/// installs aws-lc-rs as the default.
///
/// ```
/// use std::time::Duration;
///
/// use cognito_redis::RedisConfig;
///
/// # fn example() -> cognito_core::Result<()> {
/// let one = RedisConfig::server("redis://127.0.0.1:6379")?;
/// let cluster = RedisConfig::cluster(["rediss://a.example.com", "rediss://b.example.com"])?;
/// let watched = RedisConfig::sentinel(["redis://s1:26379", "redis://s2:26379"], "main")?
///     .with_command_timeout(Duration::from_millis(100));
/// # Ok(()) }
/// # example().unwrap();
/// ```
#[derive(Clone)]
#[must_use = "a setter returns the changed value"]
pub struct RedisConfig {
    pub(crate) place: Place,
    pub(crate) certificates: Option<TlsCertificates>,
    pub(crate) prefix: Option<String>,
    pub(crate) connect_timeout: Duration,
    pub(crate) command_timeout: Duration,
}

/// The addresses of the Redis servers: the nodes of a cluster, the sentinels of a group, or a
/// single server.
#[derive(Clone)]
pub(crate) enum Place {
    Cluster(Vec<ConnectionInfo>),
    Sentinel {
        sentinels: Vec<ConnectionInfo>,
        name: String,
        server: RedisConnectionInfo,
    },
    Server(ConnectionInfo),
}

impl RedisConfig {
    /// Creates the configuration for one server.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Configuration`](cognito_core::ErrorKind::Configuration) if the string is not
    /// the URL of a Redis server, or if it ends with `#insecure`.
    pub fn server(url: &str) -> Result<Self> {
        Ok(Self::new(Place::Server(parse(url)?)))
    }

    /// Creates the configuration for a cluster from the URLs of one or more of its nodes. The other
    /// nodes are discovered. The user and the password in the first URL are used for all nodes.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Configuration`](cognito_core::ErrorKind::Configuration) if one of the strings
    /// is not valid for [`server`](Self::server), if there is no URL, or if only some URLs begin
    /// with `rediss://`.
    pub fn cluster(nodes: impl IntoIterator<Item = impl AsRef<str>>) -> Result<Self> {
        let mut nodes = parse_all(nodes)?;
        if let Some((first, others)) = nodes.split_first_mut() {
            for other in others {
                *other = other
                    .clone()
                    .set_redis_settings(first.redis_settings().clone());
            }
        }
        Ok(Self::new(Place::Cluster(nodes)))
    }

    /// Creates the configuration for the group `name`, from the URLs of the sentinels that monitor
    /// it. For each new connection, the address of the primary is requested from a sentinel. If the
    /// URLs begin with `rediss://`, the connections to the servers of the group also use TLS.
    ///
    /// The user and the password in the URLs are for the sentinels. Set the credentials of the
    /// servers with [`with_credentials`](Self::with_credentials). The database in the URLs is for
    /// the servers, because sentinels have no databases.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Configuration`](cognito_core::ErrorKind::Configuration) if one of the strings
    /// is not valid for [`server`](Self::server), if there is no URL, if only some URLs begin with
    /// `rediss://`, or if the URLs name different databases.
    pub fn sentinel(
        sentinels: impl IntoIterator<Item = impl AsRef<str>>,
        name: impl Into<String>,
    ) -> Result<Self> {
        let sentinels = parse_all(sentinels)?;
        let database = |sentinel: &ConnectionInfo| sentinel.redis_settings().db();
        let first = sentinels.first().map_or(0, database);
        if sentinels.iter().any(|sentinel| database(sentinel) != first) {
            return Err(configuration(
                "the URLs of all sentinels must name the same database",
            ));
        }
        Ok(Self::new(Place::Sentinel {
            sentinels,
            name: name.into(),
            server: RedisConnectionInfo::default().set_db(first),
        }))
    }

    const fn new(place: Place) -> Self {
        Self {
            place,
            certificates: None,
            prefix: None,
            connect_timeout: CONNECT,
            command_timeout: COMMAND,
        }
    }

    /// Sets the user and the password for the Redis servers. Default: the user and the password in
    /// the URLs; for servers behind Sentinel, none. If `user` is `None`, `password` is the password
    /// of the default user of the Redis servers, even if a URL names another user. The credentials
    /// of the sentinels are not changed.
    pub fn with_credentials(mut self, user: Option<&str>, password: &str) -> Self {
        let with = |server: &RedisConnectionInfo| {
            // The driver has no method that removes the user.
            let own = RedisConnectionInfo::default()
                .set_protocol(server.protocol())
                .set_db(server.db())
                .set_password(password);
            match user {
                Some(user) => own.set_username(user),
                None => own,
            }
        };
        match &mut self.place {
            Place::Cluster(nodes) => {
                for node in nodes {
                    *node = node.clone().set_redis_settings(with(node.redis_settings()));
                }
            }
            Place::Sentinel { server, .. } => *server = with(server),
            Place::Server(node) => {
                *node = node.clone().set_redis_settings(with(node.redis_settings()));
            }
        }
        self
    }

    /// Sets the trusted root certificates, in PEM. They replace the default, which is the root
    /// certificates of the operating system. Use this setting for servers whose certificates are
    /// from a private certificate authority.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Configuration`](cognito_core::ErrorKind::Configuration) if there is no
    /// certificate, if a certificate cannot be parsed, or if the URLs do not begin with
    /// `rediss://`.
    pub fn with_root_certificates(mut self, pem: impl AsRef<[u8]>) -> Result<Self> {
        self.certificates_mut()?.root_cert = Some(tls::roots(pem.as_ref())?);
        Ok(self)
    }

    /// Sets a client certificate, for mutual TLS. Default: none. `certificates` contains the
    /// certificate, followed by its intermediate certificates, in PEM. `key` is the private key, in
    /// PEM (PKCS #8, PKCS #1 or SEC 1).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Configuration`](cognito_core::ErrorKind::Configuration) if the certificate or
    /// the key cannot be parsed, if the key does not belong to the certificate, or if the URLs do
    /// not begin with `rediss://`.
    pub fn with_client_certificate(
        mut self,
        certificates: impl AsRef<[u8]>,
        key: impl AsRef<[u8]>,
    ) -> Result<Self> {
        let client = tls::client(certificates.as_ref(), key.as_ref())?;
        self.certificates_mut()?.client_tls = Some(client);
        Ok(self)
    }

    fn certificates_mut(&mut self) -> Result<&mut TlsCertificates> {
        if !self.is_over_tls() {
            return Err(configuration(
                "certificates need TLS: the Redis URL must begin with rediss://",
            ));
        }
        Ok(self.certificates.get_or_insert_with(tls::nothing))
    }

    /// Sets the prefix of all keys in Redis. Default: `cognito`. Use a different prefix for each
    /// user pool. User pools with the same prefix share their counters and revocations.
    pub fn with_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = Some(prefix.into());
        self
    }

    /// Sets the prefix of all keys in Redis if none is set yet. See
    /// [`with_prefix`](Self::with_prefix).
    pub fn with_default_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix.get_or_insert_with(|| prefix.into());
        self
    }

    /// Sets the timeout for opening a connection. It includes the handshakes of TLS and Redis and,
    /// for Sentinel, the request to the sentinels. Default: 1 second.
    pub const fn with_connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Sets the timeout for the response to a command. Default: 250 ms.
    pub const fn with_command_timeout(mut self, timeout: Duration) -> Self {
        self.command_timeout = timeout;
        self
    }

    pub(crate) const fn is_cluster(&self) -> bool {
        matches!(self.place, Place::Cluster(_))
    }

    /// Returns the connection settings for the cluster node with this address: the credentials and
    /// the use of TLS are those of the first configured node.
    pub(crate) fn node_at(&self, host: &str, port: u16) -> Result<ConnectionInfo> {
        let first = self.nodes().first().ok_or_else(no_url)?;
        Ok(first.clone().set_addr(self.address(host, port)))
    }

    /// Returns the address of a Redis server. The connection uses TLS if all configured Redis URLs
    /// begin with `rediss://`.
    pub(crate) fn address(&self, host: &str, port: u16) -> ConnectionAddr {
        let host = host.to_owned();
        if self.is_over_tls() {
            ConnectionAddr::TcpTls {
                host,
                port,
                insecure: false,
                tls_params: None,
            }
        } else {
            ConnectionAddr::Tcp(host, port)
        }
    }

    pub(crate) fn is_over_tls(&self) -> bool {
        self.nodes().iter().all(is_over_tls)
    }

    fn nodes(&self) -> &[ConnectionInfo] {
        match &self.place {
            Place::Cluster(nodes) => nodes,
            Place::Sentinel { sentinels, .. } => sentinels,
            Place::Server(node) => std::slice::from_ref(node),
        }
    }

    /// Returns the key in Redis for `name`: the prefix, a colon and the name.
    pub(crate) fn key(&self, name: impl fmt::Display) -> String {
        format!("{}:{name}", self.prefix.as_deref().unwrap_or(PREFIX))
    }
}

fn parse_all(urls: impl IntoIterator<Item = impl AsRef<str>>) -> Result<Vec<ConnectionInfo>> {
    let places: Vec<_> = urls
        .into_iter()
        .map(|url| parse(url.as_ref()))
        .collect::<Result<_>>()?;
    if places.is_empty() {
        return Err(no_url());
    }
    if places.iter().any(is_over_tls) && !places.iter().all(is_over_tls) {
        return Err(configuration(
            "either all or none of the Redis URLs must begin with rediss://",
        ));
    }
    Ok(places)
}

fn no_url() -> Error {
    configuration("there is no Redis URL: give at least one")
}

fn is_over_tls(place: &ConnectionInfo) -> bool {
    matches!(place.addr(), ConnectionAddr::TcpTls { .. })
}

fn parse(url: &str) -> Result<ConnectionInfo> {
    // Security: the error does not contain the URL, which may contain a password.
    let form = "a Redis URL must be like redis://host:6379 or rediss://user:password@host:6379/0";
    let place = url
        .into_connection_info()
        .map_err(|_| configuration(form))?;
    match place.addr() {
        ConnectionAddr::Unix(_) => Err(configuration(form)),
        ConnectionAddr::TcpTls { insecure: true, .. } => Err(configuration(
            "a Redis URL must not end in #insecure: the server's certificate is always checked",
        )),
        _ => {
            // Responses are parsed as RESP2, whatever `?protocol=` requests.
            let settings = place.redis_settings().clone();
            Ok(place.set_redis_settings(settings.set_protocol(ProtocolVersion::RESP2)))
        }
    }
}

impl fmt::Debug for RedisConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Security: shows only addresses, without users and passwords.
        let nodes = self.nodes().iter().map(|node| node.addr().to_string());
        let nodes: Vec<_> = nodes.collect();
        f.debug_struct("RedisConfig")
            .field("nodes", &nodes)
            .field("prefix", &self.prefix)
            .field("connect_timeout", &self.connect_timeout)
            .field("command_timeout", &self.command_timeout)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
