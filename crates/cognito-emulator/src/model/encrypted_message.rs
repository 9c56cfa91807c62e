//! Encrypts secrets as messages of the AWS Encryption SDK. Cognito sends codes to custom senders in
//! such messages.
//!
//! The format was observed in a code that Cognito sent in 2023: message format version 1 with the
//! algorithm suite 0x0378 and frames of 4096 bytes. The suite has no key commitment. Source of the
//! format: AWS Encryption SDK developer guide, "AWS Encryption SDK message format reference".

use std::collections::BTreeMap;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::hkdf::{HKDF_SHA384, Salt};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::model::random::Random;

/// The id of the algorithm suite: AES-256-GCM with HKDF-SHA-384 and ECDSA P-384
/// (`ALG_AES_256_GCM_IV12_TAG16_HKDF_SHA384_ECDSA_P384`).
const SUITE: [u8; 2] = [0x03, 0x78];
/// The first two bytes of an encrypted message of the AWS Encryption SDK: the version of the
/// message format (1.0), and the type "customer authenticated encrypted data".
const VERSION_AND_TYPE: [u8; 2] = [0x01, 0x80];
const FRAMED: u8 = 2;
const FRAME_LENGTH: u32 = 4096;
/// The marker at the start of the last frame of a message. The sequence number of the frame
/// follows.
const FINAL_FRAME: [u8; 4] = [0xff; 4];
const FINAL_FRAME_CONTEXT: &[u8] = b"AWSKMSEncryptionClient Final Frame";
/// The name under which the encryption context contains the public key that verifies the signature
/// of the message.
const PUBLIC_KEY: &str = "aws-crypto-public-key";
const PROVIDER: &[u8] = b"aws-kms";

/// The encryption context: names and values that are authenticated, but not encrypted.
pub(crate) type Context = BTreeMap<String, String>;

/// A data key, in plaintext and encrypted with a KMS key.
pub(crate) struct DataKey {
    pub(crate) plaintext: Zeroizing<[u8; 32]>,
    pub(crate) encrypted: Vec<u8>,
    /// The ARN of the KMS key that has encrypted the data key.
    pub(crate) key_arn: String,
}

/// Encodes an encryption context: the number of entries, then the names and values with their
/// lengths, sorted by name. Returns `None` if the number or a length is more than 65,535.
pub(crate) fn encode(context: &Context) -> Option<Vec<u8>> {
    let mut bytes = length(context.len())?.to_vec();
    for (name, value) in context {
        put(&mut bytes, name.as_bytes())?;
        put(&mut bytes, value.as_bytes())?;
    }
    Some(bytes)
}

/// Encrypts a secret of at most 4096 bytes. Adds the public key of the signature to the encryption
/// context. Then calls `data_key` with this context to create the data key. Returns `None` if the
/// secret or the context is too long, if `data_key` returns `None`, or if AWS-LC fails.
pub(crate) fn encrypt(
    secret: &[u8],
    mut context: Context,
    data_key: impl FnOnce(&Context) -> Option<DataKey>,
) -> Option<Vec<u8>> {
    let signer = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_ASN1_SIGNING).ok()?;
    let public = STANDARD.encode(compressed(signer.public_key().as_ref())?);
    context.insert(PUBLIC_KEY.to_owned(), public);
    let data_key = data_key(&context)?;
    let id: [u8; 16] = Random::System.bytes();
    let mut message = header(&id, &context, &data_key)?;
    let key = derive(&*data_key.plaintext, &id).ok()?;
    let tag = seal(&key, 0, &message, &mut []).ok()?;
    message.extend([0; NONCE_LEN]);
    message.extend(tag);
    put_final_frame(&mut message, &key, &id, secret)?;
    let signature = signer.sign(&SystemRandom::new(), &message).ok()?;
    put(&mut message, signature.as_ref())?;
    Some(message)
}

/// Returns the header of a message, without the nonce and the authentication tag. Returns `None` if
/// a part is too long.
fn header(id: &[u8; 16], context: &Context, data_key: &DataKey) -> Option<Vec<u8>> {
    let mut bytes = [&VERSION_AND_TYPE[..], &SUITE, id].concat();
    put(&mut bytes, &encode(context)?)?;
    bytes.extend(length(1)?);
    put(&mut bytes, PROVIDER)?;
    put(&mut bytes, data_key.key_arn.as_bytes())?;
    put(&mut bytes, &data_key.encrypted)?;
    bytes.push(FRAMED);
    bytes.extend([0; 4]);
    bytes.push(u8::try_from(NONCE_LEN).ok()?);
    bytes.extend(FRAME_LENGTH.to_be_bytes());
    Some(bytes)
}

/// Appends a frame that contains the encrypted secret to `message`. It is the only frame of the
/// message, and therefore the final frame. Returns `None` if the secret is longer than a frame.
fn put_final_frame(
    message: &mut Vec<u8>,
    key: &LessSafeKey,
    id: &[u8; 16],
    secret: &[u8],
) -> Option<()> {
    const SEQUENCE: u32 = 1;
    let length = u32::try_from(secret.len()).ok()?;
    if length > FRAME_LENGTH {
        return None;
    }
    let number = SEQUENCE.to_be_bytes();
    let aad = [
        id,
        FINAL_FRAME_CONTEXT,
        &number,
        &u64::from(length).to_be_bytes(),
    ]
    .concat();
    message.extend(FINAL_FRAME);
    message.extend(number);
    message.extend(nonce(SEQUENCE));
    message.extend(length.to_be_bytes());
    let start = message.len();
    message.extend_from_slice(secret);
    let tag = seal(key, SEQUENCE, &aad, &mut message[start..]).ok()?;
    message.extend(tag);
    Some(())
}

/// Derives the encryption key of a message. The inputs are the data key and the id of the message.
fn derive(data_key: &[u8], id: &[u8; 16]) -> Result<LessSafeKey, Unspecified> {
    let pseudorandom = Salt::new(HKDF_SHA384, &[]).extract(data_key);
    let info = [&SUITE[..], id];
    let derived = pseudorandom.expand(&info, &AES_256_GCM)?;
    Ok(LessSafeKey::new(UnboundKey::from(derived)))
}

/// Encrypts `content` in place and returns the authentication tag. The nonce is `number`, so the
/// caller must use each number only once with the same key.
fn seal(
    key: &LessSafeKey,
    number: u32,
    aad: &[u8],
    content: &mut [u8],
) -> Result<impl IntoIterator<Item = u8> + use<>, Unspecified> {
    let nonce = Nonce::assume_unique_for_key(nonce(number));
    let tag = key.seal_in_place_separate_tag(nonce, Aad::from(aad), content)?;
    Ok(tag.as_ref().to_vec())
}

fn nonce(number: u32) -> [u8; NONCE_LEN] {
    let mut nonce = [0; NONCE_LEN];
    nonce[NONCE_LEN - 4..].copy_from_slice(&number.to_be_bytes());
    nonce
}

/// Returns the compressed form of a point on P-384 (SEC 1, section 2.3.3). Returns `None` if the
/// argument is not an uncompressed point.
fn compressed(point: &[u8]) -> Option<Vec<u8>> {
    let coordinates = point.strip_prefix(&[4]).filter(|rest| rest.len() == 96)?;
    let (x, y) = coordinates.split_at(48);
    let sign = 2 + (y.last()? & 1);
    Some([&[sign], x].concat())
}

/// Appends bytes with their length. Returns `None` if there are more than 65,535.
fn put(target: &mut Vec<u8>, bytes: &[u8]) -> Option<()> {
    target.extend(length(bytes.len())?);
    target.extend_from_slice(bytes);
    Some(())
}

fn length(count: usize) -> Option<[u8; 2]> {
    Some(u16::try_from(count).ok()?.to_be_bytes())
}
