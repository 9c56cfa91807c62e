//! A token that was only looked into opens no door.

use cognito_core::AccessClaims;
use cognito_jwt::decode_unverified;

fn grant(claims: &AccessClaims) -> &str {
    &claims.sub
}

fn main() {
    if let Ok(unverified) = decode_unverified("a.b.c") {
        grant(&unverified);
        let _claims: AccessClaims = unverified.into();
    }
}
