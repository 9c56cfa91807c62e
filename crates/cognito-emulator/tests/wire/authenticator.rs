//! An authenticator and its browser. Their responses are valid unless a test changes them. This
//! module shares no code with the implementation under test.
#![allow(dead_code, reason = "each test program uses a part of it")]

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

pub(crate) const PRESENT: u8 = 0x01;
pub(crate) const VERIFIED: u8 = 0x04;
pub(crate) const ELIGIBLE: u8 = 0x08;
pub(crate) const BACKED_UP: u8 = 0x10;
pub(crate) const ATTESTED: u8 = 0x40;
pub(crate) const EXTENDED: u8 = 0x80;

/// An authenticator with one passkey.
pub(crate) struct Authenticator {
    pub(crate) id: Vec<u8>,
    /// The signature counter of the authenticator.
    pub(crate) counter: u32,
    key: Key,
}

enum Key {
    Es256(EcdsaKeyPair),
    Rs256(RsaKeyPair),
}

impl Authenticator {
    pub(crate) fn es256(id: &[u8]) -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).expect("a key");
        Self::new(id, Key::Es256(pair))
    }

    pub(crate) fn rs256(id: &[u8]) -> Self {
        let pem = include_str!("../../src/state/tokens/test-keys/id.pem");
        let lines = pem
            .lines()
            .skip_while(|line| !line.starts_with("-----BEGIN"));
        let body: String = lines.filter(|line| !line.starts_with('-')).collect();
        let der = STANDARD.decode(body).expect("base64");
        let pair = RsaKeyPair::from_pkcs8(&der).or_else(|_| RsaKeyPair::from_der(&der));
        Self::new(id, Key::Rs256(pair.expect("a key")))
    }

    fn new(id: &[u8], key: Key) -> Self {
        Self {
            id: id.to_vec(),
            counter: 0,
            key,
        }
    }

    /// Returns the response to `navigator.credentials.create()` at an origin.
    pub(crate) fn create(&self, options: &Value, origin: &str) -> Creation {
        Creation {
            client_data: client_data("webauthn.create", options, origin),
            relying_party: text(&options["rp"]["id"]),
            flags: PRESENT | VERIFIED | ATTESTED,
            counter: self.counter,
            id: self.id.clone(),
            key: self.cose_key(),
            behind: Vec::new(),
            format: "none".to_owned(),
            statement: map(&[]),
            transports: json!(["internal", "hybrid"]),
        }
    }

    /// Returns the response to `navigator.credentials.get()` at an origin.
    pub(crate) fn get(&mut self, options: &Value, origin: &str, handle: &str) -> Assertion<'_> {
        self.counter += 1;
        Assertion {
            client_data: client_data("webauthn.get", options, origin),
            relying_party: text(&options["rpId"]),
            flags: PRESENT | VERIFIED,
            counter: self.counter,
            handle: Some(handle.as_bytes().to_vec()),
            authenticator: self,
        }
    }

    pub(crate) fn cose_key(&self) -> Vec<u8> {
        match &self.key {
            Key::Es256(pair) => {
                let point = pair.public_key().as_ref();
                es256_key(&point[1..33], &point[33..])
            }
            Key::Rs256(pair) => {
                let (modulus, exponent) = numbers(pair.public_key().as_ref());
                map(&[
                    (number(1), number(3)),
                    (number(3), number(-257)),
                    (number(-1), bytes(modulus)),
                    (number(-2), bytes(exponent)),
                ])
            }
        }
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match &self.key {
            Key::Es256(pair) => {
                let signature = pair.sign(&random, message).expect("a signature");
                signature.as_ref().to_vec()
            }
            Key::Rs256(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)
                    .expect("a signature");
                signature
            }
        }
    }
}

/// The response to a registration before it is encoded. Tests can change its parts.
pub(crate) struct Creation {
    pub(crate) client_data: Value,
    pub(crate) relying_party: String,
    pub(crate) flags: u8,
    pub(crate) counter: u32,
    pub(crate) id: Vec<u8>,
    pub(crate) key: Vec<u8>,
    /// The bytes that follow the public key in the authenticator data.
    pub(crate) behind: Vec<u8>,
    pub(crate) format: String,
    pub(crate) statement: Vec<u8>,
    pub(crate) transports: Value,
}

impl Creation {
    pub(crate) fn data(&self) -> Vec<u8> {
        let mut data = data(&self.relying_party, self.flags, self.counter);
        data.extend([0; 16]);
        data.extend(u16::try_from(self.id.len()).expect("short").to_be_bytes());
        data.extend(&self.id);
        data.extend(&self.key);
        data.extend(&self.behind);
        data
    }

    pub(crate) fn object(&self) -> Vec<u8> {
        map(&[
            (word("fmt"), word(&self.format)),
            (word("attStmt"), self.statement.clone()),
            (word("authData"), bytes(&self.data())),
        ])
    }

    /// Returns the result of `PublicKeyCredential.toJSON()`.
    pub(crate) fn json(&self) -> Value {
        let id = URL_SAFE_NO_PAD.encode(&self.id);
        json!({
            "id": id,
            "rawId": id,
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": URL_SAFE_NO_PAD.encode(self.client_data.to_string()),
                "attestationObject": URL_SAFE_NO_PAD.encode(self.object()),
                "transports": self.transports,
            },
        })
    }
}

/// The response to a sign-in before it is signed. Tests can change its parts.
pub(crate) struct Assertion<'a> {
    pub(crate) client_data: Value,
    pub(crate) relying_party: String,
    pub(crate) flags: u8,
    pub(crate) counter: u32,
    pub(crate) handle: Option<Vec<u8>>,
    authenticator: &'a Authenticator,
}

impl Assertion<'_> {
    /// Returns the result of `PublicKeyCredential.toJSON()`.
    pub(crate) fn json(&self) -> Value {
        let id = URL_SAFE_NO_PAD.encode(&self.authenticator.id);
        let client_data = self.client_data.to_string();
        let data = data(&self.relying_party, self.flags, self.counter);
        let hash = digest(&SHA256, client_data.as_bytes());
        let signature = self
            .authenticator
            .sign(&[&data[..], hash.as_ref()].concat());
        let handle = self.handle.as_ref();
        json!({
            "id": id,
            "rawId": id,
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": URL_SAFE_NO_PAD.encode(client_data),
                "authenticatorData": URL_SAFE_NO_PAD.encode(data),
                "signature": URL_SAFE_NO_PAD.encode(signature),
                "userHandle": handle.map(|handle| URL_SAFE_NO_PAD.encode(handle)),
            },
        })
    }
}

fn client_data(ceremony: &str, options: &Value, origin: &str) -> Value {
    json!({
        "type": ceremony,
        "challenge": options["challenge"],
        "origin": origin,
        "crossOrigin": false,
    })
}

/// Returns authenticator data without a credential.
fn data(relying_party: &str, flags: u8, counter: u32) -> Vec<u8> {
    let mut data = digest(&SHA256, relying_party.as_bytes()).as_ref().to_vec();
    data.push(flags);
    data.extend(counter.to_be_bytes());
    data
}

pub(crate) fn es256_key(x: &[u8], y: &[u8]) -> Vec<u8> {
    map(&[
        (number(1), number(2)),
        (number(3), number(-7)),
        (number(-1), number(1)),
        (number(-2), bytes(x)),
        (number(-3), bytes(y)),
    ])
}

/// Encodes an integer in CBOR.
pub(crate) fn number(number: i64) -> Vec<u8> {
    if number < 0 {
        head(1, u64::try_from(-1 - number).expect("no sign"))
    } else {
        head(0, u64::try_from(number).expect("no sign"))
    }
}

/// Encodes a byte string in CBOR.
pub(crate) fn bytes(bytes: &[u8]) -> Vec<u8> {
    [head(2, bytes.len() as u64), bytes.to_vec()].concat()
}

/// Encodes a string in CBOR.
pub(crate) fn word(text: &str) -> Vec<u8> {
    [head(3, text.len() as u64), text.as_bytes().to_vec()].concat()
}

/// Encodes a map in CBOR. The names and values are already encoded.
pub(crate) fn map(members: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let mut map = head(5, members.len() as u64);
    for (name, value) in members {
        map.extend(name);
        map.extend(value);
    }
    map
}

fn head(major: u8, argument: u64) -> Vec<u8> {
    let mut head = vec![major << 5];
    match (u8::try_from(argument), u16::try_from(argument)) {
        (Ok(small @ 0..24), _) => head[0] |= small,
        (Ok(byte), _) => {
            head[0] |= 24;
            head.push(byte);
        }
        (_, Ok(short)) => {
            head[0] |= 25;
            head.extend(short.to_be_bytes());
        }
        _ => {
            head[0] |= 27;
            head.extend(argument.to_be_bytes());
        }
    }
    head
}

/// Returns the modulus and the exponent of an `RSAPublicKey` (RFC 8017, A.1.1).
fn numbers(der: &[u8]) -> (&[u8], &[u8]) {
    let (sequence, _) = element(der);
    let (modulus, rest) = element(sequence);
    let (exponent, _) = element(rest);
    // A leading zero keeps the number positive.
    (modulus.strip_prefix(&[0]).unwrap_or(modulus), exponent)
}

fn element(der: &[u8]) -> (&[u8], &[u8]) {
    let (length, start) = match der[1] {
        0x81 => (usize::from(der[2]), 3),
        0x82 => (usize::from(der[2]) << 8 | usize::from(der[3]), 4),
        short => (usize::from(short), 2),
    };
    der[start..].split_at(length)
}

fn text(value: &Value) -> String {
    value.as_str().expect("text").to_owned()
}
