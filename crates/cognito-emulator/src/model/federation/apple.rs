//! The client secret for Sign in with Apple: a JWT that the pool signs (Apple, "Creating a client
//! secret").

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

/// The lifetime of a client secret, in seconds. Apple allows six months.
const VALIDITY: u64 = 300;

/// The settings of an Apple provider from which its client secret is created. For Apple, a client
/// secret is a JWT that the client signs with a private key.
pub(crate) struct AppleKey<'a> {
    pub(crate) team_id: &'a str,
    pub(crate) key_id: &'a str,
    /// The private key: PKCS#8 in PEM, or only the base64 between its markers.
    pub(crate) private_key: &'a str,
    pub(crate) client_id: &'a str,
    /// The claim `aud` of this JWT: the issuer of the Apple provider.
    pub(crate) audience: &'a str,
}

impl AppleKey<'_> {
    /// Returns a new client secret for Apple: a JWT that is signed with ES256. Returns `None` if
    /// the private key is not a P-256 key.
    pub(crate) fn client_secret(&self, now: u64) -> Option<String> {
        let lines = self.private_key.lines();
        let body: String = lines.filter(|line| !line.starts_with("-----")).collect();
        let body: String = body.split_whitespace().collect();
        let der = STANDARD.decode(body).ok()?;
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &der).ok()?;
        let header = json!({ "alg": "ES256", "kid": self.key_id });
        let claims = json!({
            "iss": self.team_id,
            "iat": now,
            "exp": now + VALIDITY,
            "aud": self.audience,
            "sub": self.client_id,
        });
        let encoded = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
        let signed = format!("{}.{}", encoded(&header), encoded(&claims));
        let signature = pair.sign(&SystemRandom::new(), signed.as_bytes()).ok()?;
        let signature = URL_SAFE_NO_PAD.encode(signature);
        Some(format!("{signed}.{signature}"))
    }
}
