//! Test vectors of other projects, and vectors of this project for numbers with rare lengths.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cognito_srp6a::{Answer, Challenge, Exchange, Subject, Timestamp, test_util};
use cognito_testkit::{other_vectors, vectors};
use num_bigint::{BigInt, BigUint};
use serde_json::Value;

/// One test vector.
struct Case(Value);

impl Case {
    fn id(&self) -> &str {
        self.0["id"].as_str().unwrap()
    }

    fn input(&self, name: &str) -> Option<&str> {
        self.0["inputs"][name].as_str()
    }

    fn output(&self, name: &str) -> Option<&str> {
        self.0["outputs"][name].as_str()
    }

    /// Returns the subject and the password.
    fn subject(&self) -> (Subject, &str) {
        let get = |name| self.input(name);
        if let Some(key) = get("device_key") {
            let subject = Subject::device(get("device_group_key").unwrap(), key);
            return (subject, get("device_password").unwrap());
        }
        let subject = match get("identity_prefix") {
            // The two names are hashed without a separator, so the prefix can be the first name.
            Some(prefix) => Subject::device(prefix, ""),
            None => {
                let pool = format!("eu-west-1_{}", get("pool_name").unwrap());
                Subject::user(&pool, get("user_id_for_srp").unwrap()).unwrap()
            }
        };
        (subject, get("password").unwrap())
    }

    fn private(&self) -> Vec<u8> {
        let number = match self.input("a_hex") {
            Some(hex) => hex_number(hex),
            None => self.input("a_dec").unwrap().parse().unwrap(),
        };
        reduced(&number)
    }

    fn exchange(&self) -> Exchange {
        test_util::exchange(&self.private())
    }

    fn challenge(&self) -> Challenge<'_> {
        Challenge::from_parameters(|name| match name {
            "SRP_B" => self.input("B_hex"),
            "SALT" => self.input("salt_hex"),
            "SECRET_BLOCK" => self.input("secret_block_b64").or(Some("")),
            other => panic!("no parameter {other}"),
        })
        .unwrap()
    }
}

fn file() -> Value {
    serde_json::from_str(&vectors("srp.json").unwrap()).unwrap()
}

/// Returns the vectors of these kinds: those of this project, and those of other projects if they
/// are available. `counts` are the expected numbers of the two.
fn cases(kinds: &[&str], counts: (usize, usize)) -> Vec<Case> {
    // The source of this vector passes Base64 to a parser of hexadecimal digits, so the vector is
    // not valid.
    const UNCHECKED: &str = "jshelper-device-1";
    let of = |file: &Value, is_own: bool| -> Vec<Case> {
        let cases = file["vectors"].as_array().unwrap().iter();
        cases
            .map(|case| Case(case.clone()))
            .filter(|case| kinds.contains(&case.0["kind"].as_str().unwrap()))
            .filter(|case| case.id() != UNCHECKED && case.id().starts_with("edge-") == is_own)
            .collect()
    };
    let mut cases = of(&file(), true);
    assert_eq!(cases.len(), counts.0);
    if let Some(others) = other_vectors("srp.json") {
        let others = of(&serde_json::from_str(&others).unwrap(), false);
        assert_eq!(others.len(), counts.1);
        cases.extend(others);
    }
    cases
}

fn hex_number(text: &str) -> BigUint {
    BigUint::parse_bytes(text.as_bytes(), 16).unwrap()
}

/// Reduces a private value modulo N - 1, because some vectors have private values longer than N.
/// The public value stays the same, because N is prime.
fn reduced(private: &BigUint) -> Vec<u8> {
    let (n, ..) = test_util::group();
    (private % (BigUint::from_bytes_be(&n) - 1u8)).to_bytes_be()
}

#[test]
fn the_group_is_cognitos() {
    let file = file();
    let group = &file["group"];
    let (n, g, k) = test_util::group();
    assert_eq!(
        BigUint::from_bytes_be(&n),
        hex_number(group["N_hex"].as_str().unwrap())
    );
    assert_eq!(group["g"], g);
    assert_eq!(BigUint::from_bytes_be(&k).to_string(), group["k_dec"]);
}

#[test]
fn numbers_are_encoded_as_java_does() {
    let encodings = cases(&["pad_int"], (0, 1));
    let pairs = encodings
        .iter()
        .flat_map(|case| case.0["pairs"].as_array().unwrap());
    let mut encoded = 0;
    for pair in pairs {
        let hex = pair[1].as_str().unwrap();
        let reference = BigInt::from(pair[0].as_i64().unwrap()).to_signed_bytes_be();
        // The reference agrees with Java for all numbers. `Integer` has no negative numbers.
        assert_eq!(reference, hex_bytes(hex));
        if let Some(number) = pair[0].as_u64() {
            assert_eq!(
                test_util::encode(&number.to_be_bytes()),
                reference,
                "{number}"
            );
            encoded += 1;
        }
    }
    assert_eq!(encoded, 257 * encodings.len());
}

fn hex_bytes(text: &str) -> Vec<u8> {
    let byte = |digits: &[u8]| u8::from_str_radix(str::from_utf8(digits).unwrap(), 16).unwrap();
    text.as_bytes().chunks(2).map(byte).collect()
}

#[test]
fn proofs() {
    for case in cases(&["user", "device"], (8, 7)) {
        let (subject, password) = case.subject();
        let stamp: Timestamp = case.input("timestamp").unwrap().parse().unwrap();
        let exchange = case.exchange();
        let srp_a = BigUint::parse_bytes(exchange.srp_a().as_bytes(), 16).unwrap();
        if let Some(due) = case.output("A_hex") {
            assert_eq!(exchange.srp_a(), due, "{}", case.id());
        }
        if let Some(due) = case.output("A_dec") {
            assert_eq!(srp_a.to_string(), due, "{}", case.id());
        }
        let proof = exchange.prove(&subject, password, &case.challenge(), stamp.time());
        let signature = proof.unwrap().signature;
        assert_eq!(
            signature,
            case.output("signature_b64").unwrap(),
            "{}",
            case.id()
        );
    }
}

#[test]
fn session_keys_match_vectors() {
    let kinds = ["user", "user_key", "user_intermediates"];
    let mut keys = 0;
    let cases = cases(&kinds, (8, 8));
    for case in &cases {
        let (subject, password) = case.subject();
        let exchange = case.exchange();
        if let Some(due) = case.output("u_dec") {
            let u =
                test_util::scrambling_parameter(&exchange.srp_a(), case.input("B_hex").unwrap());
            let u = BigUint::from_bytes_be(&u.unwrap()).to_string();
            assert_eq!(u, due, "{}", case.id());
        }
        let key = test_util::key(exchange, &subject, password, &case.challenge()).unwrap();
        let due = case.output("hkdf_key_hex").map(hex_bytes);
        let due = due.or_else(|| Some(STANDARD.decode(case.output("hkdf_key_b64")?).unwrap()));
        if let Some(due) = due {
            assert_eq!(key, due, "{}", case.id());
            keys += 1;
        }
    }
    assert_eq!(keys, if cases.len() > 8 { 12 } else { 8 });
}

#[test]
fn scrambling_parameters() {
    for case in cases(&["u"], (0, 1)) {
        let [a, b] = ["A_hex", "B_hex"].map(|name| case.input(name).unwrap());
        let u = test_util::scrambling_parameter(a, b).unwrap();
        assert_eq!(
            BigUint::from_bytes_be(&u).to_string(),
            case.output("u_dec").unwrap()
        );
    }
}

#[test]
fn identities_of_devices() {
    for case in cases(&["device_identity_hash"], (0, 1)) {
        let (subject, password) = case.subject();
        let identity = test_util::identity(&subject, password);
        assert_eq!(
            STANDARD.encode(identity),
            case.output("sha256_b64").unwrap()
        );
    }
}

#[test]
fn verifiers_of_devices() {
    for case in cases(&["device_verifier"], (0, 2)) {
        let (subject, password) = case.subject();
        let salt = STANDARD.decode(case.input("salt_b64").unwrap()).unwrap();
        let verifier = test_util::verifier(subject, password, &salt);
        let value = STANDARD.encode(test_util::verifier_value(&verifier));
        assert_eq!(value, case.output("verifier_b64").unwrap(), "{}", case.id());
    }
}

/// Only the vectors of this project contain the server's private value.
#[test]
fn server_computes_the_clients_values() {
    let cases: Vec<_> = cases(&["user"], (8, 5))
        .into_iter()
        .filter(|case| case.input("server_b_hex").is_some())
        .collect();
    for case in &cases {
        let (subject, password) = case.subject();
        let salt = hex_number(case.input("salt_hex").unwrap());
        let verifier = test_util::verifier(subject, password, &salt.to_bytes_be());
        let private = hex_number(case.input("server_b_hex").unwrap()).to_bytes_be();
        let srp_a = case.output("A_hex").unwrap();
        let block = case.input("secret_block_b64").unwrap();
        let server = test_util::server_exchange(&verifier, srp_a, &private, block).unwrap();
        assert_eq!(
            server.srp_b(),
            case.input("B_hex").unwrap(),
            "{}",
            case.id()
        );
        assert_eq!(
            server.salt(),
            case.input("salt_hex").unwrap(),
            "{}",
            case.id()
        );
        let answer = Answer::from_parameters(|name| match name {
            "PASSWORD_CLAIM_SIGNATURE" => case.output("signature_b64"),
            "PASSWORD_CLAIM_SECRET_BLOCK" => Some(block),
            other => case.input(&other.to_lowercase()),
        });
        let time = server.verify(&answer.unwrap()).unwrap();
        assert_eq!(
            time.to_string(),
            case.input("timestamp").unwrap(),
            "{}",
            case.id()
        );
    }
    assert_eq!(cases.len(), 8);
}

#[test]
fn timestamps() {
    for case in cases(&["timestamp"], (0, 1)) {
        for pair in case.0["pairs"].as_array().unwrap() {
            let [iso, stamp] = [0, 1].map(|index| pair[index].as_str().unwrap());
            let stamp: Timestamp = stamp.parse().unwrap();
            assert_eq!(iso_seconds(iso), seconds(stamp));
        }
    }
}

fn seconds(stamp: Timestamp) -> i64 {
    let since = stamp.time().duration_since(std::time::UNIX_EPOCH);
    since.unwrap().as_secs().try_into().unwrap()
}

/// Reads `2022-01-01T00:00:00Z`.
fn iso_seconds(text: &str) -> i64 {
    let numbers: Vec<i32> = text
        .split(|character: char| !character.is_ascii_digit())
        .filter_map(|number| number.parse().ok())
        .collect();
    let [year, month, day, hour, minute, second] = numbers[..] else {
        panic!("not a time: {text}");
    };
    let small = |number: i32| u8::try_from(number).unwrap();
    let month = time::Month::try_from(small(month)).unwrap();
    time::Date::from_calendar_date(year, month, small(day))
        .and_then(|date| date.with_hms(small(hour), small(minute), small(second)))
        .unwrap()
        .assume_utc()
        .unix_timestamp()
}
