//! The destinations of logs.

use crate::builder::EmulatorBuilder;
use crate::state::log_delivery::Target;

impl EmulatorBuilder {
    /// Delivers the logs for a destination in AWS to a file or to a server of this host, for all
    /// pools. May be called once for each ARN. Default: logs are not delivered.
    ///
    /// `arn` is the ARN of a log group, of a Firehose stream or of a bucket in
    /// `SetLogDeliveryConfiguration`. `target` is the path of a file, to which each entry is appended
    /// as a line of JSON, or an `http://` URL of `localhost`, `127.0.0.1` or `[::1]`, to which each
    /// entry is sent in a `POST` request. With another URL, [`start`](Self::start) and
    /// [`build`](Self::build) fail.
    pub fn log_delivery(mut self, arn: impl Into<String>, target: impl AsRef<str>) -> Self {
        match Target::parse(target.as_ref()) {
            Some(target) => drop(self.logs.insert(arn.into(), target)),
            None => self.has_invalid_log_target = true,
        }
        self
    }
}
