//! The attributes of a user at an identity provider, and their mapping (`AttributeMapping`).

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::model::attributes::standard::ADDRESSES;
use crate::model::identity_provider::IdentityProvider;

impl IdentityProvider {
    /// Converts the claims of a user to attributes of the pool, with their values.
    ///
    /// If a claim is mapped to `email` or `phone_number`, the address is unverified by default. It
    /// is verified only if a claim is also mapped to `email_verified` or `phone_number_verified`
    /// and has the value `true` (AWS developer guide, "Mapping IdP attributes to profiles and
    /// tokens"). A claim that is missing, `null` or empty changes no attribute.
    pub(crate) fn map(&self, claims: &Map<String, Value>) -> BTreeMap<String, String> {
        // The user name is always the subject.
        let mapping = self.mapping().filter(|(name, _)| *name != "username");
        let mut attributes: BTreeMap<String, String> = mapping
            .filter_map(|(name, claim)| Some((name.to_owned(), text(claims.get(claim)?)?)))
            .collect();
        for address in ADDRESSES {
            let flag = format!("{address}_verified");
            if attributes.contains_key(address) {
                attributes.entry(flag).or_insert_with(|| "false".to_owned());
            } else {
                // Security: the provider verifies only an address that it has sent.
                attributes.remove(&flag);
            }
        }
        attributes
    }

    /// Returns the pairs in `AttributeMapping`. A pair contains the name of the attribute in the
    /// pool, and the name of the claim.
    pub(crate) fn mapping(&self) -> impl Iterator<Item = (&str, &str)> {
        let mapping = self.members.get("AttributeMapping");
        let mapping = mapping.and_then(Value::as_object).into_iter().flatten();
        mapping.filter_map(|(name, claim)| Some((name.as_str(), claim.as_str()?)))
    }

    /// Returns the names of the mapped claims, without duplicates. The claim that identifies the
    /// user at the provider is first.
    pub(crate) fn claim_names(&self) -> Vec<&str> {
        let mut names = vec![self.kind.subject()];
        for (_, claim) in self.mapping() {
            if !names.contains(&claim) {
                names.push(claim);
            }
        }
        names
    }
}

/// Returns the value of a claim as a string. Returns `None` for `null` and an empty string. Lists
/// and objects become JSON; the form in Cognito is unknown.
pub(crate) fn text(claim: &Value) -> Option<String> {
    match claim {
        Value::Null => None,
        Value::String(text) => (!text.is_empty()).then(|| text.clone()),
        other => Some(other.to_string()),
    }
}

/// Returns the values of an attribute as one string. Several values become a list in square
/// brackets, such as `[a, b]` (github.com/oauth2-proxy/oauth2-proxy/issues/1765). In a list, each
/// value is encoded as in an HTML form, so all characters except letters, digits, `.`, `-`, `*` and
/// `_` are escaped (AWS developer guide, "Mapping IdP attributes to profiles and tokens").
pub(crate) fn flattened(values: &[String]) -> String {
    match values {
        [only] => only.clone(),
        [] => String::new(),
        several => {
            let encoded = several
                .iter()
                .map(|value| form_urlencoded::byte_serialize(value.as_bytes()).collect::<String>());
            format!("[{}]", encoded.collect::<Vec<_>>().join(", "))
        }
    }
}

/// Returns claims as an object of strings, as in the event of a trigger.
pub(crate) fn texts(claims: &Map<String, Value>) -> Value {
    let claims = claims.iter();
    claims
        .filter_map(|(name, claim)| Some((name.clone(), Value::String(text(claim)?))))
        .collect::<Map<_, _>>()
        .into()
}
