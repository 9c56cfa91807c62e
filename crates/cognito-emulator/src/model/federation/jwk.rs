//! Verification of signatures with public keys in JWK form (RFC 7517, RFC 7518).

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ECDSA_P521_SHA512_FIXED, ED25519,
    EcdsaVerificationAlgorithm, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384,
    RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384,
    RSA_PSS_2048_8192_SHA512, RsaParameters, RsaPublicKeyComponents, UnparsedPublicKey,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

/// Returns `true` if the key verifies the signature with this algorithm.
///
/// Security: the type of the key decides which algorithms are possible. A public key is therefore
/// never used as the secret of an HMAC, and `none` never matches.
pub(super) fn verifies(key: &Value, algorithm: &str, signed: &[u8], signature: &[u8]) -> bool {
    let is_other_algorithm = key["alg"].as_str().is_some_and(|alg| alg != algorithm);
    if is_other_algorithm || key["use"].as_str().is_some_and(|used| used != "sig") {
        return false;
    }
    let part = |name: &str| {
        let text = key[name].as_str().unwrap_or_default();
        URL_SAFE_NO_PAD.decode(text).unwrap_or_default()
    };
    match key["kty"].as_str() {
        Some("RSA") => {
            let (n, e) = (part("n"), part("e"));
            let key = RsaPublicKeyComponents { n, e };
            rsa(algorithm).is_some_and(|how| key.verify(how, signed, signature).is_ok())
        }
        Some("EC") => {
            let Some((curve, length, how)) = elliptic(algorithm) else {
                return false;
            };
            let (x, y) = (part("x"), part("y"));
            let has_size = x.len() == length && y.len() == length;
            let point = [&[4], &x[..], &y[..]].concat();
            let key_ = UnparsedPublicKey::new(how, point);
            key["crv"] == curve && has_size && key_.verify(signed, signature).is_ok()
        }
        Some("OKP") => {
            let is_ed25519 = key["crv"] == "Ed25519" && matches!(algorithm, "EdDSA" | "Ed25519");
            let key = UnparsedPublicKey::new(&ED25519, part("x"));
            is_ed25519 && key.verify(signed, signature).is_ok()
        }
        _ => false,
    }
}

fn rsa(algorithm: &str) -> Option<&'static RsaParameters> {
    Some(match algorithm {
        "RS256" => &RSA_PKCS1_2048_8192_SHA256,
        "RS384" => &RSA_PKCS1_2048_8192_SHA384,
        "RS512" => &RSA_PKCS1_2048_8192_SHA512,
        "PS256" => &RSA_PSS_2048_8192_SHA256,
        "PS384" => &RSA_PSS_2048_8192_SHA384,
        "PS512" => &RSA_PSS_2048_8192_SHA512,
        _ => return None,
    })
}

/// Returns the properties of an algorithm: the name of its curve, the length of a coordinate in
/// bytes, and the function that verifies signatures. Returns `None` if the algorithm is not ECDSA.
fn elliptic(algorithm: &str) -> Option<(&'static str, usize, &'static EcdsaVerificationAlgorithm)> {
    Some(match algorithm {
        "ES256" => ("P-256", 32, &ECDSA_P256_SHA256_FIXED),
        "ES384" => ("P-384", 48, &ECDSA_P384_SHA384_FIXED),
        "ES512" => ("P-521", 66, &ECDSA_P521_SHA512_FIXED),
        _ => return None,
    })
}
