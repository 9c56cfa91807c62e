//! The default implementations of the [ports](crate::ports), the traits through which
//! [`Cognito`](crate::Cognito) sends requests. They call AWS.

use std::sync::Arc;

use cognito_aws::{AwsCognito, AwsHostedLogin};
use cognito_core::Result;
use cognito_core::config::CurrentConfig;
use cognito_core::ports::HostedLogin;

use super::{CognitoBuilder, misuse};
use crate::events::Events;

impl CognitoBuilder {
    /// Returns the AWS client. Returns `None` if the builder has custom implementations of all
    /// three [ports](crate::ports) that use it: `authentication`, `account` and `administration`.
    pub(super) async fn aws(
        &self,
        config: &Arc<dyn CurrentConfig>,
        events: &Arc<Events>,
    ) -> Result<Option<Arc<AwsCognito>>> {
        let all_given = self.authentication.is_some()
            && self.account.is_some()
            && self.administration.is_some();
        if all_given {
            return Ok(None);
        }
        let mut aws = AwsCognito::builder(Arc::clone(config))
            .timeouts(self.timeouts)
            .max_attempts(self.max_attempts)
            .clock(Arc::clone(&self.clock))
            .event_sink(Arc::<Events>::clone(events));
        if let Some(url) = &self.endpoint_url {
            aws = aws.endpoint_url(url);
        }
        if let Some(connector) = &self.http_connector {
            aws = aws.http_connector(connector.clone());
        }
        if self.allow_http {
            aws = aws.danger_allow_http();
        }
        let aws = match &self.sdk_config {
            _ if self.emulator => aws.static_credentials("test", "test").build_isolated(),
            Some(config) => aws.build(config),
            None => aws.load().await,
        };
        Ok(Some(Arc::new(aws?)))
    }

    /// Returns the custom implementation of the [port](crate::ports) for managed login, or the
    /// default implementation.
    pub(super) fn port_to_hosted_login(
        &mut self,
        config: &Arc<dyn CurrentConfig>,
        events: &Arc<Events>,
    ) -> Arc<dyn HostedLogin> {
        if let Some(given) = self.hosted_login.take() {
            return given;
        }
        let mut login = AwsHostedLogin::builder(Arc::clone(config))
            .timeouts(self.timeouts)
            .max_attempts(self.max_attempts)
            .event_sink(Arc::<Events>::clone(events));
        // Emulators serve the endpoints of the domain at their own URL.
        if let Some(url) = self.endpoint_url.as_deref().filter(|_| self.emulator) {
            login = login.endpoint_url(url);
        }
        if let Some(connector) = &self.http_connector {
            login = login.http_connector(connector.clone());
        }
        if self.allow_http {
            login = login.danger_allow_http();
        }
        Arc::new(login.build())
    }
}

/// Returns the implementation of one [port](crate::ports): the custom implementation `given` or, if
/// it is `None`, the AWS client `ours`. Fails if both are `None`.
pub(super) fn port<P: ?Sized, A>(
    given: Option<Arc<P>>,
    ours: Option<&Arc<A>>,
    widen: impl FnOnce(Arc<A>) -> Arc<P>,
) -> Result<Arc<P>> {
    given.or_else(|| ours.cloned().map(widen)).ok_or_else(|| {
        misuse("a port that was not replaced has no AWS client: report it as an issue")
    })
}
