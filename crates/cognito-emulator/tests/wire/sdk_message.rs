//! Opens messages of the AWS Encryption SDK. Shares no code with the emulator.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA384, Salt};
use aws_lc_rs::signature::{ECDSA_P384_SHA384_ASN1, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

/// A message that was parsed, but not decrypted.
#[derive(Debug)]
pub(crate) struct SdkMessage {
    bytes: Vec<u8>,
    /// The version, the type and the algorithm suite of the message.
    pub(crate) start: [u8; 4],
    id: Vec<u8>,
    pub(crate) context: Map<String, Value>,
    pub(crate) provider: String,
    pub(crate) key_arn: String,
    /// The data key, encrypted with the KMS key.
    pub(crate) data_key: Vec<u8>,
    pub(crate) frame_length: u32,
    header_end: usize,
    content: Vec<u8>,
    signed_end: usize,
    signature: Vec<u8>,
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take(&mut self, count: usize) -> Vec<u8> {
        let (taken, rest) = self.0.split_at(count);
        self.0 = rest;
        taken.to_vec()
    }

    fn number(&mut self, size: usize) -> usize {
        let bytes = self.take(size);
        bytes
            .iter()
            .fold(0, |number, byte| number << 8 | usize::from(*byte))
    }

    fn field(&mut self) -> Vec<u8> {
        let length = self.number(2);
        self.take(length)
    }

    fn text(&mut self) -> String {
        String::from_utf8(self.field()).expect("UTF-8")
    }
}

impl SdkMessage {
    pub(crate) fn parse(code: &Value) -> Self {
        let bytes = STANDARD.decode(code.as_str().expect("a code"));
        let bytes = bytes.expect("base64");
        let mut reader = Reader(&bytes);
        let start = reader.take(4).try_into().expect("four bytes");
        let id = reader.take(16);
        let context_length = reader.number(2);
        let before = reader.0.len();
        let entries = reader.number(2);
        let context = (0..entries)
            .map(|_| (reader.text(), json!(reader.text())))
            .collect();
        assert_eq!(before - reader.0.len(), context_length);
        assert_eq!(reader.number(2), 1, "one data key");
        let (provider, key_arn, data_key) = (reader.text(), reader.text(), reader.field());
        assert_eq!(
            reader.take(6),
            [2, 0, 0, 0, 0, 12],
            "frames, IVs of 12 bytes"
        );
        let frame_length = u32::try_from(reader.number(4)).expect("a length");
        let header_end = bytes.len() - reader.0.len();
        assert_eq!(reader.take(12), [0; 12], "the IV of the header");
        let _tag = reader.take(16);
        assert_eq!(
            reader.take(8),
            [255, 255, 255, 255, 0, 0, 0, 1],
            "the final frame"
        );
        assert_eq!(reader.take(12), [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
        let length = reader.number(4);
        let content = reader.take(length + 16);
        let signed_end = bytes.len() - reader.0.len();
        let signature = reader.field();
        assert!(reader.0.is_empty());
        Self {
            start,
            id,
            context,
            provider,
            key_arn,
            data_key,
            frame_length,
            header_end,
            content,
            signed_end,
            signature,
            bytes,
        }
    }

    /// Verifies the header, decrypts the content and verifies the signature.
    pub(crate) fn open(&self, data_key: &[u8]) -> String {
        let info = [&self.start[2..], &self.id];
        let secret = Salt::new(HKDF_SHA384, &[]).extract(data_key);
        let key = secret.expand(&info, &AES_256_GCM).expect("a key");
        let key = LessSafeKey::new(UnboundKey::from(key));
        let nonce = |last| {
            let mut nonce = [0; 12];
            nonce[11] = last;
            Nonce::assume_unique_for_key(nonce)
        };
        let (header, rest) = self.bytes.split_at(self.header_end);
        let mut tag = rest[12..28].to_vec();
        key.open_in_place(nonce(0), Aad::from(header), &mut tag)
            .expect("the header is authentic");
        let length = u64::try_from(self.content.len() - 16).expect("a length");
        let frame = [
            &self.id,
            &b"AWSKMSEncryptionClient Final Frame"[..],
            &[0, 0, 0, 1],
            &length.to_be_bytes(),
        ]
        .concat();
        let mut content = self.content.clone();
        let content = key.open_in_place(nonce(1), Aad::from(frame), &mut content);
        let content = content.expect("the content is authentic").to_vec();
        let public = &self.context["aws-crypto-public-key"];
        let public = STANDARD
            .decode(public.as_str().expect("a key"))
            .expect("base64");
        assert_eq!(public.len(), 49, "a compressed point");
        UnparsedPublicKey::new(&ECDSA_P384_SHA384_ASN1, public)
            .verify(&self.bytes[..self.signed_end], &self.signature)
            .expect("the signature is valid");
        String::from_utf8(content).expect("UTF-8")
    }
}
