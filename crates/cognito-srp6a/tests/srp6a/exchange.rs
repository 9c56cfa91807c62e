//! Tests both sides of an exchange together, also with changed values.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cognito_srp6a::{
    Answer, Challenge, DeviceRegistration, Exchange, Proof, ServerExchange, SrpError, Subject,
    Timestamp, Verifier, test_util,
};
use num_bigint::BigUint;
use proptest::prelude::*;

const POOL: &str = "eu-central-1_aBcDeFgHi";
const SECRET_BLOCK: &str = "dGhlIHNlcnZlcidzIG93bg==";
const PASSWORD: &str = "SecurePass123!";

fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_800_000_000)
}

fn user() -> Subject {
    Subject::user(POOL, "9c1f").unwrap()
}

fn verifier() -> Verifier {
    Verifier::new(user(), PASSWORD).unwrap()
}

/// The parameters of a challenge. Tests change them before the client reads them.
#[derive(Clone)]
struct Sent {
    srp_b: String,
    salt: String,
    secret_block: String,
}

impl Sent {
    fn by(server: &ServerExchange) -> Self {
        Self {
            srp_b: server.srp_b().to_owned(),
            salt: server.salt().to_owned(),
            secret_block: server.secret_block().to_owned(),
        }
    }

    fn challenge(&self) -> Challenge<'_> {
        Challenge::from_parameters(|name| match name {
            "SRP_B" => Some(&self.srp_b),
            "SALT" => Some(&self.salt),
            "SECRET_BLOCK" => Some(&self.secret_block),
            _ => None,
        })
        .unwrap()
    }
}

fn verify(server: ServerExchange, proof: &Proof) -> Result<Timestamp, SrpError> {
    let timestamp = proof.timestamp.to_string();
    verify_parts(server, [&proof.signature, &proof.secret_block, &timestamp])
}

fn verify_parts(server: ServerExchange, parts: [&str; 3]) -> Result<Timestamp, SrpError> {
    let [signature, secret_block, timestamp] = parts;
    let answer = Answer::from_parameters(|name| match name {
        "PASSWORD_CLAIM_SIGNATURE" => Some(signature),
        "PASSWORD_CLAIM_SECRET_BLOCK" => Some(secret_block),
        "TIMESTAMP" => Some(timestamp),
        _ => None,
    });
    server.verify(&answer.unwrap())
}

/// Runs one exchange and returns the result of the server. `change` can change the values that the
/// server sends.
fn run(
    verifier: &Verifier,
    subject: &Subject,
    password: &str,
    change: impl Fn(&mut Sent),
) -> Result<Timestamp, SrpError> {
    let client = Exchange::start().unwrap();
    let server = ServerExchange::start(verifier, &client.srp_a()).unwrap();
    let mut sent = Sent::by(&server);
    change(&mut sent);
    let proof = client.prove(subject, password, &sent.challenge(), now())?;
    verify(server, &proof)
}

#[test]
fn right_password_is_accepted() {
    let time = run(&verifier(), &user(), PASSWORD, |_| ()).unwrap();
    assert_eq!(time.time(), now());
}

#[test]
fn another_password_user_or_pool_is_not() {
    let verifier = verifier();
    let wrong = Err(SrpError::WrongSignature);
    assert_eq!(run(&verifier, &user(), "SecurePass123", |_| ()), wrong);
    for (pool, name) in [(POOL, "9c1e"), ("eu-central-1_aBcDeFgHj", "9c1f")] {
        let subject = Subject::user(pool, name).unwrap();
        assert_eq!(run(&verifier, &subject, PASSWORD, |_| ()), wrong);
    }
}

#[test]
fn unicode_forms_of_password_differ() {
    let verifier = Verifier::new(user(), "P\u{e4}ss").unwrap();
    assert!(run(&verifier, &user(), "P\u{e4}ss", |_| ()).is_ok());
    let decomposed = run(&verifier, &user(), "Pa\u{308}ss", |_| ());
    assert_eq!(decomposed, Err(SrpError::WrongSignature));
}

#[test]
fn rejects_proof_for_modified_challenge() {
    let verifier = verifier();
    let changes: [fn(&mut Sent); 4] = [
        |sent| sent.salt.insert(0, '1'),
        |sent| sent.secret_block = "AAAA".to_owned(),
        |sent| sent.srp_b = "5".to_owned(),
        |sent| sent.srp_b.truncate(700),
    ];
    for change in changes {
        let outcome = run(&verifier, &user(), PASSWORD, change);
        assert_eq!(outcome, Err(SrpError::WrongSignature));
    }
}

#[test]
fn salts_are_numbers_whatever_zeros_stand_in_front() {
    let zeros: fn(&mut Sent) = |sent| {
        sent.salt.insert_str(0, "000");
        sent.srp_b = format!("0{}", sent.srp_b.to_uppercase());
    };
    assert!(run(&verifier(), &user(), PASSWORD, zeros).is_ok());
}

#[test]
fn rejects_modified_response() {
    let verifier = verifier();
    let client = || test_util::exchange(&[7; 64]);
    let server = || {
        test_util::server_exchange(&verifier, &client().srp_a(), &[9; 64], SECRET_BLOCK).unwrap()
    };
    let sent = Sent::by(&server());
    let proof = client()
        .prove(&user(), PASSWORD, &sent.challenge(), now())
        .unwrap();
    let (signature, time) = (proof.signature.as_str(), proof.timestamp.to_string());
    assert!(verify_parts(server(), [signature, SECRET_BLOCK, &time]).is_ok());

    let later = Timestamp::new(now() + Duration::from_secs(1))
        .unwrap()
        .to_string();
    let short = STANDARD.encode(&STANDARD.decode(signature).unwrap()[..31]);
    let wrong = Err(SrpError::WrongSignature);
    for parts in [
        [signature, SECRET_BLOCK, &later],
        [signature, "AAAA", &time],
        [&STANDARD.encode([0; 32]), SECRET_BLOCK, &time],
        [&short, SECRET_BLOCK, &time],
        ["", SECRET_BLOCK, &time],
    ] {
        assert_eq!(verify_parts(server(), parts), wrong, "{parts:?}");
    }
    for (parameter, parts) in [
        ("PASSWORD_CLAIM_SIGNATURE", ["?", SECRET_BLOCK, &time]),
        ("PASSWORD_CLAIM_SECRET_BLOCK", [signature, "YQ", &time]),
        (
            "TIMESTAMP",
            [signature, SECRET_BLOCK, "2027-01-15T08:00:00Z"],
        ),
    ] {
        let malformed = Err(SrpError::Malformed { parameter });
        assert_eq!(verify_parts(server(), parts), malformed);
    }
}

#[test]
fn proof_is_valid_in_one_exchange_only() {
    let verifier = verifier();
    let client = test_util::exchange(&[7; 64]);
    let first = ServerExchange::start(&verifier, &client.srp_a()).unwrap();
    let second = ServerExchange::start(&verifier, &client.srp_a()).unwrap();
    assert_ne!(first.srp_b(), second.srp_b());
    assert_ne!(first.secret_block(), second.secret_block());
    let sent = Sent::by(&first);
    let proof = client
        .prove(&user(), PASSWORD, &sent.challenge(), now())
        .unwrap();
    assert_eq!(verify(second, &proof), Err(SrpError::WrongSignature));
    assert!(verify(first, &proof).is_ok());
}

/// Returns 0, N and larger numbers, in hexadecimal. Some of the larger numbers are multiples of N.
fn outside_the_group() -> Vec<String> {
    let (n, ..) = test_util::group();
    let n = BigUint::from_bytes_be(&n);
    let mut numbers: Vec<_> = ["0", "0000000000"].map(str::to_owned).into();
    numbers.extend([&n * 1u8, &n * 2u8, &n * &n, &n + 1u8].map(|number| number.to_str_radix(16)));
    numbers
}

#[test]
fn both_sides_reject_values_outside_group() {
    let verifier = verifier();
    for number in outside_the_group() {
        let rejected = ServerExchange::start(&verifier, &number).err();
        assert_eq!(rejected, Some(SrpError::OutOfGroup { parameter: "SRP_A" }));
        let rejected = run(&verifier, &user(), PASSWORD, |sent| {
            sent.srp_b.clone_from(&number);
        });
        assert_eq!(rejected, Err(SrpError::OutOfGroup { parameter: "SRP_B" }));
    }
}

#[test]
fn malformed_parameter_is_named() {
    let verifier = verifier();
    for text in ["", "0x1f", "-1", "1 2", "12\n", "xyz", "é"] {
        let malformed = |parameter| Some(SrpError::Malformed { parameter });
        let rejected = ServerExchange::start(&verifier, text).err();
        assert_eq!(rejected, malformed("SRP_A"));
        let run = |change: &dyn Fn(&mut Sent)| run(&verifier, &user(), PASSWORD, change).err();
        assert_eq!(
            run(&|sent| sent.srp_b = text.to_owned()),
            malformed("SRP_B")
        );
        assert_eq!(run(&|sent| sent.salt = text.to_owned()), malformed("SALT"));
    }
    let block: fn(&mut Sent) = |sent| sent.secret_block = "no base64".to_owned();
    let parameter = "SECRET_BLOCK";
    let rejected = run(&verifier, &user(), PASSWORD, block);
    assert_eq!(rejected, Err(SrpError::Malformed { parameter }));
}

#[test]
fn a_missing_parameter_is_named() {
    for missing in ["SRP_B", "SALT", "SECRET_BLOCK"] {
        let value = |name| (name != missing).then_some("00");
        let rejected = Challenge::from_parameters(value).err();
        assert_eq!(rejected, Some(SrpError::Missing { parameter: missing }));
    }
    for missing in [
        "PASSWORD_CLAIM_SIGNATURE",
        "PASSWORD_CLAIM_SECRET_BLOCK",
        "TIMESTAMP",
    ] {
        let value = |name| (name != missing).then_some("00");
        let rejected = Answer::from_parameters(value).err();
        assert_eq!(rejected, Some(SrpError::Missing { parameter: missing }));
    }
}

#[test]
fn proof_and_response_use_same_names() {
    let server = ServerExchange::start(&verifier(), "5").unwrap();
    let sent = Sent::by(&server);
    let client = test_util::exchange(&[7; 64]);
    let proof = client
        .prove(&user(), PASSWORD, &sent.challenge(), now())
        .unwrap();
    let parameters = proof.into_parameters();
    let find = |name: &str| {
        let found = parameters.iter().find(|(other, _)| *other == name);
        found.map(|(_, value)| value.as_str())
    };
    assert!(Answer::from_parameters(find).is_ok());
    assert_eq!(
        find("PASSWORD_CLAIM_SECRET_BLOCK"),
        Some(server.secret_block())
    );
    assert_eq!(find("TIMESTAMP"), Some("Fri Jan 15 08:00:00 UTC 2027"));
}

#[test]
fn rejects_time_outside_timestamp_range() {
    let server = ServerExchange::start(&verifier(), "5").unwrap();
    let before = UNIX_EPOCH - Duration::from_secs(1);
    let client = Exchange::start().unwrap();
    let rejected = client.prove(&user(), PASSWORD, &Sent::by(&server).challenge(), before);
    assert_eq!(rejected.err(), Some(SrpError::TimeOutOfRange));
}

#[test]
fn registered_device_passes_and_others_fail() {
    let keys = ("-FDRunwQv", "eu-central-1_device");
    let device = DeviceRegistration::new(keys.0, keys.1).unwrap();
    assert_eq!(STANDARD.decode(device.password.expose()).unwrap().len(), 40);
    let subject = Subject::device(keys.0, keys.1);
    let read = |salt: &str, value: &str| {
        Verifier::from_device_secret_verifier(subject.clone(), salt, value)
    };
    let verifier = read(&device.salt, &device.password_verifier).unwrap();
    let password = device.password.expose();
    assert!(run(&verifier, &subject, password, |_| ()).is_ok());

    let wrong = Err(SrpError::WrongSignature);
    let other = Subject::device(keys.0, "eu-central-1_other");
    assert_eq!(run(&verifier, &other, password, |_| ()), wrong);
    let another = DeviceRegistration::new(keys.0, keys.1).unwrap();
    assert_ne!(device.password.expose(), another.password.expose());
    assert_eq!(
        run(&verifier, &subject, another.password.expose(), |_| ()),
        wrong
    );
}

#[test]
fn rejects_impossible_device_verifier() {
    let subject = Subject::device("-FDRunwQv", "eu-central-1_device");
    let rejected = |salt: &str, value: &str| {
        Verifier::from_device_secret_verifier(subject.clone(), salt, value).err()
    };
    let malformed = |parameter| Some(SrpError::Malformed { parameter });
    let (salt, value) = (
        "DeviceSecretVerifierConfig.Salt",
        "DeviceSecretVerifierConfig.PasswordVerifier",
    );
    assert_eq!(rejected("AQ==", "AQ=="), None);
    // 0x80 without a leading zero byte is -128.
    assert_eq!(rejected("gA==", "AQ=="), malformed(salt));
    assert_eq!(rejected("AQ==", "gA=="), malformed(value));
    assert_eq!(rejected("", "AQ=="), malformed(salt));
    assert_eq!(rejected("AQ==", "AQ"), malformed(value));
    let (n, ..) = test_util::group();
    for number in [vec![0], [&[0], &n[..]].concat()] {
        let out = Some(SrpError::OutOfGroup { parameter: value });
        assert_eq!(rejected("AQ==", &STANDARD.encode(number)), out);
    }
}

#[test]
fn debug_and_errors_show_nothing_that_was_sent() {
    let verifier = verifier();
    let client = test_util::exchange(&[7; 64]);
    let server = ServerExchange::start(&verifier, &client.srp_a()).unwrap();
    let sent = Sent::by(&server);
    let challenge = sent.challenge();
    let device = DeviceRegistration::new("-FDRunwQv", "device").unwrap();
    let mut shown = format!("{client:?} {server:?} {verifier:?} {challenge:?} {device:?}");
    shown += &format!("{:?}", device.password);
    let proof = client.prove(&user(), PASSWORD, &challenge, now()).unwrap();
    shown += &format!("{proof:?} {:?}", verify(server, &proof));
    let rejected = run(&verifier, &user(), PASSWORD, |sent| {
        sent.salt = "secretive".to_owned();
    });
    shown += &format!("{rejected:?} {}", rejected.unwrap_err());
    for secret in [
        PASSWORD,
        "9c1f",
        "secretive",
        &sent.secret_block,
        &proof.signature,
        &sent.srp_b,
        &sent.salt,
        device.password.expose(),
        &device.password_verifier,
    ] {
        assert!(!shown.contains(secret), "{shown}");
    }
    assert!(!shown.contains("[7, 7"), "{shown}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn both_sides_agree_on_any_password(
        name in ".{0,40}",
        password in ".{1,64}",
        other in ".{1,64}",
    ) {
        let subject = Subject::user(POOL, name).unwrap();
        let verifier = Verifier::new(subject.clone(), &password).unwrap();
        prop_assert!(run(&verifier, &subject, &password, |_| ()).is_ok());
        prop_assume!(other != password);
        let rejected = run(&verifier, &subject, &other, |_| ());
        prop_assert_eq!(rejected, Err(SrpError::WrongSignature));
    }

    /// The reference is an independent big-integer library.
    #[test]
    fn public_values_are_powers_of_two(private in proptest::collection::vec(any::<u8>(), 0..130)) {
        let (n, g, _) = test_util::group();
        let power = BigUint::from(g)
            .modpow(&BigUint::from_bytes_be(&private), &BigUint::from_bytes_be(&n));
        prop_assert_eq!(test_util::exchange(&private).srp_a(), power.to_str_radix(16));
    }
}

#[test]
fn simulated_verifier_keeps_salt_and_matches_no_password() {
    let key = [7; 32];
    let client = Exchange::start().unwrap();
    let start = |verifier: &Verifier| ServerExchange::start(verifier, &client.srp_a()).unwrap();
    let one = start(&Verifier::simulated(user(), &key));
    let again = start(&Verifier::simulated(user(), &key));
    assert_eq!(one.salt(), again.salt());
    assert_ne!(one.srp_b(), again.srp_b());
    let other = Subject::user(POOL, "9c20").unwrap();
    let other = start(&Verifier::simulated(other, &key));
    assert_ne!(one.salt(), other.salt());
    let other_key = start(&Verifier::simulated(user(), &[8; 32]));
    assert_ne!(one.salt(), other_key.salt());

    let proof = client.prove(&user(), PASSWORD, &Sent::by(&one).challenge(), now());
    assert_eq!(verify(one, &proof.unwrap()), Err(SrpError::WrongSignature));
}
