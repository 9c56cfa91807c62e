//! The command-line arguments of the example `auth_server`.

use cognito::revocation::WhenStale;
use cognito::store::RedisConfig;

use crate::site::{Failure, Secret, Settings, Sharing};

const USAGE: &str = "\
usage: auth_server [--port N] [--pool env [--levels]] [--public-url URL]
                   [--trusted-proxy NETWORK]...
                   [--redis URL [--when-stale closed|open] [--instances N]]

  --port N                 the port on 127.0.0.1; 0 for a free port; default: 3000
  --pool env               use the user pool in the environment variables, not the emulator
  --levels                 a sign-in with a password requests an authentication level, so that
                           a step-up asks only for the second factor; the pool needs the feature
                           plan Essentials or Plus; always on with the emulator
  --public-url URL         the URL of the site for users; default: http://localhost with the port;
                           with https, cookies are Secure, and browsers use TLS only;
                           http is accepted for a loopback host only
  --trusted-proxy NETWORK  a network of proxies in front of the site, such as 10.0.0.0/8, which
                           report the client's address
  --redis URL              the Redis or Valkey for the shared state, such as redis://127.0.0.1:6379;
                           with env, the URL is read from REDIS_URL, so that its password is not
                           on the command line
  --when-stale closed|open whether tokens are accepted while that server is unavailable:
                           closed rejects all of them, open accepts those that are not known
                           to be revoked; default: closed
  --instances N            the number of instances in this process, on consecutive ports;
                           default: 2 with the emulator and --redis, otherwise 1";

/// The environment variable with the secret that all processes of one site share. Its value has 64
/// hexadecimal digits.
const SECRET: &str = "AUTH_SERVER_SECRET";
/// The environment variable with the URL of the Redis server. It is read for `--redis env`.
const REDIS_URL: &str = "REDIS_URL";
const MOST: usize = 16;

#[derive(Debug)]
pub(crate) struct Arguments {
    pub(crate) port: u16,
    /// The number of instances of the site. Each instance has its own port.
    pub(crate) instances: usize,
    /// `true` to use the pool that the environment variables configure, instead of the emulator.
    pub(crate) own_pool: bool,
    pub(crate) settings: Settings,
    /// `true` if automated tests of the site can advance the clock (`--test-clock`).
    pub(crate) test_clock: bool,
}

#[derive(Default)]
struct Said {
    port: Option<u16>,
    instances: Option<usize>,
    own_pool: bool,
    redis: Option<String>,
    settings: Settings,
    test_clock: bool,
    when_stale: Option<WhenStale>,
}

impl Arguments {
    /// Parses the command line, and reads secrets from the environment.
    ///
    /// # Errors
    ///
    /// Fails with a message if an argument is unknown, has an invalid value, or contradicts another
    /// argument, or if a secret in the environment is missing or invalid.
    pub(crate) fn read(
        words: impl Iterator<Item = String>,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, Failure> {
        let said = Said::read(words)?;
        said.check()?;
        let mut settings = said.settings;
        if let Some(secret) = variable(SECRET) {
            let secret = Secret::parse(&secret);
            settings.secret = Some(secret.ok_or_else(|| secret_is("not 64 hexadecimal digits"))?);
        }
        if let Some(url) = said.redis {
            let url = match url.as_str() {
                "env" => variable(REDIS_URL).ok_or("--redis env: REDIS_URL is not set")?,
                _ => url,
            };
            settings.sharing = Some(Sharing {
                redis: RedisConfig::server(&url)?,
                when_stale: said.when_stale.unwrap_or(WhenStale::FailClosed),
            });
            if settings.secret.is_none() {
                // Other processes could not open states of this one, or count together with it.
                let alone = !said.own_pool;
                settings.secret = Some(
                    alone
                        .then(Secret::random)
                        .ok_or_else(|| secret_is("not set"))??,
                );
            }
        }
        let is_shared = settings.sharing.is_some() && !said.own_pool;
        Ok(Self {
            port: said.port.unwrap_or(3000),
            instances: said.instances.unwrap_or(if is_shared { 2 } else { 1 }),
            own_pool: said.own_pool,
            settings,
            test_clock: said.test_clock,
        })
    }
}

fn secret_is(what: &str) -> String {
    format!("{SECRET} is {what}: create one for all processes with openssl rand -hex 32")
}

impl Said {
    fn read(mut words: impl Iterator<Item = String>) -> Result<Self, Failure> {
        let mut said = Self::default();
        while let Some(word) = words.next() {
            let mut value = || {
                let value = words.next();
                value.ok_or_else(|| format!("{word} needs a value\n\n{USAGE}"))
            };
            match word.as_str() {
                "--port" => said.port = Some(number(&value()?, "port")?),
                "--pool" if value()? == "env" => said.own_pool = true,
                "--levels" => said.settings.requests_level = true,
                "--public-url" => said.settings.public_url = Some(value()?),
                "--trusted-proxy" => said.settings.trusted_proxies.push(value()?),
                "--redis" => said.redis = Some(value()?),
                "--when-stale" => said.when_stale = Some(when_stale(&value()?)?),
                "--instances" => said.instances = Some(number(&value()?, "number of instances")?),
                "--test-clock" => said.test_clock = true,
                _ => return Err(format!("{word} is unknown\n\n{USAGE}").into()),
            }
        }
        Ok(said)
    }

    /// Fails if the arguments contradict each other, or if the number of instances is not 1 to 16.
    fn check(&self) -> Result<(), Failure> {
        if self.own_pool && self.test_clock {
            return Err("--test-clock works only with the emulator".into());
        }
        let instances = self.instances.unwrap_or(1);
        if !(1..=MOST).contains(&instances) {
            return Err(format!("--instances must be 1 to {MOST}").into());
        }
        if self.redis.is_none() && (instances > 1 || self.when_stale.is_some()) {
            return Err("--instances above 1 and --when-stale need --redis".into());
        }
        if self.own_pool && instances > 1 {
            return Err(
                "with --pool env each process is one instance: start another process \
                 with another --port"
                    .into(),
            );
        }
        Ok(())
    }
}

fn number<N: std::str::FromStr>(text: &str, what: &str) -> Result<N, String> {
    text.parse()
        .map_err(|_| format!("{text} is not a {what}\n\n{USAGE}"))
}

fn when_stale(text: &str) -> Result<WhenStale, String> {
    match text {
        "closed" => Ok(WhenStale::FailClosed),
        "open" => Ok(WhenStale::FailOpen),
        _ => Err(format!("--when-stale must be closed or open\n\n{USAGE}")),
    }
}
