//! The response of a SAML provider to a pool ([`Response`]): its verification and its content.

use base64::Engine;
use base64::alphabet;
use base64::engine::DecodePaddingMode::Indifferent;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use roxmltree::Node;
use serde_json::{Map, Value};
use x509_cert::der::DateTime;

use super::certificate::PublicKey;
use super::encryption::DecryptionKey;
use super::request::Session;
use super::signature;
use super::xml::{self, ASSERTION, PROTOCOL, children, only, text};
use crate::model::federation::mapping::flattened;
use crate::model::options::NAME_ID;

/// The maximum length of the parameter `SAMLResponse` (AWS developer guide, "The IdP SAML assertion
/// endpoint").
const LONGEST: usize = 100_000;
/// The maximum length of the id of an assertion. The id is stored until the assertion expires.
const LONGEST_ID: usize = 256;
/// The maximum time, in seconds, by which the start of a validity period may be in the future,
/// because the clock of the provider may be ahead.
const TOLERANCE: u64 = 60;
/// The maximum age of an assertion that the pool has not requested, in seconds (AWS developer
/// guide, "Using IdP-initiated SAML sign-in").
const UNREQUESTED: u64 = 6 * 60;

/// Base64 with or without padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(Indifferent),
);

const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";
/// The error for an assertion without a valid signature.
const INVALID_SIGNATURE: &str = "SAML Assertion signature is invalid. ";

/// The error for an assertion that cannot be decrypted, or whose signature is invalid after the
/// decryption.
///
/// Security: the error is the same in both cases and for all causes, so that an attacker cannot use
/// it to decrypt an assertion (padding oracle).
const UNDECRYPTED: &str =
    "SAML Assertion is not encrypted for the user pool, or its signature is invalid. ";

const BEARER: &str = "urn:oasis:names:tc:SAML:2.0:cm:bearer";

/// The values that a SAML response must match.
pub(crate) struct Expected<'a> {
    /// The entity id of the provider.
    pub(crate) issuer: &'a str,
    /// The public keys that verify the signatures of the SAML provider. A signature must be valid
    /// for at least one of them.
    pub(crate) keys: &'a [PublicKey],
    /// The key with which the assertion is decrypted. `None` if the assertion must not be
    /// encrypted.
    pub(crate) decryption: Option<&'a DecryptionKey>,
    /// The entity id of the pool.
    pub(crate) audience: &'a str,
    /// The URL of the pool that receives the response.
    pub(crate) recipient: &'a str,
    /// The id of the pool's request. `None` if the provider has begun the sign-in.
    pub(crate) request: Option<&'a str>,
    /// The current time, in seconds since 1970.
    pub(crate) now: u64,
}

/// A verified assertion about a user.
#[derive(Clone)]
pub(crate) struct Assertion {
    /// The entity id of the provider.
    pub(crate) issuer: String,
    pub(crate) id: String,
    /// The time from which the assertion is no longer accepted, in seconds since 1970. The id of
    /// the assertion is stored until then, so that the assertion is used only once.
    pub(crate) expires: u64,
    /// The time from which the sign-in is no longer valid, in seconds since 1970. It is the
    /// earliest of three times: the `NotOnOrAfter` of the assertion's `Conditions`, the end of the
    /// session at the provider, and the `NotOnOrAfter` of the accepted `SubjectConfirmation`.
    pub(crate) valid_until: u64,
    /// The attributes of the user by name, and the `NameID`.
    pub(crate) claims: Map<String, Value>,
    pub(crate) session: Session,
}

/// Returns the value of the parameter `SAMLResponse`. Returns `None` if the parameter is too long
/// or not XML in base64.
pub(crate) fn decode(encoded: &str) -> Option<String> {
    if encoded.len() > LONGEST {
        return None;
    }
    let encoded: String = encoded.split_ascii_whitespace().collect();
    let text = String::from_utf8(BASE64.decode(encoded).ok()?).ok()?;
    xml::parse(&text).is_some().then_some(text)
}

/// Decodes an assertion that is exchanged for a token, and returns its XML. The assertion is in
/// base64url (RFC 8693 section 3) or in base64. Like [`decode`], returns `None` if the assertion is
/// too long or not encoded XML.
pub(crate) fn decode_assertion(encoded: &str) -> Option<String> {
    decode(&encoded.replace('-', "+").replace('_', "/"))
}

/// Verifies a response and returns its assertion.
///
/// According to AWS (quoted in github.com/c6fc/npk/issues/87), Cognito checks the audience. In the
/// response and in the subject, it also checks the recipient and `InResponseTo`. The other checks
/// are from SAML Profiles, section 4.1.4.
///
/// # Errors
///
/// The error is a message for the app client. Only the message for a wrong signature is known from
/// Cognito (github.com/aws/aws-sdk-js-v3/issues/6201).
pub(crate) fn verify(response: &str, expected: &Expected<'_>) -> Result<Assertion, String> {
    let malformed = || "SAML Response is malformed. ".to_owned();
    let document = xml::parse(response).ok_or_else(malformed)?;
    let root = document.root_element();
    if !root.has_tag_name((PROTOCOL, "Response")) || root.attribute("Version") != Some("2.0") {
        return Err(malformed());
    }
    check_status(root)?;
    let forged = |_| "SAML Response signature is invalid. ".to_owned();
    let signed = signature::verify(root, expected.keys).map_err(forged)?;
    check_head(root, expected)?;
    // Security: only signed content is read.
    let content = match expected.decryption {
        None => signed_xml(root, signed, expected.keys)?,
        Some(key) => {
            let content = decrypted_xml(response, signed, key, expected.keys);
            content.ok_or(UNDECRYPTED)?
        }
    };
    signed_content(&content, expected)
}

/// Returns the signed XML that contains the assertion of a response: the assertion if it is signed,
/// otherwise `signed`. `signed` is the signed content of the response, or `None` if the response is
/// not signed. Fails if neither the assertion nor the response is signed, or if the signature of
/// the assertion is invalid.
fn signed_xml(
    response: Node<'_, '_>,
    signed: Option<String>,
    keys: &[PublicKey],
) -> Result<String, String> {
    let invalid = || INVALID_SIGNATURE.to_owned();
    let of_assertion = signature::verify(assertion_of(response)?, keys);
    let of_assertion = of_assertion.map_err(|signature::Invalid| invalid())?;
    of_assertion.or(signed).ok_or_else(invalid)
}

/// Decrypts the assertion of a response, and returns the signed XML that contains the assertion.
/// If the response is signed, only its signed content is decrypted.
fn decrypted_xml(
    response: &str,
    signed: Option<String>,
    key: &DecryptionKey,
    keys: &[PublicKey],
) -> Option<String> {
    let plain = key.decrypted(signed.as_deref().unwrap_or(response))?;
    let document = xml::parse(&plain)?;
    let signed = signed.map(|_| plain.clone());
    signed_xml(document.root_element(), signed, keys).ok()
}

/// Verifies an assertion without a response, and returns its content. The checks are those of
/// [`verify`], except for the checks of the response. The assertion itself must be signed.
///
/// # Errors
///
/// The error is a message for the app client.
pub(crate) fn verify_assertion(
    assertion: &str,
    expected: &Expected<'_>,
) -> Result<Assertion, String> {
    let document = xml::parse(assertion).ok_or("SAML Assertion is malformed. ")?;
    let root = document.root_element();
    let is_assertion = root.has_tag_name((ASSERTION, "Assertion"));
    if !is_assertion || root.attribute("Version") != Some("2.0") || !has_one_assertion(root)? {
        return Err("SAML Assertion is malformed. ".to_owned());
    }
    // Security: only signed content is read.
    match signature::verify(root, expected.keys) {
        Ok(Some(content)) => signed_content(&content, expected),
        Ok(None) | Err(signature::Invalid) => Err(INVALID_SIGNATURE.to_owned()),
    }
}

/// Checks signed XML in canonical form, and returns the content of the assertion. The XML is an
/// assertion, or a response with an assertion.
fn signed_content(canonical: &str, expected: &Expected<'_>) -> Result<Assertion, String> {
    let document = xml::parse(canonical).ok_or(INVALID_SIGNATURE)?;
    let root = document.root_element();
    if root.has_tag_name((ASSERTION, "Assertion")) {
        content_of(root, expected)
    } else {
        content_of(assertion_of(root)?, expected)
    }
}

/// Returns the only assertion of a response.
fn assertion_of<'a>(response: Node<'a, 'a>) -> Result<Node<'a, 'a>, String> {
    let has_one = has_one_assertion(response)?;
    let assertion = only(response, ASSERTION, "Assertion");
    let assertion = assertion.filter(|_| has_one);
    assertion.ok_or_else(|| "SAML Response must have one Assertion. ".to_owned())
}

/// Returns `true` if there is exactly one assertion inside an element, at any depth. Fails if an
/// assertion is encrypted.
fn has_one_assertion(element: Node<'_, '_>) -> Result<bool, String> {
    let all = |name| {
        let nodes = element.descendants();
        nodes.filter(move |node| node.has_tag_name((ASSERTION, name)))
    };
    if all("EncryptedAssertion").next().is_some() {
        let message = "SAML Assertion is encrypted, but EncryptedResponses is not enabled. ";
        return Err(message.to_owned());
    }
    Ok(all("Assertion").count() == 1)
}

fn check_status(response: Node<'_, '_>) -> Result<(), String> {
    let status = only(response, PROTOCOL, "Status");
    let code = status.and_then(|status| only(status, PROTOCOL, "StatusCode"));
    let value = |code: Node<'_, '_>| code.attribute("Value").unwrap_or_default().to_owned();
    let top = code.map(value).unwrap_or_default();
    if top == SUCCESS {
        return Ok(());
    }
    let second = code.and_then(|code| only(code, PROTOCOL, "StatusCode"));
    let message = status.and_then(|status| only(status, PROTOCOL, "StatusMessage"));
    let parts = [Some(top), second.map(value), message.map(text)];
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    Err(format!("SAML Response has the status {} ", parts.join(" ")))
}

fn check_head(response: Node<'_, '_>, expected: &Expected<'_>) -> Result<(), String> {
    let destination = response.attribute("Destination");
    if destination.is_some_and(|url| url != expected.recipient) {
        return Err("SAML Response has another Destination. ".to_owned());
    }
    if response.attribute("InResponseTo") != expected.request {
        return Err("SAML Response has another InResponseTo. ".to_owned());
    }
    let mut issuers = children(response, ASSERTION, "Issuer");
    if issuers.any(|issuer| text(issuer) != expected.issuer) {
        return Err("SAML Response has another Issuer. ".to_owned());
    }
    Ok(())
}

/// Checks an assertion and returns its content.
fn content_of(assertion: Node<'_, '_>, expected: &Expected<'_>) -> Result<Assertion, String> {
    let issuer = only(assertion, ASSERTION, "Issuer").map(text);
    if issuer.as_deref() != Some(expected.issuer) {
        return Err("SAML Assertion has another Issuer. ".to_owned());
    }
    let id = assertion
        .attribute("ID")
        .filter(|id| id.len() <= LONGEST_ID);
    let id = id.ok_or("SAML Assertion has no usable ID. ")?;
    let of_conditions = check_conditions(assertion, expected)?;
    let issued = time(assertion, "IssueInstant").ok().flatten();
    let issued = issued.ok_or("SAML Assertion has no IssueInstant. ")?;
    if issued > expected.now + TOLERANCE {
        return Err("SAML Assertion is not yet valid. ".to_owned());
    }
    if expected.request.is_none() && issued + UNREQUESTED < expected.now {
        return Err("SAML Assertion has expired. ".to_owned());
    }
    let subject = only(assertion, ASSERTION, "Subject");
    let subject = subject.ok_or("SAML Assertion has no Subject. ")?;
    let (expires, of_confirmation) = confirmed_until(subject, expected)?;
    let name_id = only(subject, ASSERTION, "NameID");
    let name_id = name_id.filter(|name| !text(*name).is_empty());
    let name_id = name_id.ok_or("SAML Assertion has no NameID. ")?;
    let statement = children(assertion, ASSERTION, "AuthnStatement").next();
    let statement = statement.ok_or("SAML Assertion has no AuthnStatement. ")?;
    let of_session = check_validity(statement, "", "SessionNotOnOrAfter", expected.now)?;
    let ends = [of_conditions, of_session].into_iter().flatten();
    Ok(Assertion {
        issuer: expected.issuer.to_owned(),
        id: id.to_owned(),
        expires,
        valid_until: ends.fold(of_confirmation, u64::min),
        claims: claims(assertion, &text(name_id)),
        session: Session {
            name_id: text(name_id),
            format: name_id.attribute("Format").map(ToOwned::to_owned),
            index: statement.attribute("SessionIndex").map(ToOwned::to_owned),
        },
    })
}

/// Checks the `Conditions` of an assertion. Returns the time from which they are no longer met
/// (`NotOnOrAfter`) in seconds since 1970, or `None` if there is no such time. Fails if the
/// assertion has no `Conditions`, or if a condition is not met or is unknown.
fn check_conditions(
    assertion: Node<'_, '_>,
    expected: &Expected<'_>,
) -> Result<Option<u64>, String> {
    let conditions = only(assertion, ASSERTION, "Conditions");
    let conditions = conditions.ok_or("SAML Assertion has no Conditions. ")?;
    let end = check_validity(conditions, "NotBefore", "NotOnOrAfter", expected.now)?;
    let mut is_restricted = false;
    for condition in conditions.children().filter(Node::is_element) {
        let is = |name| condition.has_tag_name((ASSERTION, name));
        if is("AudienceRestriction") {
            // Every restriction must contain the pool (SAML Core, section 2.5.1.4).
            let mut audiences = children(condition, ASSERTION, "Audience");
            if !audiences.any(|audience| text(audience) == expected.audience) {
                return Err("SAML Assertion has another Audience. ".to_owned());
            }
            is_restricted = true;
        } else if !is("OneTimeUse") && !is("ProxyRestriction") {
            return Err("SAML Assertion has an unknown condition. ".to_owned());
        }
    }
    if is_restricted {
        Ok(end)
    } else {
        Err("SAML Assertion has no AudienceRestriction. ".to_owned())
    }
}

/// Checks the bearer confirmations of an assertion, and accepts the first one that is valid now.
/// Returns two times in seconds since 1970: the latest end of all confirmations, and the end of the
/// accepted one. Fails if no confirmation is valid now.
///
/// Security: the caller stores the id of the assertion until the latest end, so that the assertion
/// is accepted only once. If the id were stored only until the end of the accepted confirmation, an
/// attacker could send the assertion again while another of its confirmations is still valid.
fn confirmed_until(subject: Node<'_, '_>, expected: &Expected<'_>) -> Result<(u64, u64), String> {
    let confirmations = children(subject, ASSERTION, "SubjectConfirmation");
    let bearers = confirmations.filter(|one| one.attribute("Method") == Some(BEARER));
    let mut confirmed = Err("SAML Assertion has no bearer SubjectConfirmationData. ".to_owned());
    let mut latest = 0;
    for data in bearers.filter_map(|one| only(one, ASSERTION, "SubjectConfirmationData")) {
        let end = time(data, "NotOnOrAfter").ok().flatten();
        latest = latest.max(end.unwrap_or_default());
        if confirmed.is_err() {
            confirmed = check_confirmation(data, expected);
        }
    }
    confirmed.map(|end| (latest, end))
}

/// Checks the `SubjectConfirmationData` of a SAML assertion. Returns the end of its validity
/// (`NotOnOrAfter`) in seconds since 1970. Fails if the data is for another request or another
/// recipient, or is not valid now.
fn check_confirmation(data: Node<'_, '_>, expected: &Expected<'_>) -> Result<u64, String> {
    if data.attribute("Recipient") != Some(expected.recipient) {
        return Err("SAML Assertion has another Recipient. ".to_owned());
    }
    if data.attribute("InResponseTo") != expected.request {
        return Err("SAML Assertion has another InResponseTo. ".to_owned());
    }
    let end = check_validity(data, "NotBefore", "NotOnOrAfter", expected.now)?;
    end.ok_or_else(|| "SAML Assertion has no NotOnOrAfter. ".to_owned())
}

/// Checks that an element is valid now. `from` and `until` are the names of the attributes with the
/// start and the end of its validity. Returns the end in seconds since 1970, or `None` if the
/// element has no end.
fn check_validity(
    node: Node<'_, '_>,
    from: &str,
    until: &str,
    now: u64,
) -> Result<Option<u64>, String> {
    if time(node, from)?.is_some_and(|from| from > now + TOLERANCE) {
        return Err("SAML Assertion is not yet valid. ".to_owned());
    }
    let until = time(node, until)?;
    if until.is_some_and(|until| until <= now) {
        return Err("SAML Assertion has expired. ".to_owned());
    }
    Ok(until)
}

/// Returns the time in the attribute `name`, in seconds since 1970. Fractions of a second are cut
/// off. Returns `None` if the attribute is missing. Fails if it is not a time in UTC (SAML Core,
/// section 1.3.3).
fn time(node: Node<'_, '_>, name: &str) -> Result<Option<u64>, String> {
    let Some(text) = node.attribute(name) else {
        return Ok(None);
    };
    let invalid = || format!("SAML Assertion has an invalid {name}. ");
    let whole = match text.split_once('.') {
        Some((whole, rest)) => {
            let fraction = rest.strip_suffix('Z').filter(|digits| !digits.is_empty());
            let is_number =
                fraction.is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_digit()));
            is_number.then(|| format!("{whole}Z")).ok_or_else(invalid)?
        }
        None => text.to_owned(),
    };
    let moment = whole.parse::<DateTime>().map_err(|_| invalid())?;
    Ok(Some(moment.unix_duration().as_secs()))
}

/// Returns the attributes of an assertion and its `NameID`, by name.
fn claims(assertion: Node<'_, '_>, name_id: &str) -> Map<String, Value> {
    let mut values = std::collections::BTreeMap::<&str, Vec<String>>::new();
    let statements = children(assertion, ASSERTION, "AttributeStatement");
    for attribute in statements.flat_map(|one| children(one, ASSERTION, "Attribute")) {
        let all = children(attribute, ASSERTION, "AttributeValue").map(text);
        let name = attribute.attribute("Name").unwrap_or_default();
        values.entry(name).or_default().extend(all);
    }
    let mut claims: Map<_, _> = values
        .into_iter()
        .map(|(name, values)| (name.to_owned(), Value::String(flattened(&values))))
        .collect();
    // Security: an attribute with this name must not replace the verified id of the user.
    claims.insert(NAME_ID.to_owned(), Value::String(name_id.to_owned()));
    claims
}

#[cfg(test)]
mod tests;
