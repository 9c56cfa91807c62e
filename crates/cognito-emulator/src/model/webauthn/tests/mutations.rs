//! Changes random bytes of valid responses.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use super::{
    Authenticator, EXPECTED, HANDLE, ORIGIN, assertion, creation_options, registered, registration,
    request_options,
};

/// Returns numbers that are the same in every run.
fn scrambled() -> impl FnMut() -> usize {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 33).expect("31 bits")
    }
}

#[test]
fn changed_bytes_do_not_break_the_verifier() {
    let mut authenticator = Authenticator::es256(b"credential-1");
    let passkeys = [registered(&authenticator)];
    let made = authenticator.create(&creation_options(), ORIGIN).json();
    let proof = authenticator.get(&request_options(), ORIGIN, HANDLE).json();
    let mut next = scrambled();
    let mut rejection = 0;
    for round in 0..20_000 {
        let mut json = if round % 2 == 0 {
            made.clone()
        } else {
            proof.clone()
        };
        let names = [
            "attestationObject",
            "authenticatorData",
            "clientDataJSON",
            "signature",
        ];
        let name = names[next() % names.len()];
        let Some(text) = json["response"][name].as_str() else {
            continue;
        };
        let mut bytes = URL_SAFE_NO_PAD.decode(text).expect("base64url");
        for _ in 0..=next() % 4 {
            let place = next() % bytes.len();
            match next() % 4 {
                0 => bytes.truncate(place.max(1)),
                1 => bytes.insert(place, next().to_le_bytes()[0]),
                2 => bytes[place] = next().to_le_bytes()[0],
                _ => bytes[place] ^= 1 << (next() % 8),
            }
        }
        json["response"][name] = json!(URL_SAFE_NO_PAD.encode(bytes));
        let made = registration::verify(&EXPECTED, &json).is_err();
        let proven = assertion::verify(&EXPECTED, HANDLE.as_bytes(), &passkeys, &json).is_err();
        rejection += usize::from(made && proven);
    }
    // Some changes are in parts that are not checked: a transport, the AAGUID, white space.
    assert!(rejection > 8_000, "{rejection}");
}
