//! KMS, which decrypts the codes of custom senders.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::sdk_message::SdkMessage;
use crate::senders::{KEY, Sending, config, kms};
use crate::support::{Pool, new_pool};

/// A key that no pool names.
const OTHER: &str = "arn:aws:kms:us-east-1:123456789012:key/00000000-9b68-4fed-82ce-523c5363539e";

/// Returns the data key of a message, and its context.
async fn wrapped(sending: &Sending) -> (String, Value) {
    sending.sign_up(None).await.ok();
    let message = SdkMessage::parse(&sending.event()["request"]["code"]);
    let data_key = STANDARD.encode(&message.data_key);
    (data_key, Value::Object(message.context))
}

#[tokio::test]
async fn changed_ciphertexts_and_contexts_are_rejected() {
    let sending = Sending::begin().await;
    let (blob, context) = wrapped(&sending).await;
    let pool = &sending.pool;
    let decrypt = |blob: &str, context: &Value| {
        let fields = json!({ "CiphertextBlob": blob, "EncryptionContext": context });
        kms(pool, "Decrypt", fields)
    };
    decrypt(&blob, &context).await.ok();
    let mut other = context.clone();
    other["userpool-id"] = json!("us-east-1_Another");
    let mut more = context.clone();
    more["more"] = json!("");
    for context in [other, more, json!({})] {
        let reply = decrypt(&blob, &context).await;
        reply.fails("InvalidCiphertextException", "");
    }
    let bytes = STANDARD.decode(&blob).expect("base64");
    for place in [0, 1, bytes.len() / 2, bytes.len() - 1] {
        let mut changed = bytes.clone();
        changed[place] ^= 1;
        let reply = decrypt(&STANDARD.encode(changed), &context).await;
        let code = reply.body["__type"].as_str().expect("a code");
        let expected = ["InvalidCiphertextException", "AccessDeniedException"];
        assert!(expected.contains(&code), "{place}: {code}");
        assert_eq!(reply.body.get("Plaintext"), None);
    }
    for length in 0..bytes.len() {
        let reply = decrypt(&STANDARD.encode(&bytes[..length]), &context).await;
        assert_eq!(reply.status, 400, "{length}");
    }
}

#[tokio::test]
async fn key_id_must_match_the_ciphertext() {
    let sending = Sending::begin().await;
    let (blob, context) = wrapped(&sending).await;
    let decrypt = |key: &str| {
        let fields = json!({ "CiphertextBlob": blob, "EncryptionContext": context, "KeyId": key });
        kms(&sending.pool, "Decrypt", fields)
    };
    let missing = format!("Key '{OTHER}' does not exist");
    decrypt(OTHER).await.fails("NotFoundException", &missing);
    let fields = json!({ "LambdaConfig": config("http://127.0.0.1:9/hook", OTHER) });
    new_pool(&sending.pool, fields).await;
    decrypt(OTHER).await.fails(
        "IncorrectKeyException",
        "The key ID in the request does not identify a CMK that can perform this operation.",
    );
    decrypt("8a23102c-9b68-4fed-82ce-523c5363539e").await.ok();
    decrypt(KEY).await.ok();
}

/// A ciphertext of another emulator has the ARN of a key that exists here, but another key.
#[tokio::test]
async fn emulators_have_different_keys() {
    let (first, second) = (Sending::begin().await, Sending::begin().await);
    let (blob, context) = wrapped(&first).await;
    let fields = json!({ "CiphertextBlob": blob, "EncryptionContext": context });
    let reply = kms(&second.pool, "Decrypt", fields).await;
    reply.fails("InvalidCiphertextException", "");
}

#[tokio::test]
async fn kms_encrypts_and_generates_data_keys() {
    let sending = Sending::begin().await;
    let pool = &sending.pool;
    let context = json!({ "purpose": "test" });
    for (operation, fields) in [
        ("Encrypt", json!({ "Plaintext": STANDARD.encode("secret") })),
        ("GenerateDataKey", json!({ "KeySpec": "AES_256" })),
        ("GenerateDataKey", json!({ "NumberOfBytes": 1024 })),
    ] {
        let mut fields = fields;
        fields["KeyId"] = json!(KEY);
        fields["EncryptionContext"] = context.clone();
        let expected = fields["Plaintext"].clone();
        let answer = kms(pool, operation, fields).await.ok();
        assert_eq!(answer["KeyId"], KEY);
        let fields = json!({
            "CiphertextBlob": answer["CiphertextBlob"],
            "EncryptionContext": context,
        });
        let plaintext = kms(pool, "Decrypt", fields).await.ok()["Plaintext"].clone();
        let expected = if expected.is_null() {
            &answer["Plaintext"]
        } else {
            &expected
        };
        assert_eq!(plaintext, *expected, "{operation}");
    }
    let described = kms(pool, "DescribeKey", json!({ "KeyId": KEY })).await.ok();
    let metadata = &described["KeyMetadata"];
    assert_eq!(
        (&metadata["Arn"], &metadata["Enabled"]),
        (&json!(KEY), &json!(true))
    );
}

/// Sends requests to KMS, and checks that they are rejected with these exceptions.
async fn rejects(pool: &Pool, cases: impl IntoIterator<Item = (&str, Value, &str)>) {
    for (operation, fields, code) in cases {
        let reply = kms(pool, operation, fields.clone()).await;
        assert_eq!(reply.body["__type"], code, "{operation} {fields}");
    }
}

#[tokio::test]
async fn invalid_plaintexts_and_contexts_are_rejected() {
    let sending = Sending::begin().await;
    let invalid = "ValidationException";
    let wrong_type = "SerializationException";
    let long = STANDARD.encode([0; 4097]);
    let with = |plaintext: &str| json!({ "KeyId": KEY, "Plaintext": plaintext });
    let mut in_long_context = with("AA==");
    in_long_context["EncryptionContext"] = json!({ "n": "v".repeat(8192) });
    let mut in_wrong_context = with("AA==");
    in_wrong_context["EncryptionContext"] = json!({ "n": 7 });
    let cases = [
        (json!({ "Plaintext": "AA==" }), invalid),
        (json!({ "KeyId": KEY }), invalid),
        (with(""), invalid),
        (with(&long), invalid),
        (with("?"), wrong_type),
        (json!({ "KeyId": 7, "Plaintext": "AA==" }), wrong_type),
        (in_long_context, invalid),
        (in_wrong_context, wrong_type),
    ];
    let cases = cases.map(|(fields, code)| ("Encrypt", fields, code));
    rejects(&sending.pool, cases).await;
}

#[tokio::test]
async fn invalid_requests_to_kms_are_rejected() {
    let sending = Sending::begin().await;
    let invalid = "ValidationException";
    let missing = "NotFoundException";
    let generate = |more: Value| {
        let mut fields = more;
        fields["KeyId"] = json!(KEY);
        ("GenerateDataKey", fields, invalid)
    };
    let unknown = json!({ "KeyId": OTHER, "Plaintext": "AA==" });
    let cases = [
        ("Encrypt", unknown.clone(), missing),
        ("DescribeKey", unknown.clone(), missing),
        ("GenerateDataKey", unknown, missing),
        generate(json!({})),
        generate(json!({ "KeySpec": "AES_256", "NumberOfBytes": 32 })),
        generate(json!({ "KeySpec": "AES_192" })),
        generate(json!({ "NumberOfBytes": 0 })),
        generate(json!({ "NumberOfBytes": 1025 })),
        ("Decrypt", json!({}), invalid),
        (
            "Decrypt",
            json!({ "CiphertextBlob": "AA==" }),
            "InvalidCiphertextException",
        ),
    ];
    rejects(&sending.pool, cases).await;
    let target = [("x-amz-target", "TrentService.DescribeKey")];
    let body = json!({ "KeyId": KEY }).to_string();
    let reply = sending.pool.send("POST", "/", &target, body).await;
    assert_ne!(reply.status, 200, "an unsigned request");
}

/// A pool of another account that names the key does not give access to it.
#[tokio::test]
async fn accounts_share_no_keys() {
    let sending = Sending::begin().await;
    let (blob, context) = wrapped(&sending).await;
    let decrypt = || {
        let fields = json!({ "CiphertextBlob": blob, "EncryptionContext": context });
        let pool = &sending.pool;
        pool.signed_by("000000000000", "TrentService.Decrypt", fields)
    };
    let unknown = "The ciphertext refers to a customer master key that does not exist, does not \
                   exist in this region, or you are not allowed to access.";
    decrypt().await.fails("AccessDeniedException", unknown);
    let config = config("http://127.0.0.1:9/hook", KEY);
    let fields = json!({ "PoolName": "people", "LambdaConfig": config });
    let target = "AWSCognitoIdentityProviderService.CreateUserPool";
    let created = sending.pool.signed_by("000000000000", target, fields);
    created.await.ok();
    decrypt().await.fails("InvalidCiphertextException", "");
}
