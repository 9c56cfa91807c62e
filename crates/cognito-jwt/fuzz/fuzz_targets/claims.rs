//! Fuzzes the parser and the checks of the claims of a token.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/corpus/checks.rs"]
#[allow(dead_code, reason = "each target runs one of the checks")]
mod checks;

fuzz_target!(|input: &[u8]| {
    checks::claims(input);
});
