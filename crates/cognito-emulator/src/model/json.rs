//! Functions for `#[serde(with)]` and `#[serde(deserialize_with)]`, which read and write the fields
//! of a state file that serde does not support by default: known strings with static lifetime, maps
//! whose keys are not strings, and values in an `Arc`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cognito_core::user::STANDARD_ATTRIBUTES;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The strings that fields of the type `&'static str` can have in a state file, in addition to the
/// names of standard attributes.
const NAMES: [&str; 6] = [
    "Admin",
    "SecureString",
    "String",
    "StringList",
    "User",
    "cognito-idp",
];

/// A string with static lifetime. If a field has the type `&'static str`, serde's derive macro
/// generates code that borrows the string from the JSON, so the JSON needs a static lifetime. The
/// macro does not see that this alias is a reference, so JSON with any lifetime can be read.
pub(crate) type Name = &'static str;

/// Returns the string with static lifetime that is equal to a stored string. Returns `None` if it
/// is neither a standard attribute nor in [`NAMES`].
fn known(name: &str) -> Option<&'static str> {
    let mut all = STANDARD_ATTRIBUTES.iter().chain(&NAMES);
    all.find(|known| **known == name).copied()
}

fn expected<E: Error>(name: &str) -> Result<&'static str, E> {
    known(name).ok_or_else(|| E::custom("unknown name"))
}

/// Deserializes a known name, for `serde(deserialize_with)`. Fails if the name is neither a standard
/// attribute nor in [`NAMES`].
pub(crate) fn name<'de, D: Deserializer<'de>>(from: D) -> Result<&'static str, D::Error> {
    expected(&String::deserialize(from)?)
}

/// Deserializes an optional known name, like [`name`].
pub(crate) fn optional_name<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<Option<&'static str>, D::Error> {
    let name = Option::<String>::deserialize(from)?;
    name.map(|name| expected(&name)).transpose()
}

/// Deserializes a set of known names, like [`name`].
pub(crate) fn names<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<BTreeSet<&'static str>, D::Error> {
    let names = Vec::<String>::deserialize(from)?;
    names.iter().map(|name| expected(name)).collect()
}

/// Deserializes a map with known names as keys, like [`name`].
pub(crate) fn named_values<'de, D: Deserializer<'de>, V: Deserialize<'de>>(
    from: D,
) -> Result<BTreeMap<&'static str, V>, D::Error> {
    let values = BTreeMap::<String, V>::deserialize(from)?;
    let values = values.into_iter();
    values
        .map(|(name, value)| Ok((expected(&name)?, value)))
        .collect()
}

/// Serializes and deserializes a map as a list of pairs, for `serde(with)`. It is for maps whose
/// keys are not strings.
pub(crate) mod pairs {
    use super::{BTreeMap, Deserialize, Deserializer, Serialize, Serializer};

    pub(crate) fn serialize<S: Serializer, K: Serialize, V: Serialize>(
        map: &BTreeMap<K, V>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.collect_seq(map)
    }

    pub(crate) fn deserialize<'de, D, K, V>(from: D) -> Result<BTreeMap<K, V>, D::Error>
    where
        D: Deserializer<'de>,
        K: Deserialize<'de> + Ord,
        V: Deserialize<'de>,
    {
        let pairs = Vec::<(K, V)>::deserialize(from)?;
        Ok(pairs.into_iter().collect())
    }
}

/// Serializes and deserializes an `Arc<T>` as its inner value, for `serde(with)`.
pub(crate) mod shared {
    use super::{Arc, Deserialize, Deserializer, Serialize, Serializer};

    pub(crate) fn serialize<S: Serializer, T: Serialize>(
        value: &Arc<T>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        T::serialize(value, to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
        from: D,
    ) -> Result<Arc<T>, D::Error> {
        T::deserialize(from).map(Arc::new)
    }
}

/// Serializes and deserializes an `Option<Arc<T>>` as its inner value or `null`, for `serde(with)`.
pub(crate) mod optional_shared {
    use super::{Arc, Deserialize, Deserializer, Serialize, Serializer};

    #[allow(clippy::ref_option, reason = "serde passes a reference to the field")]
    pub(crate) fn serialize<S: Serializer, T: Serialize>(
        value: &Option<Arc<T>>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        value.as_deref().serialize(to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
        from: D,
    ) -> Result<Option<Arc<T>>, D::Error> {
        Ok(Option::<T>::deserialize(from)?.map(Arc::new))
    }
}
