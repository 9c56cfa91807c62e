//! Responses that other implementations have signed, and changed forms of them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::*;
use crate::state::tokens::encryption::decryption_key;

/// Responses that xmlsec1, signxml and xml-crypto have signed, each with a description. Also
/// contains the certificate of the signing key.
const VECTORS: &str = include_str!("../vectors/responses.json");

/// Responses whose assertions xmlsec1 and xml-encryption have encrypted with the key of the emulator,
/// each with a description. Also contains the certificate of the signing key.
const ENCRYPTED: &str = include_str!("../vectors/encrypted.json");

/// 2026-01-01T00:01:00Z.
const NOW: u64 = 1_767_225_660;

fn vectors() -> Value {
    serde_json::from_str(VECTORS).expect("JSON")
}

fn key() -> PublicKey {
    let vectors = vectors();
    let certificate = vectors["certificate"].as_str().expect("a certificate");
    PublicKey::of_certificate(certificate).expect("an RSA key")
}

fn expected(keys: &[PublicKey]) -> Expected<'_> {
    Expected {
        issuer: "https://idp.example/metadata",
        keys,
        decryption: None,
        audience: "urn:amazon:cognito:sp:us-east-1_Example",
        recipient: "http://localhost:9229/saml2/idpresponse",
        request: Some("_request"),
        now: NOW,
    }
}

fn valid(name: &str) -> String {
    let vectors = vectors();
    vectors["valid"][name]
        .as_str()
        .expect("a response")
        .to_owned()
}

/// Verifies a response with the key of the vectors. Returns the error.
fn error(response: &str) -> String {
    verify(response, &expected(&[key()]))
        .map(drop)
        .expect_err("a rejection")
}

/// Returns the part of a response from `start` to `end`.
fn part<'a>(response: &'a str, start: &str, end: &str) -> &'a str {
    let from = response.find(start).expect("a start");
    let to = response[from..].find(end).expect("an end");
    &response[from..from + to + end.len()]
}

/// Returns the names and the XML of the vectors in a group.
fn group(name: &str) -> Vec<(String, String)> {
    let vectors = vectors();
    let all = vectors[name].as_object().expect("an object").iter();
    let xml = |response: &Value| response.as_str().expect("XML").to_owned();
    all.map(|(name, response)| (name.clone(), xml(response)))
        .collect()
}

#[test]
fn responses_of_other_implementations_are_accepted() {
    let all = group("valid");
    assert_eq!(all.len(), 7);
    for (name, response) in all {
        let assertion = verify(&response, &expected(&[key()]));
        let assertion = assertion.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(assertion.claims[NAME_ID], "Ann@example.com");
        assert_eq!(assertion.claims["groups"], "[R%26D, admins]");
        let email = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress";
        assert_eq!(assertion.claims[email], "ann@example.com");
        assert_eq!(assertion.session.index.as_deref(), Some("_session"));
        assert_eq!(assertion.expires, NOW + 4 * 60);
    }
}

#[test]
fn weak_and_unusual_algorithms_are_rejected() {
    let all = group("rejected");
    assert_eq!(all.len(), 2);
    for (name, response) in all {
        let error = error(&response);
        assert_eq!(error, "SAML Assertion signature is invalid. ", "{name}");
    }
}

#[test]
fn changed_and_unsigned_responses_are_rejected() {
    let invalid = "SAML Assertion signature is invalid. ";
    let of_response = "SAML Response signature is invalid. ";
    let assertion = valid("xmlsec1, signed assertion");
    let response = valid("xml-crypto, signed response");
    let signature = |text: &str| part(text, "<ds:Signature ", "</ds:Signature>").to_owned();
    let other = "eve@example.com";
    for (changed, expected) in [
        (assertion.replace("Ann@example.com", other), invalid),
        (assertion.replace("xs:string", "xs:token"), invalid),
        (assertion.replace(&signature(&assertion), ""), invalid),
        (
            assertion.replace("xmldsig-more#rsa-sha256", "xmldsig-more#hmac-sha256"),
            invalid,
        ),
        (response.replace("Ann@example.com", other), of_response),
        (
            response.replace("us-east-1_Example", "us-east-1_Other"),
            of_response,
        ),
    ] {
        assert_eq!(error(&changed), expected);
    }
    let none = verify(
        &assertion,
        &Expected {
            keys: &[],
            ..expected(&[])
        },
    );
    assert_eq!(none.map(|_| ()), Err(invalid.to_owned()));
}

// XML signature wrapping: the signed element is still in the document, but another element is where
// a reader looks.
#[test]
fn wrapped_assertions_are_rejected() {
    let original = valid("xmlsec1, signed assertion");
    let assertion = part(&original, "<saml:Assertion ", "</saml:Assertion>").to_owned();
    let signature = part(&assertion, "<ds:Signature ", "</ds:Signature>").to_owned();
    let evil = assertion
        .replace(&signature, "")
        .replace("Ann@example.com", "eve@example.com");
    let other_id = evil.replace("ID=\"_a1\"", "ID=\"_evil\"");
    let with = |text: String| original.replace(&assertion, &text);
    let extension = |inner: &str| format!("<samlp:Extensions>{inner}</samlp:Extensions>");
    let in_object = signature.replace(
        "</ds:Signature>",
        &format!("<ds:Object>{assertion}</ds:Object></ds:Signature>"),
    );
    let evil_with = |id: &str, signature: &str| {
        let evil = if id == "_a1" { &evil } else { &other_id };
        evil.replacen("<saml:Subject>", &format!("{signature}<saml:Subject>"), 1)
    };
    for wrapped in [
        with(format!("{evil}{assertion}")),
        with(format!("{other_id}{assertion}")),
        with(format!("{assertion}{other_id}")),
        with(format!("{}{other_id}", extension(&assertion))),
        with(format!(
            "{}{}",
            extension(&assertion),
            evil_with("_evil", &signature)
        )),
        with(format!(
            "{}{}",
            extension(&assertion),
            evil_with("_a1", &signature)
        )),
        with(evil_with("_evil", &in_object)),
        with(evil_with("_a1", &in_object)),
        with(evil_with("_evil", &signature)),
        with(evil_with("_a1", &format!("{signature}{signature}"))),
    ] {
        let error = error(&wrapped);
        assert!(
            error == "SAML Assertion signature is invalid. "
                || error == "SAML Response must have one Assertion. ",
            "{error}"
        );
    }
}

// A comment is not part of the canonical form, so it can be added to a signed string.
#[test]
fn added_comments_do_not_change_the_name() {
    let original = valid("xmlsec1, signed assertion");
    let changed = original.replace("Ann@example.com", "Ann@<!-- -->example<!---->.com");
    let assertion = verify(&changed, &expected(&[key()])).expect("a valid response");
    assert_eq!(assertion.claims[NAME_ID], "Ann@example.com");
}

#[test]
fn responses_for_others_are_rejected() {
    let response = valid("xmlsec1, signed response");
    let keys = [key()];
    let rejected = |change: fn(&mut Expected<'_>), message: &str| {
        let mut expected = expected(&keys);
        change(&mut expected);
        let result = verify(&response, &expected).map(|_| ());
        assert_eq!(result, Err(message.to_owned()));
    };
    rejected(
        |it| it.issuer = "urn:other",
        "SAML Response has another Issuer. ",
    );
    rejected(
        |it| it.audience = "urn:other",
        "SAML Assertion has another Audience. ",
    );
    rejected(
        |it| it.recipient = "http://other",
        "SAML Response has another Destination. ",
    );
    rejected(
        |it| it.request = Some("_other"),
        "SAML Response has another InResponseTo. ",
    );
    rejected(
        |it| it.request = None,
        "SAML Response has another InResponseTo. ",
    );
    rejected(|it| it.now = NOW + 240, "SAML Assertion has expired. ");
    rejected(|it| it.now = NOW - 220, "SAML Assertion is not yet valid. ");
    let last = Expected {
        now: NOW + 239,
        ..expected(&keys)
    };
    assert!(verify(&response, &last).is_ok());
}

#[test]
fn error_of_provider_is_reported() {
    let response = valid("xmlsec1, signed assertion").replace(
        "<samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/>",
        "<samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Responder\"/>\
         <samlp:StatusMessage>no such user</samlp:StatusMessage>",
    );
    assert_eq!(
        error(&response),
        "SAML Response has the status urn:oasis:names:tc:SAML:2.0:status:Responder no such user "
    );
}

#[test]
fn malformed_responses_are_rejected() {
    let response = valid("xmlsec1, signed assertion");
    let doctype = response.replacen("<samlp:Response", "<!DOCTYPE a><samlp:Response", 1);
    for text in ["", "<a/>", &doctype, &response.replacen("2.0", "1.1", 1)] {
        assert_eq!(error(text), "SAML Response is malformed. ");
    }
    assert_eq!(decode("PGEvPg==").as_deref(), Some("<a/>"));
    assert_eq!(decode(" PGEv\r\nPg== ").as_deref(), Some("<a/>"));
    assert_eq!(decode("PGEv"), None);
    assert_eq!(decode(&BASE64.encode("<a/>".repeat(40_000))), None);
}

#[test]
fn times_are_in_utc() {
    let node = |value: &str| format!("<a t=\"{value}\"/>");
    let read = |value: &str| {
        let text = node(value);
        let document = xml::parse(&text).expect("XML");
        time(document.root_element(), "t").map(Option::unwrap_or_default)
    };
    for value in ["2026-01-01T00:01:00Z", "2026-01-01T00:01:00.999999Z"] {
        assert_eq!(read(value), Ok(NOW), "{value}");
    }
    for value in [
        "",
        "2026-01-01T00:01:00",
        "2026-01-01T00:01:00+00:00",
        "2026-01-01T00:01:00.Z",
    ] {
        assert!(read(value).is_err(), "{value}");
    }
}

// Otherwise, the assertion could be used once more when the first confirmation has ended.
#[test]
fn latest_confirmation_ends_the_assertion() {
    let data = |rest: &str| {
        format!(
            "<a:SubjectConfirmation Method=\"{BEARER}\"><a:SubjectConfirmationData \
             Recipient=\"http://localhost:9229/saml2/idpresponse\" {rest}/></a:SubjectConfirmation>"
        )
    };
    let first = data("InResponseTo=\"_request\" NotOnOrAfter=\"2026-01-01T00:02:00Z\"");
    let later = data("NotBefore=\"2026-01-01T01:00:00Z\" NotOnOrAfter=\"2026-01-01T02:00:00Z\"");
    let until = |confirmations: &str| {
        let text = format!("<a:Subject xmlns:a=\"{ASSERTION}\">{confirmations}</a:Subject>");
        let document = xml::parse(&text).expect("XML");
        confirmed_until(document.root_element(), &expected(&[]))
    };
    assert_eq!(until(&first), Ok((NOW + 60, NOW + 60)));
    assert_eq!(
        until(&format!("{first}{later}")),
        Ok((NOW + 7140, NOW + 60))
    );
    assert_eq!(
        until(&format!("{later}{first}")),
        Ok((NOW + 7140, NOW + 60))
    );
    assert!(until(&later).is_err());
}

// Otherwise, a token for the assertion would be valid longer than the provider allows.
#[test]
fn earliest_end_limits_the_sign_in() {
    let response = valid("xmlsec1, signed assertion");
    let original = part(&response, "<saml:Assertion ", "</saml:Assertion>");
    let ends = |minutes: [&str; 3]| {
        let [conditions, session, confirmation] =
            minutes.map(|minutes| format!("NotOnOrAfter=\"2026-01-01T00:{minutes}:00Z\""));
        let old = "NotOnOrAfter=\"2026-01-01T00:05:00Z\"";
        let changed = original
            .replace(&format!("Data {old}"), &format!("Data {confirmation}"))
            .replace(old, &conditions)
            .replace("SessionIndex", &format!("Session{session} SessionIndex"));
        let assertion = signed_content(&changed, &expected(&[])).expect("a valid assertion");
        (assertion.valid_until - NOW, assertion.expires - NOW)
    };
    assert_eq!(ends(["02", "10", "20"]), (60, 19 * 60));
    assert_eq!(ends(["10", "02", "20"]), (60, 19 * 60));
    assert_eq!(ends(["10", "20", "02"]), (60, 60));
}

fn encrypted() -> (Value, PublicKey) {
    let vectors: Value = serde_json::from_str(ENCRYPTED).expect("JSON");
    let certificate = vectors["certificate"].as_str().expect("a certificate");
    let key = PublicKey::of_certificate(certificate).expect("an RSA key");
    (vectors, key)
}

/// Verifies a response whose assertion must be encrypted.
fn verify_encrypted(response: &str, keys: &[PublicKey]) -> Result<Assertion, String> {
    let decryption = Some(decryption_key().expect("a key"));
    let expected = Expected {
        decryption,
        ..expected(keys)
    };
    verify(response, &expected)
}

#[test]
fn encrypted_assertions_are_accepted() {
    let (vectors, key) = encrypted();
    let all = vectors["valid"].as_object().expect("an object");
    assert_eq!(all.len(), 12);
    for (name, response) in all {
        let response = response.as_str().expect("XML");
        let assertion = verify_encrypted(response, std::slice::from_ref(&key));
        let assertion = assertion.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(assertion.claims[NAME_ID], "Ann@example.com");
        // The setting of the provider decides whether assertions are encrypted.
        let error = verify(response, &expected(std::slice::from_ref(&key)));
        let expected = "SAML Assertion is encrypted, but EncryptedResponses is not enabled. ";
        assert_eq!(error.map(|_| ()), Err(expected.to_owned()));
    }
}

// Otherwise, an attacker who changes a ciphertext learns the plaintext from the errors.
#[test]
fn errors_of_decryption_do_not_differ() {
    let (vectors, key) = encrypted();
    let keys = [key];
    let error = |response: &str| verify_encrypted(response, &keys).map(|_| ());
    let all = vectors["rejected"].as_object().expect("an object");
    assert_eq!(all.len(), 4);
    for (name, response) in all {
        let response = response.as_str().expect("XML");
        assert_eq!(error(response), Err(UNDECRYPTED.to_owned()), "{name}");
    }
    for name in ["aes256-cbc", "aes256-gcm"] {
        let name = format!("xmlsec1, signed assertion, {name}");
        let response = vectors["valid"][&name].as_str().expect("XML");
        let values: Vec<_> = response.match_indices("CipherValue>").collect();
        // The first value is the key, the second one is the data.
        for (value, _) in [values[0], values[2]] {
            let start = value + "CipherValue>".len();
            let end = start + response[start..].find('<').expect("an end");
            // A changed start, a changed end, one block less, and no bytes.
            let text: String = response[start..end].split_whitespace().collect();
            let bytes = STANDARD.decode(text).expect("base64");
            let changed = |place: usize| {
                let mut bytes = bytes.clone();
                bytes[place] ^= 1;
                bytes
            };
            for bytes in [
                changed(0),
                changed(20),
                changed(bytes.len() - 1),
                changed(bytes.len() - 17),
                bytes[..bytes.len() - 16].to_vec(),
                Vec::new(),
            ] {
                let (before, after) = (&response[..start], &response[end..]);
                let response = format!("{before}{}{after}", STANDARD.encode(bytes));
                assert_eq!(error(&response), Err(UNDECRYPTED.to_owned()), "{name}");
            }
        }
    }
    let plain = valid("xmlsec1, signed assertion");
    assert_eq!(error(&plain), Err(UNDECRYPTED.to_owned()));
    let signed = vectors["valid"]["xmlsec1, signed response, aes256-gcm"].as_str();
    let other = verify_encrypted(signed.expect("XML"), &[self::key()]).map(|_| ());
    let expected = "SAML Response signature is invalid. ";
    assert_eq!(other, Err(expected.to_owned()));
}
