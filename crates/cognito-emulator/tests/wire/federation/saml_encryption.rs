//! Encrypted assertions of a SAML provider.

use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::rsa::{OAEP_SHA1_MGF1SHA1, OaepPublicEncryptingKey, PublicEncryptingKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use x509_cert::Certificate;
use x509_cert::der::{Decode, Encode};

use super::saml::{ANN, answered, complete, error, rewrite, saml, saml_with};
use super::saml_provider::details;

/// Encrypts the assertion of a response with the key of a certificate (RSA-OAEP and AES-128-GCM).
fn encrypted(response: &str, certificate: &Value) -> String {
    let der = STANDARD.decode(certificate.as_str().expect("a certificate"));
    let certificate = Certificate::from_der(&der.expect("base64")).expect("a certificate");
    let info = certificate.tbs_certificate().subject_public_key_info();
    let public = PublicEncryptingKey::from_der(&info.to_der().expect("DER")).expect("an RSA key");
    let public = OaepPublicEncryptingKey::new(public).expect("an RSA key");
    let key = [7; 16];
    let mut wrapped = vec![0; public.ciphertext_size()];
    let wrapped = public.encrypt(&OAEP_SHA1_MGF1SHA1, &key, &mut wrapped, None);
    let wrapped = STANDARD.encode(wrapped.expect("a ciphertext"));

    let (start, rest) = response
        .split_once("<saml:Assertion ")
        .expect("an assertion");
    let (assertion, end) = rest.split_once("</saml:Assertion>").expect("an end");
    let mut content = format!("<saml:Assertion {assertion}</saml:Assertion>").into_bytes();
    let nonce = [9; 12];
    let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &key).expect("a key"));
    let unique = Nonce::assume_unique_for_key(nonce);
    key.seal_in_place_append_tag(unique, Aad::empty(), &mut content)
        .expect("a ciphertext");
    let content = STANDARD.encode([&nonce[..], &content].concat());
    format!(
        "{start}<a:EncryptedAssertion xmlns:a=\"urn:oasis:names:tc:SAML:2.0:assertion\" \
         xmlns:e=\"http://www.w3.org/2001/04/xmlenc#\"><e:EncryptedData><e:EncryptionMethod \
         Algorithm=\"http://www.w3.org/2009/xmlenc11#aes128-gcm\"/><e:CipherData><e:CipherValue>\
         {content}</e:CipherValue></e:CipherData></e:EncryptedData><e:EncryptedKey>\
         <e:EncryptionMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p\"/>\
         <e:CipherData><e:CipherValue>{wrapped}</e:CipherValue></e:CipherData></e:EncryptedKey>\
         </a:EncryptedAssertion>{end}"
    )
}

#[tokio::test]
async fn encrypted_response_signs_user_in() {
    let pool = saml_with(|builder| builder, json!({ "EncryptedResponses": "true" })).await;
    let certificate = details(&pool).await["ActiveEncryptionCertificate"].take();
    let signing = pool.admin("GetSigningCertificate", json!({})).await.ok();
    assert_ne!(signing["Certificate"], certificate);
    let (mut browser, mut form) = answered(&pool, &ANN).await;
    // The provider does not encrypt yet.
    let back = complete(&pool, &mut browser, &form).await;
    let expected = "Invalid SAML response received: SAML Assertion is not encrypted for the user \
                    pool, or its signature is invalid. ";
    assert_eq!(error(&back), ("server_error", expected.to_owned()));
    rewrite(&mut form, |text| encrypted(&text, &certificate));
    let back = complete(&pool, &mut browser, &form).await;
    assert!(back.contains_key("code"), "{back:?}");
}

// It is unknown whether AWS decrypts the assertion.
#[tokio::test]
async fn encryption_needs_setting_of_provider() {
    let pool = saml().await;
    let certificate = details(&pool).await["ActiveEncryptionCertificate"].take();
    let (mut browser, mut form) = answered(&pool, &ANN).await;
    rewrite(&mut form, |text| encrypted(&text, &certificate));
    let back = complete(&pool, &mut browser, &form).await;
    let expected = "Invalid SAML response received: SAML Assertion is encrypted, but \
                    EncryptedResponses is not enabled. ";
    assert_eq!(error(&back), ("server_error", expected.to_owned()));
}
