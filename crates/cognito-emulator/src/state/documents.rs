//! The client id metadata documents that a pool has read ([`Documents`]).

use std::cmp::Reverse;
use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use crate::model::client::metadata::ClientMetadata;
use crate::model::failure::Failure;
use crate::model::json::shared;
use crate::state::entries::kind::Kind;
use crate::state::entries::marks::Scope;

/// The maximum number of client id metadata documents that are stored for one policy
/// (`CIMDPolicyId`). If it is reached, a new document replaces the oldest document of the caller
/// with the most documents.
const MOST_DOCUMENTS: usize = 100;

/// The maximum number of requests for client id metadata documents that the emulator sends for one
/// policy (`CIMDPolicyId`) within [`VALIDITY`]. Requests of operators to refresh a document do not
/// count.
const MOST_REQUESTS: usize = 200;

/// The maximum number of requests for client id metadata documents that one caller can cause for
/// one policy (`CIMDPolicyId`) within [`VALIDITY`].
const MOST_REQUESTS_OF_ONE: usize = 20;

/// The time for which the emulator keeps the record of a request for a client id metadata document.
/// This time starts when the request is sent. If the request fails, the time starts again at the
/// failure.
///
/// Until the record expires, the request counts against the limits. The record of a failed request
/// also contains the error, and the document is not requested again until the record expires.
const VALIDITY: Duration = Duration::from_secs(10);

/// The client id metadata documents that a pool has read, and the pool's last requests for such
/// documents, by `CIMDPolicyId`.
pub(crate) struct Documents {
    policies: BTreeMap<String, OfPolicy>,
    scope: Scope,
}

#[derive(Default)]
struct OfPolicy {
    /// The client id metadata documents that were read for this policy, by URL.
    read: BTreeMap<String, Document>,
    /// The requests of the emulator for the client id metadata documents that this policy allows,
    /// oldest first. Each request is kept for [`VALIDITY`].
    requests: VecDeque<OfCaller>,
}

/// A client id metadata document, and the times when it was read and when it expires.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Document {
    #[serde(with = "shared")]
    pub(crate) metadata: Arc<ClientMetadata>,
    pub(crate) cached: SystemTime,
    pub(crate) expires: SystemTime,
    /// The address of the caller for whose request the emulator has read the metadata document.
    /// `None` if an operator has refreshed the document.
    pub(crate) caller: Option<IpAddr>,
}

/// A request for a client id metadata document. The emulator sends it because a caller used the URL
/// of the document as client id.
struct OfCaller {
    url: String,
    caller: IpAddr,
    outcome: Outcome,
    until: SystemTime,
}

/// The outcome of a request for a client id metadata document.
enum Outcome {
    Open,
    Succeeded,
    Failed(Failure),
}

impl OfCaller {
    fn failure(&self) -> Option<&Failure> {
        match &self.outcome {
            Outcome::Failed(failure) => Some(failure),
            Outcome::Open | Outcome::Succeeded => None,
        }
    }
}

impl Documents {
    pub(crate) const fn new(scope: Scope) -> Self {
        Self {
            policies: BTreeMap::new(),
            scope,
        }
    }

    /// Returns all client id metadata documents. Each item has the id of the document's policy, the
    /// URL of the document, and the document.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str, &Document)> {
        self.policies.iter().flat_map(|(policy, known)| {
            let read = known.read.iter();
            read.map(|(url, document)| (policy.as_str(), url.as_str(), document))
        })
    }

    /// Adds a client id metadata document that was loaded from a state file or a snapshot. `policy`
    /// is the id of the policy for which the document was read, and `url` is the URL of the
    /// document.
    pub(super) fn restore(&mut self, policy: &str, url: &str, document: Document) {
        let known = self.policies.entry(policy.to_owned()).or_default();
        known.read.insert(url.to_owned(), document);
    }

    /// Returns the client id metadata document that is stored for this policy and this URL. Returns
    /// `None` if none is stored.
    pub(super) fn get(&self, (policy, url): (&str, &str)) -> Option<&Document> {
        self.policies.get(policy)?.read.get(url)
    }

    /// Marks the state file entry of a client id metadata document as changed.
    fn mark(&self, policy: &str, url: &str) {
        self.scope.mark(Kind::Document, &entry_key(policy, url));
    }

    /// Returns the client id metadata document that is stored for `url`. If none is stored, returns
    /// the error of the last recorded request for `url` that failed. Returns `None` if there is no
    /// such request either.
    pub(crate) fn find(
        &self,
        policy: &str,
        url: &str,
        now: SystemTime,
    ) -> Option<Result<Document, Failure>> {
        let known = self.policies.get(policy)?;
        if let Some(found) = known.read.get(url).filter(|found| found.expires > now) {
            return Some(Ok(found.clone()));
        }
        let recent = known.requests.iter().rev().filter(|it| it.until > now);
        let mut failures = recent.filter(|it| it.url == url);
        failures.find_map(|it| it.failure().cloned()).map(Err)
    }

    /// Records a request for the client id metadata document at `url`, and the caller who caused
    /// the request. Call this method before the request is sent. If it returns `false`, do not send
    /// the request: this caller, or all callers together, already have too many requests for the
    /// policy.
    ///
    /// Security: anyone can name URLs that match the policy. Without this limit, the emulator would
    /// send a request for each of them. The record of a request is kept until it expires, even if
    /// the request succeeds, so that the request counts against the limits.
    pub(crate) fn begin(
        &mut self,
        (policy, url): (&str, &str),
        caller: IpAddr,
        now: SystemTime,
    ) -> bool {
        let requests = &mut self.policies.entry(policy.to_owned()).or_default().requests;
        requests.retain(|it| it.until > now);
        let of_caller = requests.iter().filter(|it| it.caller == caller);
        if of_caller.count() >= MOST_REQUESTS_OF_ONE || requests.len() >= MOST_REQUESTS {
            return false;
        }
        requests.push_back(OfCaller {
            url: url.to_owned(),
            caller,
            outcome: Outcome::Open,
            until: now.checked_add(VALIDITY).unwrap_or(now),
        });
        true
    }

    /// Stores the result of a request that [`begin`](Self::begin) has recorded: the client id
    /// metadata document, or the error. Does nothing if the policy (`CIMDPolicyId`) to which the
    /// request belongs was removed in the meantime.
    pub(crate) fn end(
        &mut self,
        (policy, url): (&str, &str),
        caller: IpAddr,
        result: Result<Document, Failure>,
        now: SystemTime,
    ) {
        let Some(OfPolicy { requests, .. }) = self.policies.get_mut(policy) else {
            return;
        };
        let mut open = requests
            .iter_mut()
            .filter(|it| matches!(it.outcome, Outcome::Open));
        let request = open.find(|it| it.url == url && it.caller == caller);
        match result {
            Ok(document) => {
                if let Some(request) = request {
                    request.outcome = Outcome::Succeeded;
                }
                let caller = Some(caller);
                self.put(policy, url, Document { caller, ..document });
            }
            Err(failure) => {
                if let Some(request) = request {
                    request.outcome = Outcome::Failed(failure);
                    request.until = now.checked_add(VALIDITY).unwrap_or(now);
                }
            }
        }
    }

    /// Stores the client id metadata document at `url`. Does nothing if the policy (`CIMDPolicyId`)
    /// was removed.
    pub(crate) fn put(&mut self, policy: &str, url: &str, document: Document) {
        let Some(known) = self.policies.get(policy) else {
            return;
        };
        let is_full = known.read.len() >= MOST_DOCUMENTS && !known.read.contains_key(url);
        let evicted = is_full.then(|| evicted(&known.read, document.caller));
        if let Some(evicted) = evicted.flatten() {
            self.take(policy, &evicted);
        }
        self.mark(policy, url);
        if let Some(known) = self.policies.get_mut(policy) {
            known.read.insert(url.to_owned(), document);
        }
    }

    /// Removes and returns the client id metadata document that is stored for `url`.
    fn take(&mut self, policy: &str, url: &str) -> Option<Document> {
        self.mark(policy, url);
        self.policies.get_mut(policy)?.read.remove(url)
    }

    /// Removes the client id metadata document that is stored for `url`. Returns `false` if none is
    /// stored, or if the document has expired.
    pub(crate) fn remove(&mut self, policy: &str, url: &str, now: SystemTime) -> bool {
        let removed = self.take(policy, url);
        removed.is_some_and(|document| document.expires > now)
    }

    pub(crate) fn remove_policy(&mut self, policy: &str) {
        self.scope.mark_all(Kind::Document);
        self.policies.remove(policy);
    }

    /// Returns the client id metadata documents of a policy that have not expired, by URL.
    pub(crate) fn all(&self, policy: &str, now: SystemTime) -> BTreeMap<String, Document> {
        let read = self
            .policies
            .get(policy)
            .into_iter()
            .flat_map(|known| &known.read);
        let read = read.filter(|(_, document)| document.expires > now);
        read.map(|(url, document)| (url.clone(), document.clone()))
            .collect()
    }
}

/// Returns the key of the state file entry of a client id metadata document.
pub(super) fn entry_key(policy: &str, url: &str) -> String {
    format!("{policy} {url}")
}

/// Returns the URL of the client id metadata document that is removed so that a new document of
/// `caller` can be stored: the oldest document of the caller with the most documents. The new
/// document is included in the number of documents of `caller`.
///
/// Security: if the oldest of all documents were removed, one caller could remove the documents of
/// all other callers.
fn evicted(read: &BTreeMap<String, Document>, caller: Option<IpAddr>) -> Option<String> {
    let mut counts = BTreeMap::from([(caller, 1_usize)]);
    for document in read.values() {
        *counts.entry(document.caller).or_default() += 1;
    }
    let evicted = read.iter().min_by_key(|(_, document)| {
        let count = counts.get(&document.caller).copied();
        (Reverse(count), document.cached)
    });
    evicted.map(|(url, _)| url.clone())
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::time::UNIX_EPOCH;

    use super::*;
    use crate::model::client::metadata::Source;

    fn failure() -> Result<Document, Failure> {
        Err(Failure::invalid_parameter("x"))
    }

    fn document(cached: u64) -> Document {
        let json = br#"{ "redirect_uris": ["https://app.example/"] }"#;
        let metadata = ClientMetadata::read(json, Source::Document).expect("metadata");
        let cached = UNIX_EPOCH + Duration::from_secs(cached);
        Document {
            metadata: Arc::new(metadata),
            cached,
            expires: cached + Duration::from_secs(86_400),
            caller: None,
        }
    }

    #[test]
    fn new_requests_remove_no_stored_request() {
        let mut documents = Documents::new(Scope::default());
        let begin = |documents: &mut Documents, number: usize, now| {
            let caller = Ipv4Addr::from_bits(u32::try_from(number / 20).expect("a number"));
            documents.begin(("p", &number.to_string()), caller.into(), now)
        };
        for number in 0..MOST_REQUESTS {
            assert!(begin(&mut documents, number, UNIX_EPOCH));
        }
        assert!(!begin(&mut documents, MOST_REQUESTS, UNIX_EPOCH));
        assert!(!begin(&mut documents, 0, UNIX_EPOCH));
        let later = UNIX_EPOCH + VALIDITY;
        assert!(begin(&mut documents, 0, later));
    }

    #[test]
    fn removed_policy_stores_no_result() {
        let mut documents = Documents::new(Scope::default());
        let caller = Ipv4Addr::LOCALHOST.into();
        assert!(documents.begin(("p", "a"), caller, UNIX_EPOCH));
        documents.remove_policy("p");
        documents.end(("p", "a"), caller, failure(), UNIX_EPOCH);
        assert!(documents.policies.is_empty());
    }

    #[test]
    fn callers_evict_only_their_own_documents() {
        let mut documents = Documents::new(Scope::default());
        let [first, second] = [1, 2].map(|number| Ipv4Addr::from_bits(number).into());
        assert!(documents.begin(("p", "first"), first, UNIX_EPOCH));
        documents.end(("p", "first"), first, Ok(document(0)), UNIX_EPOCH);
        for number in 1..=100 {
            let url = format!("second{number}");
            documents.end(("p", &url), second, Ok(document(number)), UNIX_EPOCH);
        }
        let is_stored = |url: &str| matches!(documents.find("p", url, UNIX_EPOCH), Some(Ok(_)));
        assert!(is_stored("first"));
        assert!(!is_stored("second1"));
        assert!(is_stored("second2"));
        assert_eq!(documents.all("p", UNIX_EPOCH).len(), MOST_DOCUMENTS);
    }

    #[test]
    fn successful_requests_are_counted() {
        let mut documents = Documents::new(Scope::default());
        let caller = Ipv4Addr::LOCALHOST.into();
        for number in 0..MOST_REQUESTS_OF_ONE {
            let url = number.to_string();
            assert!(documents.begin(("p", &url), caller, UNIX_EPOCH));
            documents.end(("p", &url), caller, Ok(document(0)), UNIX_EPOCH);
        }
        assert!(!documents.begin(("p", "x"), caller, UNIX_EPOCH));
        assert!(documents.begin(("p", "x"), caller, UNIX_EPOCH + VALIDITY));
    }
}
