//! Checks changed tokens with the verifier and with `jsonwebtoken`, which must accept every token
//! that the verifier accepts. The program `differential` does the same with any number of tokens.

#![cfg(test)] // so that clippy.toml's exceptions for tests hold in helpers, too

#[path = "../examples/differential/campaign.rs"]
mod campaign;
#[path = "../examples/differential/mutants.rs"]
mod mutants;
#[path = "../examples/differential/random.rs"]
mod random;
#[path = "properties/spelling.rs"]
mod spelling;
#[path = "../examples/differential/verifiers.rs"]
mod verifiers;

use cognito_jwt::Reason;

#[test]
fn agrees_with_jsonwebtoken_on_accepted_tokens() {
    let report = campaign::run(5000, 7);
    assert!(report.is_clean(), "{}", report.text());
    // The tokens cover many cases: many are accepted, and the rejections have many reasons.
    assert_eq!(report.tokens, 5000);
    assert!(report.accepted_by_both > 1000, "{}", report.text());
    assert!(report.with_valid_signature > 3000, "{}", report.text());
    for reason in [
        Reason::CriticalHeader,
        Reason::DuplicateKey,
        Reason::Expired,
        Reason::InvalidClaim,
        Reason::InvalidClient,
        Reason::InvalidIssuer,
        Reason::InvalidSignature,
        Reason::Malformed,
        Reason::MissingKid,
        Reason::NotYetValid,
        Reason::UnknownKid,
        Reason::UnsupportedAlgorithm,
        Reason::WrongTokenUse,
        Reason::WrongType,
    ] {
        assert!(report.reasons.contains_key(&reason), "{}", report.text());
    }
    assert!(!report.reasons.contains_key(&Reason::KeysUnavailable));
}

#[test]
fn the_same_seed_makes_the_same_tokens() {
    let mutants = mutants::Mutants::new();
    for place in [0, 1, 77] {
        assert_eq!(mutants.get(1, place).token, mutants.get(1, place).token);
        assert_ne!(mutants.get(1, place).token, mutants.get(2, place).token);
    }
    let ours = mutants::Signer::new().sign("{}", "{}");
    assert_eq!(ours, mutants::pool().sign_raw("{}", "{}"));
}
