//! The attributes of a user ([`Attributes`]).

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::{self, Formatter, Write};

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The values of a user's attributes, by name.
///
/// All attributes are in one string, because a map takes several times the memory. Each name and each
/// value follows its length and a colon, as in `4:name3:Ann`. The names are sorted.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Attributes(Box<str>);

impl Attributes {
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let mut found = self.iter().skip_while(|(other, _)| *other < name);
        found
            .next()
            .filter(|(other, _)| *other == name)
            .map(|(_, value)| value)
    }

    pub(crate) fn insert(&mut self, name: &str, value: &str) {
        self.extend([(name, value)]);
    }

    pub(crate) fn remove(&mut self, name: &str) {
        if self.get(name).is_some() {
            *self = self.iter().filter(|(other, _)| *other != name).collect();
        }
    }

    /// Adds attributes. They replace attributes with the same names.
    pub(crate) fn extend<'a>(&mut self, new: impl IntoIterator<Item = (&'a str, &'a str)>) {
        let mut all: BTreeMap<_, _> = self.iter().collect();
        for (name, value) in new {
            all.insert(name, value);
        }
        let changed = packed(&all);
        *self = changed;
    }

    /// Returns the names and values of the attributes, sorted by name.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let mut rest = &*self.0;
        std::iter::from_fn(move || Some((next(&mut rest)?, next(&mut rest)?)))
    }
}

/// Removes the first name or value from the start of an [`Attributes`] string, and returns it.
/// Returns `None` at the end of the string.
fn next<'a>(rest: &mut &'a str) -> Option<&'a str> {
    let (length, text) = rest.split_once(':')?;
    let (part, after) = text.split_at_checked(length.parse().ok()?)?;
    *rest = after;
    Some(part)
}

/// Stores attributes that are sorted by name.
fn packed<N: AsRef<str>, V: AsRef<str>>(
    sorted: impl IntoIterator<Item = (N, V), IntoIter: Clone>,
) -> Attributes {
    let sorted = sorted.into_iter();
    let size = |part: &str| {
        let digits = part.len().checked_ilog10().unwrap_or(0) as usize + 1;
        digits + 1 + part.len()
    };
    let sizes = sorted.clone();
    let sizes = sizes.map(|(name, value)| size(name.as_ref()) + size(value.as_ref()));
    let mut text = String::with_capacity(sizes.sum());
    for (name, value) in sorted {
        for part in [name.as_ref(), value.as_ref()] {
            // A string can always be written.
            let _ = write!(text, "{}:{part}", part.len());
        }
    }
    Attributes(text.into())
}

impl<'a> FromIterator<(&'a str, &'a str)> for Attributes {
    fn from_iter<I: IntoIterator<Item = (&'a str, &'a str)>>(all: I) -> Self {
        packed(&all.into_iter().collect::<BTreeMap<_, _>>())
    }
}

impl Serialize for Attributes {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map(self.iter())
    }
}

/// A string that is borrowed from the input if possible. Otherwise it is copied.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de> Deserialize<'de> for Attributes {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Map;
        impl<'de> Visitor<'de> for Map {
            type Value = Attributes;

            fn expecting(&self, to: &mut Formatter<'_>) -> fmt::Result {
                to.write_str("a map")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Attributes, A::Error> {
                let mut all = Vec::with_capacity(4);
                while let Some((Text(name), Text(value))) = map.next_entry()? {
                    all.push((name, value));
                }
                let pairs = all.iter().map(|(name, value)| (&**name, &**value));
                if all.is_sorted_by(|(one, _), (two, _)| one < two) {
                    Ok(packed(pairs))
                } else {
                    Ok(pairs.collect())
                }
            }
        }
        from.deserialize_map(Map)
    }
}

impl From<BTreeMap<String, String>> for Attributes {
    fn from(all: BTreeMap<String, String>) -> Self {
        packed(&all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::user::User;

    #[test]
    fn a_user_takes_little_memory() {
        assert!(size_of::<User>() <= 304, "{}", size_of::<User>());
    }

    fn owned(attributes: &Attributes) -> BTreeMap<String, String> {
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        attributes.iter().map(owned).collect()
    }

    // Another program may have written the file.
    #[test]
    fn names_in_any_order_are_sorted() {
        let json = r#"{ "name": "Ann", "email": "a@example.com", "n\u0061me": "Eve" }"#;
        let read: Attributes = serde_json::from_str(json).expect("read");
        let expected = [("email", "a@example.com"), ("name", "Eve")];
        assert!(read == expected.into_iter().collect());
    }

    #[test]
    fn behaves_like_a_map() {
        let (mut attributes, mut map) = (Attributes::default(), BTreeMap::new());
        let long = "x".repeat(300);
        for (name, value) in [
            ("name", "4:name"),
            ("email", ""),
            ("custom:ä", "ö:1"),
            ("name", &long),
            ("zoneinfo", "Europe/Berlin"),
        ] {
            attributes.insert(name, value);
            map.insert(name.to_owned(), value.to_owned());
            assert_eq!(owned(&attributes), map);
            let json = serde_json::to_string(&attributes).expect("JSON");
            assert_eq!(json, serde_json::to_string(&map).expect("JSON"));
            assert!(serde_json::from_str::<Attributes>(&json).expect("read") == attributes);
        }
        assert_eq!(attributes.get("name"), Some(&*long));
        assert_eq!(attributes.get("mail"), None);
        for name in ["nobody", "name", "custom:ä", "zoneinfo", "email"] {
            attributes.remove(name);
            map.remove(name);
            assert_eq!(owned(&attributes), map);
        }
        assert!(attributes == Attributes::default());
    }
}
