//! The client id metadata documents that a pool has read ([`Documents`]).

use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::model::client::metadata::ClientMetadata;
use crate::model::failure::Failure;

/// The maximum number of documents that are stored for a policy. The oldest document is removed.
const MOST_DOCUMENTS: usize = 100;

/// The maximum number of open and failed requests that are stored for a policy. Above it, no further
/// request is sent.
const MOST_REQUESTS: usize = 200;

/// The maximum number of open and failed requests that one caller can cause for a policy within
/// [`FAILURE_VALIDITY`].
const MOST_REQUESTS_OF_ONE: usize = 20;

/// The time for which an open or failed request is stored.
const FAILURE_VALIDITY: Duration = Duration::from_secs(10);

/// The documents that a pool has read, and the requests that have failed, by `CIMDPolicyId`.
#[derive(Default)]
pub(crate) struct Documents(BTreeMap<String, OfPolicy>);

#[derive(Default)]
struct OfPolicy {
    /// The documents by URL.
    read: BTreeMap<String, Document>,
    /// The requests that are open or have failed, oldest first.
    requests: VecDeque<OfCaller>,
}

/// A document, and the times when it was read and when it expires.
#[derive(Clone)]
pub(crate) struct Document {
    pub(crate) metadata: Arc<ClientMetadata>,
    pub(crate) cached: SystemTime,
    pub(crate) expires: SystemTime,
}

/// A request for a document that is open or has failed.
struct OfCaller {
    url: String,
    /// The address of the caller that has caused the request.
    caller: IpAddr,
    /// The error of the request. `None` while the request is open.
    failure: Option<Failure>,
    until: SystemTime,
}

impl Documents {
    /// Returns the stored document with a URL, or the error of the last request for it. Returns
    /// `None` if neither is stored.
    pub(crate) fn find(
        &self,
        policy: &str,
        url: &str,
        now: SystemTime,
    ) -> Option<Result<Document, Failure>> {
        let known = self.0.get(policy)?;
        if let Some(found) = known.read.get(url).filter(|found| found.expires > now) {
            return Some(Ok(found.clone()));
        }
        let recent = known.requests.iter().rev().filter(|it| it.until > now);
        let mut failures = recent.filter(|it| it.url == url);
        failures.find_map(|it| it.failure.clone()).map(Err)
    }

    /// Call this method before a request for a document is sent. It records the request and its
    /// caller. Returns `false` if the caller or all callers already have too many open or failed
    /// requests for this policy. The request must then not be sent.
    ///
    /// Security: anyone can name URLs that match the policy. Without this limit, the emulator would
    /// send a request for each of them. A request is stored until it expires. Otherwise new requests
    /// could remove the count of the earlier ones.
    pub(crate) fn begin(
        &mut self,
        (policy, url): (&str, &str),
        caller: IpAddr,
        now: SystemTime,
    ) -> bool {
        let requests = &mut self.0.entry(policy.to_owned()).or_default().requests;
        requests.retain(|it| it.until > now);
        let of_caller = requests.iter().filter(|it| it.caller == caller);
        if of_caller.count() >= MOST_REQUESTS_OF_ONE || requests.len() >= MOST_REQUESTS {
            return false;
        }
        requests.push_back(OfCaller {
            url: url.to_owned(),
            caller,
            failure: None,
            until: now.checked_add(FAILURE_VALIDITY).unwrap_or(now),
        });
        true
    }

    /// Stores the result of a request that [`begin`](Self::begin) has stored. Has no effect if the
    /// policy was removed.
    pub(crate) fn end(
        &mut self,
        (policy, url): (&str, &str),
        caller: IpAddr,
        result: Result<Document, Failure>,
        now: SystemTime,
    ) {
        let Some(OfPolicy { requests, .. }) = self.0.get_mut(policy) else {
            return;
        };
        let is_same = |it: &OfCaller| it.url == url && it.caller == caller && it.failure.is_none();
        let place = requests.iter().position(is_same);
        match result {
            Ok(document) => {
                if let Some(place) = place {
                    requests.remove(place);
                }
                self.put(policy, url, document);
            }
            Err(failure) => {
                if let Some(request) = place.and_then(|place| requests.get_mut(place)) {
                    request.failure = Some(failure);
                    request.until = now.checked_add(FAILURE_VALIDITY).unwrap_or(now);
                }
            }
        }
    }

    /// Stores a document. Has no effect if the policy was removed.
    pub(crate) fn put(&mut self, policy: &str, url: &str, document: Document) {
        let Some(OfPolicy { read, .. }) = self.0.get_mut(policy) else {
            return;
        };
        if read.len() >= MOST_DOCUMENTS && !read.contains_key(url) {
            let oldest = read.iter().min_by_key(|(_, document)| document.cached);
            if let Some(oldest) = oldest.map(|(url, _)| url.clone()) {
                read.remove(&oldest);
            }
        }
        read.insert(url.to_owned(), document);
    }

    /// Removes the document with a URL. Returns `false` if it is not stored or has expired.
    pub(crate) fn remove(&mut self, policy: &str, url: &str, now: SystemTime) -> bool {
        let removed = self
            .0
            .get_mut(policy)
            .and_then(|known| known.read.remove(url));
        removed.is_some_and(|document| document.expires > now)
    }

    pub(crate) fn remove_policy(&mut self, policy: &str) {
        self.0.remove(policy);
    }

    /// Returns the documents of a policy that have not expired, by URL.
    pub(crate) fn all(&self, policy: &str, now: SystemTime) -> BTreeMap<String, Document> {
        let read = self.0.get(policy).into_iter().flat_map(|known| &known.read);
        let read = read.filter(|(_, document)| document.expires > now);
        read.map(|(url, document)| (url.clone(), document.clone()))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::time::UNIX_EPOCH;

    use super::*;

    fn failure() -> Result<Document, Failure> {
        Err(Failure::invalid_parameter("x"))
    }

    #[test]
    fn new_requests_remove_no_stored_request() {
        let mut documents = Documents::default();
        let begin = |documents: &mut Documents, number: usize, now| {
            let caller = Ipv4Addr::from_bits(u32::try_from(number / 20).expect("a number"));
            documents.begin(("p", &number.to_string()), caller.into(), now)
        };
        for number in 0..MOST_REQUESTS {
            assert!(begin(&mut documents, number, UNIX_EPOCH));
        }
        assert!(!begin(&mut documents, MOST_REQUESTS, UNIX_EPOCH));
        assert!(!begin(&mut documents, 0, UNIX_EPOCH));
        let later = UNIX_EPOCH + FAILURE_VALIDITY;
        assert!(begin(&mut documents, 0, later));
    }

    #[test]
    fn removed_policy_stores_no_result() {
        let mut documents = Documents::default();
        let caller = Ipv4Addr::LOCALHOST.into();
        assert!(documents.begin(("p", "a"), caller, UNIX_EPOCH));
        documents.remove_policy("p");
        documents.end(("p", "a"), caller, failure(), UNIX_EPOCH);
        assert!(documents.0.is_empty());
    }
}
