//! Clients whose id is the URL of a client id metadata document (CIMD). A policy of the pool must
//! allow the URL. The client is a copy of the policy's app client, restricted to the settings that
//! the document allows.
//!
//! Reading the document can send a request, so the caller must not hold a lock.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::header::{ACCEPT, CACHE_CONTROL, HeaderName};
use http::response::Parts;
use http::{Method, StatusCode};
use serde_json::Value;

use crate::model::client::metadata::{AuthMethod, ClientMetadata, GrantType, Source};
use crate::model::client::oauth::OAuthFlow;
use crate::model::client::{AuthFlow, Client, OfDocument, network};
use crate::model::failure::Failure;
use crate::model::media_type::media_type;
use crate::model::metadata_url::{is_valid, location, matches};
use crate::model::registration::REGISTER_SCOPE;
use crate::model::settings::Settings;
use crate::model::stored::Item;
use crate::operations::common::{invalid, strings};
use crate::operations::federation::reach;
use crate::outgoing::{NESTED, NoResponse, Outgoing, send};
use crate::state::documents::Document;
use crate::state::pools::Pools;
use crate::state::service::Service;

/// The maximum size of a client id metadata document, in bytes. The Internet-Draft for these
/// documents (draft-ietf-oauth-client-id-metadata-document) recommends this limit. AWS's limit is
/// not known.
const MOST_BODY: usize = 5 * 1024;

/// The timeout of a request for a client id metadata document.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The lifetimes that the header `Cache-Control` of a client id metadata document can set, in
/// seconds: one day to one year (AWS API reference, `CacheDuration`).
const HEADER_RANGE: std::ops::RangeInclusive<u64> = 86_400..=31_556_952;

/// The caller of a request whose `client_id` is a URL.
#[derive(Clone, Copy)]
pub(crate) struct Reader {
    pub(crate) address: IpAddr,
    /// Whether the emulator may request the document: the result of
    /// [`may_send`](crate::outgoing::may_send). If a page of another site embeds or fetches the URL
    /// of the caller's request, the value is [`NoResponse::Embedded`].
    pub(crate) may_send: Result<(), NoResponse>,
}

/// Returns the client whose id is a URL, and its pool. Fails if no policy allows the URL, or if the
/// document cannot be read or is invalid.
///
/// If the policies of several pools allow the URL, the first pool by id is used.
pub(crate) fn client(
    pools: &Pools,
    url: &str,
    reader: Reader,
) -> Result<(Arc<Service>, Arc<Client>), Failure> {
    if !is_valid(url) {
        return invalid("client_id is not a URL that a client can have");
    }
    let mut all = pools.all().into_iter();
    let found = all.find_map(|pool| {
        let (id, policy) = policy(&pool.settings, url)?;
        let (id, seconds) = (id.to_owned(), seconds(policy));
        let client = policy.text("ClientId").unwrap_or_default();
        let client = pool.client(client).ok()?;
        Some((pool, client, id, seconds))
    });
    let Some((pool, client, policy, seconds)) = found else {
        return invalid("no user pool has a policy for this client_id");
    };
    let metadata = cached(pools, &pool, (&policy, url, seconds), reader)?;
    let narrowed = narrowed(&client, url, &metadata);
    Ok((pool, Arc::new(narrowed)))
}

/// Returns `true` if a policy of a pool allows the client whose id is this URL.
pub(crate) fn may_be_client(pools: &Pools, url: &str) -> bool {
    let is_allowed = |pool: &Arc<Service>| policy(&pool.settings, url).is_some();
    is_valid(url) && pools.all().iter().any(is_allowed)
}

/// Returns the oldest policy of a pool that allows a URL. AWS does not document which of several
/// policies it uses. Pools with the feature plan `LITE` have no policies.
fn policy<'a>(settings: &'a Settings, url: &str) -> Option<(&'a str, &'a Item)> {
    let policies = settings.stored.metadata_policies.iter();
    let allowing = policies.filter(|(_, policy)| {
        let patterns = policy.member("URLPatterns").unwrap_or(&Value::Null);
        strings(patterns).any(|pattern| matches(pattern, url))
    });
    let oldest = allowing.min_by_key(|(_, policy)| policy.created());
    oldest
        .filter(|_| !settings.is_lite())
        .map(|(id, policy)| (id.as_str(), policy))
}

/// Returns the time for which the client id metadata documents of a policy are stored, in seconds.
fn seconds(policy: &Item) -> u64 {
    let seconds = policy.member("CacheDuration").and_then(Value::as_u64);
    seconds.unwrap_or(*HEADER_RANGE.start())
}

/// Returns the metadata of a client from the document at `url`.
///
/// If the pool has stored this document for `policy`, returns its metadata without a request. If a
/// recent request for the document failed, fails with the error of that request. Otherwise requests
/// the document and stores it.
fn cached(
    pools: &Pools,
    pool: &Service,
    (policy, url, seconds): (&str, &str, u64),
    reader: Reader,
) -> Result<Arc<ClientMetadata>, Failure> {
    let caller = network(reader.address);
    let now = pools.clock.now();
    {
        let documents = &mut pool.state.lock().documents;
        if let Some(found) = documents.find(policy, url, now) {
            return found.map(|document| document.metadata);
        }
        // Security: the error depends on this request or on the emulator only. If it were stored,
        // anyone could use up the requests of others.
        let may_send = reader
            .may_send
            .and_then(|()| reach(pools).check(&location(url)));
        may_send.map_err(unreadable)?;
        if !documents.begin((policy, url), caller, now) {
            return Err(Failure::new(
                UNAVAILABLE,
                "too many client metadata documents were requested: try again later",
            ));
        }
    }
    let read = read(pools, url, seconds);
    // The request may have taken seconds.
    let now = pools.clock.now();
    let documents = &mut pool.state.lock().documents;
    documents.end((policy, url), caller, read.clone(), now);
    read.map(|document| document.metadata)
}

/// Requests the client id metadata document at `url` again, and stores it for the policy. If the
/// document cannot be read or is invalid, fails and keeps the stored document.
pub(crate) fn refresh(
    pools: &Pools,
    pool: &Service,
    (id, policy): (&str, &Item),
    url: &str,
) -> Result<(), Failure> {
    let document = read(pools, url, seconds(policy))
        .map_err(|failure| Failure::invalid_parameter(failure.message().to_owned()))?;
    pool.state.lock().documents.put(id, url, document);
    Ok(())
}

/// Requests a client id metadata document and validates it. Redirects are not followed.
fn read(pools: &Pools, url: &str, default: u64) -> Result<Document, Failure> {
    let location = location(url);
    let reach = reach(pools);
    reach.check(&location).map_err(unreadable)?;
    let nested = HeaderName::from_static(NESTED);
    let headers = [(ACCEPT, "application/json"), (nested, "true")];
    let request = Outgoing {
        method: Method::GET,
        url: &location,
        headers: &headers,
        body: Vec::new(),
        most_body: MOST_BODY,
    };
    // Security: the error does not contain the reason. Otherwise callers could find the open ports of
    // other servers.
    let (head, body) = send(request, reach, TIMEOUT).map_err(|reason| {
        tracing::debug!(%reason, "a client metadata document was not read");
        Failure::new(UNAVAILABLE, UNREADABLE)
    })?;
    let metadata = metadata(&head, &body, url)?;
    let cached = pools.clock.now();
    Ok(Document {
        metadata: Arc::new(metadata),
        cached,
        expires: expiry(&head, cached, default),
        caller: None,
    })
}

/// Returns the error for a client id metadata document that the emulator may not request. The
/// message contains `reason`.
fn unreadable(reason: NoResponse) -> Failure {
    Failure::new(UNAVAILABLE, format!("{UNREADABLE}: {reason}"))
}

/// The code of the error for a client id metadata document that cannot be read now. A later request
/// can succeed.
pub(crate) const UNAVAILABLE: &str = "DocumentUnavailable";

const UNREADABLE: &str = "the client metadata document cannot be read";

/// Returns the client metadata in a response with a client id metadata document. `url` is the URL
/// of the document. Fails if the response or the document is not valid.
fn metadata(head: &Parts, body: &Bytes, url: &str) -> Result<ClientMetadata, Failure> {
    let kind = media_type(&head.headers);
    let is_json =
        kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"));
    if head.status != StatusCode::OK || !is_json {
        return invalid("the response with the client metadata document is not 200 with JSON");
    }
    let metadata = ClientMetadata::read(body, Source::Document)
        .map_err(|error| Failure::invalid_parameter(error.description))?;
    // Security: otherwise a server could return the document of another client.
    if metadata.client_id.as_deref() != Some(url) {
        return invalid("the client metadata document has another client_id");
    }
    if metadata.has_secret {
        return invalid("the client metadata document contains a client secret");
    }
    // "The metadata document's token_endpoint_auth_method value must support none" (AWS developer
    // guide). Without this member, RFC 7591 assumes another method.
    if metadata.auth_method != Some(AuthMethod::None) {
        return invalid("token_endpoint_auth_method of the client metadata document must be none");
    }
    Ok(metadata)
}

/// Returns the time at which a client id metadata document expires. If `max-age` in the header
/// `Cache-Control` is between a day and a year, it is the lifetime of the document. Otherwise the
/// lifetime is `default` seconds.
fn expiry(head: &Parts, now: SystemTime, default: u64) -> SystemTime {
    let lines = head.headers.get_all(CACHE_CONTROL).iter();
    let lines = lines.filter_map(|line| line.to_str().ok());
    let mut directives = lines.flat_map(|line| line.split(','));
    let named = directives.find_map(|directive| {
        let (name, value) = directive.split_once('=')?;
        let is_age = name.trim().eq_ignore_ascii_case("max-age");
        is_age.then(|| value.trim().parse::<u64>().ok()).flatten()
    });
    let seconds = named.filter(|seconds| HEADER_RANGE.contains(seconds));
    let lifetime = Duration::from_secs(seconds.unwrap_or(default));
    now.checked_add(lifetime).unwrap_or(now)
}

/// Returns a copy of a policy's app client for the client id metadata document at `url`. The copy
/// has the redirect URIs of the document, and only the grants and scopes that both the app client
/// and the document allow.
fn narrowed(client: &Client, url: &str, metadata: &ClientMetadata) -> Client {
    let mut narrowed = client.clone();
    // With rotation, `ALLOW_REFRESH_TOKEN_AUTH` cannot be allowed.
    let renews = client.allows(AuthFlow::RefreshToken) || client.rotation_grace.is_some();
    narrowed.document = Some(OfDocument {
        url: url.to_owned(),
        is_renewable: renews && metadata.grants.contains(&GrantType::RefreshToken),
    });
    let oauth = &mut narrowed.oauth;
    oauth.callbacks.clone_from(&metadata.redirect_uris);
    oauth.default_callback = None;
    oauth.flows.retain(|flow| *flow == OAuthFlow::Code);
    // Security: like a registered client, the client must not register other clients.
    oauth.scopes.remove(REGISTER_SCOPE);
    if let Some(scopes) = &metadata.scopes {
        oauth.scopes.retain(|scope| scopes.contains(scope));
    }
    // Security: the client does not have the secret of the app client, so it must not have the
    // flows that need the secret.
    let flows = AuthFlow::ALL
        .iter()
        .copied()
        .filter(|flow| client.allows(*flow));
    let flows = flows.filter(|flow| !OF_SECRETS.contains(flow));
    narrowed.flows = Some(flows.collect::<BTreeSet<_>>());
    narrowed
}

/// The authentication flows of `GetClientToken` and `GetDerivedToken`. They need the secret of the
/// app client. A client whose id is the URL of a metadata document does not have this secret, so it
/// must not use these flows.
const OF_SECRETS: [AuthFlow; 3] = [
    AuthFlow::ClientToken,
    AuthFlow::TokenExchangeDelegation,
    AuthFlow::TokenExchangeImpersonation,
];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Emulator;
    use crate::state::call::LOOPBACK;

    // The policy can be added after the thread for the request was chosen. A thread of the runtime
    // would panic if it waited for the document.
    #[tokio::test]
    async fn request_that_must_not_wait_reads_nothing() {
        let emulator = Emulator::builder().client("web").build().expect("builds");
        let pools = &emulator.instance.pools;
        let added = pools.update(emulator.user_pool_id(), |settings| {
            let members = json!({ "ClientId": "web", "URLPatterns": ["https://localhost:1/*"] });
            let policy = Item::new(
                members.as_object().cloned().unwrap_or_default(),
                settings.created,
            );
            settings
                .stored
                .metadata_policies
                .insert("p".to_owned(), policy);
            Ok(())
        });
        added.expect("a pool");
        let reader = Reader {
            address: LOOPBACK,
            may_send: Err(NoResponse::Changed),
        };
        let failure = client(pools, "https://localhost:1/c", reader).err();
        let failure = failure.expect("an error");
        let message = failure.message();
        assert!(message.contains("the pool has changed"), "{message}");
    }
}
