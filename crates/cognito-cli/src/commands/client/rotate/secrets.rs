//! The secrets of an app client.

use aws_lc_rs::rand;
use cognito::Operation;
use serde_json::{Value, json};

use crate::context::Context;
use crate::failure::{Exit, Failure, Outcome};
use crate::pool_settings::read::send;

/// The characters of a new secret. AWS also allows `+`, but a client that does not encode a form
/// correctly would send it as a space.
const LETTERS: &[u8; 63] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";

/// The number of characters. The maximum of AWS is 64. Each character has almost 6 random bits.
const LENGTH: usize = 52;

/// Returns a new random secret. The first character is a letter, so that no program takes the secret
/// for a number or an option.
pub(super) fn generate() -> Outcome<String> {
    let mut secret = String::with_capacity(LENGTH);
    let mut bytes = [0; LENGTH];
    while secret.len() < LENGTH {
        rand::fill(&mut bytes)
            .map_err(|_| Failure::new(Exit::Failed, "the system has no random numbers"))?;
        // A number without a character is skipped, so that all characters are equally likely.
        let letters = bytes.iter().map(|byte| LETTERS.get(usize::from(byte % 64)));
        for letter in letters.flatten().take(LENGTH - secret.len()) {
            if !secret.is_empty() || letter.is_ascii_alphabetic() {
                secret.push(char::from(*letter));
            }
        }
    }
    Ok(secret)
}

/// The ids of the secrets of an app client, in the order in which AWS returned them.
pub(crate) struct SecretList(Vec<String>);

impl SecretList {
    pub(crate) async fn read(context: &Context, client_id: &str) -> Outcome<Self> {
        let members = json!({ "ClientId": client_id });
        let list = send(context, Operation::ListUserPoolClientSecrets, members).await?;
        let list = list["ClientSecrets"].as_array().into_iter().flatten();
        let ids = list.filter_map(|secret: &Value| secret["ClientSecretId"].as_str());
        Ok(Self(ids.map(str::to_owned).collect()))
    }

    pub(crate) fn ids(&self) -> &[String] {
        &self.0
    }

    pub(super) fn has(&self, id: &str) -> bool {
        self.0.iter().any(|other| other == id)
    }
}

#[cfg(test)]
mod tests {
    use cognito::ClientSecret;

    use super::*;

    #[test]
    fn generated_secrets_are_valid_and_differ() {
        let (one, other) = (generate().unwrap(), generate().unwrap());
        assert_ne!(one, other);
        assert_eq!(one.len(), LENGTH);
        assert!(ClientSecret::new(one).is_ok());
        for _ in 0..200 {
            let secret = generate().unwrap();
            assert_eq!(secret.len(), LENGTH);
            assert!(secret.starts_with(|first: char| first.is_ascii_alphabetic()));
            assert!(!secret.contains('+'));
        }
    }
}
