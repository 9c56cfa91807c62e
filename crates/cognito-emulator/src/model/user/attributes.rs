//! The attributes of a user ([`Attributes`]).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The values of a user's attributes, by name.
///
/// All attributes are in one string, because a map takes several times the memory. Each name and each
/// value follows its length and a colon, as in `4:name3:Ann`. The names are sorted.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "BTreeMap<String, String>", into = "BTreeMap<String, String>")]
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
        let changed = packed(all);
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

/// Returns [`Attributes`] with these names and values, which must be sorted by name.
fn packed<N: AsRef<str>, V: AsRef<str>>(sorted: impl IntoIterator<Item = (N, V)>) -> Attributes {
    let mut text = String::new();
    for (name, value) in sorted {
        for part in [name.as_ref(), value.as_ref()] {
            text.push_str(&part.len().to_string());
            text.push(':');
            text.push_str(part);
        }
    }
    Attributes(text.into())
}

impl<'a> FromIterator<(&'a str, &'a str)> for Attributes {
    fn from_iter<I: IntoIterator<Item = (&'a str, &'a str)>>(all: I) -> Self {
        packed(all.into_iter().collect::<BTreeMap<_, _>>())
    }
}

impl From<BTreeMap<String, String>> for Attributes {
    fn from(all: BTreeMap<String, String>) -> Self {
        packed(all)
    }
}

impl From<Attributes> for BTreeMap<String, String> {
    fn from(all: Attributes) -> Self {
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        all.iter().map(owned).collect()
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
            assert_eq!(BTreeMap::from(attributes.clone()), map);
        }
        assert_eq!(attributes.get("name"), Some(&*long));
        assert_eq!(attributes.get("mail"), None);
        for name in ["nobody", "name", "custom:ä", "zoneinfo", "email"] {
            attributes.remove(name);
            map.remove(name);
            assert_eq!(BTreeMap::from(attributes.clone()), map);
        }
        assert!(attributes == Attributes::default());
    }
}
