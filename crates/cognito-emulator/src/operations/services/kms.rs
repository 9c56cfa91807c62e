//! The operations `Decrypt`, `DescribeKey`, `Encrypt` and `GenerateDataKey` of KMS.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::model::encrypted_message::Context;
use crate::model::failure::{Answer, Failure};
use crate::model::random::Random;
use crate::model::settings::Settings;
use crate::model::time::timestamp;
use crate::state::call::Call;
use crate::state::keys;

/// The only encryption algorithm of the emulated KMS keys.
const ALGORITHM: &str = "SYMMETRIC_DEFAULT";
/// The maximum length of the plaintext in a request to `Encrypt`, in bytes.
const MOST_PLAINTEXT: usize = 4096;
/// The maximum length of the ciphertext in a request to `Decrypt`, in bytes.
const MOST_CIPHERTEXT: usize = 6144;
/// The maximum total length of the names and values of an encryption context, in bytes.
const MOST_CONTEXT: usize = 8192;
/// The maximum length of a data key, in bytes.
const MOST_DATA_KEY: u64 = 1024;

pub(crate) fn encrypt(call: &Call<'_>) -> Answer {
    let arn = key(call)?;
    let plaintext = bytes(call, "Plaintext", MOST_PLAINTEXT)?;
    let context = context(call)?;
    check_algorithm(call)?;
    let ciphertext = call
        .service
        .keys
        .encrypt(call.account, &arn, &plaintext, &context);
    Ok(json!({
        "CiphertextBlob": STANDARD.encode(ciphertext.ok_or_else(internal)?),
        "EncryptionAlgorithm": ALGORITHM,
        "KeyId": arn,
    }))
}

/// Handles `Decrypt`. The ciphertext contains the ARN of the key that encrypted it. If the optional
/// member `KeyId` is present, it must identify the same key.
pub(crate) fn decrypt(call: &Call<'_>) -> Answer {
    let ciphertext = bytes(call, "CiphertextBlob", MOST_CIPHERTEXT)?;
    let context = context(call)?;
    check_algorithm(call)?;
    let expected = match member::<&str>(call, "KeyId", "a String")? {
        Some(_) => Some(key(call)?),
        None => None,
    };
    let invalid = || Failure::new("InvalidCiphertextException", "");
    let arn = keys::arn(&ciphertext).ok_or_else(invalid)?;
    if find(call, arn).as_deref() != Some(arn) {
        return Err(Failure::new(
            "AccessDeniedException",
            "The ciphertext refers to a customer master key that does not exist, does not exist in \
             this region, or you are not allowed to access.",
        ));
    }
    if expected.is_some_and(|expected| expected != arn) {
        // As AWS was observed: github.com/localstack/localstack/pull/8096.
        return Err(Failure::new(
            "IncorrectKeyException",
            "The key ID in the request does not identify a CMK that can perform this operation.",
        ));
    }
    let plaintext = call
        .service
        .keys
        .decrypt(call.account, &ciphertext, &context);
    let plaintext = plaintext.ok_or_else(invalid)?;
    Ok(json!({
        "EncryptionAlgorithm": ALGORITHM,
        "KeyId": arn,
        "Plaintext": STANDARD.encode(&*plaintext),
    }))
}

pub(crate) fn generate_data_key(call: &Call<'_>) -> Answer {
    let arn = key(call)?;
    let context = context(call)?;
    let spec: Option<&str> = member(call, "KeySpec", "a String")?;
    let number: Option<u64> = member(call, "NumberOfBytes", "an Integer")?;
    let length = match (spec, number) {
        (Some("AES_256"), None) => 32,
        (Some("AES_128"), None) => 16,
        (Some(_), None) => {
            return Err(unsatisfied(
                "keySpec",
                "satisfy enum value set: [AES_256, AES_128]",
            ));
        }
        (None, Some(number @ 1..=MOST_DATA_KEY)) => usize::try_from(number).unwrap_or_default(),
        (None, Some(_)) => {
            return Err(unsatisfied("numberOfBytes", "have value from 1 to 1024"));
        }
        _ => {
            let message = "Please specify either number of bytes or key spec.";
            return Err(Failure::new("ValidationException", message));
        }
    };
    let random: Zeroizing<[u8; 1024]> = Zeroizing::new(Random::System.bytes());
    let plaintext = &random[..length];
    let ciphertext = call
        .service
        .keys
        .encrypt(call.account, &arn, plaintext, &context);
    Ok(json!({
        "CiphertextBlob": STANDARD.encode(ciphertext.ok_or_else(internal)?),
        "KeyId": arn,
        "Plaintext": STANDARD.encode(plaintext),
    }))
}

pub(crate) fn describe_key(call: &Call<'_>) -> Answer {
    let arn = key(call)?;
    let mut parts = arn.split(':').skip(4);
    let account = parts.next().unwrap_or_default();
    Ok(json!({
        "KeyMetadata": {
            "AWSAccountId": account,
            "Arn": arn,
            "CreationDate": timestamp(call.service.settings.created),
            "CustomerMasterKeySpec": ALGORITHM,
            "Description": "",
            "Enabled": true,
            "EncryptionAlgorithms": [ALGORITHM],
            "KeyId": short(&arn),
            "KeyManager": "CUSTOMER",
            "KeySpec": ALGORITHM,
            "KeyState": "Enabled",
            "KeyUsage": "ENCRYPT_DECRYPT",
            "MultiRegion": false,
            "Origin": "AWS_KMS",
        },
    }))
}

/// Returns the ARN of the key in `KeyId`. Fails if the key does not exist.
fn key(call: &Call<'_>) -> Result<String, Failure> {
    let id: Option<&str> = member(call, "KeyId", "a String")?;
    let id = id.ok_or_else(|| unsatisfied("keyId", "not be null"))?;
    find(call, id).ok_or_else(|| {
        let message = format!("Key '{id}' does not exist");
        Failure::new("NotFoundException", message)
    })
}

/// Returns the ARN of the key with this ARN or id. Returns `None` if the key does not exist. A key
/// exists if a pool of the caller's account uses it, or if it has encrypted a code for such a pool.
fn find(call: &Call<'_>, id: &str) -> Option<String> {
    let pools = call.pools.all();
    let own = pools.iter().map(|pool| &pool.settings);
    let own = own.filter(|settings| settings.account == call.account);
    let named = own.map(Settings::kms_key);
    let mut known = named.chain(call.service.keys.used(call.account));
    known.find(|arn| arn == id || short(arn) == id)
}

/// Returns the id in the ARN of a key: the part after `key/`.
fn short(arn: &str) -> &str {
    arn.split_once(":key/").map_or(arn, |(_, id)| id)
}

/// Returns a member of the request, or `None` if it is missing. Fails if the member has another
/// type. `kind` is the required type, for the error message.
fn member<'a, T: Deserialize<'a>>(
    call: &Call<'a>,
    name: &str,
    kind: &str,
) -> Result<Option<T>, Failure> {
    let value = call.fields.get(name).unwrap_or(&Value::Null);
    let message = || format!("Value can not be converted to {kind}");
    Option::deserialize(value).map_err(|_| Failure::new("SerializationException", message()))
}

/// Returns a binary member of the request. It must have 1 to `most` bytes.
fn bytes(call: &Call<'_>, name: &str, most: usize) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let path = name[..1].to_lowercase() + &name[1..];
    let encoded: Option<&str> = member(call, name, "a Blob")?;
    let encoded = encoded.ok_or_else(|| unsatisfied(&path, "not be null"))?;
    let bytes = STANDARD.decode(encoded).map(Zeroizing::new);
    let bytes = bytes.map_err(|_| Failure::serialization("Value is not valid base64"))?;
    if bytes.is_empty() || bytes.len() > most {
        let constraint = format!("have length from 1 to {most}");
        return Err(unsatisfied(&path, &constraint));
    }
    Ok(bytes)
}

/// Returns `EncryptionContext`. Returns an empty context if the request has no such member.
fn context(call: &Call<'_>) -> Result<Context, Failure> {
    let context: Context =
        member(call, "EncryptionContext", "a Map of Strings")?.unwrap_or_default();
    let length: usize = context
        .iter()
        .map(|(name, value)| name.len() + value.len())
        .sum();
    if length > MOST_CONTEXT {
        let constraint = format!("have length less than or equal to {MOST_CONTEXT}");
        return Err(unsatisfied("encryptionContext", &constraint));
    }
    Ok(context)
}

/// Fails if `EncryptionAlgorithm` in the request is not `SYMMETRIC_DEFAULT`.
fn check_algorithm(call: &Call<'_>) -> Result<(), Failure> {
    let algorithm: Option<&str> = member(call, "EncryptionAlgorithm", "a String")?;
    if algorithm.is_none_or(|algorithm| algorithm == ALGORITHM) {
        return Ok(());
    }
    let message = "The algorithm of the request is not an algorithm of the key.";
    Err(Failure::new("InvalidKeyUsageException", message))
}

fn unsatisfied(name: &str, constraint: &str) -> Failure {
    let message = format!(
        "1 validation error detected: Value at '{name}' failed to satisfy constraint: Member must \
         {constraint}"
    );
    Failure::new("ValidationException", message)
}

fn internal() -> Failure {
    Failure::new("KMSInternalException", "The request could not be processed")
}
