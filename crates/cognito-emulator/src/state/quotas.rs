//! The request rates of accounts ([`Quotas`]).

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::SystemTime;

use crate::model::time::seconds;
use crate::state::entries::kind::Kind;
use crate::state::entries::marks::Scope;
use crate::state::entries::watched::Watched;

/// The owner of a request rate: an account, a region and a category of operations.
pub(crate) type Owner = (String, String, Cow<'static, str>);

/// The provisioned request rates, and the numbers of requests in the current second.
pub(crate) struct Quotas {
    /// The rates that `UpdateProvisionedLimit` has set, in requests per second.
    pub(super) provisioned: Watched<BTreeMap<Owner, u64>>,
    /// The current second, in seconds since 1970.
    second: u64,
    /// The number of requests in the current second of the emulator's clock, for each account,
    /// region and category. The numbers are removed when the next second begins.
    requests: BTreeMap<Owner, u64>,
}

impl Quotas {
    pub(crate) fn new(scope: Scope) -> Self {
        Self {
            provisioned: Watched::new(BTreeMap::new(), scope, Kind::Limit),
            second: 0,
            requests: BTreeMap::new(),
        }
    }

    /// Returns the request rate that `UpdateProvisionedLimit` has set. Returns `None` if none was
    /// set.
    pub(crate) fn provisioned(&self, owner: &Owner) -> Option<u64> {
        self.provisioned.get(owner).copied()
    }

    pub(crate) fn provision(&mut self, owner: Owner, rate: u64) {
        self.provisioned.insert(owner, rate);
    }

    /// Counts a request. Returns `false` and counts nothing if the requests of this second have
    /// reached `rate`.
    pub(crate) fn admit(&mut self, owner: Owner, rate: u64, now: SystemTime) -> bool {
        let now = seconds(now);
        if self.second != now {
            self.second = now;
            self.requests.clear();
        }
        let requests = self.requests.entry(owner).or_default();
        let is_admitted = *requests < rate;
        *requests += u64::from(is_admitted);
        is_admitted
    }
}
