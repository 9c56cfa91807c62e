//! Sign-in through a SAML provider: the metadata, the requests and the verification of responses.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use http::Method;
use serde_json::{Value, json};

use crate::model::client::Client;
use crate::model::failure::Failure;
use crate::model::federation::endpoints::Endpoints;
use crate::model::identity_provider::IdentityProvider;
use crate::model::options::ProviderType;
use crate::model::saml::metadata::Metadata;
use crate::model::saml::request::{self, Head, Session};
use crate::model::saml::response::{self, Assertion, Expected};
use crate::model::settings::Settings;
use crate::model::time::{iso8601, seconds};
use crate::operations::common::invalid;
use crate::operations::federation::users::External;
use crate::operations::federation::{Request, exchange, find, seal, sign_in, with_query};
use crate::state::call::Call;
use crate::state::codes::SignedInUser;
use crate::state::pending::{Logout, Pending};
use crate::state::tokens::encryption;
use crate::state::used::{Rejection, Used};
use crate::triggers::Received;

/// The path of the assertion consumer service, which receives the responses of providers.
pub(crate) const PATH: &str = "/saml2/idpresponse";

/// The maximum time for which the id of a used assertion is stored.
///
/// Security: a used assertion must not be accepted again, so its id is stored as long as the
/// assertion could be accepted. This is less than eight minutes after its first use, even if the
/// provider has set a longer validity:
///
/// - An assertion that the pool has requested is rejected when the request expires, after five
///   minutes.
/// - Any other assertion is rejected six minutes after its time of issue. The provider's clock can
///   be one minute ahead, so the assertion is accepted for at most seven minutes.
const LONGEST_USE: Duration = Duration::from_secs(8 * 60);

/// The value that enables a setting in the details of a provider.
const ENABLED: &str = "true";

impl IdentityProvider {
    /// Returns `true` if a setting in the details of the provider is enabled.
    pub(crate) fn enables(&self, setting: &str) -> bool {
        let value = self.detail(setting);
        value.is_some_and(|value| value.eq_ignore_ascii_case(ENABLED))
    }
}

/// Returns the id of a request to a provider. An id must not begin with a digit.
fn request_id(nonce: &str) -> String {
    format!("_{nonce}")
}

/// Checks the details of a SAML provider, and adds the details that Cognito adds. `fetched` is the
/// metadata at the URL in the details, if it was read. Does nothing for other types of providers.
pub(crate) fn complete_details(
    settings: &Settings,
    provider: &mut IdentityProvider,
    fetched: Option<&Metadata>,
) -> Result<(), Failure> {
    if provider.kind != ProviderType::Saml {
        return Ok(());
    }
    let metadata = match (provider.detail("MetadataFile"), fetched) {
        (Some(file), _) => Some(Cow::Owned(read(file)?)),
        (None, Some(fetched)) => Some(Cow::Borrowed(fetched)),
        (None, None) if provider.detail("MetadataURL").is_some() => None,
        // The message is known from terraform-provider-aws#4815.
        (None, None) => {
            return invalid("At least one of the MetadataURL or MetadataFile should be provided.");
        }
    };
    let algorithm = provider.detail("RequestSigningAlgorithm");
    if algorithm.is_some_and(|algorithm| algorithm != "rsa-sha256") {
        return invalid("RequestSigningAlgorithm must be rsa-sha256");
    }
    let now = seconds(provider.modified);
    if metadata.as_ref().is_some_and(|known| known.is_expired(now)) {
        return invalid("The signing certificate in the metadata has expired");
    }
    let certificate = encryption::certificate(&settings.pool_id, settings.created);
    let details = provider.members.get_mut("ProviderDetails");
    if let Some(details) = details.and_then(Value::as_object_mut) {
        let mut add = |name: &str, value: String| details.insert(name.to_owned(), json!(value));
        if let Some(certificate) = certificate {
            add("ActiveEncryptionCertificate", certificate);
        }
        if let Some(metadata) = metadata.map(Cow::into_owned) {
            add("SSORedirectBindingURI", metadata.sign_on);
            if let Some(logout) = metadata.logout {
                add("SLORedirectBindingURI", logout);
            }
        }
    }
    Ok(())
}

fn read(text: &str) -> Result<Metadata, Failure> {
    Metadata::read(text).map_err(Failure::invalid_parameter)
}

/// Returns the metadata at the URL in a request that creates or changes a SAML provider. Returns
/// `None` if the request has no URL, or if the emulator is not allowed to call the URL. Also
/// returns `None` if the provider comes from a seed or a CloudFormation template
/// ([`Call::calls_triggers`] is `false`). In these cases, the metadata is read when a user signs in
/// through the provider.
pub(crate) fn fetched(call: &Call<'_>) -> Result<Option<Metadata>, Failure> {
    if !call.calls_triggers {
        return Ok(None);
    }
    let detail = |name| call.nested("ProviderDetails", name).and_then(Value::as_str);
    match detail("MetadataURL") {
        Some(url) if exchange::reach(call.pools).check(url).is_ok() => {
            // The next sign-in must not use metadata that was stored before.
            call.pools.metadata.lock().take(url, call.now);
            known(call, url).map(Some)
        }
        _ => Ok(None),
    }
}

fn metadata(call: &Call<'_>, provider: &IdentityProvider) -> Result<Metadata, Failure> {
    if let Some(file) = provider.detail("MetadataFile") {
        return read(file);
    }
    let Some(url) = provider.detail("MetadataURL") else {
        return invalid("The identity provider has no metadata");
    };
    known(call, url)
}

/// Returns the SAML metadata of a provider from its URL. The emulator reads a URL at most once a
/// minute. Cognito reads it every six hours.
fn known(call: &Call<'_>, url: &str) -> Result<Metadata, Failure> {
    let known = &call.pools.metadata;
    exchange::stored(call, known, url, || fetch(call, url))
}

fn fetch(call: &Call<'_>, url: &str) -> Result<Metadata, Failure> {
    let answer = exchange::request(call, Method::GET, url, &[], String::new());
    let (status, body) = answer.map_err(|reason| exchange::failed("Metadata", reason))?;
    if !status.is_success() {
        // The message is known from aws-data-lake-solution#31.
        let status = status.as_u16();
        return invalid(format!(
            "Non-ok status code {status} returned from remote metadata source {url}"
        ));
    }
    read(&String::from_utf8_lossy(&body))
}

/// Returns the URL to which authentication requests for a SAML provider are sent, from the
/// provider's metadata. The other URLs in the result are empty.
pub(super) fn endpoints(
    call: &Call<'_>,
    provider: &IdentityProvider,
) -> Result<Endpoints, Failure> {
    Ok(Endpoints {
        authorize: metadata(call, provider)?.sign_on,
        ..Endpoints::default()
    })
}

/// Returns the query of an authentication request. The request is signed if the provider has a
/// `RequestSigningAlgorithm`.
pub(super) fn query(call: &Call<'_>, request: &Request<'_>) -> Result<String, Failure> {
    let text = head(call, request.nonce, request.url)
        .text(|head| head.authentication(request.redirect_uri));
    let is_signed = request.provider.detail("RequestSigningAlgorithm").is_some();
    encoded(call, &text, request.state, is_signed)
}

/// The values of a [`Head`]. A [`Head`] only borrows its strings. This type owns the strings that
/// are created for the request.
struct Parts<'a> {
    id: String,
    issuer: String,
    now: String,
    destination: &'a str,
}

impl Parts<'_> {
    /// Calls `request` with a [`Head`] of these values, and returns the XML of the SAML request.
    fn text(&self, request: impl FnOnce(&Head<'_>) -> String) -> String {
        request(&Head {
            id: &self.id,
            issuer: &self.issuer,
            now: &self.now,
            destination: self.destination,
        })
    }
}

fn head<'a>(call: &Call<'_>, nonce: &str, destination: &'a str) -> Parts<'a> {
    Parts {
        id: request_id(nonce),
        issuer: request::entity_id(&call.service.settings.pool_id),
        now: iso8601(call.now),
        destination,
    }
}

fn encoded(
    call: &Call<'_>,
    request: &str,
    state: &str,
    is_signed: bool,
) -> Result<String, Failure> {
    let key = &call.service.tokens.id;
    let sign = is_signed.then_some(|bytes: &[u8]| key.sign_bytes(bytes));
    let query = request::query(request, state, sign);
    query.ok_or_else(|| Failure::new("InternalErrorException", "The request could not be signed"))
}

/// Returns the SAML provider with this name. Fails if the provider has been deleted or replaced by
/// a provider of another type.
fn saml_provider<'a>(call: &'a Call<'_>, name: &str) -> Result<&'a IdentityProvider, Failure> {
    let provider = find(call, name)?;
    if provider.kind == ProviderType::Saml {
        Ok(provider)
    } else {
        invalid("The identity provider has changed its type")
    }
}

/// A response that a SAML provider has sent to the pool through the browser.
pub(crate) struct Answer<'a> {
    /// The name of the provider.
    pub(crate) provider: &'a str,
    /// The parameter `SAMLResponse`.
    pub(crate) response: &'a str,
    /// The pool's URL at which the response has arrived.
    pub(crate) recipient: &'a str,
    /// The nonce of the pool's request. `None` if the provider has begun the sign-in.
    pub(crate) nonce: Option<&'a str>,
}

/// Verifies a response and returns its assertion. Records that the assertion was used, so the same
/// assertion is not accepted again.
pub(crate) fn verify(call: &Call<'_>, answer: &Answer<'_>) -> Result<Assertion, Failure> {
    let request = answer.nonce.map(request_id);
    let sent = (answer.recipient, request.as_deref());
    verify_once(call, answer.provider, sent, |expected| {
        let text = response::decode(answer.response);
        let text = text.ok_or("SAML Response is malformed. ")?;
        response::verify(&text, expected)
    })
}

/// Verifies an assertion that an app client exchanges for a token. Returns its content. The
/// assertion cannot be used again, neither in a sign-in nor in an exchange.
///
/// The rules are those of a sign-in that the provider has begun, because no request of the pool
/// precedes an exchange. Therefore the provider must enable `IDPInit`, and the app client must
/// support the provider.
pub(crate) fn verify_exchanged(
    call: &Call<'_>,
    client: &Client,
    (name, assertion): (&str, &str),
) -> Result<Assertion, Failure> {
    let provider = saml_provider(call, name)?;
    if !client.supports(name) {
        return invalid(format!(
            "The app client does not support the provider {name}"
        ));
    }
    if !provider.enables("IDPInit") {
        return invalid(format!(
            "The provider {name} must enable IDPInit: no request of the user pool precedes an \
             exchange"
        ));
    }
    if provider.enables("EncryptedResponses") {
        return invalid(format!(
            "The provider {name} must not enable EncryptedResponses: the emulator decrypts no \
             assertion of an exchange"
        ));
    }
    let recipient = format!("{}{PATH}", call.pools.endpoint());
    verify_once(call, name, (&recipient, None), |expected| {
        let text = response::decode_assertion(assertion);
        let text = text.ok_or("SAML Assertion is malformed. ")?;
        response::verify_assertion(&text, expected)
    })
}

/// Verifies an assertion with `verify`, and records that it was used. `name` is the name of the
/// provider. `recipient` and `request` are members of [`Expected`].
fn verify_once(
    call: &Call<'_>,
    name: &str,
    (recipient, request): (&str, Option<&str>),
    verify: impl FnOnce(&Expected<'_>) -> Result<Assertion, String>,
) -> Result<Assertion, Failure> {
    let provider = saml_provider(call, name)?;
    let metadata = metadata(call, provider)?;
    let decryption = if provider.enables("EncryptedResponses") {
        let key = encryption::decryption_key();
        Some(key.ok_or_else(|| Failure::new("InternalErrorException", "The key is not usable"))?)
    } else {
        None
    };
    let expected = Expected {
        issuer: &metadata.issuer,
        keys: &metadata.keys,
        decryption,
        audience: &request::entity_id(&call.service.settings.pool_id),
        recipient,
        request,
        now: seconds(call.now),
    };
    let assertion = verify(&expected).map_err(|reason| processing(&reason))?;
    let latest = call.now.checked_add(LONGEST_USE).unwrap_or(call.now);
    let expires = UNIX_EPOCH.checked_add(Duration::from_secs(assertion.expires));
    let used = Used {
        provider: name,
        user: &assertion.session.name_id,
        id: &assertion.id,
        expires: expires.map_or(latest, |expires| expires.min(latest)),
    };
    let stored = call.state().hosted.assertions.insert(&used, call.now);
    stored.map_err(|rejection| {
        processing(match rejection {
            Rejection::Full => "Too many SAML Assertions were used. Try again in a few minutes. ",
            Rejection::Used => "SAML Assertion was used before. ",
        })
    })?;
    Ok(assertion)
}

/// Returns the error for an invalid SAML response. Its message is a fixed string, followed by
/// `reason`. The fixed string is documented in aws-sdk-js-v3#6201.
fn processing(reason: &str) -> Failure {
    Failure::invalid_parameter(format!("Invalid SAML response received: {reason}"))
}

/// Completes a sign-in: creates or updates the user of a verified assertion.
pub(crate) fn complete(
    call: &Call<'_>,
    client: &Arc<Client>,
    name: &str,
    assertion: &Assertion,
) -> Result<SignedInUser, Failure> {
    let signed_in = completed(call, name, assertion, |provider, received| {
        sign_in(call, client, (name, provider), received)
    })?;
    Ok(signed_in.with_session(assertion.session.clone()))
}

/// Signs in the user of a verified assertion, who must exist. Fails with `UserNotFoundException` if
/// the user has never signed in through the provider and no operator has linked the account.
pub(crate) fn complete_known(
    call: &Call<'_>,
    client: &Arc<Client>,
    name: &str,
    assertion: &Assertion,
) -> Result<SignedInUser, Failure> {
    completed(call, name, assertion, |provider, received| {
        let external = External::new(call, (name, provider), received)?;
        external.sign_in_known(call, client)
    })
}

/// Signs in the user of a verified assertion: calls `sign_in` with the provider and the attributes
/// of the assertion.
fn completed(
    call: &Call<'_>,
    name: &str,
    assertion: &Assertion,
    sign_in: impl FnOnce(&IdentityProvider, &Received) -> Result<SignedInUser, Failure>,
) -> Result<SignedInUser, Failure> {
    let received = Received {
        saml: assertion.claims.clone(),
        issuer: Some(assertion.issuer.clone()),
        ..Received::default()
    };
    sign_in(saml_provider(call, name)?, &received).map_err(|failure| match failure.code() {
        "InvalidParameterException" => processing(failure.message()),
        _ => failure,
    })
}

/// Begins a sign-out at the SAML provider of a user. Returns the URL of the provider to which the
/// browser is redirected. `to` is the URL to which the browser returns after the sign-out. Returns
/// `None` if `IDPSignout` is off, or if the provider has no URL for sign-out.
pub(crate) fn log_out(
    call: &Call<'_>,
    (name, session): (&str, &Session),
    to: &str,
) -> Option<String> {
    let provider = find(call, name).ok()?;
    if !provider.enables("IDPSignout") {
        return None;
    }
    let destination = metadata(call, provider).ok()?.logout?;
    let logout = Logout { to: to.to_owned() };
    let state = seal(call, Pending::SignOut(logout)).ok()?;
    let nonce = call.service.random.uuid();
    let request = head(call, &nonce, &destination).text(|head| head.logout(session));
    let query = encoded(call, &request, &state, true).ok()?;
    Some(with_query(&destination, &query))
}
