//! A request to the emulator's window, its web interface ([`Visit`]).

use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use http::request::Parts;
use serde_json::{Map, Value, json};

use crate::http::instance::Instance;
use crate::http::message::Peer;
use crate::http::operation::{Caller, perform};
use crate::http::origin;
use crate::model::aws::Api;
use crate::model::failure::{Answer, Failure};
use crate::model::settings::DEFAULT_ACCOUNT;
use crate::model::time::iso8601;
use crate::operations;
use crate::state::service::Service;

/// The path of the emulator's window (its web interface). The paths of its pages start with it.
pub(in crate::http) const PATH: &str = "/_emulator/window";

/// The maximum number of parameters of a request to the window. The longest form has fewer than 20.
const MOST_PARAMETERS: usize = 200;

/// A request to a page of the emulator's window (its web interface).
pub(super) struct Visit<'a> {
    pub(super) instance: &'a Arc<Instance>,
    /// The path of the page without [`PATH`], such as `/pool`.
    pub(super) page: &'a str,
    /// The parameters of the query or, for `POST`, of the form.
    pub(super) parameters: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    peer: IpAddr,
    /// `true` if the user has followed a link on another site.
    is_from_other_site: bool,
}

impl<'a> Visit<'a> {
    /// Creates a request from the query or the form in `encoded`. Returns `None` if it has more than
    /// 200 parameters.
    pub(super) fn new(
        instance: &'a Arc<Instance>,
        head: &'a Parts,
        encoded: &'a [u8],
    ) -> Option<Self> {
        let parameters = form_urlencoded::parse(encoded).take(MOST_PARAMETERS + 1);
        let parameters: Vec<_> = parameters.collect();
        (parameters.len() <= MOST_PARAMETERS).then(|| Self {
            instance,
            page: head.uri.path().strip_prefix(PATH).unwrap_or_default(),
            parameters,
            peer: Peer::of(&head.extensions),
            is_from_other_site: origin::is_cross_site(&head.headers),
        })
    }

    /// Returns the operation in the parameter `done`: the page reports that this operation has
    /// succeeded. Returns an empty string if the parameter is missing.
    ///
    /// Security: if the user has followed a link on another site, also returns an empty string.
    /// That site could otherwise let the page report a success that did not happen.
    pub(super) fn done_operation(&self) -> &str {
        if self.is_from_other_site {
            return "";
        }
        self.parameter("done")
    }

    /// Returns the parameter with the name `name`. Returns an empty string if it is missing.
    pub(super) fn parameter(&self, name: &str) -> &str {
        let found = self.parameters.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value)
    }

    /// Returns the number in the parameter `after`. Returns 0 if it is missing or invalid.
    pub(super) fn after_number(&self) -> u64 {
        self.parameter("after").parse().unwrap_or_default()
    }

    /// Returns the pool whose id is in the parameter `pool`. Fails if the pool does not exist.
    pub(super) fn pool(&self) -> Result<Arc<Service>, Failure> {
        self.instance.pools.get(self.parameter("pool"))
    }

    /// Calls an operation of Cognito for a pool.
    pub(super) async fn call_for_pool(
        &self,
        operation: &str,
        pool: &str,
        mut fields: Value,
    ) -> Answer {
        fields["UserPoolId"] = json!(pool);
        match fields {
            Value::Object(fields) => self.call(operation, fields).await,
            _ => Err(Failure::serialization("Start of structure expected")),
        }
    }

    /// Calls an operation of Cognito like a caller with a signature. The call can use the pools of
    /// all accounts. Faults and quotas do not apply to the call, and the call counter of the
    /// operation does not count it.
    pub(super) async fn call(&self, operation: &str, fields: Map<String, Value>) -> Answer {
        let unknown = || Failure::new("UnknownOperationException", "Unknown Operation");
        let (_, operation) = operations::find(Api::Cognito, operation).ok_or_else(unknown)?;
        let id = fields.get("UserPoolId").and_then(Value::as_str);
        let pool = id.and_then(|id| self.instance.pools.get(id).ok());
        let account = pool.map(|pool| pool.settings.account.clone());
        let caller = Caller {
            account: account.unwrap_or_else(|| DEFAULT_ACCOUNT.to_owned()),
            has_own_pools: false,
            region: None,
            is_signed: true,
            is_window: true,
            peer: self.peer,
            request_id: self.instance.pools.random.uuid(),
        };
        perform(self.instance, operation, fields, caller).await
    }
}

/// Returns the URL of a page of the window. `page` is its path without [`PATH`], and `query`
/// contains the parameters.
pub(super) fn link(page: &str, query: &[(&str, &str)]) -> String {
    let mut url = format!("{PATH}{page}");
    if !query.is_empty() {
        let mut encoded = form_urlencoded::Serializer::new(String::new());
        encoded.extend_pairs(query);
        url.push('?');
        url.push_str(&encoded.finish());
    }
    url
}

/// Returns the value of a JSON string. Returns an empty string if the value is not a string.
pub(super) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Formats a time in a response, such as `2026-01-31T12:00:00Z`. Returns an empty string if
/// the value is not a time.
pub(super) fn moment(value: &Value) -> String {
    let seconds = value
        .as_f64()
        .and_then(|it| Duration::try_from_secs_f64(it).ok());
    let moment = seconds.and_then(|seconds| UNIX_EPOCH.checked_add(seconds));
    moment.map(iso8601).unwrap_or_default()
}
