//! What the program is told on its command line.

use crate::site::{Failure, Settings};

const USAGE: &str = "\
usage: auth_server [--port N] [--pool env] [--public-url URL] [--trusted-proxy NETWORK]...

  --port N                 the port on 127.0.0.1, 3000 unless said otherwise; 0 takes a free one
  --pool env               the user pool that the environment names, in the place of an emulator
  --public-url URL         the address that people type, if it is not http://localhost;
                           with https, cookies are Secure and browsers stay with TLS;
                           http is for this machine only
  --trusted-proxy NETWORK  a network of proxies in front of it, 10.0.0.0/8: they are believed about
                           where a request came from";

/// What was asked for.
pub(crate) struct Arguments {
    pub(crate) port: u16,
    /// The pool of the environment, and no emulator.
    pub(crate) own_pool: bool,
    pub(crate) settings: Settings,
    /// For whoever walks the site and does not want to wait; not for people.
    pub(crate) test_clock: bool,
}

impl Arguments {
    /// Reads them.
    ///
    /// # Errors
    ///
    /// What is wrong with them, and how they are used.
    pub(crate) fn read(mut words: impl Iterator<Item = String>) -> Result<Self, Failure> {
        let mut arguments = Self {
            port: 3000,
            own_pool: false,
            settings: Settings::default(),
            test_clock: false,
        };
        while let Some(word) = words.next() {
            let mut value = || {
                words
                    .next()
                    .ok_or_else(|| format!("{word} needs a value\n\n{USAGE}"))
            };
            match word.as_str() {
                "--port" => {
                    let port = value()?;
                    let parsed = port.parse();
                    arguments.port = parsed.map_err(|_| format!("{port} is no port\n\n{USAGE}"))?;
                }
                "--pool" if value()? == "env" => arguments.own_pool = true,
                "--public-url" => arguments.settings.public_url = Some(value()?),
                "--trusted-proxy" => arguments.settings.trusted_proxies.push(value()?),
                "--test-clock" => arguments.test_clock = true,
                _ => return Err(format!("{word} is not understood\n\n{USAGE}").into()),
            }
        }
        if arguments.own_pool && arguments.test_clock {
            return Err("a real pool has its own time: --test-clock is for the emulator".into());
        }
        Ok(arguments)
    }
}
