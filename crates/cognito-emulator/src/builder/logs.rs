//! The option that sets where the logs of user pools are delivered.

use crate::builder::EmulatorBuilder;
use crate::state::log_delivery::Target;

impl EmulatorBuilder {
    /// Delivers the logs for a destination in AWS to a file or to a server of this host, for all
    /// pools. May be called once for each ARN. Default: logs are not delivered.
    ///
    /// `arn` is the ARN of a destination in `SetLogDeliveryConfiguration`: a log group, a Firehose
    /// stream or a bucket. `target` is the path of a file or a URL. Each entry is appended to the
    /// file as a line of JSON, or is sent to the URL in a `POST` request. A URL must be an
    /// `http://` URL of `localhost`, `127.0.0.1` or `[::1]`. With another URL,
    /// [`start`](Self::start) and [`build`](Self::build) fail.
    pub fn log_delivery(mut self, arn: impl Into<String>, target: impl AsRef<str>) -> Self {
        match Target::parse(target.as_ref()) {
            Some(target) => drop(self.logs.insert(arn.into(), target)),
            None => self.has_invalid_log_target = true,
        }
        self
    }
}
