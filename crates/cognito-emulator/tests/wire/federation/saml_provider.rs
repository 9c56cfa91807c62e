//! The settings of SAML providers, and the provider that is part of the emulator.

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use x509_cert::Certificate;
use x509_cert::der::Decode;

use super::saml::{create, saml, saml_with};
use super::{HTTPS, federated};
use crate::browser::{encoded, hosted_pool, parameters, request_with};
use crate::support::{Pool, Reply};

async fn with_details(pool: &Pool, details: Value) -> Reply {
    let fields = json!({
        "ProviderName": "Other", "ProviderType": "SAML", "ProviderDetails": details,
    });
    pool.admin("CreateIdentityProvider", fields).await
}

/// Returns the details of the provider `Saml`.
pub(super) async fn details(pool: &Pool) -> Value {
    let fields = json!({ "ProviderName": "Saml" });
    let described = pool.admin("DescribeIdentityProvider", fields).await.ok();
    described["IdentityProvider"]["ProviderDetails"].clone()
}

/// Returns the public key in the certificate of `GetSigningCertificate`, in PKCS#1 format.
async fn signing_key(pool: &Pool) -> Vec<u8> {
    let answer = pool.admin("GetSigningCertificate", json!({})).await.ok();
    let certificate = answer["Certificate"].as_str().expect("a certificate");
    let certificate = STANDARD.decode(certificate).expect("base64");
    let certificate = Certificate::from_der(&certificate).expect("a certificate");
    let info = certificate.tbs_certificate().subject_public_key_info();
    let key = info.subject_public_key.as_bytes();
    key.expect("a key").to_vec()
}

#[tokio::test]
async fn details_contain_urls_of_metadata() {
    let settings = json!({ "IDPSignout": "true", "RequestSigningAlgorithm": "rsa-sha256" });
    let pool = saml_with(|builder| builder, settings).await;
    let base = format!("{}/_emulator/idp/saml", pool.emulator.endpoint());
    let details = details(&pool).await;
    assert_eq!(details["SSORedirectBindingURI"], base);
    assert_eq!(details["SLORedirectBindingURI"], format!("{base}/logout"));
    assert_eq!(details["MetadataURL"], format!("{base}/metadata"));
    assert_eq!(details["IDPSignout"], "true");
    let certificate = details["ActiveEncryptionCertificate"].as_str();
    assert!(certificate.is_some_and(|text| text.starts_with("MII")));
}

#[tokio::test]
async fn metadata_can_be_a_file() {
    let pool = saml().await;
    let metadata = pool.get("/_emulator/idp/saml/metadata").await;
    let metadata = metadata.body.as_str().expect("XML").to_owned();
    let settings = json!({ "MetadataFile": metadata });
    let fields = json!({ "ProviderName": "Saml", "ProviderDetails": settings });
    pool.admin("UpdateIdentityProvider", fields).await.ok();
    let details = details(&pool).await;
    assert_eq!(details["MetadataFile"], metadata);
    let base = format!("{}/_emulator/idp/saml", pool.emulator.endpoint());
    assert_eq!(details["SSORedirectBindingURI"], base);
    let request = request_with(&[("identity_provider", "Saml")]);
    let reply = pool.get(&format!("/oauth2/authorize?{request}")).await;
    assert!(
        reply
            .header("location")
            .starts_with(&format!("{base}?SAMLRequest="))
    );
}

#[tokio::test]
async fn invalid_details_are_rejected() {
    let it = federated().await;
    it.provider.replace("/metadata", 404, "");
    it.provider.replace("/other", 200, "{}");
    let missing = "At least one of the MetadataURL or MetadataFile should be provided.";
    let url = it.provider.url("/metadata");
    let status = format!("Non-ok status code 404 returned from remote metadata source {url}");
    let unreadable = "Unable to unmarshall metadata";
    let service = "<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" \
                   entityID=\"urn:a\"><md:SPSSODescriptor/></md:EntityDescriptor>";
    for (details, message) in [
        (json!({ "IDPInit": "true" }), missing),
        (json!({ "MetadataURL": url }), status.as_str()),
        (
            json!({ "MetadataURL": it.provider.url("/other") }),
            unreadable,
        ),
        (json!({ "MetadataFile": "<a" }), unreadable),
        (json!({ "MetadataFile": "<!DOCTYPE a><a/>" }), unreadable),
        (
            json!({ "MetadataFile": service }),
            "Metadata has no identity provider",
        ),
    ] {
        let reply = with_details(&it.pool, details).await;
        reply.invalid_parameter(message);
    }
    let settings = json!({ "RequestSigningAlgorithm": "rsa-sha1" });
    let reply = create(&it.pool, settings).await;
    reply.invalid_parameter("RequestSigningAlgorithm must be rsa-sha256");
}

#[tokio::test]
async fn remote_metadata_is_read_at_sign_in() {
    let pool = hosted_pool(|client| client, |builder| builder).await;
    let url = "https://login.example.com/metadata";
    with_details(&pool, json!({ "MetadataURL": url }))
        .await
        .ok();
    let request = request_with(&[("identity_provider", "Other")]);
    let reply = pool.get(&format!("/oauth2/authorize?{request}")).await;
    let back = parameters(reply.header("location"));
    let expected = format!("Metadata: {HTTPS}");
    assert_eq!(back["error_description"], expected);
}

#[tokio::test]
async fn requests_are_signed_if_configured() {
    let request = request_with(&[("identity_provider", "Saml")]);
    let path = format!("/oauth2/authorize?{request}");
    let pool = saml().await;
    let query = parameters(pool.get(&path).await.header("location"));
    assert!(!query.contains_key("Signature") && !query.contains_key("SigAlg"));
    let settings = json!({ "RequestSigningAlgorithm": "rsa-sha256" });
    let pool = saml_with(|builder| builder, settings).await;
    let reply = pool.get(&path).await;
    let query = parameters(reply.header("location"));
    let algorithm = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
    assert_eq!(query["SigAlg"], algorithm);
    let (_, raw_query) = reply.header("location").split_once('?').expect("a query");
    let (signed, _) = raw_query.rsplit_once("&Signature=").expect("a signature");
    let signature = STANDARD.decode(&query["Signature"]).expect("base64");
    let key = signing_key(&pool).await;
    let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key);
    key.verify(signed.as_bytes(), &signature)
        .expect("a valid signature");
    let forged = signed.replacen("RelayState=", "RelayState=x", 1);
    assert!(key.verify(forged.as_bytes(), &signature).is_err());
}

#[tokio::test]
async fn provider_sends_responses_to_emulators_only() {
    let pool = saml().await;
    for uri in [
        "https://evil.example/saml2/idpresponse",
        "http://localhost@evil.example/saml2/idpresponse",
        "http://[::1]evil.example/saml2/idpresponse",
        "http://localhost:80;sandbox/saml2/idpresponse",
        "http://localhost/oauth2/idpresponse",
        "",
    ] {
        let query = encoded(&[("acs", uri), ("entity_id", "urn:a"), ("sub", "ann")]);
        let reply = pool.get(&format!("/_emulator/idp/saml?{query}")).await;
        assert_eq!(reply.status, 400, "{uri}");
    }
    for request in ["x", "%%%", "eJw="] {
        let query = encoded(&[("SAMLRequest", request), ("sub", "ann")]);
        for path in ["/_emulator/idp/saml", "/_emulator/idp/saml/logout"] {
            let reply = pool.get(&format!("{path}?{query}")).await;
            assert_eq!(reply.status, 400, "{request}");
        }
    }
}
