//! Creates changed tokens from valid tokens. A change is made either to the token itself, or to its
//! header and claims before they are signed.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use cognito_testkit::{FixedClock, TestPool};
use serde_json::{Map, Value, json};

use super::random::Random;
use super::spelling::{spell, spell_text};

pub(crate) const POOL: &str = "us-east-1_TestPool1";
pub(crate) const CLIENT: &str = "client1";
pub(crate) const NOW: u64 = 1_800_000_000;

/// The kind of token: an access token or an ID token.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Use {
    Access,
    Id,
}

/// A changed token, which may be valid or invalid.
pub(crate) struct Mutant {
    pub(crate) token: String,
    /// The kind of token that the verifier expects.
    pub(crate) token_use: Use,
    /// `true` if the header and claims were changed before they were signed. The signature is then
    /// valid. `false` if a signed token was changed.
    pub(crate) is_signed: bool,
}

pub(crate) fn pool() -> TestPool {
    TestPool::new(POOL, CLIENT).with_clock(FixedClock::at_unix(NOW))
}

/// A generator of [`Mutant`]s: tokens with random changes.
pub(crate) struct Mutants {
    pool: TestPool,
    access: String,
    id: String,
    signer: Signer,
}

impl Mutants {
    pub(crate) fn new() -> Self {
        let pool = pool();
        let access = pool.access_token(|_| {});
        let id = pool.id_token(|_| {});
        let signer = Signer::new();
        Self {
            pool,
            access,
            id,
            signer,
        }
    }

    /// Returns the token with the number `place` in the sequence of tokens that `seed` determines.
    /// On average, 7 of 10 tokens are changed before they are signed.
    pub(crate) fn get(&self, seed: u64, place: u64) -> Mutant {
        let mut random = Random::new(seed, place);
        let token_use = random.one_of(&[Use::Access, Use::Id]);
        let is_signed = random.below(10) < 7;
        let token = if is_signed {
            self.signed(token_use, &mut random)
        } else {
            self.unsigned(token_use, &mut random)
        };
        Mutant {
            token,
            token_use,
            is_signed,
        }
    }

    /// Returns a token that was changed after it was signed.
    fn unsigned(&self, token_use: Use, random: &mut Random) -> String {
        let (token, other) = match token_use {
            Use::Access => (&self.access, &self.id),
            Use::Id => (&self.id, &self.access),
        };
        let mut token = token.clone();
        for _ in 0..=random.below(2) {
            token = match random.below(3) {
                0 => change_parts(&token, other, random),
                1 => change_base64(&token, random),
                _ => change_bytes(token, random),
            };
        }
        token
    }

    /// Returns a token whose header and claims may have been changed before they were signed.
    fn signed(&self, token_use: Use, random: &mut Random) -> String {
        let mut header = object(json!({ "alg": "RS256", "kid": self.pool.access_kid() }));
        if random.once_in(5) {
            change_header(&mut header, random);
        }
        let mut claims = self.claims(token_use);
        for _ in 0..random.below(4) {
            change_claims(&mut claims, random);
        }
        let header = write(header, random);
        let claims = write(claims, random);
        self.signer.sign(&header, &claims)
    }

    fn claims(&self, token_use: Use) -> Map<String, Value> {
        let mut claims = object(json!({
            "sub": "11111111-2222-4333-8444-555555555555",
            "iss": self.pool.issuer(),
            "auth_time": NOW - 10,
            "iat": NOW - 10,
            "exp": NOW + 3590,
            "jti": "cccccccc-0000-4000-8000-000000000001",
            "cognito:groups": ["admins", "a/b"],
        }));
        let own = match token_use {
            Use::Access => json!({
                "token_use": "access", "client_id": CLIENT, "scope": "openid a/b", "username": "alice",
            }),
            Use::Id => json!({
                "token_use": "id", "aud": CLIENT, "cognito:username": "alice",
                "email": "alice@example.com", "email_verified": true, "nonce": "n-1",
            }),
        };
        claims.extend(object(own));
        claims
    }
}

/// Signs tokens with the key that the test pool uses for access tokens. A `Signer` parses this key
/// once. The test pool itself parses the key for each token, which is too slow here: it takes
/// longer than all other work for the token.
pub(crate) struct Signer(RsaKeyPair);

impl Signer {
    pub(crate) fn new() -> Self {
        let pem = include_str!("../../../cognito-testkit/keys/access.pem");
        let lines = pem.lines().filter(|line| !line.starts_with("-----"));
        let der = STANDARD.decode(lines.collect::<String>()).unwrap();
        Self(RsaKeyPair::from_pkcs8(&der).unwrap())
    }

    pub(crate) fn sign(&self, header: &str, claims: &str) -> String {
        let (header, claims) = (
            URL_SAFE_NO_PAD.encode(header),
            URL_SAFE_NO_PAD.encode(claims),
        );
        let message = format!("{header}.{claims}");
        let mut signature = vec![0; self.0.public_modulus_len()];
        let random = SystemRandom::new();
        let signed = self.0.sign(
            &RSA_PKCS1_SHA256,
            &random,
            message.as_bytes(),
            &mut signature,
        );
        signed.unwrap();
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// Changes the parts between the dots of a token: swaps two parts, or inserts, removes or replaces
/// one. The replacement may be a part of the token `other`.
fn change_parts(token: &str, other: &str, random: &mut Random) -> String {
    let mut parts: Vec<&str> = token.split('.').collect();
    let others: Vec<&str> = other.split('.').collect();
    let at = random.below(parts.len());
    match random.below(5) {
        0 => {
            let with = random.below(parts.len());
            parts.swap(at, with);
        }
        1 => parts.insert(at, random.one_of(&["", "e30", "AAAA"])),
        2 => drop(parts.remove(at)),
        3 => parts[at] = random.one_of(&["", "e30", "bnVsbA", "W10"]),
        _ => parts[at] = others.get(at).copied().unwrap_or_default(),
    }
    parts.join(".")
}

/// Changes the base64url of one part of the token: padding, white space, the standard alphabet,
/// unused bits or other characters. A lenient decoder accepts many of these changes.
fn change_base64(token: &str, random: &mut Random) -> String {
    let mut parts: Vec<String> = token.split('.').map(str::to_owned).collect();
    let at = random.below(parts.len());
    let part = &mut parts[at];
    match random.below(4) {
        0 => part.push_str(random.one_of(&["=", "==", "\n", " ", "A"])),
        1 => *part = part.replace('-', "+").replace('_', "/"),
        2 => {
            // A different last character: its unused bits are not zero, or it decodes to another
            // byte.
            part.pop();
            part.push(char::from(random.one_of(ALPHABET)));
        }
        _ => {
            let place = part.floor_char_boundary(random.below(part.len() + 1));
            part.insert_str(
                place,
                random.one_of(&["\r\n", " ", "=", "\t", "%3D", "\u{e9}"]),
            );
        }
    }
    parts.join(".")
}

fn change_bytes(token: String, random: &mut Random) -> String {
    let mut bytes = token.into_bytes();
    let at = random.below(bytes.len().max(1));
    match random.below(5) {
        _ if bytes.is_empty() => {}
        0 => bytes[at] ^= 1 << random.below(7),
        1 => bytes[at] = random.one_of(ALPHABET),
        2 => bytes.insert(at, random.one_of(ALPHABET)),
        3 => drop(bytes.remove(at)),
        _ => bytes.truncate(at),
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Changes one member of the header, or removes it. `jwk` and `jku` get only valid values, because
/// `jsonwebtoken` parses them and rejects invalid values. The other members get values of any type.
fn change_header(header: &mut Map<String, Value>, random: &mut Random) {
    let jwk = json!({ "kty": "RSA", "n": "AQAB", "e": "AQAB", "kid": "theirs" });
    let (name, values) = match random.below(9) {
        0 => (
            "alg",
            json!(["RS256", "rs256", "RS512", "HS256", "none", "", null, 1]),
        ),
        1 => ("kid", json!(["", "unknown", null, 1, ["a"]])),
        2 => (
            "typ",
            json!([
                "JWT",
                "jwt",
                "at+jwt",
                "application/at+JWT",
                "JWE",
                "",
                null,
                1
            ]),
        ),
        3 => ("crit", json!([[], ["exp"], ["b64"], "exp", null])),
        4 => ("cty", json!(["JWT", "", null])),
        5 => ("zip", json!(["DEF", null])),
        6 => ("jwk", json!([jwk])),
        7 => ("jku", json!(["https://evil.example/jwks.json"])),
        _ => ("x-other", json!([null, 1, "a", [1], { "alg": "none" }])),
    };
    let values = values.as_array().cloned().unwrap_or_default();
    if random.once_in(8) {
        header.remove(name);
    } else {
        header.insert(name.to_owned(), random.one_of(&values));
    }
}

fn change_claims(claims: &mut Map<String, Value>, random: &mut Random) {
    let name = random.one_of(NAMES);
    match random.below(8) {
        0 => drop(claims.remove(name)),
        1 | 2 => drop(claims.insert(name.to_owned(), any_value(random))),
        // Most changes leave the token valid, so that later checks are reached.
        _ => {
            let (name, values) = good_values(random);
            let values = values.as_array().cloned().unwrap_or_default();
            claims.insert(name.to_owned(), random.one_of(&values));
        }
    }
}

fn good_values(random: &mut Random) -> (&'static str, Value) {
    let date = |from: i64| NOW as f64 + from as f64;
    let choices = [
        (
            "exp",
            json!([
                NOW + 1,
                NOW + 3600,
                date(60),
                date(3600) + 0.5,
                NOW + 86_390
            ]),
        ),
        ("iat", json!([NOW, NOW - 3600, date(-100) + 0.25, NOW + 1])),
        ("nbf", json!([NOW, NOW - 1, 0, date(-1), date(-60) + 0.5])),
        ("auth_time", json!([NOW, 0, date(-1), NOW + 5])),
        ("sub", json!(["a", "\u{e9}\u{1f600}", "a\"b\\c/d", "\u{1}"])),
        ("scope", json!(["", "a", " a  b ", "a/b c/d"])),
        ("username", json!(["", "bob", "\u{7f}\u{2028}"])),
        ("cognito:groups", json!([[], ["a"], ["", "\u{e9}"]])),
        (
            "act",
            json!([{ "sub": "a" }, { "sub": "a", "client_id": "b", "x": [{}] }]),
        ),
        ("amr", json!([[], ["pwd", "mfa"]])),
        ("email_verified", json!([true, false, "true", "false"])),
        (
            "custom:x",
            json!([null, 1e300, -0.0, u64::MAX, i64::MIN, [[[]]], { "exp": 0 }]),
        ),
    ];
    random.one_of(&choices)
}

/// Returns a random JSON value for a claim. It may be valid, have the wrong type, be out of range,
/// or differ slightly from a valid value.
fn any_value(random: &mut Random) -> Value {
    let values = json!([
        null, true, false, 0, -1, 1, NOW, NOW - 1, NOW + 1, NOW + 86_400, NOW + 86_401,
        NOW as f64 + 0.5, NOW as f64 - 0.5, u64::MAX, i64::MIN, 1e300, -1e-300, 9_007_199_254_740_993_u64,
        "", "access", "id", "true", CLIENT, "client2", "1800003600", [], {}, [CLIENT], [CLIENT, "b"],
        [null], [1, "a"], { "sub": 1 }, { "sub": "" }, "https://evil.example",
        format!("https://cognito-idp.us-east-1.amazonaws.com/{POOL}"),
        [format!("https://cognito-idp.us-east-1.amazonaws.com/{POOL}")],
        format!("https://issuer-cognito-idp.us-east-1.amazonaws.com/{POOL}"),
        format!("https://cognito-idp.us-east-1.amazonaws.com/{POOL}/"),
    ]);
    random.one_of(values.as_array().map_or(&[], Vec::as_slice))
}

/// Serializes an object to JSON. For half of the objects, the white space, the order of the
/// members, the escapes and the number formats are random. For one object in eight, the JSON is
/// then changed, so that it is usually invalid or has a duplicate member.
fn write(object: Map<String, Value>, random: &mut Random) -> String {
    let names: Vec<String> = object.keys().cloned().collect();
    let object = Value::Object(object);
    let mut text = if random.once_in(2) {
        object.to_string()
    } else {
        spell(&object, &mut |below| random.below(below))
    };
    if random.once_in(8) {
        let name = random.one_of(&names);
        break_a_rule(&mut text, &name, random);
    }
    text
}

fn break_a_rule(text: &mut String, name: &str, random: &mut Random) {
    let last = text.rfind('}').unwrap_or_default();
    match random.below(6) {
        0 | 1 => {
            let name = spell_text(name, &mut |below| random.below(below));
            let value = any_value(random);
            text.insert_str(last, &format!(",{name}:{value}"));
        }
        2 => text.insert_str(last, random.one_of(MEMBERS)),
        3 => {
            let depth = 28 + random.below(8);
            let (open, close) = ("[".repeat(depth), "]".repeat(depth));
            text.insert_str(last, &format!(",\"x\":{open}{close}"));
        }
        4 => text.push_str(random.one_of(&["", " ", "\0", "{}", "\u{feff}", ","])),
        _ => {
            let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
            let at = random.one_of(&places);
            match random.below(3) {
                0 => drop(text.remove(at)),
                _ => text.insert_str(
                    at,
                    random.one_of(&["\"", "\\", ",", "0", " ", "[", "\u{1}"]),
                ),
            }
        }
    }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        other => panic!("not an object: {other}"),
    }
}

const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/=. ";

/// The names of the claims that are changed in valid tokens: a claim is removed, or gets a value of
/// [`any_value`].
const NAMES: &[&str] = &[
    "acr",
    "act",
    "amr",
    "at_hash",
    "aud",
    "auth_time",
    "client_id",
    "cognito:groups",
    "cognito:roles",
    "cognito:username",
    "custom:x",
    "device_key",
    "email",
    "email_verified",
    "event_id",
    "exp",
    "iat",
    "iss",
    "jti",
    "nbf",
    "nonce",
    "origin_jti",
    "phone_number_verified",
    "scope",
    "sub",
    "token_use",
    "username",
    "version",
];

/// The strings that are inserted before the end of a JSON object: members with unusual valid
/// values, and invalid members.
const MEMBERS: &[&str] = &[
    ",",
    ",\"x\"",
    ",\"x\":",
    ",\"x\":01",
    ",\"x\":1.",
    ",\"x\":-",
    ",\"x\":-0",
    ",\"x\":1e400",
    ",\"x\":1e-400",
    ",\"x\":1.7976931348623157e308",
    ",\"x\":1.7976931348623158e308",
    ",\"x\":0.00000000000000000000001e330",
    ",\"x\":123456789012345678901234567890",
    ",\"x\":\"\\ud800\"",
    ",\"x\":\"\\ud83d\\ude00\"",
    ",\"x\":\"\\x41\"",
    ",\"x\":\"\t\"",
    ",\"x\":NaN",
    ",\"x\":tru",
    ",\"\\u0078\":1",
    ",\"x\":1,\"\\u0078\":1",
    ",\"x\":{\"y\":1,\"y\":2}",
];
