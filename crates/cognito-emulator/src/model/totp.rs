//! Time-based one-time passwords (RFC 6238) with Cognito's parameters: HMAC-SHA-1, six digits, and
//! time steps of 30 seconds.

use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::hmac;

/// The length of an RFC 6238 time step, in seconds.
const STEP_SECONDS: u64 = 30;

/// The Base32 alphabet (RFC 4648, section 6).
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// Returns the six-digit code that an authenticator app shows at the time `at`.
///
/// `secret_base32` is the `SecretCode` that `AssociateSoftwareToken` returns. Lower case is
/// accepted. Padding, spaces and other characters that are not in the Base32 alphabet are ignored.
/// A time before 1970 counts as the start of 1970.
pub fn totp_code(secret_base32: &str, at: SystemTime) -> String {
    format!("{:06}", hotp(&decode(secret_base32), step(at)) % 1_000_000)
}

/// Returns the time step to which a code belongs. Returns `None` if this is not the current step,
/// the one before it or the one after it.
pub(crate) fn matching_step(secret_base32: &str, code: &str, now: SystemTime) -> Option<u64> {
    let secret = decode(secret_base32);
    let current = step(now);
    (current.saturating_sub(1)..=current.saturating_add(1))
        .find(|step| format!("{:06}", hotp(&secret, *step) % 1_000_000) == code)
}

/// Encodes bytes in Base32 without padding.
pub(crate) fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 8 / 5 + 1);
    let (mut buffer, mut bits) = (0_u32, 0_u32);
    for byte in bytes {
        buffer = (buffer << 8) | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.push(letter(buffer >> bits));
        }
    }
    if bits > 0 {
        text.push(letter(buffer << (5 - bits)));
    }
    text
}

fn letter(bits: u32) -> char {
    char::from(ALPHABET[(bits & 31) as usize])
}

/// Decodes Base32. Characters that are not in the alphabet are ignored.
fn decode(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len() * 5 / 8);
    let (mut buffer, mut bits) = (0_u32, 0_u32);
    for byte in text.bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a',
            b'2'..=b'7' => byte - b'2' + 26,
            _ => continue,
        };
        buffer = (buffer << 5) | u32::from(value);
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from((buffer >> bits) & 0xff).unwrap_or(0));
        }
    }
    bytes
}

/// Returns `true` if a string can be the secret of an authenticator app: Base32 that encodes at
/// least 80 bits.
pub(crate) fn is_secret(text: &str) -> bool {
    let letters = text.trim_end_matches('=');
    let is_base32 = |byte: u8| matches!(byte, b'A'..=b'Z' | b'a'..=b'z' | b'2'..=b'7');
    letters.bytes().all(is_base32) && decode(letters).len() >= 10
}

/// Returns the number of the RFC 6238 time step that contains `at`.
fn step(at: SystemTime) -> u64 {
    at.duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
        / STEP_SECONDS
}

/// Returns the dynamically truncated HMAC of RFC 4226, section 5.3. The last six decimal digits of
/// this number are the code.
fn hotp(secret: &[u8], counter: u64) -> u32 {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &counter.to_be_bytes());
    let tag = tag.as_ref();
    let offset = usize::from(tag[tag.len() - 1] & 0x0f);
    let word = tag[offset..offset + 4]
        .iter()
        .fold(0_u32, |word, byte| (word << 8) | u32::from(*byte));
    word & 0x7fff_ffff
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_4648_vectors() {
        for (plain, text) in [
            ("", ""),
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foob", "MZXW6YQ"),
            ("fooba", "MZXW6YTB"),
            ("foobar", "MZXW6YTBOI"),
        ] {
            assert_eq!(encode(plain.as_bytes()), text);
            assert_eq!(decode(text), plain.as_bytes());
            assert_eq!(
                decode(&format!("{}==", text.to_lowercase())),
                plain.as_bytes()
            );
        }
    }
}
