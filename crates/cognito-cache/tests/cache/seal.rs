//! Sealed strings: only the right keys and values open them, and only until they expire.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use cognito_cache::{Seal, SealError, SealKey};
use cognito_core::ErrorKind;
use cognito_testkit::FixedClock;

const NOW: u64 = 1_800_000_000;
const LIFETIME: Duration = Duration::from_secs(180);
const FOR: &[&str] = &["challenge", "eu-central-1_aBcDeFgHi", "client"];
const TEXT: &[u8] = b"what nobody may read";

fn key(byte: u8) -> SealKey {
    SealKey::new(&[byte; SealKey::LEN]).unwrap()
}

fn seal_with(byte: u8) -> (FixedClock, Seal) {
    let clock = FixedClock::at_unix(NOW);
    let seal = Seal::new(Arc::new(clock.clone()), key(byte));
    (clock, seal)
}

fn refused(seal: &Seal, bound_to: &[&str], sealed: &str) -> SealError {
    seal.open(bound_to, sealed).unwrap_err()
}

#[test]
fn sealed_string_opens_repeatedly() {
    let (_, seal) = seal_with(1);
    for text in [TEXT, b"", &[0xff; 5000]] {
        let sealed = seal.seal(FOR, text, LIFETIME).unwrap();
        assert_eq!(
            sealed.len(),
            (text.len() + 37).div_ceil(3) * 4 - padding(text)
        );
        for _ in 0..2 {
            assert_eq!(seal.open(FOR, &sealed).unwrap().expose(), text);
        }
    }
}

/// Returns the length of the `=` padding that base64url leaves out.
fn padding(text: &[u8]) -> usize {
    (3 - (text.len() + 37) % 3) % 3
}

#[test]
fn seals_differ_and_hide_the_string() {
    let (_, seal) = seal_with(1);
    let first = seal.seal(FOR, TEXT, LIFETIME).unwrap();
    let second = seal.seal(FOR, TEXT, LIFETIME).unwrap();
    assert_ne!(first, second);
    assert!(
        first
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    );
    let opened = seal.open(FOR, &first).unwrap();
    let shown = format!("{seal:?} {:?} {opened:?}", key(7));
    assert_eq!(
        shown,
        "Seal { keys: 1, .. } SealKey(** redacted **) OpenedText(** redacted **)"
    );
}

#[test]
fn it_opens_until_the_second_of_its_expiry() {
    let (clock, seal) = seal_with(1);
    let sealed = seal.seal(FOR, TEXT, LIFETIME).unwrap();
    clock.advance(LIFETIME - Duration::from_secs(1));
    assert!(seal.open(FOR, &sealed).is_ok());
    clock.advance(Duration::from_secs(1));
    assert_eq!(refused(&seal, FOR, &sealed), SealError::Expired);
    clock.set(UNIX_EPOCH + Duration::from_secs(NOW));
    assert!(seal.open(FOR, &sealed).is_ok());
}

#[test]
fn huge_lifetime_does_not_wrap() {
    let (_, seal) = seal_with(1);
    let sealed = seal.seal(FOR, TEXT, Duration::MAX).unwrap();
    assert!(seal.open(FOR, &sealed).is_ok());
}

#[test]
fn rejects_any_changed_character() {
    let (clock, seal) = seal_with(1);
    let sealed = seal.seal(FOR, TEXT, LIFETIME).unwrap();
    // A forged string gives the same error whether it has expired or not.
    for passed in [Duration::ZERO, 2 * LIFETIME] {
        clock.advance(passed);
        for at in 0..sealed.len() {
            for other in ["A", "B", "_", "=", "+", "", "é"] {
                let mut changed = sealed.clone();
                changed.replace_range(at..=at, other);
                if changed != sealed {
                    assert_eq!(refused(&seal, FOR, &changed), SealError::Foreign, "{at}");
                }
            }
            assert_eq!(refused(&seal, FOR, &sealed[..at]), SealError::Foreign);
        }
        for end in ["A", "AAAA", "=", " ", "\n"] {
            let longer = format!("{sealed}{end}");
            assert_eq!(refused(&seal, FOR, &longer), SealError::Foreign);
        }
    }
}

#[test]
fn opens_only_for_its_purpose() {
    let (_, seal) = seal_with(1);
    let sealed = seal.seal(&["ab", "c"], TEXT, LIFETIME).unwrap();
    assert!(seal.open(&["ab", "c"], &sealed).is_ok());
    for other in [
        &["a", "bc"][..],
        &["abc"],
        &["ab"],
        &["c", "ab"],
        &["ab", "c", ""],
        &[],
    ] {
        assert_eq!(
            refused(&seal, other, &sealed),
            SealError::Foreign,
            "{other:?}"
        );
    }
}

#[test]
fn the_first_key_seals_and_all_open() {
    let (clock, old) = seal_with(1);
    let both = Seal::new(Arc::new(clock.clone()), key(2)).also_open_with(key(1));
    let new = Seal::new(Arc::new(clock), key(2));
    let before = old.seal(FOR, TEXT, LIFETIME).unwrap();
    let after = both.seal(FOR, TEXT, LIFETIME).unwrap();
    assert!(both.open(FOR, &before).is_ok());
    assert!(both.open(FOR, &after).is_ok());
    assert!(new.open(FOR, &after).is_ok());
    assert_eq!(refused(&new, FOR, &before), SealError::Foreign);
    assert_eq!(refused(&old, FOR, &after), SealError::Foreign);
}

#[test]
fn key_has_32_bytes_and_random_differ() {
    for len in [0, 16, 31, 33, 64] {
        let refused = SealKey::new(&vec![1; len]).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Configuration, "{len}");
    }
    let clock = Arc::new(FixedClock::at_unix(NOW));
    let random = || Seal::new(clock.clone(), SealKey::random().unwrap());
    let sealed = random().seal(FOR, TEXT, LIFETIME).unwrap();
    assert_eq!(refused(&random(), FOR, &sealed), SealError::Foreign);
}

#[test]
fn rejects_oversized_input_on_both_sides() {
    let (_, seal) = seal_with(1);
    let longest = vec![b'x'; 64 * 1024];
    let sealed = seal.seal(FOR, &longest, LIFETIME).unwrap();
    assert_eq!(seal.open(FOR, &sealed).unwrap().expose(), longest);
    let refusal = seal.seal(FOR, &[&longest[..], b"x"].concat(), LIFETIME);
    assert_eq!(refusal.unwrap_err().kind(), ErrorKind::InvalidParameter);
    let huge = "A".repeat(10_000_000);
    assert_eq!(refused(&seal, FOR, &huge), SealError::Foreign);
}
