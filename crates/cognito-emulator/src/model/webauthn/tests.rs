//! Tests of the verification of passkeys. Each test changes one part of a valid response.

mod mutations;

use std::time::UNIX_EPOCH;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::authenticator::{
    ATTESTED, Assertion, Authenticator, BACKED_UP, Creation, ELIGIBLE, EXTENDED, PRESENT, VERIFIED,
    bytes as cbor_bytes, es256_key, map, number, word,
};
use super::{Credential, Expected, Rejection, assertion, registration};

const CHALLENGE: &str = "zsBch6DlNLUb6SgRdzHysw";
const ORIGIN: &str = "https://login.example.com";
const HANDLE: &str = "3c46320b-c60e-4a21-9d64-5829bfede1c4";

const EXPECTED: Expected<'_> = Expected {
    challenge: CHALLENGE,
    relying_party: "example.com",
    verification: true,
};

fn creation_options() -> Value {
    json!({ "challenge": CHALLENGE, "rp": { "id": "example.com" } })
}

fn request_options() -> Value {
    json!({ "challenge": CHALLENGE, "rpId": "example.com" })
}

/// Returns the result of a registration with one change.
fn registration_with(change: impl FnOnce(&mut Creation)) -> Option<Rejection> {
    let authenticator = Authenticator::es256(b"credential-1");
    let mut creation = authenticator.create(&creation_options(), ORIGIN);
    change(&mut creation);
    registration::verify(&EXPECTED, &creation.json()).err()
}

/// Returns the result of a registration with a change of the JSON.
fn registration_as(change: impl FnOnce(&mut Value)) -> Option<Rejection> {
    let authenticator = Authenticator::es256(b"credential-1");
    let mut json = authenticator.create(&creation_options(), ORIGIN).json();
    change(&mut json);
    registration::verify(&EXPECTED, &json).err()
}

fn registered(authenticator: &Authenticator) -> Credential {
    let json = authenticator.create(&creation_options(), ORIGIN).json();
    let made = registration::verify(&EXPECTED, &json);
    let made = made.unwrap_or_else(|rejection| panic!("{rejection:?}"));
    Credential {
        record: made,
        number: 1,
        created: UNIX_EPOCH,
    }
}

/// Returns the result of an assertion with one change.
fn assertion_with(change: impl FnOnce(&mut Assertion<'_>)) -> Option<Rejection> {
    let mut authenticator = Authenticator::es256(b"credential-1");
    let passkey = registered(&authenticator);
    let mut proof = authenticator.get(&request_options(), ORIGIN, HANDLE);
    change(&mut proof);
    assertion::verify(&EXPECTED, HANDLE.as_bytes(), &[passkey], &proof.json()).err()
}

/// Returns the result of an assertion with a change of the JSON.
fn assertion_as(change: impl FnOnce(&mut Value)) -> Option<Rejection> {
    let mut authenticator = Authenticator::es256(b"credential-1");
    let passkey = registered(&authenticator);
    let mut json = authenticator.get(&request_options(), ORIGIN, HANDLE).json();
    change(&mut json);
    assertion::verify(&EXPECTED, HANDLE.as_bytes(), &[passkey], &json).err()
}

/// Returns the result of an assertion by an authenticator that did not register the passkey.
fn assertion_of(mut other: Authenticator) -> Option<Rejection> {
    let passkey = registered(&Authenticator::es256(b"credential-1"));
    let proof = other.get(&request_options(), ORIGIN, HANDLE).json();
    assertion::verify(&EXPECTED, HANDLE.as_bytes(), &[passkey], &proof).err()
}

#[test]
fn both_kinds_of_keys_register_and_prove() {
    for mut authenticator in [
        Authenticator::es256(b"credential-1"),
        Authenticator::rs256(b"credential-2"),
    ] {
        let passkey = registered(&authenticator);
        assert_eq!(passkey.record.id, URL_SAFE_NO_PAD.encode(&authenticator.id));
        assert_eq!(passkey.record.attachment.as_deref(), Some("platform"));
        assert_eq!(passkey.record.transports, ["internal", "hybrid"]);
        let proof = authenticator.get(&request_options(), ORIGIN, HANDLE).json();
        let passkeys = [passkey];
        let proven = assertion::verify(&EXPECTED, HANDLE.as_bytes(), &passkeys, &proof);
        let expected = assertion::Proven {
            id: passkeys[0].record.id.clone(),
            counter: 1,
        };
        assert_eq!(proven, Ok(expected));
    }
}

#[test]
fn nothing_is_wrong_until_something_is_changed() {
    assert_eq!(registration_with(|_| {}), None);
    assert_eq!(registration_as(|_| {}), None);
    assert_eq!(assertion_with(|_| {}), None);
    assert_eq!(assertion_as(|_| {}), None);
}

/// Checks the result of both ceremonies with one change of the client data.
fn assert_client_data(member: &str, value: &Value, rejection: Rejection) {
    let made = registration_with(|made| made.client_data[member] = value.clone());
    assert_eq!(made, Some(rejection), "{member}: {value}");
    let proof = assertion_with(|proof| proof.client_data[member] = value.clone());
    assert_eq!(proof, Some(rejection), "{member}: {value}");
}

#[test]
fn rejects_changed_client_data() {
    let malformed = Rejection::Malformed("clientDataJSON");
    let other = json!("AAAAAAAAAAAAAAAAAAAAAA");
    assert_client_data("challenge", &other, Rejection::Challenge);
    assert_client_data("type", &json!("webauthn.other"), malformed);
    for origin in ["https://example.org", "http://login.example.com", "null"] {
        assert_client_data("origin", &json!(origin), Rejection::Origin);
    }
    assert_client_data("crossOrigin", &json!(true), Rejection::Origin);
    assert_client_data(
        "topOrigin",
        &json!("https://example.org"),
        Rejection::Origin,
    );
    assert_client_data("crossOrigin", &json!("no"), malformed);
}

#[test]
fn rejects_response_of_other_ceremony() {
    let malformed = Some(Rejection::Malformed("clientDataJSON"));
    let get = json!("webauthn.get");
    let rejection = registration_with(|made| made.client_data["type"] = get);
    assert_eq!(rejection, malformed);
    let create = json!("webauthn.create");
    let rejection = assertion_with(|proof| proof.client_data["type"] = create);
    assert_eq!(rejection, malformed);
}

/// Older browsers do not send whether the page is in a frame.
#[test]
fn client_data_may_lack_cross_origin() {
    let rejection = registration_with(|made| {
        let data = made.client_data.as_object_mut().expect("an object");
        data.remove("crossOrigin");
    });
    assert_eq!(rejection, None);
}

/// Checks that a changed registration and a changed assertion are rejected for the same reason.
fn both_rejected(
    registration: Option<Rejection>,
    assertion: Option<Rejection>,
    expected: Rejection,
) {
    assert_eq!((registration, assertion), (Some(expected), Some(expected)));
}

#[test]
fn rejects_another_relying_party() {
    let other = || "example.org".to_owned();
    let registration = registration_with(|made| made.relying_party = other());
    let assertion = assertion_with(|proof| proof.relying_party = other());
    both_rejected(registration, assertion, Rejection::RelyingParty);
}

#[test]
fn user_presence_is_required() {
    let registration = registration_with(|made| made.flags &= !PRESENT);
    let assertion = assertion_with(|proof| proof.flags &= !PRESENT);
    both_rejected(registration, assertion, Rejection::Presence);
}

#[test]
fn user_verification_is_checked_only_if_required() {
    let registration = registration_with(|made| made.flags &= !VERIFIED);
    let assertion = assertion_with(|proof| proof.flags &= !VERIFIED);
    both_rejected(registration, assertion, Rejection::Verification);
    let relaxed = Expected {
        verification: false,
        ..EXPECTED
    };
    let mut authenticator = Authenticator::es256(b"credential-1");
    let mut made = authenticator.create(&creation_options(), ORIGIN);
    made.flags &= !VERIFIED;
    assert!(registration::verify(&relaxed, &made.json()).is_ok());
    let passkey = registered(&authenticator);
    let mut proof = authenticator.get(&request_options(), ORIGIN, HANDLE);
    proof.flags &= !VERIFIED;
    let proven = assertion::verify(&relaxed, HANDLE.as_bytes(), &[passkey], &proof.json());
    assert!(proven.is_ok());
}

#[test]
fn rejects_backup_of_ineligible_credential() {
    let rejection = registration_with(|made| made.flags |= BACKED_UP);
    assert_eq!(rejection, Some(Rejection::Malformed("authenticatorData")));
    let rejection = registration_with(|made| made.flags |= BACKED_UP | ELIGIBLE);
    assert_eq!(rejection, None);
}

#[test]
fn authenticator_data_must_be_whole_and_nothing_more() {
    let data = Some(Rejection::Malformed("authenticatorData"));
    assert_eq!(registration_with(|made| made.behind.push(0)), data);
    assert_eq!(registration_with(|made| made.flags |= EXTENDED), data);
    let extended = |made: &mut Creation, extensions: Vec<u8>| {
        made.flags |= EXTENDED;
        made.behind = extensions;
    };
    let some = map(&[(word("credProtect"), number(2))]);
    assert_eq!(registration_with(|made| extended(made, some)), None);
    assert_eq!(registration_with(|made| extended(made, number(2))), data);
    assert_eq!(registration_with(|made| made.key.truncate(10)), data);
    assert_eq!(registration_with(|made| made.id = vec![7; 1024]), data);
    assert_eq!(registration_with(|made| made.id = vec![7; 1023]), None);
    assert_eq!(registration_with(|made| made.id.clear()), data);
    assert_eq!(assertion_with(|proof| proof.flags |= ATTESTED), data);
    let rejection = assertion_as(|json| json["response"]["authenticatorData"] = json!("AAAA"));
    assert_eq!(rejection, data);
    // Without the flag for a new passkey, these bytes are unexpected data.
    assert_eq!(registration_with(|made| made.flags &= !ATTESTED), data);
}

#[test]
fn rejects_keys_of_other_kinds() {
    let coordinate = [7_u8; 32];
    let key = |kind: i64, algorithm: i64, curve: i64| {
        map(&[
            (number(1), number(kind)),
            (number(3), number(algorithm)),
            (number(-1), number(curve)),
            (number(-2), cbor_bytes(&coordinate)),
            (number(-3), cbor_bytes(&coordinate)),
        ])
    };
    // EdDSA, ES384, PS256.
    for algorithm in [-8, -35, -37] {
        let rejection = registration_with(|made| made.key = key(2, algorithm, 1));
        assert_eq!(rejection, Some(Rejection::Unsupported), "{algorithm}");
    }
    let short_rsa = map(&[
        (number(1), number(3)),
        (number(3), number(-257)),
        (number(-1), cbor_bytes(&[0xff; 128])),
        (number(-2), cbor_bytes(&[1, 0, 1])),
    ]);
    let rejection = registration_with(|made| made.key = short_rsa);
    assert_eq!(rejection, Some(Rejection::Unsupported));
    let malformed = Some(Rejection::Malformed("credentialPublicKey"));
    for (kind, algorithm, curve) in [(3, -7, 1), (2, -7, 2), (2, -257, 1)] {
        let rejection = registration_with(|made| made.key = key(kind, algorithm, curve));
        assert_eq!(rejection, malformed, "{kind} {algorithm} {curve}");
    }
    let off_the_curve = es256_key(&coordinate, &coordinate);
    assert_eq!(
        registration_with(|made| made.key = off_the_curve),
        malformed
    );
    let short = es256_key(&coordinate[1..], &coordinate);
    assert_eq!(registration_with(|made| made.key = short), malformed);
    assert_eq!(registration_with(|made| made.key = map(&[])), malformed);
}

#[test]
fn other_attestation_formats_are_not_checked() {
    let rejection = registration_with(|made| {
        made.format = "packed".to_owned();
        made.statement = map(&[(word("alg"), number(-7)), (word("sig"), cbor_bytes(b"x"))]);
    });
    assert_eq!(rejection, None);
}

#[test]
fn an_attestation_object_must_be_whole() {
    let malformed = Some(Rejection::Malformed("attestationObject"));
    let statement = map(&[(word("sig"), cbor_bytes(b"x"))]);
    assert_eq!(
        registration_with(|made| made.statement = statement),
        malformed
    );
    let no_map = number(1);
    assert_eq!(registration_with(|made| made.statement = no_map), malformed);
    for object in [
        map(&[]),
        number(1),
        map(&[(word("fmt"), word("none")), (word("attStmt"), map(&[]))]),
        map(&[
            (word("fmt"), number(1)),
            (word("attStmt"), map(&[])),
            (word("authData"), cbor_bytes(&[])),
        ]),
    ] {
        let object = json!(URL_SAFE_NO_PAD.encode(object));
        let rejection = registration_as(|json| json["response"]["attestationObject"] = object);
        assert_eq!(rejection, malformed);
    }
    // The authenticator data contains no credential.
    let data = [&[0_u8; 32][..], &[PRESENT | VERIFIED], &[0; 4]].concat();
    let object = map(&[
        (word("fmt"), word("none")),
        (word("attStmt"), map(&[])),
        (word("authData"), cbor_bytes(&data)),
    ]);
    let object = json!(URL_SAFE_NO_PAD.encode(object));
    let rejection = registration_as(|json| json["response"]["attestationObject"] = object);
    assert_eq!(rejection, Some(Rejection::RelyingParty));
}

#[test]
fn id_matches_credential_in_both_encodings() {
    let other = json!(URL_SAFE_NO_PAD.encode(b"credential-2"));
    let rejection = registration_as(|json| {
        json["id"] = other.clone();
        json["rawId"] = other.clone();
    });
    assert_eq!(rejection, Some(Rejection::Malformed("id")));
    let rejection = registration_as(|json| json["rawId"] = other.clone());
    assert_eq!(rejection, Some(Rejection::Malformed("rawId")));
    let rejection = assertion_as(|json| json["rawId"] = other);
    assert_eq!(rejection, Some(Rejection::Malformed("rawId")));
}

#[test]
fn rejects_members_of_another_type() {
    for (pointer, name) in [
        ("/type", "type"),
        ("/id", "id"),
        ("/response/clientDataJSON", "clientDataJSON"),
        ("/response/attestationObject", "attestationObject"),
        ("/response/transports", "transports"),
        ("/authenticatorAttachment", "authenticatorAttachment"),
    ] {
        let rejection = registration_as(|json| {
            *json.pointer_mut(pointer).expect("a member") = json!(7);
        });
        assert_eq!(rejection, Some(Rejection::Malformed(name)), "{pointer}");
    }
    for name in [
        "clientDataJSON",
        "authenticatorData",
        "signature",
        "userHandle",
    ] {
        let rejection = assertion_as(|json| json["response"][name] = json!("!"));
        assert_eq!(rejection, Some(Rejection::Malformed(name)));
    }
    // Base64url in WebAuthn has no padding.
    let rejection = assertion_as(|json| json["response"]["userHandle"] = json!("AA=="));
    assert_eq!(rejection, Some(Rejection::Malformed("userHandle")));
    let long = json!(["x".repeat(33)]);
    let rejection = registration_as(|json| json["response"]["transports"] = long);
    assert_eq!(rejection, Some(Rejection::Malformed("transports")));
}

#[test]
fn rejects_unknown_passkey() {
    let rejection = assertion_of(Authenticator::es256(b"credential-2"));
    assert_eq!(rejection, Some(Rejection::Unknown));
}

#[test]
fn rejects_proof_with_other_user_handle() {
    let rejection = assertion_with(|proof| proof.handle = Some(b"somebody-else".to_vec()));
    assert_eq!(rejection, Some(Rejection::User));
    // If the request names the passkey, the authenticator can omit the user handle.
    assert_eq!(assertion_with(|proof| proof.handle = None), None);
}

#[test]
fn rejects_signature_of_another_key() {
    let rejection = assertion_of(Authenticator::es256(b"credential-1"));
    assert_eq!(rejection, Some(Rejection::Signature));
}

#[test]
fn rejects_changed_signed_data() {
    let rejection = assertion_as(|json| {
        let data = &mut json["response"]["authenticatorData"];
        let mut bytes = URL_SAFE_NO_PAD
            .decode(data.as_str().expect("text"))
            .expect("base64url");
        bytes[36] += 1;
        *data = json!(URL_SAFE_NO_PAD.encode(bytes));
    });
    assert_eq!(rejection, Some(Rejection::Signature));
    let rejection = assertion_as(|json| {
        let mut said = json!({
            "type": "webauthn.get", "challenge": CHALLENGE, "origin": ORIGIN,
        });
        said["more"] = json!(true);
        json["response"]["clientDataJSON"] = json!(URL_SAFE_NO_PAD.encode(said.to_string()));
    });
    assert_eq!(rejection, Some(Rejection::Signature));
    let rejection = assertion_as(|json| json["response"]["signature"] = json!(""));
    assert_eq!(rejection, Some(Rejection::Signature));
}

#[test]
fn rejects_counter_that_does_not_grow() {
    // A counter that does not increase indicates a copy of the passkey.
    for (known, counter, rejection) in [
        (0, 0, None),
        (0, 1, None),
        (5, 6, None),
        (5, 5, Some(Rejection::Counter)),
        (5, 4, Some(Rejection::Counter)),
        (5, 0, Some(Rejection::Counter)),
    ] {
        let mut authenticator = Authenticator::es256(b"credential-1");
        let mut passkey = registered(&authenticator);
        passkey.record.counter = known;
        let mut proof = authenticator.get(&request_options(), ORIGIN, HANDLE);
        proof.counter = counter;
        let proven = assertion::verify(&EXPECTED, HANDLE.as_bytes(), &[passkey], &proof.json());
        assert_eq!(proven.err(), rejection, "{known} {counter}");
    }
}
